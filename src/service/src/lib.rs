//! Use cases, a module per noun. A service asks policy for every decision and writes through the store in one
//! transaction; it knows neither HTTP nor ActivityStreams.
//!
//! | group | content |
//! | --- | --- |
//! | [`publishing`] | posts: writing, scheduling, media, polls, quotes, boosts, annotations, recipients |
//! | [`social`] | follows, blocks, mutes, groups, rooms, circles, lists, suggestions, account moves |
//! | [`people`] | accounts, users, profiles, the directory, departments, organisations |
//! | [`reading`] | timelines, search, notifications, streams, feeds, digests, filters, markers |
//! | [`moderation`] | reports, hosts, access blocks, metrics, trends |
//! | [`partners`] | peers and agreements |
//! | [`access`] | passwords, sessions, apps, tokens, bots and webhooks |
//!
//! At the top are the [`instance::Instance`], the [`ports`], the loaders of `lookup`, and what concerns the
//! instance as a whole.

pub mod about;
pub mod access;
pub mod error;
pub mod instance;
pub mod instance_stats;
pub mod jobs;
mod lookup;
pub mod maintenance;
pub mod moderation;
pub mod partners;
pub mod people;
pub mod ports;
pub mod publishing;
pub mod reading;
pub mod setup;
pub mod social;

pub use error::{Error, Result};
pub use portico_domain::policy::Refusal;
pub use portico_domain::policy::reach::{RequestedReach, Viewer};

use crate::instance::Instance;
use portico_domain::policy::reach::Setting;

/// Returns the settings of an instance that policy needs for its decisions.
pub fn setting(instance: &Instance) -> Setting {
    Setting { mode: instance.settings.federation, public_pages: instance.settings.public_pages }
}
