//! Table rows and their conversion into model types. Private to the store.

mod account;
mod card;
mod media;
mod status;
mod user;

pub(super) use account::AccountRow;
pub(super) use card::CardRow;
pub(super) use media::MediaRow;
pub(super) use status::{StatusEditRow, StatusRow};
pub(super) use user::UserRow;

/// Serialises emoji for their column.
pub(crate) fn emojis_text(emojis: &[portico_domain::model::emoji::Emoji]) -> String {
    // A list of texts can always be serialised.
    serde_json::to_string(emojis).unwrap_or_else(|_| "[]".to_owned())
}
