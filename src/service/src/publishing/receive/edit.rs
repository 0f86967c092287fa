//! Edits of remote posts.

use std::sync::Arc;

use super::store::{add_mentions, filter_notified};
use super::{AdmittedPost, RemotePost};
use crate::instance::Instance;
use crate::publishing::statuses::{follow_narrowing, notify_of_edit};
use crate::publishing::{annotations, cards, polls, quotes};
use crate::social::groups;
use crate::{Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::media::{Media, RemoteMedia};
use portico_domain::model::status::Status;
use portico_domain::model::{Reach, Timestamp};

/// Applies an edit by the status's author. Ignores an edit that is not newer than the stored version. An edit
/// never changes author, parent or date, and never widens the reach. Narrowing applies at once, however old
/// the edit is, since no wider version can be newer. Returns whether the status is known.
pub(super) async fn apply(
    instance: &Instance,
    author: &Account,
    admitted: Arc<AdmittedPost>,
) -> Result<bool> {
    let (author, input, setting) = (author.clone(), cards::CardSettings::remote(instance), setting(instance));
    let most_questions = instance.settings.questions_per_day;
    instance
        .store
        .write(move |tx| {
            let (admitted, edit) = (&*admitted, &admitted.post);
            let Some(former) = tx.find_status_by_uri(&edit.uri)? else { return Ok(false) };
            if former.account_id != author.id || former.boost_of.is_some() {
                return Ok(true);
            }
            if !groups::may_change(tx, &former)? {
                return Ok(true);
            }
            let (narrowed, mentions) = (admitted.narrowed.as_ref(), &admitted.mentions);
            let former = follow_narrowing(tx, &setting, &former, narrowed, mentions)?;
            // A guest may narrow an earlier post outside of the room, and change nothing else of it.
            if admitted.only_in_group && former.reach != Reach::Group {
                return Ok(true);
            }
            let asked = tx.poll_titles(former.id)?;
            polls::receive_update(tx, former.id, edit.poll.as_ref())?;
            quotes::apply_edit(tx, &former, edit)?;
            annotations::apply_edit(tx, &author, &former, &edit.annotations)?;
            let at = edit.updated.unwrap_or_else(|| tx.now()).min(tx.now());
            if at <= former.edited_at.unwrap_or(former.created_at) {
                return Ok(true);
            }
            let edited = edited(&former, edit, at);
            let same_media = same_media(&tx.media_of(former.id)?, &edit.media);
            if edited.content == former.content
                && edited.spoiler_text == former.spoiler_text
                && edited.sensitive == former.sensitive
                && same_media
                && asked == tx.poll_titles(former.id)?
            {
                return Ok(true);
            }
            tx.update_status(&former, &asked, &edited)?;
            let more = add_mentions(tx, &author, &edited, admitted, most_questions)?;
            if !same_media {
                tx.replace_remote_media(former.id, author.id, &edit.media)?;
            }
            tx.replace_tags(former.id, &edit.tags)?;
            cards::enqueue_again(tx, &edited, input)?;
            let notified = filter_notified(tx, &edited, &more)?;
            notify_of_edit(tx, author.id, &edited, notified.iter())?;
            groups::relay_edit(tx, &edited, admitted.proven.as_deref())?;
            Ok(true)
        })
        .await
}

fn same_media(former: &[Media], edit: &[RemoteMedia]) -> bool {
    former.len() == edit.len()
        && former.iter().zip(edit).all(|(old, new)| {
            old.remote_url.as_ref() == Some(&new.url)
                && old.description == new.description
                && old.focus == new.focus
        })
}

fn edited(former: &Status, edit: &RemotePost, at: Timestamp) -> Status {
    Status {
        content: edit.content.clone(),
        emojis: edit.emojis.clone(),
        spoiler_text: edit.spoiler_text.clone(),
        sensitive: edit.sensitive,
        language: edit.language.clone().or_else(|| former.language.clone()),
        edited_at: Some(at),
        ..former.clone()
    }
}
