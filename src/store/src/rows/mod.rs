//! Table rows and their conversion into model types. Private to the store.

mod account;
mod card;
mod column;
mod media;
mod status;
mod user;

pub(super) use account::{AccountRow, AccountStateRow};
pub(super) use card::CardRow;
pub(crate) use column::{Column, row};
pub(super) use media::MediaRow;
pub(super) use status::{StatusEditRow, StatusRow};
pub(super) use user::UserRow;
