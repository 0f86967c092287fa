//! Quotes: embedding another account's post in one's own, with the author's consent.
//!
//! An author sets in advance who may quote a post. For a local post this decides at once. For a remote post
//! the author's server is asked, and the quote is pending until it answers. It approves with a stamp: an
//! object on the author's server that anyone can verify.

mod receive;

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use lookup::find_visible_status;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::quote::{Quote, QuoteAudience, QuotePolicy, QuoteState, Stamp};
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::status::Status;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::reach::{self, ReachFacts, Setting, scope};
use portico_domain::policy::{audience_limits, interaction, quotes};
use portico_store::Tx;

pub use receive::{
    QuoteAnswer, QuoteCheck, enqueue_verification, find_pending, receive_answer, receive_request,
    receive_revocation, receive_stamp,
};
pub(crate) use receive::{apply_edit, record_remote};

/// Maximum number of quoters notified of an edit.
const MOST_NOTIFIED: i64 = 500;

/// A status that is about to be quoted.
pub(crate) struct QuotedStatus {
    status: Status,
    facts: ReachFacts,
}

impl QuotedStatus {
    /// Returns the status id.
    pub(crate) const fn id(&self) -> StatusId {
        self.status.id
    }

    /// Narrows the requested extent of the quote to that of the quoted status.
    pub(crate) fn narrow(&self, tx: &mut Tx<'_>, asked: &AudienceLimits) -> Result<AudienceLimits> {
        let quoted = self.status.audience_limits();
        if let (Some(one), Some(other)) = (&quoted.partner, &asked.partner)
            && one.domain != other.domain
        {
            return Err(Error::invalid("The post that this quotes is for another partner"));
        }
        let host = tx.find_account(self.status.account_id)?.and_then(|author| author.domain);
        audience_limits::quote_limits(&quoted, self.facts.author_tier.zip(host.as_deref()), asked).map_err(
            |_| {
                Error::invalid(
                    "A post for an organisation cannot be quoted to followers: some may not belong to it",
                )
            },
        )
    }
}

/// Loads the status that `me` wants to quote, if it may be quoted.
pub(crate) fn load_quotable(
    tx: &mut Tx<'_>,
    me: AccountId,
    setting: &Setting,
    id: StatusId,
) -> Result<QuotedStatus> {
    let viewer = Viewer::Local(me);
    let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
    // Check visibility first, so that the answer reveals nothing about a hidden status.
    reach::may_see(&viewer, setting, &facts)?;
    let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
    let blocked = me != facts.author && tx.is_blocked_between(me, facts.author)?;
    quotes::may_quote(&viewer, setting, &facts, status.quote_policy, blocked)?;
    Ok(QuotedStatus { status, facts })
}

/// Returns the quote policy of a status with this reach and this choice of its author.
pub(crate) const fn policy_of(reach: Reach, chosen: QuoteAudience) -> QuotePolicy {
    // A post for chosen people can be quoted by its author only, whatever they chose.
    QuotePolicy::automatic_for(if reach.is_organisational() { chosen } else { QuoteAudience::Nobody })
}

/// Records that a new status quotes another, and requests the author's approval if needed.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    me: &Account,
    setting: &Setting,
    urls: &Urls,
    status: &Status,
    quoted: &QuotedStatus,
) -> Result<()> {
    let QuotedStatus { status: other, .. } = quoted;
    let author = tx.find_account(other.account_id)?.ok_or(Error::NotFound("status"))?;
    let what = (Some(other.id), other.uri.as_str());
    let Some(host) = author.domain.clone() else {
        let stamp = urls.quote_stamp(&author.username, status.id);
        tx.replace_quote(status.id, what, QuoteState::Accepted, Some(&stamp))?;
        return Ok(tx.notify(author.id, NotificationKind::Quote, me.id, Some(status.id))?);
    };
    let there = tx.host_as_viewer(&host)?;
    let facts = tx.reach_facts(&there, status.id)?.ok_or(Error::NotFound("status"))?;
    if reach::may_see(&there, setting, &facts).is_ok() {
        tx.replace_quote(status.id, what, QuoteState::Pending, None)?;
        return Ok(tx.emit(&Event::QuoteRequested { status: status.id })?);
    }
    // Asking would reveal the post to a server that may not know of it.
    if quotes::needs_no_stamp(other.quote_policy) {
        return Ok(tx.replace_quote(status.id, what, QuoteState::Accepted, None)?);
    }
    Err(Error::invalid("The author must approve it, but may not receive a post with this reach"))
}

/// Refuses a quote that mentions accounts that may not see the quoted status.
pub(crate) fn check_named(
    tx: &mut Tx<'_>,
    setting: &Setting,
    quoted: StatusId,
    named: &[AccountId],
) -> Result<()> {
    for id in named {
        let Some(account) = tx.find_account(*id)? else { continue };
        let viewer = tx.viewer_of(&account)?;
        let Some(facts) = tx.reach_facts(&viewer, quoted)? else { continue };
        let free = facts.reach == Reach::Public || facts.author == *id;
        if !free && !quotes::may_be_named(&viewer, setting, &facts) {
            let name = account.acct();
            return Err(Error::invalid(format!(
                "@{name} may not see the quoted post, and so cannot be named"
            )));
        }
    }
    Ok(())
}

/// Does the same as [`check_named`] for an edited status.
pub(crate) fn check_still_named(
    tx: &mut Tx<'_>,
    setting: &Setting,
    status: StatusId,
    named: &[AccountId],
) -> Result<()> {
    match tx.find_quote(status)?.and_then(|quote| quote.quoted_id) {
        Some(quoted) => check_named(tx, setting, quoted, named),
        None => Ok(()),
    }
}

/// Whether a status quotes another, so that its own text may be empty.
pub(crate) async fn is_quote(instance: &Instance, id: StatusId) -> Result<bool> {
    instance.store.read(move |reader| Ok(reader.find_quote(id)?.is_some())).await
}

/// Notifies local quoters that a status was edited.
pub(crate) fn notify_quoters(tx: &mut Tx<'_>, author: AccountId, edited: StatusId) -> Result<()> {
    for (quoter, quoting) in tx.list_local_quoters(edited, MOST_NOTIFIED)? {
        tx.notify(quoter, NotificationKind::QuotedUpdate, author, Some(quoting))?;
    }
    Ok(())
}

/// Lists the quotes of a status that the viewer may see.
pub async fn list(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
    request: PageRequest,
) -> Result<Page<StatusView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            find_visible_status(reader, &viewer, &setting, id)?;
            let page = reader.quotes_page(viewer.local_account(), &scope(&viewer, &setting), id, &request)?;
            let views = reader.status_views(viewer.local_account(), &page.items)?;
            Ok::<_, Error>(page.with_items(views))
        })
        .await
}

/// Revokes the author's consent to a quote. Returns the quoting status, which no longer shows the quoted one.
pub async fn revoke(
    instance: &Instance,
    me: &Account,
    id: StatusId,
    quoting: StatusId,
) -> Result<StatusView> {
    let (me, setting) = (me.clone(), setting(instance));
    instance
        .store
        .write(move |tx| {
            let quoted = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me.id, &quoted)?;
            find_visible_status(tx, &Viewer::Local(me.id), &setting, quoting)?;
            let quote = tx.find_quote(quoting)?.filter(|quote| quote.quoted_id == Some(id));
            let quote = quote.ok_or(Error::NotFound("status"))?;
            if matches!(quote.state, QuoteState::Pending | QuoteState::Accepted) {
                withdraw(tx, &me, &quoted, &quote)?;
            }
            lookup::load_status_view(tx, me.id, quoting)
        })
        .await
}

fn withdraw(tx: &mut Tx<'_>, me: &Account, quoted: &Status, quote: &Quote) -> Result<()> {
    let status = tx.find_status(quote.status_id)?.ok_or(Error::NotFound("status"))?;
    if let Some(stamp) = &quote.stamp {
        tx.emit(&Event::QuoteRevoked {
            account: me.id,
            stamp: stamp.clone(),
            quoted: quoted.uri.clone(),
            status: status.id,
        })?;
    }
    tx.withdraw_notification(me.id, NotificationKind::Quote, status.account_id, Some(status.id))?;
    set_state(tx, &status, QuoteState::Revoked, None)
}

/// Changes the state of a quote, and publishes the change to open streams and other hosts.
fn set_state(tx: &mut Tx<'_>, status: &Status, state: QuoteState, stamp: Option<&str>) -> Result<()> {
    tx.update_quote(status.id, state, stamp)?;
    tx.publish(Live::Edited { status: status.id })?;
    if status.local && status.reach != Reach::Instance {
        tx.emit(&Event::StatusEdited { status: status.id, at: tx.now() })?;
    }
    Ok(())
}

/// Changes who may quote the caller's own status from now on; existing quotes stay.
pub async fn set_policy(
    instance: &Instance,
    me: AccountId,
    id: StatusId,
    chosen: QuoteAudience,
) -> Result<StatusView> {
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &status)?;
            apply_policy(tx, &status, chosen)?;
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Changes who may quote a status, and publishes the change. Returns whether anything changed.
pub(crate) fn apply_policy(tx: &mut Tx<'_>, status: &Status, chosen: QuoteAudience) -> Result<bool> {
    let policy = policy_of(status.reach, chosen);
    if policy == status.quote_policy {
        return Ok(false);
    }
    tx.set_quote_policy(status.id, policy)?;
    tx.publish(Live::Edited { status: status.id })?;
    if status.reach != Reach::Instance {
        tx.emit(&Event::StatusEdited { status: status.id, at: tx.now() })?;
    }
    Ok(true)
}

/// Restricts quoting of a status for chosen people to its author.
pub(crate) fn restrict_to_author(tx: &mut Tx<'_>, status: &Status) -> Result<()> {
    Ok(tx.set_quote_policy(status.id, QuotePolicy::automatic_for(QuoteAudience::Nobody))?)
}

/// Returns the stamp of a quote of a local post by `author`.
///
/// # Errors
/// `NotFound` also if the viewer may not see both posts.
pub async fn stamp(instance: &Instance, viewer: Viewer, author: AccountId, id: StatusId) -> Result<Stamp> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let quote = reader.find_quote(id)?.filter(|quote| quote.state == QuoteState::Accepted);
            let quote = quote.filter(|quote| quote.quoted_author == Some(author));
            let quote = quote.ok_or(Error::NotFound("stamp"))?;
            let quoting = reader.find_status(id)?.ok_or(Error::NotFound("stamp"))?;
            find_visible_status(reader, &viewer, &setting, quote.quoted_id.ok_or(Error::NotFound("stamp"))?)?;
            if quoting.local {
                find_visible_status(reader, &viewer, &setting, id)?;
            }
            let author = reader.find_account(author)?.ok_or(Error::NotFound("stamp"))?;
            let uri = quote.stamp.filter(|_| author.is_local()).ok_or(Error::NotFound("stamp"))?;
            Ok(Stamp { uri, author: author.uri, quoting: quoting.uri, quoted: quote.quoted_uri })
        })
        .await
}
