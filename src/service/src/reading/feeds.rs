//! Feeds: read-only access for Atom and RSS readers, at a secret URL.
//!
//! The content is decided at each request, by the read models of the timelines. Posts that only their
//! recipients may see are left out (`policy::syndication`), and the owner's filters apply here, because the
//! reader program does not know them.

use crate::access::secrets;
use crate::instance::Instance;
use crate::people::accounts;
use crate::reading::notifications::NotificationFilter;
use crate::reading::timelines::{AccountFilter, Origin, TagFilter};
use crate::reading::{notifications, timelines};
use crate::social::lists;
use crate::{Error, Result, Viewer};
use portico_domain::model::account::Account;
use portico_domain::model::feed::{Feed, FeedKind, LENGTH, MOST};
use portico_domain::model::filter::{FilterAction, FilterContext};
use portico_domain::model::page::PageRequest;
use portico_domain::model::user::User;
use portico_domain::model::view::{NotificationView, StatusView};
use portico_domain::model::{AccountId, FeedId};
use portico_domain::policy::syndication::may_be_syndicated;

/// The precision of a feed's last use, in seconds.
const USE_GRAIN_SECONDS: i64 = 60 * 60;
/// The maximum length of a secret that is looked up.
const LONGEST_SECRET: usize = 100;
/// The maximum length of a hashtag, in characters.
const LONGEST_TAG: usize = 100;

/// The subject of a new feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedInput {
    /// A feed of this kind.
    Kind(FeedKind),
    /// A feed of the account with this address.
    Handle(String),
}

/// A feed with its content.
#[derive(Debug)]
pub struct FeedContent {
    /// The feed.
    pub feed: Feed,
    /// The owner's account.
    pub owner: Account,
    /// The entries, the newest first.
    pub entries: Vec<FeedEntry>,
}

/// An entry of a feed.
#[derive(Debug)]
pub enum FeedEntry {
    /// A post or a boost.
    Post(Box<StatusView>),
    /// A post behind a filter warning, with the title of the filter.
    Warned(Box<StatusView>, String),
    /// A notification.
    Notice(Box<NotificationView>),
}

/// Lists the account's feeds, the newest first.
pub async fn list(instance: &Instance, me: AccountId) -> Result<Vec<Feed>> {
    instance.store.read(move |reader| Ok(reader.list_feeds(me)?)).await
}

/// Creates a feed. Returns the secret of its URL, which is shown only this once.
///
/// # Errors
/// `NotFound` for another account's list and for an account that `me` may not see; `Invalid` for an invalid
/// hashtag, and at the limit of feeds.
pub async fn create(instance: &Instance, me: AccountId, input: FeedInput) -> Result<(Feed, String)> {
    let (kind, title) = resolve_subject(instance, me, input).await?;
    let secret = instance.rng.secret();
    let hash = secrets::hash(&secret);
    let feed = instance
        .store
        .write(move |tx| {
            if tx.list_feeds(me)?.len() >= MOST {
                return Err(Error::invalid(format!("You cannot have more than {MOST} feeds")));
            }
            let feed = Feed {
                id: tx.next_id(),
                account_id: me,
                kind: kind.clone(),
                title: title.clone(),
                created_at: tx.now(),
                last_used_at: None,
            };
            tx.insert_feed(&feed, &hash)?;
            Ok(feed)
        })
        .await?;
    Ok((feed, secret))
}

/// Resolves the subject of a feed, and builds its title.
async fn resolve_subject(instance: &Instance, me: AccountId, input: FeedInput) -> Result<(FeedKind, String)> {
    let account = match input {
        FeedInput::Handle(address) => accounts::lookup(instance, Viewer::Local(me), &address).await?,
        FeedInput::Kind(FeedKind::Account(id)) => accounts::get(instance, Viewer::Local(me), id).await?,
        FeedInput::Kind(FeedKind::Home) => return Ok((FeedKind::Home, "Home".to_owned())),
        FeedInput::Kind(FeedKind::Notifications) => {
            return Ok((FeedKind::Notifications, "Notifications".to_owned()));
        }
        FeedInput::Kind(FeedKind::List(id)) => {
            let list = lists::show(instance, me, id).await?;
            return Ok((FeedKind::List(id), list.title));
        }
        FeedInput::Kind(FeedKind::Tag(typed)) => {
            let name = portico_html::normalise_tag(typed.trim().trim_start_matches('#'));
            let sound = !name.is_empty()
                && name.chars().count() <= LONGEST_TAG
                && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            if !sound {
                return Err(Error::invalid("Tag is not a hashtag"));
            }
            let title = format!("#{name}");
            return Ok((FeedKind::Tag(name), title));
        }
    };
    Ok((FeedKind::Account(account.id), format!("@{}", account.acct())))
}

/// Deletes a feed; its URL stops working.
pub async fn revoke(instance: &Instance, me: AccountId, id: FeedId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_feed(me, id)? { Ok(()) } else { Err(Error::NotFound("feed")) })
        .await
}

/// Returns the feed with this secret, whose kind must match the last path segment.
///
/// # Errors
/// The same `NotFound` for an unknown secret, a deleted feed, an owner who cannot sign in, and a deleted list
/// or account.
pub async fn open(instance: &Instance, secret: &str, word: &str) -> Result<FeedContent> {
    let nothing = || Error::NotFound("feed");
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Err(nothing());
    }
    let hash = secrets::hash(secret);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_feed(&hash)?)).await?;
    let (feed, _, owner) = found
        .filter(|(feed, user, account)| feed.kind.as_str() == word && may_read(user, account))
        .ok_or_else(nothing)?;
    let entries = match entries(instance, owner.id, &feed.kind).await {
        Err(Error::Internal(cause)) => return Err(cause.into()),
        Err(_) => return Err(nothing()),
        Ok(entries) => entries,
    };
    let fresh = instance.now().plus_seconds(-USE_GRAIN_SECONDS);
    if feed.last_used_at.is_none_or(|used| used < fresh) {
        let id = feed.id;
        instance.store.write(move |tx| Ok::<_, Error>(tx.mark_feed_used(id)?)).await?;
    }
    Ok(FeedContent { feed, owner, entries })
}

fn may_read(user: &User, account: &Account) -> bool {
    user.disabled_at.is_none() && account.suspended_at.is_none()
}

async fn entries(instance: &Instance, me: AccountId, kind: &FeedKind) -> Result<Vec<FeedEntry>> {
    let page = PageRequest::first(LENGTH);
    let viewer = Viewer::Local(me);
    let (posts, context) = match kind {
        FeedKind::Notifications => {
            let filter = NotificationFilter::default();
            let found = notifications::list(instance, me, filter, page).await?;
            return Ok(found.items.into_iter().map(|view| FeedEntry::Notice(Box::new(view))).collect());
        }
        FeedKind::Home => (timelines::home(instance, me, page).await?, FilterContext::Home),
        FeedKind::List(id) => (lists::timeline(instance, me, *id, page).await?, FilterContext::Home),
        FeedKind::Tag(name) => {
            let filter = TagFilter { any: vec![name.clone()], ..TagFilter::default() };
            let found = timelines::tagged(instance, viewer, filter, Origin::Any, page).await?;
            (found, FilterContext::Public)
        }
        FeedKind::Account(id) => {
            accounts::get(instance, viewer.clone(), *id).await?;
            let found = timelines::of_account(instance, viewer, *id, AccountFilter::default(), page).await?;
            (found, FilterContext::Account)
        }
    };
    Ok(posts.items.into_iter().filter_map(|view| build_entry(view, context)).collect())
}

/// Builds an entry from a post. `None` if policy keeps the post out of feeds, or a filter hides it.
fn build_entry(view: StatusView, context: FilterContext) -> Option<FeedEntry> {
    let shown = view.boosted.as_deref().unwrap_or(&view);
    if !may_be_syndicated(view.status.reach) || !may_be_syndicated(shown.status.reach) {
        return None;
    }
    let matched = view.filtered.iter().chain(&shown.filtered);
    let mut matched = matched.map(|found| &found.filter).filter(|filter| filter.contexts.contains(&context));
    let strictest = matched.clone().find(|filter| filter.action == FilterAction::Hide).or(matched.next());
    match strictest.map(|filter| (filter.action, filter.title.clone())) {
        Some((FilterAction::Hide, _)) => None,
        Some((_, title)) => Some(FeedEntry::Warned(Box::new(view), title)),
        None => Some(FeedEntry::Post(Box::new(view))),
    }
}
