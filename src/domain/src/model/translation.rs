//! Translations of posts.

use serde::{Deserialize, Serialize};

use super::{MediaId, StatusId};

/// The translatable parts of a post.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wording {
    /// HTML.
    pub content: String,
    /// The content warning: plain text, as the following fields.
    pub spoiler_text: String,
    /// The options of its poll; empty without one.
    pub options: Vec<String>,
    /// The text alternatives of its media.
    pub descriptions: Vec<(MediaId, String)>,
}

/// A translation of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The post.
    pub status: StatusId,
    /// The translated and sanitised parts.
    pub wording: Wording,
    /// The target language (BCP 47).
    pub language: String,
    /// The source language, as the service detected it.
    pub detected: String,
    /// The name of the translation service.
    pub provider: String,
}
