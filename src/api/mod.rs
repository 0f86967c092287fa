//! The Mastodon client API edge.
//!
//! Handlers parse, call one service, and render: no rules, no SQL. A file per area; what clients are
//! shown is in [`entities`]. The shapes, texts and limits follow Mastodon's documentation, because
//! dozens of clients that nobody here can change read them.

pub mod entities;
