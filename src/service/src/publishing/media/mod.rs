//! Media uploads: validation, processing, description, serving and clean-up.
//!
//! Pictures are processed at once. Video and audio are blanked of metadata, stored, and inspected by a job, unless
//! the caller waits. A file key is in the trash table from before the file is written until the transaction that
//! uses it commits, so a crash leaves no orphan file.

use std::io::Read as _;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use tempfile::NamedTempFile;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::media::{Focus, Media, MediaFacts, MediaKind, MediaState};
use portico_domain::model::{AccountId, JobId, MediaId, Timestamp};
use portico_media::{Format, MediaStore, container, media_store, picture, sniff};
use portico_store::Payload;

pub use portico_media::container::{
    MAX_FRAME_RATE, MAX_MATRIX as MAX_VIDEO_MATRIX, MAX_SIZE as MAX_VIDEO_SIZE,
};
pub use portico_media::picture::{MAX_MATRIX as MAX_IMAGE_MATRIX, MAX_SIZE as MAX_IMAGE_SIZE};

/// The inspection of an uploaded video or audio. Stored as the plain id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MediaInspection {
    /// The attachment.
    pub media: MediaId,
}

impl Payload for MediaInspection {
    const QUEUE: &'static str = "media";

    fn encode(&self) -> portico_store::Result<String> {
        Ok(self.media.to_string())
    }

    fn decode(stored: &str) -> std::result::Result<Self, String> {
        stored.parse().map(|media| Self { media }).map_err(|_| "not the id of an attachment".to_owned())
    }
}

/// Maximum length of a description, in graphemes.
pub const MAX_DESCRIPTION: usize = 1500;
/// Maximum number of attachments of a status.
pub const MAX_ATTACHMENTS: usize = 4;
/// Seconds after which an unattached upload is deleted.
const LOOSE_LIFE: i64 = 24 * 3600;
/// Seconds that an upload may take before its key counts as trash.
const RESERVED: i64 = 3600;
/// Maximum number of files that one clean-up removes.
const CLEANED: i64 = 1000;

/// Maximum size of an emoji file, in bytes.
const MAX_EMOJI_SIZE: u64 = 512 * 1024;
/// Dimensions of profile pictures.
const AVATAR: (u32, u32) = (400, 400);
const HEADER: (u32, u32) = (1500, 500);

/// The input of an upload.
#[derive(Debug)]
pub struct NewMedia {
    /// The file.
    pub file: NamedTempFile,
    /// A preview picture for video or audio.
    pub thumbnail: Option<Vec<u8>>,
    /// The alternative text.
    pub description: Option<String>,
    /// The focal point.
    pub focus: Option<Focus>,
}

/// Changes to an attachment; absent fields keep their value.
#[derive(Debug, Clone, Default)]
pub struct MediaChange {
    /// The alternative text; empty to remove it.
    pub description: Option<String>,
    /// The focal point.
    pub focus: Option<Focus>,
    /// A preview picture for video or audio.
    pub thumbnail: Option<Vec<u8>>,
}

/// The kind of a profile picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfilePicture {
    /// The avatar.
    Avatar,
    /// The header.
    Header,
}

fn too_large(limit: u64) -> Error {
    Error::invalid(format!("File is too large (maximum is {} MB)", limit / 1024 / 1024))
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(portico_store::Error::Backend(format!("media store: {error}")))
}

/// Runs file work on a blocking thread. A panic of a decoder is reported as a damaged file.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::invalid(picture::Fault::Damaged.to_string())),
    }
}

/// Runs file work once one of the few decoding slots is free. The work holds the slot, and not the caller, who may
/// give up before the work ends.
async fn in_decoding_slot<T: Send + 'static>(
    store: &MediaStore,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let place = Arc::clone(&store.places).acquire_owned().await.map_err(|error| broken(&error))?;
    blocking(move || {
        let _place = place;
        work()
    })
    .await
}

/// Processes a picture once one of the few decoding slots is free.
async fn with_decoding_slot<T: Send + 'static>(
    store: &MediaStore,
    work: impl FnOnce() -> std::result::Result<T, picture::Fault> + Send + 'static,
) -> Result<T> {
    in_decoding_slot(store, move || work().map_err(|fault| Error::invalid(fault.to_string()))).await
}

/// Stores an upload. With `wait`, video and audio are inspected before it returns; otherwise by a job.
pub async fn upload(instance: &Instance, me: AccountId, new: NewMedia, wait: bool) -> Result<Media> {
    let description = normalise_description(new.description.as_deref())?;
    let (file, format, size) = blocking(move || {
        let mut head = Vec::new();
        let mut file = new.file;
        std::io::Seek::rewind(&mut file).map_err(|error| broken(&error))?;
        file.as_file().take(sniff::HEAD as u64).read_to_end(&mut head).map_err(|error| broken(&error))?;
        let size = file.as_file().metadata().map_err(|error| broken(&error))?.len();
        let format = sniff::sniff(&head)
            .ok_or_else(|| Error::invalid("File is not of a kind that can be attached"))?;
        Ok((file, format, size))
    })
    .await?;
    let mut media = Media {
        id: instance.ids.next(instance.now()),
        account_id: me,
        status_id: None,
        position: 0,
        loose_since: instance.now(),
        state: MediaState::Ready,
        facts: MediaFacts::default(),
        file_key: None,
        preview_key: None,
        remote_url: None,
        focus: new.focus,
        description: description.flatten(),
        created_at: instance.now(),
    };
    if format.kind == MediaKind::Image {
        take_picture(instance, &mut media, file, size).await?;
    } else {
        take_recording(instance, &mut media, file, format, size, new.thumbnail).await?;
    }
    let (row, later) = (media.clone(), media.state == MediaState::Waiting && !wait);
    instance
        .store
        .write(move |tx| {
            tx.insert_media(&row)?;
            let keys: Vec<String> = row.file_key.iter().chain(&row.preview_key).cloned().collect();
            tx.forget_trash(&keys)?;
            if later {
                tx.enqueue(&MediaInspection { media: row.id })?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    if media.state == MediaState::Waiting && wait {
        process(instance, media.id, None).await?;
        media = show(instance, me, media.id).await?;
        if media.state == MediaState::Failed {
            remove(instance, me, media.id).await?;
            return Err(Error::invalid(container::Damaged.to_string()));
        }
    }
    Ok(media)
}

async fn take_picture(instance: &Instance, media: &mut Media, file: NamedTempFile, size: u64) -> Result<()> {
    if size > MAX_IMAGE_SIZE {
        return Err(too_large(MAX_IMAGE_SIZE));
    }
    let picture = with_decoding_slot(&instance.media, move || {
        let bytes = std::fs::read(file.path()).map_err(|_| picture::Fault::Damaged)?;
        picture::treat(&bytes)
    })
    .await?;
    let side = |dimensions: (u32, u32)| (i64::from(dimensions.0), i64::from(dimensions.1));
    media.facts = MediaFacts {
        kind: MediaKind::Image,
        mime: picture.whole.mime.to_owned(),
        size: i64::try_from(picture.whole.bytes.len()).ok(),
        dimensions: Some(side(picture.whole.dimensions)),
        preview_dimensions: Some(side(picture.preview.dimensions)),
        blurhash: picture.blurhash,
        ..MediaFacts::default()
    };
    media.preview_key = Some(store_sheet(instance, picture.preview).await?);
    media.file_key = Some(store_sheet(instance, picture.whole).await?);
    Ok(())
}

async fn take_recording(
    instance: &Instance,
    media: &mut Media,
    file: NamedTempFile,
    format: Format,
    size: u64,
    thumbnail: Option<Vec<u8>>,
) -> Result<()> {
    if size > MAX_VIDEO_SIZE {
        return Err(too_large(MAX_VIDEO_SIZE));
    }
    if let Some(thumbnail) = thumbnail {
        set_preview(instance, media, thumbnail).await?;
    }
    let file = blank_metadata(&instance.media, file, format).await?;
    let key = reserve(instance, format.extension).await?;
    instance.media.keep(file, &key).await.map_err(|error| broken(&error))?;
    media.state = MediaState::Waiting;
    media.facts.kind = format.kind;
    media.facts.mime = format.mime.to_owned();
    media.file_key = Some(key);
    Ok(())
}

/// Blanks the metadata of a recording before it is stored. A damaged one is stored as it is: its inspection
/// fails, and it is never shown.
async fn blank_metadata(
    store: &MediaStore,
    mut file: NamedTempFile,
    format: Format,
) -> Result<NamedTempFile> {
    in_decoding_slot(store, move || {
        let _ = container::inspect(file.as_file_mut(), format);
        Ok(file)
    })
    .await
}

async fn set_preview(instance: &Instance, media: &mut Media, bytes: Vec<u8>) -> Result<()> {
    let (sheet, blurhash) = with_decoding_slot(&instance.media, move || picture::preview(&bytes)).await?;
    media.facts.preview_dimensions = Some((i64::from(sheet.dimensions.0), i64::from(sheet.dimensions.1)));
    media.facts.blurhash = blurhash;
    media.preview_key = Some(store_sheet(instance, sheet).await?);
    Ok(())
}

/// Reserves a file key. Its file is trash unless a transaction claims the key within an hour.
async fn reserve(instance: &Instance, extension: &str) -> Result<String> {
    let key = MediaStore::key(&instance.rng, extension);
    let name = key.clone();
    instance.store.write(move |tx| tx.trash_file(&name, tx.now().plus_seconds(RESERVED))).await?;
    Ok(key)
}

async fn store_sheet(instance: &Instance, sheet: picture::Sheet) -> Result<String> {
    let key = reserve(instance, sheet.extension).await?;
    instance.media.put(sheet.bytes, &key).await.map_err(|error| broken(&error))?;
    Ok(key)
}

/// Normalises a description: `None` if absent, `Some(None)` if empty.
pub(crate) fn normalise_description(typed: Option<&str>) -> Result<Option<Option<String>>> {
    let Some(typed) = typed.map(str::trim) else { return Ok(None) };
    if typed.graphemes(true).count() > MAX_DESCRIPTION {
        return Err(Error::invalid(format!(
            "Description is too long (maximum is {MAX_DESCRIPTION} characters)"
        )));
    }
    Ok(Some(Some(typed.to_owned()).filter(|text| !text.is_empty())))
}

/// Inspects waiting video or audio, and finishes the job that requested it.
pub async fn process(instance: &Instance, id: MediaId, job: Option<JobId>) -> Result<()> {
    let found = instance.store.read(move |reader| reader.find_media(id)).await?;
    let waiting = found.filter(|media| media.state == MediaState::Waiting);
    let key = waiting.and_then(|media| media.file_key);
    let facts = match key.as_deref().and_then(|key| Some((key, MediaStore::format(key)?))) {
        Some((key, format)) => Some(look(&instance.media, key, format).await?),
        None => None,
    };
    instance
        .store
        .write(move |tx| {
            let found = tx.find_media(id)?;
            if let (None, Some(key)) = (&found, &key) {
                // The attachment was deleted during the inspection, which may have stored the file again.
                tx.trash_file(key, tx.now())?;
            }
            if let Some(job) = job
                && !tx.finish_job(job)?
            {
                return Ok(());
            }
            let (Some(facts), Some(mut media)) = (&facts, found) else { return Ok(()) };
            match facts {
                Some(facts) => {
                    let (preview_dimensions, blurhash) =
                        (media.facts.preview_dimensions, media.facts.blurhash.take());
                    media.facts = MediaFacts { preview_dimensions, blurhash, ..facts.clone() };
                    media.state = MediaState::Ready;
                }
                None => media.state = MediaState::Failed,
            }
            tx.update_media(&media)?;
            Ok::<_, Error>(())
        })
        .await
}

/// Inspects a stored file; `None` if it is damaged. A file of an earlier version may have metadata, and is
/// replaced by a copy without it.
async fn look(store: &MediaStore, key: &str, format: Format) -> Result<Option<MediaFacts>> {
    let mut copy = store.fetch(key).await.map_err(|error| broken(&error))?;
    let inspected = in_decoding_slot(store, move || {
        let Ok(inspected) = container::inspect(copy.as_file_mut(), format) else { return Ok(None) };
        Ok(Some((inspected.facts, Some(copy).filter(|_| inspected.changed))))
    });
    let Some((facts, changed)) = inspected.await? else { return Ok(None) };
    if let Some(blanked) = changed {
        store.keep(blanked, key).await.map_err(|error| broken(&error))?;
    }
    Ok(Some(facts))
}

/// Returns one of the caller's own attachments.
pub async fn show(instance: &Instance, me: AccountId, id: MediaId) -> Result<Media> {
    let found = instance.store.read(move |reader| reader.find_media(id)).await?;
    found.filter(|media| media.account_id == me).ok_or(Error::NotFound("media"))
}

/// Changes an upload that is not attached yet. To change an attached one, edit the status.
///
/// # Errors
/// `NotFound` also for an attached one.
pub async fn change(instance: &Instance, me: AccountId, id: MediaId, change: MediaChange) -> Result<Media> {
    let mut media = show(instance, me, id).await?;
    if media.status_id.is_some() {
        return Err(Error::NotFound("media"));
    }
    let described = normalise_description(change.description.as_deref())?;
    let fresh = match change.thumbnail {
        Some(bytes) if media.facts.kind != MediaKind::Image => {
            set_preview(instance, &mut media, bytes).await?;
            media
                .preview_key
                .clone()
                .map(|key| (key, media.facts.preview_dimensions, media.facts.blurhash.clone()))
        }
        _ => None,
    };
    instance
        .store
        .write(move |tx| {
            let media = tx.find_media(id)?.filter(|media| media.status_id.is_none());
            let mut media = media.ok_or(Error::NotFound("media"))?;
            if let Some(description) = &described {
                media.description.clone_from(description);
            }
            media.focus = change.focus.or(media.focus);
            if let Some((key, dimensions, blurhash)) = &fresh {
                if let Some(old) = media.preview_key.replace(key.clone()) {
                    tx.trash_file(&old, tx.now())?;
                }
                media.facts.preview_dimensions = *dimensions;
                media.facts.blurhash.clone_from(blurhash);
                tx.forget_trash(std::slice::from_ref(key))?;
            }
            tx.update_media(&media)?;
            Ok(media)
        })
        .await
}

/// Deletes an unattached upload.
///
/// # Errors
/// `Invalid` if a status uses it.
pub async fn remove(instance: &Instance, me: AccountId, id: MediaId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let media = tx.find_media(id)?.filter(|media| media.account_id == me);
            if media.ok_or(Error::NotFound("media"))?.status_id.is_some() {
                return Err(Error::invalid("Media attachment is currently used by a status"));
            }
            tx.delete_media(id)?;
            Ok(())
        })
        .await
}

/// Stores a profile picture and returns its key, which is trash unless a transaction claims it.
pub(crate) async fn profile_picture(
    instance: &Instance,
    which: ProfilePicture,
    bytes: Vec<u8>,
) -> Result<String> {
    if bytes.len() as u64 > MAX_IMAGE_SIZE {
        return Err(too_large(MAX_IMAGE_SIZE));
    }
    let (width, height) = match which {
        ProfilePicture::Avatar => AVATAR,
        ProfilePicture::Header => HEADER,
    };
    let sheet = with_decoding_slot(&instance.media, move || picture::cover(&bytes, width, height)).await?;
    store_sheet(instance, sheet).await
}

/// Stores an emoji's picture and returns its key, which is trash unless a transaction claims it.
pub(crate) async fn emoji_picture(instance: &Instance, bytes: Vec<u8>) -> Result<String> {
    if bytes.len() as u64 > MAX_EMOJI_SIZE {
        return Err(too_large(MAX_EMOJI_SIZE));
    }
    let sheet = with_decoding_slot(&instance.media, move || picture::emblem(&bytes)).await?;
    store_sheet(instance, sheet).await
}

/// The stored picture of a link preview card.
pub(crate) struct CardPicture {
    /// The file key; trash unless a transaction claims it.
    pub key: String,
    /// Width and height.
    pub dimensions: (i64, i64),
    /// The blurhash.
    pub blurhash: Option<String>,
}

/// Scales down, re-encodes and stores the picture of a link preview card; `None` if it is not a valid
/// picture.
pub(crate) async fn card_picture(instance: &Instance, bytes: Vec<u8>) -> Result<Option<CardPicture>> {
    let treated = with_decoding_slot(&instance.media, move || picture::preview(&bytes)).await;
    let (sheet, blurhash) = match treated {
        Ok(treated) => treated,
        Err(Error::Invalid(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let dimensions = (i64::from(sheet.dimensions.0), i64::from(sheet.dimensions.1));
    let key = store_sheet(instance, sheet).await?;
    Ok(Some(CardPicture { key, dimensions, blurhash }))
}

/// A media file to serve.
#[derive(Debug)]
pub struct ServedFile {
    /// The length in bytes.
    pub length: u64,
    /// The media type.
    pub mime: &'static str,
    content: media_store::Content,
}

impl ServedFile {
    /// Streams the bytes `start..end`; both must be within the length.
    pub async fn stream(
        self,
        start: u64,
        end: u64,
    ) -> Result<BoxStream<'static, std::io::Result<bytes::Bytes>>> {
        self.content.stream(start, end).await.map_err(|error| missing_or_broken(&error))
    }
}

/// Opens the file of a key. Anyone who has the key may read it: keys cannot be guessed, and only viewers of
/// the owning item get them.
///
/// # Errors
/// `NotFound` if the file is missing; `Internal` if the media store does not respond.
pub async fn open(instance: &Instance, key: &str) -> Result<ServedFile> {
    let mime = MediaStore::format(key).ok_or(Error::NotFound("file"))?.mime;
    let (content, length) = instance.media.find(key).await.map_err(|error| missing_or_broken(&error))?;
    Ok(ServedFile { length, mime, content })
}

fn missing_or_broken(error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound { Error::NotFound("file") } else { broken(error) }
}

/// Deletes expired unattached uploads and files that no row needs. A file that cannot be removed stays in the
/// trash for the next run.
pub async fn clean(instance: &Instance) -> Result<()> {
    instance.store.write(|tx| tx.delete_unattached_media(tx.now().plus_seconds(-LOOSE_LIFE))).await?;
    let keys = instance.store.read(|reader| reader.list_trash(CLEANED)).await?;
    let (store, now): (_, Timestamp) = (Arc::clone(&instance.media), instance.now());
    let sweeper = Arc::clone(&store);
    blocking(move || {
        sweeper.sweep(now);
        Ok(())
    })
    .await?;
    let mut removed = Vec::new();
    for key in keys {
        if store.remove(&key).await.is_ok() {
            removed.push(key);
        }
    }
    Ok(instance.store.write(move |tx| tx.forget_trash(&removed)).await?)
}
