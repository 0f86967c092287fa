//! Rows as the tables hold them, and how they become model types. Private to the store.

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
