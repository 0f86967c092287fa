//! Cards: previews of the pages behind links.

use super::{CardId, Timestamp};

/// The posts whose links an instance looks up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkPreviews {
    /// No posts.
    Off,
    /// Public posts.
    #[default]
    Public,
    /// Also posts for the instance, the company or its partners.
    Organisation,
}

/// The metadata of a page: plain text, cleaned and truncated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageFacts {
    /// The canonical address by the page itself, or else the address it was fetched from.
    pub page_url: String,
    /// The title; empty if the page has none that could be shown.
    pub title: String,
    /// The description; may be empty.
    pub description: String,
    /// The name of the site.
    pub provider_name: String,
    /// The name of the author; may be empty.
    pub author_name: String,
    /// The author's page; may be empty.
    pub author_url: String,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// The text alternative of its picture; may be empty.
    pub image_description: String,
}

/// The stored picture of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardImage {
    /// The key of the file.
    pub key: String,
    /// Width and height.
    pub dimensions: (i64, i64),
    /// The BlurHash placeholder, shown until the picture is loaded.
    pub blurhash: Option<String>,
}

/// The card of a link, shared by all posts with that link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The link that was looked up, normalised.
    pub url: String,
    /// The metadata of the page.
    pub facts: PageFacts,
    /// Its picture.
    pub image: Option<CardImage>,
    /// When the page was last fetched.
    pub fetched_at: Timestamp,
}

impl Card {
    /// Whether the card has something to show. Pages that could not be read are stored, too, so that they
    /// are not fetched again for every post.
    pub const fn is_shown(&self) -> bool {
        !self.facts.title.is_empty()
    }
}
