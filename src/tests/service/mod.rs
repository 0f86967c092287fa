//! Services with a real store, on both databases.

mod accounts;
mod digests;
pub mod elsewhere;
mod notifications;
mod people;
mod reach;
mod relationships;
mod search;
