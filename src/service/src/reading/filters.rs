//! Filters: keywords and statuses that an account hides, or shows only behind a warning.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::filter::{Filter, FilterAction, FilterContext, Keyword, NamedStatus};
use portico_domain::model::live::Live;
use portico_domain::model::{AccountId, FilterId, RelationId, StatusId, Timestamp};
use portico_domain::policy::reach;
use portico_store::{Reader, Tx};

/// The maximum number of filters of an account.
const MAX_FILTERS: usize = 100;
/// The maximum number of keywords in all filters of an account: every status shown is searched for each of
/// them.
const MAX_KEYWORDS: usize = 500;
/// The maximum number of statuses in one filter.
const MAX_STATUSES: usize = 1_000;
/// The maximum length of a title or a keyword, in characters.
const MAX_TEXT: usize = 512;

/// The input to create or change a filter. `None` means the default for a new filter, and unchanged
/// otherwise.
#[derive(Debug, Clone, Default)]
pub struct FilterInput {
    /// The title.
    pub title: Option<String>,
    /// The contexts in which it applies.
    pub contexts: Option<Vec<FilterContext>>,
    /// The action for matching statuses.
    pub action: Option<FilterAction>,
    /// Seconds until it expires; `Some(None)` for never.
    pub expires_in: Option<Option<i64>>,
    /// Changes to its keywords.
    pub keywords: Vec<KeywordInput>,
}

/// A keyword to add, change or remove.
#[derive(Debug, Clone, Default)]
pub struct KeywordInput {
    /// The id of an existing keyword; `None` adds one.
    pub id: Option<RelationId>,
    /// The text to match.
    pub text: Option<String>,
    /// Whether it matches only whole words.
    pub whole_word: Option<bool>,
    /// Whether to remove it.
    pub remove: bool,
}

fn find_own(reader: &mut Reader<'_>, me: AccountId, id: FilterId) -> Result<Filter> {
    reader.find_filter(me, id)?.ok_or(Error::NotFound("filter"))
}

fn clean(text: &str, what: &str) -> Result<String> {
    let text = portico_html::clean_line(text, MAX_TEXT);
    if text.is_empty() { Err(Error::invalid(format!("{what} can't be blank"))) } else { Ok(text) }
}

impl FilterInput {
    fn apply(&self, tx: &Tx<'_>, filter: &mut Filter) -> Result<()> {
        if let Some(title) = &self.title {
            filter.title = clean(title, "Title")?;
        }
        if let Some(contexts) = &self.contexts {
            filter.contexts.clone_from(contexts);
        }
        if filter.contexts.is_empty() {
            return Err(Error::invalid("Context None or invalid context supplied"));
        }
        filter.action = self.action.unwrap_or(filter.action);
        if let Some(seconds) = self.expires_in {
            filter.expires_at = seconds.map(|seconds| until(tx.now(), seconds));
        }
        for input in &self.keywords {
            input.apply(tx, filter)?;
        }
        Ok(())
    }
}

fn until(now: Timestamp, seconds: i64) -> Timestamp {
    const CENTURY: i64 = 100 * 366 * 86_400;
    now.plus_seconds(seconds.clamp(0, CENTURY))
}

impl KeywordInput {
    fn apply(&self, tx: &Tx<'_>, filter: &mut Filter) -> Result<()> {
        let known = self.id.map(|id| filter.keywords.iter().position(|keyword| keyword.id == id));
        match known {
            Some(None) => return Err(Error::NotFound("keyword")),
            Some(Some(at)) if self.remove => {
                filter.keywords.remove(at);
            }
            Some(Some(at)) => {
                let Some(keyword) = filter.keywords.get_mut(at) else { return Ok(()) };
                if let Some(text) = &self.text {
                    keyword.text = clean(text, "Keyword")?;
                }
                keyword.whole_word = self.whole_word.unwrap_or(keyword.whole_word);
            }
            None if self.remove => {}
            None => filter.keywords.push(Keyword {
                id: tx.next_id(),
                text: clean(self.text.as_deref().unwrap_or_default(), "Keyword")?,
                whole_word: self.whole_word.unwrap_or(false),
            }),
        }
        Ok(())
    }
}

/// Lists the account's filters, including expired ones.
pub async fn list_all(instance: &Instance, me: AccountId) -> Result<Vec<Filter>> {
    instance.store.read(move |reader| Ok(reader.list_filters(me, true)?)).await
}

/// Returns a filter of the account.
pub async fn show(instance: &Instance, me: AccountId, id: FilterId) -> Result<Filter> {
    instance.store.read(move |reader| find_own(reader, me, id)).await
}

/// Creates a filter.
pub async fn create(instance: &Instance, me: AccountId, input: FilterInput) -> Result<Filter> {
    instance
        .store
        .write(move |tx| {
            let mut filter = Filter {
                id: tx.next_id(),
                title: clean(input.title.as_deref().unwrap_or_default(), "Title")?,
                contexts: Vec::new(),
                action: FilterAction::default(),
                expires_at: None,
                keywords: Vec::new(),
                statuses: Vec::new(),
            };
            input.apply(tx, &mut filter)?;
            if tx.list_filters(me, true)?.len() >= MAX_FILTERS {
                return Err(Error::invalid("You have reached the maximum number of filters"));
            }
            bounded(tx, me, &filter)?;
            tx.insert_filter(me, &filter)?;
            changed(tx, me)?;
            Ok(filter)
        })
        .await
}

fn bounded(tx: &mut Tx<'_>, me: AccountId, filter: &Filter) -> Result<()> {
    let others = tx.list_filters(me, true)?;
    let words: usize =
        others.iter().filter(|other| other.id != filter.id).map(|other| other.keywords.len()).sum();
    if words + filter.keywords.len() > MAX_KEYWORDS {
        return Err(Error::invalid("You have reached the maximum number of keywords"));
    }
    Ok(())
}

/// Notifies the account's open streams that its filters have changed.
fn changed(tx: &mut Tx<'_>, me: AccountId) -> Result<()> {
    Ok(tx.publish(Live::FiltersChanged { account: me })?)
}

async fn edit<F>(instance: &Instance, me: AccountId, find: F, input: FilterInput) -> Result<Filter>
where
    F: Fn(&mut Tx<'_>) -> Result<Filter> + Send + 'static,
{
    instance
        .store
        .write(move |tx| {
            let mut filter = find(tx)?;
            input.apply(tx, &mut filter)?;
            bounded(tx, me, &filter)?;
            tx.update_filter(&filter)?;
            changed(tx, me)?;
            Ok(filter)
        })
        .await
}

/// Changes a filter.
pub async fn change(instance: &Instance, me: AccountId, id: FilterId, input: FilterInput) -> Result<Filter> {
    edit(instance, me, move |tx| find_own(tx, me, id), input).await
}

/// Deletes a filter.
pub async fn delete(instance: &Instance, me: AccountId, id: FilterId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            tx.delete_filter(id)?;
            changed(tx, me)
        })
        .await
}

/// Finds a keyword by its id, with its filter.
pub async fn keyword(instance: &Instance, me: AccountId, id: RelationId) -> Result<(Filter, Keyword)> {
    let filter = instance
        .store
        .read(move |reader| reader.find_filter_with_keyword(me, id)?.ok_or(Error::NotFound("keyword")))
        .await?;
    let keyword = filter.keywords.iter().find(|keyword| keyword.id == id).cloned();
    keyword.map(|keyword| (filter, keyword)).ok_or(Error::NotFound("keyword"))
}

/// Changes or removes the keyword with this id. Returns its filter. The other fields of `input` apply to the
/// filter.
pub async fn change_keyword(
    instance: &Instance,
    me: AccountId,
    id: RelationId,
    input: FilterInput,
) -> Result<Filter> {
    let find = move |tx: &mut Tx<'_>| tx.find_filter_with_keyword(me, id)?.ok_or(Error::NotFound("keyword"));
    edit(instance, me, find, input).await
}

/// Adds a status to a filter.
///
/// # Errors
/// `NotFound` also for a status that the account may not see; `Invalid` if the filter already contains it.
pub async fn add_status(
    instance: &Instance,
    me: AccountId,
    id: FilterId,
    status: StatusId,
) -> Result<NamedStatus> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let filter = find_own(tx, me, id)?;
            let viewer = Viewer::Local(me);
            let facts = tx.reach_facts(&viewer, status)?.ok_or(Error::NotFound("status"))?;
            reach::may_see(&viewer, &setting, &facts)?;
            if filter.statuses.len() >= MAX_STATUSES {
                return Err(Error::invalid("This filter contains too many posts"));
            }
            let named = NamedStatus { id: tx.next_id(), status };
            if !tx.insert_filter_status(id, named)? {
                return Err(Error::invalid("Status has already been taken"));
            }
            changed(tx, me)?;
            Ok(named)
        })
        .await
}

/// Returns the filter entry with this id.
pub async fn show_status(instance: &Instance, me: AccountId, id: RelationId) -> Result<NamedStatus> {
    instance.store.read(move |reader| find_status(reader, me, id)).await
}

fn find_status(reader: &mut Reader<'_>, me: AccountId, id: RelationId) -> Result<NamedStatus> {
    let filter = reader.find_filter_with_status(me, id)?.ok_or(Error::NotFound("status"))?;
    filter.statuses.into_iter().find(|named| named.id == id).ok_or(Error::NotFound("status"))
}

/// Removes a status from a filter. Returns the removed entry.
pub async fn remove_status(instance: &Instance, me: AccountId, id: RelationId) -> Result<NamedStatus> {
    instance
        .store
        .write(move |tx| {
            let named = find_status(tx, me, id)?;
            tx.delete_filter_status(id)?;
            changed(tx, me)?;
            Ok(named)
        })
        .await
}
