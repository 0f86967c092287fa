//! Editing a status. An edit may narrow its reach, but never widen it: see [`super::narrow`].

use super::attach::{AttachmentEdit, attach, describe};
use super::compose::compose;
use super::narrow::{narrow_own, requested_extent};
use super::post::{check_parts, filter_mentions};
use crate::access::bots;
use crate::instance::Instance;
use crate::lookup;
use crate::publishing::polls::NewPoll;
use crate::publishing::{cards, quotes};
use crate::social::groups;
use crate::{Error, Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::PageRequest;
use portico_domain::model::poll::Poll;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::status::{ContentType, Status};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, MediaId, Reach, StatusId};
use portico_domain::policy::interaction;
use portico_store::Tx;

/// Maximum number of boosters notified of an edit.
const MOST_BOOSTERS_NOTIFIED: i64 = 500;

/// The input of an edit, which replaces the whole status.
#[derive(Debug, Clone, Default)]
pub struct StatusEditInput {
    /// The text as typed.
    pub text: String,
    /// The format of the text; `None` to keep it.
    pub content_type: Option<ContentType>,
    /// The content warning.
    pub spoiler_text: String,
    /// Whether media is hidden until clicked.
    pub sensitive: bool,
    /// The new poll; `None` for no poll.
    pub poll: Option<NewPoll>,
    /// BCP 47 language tag; `None` to keep it.
    pub language: Option<String>,
    /// All attachments, in this order.
    pub media: Vec<MediaId>,
    /// Changes to attachments.
    pub notes: Vec<AttachmentEdit>,
    /// The people who may quote it; `None` to keep it.
    pub quotable: Option<QuoteAudience>,
    /// The new, narrower reach; `None` to keep it.
    pub reach: Option<Reach>,
    /// With `reach`, the only partner that receives it.
    pub partner: Option<String>,
}

/// Edits the caller's own status; the former version goes into the history.
pub async fn edit(
    instance: &Instance,
    me: &Account,
    id: StatusId,
    edit: StatusEditInput,
) -> Result<StatusView> {
    check_parts(&edit.media, edit.poll.as_ref())?;
    let typed = edit.text.replace("\r\n", "\n");
    let spoiler_text = portico_html::clean_line(&edit.spoiler_text, usize::MAX);
    let language = edit.language.as_deref().and_then(portico_html::language);
    let kind = match edit.content_type {
        Some(kind) => kind,
        None => instance.store.read(move |reader| Ok::<_, Error>(reader.content_type_of(id)?)).await?,
    };
    let may_be_empty = !edit.media.is_empty() || quotes::is_quote(instance, id).await?;
    let composed = compose(instance, &typed, kind, &spoiler_text, may_be_empty).await?;
    let poll = edit.poll.as_ref().map(|poll| poll.checked(instance.now())).transpose()?;
    let (author, setting, input) = (me.clone(), setting(instance), cards::CardSettings::local(instance));
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let former = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &former)?;
            if !groups::may_change(tx, &former)? {
                return Err(Error::invalid("Only members can edit their posts in the group"));
            }
            let narrowed = match requested_extent(tx, &former, edit.reach, edit.partner.as_deref())? {
                Some(to) => narrow_own(tx, &setting, &former, &to)?,
                None => None,
            };
            let former = narrowed.unwrap_or(former);
            bots::limit_reach(tx, &author, former.reach, &composed.mentions)?;
            let edited = Status {
                content: composed.content.clone(),
                emojis: composed.emojis.clone(),
                source: Some(typed.clone()),
                spoiler_text: spoiler_text.clone(),
                sensitive: edit.sensitive || !spoiler_text.is_empty(),
                language: language.clone().or_else(|| former.language.clone()),
                edited_at: Some(tx.now()),
                ..former.clone()
            };
            let attached: Vec<MediaId> = tx.media_of(id)?.iter().map(|media| media.id).collect();
            let described = describe(tx, me, id, &edit.notes)?;
            let options = tx.poll_titles(id)?;
            let polled = change_poll(tx, id, poll.as_ref())?;
            if let Some(quotable) = edit.quotable {
                quotes::apply_policy(tx, &former, quotable)?;
            }
            quotes::check_still_named(tx, &setting, id, &composed.mentions)?;
            let same =
                is_unchanged(&former, &edited) && attached == edit.media && tx.content_type_of(id)? == kind;
            if same && !polled && described.is_empty() {
                return lookup::load_status_view(tx, me, id);
            }
            let before = tx.list_mentioned(id)?;
            tx.update_status(&former, &options, &edited)?;
            tx.set_content_type(id, kind)?;
            for media in &described {
                tx.update_media(media)?;
            }
            attach(tx, me, id, &edit.media)?;
            // Accounts mentioned before keep the post and may still see it; newly mentioned ones are
            // notified.
            let mut named = before.clone();
            let fresh = filter_mentions(tx, &former, &composed.mentions)?;
            named.extend(fresh.iter().filter(|id| !before.contains(id)));
            tx.replace_mentions(id, &named)?;
            tx.replace_tags(id, &composed.tags)?;
            cards::enqueue_again(tx, &edited, input)?;
            notify_of_edit(tx, me, &edited, fresh.iter().filter(|id| !before.contains(id)))?;
            if edited.reach != Reach::Instance {
                tx.emit(&Event::StatusEdited { status: id, at: tx.now() })?;
            }
            groups::relay_edit(tx, &edited, None)?;
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Replaces a status's poll, or changes its terms. Changed options reset the votes. Returns whether anything
/// changed.
fn change_poll(tx: &mut Tx<'_>, id: StatusId, poll: Option<&Poll>) -> Result<bool> {
    let former = tx.find_poll(id)?;
    let (Some(former), Some(poll)) = (&former, poll) else {
        let changed = former.is_some() || poll.is_some();
        if changed {
            tx.replace_poll(id, poll)?;
        }
        return Ok(changed);
    };
    let former = &former.poll;
    let titles = |poll: &Poll| poll.options.iter().map(|(title, _)| title.clone()).collect::<Vec<_>>();
    if titles(former) != titles(poll) || former.multiple != poll.multiple {
        tx.replace_poll(id, Some(poll))?;
        return Ok(true);
    }
    tx.set_poll_terms(id, poll.hide_totals, poll.expires_at)?;
    Ok(former.hide_totals != poll.hide_totals || former.expires_at != poll.expires_at)
}

fn is_unchanged(former: &Status, edited: &Status) -> bool {
    former.source == edited.source
        && former.spoiler_text == edited.spoiler_text
        && former.sensitive == edited.sensitive
        && former.language == edited.language
}

/// Notifies newly mentioned accounts and local boosters and quoters of an edit.
pub(in crate::publishing) fn notify_of_edit<'a>(
    tx: &mut Tx<'_>,
    author: AccountId,
    edited: &Status,
    newly_named: impl Iterator<Item = &'a AccountId>,
) -> Result<()> {
    for mentioned in newly_named {
        tx.notify(*mentioned, NotificationKind::Mention, author, Some(edited.id))?;
    }
    tx.publish(Live::Edited { status: edited.id })?;
    for booster in tx.boosted_by(edited.id, &PageRequest::first(MOST_BOOSTERS_NOTIFIED))?.items {
        tx.notify(booster, NotificationKind::Update, author, Some(edited.id))?;
    }
    quotes::notify_quoters(tx, author, edited.id)
}
