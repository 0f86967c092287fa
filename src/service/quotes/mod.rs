//! Quotes: showing another's post inside one's own, with the author's consent.
//!
//! The author says beforehand who may quote a post. Of a post of this instance that decides at once; the
//! author of one elsewhere is asked, and until the answer comes the quote is pending. The answer is a stamp,
//! an object on the author's own server, which anybody can check.

mod receive;

use super::statuses::seen;
use super::{Error, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::live::Live;
use crate::model::notification::NotificationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::quote::{Circle, Quote, QuotePolicy, QuoteState};
use crate::model::reach::Extent;
use crate::model::status::Status;
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::model::{AccountId, Reach, StatusId};
use crate::policy::reach::{self, ReachFacts, Setting, scope};
use crate::policy::{extent, interaction, quotes};
use crate::store::Tx;

pub use receive::{
    Answer, receive_answer, receive_request, receive_revocation, receive_stamp, waiting, want,
};
pub(super) use receive::{change, take};

/// How many people hear of an edit of what they quoted.
const TOLD: i64 = 500;

/// A status that somebody is about to quote.
pub(super) struct Quoted {
    status: Status,
    facts: ReachFacts,
}

impl Quoted {
    /// Which.
    pub(super) const fn id(&self) -> StatusId {
        self.status.id
    }

    /// How far the quote goes.
    pub(super) fn narrow(&self, tx: &mut Tx<'_>, asked: &Extent) -> Result<Extent> {
        let quoted = self.status.extent();
        if let (Some(one), Some(other)) = (&quoted.partner, &asked.partner)
            && one.domain != other.domain
        {
            return Err(Error::invalid("The post that this quotes is for another partner"));
        }
        let host = tx.find_account(self.status.account_id)?.and_then(|author| author.domain);
        extent::quote_extent(&quoted, self.facts.author_tier.zip(host.as_deref()), asked).map_err(|_| {
            Error::invalid(
                "A post for an organisation cannot be quoted to followers: some may not belong to it",
            )
        })
    }
}

/// Finds what `me` wants to quote.
pub(super) fn wanted(tx: &mut Tx<'_>, me: AccountId, setting: &Setting, id: StatusId) -> Result<Quoted> {
    let viewer = Viewer::Staff(me);
    let (id, facts) = tx.facts_of_original(&viewer, id)?.ok_or(Error::NotFound("status"))?;
    // Whether it is there is answered before anything about it.
    reach::may_see(&viewer, setting, &facts)?;
    let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
    let blocked = me != facts.author && tx.is_blocked_between(me, facts.author)?;
    quotes::may_quote(&viewer, setting, &facts, status.quote_policy, blocked)?;
    Ok(Quoted { status, facts })
}

/// Who may quote a status of this reach, if its author chooses this.
pub(super) const fn policy_of(reach: Reach, chosen: Circle) -> QuotePolicy {
    // What is for chosen people is quoted by its author alone, whatever they say.
    QuotePolicy::of(if reach.is_organisational() { chosen } else { Circle::Nobody })
}

/// Records that a new status quotes another, and asks the author if need be.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    me: &Account,
    setting: &Setting,
    urls: &Urls,
    status: &Status,
    quoted: &Quoted,
) -> Result<()> {
    let Quoted { status: other, .. } = quoted;
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
    // To ask would tell the author's server of a post that it must not know.
    if quotes::needs_no_stamp(other.quote_policy) {
        return Ok(tx.replace_quote(status.id, what, QuoteState::Accepted, None)?);
    }
    Err(Error::invalid("The author must approve it, but may not receive a post with this reach"))
}

/// Refuses a quote that names people who may not have what it quotes.
pub(super) fn check_named(
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

/// As [`check_named`], for a status that is edited.
pub(super) fn check_still_named(
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

/// Whether a status quotes something, so that it needs no text of its own.
pub(super) async fn is_quote(instance: &Instance, id: StatusId) -> Result<bool> {
    instance.store.read(move |reader| Ok(reader.find_quote(id)?.is_some())).await
}

/// Tells the people here who quoted a status that it was edited.
pub(super) fn tell_quoters(tx: &mut Tx<'_>, author: AccountId, edited: StatusId) -> Result<()> {
    for (quoter, quoting) in tx.list_local_quoters(edited, TOLD)? {
        tx.notify(quoter, NotificationKind::QuotedUpdate, author, Some(quoting))?;
    }
    Ok(())
}

/// The quotes of a status that the viewer may see.
///
/// # Errors
/// `NotFound` for what the viewer may not see.
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
            seen(reader, &viewer, &setting, id)?;
            let page = reader.quotes_page(viewer.staff(), &scope(&viewer, &setting), id, &request)?;
            let views = reader.status_views(viewer.staff(), &page.items)?;
            Ok::<_, Error>(page.with_items(views))
        })
        .await
}

/// Takes back one's consent to a quote. Answers the status that quoted, which now quotes nothing.
///
/// # Errors
/// `NotFound` for somebody else's status, and for what does not quote it.
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
            seen(tx, &Viewer::Staff(me.id), &setting, quoting)?;
            let quote = tx.find_quote(quoting)?.filter(|quote| quote.quoted_id == Some(id));
            let quote = quote.ok_or(Error::NotFound("status"))?;
            if matches!(quote.state, QuoteState::Pending | QuoteState::Accepted) {
                withdraw(tx, &me, &quoted, &quote)?;
            }
            tx.status_view(Some(me.id), quoting)?.ok_or(Error::NotFound("status"))
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
    tx.withdraw_notice(me.id, NotificationKind::Quote, status.account_id, Some(status.id))?;
    settle(tx, &status, QuoteState::Revoked, None)
}

/// Sets how far a quote has come, and tells whoever shows it.
fn settle(tx: &mut Tx<'_>, status: &Status, state: QuoteState, stamp: Option<&str>) -> Result<()> {
    tx.update_quote(status.id, state, stamp)?;
    tx.publish(Live::Edited { status: status.id })?;
    if status.local && status.reach != Reach::Instance {
        tx.emit(&Event::StatusEdited { status: status.id, at: tx.now() })?;
    }
    Ok(())
}

/// Changes who may quote one's own status from now on; quotes that are there stay.
///
/// # Errors
/// `NotFound` for somebody else's status.
pub async fn set_policy(
    instance: &Instance,
    me: AccountId,
    id: StatusId,
    chosen: Circle,
) -> Result<StatusView> {
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &status)?;
            choose(tx, &status, chosen)?;
            tx.status_view(Some(me), id)?.ok_or(Error::NotFound("status"))
        })
        .await
}

/// Changes who may quote a status, and tells others. Answers whether anything changed.
pub(super) fn choose(tx: &mut Tx<'_>, status: &Status, chosen: Circle) -> Result<bool> {
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

/// Lets nobody but its author quote a status that is for chosen people from now on.
pub(super) fn close(tx: &mut Tx<'_>, status: &Status) -> Result<()> {
    Ok(tx.set_quote_policy(status.id, QuotePolicy::of(Circle::Nobody))?)
}

/// A stamp: that the author of one status agrees that another quotes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Its id.
    pub uri: String,
    /// Who agrees.
    pub author: String,
    /// The status that quotes.
    pub quoting: String,
    /// The status that is quoted.
    pub quoted: String,
}

/// The stamp of a quote of what `author` wrote here, for whoever may see that.
///
/// # Errors
/// `NotFound` for what is not agreed to, and for what the viewer may not see.
pub async fn stamp(instance: &Instance, viewer: Viewer, author: AccountId, id: StatusId) -> Result<Stamp> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let quote = reader.find_quote(id)?.filter(|quote| quote.state == QuoteState::Accepted);
            let quote = quote.filter(|quote| quote.quoted_author == Some(author));
            let quote = quote.ok_or(Error::NotFound("stamp"))?;
            let quoting = reader.find_status(id)?.ok_or(Error::NotFound("stamp"))?;
            seen(reader, &viewer, &setting, quote.quoted_id.ok_or(Error::NotFound("stamp"))?)?;
            if quoting.local {
                seen(reader, &viewer, &setting, id)?;
            }
            let author = reader.find_account(author)?.ok_or(Error::NotFound("stamp"))?;
            let uri = quote.stamp.filter(|_| author.is_local()).ok_or(Error::NotFound("stamp"))?;
            Ok(Stamp { uri, author: author.uri, quoting: quoting.uri, quoted: quote.quoted_uri })
        })
        .await
}
