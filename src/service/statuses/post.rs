//! Posting a status.

use super::attach::{attach, attachable};
use super::compose::{Composed, compose};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::media::Media;
use crate::model::notification::NotificationKind;
use crate::model::poll::Poll;
use crate::model::quote::Circle;
use crate::model::status::{ContentType, Status};
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::model::{AccountId, AppId, MediaId, Reach, ScheduledId, StatusId};
use crate::policy::interaction;
use crate::policy::quotes::stays_within;
use crate::policy::reach::{self, Asked, Setting};
use crate::service::polls::NewPoll;
use crate::service::quotes::{self, Quoted};
use crate::service::{Error, Result, Viewer, cards, fan_out, setting, text};
use crate::store::{self, Tx};

/// How long an idempotency key works, in seconds.
const KEY_LIFE: i64 = 3600;
/// How long a content warning's language tag, key and the like may be.
const MAX_KEY: usize = 255;

const SAME_KEY: &str = "a post with this Idempotency-Key is under way";

/// What somebody wants to post. What is posted later waits in this form in the database: a new field needs
/// a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct NewStatus {
    /// What was typed.
    pub text: String,
    /// In which form.
    pub content_type: ContentType,
    /// The content warning.
    pub spoiler_text: String,
    /// Whether media is hidden at first.
    pub sensitive: bool,
    /// BCP 47; none for the author's default.
    pub language: Option<String>,
    /// What it asks.
    pub poll: Option<NewPoll>,
    /// What it answers.
    pub in_reply_to: Option<StatusId>,
    /// How far it may go; none for the author's, then the instance's default.
    pub asked: Option<Asked>,
    /// Uploads to attach, in this order.
    pub media: Vec<MediaId>,
    /// What it quotes.
    pub quoted: Option<StatusId>,
    /// Who may quote it; none for the author's default.
    pub quotable: Option<Circle>,
    /// The app it is written with.
    pub app: Option<AppId>,
    /// Makes a second post with the same key within an hour answer the first.
    pub idempotency_key: Option<String>,
    /// The post for later that this is, whose moment has come.
    #[serde(skip)]
    pub scheduled: Option<ScheduledId>,
}

/// What somebody wants to post, and what has been made of it.
pub(in crate::service) struct Checked {
    /// What is wanted, tidied.
    pub new: NewStatus,
    me: Account,
    composed: Composed,
    poll: Option<Poll>,
    setting: Setting,
    urls: Urls,
    default_reach: Reach,
}

impl Checked {
    /// The uploads of it, if it could be posted now.
    ///
    /// # Errors
    /// As [`post`].
    pub(in crate::service) fn in_transaction(&self, tx: &mut Tx<'_>) -> Result<Vec<Media>> {
        let quoted = self.quoted(tx)?;
        draft(tx, self, quoted.as_ref())?;
        attachable(tx, self.me.id, None, &self.new.media)
    }

    /// What it quotes, if its author may, and everybody whom it names may see that.
    fn quoted(&self, tx: &mut Tx<'_>) -> Result<Option<Quoted>> {
        let Some(id) = self.new.quoted else { return Ok(None) };
        let quoted = quotes::wanted(tx, self.me.id, &self.setting, id)?;
        quotes::check_named(tx, &self.setting, quoted.id(), &self.composed.mentions)?;
        Ok(Some(quoted))
    }
}

/// Refuses media together with a poll.
///
/// # Errors
/// `Invalid`.
pub(super) fn check_parts(media: &[MediaId], poll: Option<&NewPoll>) -> Result<()> {
    if media.is_empty() || poll.is_none() {
        return Ok(());
    }
    Err(Error::invalid("A post can have media or a poll, not both"))
}

/// Makes of what somebody wants to post all that can be made before the database is asked.
///
/// # Errors
/// `Invalid` for what could not be posted.
pub(in crate::service) async fn check(instance: &Instance, me: &Account, new: NewStatus) -> Result<Checked> {
    let mut new = tidy(new);
    check_parts(&new.media, new.poll.as_ref())?;
    let may_be_empty = !new.media.is_empty() || new.quoted.is_some();
    let composed = compose(instance, &new.text, new.content_type, &new.spoiler_text, may_be_empty).await?;
    let poll = new.poll.as_ref().map(|poll| poll.checked(instance.now())).transpose()?;
    if new.language.is_none() {
        new.language = text::detect(&text::plain_text(&composed.content));
    }
    Ok(Checked {
        me: me.clone(),
        composed,
        poll,
        setting: setting(instance),
        urls: instance.urls.clone(),
        default_reach: instance.settings.default_reach,
        new,
    })
}

/// How far a new status may go that answers or quotes what went so far, the narrowest first; and the one
/// of these that it has if its author says nothing.
pub fn reaches(
    instance: &Instance,
    default: Option<Reach>,
    answered: Option<Reach>,
    quoted: Option<Reach>,
) -> (Vec<Reach>, Option<Reach>) {
    let fits = |reach: &Reach| {
        answered.is_none_or(|answered| reach::reply_reach(answered, *reach) == *reach)
            && quoted.is_none_or(|quoted| stays_within(quoted, *reach))
    };
    let reaches: Vec<Reach> = Reach::ALL.into_iter().filter(fits).collect();
    let wanted = default.unwrap_or(instance.settings.default_reach);
    let wanted = answered.map_or(wanted, |answered| reach::reply_reach(answered, wanted));
    let wanted = quoted.map_or(wanted, |quoted| reach::reply_reach(quoted, wanted));
    let usual = Some(wanted).filter(fits).or_else(|| reaches.last().copied());
    (reaches, usual)
}

/// Posts a status as `me`.
///
/// # Errors
/// `Invalid` for an empty or over-long text, `NotFound` for a parent or a quoted status the author may not see,
/// `Refused` for an answer the author may not give, and for what may not be quoted.
pub async fn post(instance: &Instance, me: &Account, new: NewStatus) -> Result<StatusView> {
    let new = tidy(new);
    if let Some(first) = earlier(instance, me.id, new.idempotency_key.clone()).await? {
        return Ok(first);
    }
    let checked = check(instance, me, new).await?;
    let (author, key, wish) = (me.id, checked.new.idempotency_key.clone(), cards::Wish::local(instance));
    let written = instance
        .store
        .write(move |tx| {
            let (new, me, composed) = (&checked.new, &checked.me, &checked.composed);
            let since = tx.now().plus_seconds(-KEY_LIFE);
            if let Some(key) = &new.idempotency_key
                && let Some(id) = tx.find_idempotent(me.id, key, since)?
            {
                return tx.status_view(Some(me.id), id)?.ok_or(Error::Gone("status"));
            }
            if let Some(id) = new.scheduled
                && !tx.take_scheduled(id)?
            {
                return Err(Error::Gone("scheduled post"));
            }
            let quoted = checked.quoted(tx)?;
            let status = draft(tx, &checked, quoted.as_ref())?;
            if !tx.insert_status(&status, &composed.mentions)? {
                // One from elsewhere has the very id: nothing was written, and another try has another id.
                return Err(store::Error::Busy.into());
            }
            if new.content_type != ContentType::Plain {
                tx.set_content_type(status.id, new.content_type)?;
            }
            tx.replace_tags(status.id, &composed.tags)?;
            attach(tx, me.id, status.id, &new.media)?;
            tx.replace_poll(status.id, checked.poll.as_ref())?;
            if let Some(quoted) = &quoted {
                quotes::begin(tx, me, &checked.setting, &checked.urls, &status, quoted)?;
            }
            if let Some(key) = &new.idempotency_key
                && !tx.insert_idempotent(me.id, key, status.id)?
            {
                return Err(Error::Conflict(SAME_KEY));
            }
            cards::look_later(tx, &status, wish)?;
            announce(tx, me, &status, &composed.mentions)?;
            tx.status_view(Some(me.id), status.id)?.ok_or(Error::NotFound("status"))
        })
        .await;
    match written {
        // Posted with this key between our look and our write, and committed by now: the database made
        // us wait for that.
        Err(Error::Conflict(SAME_KEY)) => {
            earlier(instance, author, key).await?.ok_or(Error::Conflict(SAME_KEY))
        }
        written => written,
    }
}

fn tidy(mut new: NewStatus) -> NewStatus {
    new.text = new.text.replace("\r\n", "\n");
    new.spoiler_text = text::clean_line(&new.spoiler_text, usize::MAX);
    new.language = new.language.and_then(|tag| text::language(&tag));
    new.idempotency_key = new.idempotency_key.map(|key| key.chars().take(MAX_KEY).collect());
    new
}

async fn earlier(instance: &Instance, me: AccountId, key: Option<String>) -> Result<Option<StatusView>> {
    let Some(key) = key else { return Ok(None) };
    instance
        .store
        .read(move |reader| {
            let since = reader.now().plus_seconds(-KEY_LIFE);
            match reader.find_idempotent(me, &key, since)? {
                Some(id) => Ok(reader.status_view(Some(me), id)?),
                None => Ok(None),
            }
        })
        .await
}

/// The row of the new status, once everything about it is decided.
fn draft(tx: &mut Tx<'_>, checked: &Checked, quoted: Option<&Quoted>) -> Result<Status> {
    let Checked { new, me, composed, setting, urls, default_reach, .. } = checked;
    let defaults = tx.find_posting_defaults(me.id)?.ok_or(Error::NotFound("user"))?;
    let viewer = Viewer::Staff(me.id);
    let asked = new.asked.unwrap_or(match defaults.reach {
        Some(reach) => Asked::Reach(reach),
        None => Asked::Public,
    });
    let (mut reach, listed) = reach::asked_reach(asked, *default_reach);
    let parent = match new.in_reply_to {
        Some(id) => {
            let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_reply(&viewer, setting, &facts)?;
            reach = reach::reply_reach(facts.reach, reach);
            Some(tx.find_status(id)?.ok_or(Error::NotFound("status"))?)
        }
        None => None,
    };
    if let Some(quoted) = quoted {
        reach = quoted.narrow(reach)?;
    }
    let id: StatusId = tx.next_id();
    Ok(Status {
        id,
        uri: urls.status(&me.username, id),
        url: Some(urls.status_page(&me.username, id)),
        account_id: me.id,
        local: true,
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_uri: parent.as_ref().map(|parent| parent.uri.clone()),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        reblog_of: None,
        conversation_id: parent.map_or(id, |parent| parent.conversation_id),
        content: composed.content.clone(),
        source: Some(new.text.clone()),
        spoiler_text: new.spoiler_text.clone(),
        sensitive: new.sensitive || defaults.sensitive || !new.spoiler_text.is_empty(),
        language: new.language.clone().or(defaults.language),
        reach,
        listed,
        app_id: new.app,
        created_at: tx.now(),
        edited_at: None,
        pinned_at: None,
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        emojis: composed.emojis.clone(),
        quote_policy: quotes::policy_of(reach, new.quotable.unwrap_or(defaults.quotable)),
    })
}

/// Carries a new local status on: into home timelines, to whom it names, and out.
fn announce(tx: &mut Tx<'_>, me: &Account, status: &Status, mentions: &[AccountId]) -> Result<()> {
    fan_out::begin(tx, status)?;
    tx.converse(status, mentions)?;
    for mentioned in mentions {
        tx.notify(*mentioned, NotificationKind::Mention, me.id, Some(status.id))?;
    }
    tx.notify_subscribers(status)?;
    if status.reach != Reach::Instance {
        tx.emit(&Event::StatusPosted { status: status.id })?;
    }
    Ok(())
}
