//! Rows of `media_attachments`.

use crate::prelude::*;

use crate::schema::media_attachments;
use crate::{Error, Result};
use portico_domain::model::media::{Media, MediaFacts, MediaKind, MediaState, SoundFacts};
use portico_domain::model::{AccountId, MediaId, StatusId, Timestamp};

/// A row of `media_attachments`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = media_attachments)]
#[diesel(treat_none_as_null = true)]
pub(crate) struct MediaRow {
    pub id: i64,
    pub account_id: i64,
    pub status_id: Option<i64>,
    pub position: i64,
    pub loose_since: i64,
    pub kind: String,
    pub state: String,
    pub mime: String,
    pub file_key: Option<String>,
    pub preview_key: Option<String>,
    pub remote_url: Option<String>,
    pub size: Option<i64>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub preview_width: Option<i64>,
    pub preview_height: Option<i64>,
    pub duration: Option<i64>,
    pub focus_x: Option<i64>,
    pub focus_y: Option<i64>,
    pub blurhash: Option<String>,
    pub description: Option<String>,
    pub created_at: i64,
    pub codec: Option<String>,
    pub bitrate: Option<i64>,
    pub sample_rate: Option<i64>,
    pub channels: Option<i64>,
}

impl MediaRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<Media> {
        let facts = MediaFacts {
            kind: self.kind.parse::<MediaKind>().map_err(|_| Error::Corrupt { what: "media kind" })?,
            mime: self.mime,
            size: self.size,
            dimensions: self.width.zip(self.height),
            preview_dimensions: self.preview_width.zip(self.preview_height),
            duration: self.duration,
            blurhash: self.blurhash,
            sound: SoundFacts {
                codec: self.codec,
                bitrate: self.bitrate,
                sample_rate: self.sample_rate,
                channels: self.channels,
            },
        };
        Ok(Media {
            id: MediaId(self.id),
            account_id: AccountId(self.account_id),
            status_id: self.status_id.map(StatusId),
            position: self.position,
            loose_since: Timestamp::from_millis(self.loose_since),
            state: self.state.parse::<MediaState>().map_err(|_| Error::Corrupt { what: "media state" })?,
            facts,
            file_key: self.file_key,
            preview_key: self.preview_key,
            remote_url: self.remote_url,
            focus: self.focus_x.zip(self.focus_y),
            description: self.description,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

impl From<&Media> for MediaRow {
    fn from(media: &Media) -> Self {
        let facts = &media.facts;
        Self {
            id: media.id.0,
            account_id: media.account_id.0,
            status_id: media.status_id.map(|id| id.0),
            position: media.position,
            loose_since: media.loose_since.millis(),
            kind: facts.kind.as_str().to_owned(),
            state: media.state.as_str().to_owned(),
            mime: facts.mime.clone(),
            file_key: media.file_key.clone(),
            preview_key: media.preview_key.clone(),
            remote_url: media.remote_url.clone(),
            size: facts.size,
            width: facts.dimensions.map(|dimensions| dimensions.0),
            height: facts.dimensions.map(|dimensions| dimensions.1),
            preview_width: facts.preview_dimensions.map(|dimensions| dimensions.0),
            preview_height: facts.preview_dimensions.map(|dimensions| dimensions.1),
            duration: facts.duration,
            focus_x: media.focus.map(|focus| focus.0),
            focus_y: media.focus.map(|focus| focus.1),
            blurhash: facts.blurhash.clone(),
            description: media.description.clone(),
            created_at: media.created_at.millis(),
            codec: facts.sound.codec.clone(),
            bitrate: facts.sound.bitrate,
            sample_rate: facts.sound.sample_rate,
            channels: facts.sound.channels,
        }
    }
}
