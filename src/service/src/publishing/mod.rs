//! Posts and everything that belongs to them: writing, editing, scheduling, media, polls, quotes, boosts and
//! annotations, the recipients of a post, and announcements of the instance.

pub(crate) mod annotations;
pub mod announcements;
pub mod answers;
pub mod audience;
pub mod boosts;
pub mod cards;
pub mod delegates;
pub mod drafts;
pub mod emojis;
pub mod fan_out;
pub mod favourites;
pub mod media;
pub mod must_reads;
pub mod pins;
pub mod polls;
pub mod praise;
pub mod questions;
pub mod quotes;
pub mod receive;
pub mod scheduled;
pub mod statuses;
mod submit;
pub(crate) mod system_messages;
pub mod threads;
pub mod translations;

pub use submit::{PostAuthor, Submitted, When, preview_delivery, submit, submit_now};
