//! Cards: what the page behind a link says of itself.

use super::{CardId, Timestamp};

/// Which posts' links an instance looks up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkPreviews {
    /// Nobody's.
    Off,
    /// Those of public posts.
    #[default]
    Public,
    /// Those of posts for the instance, the company or its partners, too.
    Organisation,
}

/// What a page says of itself. All of it is plain text, cleaned and cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageFacts {
    /// Its address as it gives it, or else as it was reached.
    pub page_url: String,
    /// Its title; empty if it says nothing that could be shown.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// What the site calls itself.
    pub provider_name: String,
    /// Who wrote it; may be empty.
    pub author_name: String,
    /// The author's page; may be empty.
    pub author_url: String,
    /// BCP 47.
    pub language: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// What its picture shows, in words; may be empty.
    pub image_description: String,
}

/// A picture of a page, as this instance keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardImage {
    /// The key of the file.
    pub key: String,
    /// Width and height.
    pub extent: (i64, i64),
    /// A few colours to show until it is loaded.
    pub blurhash: Option<String>,
}

/// The card of a link; every post with the link has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The link that was looked up, normalised.
    pub url: String,
    /// What the page says.
    pub facts: PageFacts,
    /// Its picture.
    pub image: Option<CardImage>,
    /// When the page was last asked for.
    pub fetched_at: Timestamp,
}

impl Card {
    /// Whether there is something to show: a page that could not be read is remembered, too, so that it is
    /// not asked for by every post.
    pub const fn is_shown(&self) -> bool {
        !self.facts.title.is_empty()
    }
}
