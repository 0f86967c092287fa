//! Attachments: pictures, films and sounds of a status.

use super::{AccountId, MediaId, StatusId, Timestamp};

/// What a file is, for whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// A film without sound that plays by itself.
    Gifv,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Something that is only linked to.
    #[default]
    Unknown,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaState {
    /// It is still to be looked at.
    Waiting,
    /// It can be shown and attached.
    Ready,
    /// It turned out to be unusable.
    Failed,
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+) => {
        impl $type {
            /// Its word in the tables and for clients.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The reverse of [`as_str`](Self::as_str).
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(MediaKind: Image = "image", Gifv = "gifv", Video = "video", Audio = "audio", Unknown = "unknown");
words!(MediaState: Waiting = "waiting", Ready = "ready", Failed = "failed");

/// Width and height in pixels.
pub type Extent = (i64, i64);

/// Where the important part of a picture is: from left (-10000) to right (10000) and from bottom to top.
pub type Focus = (i64, i64);

/// One unit of a [`Focus`] as clients and peers write it.
pub const FOCUS_UNIT: f64 = 10_000.0;

/// What is known of a file by looking at it; for media from elsewhere, what its server says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaFacts {
    /// What it is.
    pub kind: MediaKind,
    /// Its media type.
    pub mime: String,
    /// Its length in bytes.
    pub size: Option<i64>,
    /// Its extent.
    pub extent: Option<Extent>,
    /// The extent of its preview.
    pub preview_extent: Option<Extent>,
    /// How long it plays, in milliseconds.
    pub duration: Option<i64>,
    /// A few colours to show until it is loaded.
    pub blurhash: Option<String>,
}

/// An attachment. Files are named by their key in the instance's media store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Our id.
    pub id: MediaId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it is attached to; none for an upload that waits.
    pub status_id: Option<StatusId>,
    /// Its place among the attachments of its status.
    pub position: i64,
    /// Since when it is attached to nothing; for one that is attached, when it last was so.
    pub loose_since: Timestamp,
    /// How far it has come.
    pub state: MediaState,
    /// What is known of the file.
    pub facts: MediaFacts,
    /// The key of the file; none for media from elsewhere.
    pub file_key: Option<String>,
    /// The key of the preview.
    pub preview_key: Option<String>,
    /// Where media from elsewhere is.
    pub remote_url: Option<String>,
    /// The important part.
    pub focus: Option<Focus>,
    /// What it shows, in words.
    pub description: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
}

/// An attachment of a status from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteMedia {
    /// Where it is: http or https.
    pub url: String,
    /// What its server says of it.
    pub facts: MediaFacts,
    /// The important part.
    pub focus: Option<Focus>,
    /// What it shows, in words.
    pub description: Option<String>,
}
