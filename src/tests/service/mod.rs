//! Services through a real store, on both databases.

mod accounts;
mod elsewhere;
mod notifications;
mod reach;
mod relationships;
mod search;
