//! Announcements: operators publish them; users read them, dismiss them and react to them.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::announcement::{Announcement, AnnouncementView, MOST_REACTIONS};
use portico_domain::model::{AccountId, AnnouncementId, Timestamp};
use portico_html::rich;
use portico_store::Reader;

/// The maximum length of an announcement, in bytes.
const LONGEST: usize = 20_000;

/// The input for an announcement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnnouncementInput {
    /// The text, in Markdown.
    pub text: String,
    /// The start of the announced event.
    pub starts_at: Option<Timestamp>,
    /// The end of the announced event.
    pub ends_at: Option<Timestamp>,
    /// Whether start and end are whole days.
    pub all_day: bool,
}

/// Publishes an announcement, or changes the one with this id.
///
/// # Errors
/// `Invalid` for an empty or too long text, and for an end before the start.
pub async fn publish(
    instance: &Instance,
    id: Option<AnnouncementId>,
    input: AnnouncementInput,
) -> Result<Announcement> {
    if input.text.trim().is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    if input.text.len() > LONGEST {
        return Err(Error::invalid(format!("Text is too long (maximum is {LONGEST} bytes)")));
    }
    if let (Some(start), Some(end)) = (input.starts_at, input.ends_at)
        && end < start
    {
        return Err(Error::invalid("Ends at must be after starts at"));
    }
    let content = rich::linked(&rich::markdown(&input.text), &[], &instance.urls);
    instance
        .store
        .write(move |tx| {
            let now = tx.now();
            let former = match id {
                Some(id) => Some(tx.find_announcement(id)?.ok_or(Error::NotFound("announcement"))?),
                None => None,
            };
            let announcement = Announcement {
                id: former.as_ref().map_or_else(|| tx.next_id(), |former| former.id),
                source: input.text.clone(),
                content: content.clone(),
                starts_at: input.starts_at,
                ends_at: input.ends_at,
                all_day: input.all_day,
                published_at: former.map_or(now, |former| former.published_at),
                updated_at: now,
            };
            tx.put_announcement(&announcement)?;
            Ok(announcement)
        })
        .await
}

/// Lists every announcement for operators, the newest first.
pub async fn list_all(instance: &Instance) -> Result<Vec<Announcement>> {
    instance.store.read(|reader| Ok(reader.list_announcements()?)).await
}

/// Deletes an announcement.
pub async fn withdraw(instance: &Instance, id: AnnouncementId) -> Result<()> {
    let gone = instance.store.write(move |tx| Ok::<_, Error>(tx.delete_announcement(id)?)).await?;
    if gone { Ok(()) } else { Err(Error::NotFound("announcement")) }
}

/// Lists the announcements that have not ended, without those that the user has dismissed unless
/// `dismissed_too`.
pub async fn list(instance: &Instance, me: AccountId, dismissed_too: bool) -> Result<Vec<AnnouncementView>> {
    instance
        .store
        .read(move |reader| {
            let now = reader.now();
            let current =
                reader.list_announcements()?.into_iter().filter(|one| is_current(one, now)).collect();
            let shown = reader.announcements_for(Some(me), current)?;
            Ok(shown.into_iter().filter(|one| dismissed_too || !one.read).collect())
        })
        .await
}

fn is_current(announcement: &Announcement, now: Timestamp) -> bool {
    // An end that is a whole day includes that day.
    let grace = if announcement.all_day { 24 * 3600 } else { 0 };
    announcement.ends_at.is_none_or(|end| end.plus_seconds(grace) > now)
}

/// Returns an announcement without any user's state, for streams.
pub async fn show(instance: &Instance, id: AnnouncementId) -> Result<AnnouncementView> {
    instance
        .store
        .read(move |reader| {
            let announcement = find_current(reader, id)?;
            reader.announcements_for(None, vec![announcement])?.pop().ok_or(Error::NotFound("announcement"))
        })
        .await
}

fn find_current(reader: &mut Reader<'_>, id: AnnouncementId) -> Result<Announcement> {
    let now = reader.now();
    let found = reader.find_announcement(id)?.filter(|announcement| is_current(announcement, now));
    found.ok_or(Error::NotFound("announcement"))
}

/// Dismisses an announcement.
pub async fn dismiss(instance: &Instance, me: AccountId, id: AnnouncementId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            find_current(tx, id)?;
            Ok(tx.read_announcement(id, me)?)
        })
        .await
}

/// Adds or removes a reaction.
///
/// # Errors
/// `Invalid` for a name that is not an emoji, and at the limit of different reactions.
pub async fn react(
    instance: &Instance,
    me: AccountId,
    id: AnnouncementId,
    name: &str,
    given: bool,
) -> Result<()> {
    let name = name.to_owned();
    instance
        .store
        .write(move |tx| {
            let announcement = find_current(tx, id)?;
            if given {
                if emojis::get(&name).is_none() {
                    return Err(Error::invalid("Name is not a recognized emoji"));
                }
                let shown = tx.announcements_for(None, vec![announcement])?;
                let kinds = shown.first().map(|one| one.reactions.as_slice()).unwrap_or_default();
                if kinds.len() >= MOST_REACTIONS && !kinds.iter().any(|kind| kind.name == name) {
                    return Err(Error::invalid("Limit of different reactions reached"));
                }
            }
            Ok(tx.react(id, me, &name, given)?)
        })
        .await
}

/// Returns the hashtags of an announcement.
pub fn tags(announcement: &Announcement) -> Vec<String> {
    rich::extract(&rich::markdown(&announcement.source)).tags
}
