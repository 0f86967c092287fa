//! Changes to one's own profile.

use crate::access::bots;
use crate::instance::Instance;
use crate::publishing::emojis;
use crate::publishing::media::{ProfilePicture, profile_picture};
use crate::publishing::statuses::compose_note;
use crate::social::relationships;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind, Field};
use portico_domain::model::event::Event;
use unicode_segmentation::UnicodeSegmentation as _;

/// The maximum length of a display name, in grapheme clusters.
pub const MAX_DISPLAY_NAME: usize = 60;
/// The maximum length of a bio, in grapheme clusters.
pub const MAX_NOTE: usize = 1000;
/// The maximum number of profile fields.
pub const MAX_FIELDS: usize = 8;
/// The maximum length of a field's name or value, in grapheme clusters.
pub const MAX_FIELD: usize = 255;
/// The maximum number of attribution domains.
pub const MAX_ATTRIBUTION_DOMAINS: usize = 100;

/// A profile change. `None` means unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The display name.
    pub display_name: Option<String>,
    /// The bio, as typed.
    pub note: Option<String>,
    /// Whether follows need approval.
    pub locked: Option<bool>,
    /// Whether the account is automated.
    pub bot: Option<bool>,
    /// Whether the account may be listed in directories.
    pub discoverable: Option<bool>,
    /// Whether its posts may be searched.
    pub indexable: Option<bool>,
    /// Whether its followers and follows are hidden.
    pub hide_collections: Option<bool>,
    /// All websites that may credit the account as an author, as typed.
    pub attribution_domains: Option<Vec<String>>,
    /// The avatar image; empty to remove it.
    pub avatar: Option<Vec<u8>>,
    /// The header image; empty to remove it.
    pub header: Option<Vec<u8>>,
    /// All profile fields, as typed: name and value. Empty ones are dropped.
    pub fields: Option<Vec<(String, String)>>,
}

/// Changes the account's own profile, and federates the change.
///
/// # Errors
/// `Invalid` with one sentence for each value above its limit.
pub async fn update_profile(instance: &Instance, me: AccountId, change: ProfileChange) -> Result<Account> {
    check(&change)?;
    let avatar = store_picture(instance, ProfilePicture::Avatar, change.avatar.clone()).await?;
    let header = store_picture(instance, ProfilePicture::Header, change.header.clone()).await?;
    let urls = instance.urls.clone();
    let note = match &change.note {
        Some(typed) => Some((typed.clone(), compose_note(instance, typed).await?)),
        None => None,
    };
    let mut fields = None;
    if let Some(typed) = &change.fields {
        let mut rows = Vec::new();
        for (name, value) in typed.iter().filter(|(name, value)| !(name.is_empty() && value.is_empty())) {
            // Mentions in a field are not linked, so that the typed text can be restored from it.
            let value =
                portico_html::inline(&portico_html::format(&value.replace('\n', " "), &[], &instance.urls));
            rows.push(Field { name: portico_html::clean_line(name, MAX_FIELD), value });
        }
        fields = Some(rows);
    }
    instance
        .store
        .write(move |tx| {
            let mut account = tx.find_account(me)?.ok_or(Error::NotFound("account"))?;
            let before = account.clone();
            apply(&mut account, &change);
            if let Some((source, html)) = &note {
                account.note_source = Some(source.clone());
                account.note.clone_from(html);
            }
            if let Some(fields) = &fields {
                account.fields.clone_from(fields);
            }
            bots::restore_bot_fields(tx, &mut account, &before)?;
            let rows = account.fields.iter().flat_map(|field| [field.name.as_str(), &field.value]);
            let texts = [account.display_name.as_str(), &account.note].into_iter().chain(rows);
            account.emojis = emojis::find_used_in(tx, &urls, texts)?;
            for (place, new) in [(&mut account.avatar_url, &avatar), (&mut account.header_url, &header)] {
                let Some(key) = new else { continue };
                if let Some(old) = place.as_deref().and_then(|url| urls.media_key(url)) {
                    tx.trash_file(old, tx.now())?;
                }
                *place = key.as_deref().map(|key| urls.media(key));
                tx.forget_trash(key.as_slice())?;
            }
            if account != before {
                tx.update_account(&account)?;
                let at = tx.now();
                tx.emit(&Event::ProfileUpdated { account: me, at })?;
            }
            if before.locked && !account.locked {
                relationships::accept_all_requests(tx, me)?;
            }
            Ok(account)
        })
        .await
}

/// Stores a new image and returns its key; `Some(None)` removes the image.
async fn store_picture(
    instance: &Instance,
    which: ProfilePicture,
    bytes: Option<Vec<u8>>,
) -> Result<Option<Option<String>>> {
    match bytes {
        None => Ok(None),
        Some(bytes) if bytes.is_empty() => Ok(Some(None)),
        Some(bytes) => Ok(Some(Some(profile_picture(instance, which, bytes).await?))),
    }
}

fn apply(account: &mut Account, change: &ProfileChange) {
    if let Some(name) = &change.display_name {
        account.display_name = portico_html::clean_line(name, MAX_DISPLAY_NAME);
    }
    if let Some(bot) = change.bot {
        account.kind = if bot { ActorKind::Service } else { ActorKind::Person };
    }
    account.locked = change.locked.unwrap_or(account.locked);
    account.discoverable = change.discoverable.or(account.discoverable);
    account.indexable = change.indexable.unwrap_or(account.indexable);
    account.hide_collections = change.hide_collections.unwrap_or(account.hide_collections);
    if let Some(typed) = &change.attribution_domains {
        account.attribution_domains.clear();
        for domain in typed.iter().filter_map(|typed| parse_site(typed)) {
            if !account.attribution_domains.contains(&domain) {
                account.attribution_domains.push(domain);
            }
        }
    }
}

/// Returns the domain of a website from a domain or a URL; `None` for an empty text.
fn parse_site(typed: &str) -> Option<String> {
    let typed = typed.trim().to_lowercase();
    let bare = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(&typed);
    let name = bare.split('/').next().unwrap_or_default();
    let name = name.strip_prefix("*.").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn is_site(name: &str) -> bool {
    let sound = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-');
    name.len() <= 253 && name.contains('.') && name.chars().all(sound)
}

fn check(change: &ProfileChange) -> Result<()> {
    let mut faults = Vec::new();
    let long = |text: &str, most: usize| text.graphemes(true).count() > most;
    if change.display_name.as_deref().is_some_and(|name| long(name, MAX_DISPLAY_NAME)) {
        faults.push(format!("Display name is too long (maximum is {MAX_DISPLAY_NAME} characters)"));
    }
    if change.note.as_deref().is_some_and(|note| long(note, MAX_NOTE)) {
        faults.push(format!("Bio is too long (maximum is {MAX_NOTE} characters)"));
    }
    let rows = change.fields.as_deref().unwrap_or_default();
    if rows.len() > MAX_FIELDS {
        faults.push(format!("Profile fields are too many (maximum is {MAX_FIELDS})"));
    }
    if rows.iter().any(|(name, value)| long(name, MAX_FIELD) || long(value, MAX_FIELD)) {
        faults.push(format!("Profile field is too long (maximum is {MAX_FIELD} characters)"));
    }
    let sites = change.attribution_domains.as_deref().unwrap_or_default();
    if sites.len() > MAX_ATTRIBUTION_DOMAINS {
        faults.push(format!("Attribution domains are too many (maximum is {MAX_ATTRIBUTION_DOMAINS})"));
    }
    if sites.iter().filter_map(|typed| parse_site(typed)).any(|name| !is_site(&name)) {
        faults.push("Attribution domains contain an invalid domain".to_owned());
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
