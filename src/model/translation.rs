//! Translations of posts.

use serde::{Deserialize, Serialize};

use super::{MediaId, StatusId};

/// The parts of a post that are translated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wording {
    /// HTML.
    pub content: String,
    /// The content warning; plain text, as are the rest.
    pub spoiler_text: String,
    /// The options of its poll; empty without one.
    pub options: Vec<String>,
    /// What its media show, in words.
    pub descriptions: Vec<(MediaId, String)>,
}

/// A post in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// Which post.
    pub status: StatusId,
    /// Its parts, translated and sanitised.
    pub wording: Wording,
    /// The language it is in now (BCP 47).
    pub language: String,
    /// The language it was written in, as far as the service could tell.
    pub detected: String,
    /// What translated it.
    pub provider: String,
}
