//! Use cases, a module per noun. A service asks policy for every decision and writes through the store in one
//! transaction; it knows neither HTTP nor ActivityStreams.

pub mod about;
pub mod accounts;
pub mod agreements;
pub mod announcements;
pub mod answers;
pub mod apps;
pub mod audience;
pub mod authorize;
pub mod bookmarks;
pub mod boosts;
pub mod bots;
pub mod cards;
pub mod circles;
pub mod contexts;
pub mod conversations;
pub mod delegates;
pub mod digests;
pub mod drafts;
pub mod emojis;
pub mod error;
pub mod fan_out;
pub mod favourites;
pub mod feeds;
pub mod figures;
pub mod filters;
pub mod first_day;
pub mod groups;
pub mod instance;
mod letters;
pub mod lists;
pub mod maintenance;
pub mod markers;
mod marks;
pub mod media;
pub mod moderation;
pub mod moves;
pub mod must_reads;
pub mod notice_requests;
pub mod notifications;
pub mod organisations;
pub mod passwords;
pub mod peers;
pub mod people;
pub mod pins;
pub mod polls;
pub mod ports;
pub mod praise;
pub mod preferences;
pub mod push;
pub mod questions;
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
pub mod suggestions;
pub mod tags;
pub mod threads;
pub mod timelines;
pub mod tokens;
pub mod translations;
pub mod trends;
pub mod units;
pub mod users;

pub use error::{Error, Result};
pub use portico_domain::policy::Refusal;
pub use portico_domain::policy::reach::{RequestedReach, Viewer};

use crate::instance::Instance;
use portico_domain::policy::reach::Setting;

/// Returns the settings of an instance that policy needs for its decisions.
pub fn setting(instance: &Instance) -> Setting {
    Setting { mode: instance.settings.federation, public_pages: instance.settings.public_pages }
}
