//! Views for a reader: timelines, threads in conversations, search, notifications, streams, feeds, digests, and the
//! filters and markers that shape them.

pub mod bookmarks;
pub mod conversations;
pub mod digests;
pub mod feeds;
pub mod filters;
pub mod markers;
pub mod notification_requests;
pub mod notifications;
pub mod push;
pub mod search;
pub mod streams;
pub mod tags;
pub mod timelines;
pub mod trends;
