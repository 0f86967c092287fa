//! Media: pictures, videos and audio attached to a status.

use super::{AccountId, MediaId, StatusId, Timestamp};

/// The kind of a file, which decides how clients show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::EnumString)]
pub enum MediaKind {
    /// A picture.
    #[strum(serialize = "image")]
    Image,
    /// A video without sound, played automatically.
    #[strum(serialize = "gifv")]
    Gifv,
    /// A video.
    #[strum(serialize = "video")]
    Video,
    /// Audio.
    #[strum(serialize = "audio")]
    Audio,
    /// Any other file, shown as a link only.
    #[default]
    #[strum(serialize = "unknown")]
    Unknown,
}

impl MediaKind {
    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The processing state of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
pub enum MediaState {
    /// To be processed.
    #[strum(serialize = "waiting")]
    Waiting,
    /// Ready to be shown and attached.
    #[strum(serialize = "ready")]
    Ready,
    /// Unusable.
    #[strum(serialize = "failed")]
    Failed,
}

impl MediaState {
    /// Returns the name in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Width and height in pixels.
pub type Dimensions = (i64, i64);

/// The focal point of a picture: from left (-10000) to right (10000) and from bottom to top.
pub type Focus = (i64, i64);

/// The value of a [`Focus`] that clients and peers write as 1.
pub const FOCUS_UNIT: f64 = 10_000.0;

/// The codec of a sound and its parameters, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoundFacts {
    /// The codec, such as `mp3` or `opus`.
    pub codec: Option<String>,
    /// The average number of bits per second.
    pub bitrate: Option<i64>,
    /// The number of samples per second.
    pub sample_rate: Option<i64>,
    /// The number of channels.
    pub channels: Option<i64>,
}

/// The properties of a file, by inspection; for remote media, by statement of its server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaFacts {
    /// The kind.
    pub kind: MediaKind,
    /// The media type.
    pub mime: String,
    /// The size in bytes.
    pub size: Option<i64>,
    /// The width and height.
    pub dimensions: Option<Dimensions>,
    /// The width and height of the preview.
    pub preview_dimensions: Option<Dimensions>,
    /// The duration in milliseconds.
    pub duration: Option<i64>,
    /// The BlurHash placeholder, shown until the file is loaded.
    pub blurhash: Option<String>,
    /// The codec of a sound.
    pub sound: SoundFacts,
}

/// An attachment. Files are identified by their key in the instance's media store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The local id.
    pub id: MediaId,
    /// The account of the uploader, or of the author if remote.
    pub account_id: AccountId,
    /// The status it is attached to; `None` for an upload that is not attached yet.
    pub status_id: Option<StatusId>,
    /// The position among the attachments of its status.
    pub position: i64,
    /// When it was last not attached to a status: for an upload that is not attached, since when.
    pub loose_since: Timestamp,
    /// The processing state.
    pub state: MediaState,
    /// The properties of the file.
    pub facts: MediaFacts,
    /// The key of the file; `None` for remote media.
    pub file_key: Option<String>,
    /// The key of the preview.
    pub preview_key: Option<String>,
    /// The URL of remote media.
    pub remote_url: Option<String>,
    /// The focal point.
    pub focus: Option<Focus>,
    /// The text alternative.
    pub description: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An attachment of a remote status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteMedia {
    /// The URL: http or https.
    pub url: String,
    /// The properties, by statement of its server.
    pub facts: MediaFacts,
    /// The focal point.
    pub focus: Option<Focus>,
    /// The text alternative.
    pub description: Option<String>,
}
