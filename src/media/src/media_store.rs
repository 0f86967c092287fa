//! The media store: a folder, or a bucket of an object store, with one file per key.
//!
//! A key is 128 random bits and the extension of a supported format. So a file cannot be found without its
//! address, and its media type never depends on the uploader's claims.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio_util::io::ReaderStream;

use crate::bucket::{Bucket, Object};
use crate::sniff::{FORMATS, Format};
use portico_config::MediaPlace;
use portico_domain::model::Timestamp;
use portico_domain::model::random::Rng;

/// Maximum number of pictures decoded at once; each may take hundreds of megabytes.
const AT_ONCE: usize = 2;
/// The folder of files that are still being uploaded.
const INCOMING: &str = "incoming";
/// Milliseconds after which an unfinished upload is removed.
const INCOMING_LIFE: i64 = 24 * 3600 * 1000;
/// Size of a read when a file is served, in bytes.
const CHUNK: usize = 64 * 1024;

/// The media files of one instance.
#[derive(Debug)]
pub struct MediaStore {
    place: Place,
    /// Slots for decoding pictures.
    pub places: Semaphore,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// The source of a file's bytes.
#[derive(Debug)]
pub enum Content {
    /// A file of the folder.
    File(File),
    /// An object of the bucket.
    Object(Object),
}

impl Content {
    /// Streams the bytes `start..end`.
    pub async fn stream(
        self,
        start: u64,
        end: u64,
    ) -> std::io::Result<BoxStream<'static, std::io::Result<Bytes>>> {
        match self {
            Self::Object(_) if start == end => Ok(futures_util::stream::empty().boxed()),
            Self::Object(object) => object.stream(Some(start..end)).await,
            Self::File(mut file) => {
                let file = tokio::task::spawn_blocking(move || {
                    file.seek(std::io::SeekFrom::Start(start))?;
                    Ok::<_, std::io::Error>(file)
                });
                let file = tokio::fs::File::from_std(file.await.map_err(std::io::Error::other)??);
                Ok(ReaderStream::with_capacity(file.take(end - start), CHUNK).boxed())
            }
        }
    }
}

impl MediaStore {
    /// Opens the media store; creates the folder if it is missing.
    pub fn open(place: &MediaPlace) -> std::io::Result<Self> {
        let place = match place {
            MediaPlace::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                Place::Folder(folder.clone())
            }
            MediaPlace::Bucket(bucket) => Place::Bucket(Bucket::open(bucket)?),
        };
        Ok(Self { place, places: Semaphore::new(AT_ONCE) })
    }

    /// Generates a random key with this extension.
    pub fn key(rng: &Rng, extension: &str) -> String {
        let name: String = rng.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}.{extension}")
    }

    /// Returns the format of a key; `None` if the key is not valid.
    pub fn format(key: &str) -> Option<Format> {
        let (name, extension) = key.split_once('.')?;
        let good = name.len() == 32 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        FORMATS.into_iter().find(|format| good && format.extension == extension)
    }

    /// Creates a temporary file that is removed when dropped. Blocks.
    pub fn spool(&self) -> std::io::Result<NamedTempFile> {
        let Place::Folder(folder) = &self.place else { return NamedTempFile::new() };
        let folder = folder.join(INCOMING);
        std::fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    /// Stores a temporary file under a key, durably. Blocks.
    pub fn keep(&self, file: NamedTempFile, key: &str) -> std::io::Result<()> {
        Self::format(key).ok_or(std::io::ErrorKind::InvalidInput)?;
        let folder = match &self.place {
            Place::Bucket(bucket) => return bucket.keep(&file, key),
            Place::Folder(folder) => folder,
        };
        let path = path(folder, key);
        let folder = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(folder)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    }

    /// Stores bytes under a key. Blocks.
    pub fn put(&self, bytes: &[u8], key: &str) -> std::io::Result<()> {
        let mut file = self.spool()?;
        file.write_all(bytes)?;
        self.keep(file, key)
    }

    /// Edits a stored file: in place in a folder, or on a copy that then replaces it in a bucket. Blocks.
    pub fn edit<T>(&self, key: &str, work: impl FnOnce(&mut File) -> T) -> std::io::Result<T> {
        Self::format(key).ok_or(std::io::ErrorKind::InvalidInput)?;
        match &self.place {
            Place::Folder(folder) => {
                let mut file = File::options().read(true).write(true).open(path(folder, key))?;
                Ok(work(&mut file))
            }
            Place::Bucket(bucket) => {
                let mut copy = bucket.fetch(key)?;
                copy.rewind()?;
                let outcome = work(copy.as_file_mut());
                bucket.keep(&copy, key)?;
                Ok(outcome)
            }
        }
    }

    /// Opens the file of a key and returns its length.
    ///
    /// # Errors
    /// `NotFound` if the key is not valid or has no file.
    pub async fn find(&self, key: &str) -> std::io::Result<(Content, u64)> {
        Self::format(key).ok_or(std::io::ErrorKind::NotFound)?;
        let path = match &self.place {
            // A slow object store must not occupy a blocking thread for each reader.
            Place::Bucket(bucket) => {
                let (object, length) = bucket.find(key).await?;
                return Ok((Content::Object(object), length));
            }
            Place::Folder(folder) => path(folder, key),
        };
        let opened = tokio::task::spawn_blocking(move || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            Ok((Content::File(file), length))
        });
        opened.await.map_err(std::io::Error::other)?
    }

    /// Removes a file; succeeds if it does not exist. Blocks.
    pub fn remove(&self, key: &str) -> std::io::Result<()> {
        if Self::format(key).is_none() {
            return Ok(());
        }
        let folder = match &self.place {
            Place::Bucket(bucket) => return bucket.remove(key),
            Place::Folder(folder) => folder,
        };
        match std::fs::remove_file(path(folder, key)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes, reads back and removes a small file, to check that the store works. Blocks.
    pub fn probe(&self, rng: &Rng) -> std::io::Result<()> {
        const BYTES: &[u8] = b"probe";
        let key = Self::key(rng, "png");
        self.put(BYTES, &key)?;
        let read = self.edit(&key, |file| {
            let mut bytes = Vec::new();
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes == BYTES)
        });
        self.remove(&key)?;
        if read?? { Ok(()) } else { Err(std::io::Error::other("the bytes read are not those written")) }
    }

    /// Removes unfinished uploads that a crash left behind. Blocks.
    pub fn sweep(&self, now: Timestamp) {
        // With a bucket, temporary files are in the system's temporary folder.
        let Place::Folder(folder) = &self.place else { return };
        let Ok(entries) = std::fs::read_dir(folder.join(INCOMING)) else { return };
        for entry in entries.flatten() {
            if is_older(&entry.path(), now.millis() - INCOMING_LIFE) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Returns the path of a key's file.
fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(key.get(..2).unwrap_or_default()).join(key)
}

fn is_older(path: &Path, moment: i64) -> bool {
    let changed = std::fs::metadata(path).and_then(|facts| facts.modified()).ok();
    let age = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|millis| millis < moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s74_only_keys_lead_to_files() {
        let folder = tempfile::tempdir().unwrap();
        let store = MediaStore::open(&MediaPlace::Folder(folder.path().join("media"))).unwrap();
        let key = MediaStore::key(&Rng::seeded(1), "png");
        store.put(b"bytes", &key).unwrap();
        assert_eq!(store.find(&key).await.unwrap().1, 5);
        for wrong in ["", ".", "../x.png", "0123.png", &key.replace("png", "html"), &key.to_uppercase()] {
            let fault = store.find(wrong).await.unwrap_err().kind();
            assert_eq!(fault, std::io::ErrorKind::NotFound, "{wrong}");
            assert!(store.put(b"bytes", wrong).is_err(), "{wrong}");
        }
        store.remove(&key).unwrap();
        store.remove(&key).unwrap();
        assert_eq!(store.find(&key).await.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_probe_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = MediaStore::open(&MediaPlace::Folder(folder.path().to_owned())).unwrap();
        store.probe(&Rng::seeded(1)).unwrap();
        store.probe(&Rng::seeded(1)).unwrap();
        let key = MediaStore::key(&Rng::seeded(1), "png");
        assert!(store.find(&key).await.is_err());
    }
}
