//! Use cases, a file per noun. A service asks policy for every decision and writes through the store in
//! one transaction; it knows neither HTTP nor ActivityStreams.

pub mod about;
pub mod accounts;
pub mod announcements;
pub mod apps;
pub mod authorize;
pub mod bookmarks;
pub mod boosts;
pub mod cards;
pub mod contexts;
pub mod conversations;
pub mod emojis;
pub mod error;
pub mod fan_out;
pub mod favourites;
pub mod figures;
pub mod filters;
pub mod lists;
pub mod maintenance;
pub mod markers;
pub mod media;
pub mod moderation;
pub mod moves;
pub mod notice_requests;
pub mod notifications;
pub mod passwords;
pub mod peers;
pub mod people;
pub mod pins;
pub mod polls;
pub mod ports;
pub mod preferences;
pub mod push;
pub mod quotes;
pub mod regards;
pub mod relationships;
pub mod reports;
pub mod scheduled;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod statuses;
pub mod streams;
pub mod tags;
pub mod text;
pub mod threads;
pub mod timelines;
pub mod tokens;
pub mod translations;
pub mod trends;
pub mod users;

pub use crate::policy::Refusal;
pub use crate::policy::reach::{Asked, Viewer};
pub use error::{Error, Result};

use crate::instance::Instance;
use crate::policy::reach::Setting;

/// What policy must know of an instance to decide.
pub fn setting(instance: &Instance) -> Setting {
    Setting { mode: instance.settings.federation, public_pages: instance.settings.public_pages }
}
