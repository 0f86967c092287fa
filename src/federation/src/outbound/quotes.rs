//! Outgoing activities for quotes: requests, answers, and revoked QuoteAuthorizations.

use serde_json::{Value, json};

use super::{
    ActivityContext, Direction, Outgoing, RecipientHosts, Result, everyone_who_got, followers_of,
    local_status, personal, written,
};
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::addressing::Written;
use portico_activitystreams::quote;
use portico_domain::model::quote::QuoteState;
use portico_domain::model::quote::Stamp;
use portico_domain::model::{AccountId, ActivityId, Reach, StatusId};
use portico_domain::policy::reach::{Setting, may_see};
use portico_service::publishing::statuses;
use portico_store::Tx;

/// Writes the QuoteRequest of a status; the status is embedded, and nothing is sent if the author's host may
/// not see it.
pub(super) fn requested(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: StatusId,
) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(found) = view.quote.as_ref().map(|view| view.quote.clone()) else { return Ok(None) };
    let author = match found.quoted_author.filter(|_| found.state == QuoteState::Pending) {
        Some(author) => tx.find_account(author)?,
        None => None,
    };
    let Some((author, domain)) = author.and_then(|author| Some((author.clone(), author.domain?))) else {
        return Ok(None);
    };
    let there = tx.host_as_viewer(&domain)?;
    let setting = Setting { mode: speaker.mode, public_pages: false };
    let facts = tx.reach_facts(&there, id)?;
    if facts.is_none_or(|facts| may_see(&there, &setting, &facts).is_err()) {
        return Ok(None);
    }
    let Some(view) = statuses::filter_by_grants(view, there.granted()) else { return Ok(None) };
    let Some(note) = written(tx, speaker, &view)? else { return Ok(None) };
    let uri = quote::question_id(&view.account.uri, id);
    let question = quote::question(&uri, &view.account.uri, &found.quoted_uri, Value::Object(note));
    let asked = personal(tx, speaker, &view.account, &author, question, Direction::Do)?;
    // The host has the status now, so it must also receive its edits and its deletion.
    Ok(asked.map(|asked| Outgoing { brings: Some(view.status.uri), ..asked }))
}

/// Writes the answer to a QuoteRequest, with a new id, since the same request may be sent again.
pub(super) fn answered(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: StatusId,
    request: &str,
    accepted: bool,
) -> Result<Option<Outgoing>> {
    let (Some(status), Some(found)) = (tx.find_status(id)?, tx.find_quote(id)?) else { return Ok(None) };
    let (Some(asker), Some(author)) = (tx.find_account(status.account_id)?, found.quoted_author) else {
        return Ok(None);
    };
    let Some(author) = tx.find_account(author)? else { return Ok(None) };
    let stamp = found.stamp.filter(|_| found.state == QuoteState::Accepted);
    if accepted != stamp.is_some() {
        return Ok(None);
    }
    let fresh: ActivityId = tx.next_id();
    let (kind, word) = if accepted { (Kind::Accept, "accepts") } else { (Kind::Reject, "rejects") };
    let question = quote::question(request, &asker.uri, &found.quoted_uri, json!(status.uri));
    let uri = format!("{}#{word}/{fresh}", author.uri);
    let mut answer = activity::bare(kind, &uri, &author.uri, Value::Object(question));
    if let Some(stamp) = stamp {
        answer.insert("result".to_owned(), json!(stamp));
    }
    personal(tx, speaker, &author, &asker, answer, Direction::Do)
}

/// Writes the Delete of a QuoteAuthorization. For a local quote it goes to everyone who received the quote;
/// for a remote one to its author and to everyone who received the quoted status, who may show the quote. A
/// local quote that a server never received is not revealed to it.
pub(super) fn revoked(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    account: AccountId,
    id: StatusId,
    stamp: &str,
    quoted: &str,
) -> Result<Option<Outgoing>> {
    let (Some(author), Some(status)) = (tx.find_account(account)?, tx.find_status(id)?) else {
        return Ok(None);
    };
    let mut to = everyone_who_got(tx, speaker, if status.local { &status.uri } else { quoted })?;
    if let Some(quoter) = tx.find_account(status.account_id)?.filter(|quoter| !quoter.is_local()) {
        let mut hosts = RecipientHosts::default();
        hosts.add_named(&quoter, Reach::Direct);
        to.extend(hosts.reachable_inboxes(tx, speaker.mode)?);
    }
    to.sort_unstable();
    to.dedup();
    let uri = format!("{stamp}#delete");
    let stamp = Stamp {
        uri: stamp.to_owned(),
        author: author.uri.clone(),
        quoting: status.uri,
        quoted: quoted.to_owned(),
    };
    let audience = Written::to(&[&followers_of(&author)]);
    let activity = activity::write(Kind::Delete, &uri, &author.uri, quote::stamp(&stamp), &audience);
    Ok(Some(Outgoing { from: account, activity, brings: None, to }))
}
