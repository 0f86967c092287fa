//! Accepted answers: the author of a question marks the reply that helped.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::answers::may_accept;
use portico_domain::policy::reach;
use portico_store::{Reader, Tx};

/// Accepts a reply to one's own question, in place of an earlier accepted one. Returns the question.
///
/// # Errors
/// `Refused` for another account's question, and for a status that is not a reply to it.
pub async fn accept(instance: &Instance, me: AccountId, answer: StatusId) -> Result<StatusView> {
    change(instance, me, answer, true).await
}

/// Withdraws the acceptance of a reply. Returns the question.
///
/// # Errors
/// As [`accept`].
pub async fn take_back(instance: &Instance, me: AccountId, answer: StatusId) -> Result<StatusView> {
    change(instance, me, answer, false).await
}

async fn change(instance: &Instance, me: AccountId, answer: StatusId, accepted: bool) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me);
            let facts = tx.reach_facts(&viewer, answer)?.ok_or(Error::NotFound("status"))?;
            reach::may_see(&viewer, &setting, &facts)?;
            let answer = tx.find_status(answer)?.ok_or(Error::NotFound("status"))?;
            let question = find_question(tx, me, &answer)?;
            may_accept(me, &question, &answer)?;
            let former = tx.find_accepted(question.id)?;
            let wanted = match accepted {
                true => Some(answer.uri.clone()),
                // Nothing changes if another reply is the accepted one.
                false => former.clone().filter(|former| *former != answer.uri),
            };
            if tx.set_accepted(question.id, wanted.as_deref())? {
                if accepted {
                    notify_author(tx, &question, &answer)?;
                }
                tx.publish(Live::Edited { status: question.id })?;
                if question.reach != Reach::Instance {
                    let at = tx.now();
                    tx.emit(&Event::Annotated { status: question.id, at })?;
                }
            }
            lookup::load_status_view(tx, me, question.id)
        })
        .await
}

/// Returns the question that a reply belongs to: the first post of the thread if `me` is its author,
/// otherwise the parent.
fn find_question(reader: &mut Reader<'_>, me: AccountId, answer: &Status) -> Result<Status> {
    let first = reader.find_status(answer.conversation_id)?;
    if let Some(first) = first.filter(|first| first.account_id == me && first.id != answer.id) {
        return Ok(first);
    }
    let parent = match answer.in_reply_to_id {
        Some(parent) => reader.find_status(parent)?,
        None => None,
    };
    parent.ok_or(Error::Refused(crate::Refusal::NotYours))
}

/// Notifies the author of the accepted reply with an update notification, which every client app supports.
fn notify_author(tx: &mut Tx<'_>, question: &Status, answer: &Status) -> Result<()> {
    Ok(tx.notify(answer.account_id, NotificationKind::Update, question.account_id, Some(question.id))?)
}

/// Stores which reply the author of a remote question has accepted. Ignores a known status that is not a
/// reply to the question. Keeps the id of an unknown one.
pub(crate) fn apply_remote(tx: &mut Tx<'_>, question: &Status, said: Option<&str>) -> Result<()> {
    let Some(uri) = said else { return tx.set_accepted(question.id, None).map(drop).map_err(Error::from) };
    let answer = tx.find_status_by_uri(uri)?;
    if let Some(answer) = &answer
        && may_accept(question.account_id, question, answer).is_err()
    {
        return Ok(());
    }
    if tx.set_accepted(question.id, Some(uri))? {
        if let Some(answer) = &answer {
            notify_author(tx, question, answer)?;
        }
        tx.publish(Live::Edited { status: question.id })?;
    }
    Ok(())
}
