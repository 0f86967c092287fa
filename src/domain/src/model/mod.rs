//! Plain domain types.
//!
//! Nothing here does I/O or depends on a database, HTTP or ActivityStreams. Every other module may use this
//! one; it uses none of them.

pub mod account;
pub mod admin_metrics;
pub mod agreement;
pub mod agreement_grants;
pub mod annotations;
pub mod announcement;
pub mod bot;
pub mod card;
pub mod circle;
pub mod content_type;
pub mod delegation;
pub mod delivery;
pub mod department;
pub mod digest;
pub mod draft;
pub mod emoji;
pub mod event;
pub mod exposure;
pub mod feed;
pub mod filter;
pub mod group;
pub mod ids;
pub mod keys;
pub mod list;
pub mod live;
pub mod media;
pub mod moderation;
pub mod notification;
pub mod notification_policy;
pub mod oauth;
pub mod page;
pub mod peer;
pub mod poll;
pub mod profile;
pub mod push;
pub mod question;
pub mod quote;
pub mod random;
pub mod reach;
pub mod relationship;
pub mod remote_task;
pub mod report;
pub mod scheduled;
pub mod search;
pub mod session;
pub mod status;
pub mod suggestion;
pub mod text_similarity;
pub mod time;
pub mod translation;
pub mod urls;
pub mod user;
pub mod view;

pub use ids::*;
pub use reach::Reach;
pub use time::Timestamp;
