//! The media store: an object store with one file per key, in a folder or in a bucket.
//!
//! A key is 128 random bits and the extension of a supported format. So a file cannot be found without its
//! address, and its media type never depends on the uploader's claims. The file of a key is below the folder
//! of the key's first two letters.

use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt as _};
use object_store::{PutPayload, WriteMultipart};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;

use crate::bucket;
use crate::folder::Folder;
use crate::sniff::{FORMATS, Format};
use portico_config::MediaPlace;
use portico_domain::model::Timestamp;
use portico_domain::model::random::Rng;

/// Maximum number of files decoded or inspected at once; a picture may take hundreds of megabytes.
const AT_ONCE: usize = 2;
/// Size of a read when a file is served from a folder, in bytes.
const CHUNK: usize = 64 * 1024;
/// Files larger than this are written in parts of this size, in bytes.
const PART: usize = 8 * 1024 * 1024;
/// Maximum number of parts of a file written at once.
const PARTS_AT_ONCE: usize = 2;
/// Maximum number of files written to a bucket at once; each has its parts in memory.
const FILES_AT_ONCE: usize = 4;

/// The media files of one instance.
#[derive(Debug)]
pub struct MediaStore {
    objects: Objects,
    /// Slots for decoding pictures and inspecting recordings. The work itself holds its slot, so that one that
    /// nobody waits for any more still counts.
    pub places: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The prefix of every key.
    prefix: String,
    /// The folder, if the files are in one.
    folder: Option<Folder>,
    /// Slots for writing files to a bucket.
    writes: Arc<Semaphore>,
}

/// The source of a file's bytes.
#[derive(Debug)]
pub struct Content {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Content {
    /// Streams the bytes `start..end`.
    ///
    /// # Errors
    /// `NotFound` if the file was removed in the meantime.
    pub async fn stream(self, start: u64, end: u64) -> Result<BoxStream<'static, Result<Bytes>>> {
        if start == end {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(start..end)), ..GetOptions::default() };
        let found = self.store.get_opts(&self.path, options).await.map_err(from_storage)?;
        let range = found.range;
        Ok(match found.payload {
            GetResultPayload::Stream(stream) => stream.map(|chunk| chunk.map_err(from_storage)).boxed(),
            GetResultPayload::File(mut file, _) => {
                file.seek(SeekFrom::Start(range.start))?;
                let file = tokio::fs::File::from_std(file).take(range.end - range.start);
                ReaderStream::with_capacity(file, CHUNK).boxed()
            }
        })
    }
}

impl MediaStore {
    /// Opens the media store; creates the folder if it is missing. Blocks.
    pub fn open(place: &MediaPlace) -> Result<Self> {
        Ok(match place {
            MediaPlace::Folder(path) => {
                let (folder, store) = Folder::open(path)?;
                Self::of(Arc::new(store), "", Some(folder))
            }
            MediaPlace::Bucket(bucket) => {
                let store = bucket::open(bucket).map_err(from_storage)?;
                Self::of(Arc::new(store), &bucket.prefix, None)
            }
        })
    }

    fn of(store: Arc<dyn ObjectStore>, prefix: &str, folder: Option<Folder>) -> Self {
        let writes = Arc::new(Semaphore::new(FILES_AT_ONCE));
        let objects = Objects { store, prefix: prefix.to_owned(), folder, writes };
        Self { objects, places: Arc::new(Semaphore::new(AT_ONCE)) }
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
    pub fn spool(&self) -> Result<NamedTempFile> {
        self.objects.spool()
    }

    /// Stores a temporary file under a key, atomically and durably. Continues if the caller gives up, so that
    /// no part of the file stays in the store.
    pub async fn keep(&self, file: NamedTempFile, key: &str) -> Result<()> {
        let path = self.objects.path(key).ok_or(ErrorKind::InvalidInput)?;
        let objects = self.objects.clone();
        tokio::spawn(async move { objects.keep(file, &path).await }).await.map_err(Error::other)?
    }

    /// Stores bytes under a key, atomically and durably.
    pub async fn put(&self, bytes: Vec<u8>, key: &str) -> Result<()> {
        let path = self.objects.path(key).ok_or(ErrorKind::InvalidInput)?;
        let objects = self.objects.clone();
        tokio::spawn(async move { objects.put(bytes, &path).await }).await.map_err(Error::other)?
    }

    /// Copies the file of a key to a temporary file.
    ///
    /// # Errors
    /// `NotFound` if the key is not valid or has no file.
    pub async fn fetch(&self, key: &str) -> Result<NamedTempFile> {
        let path = self.objects.path(key).ok_or(ErrorKind::NotFound)?;
        let found = self.objects.store.get(&path).await.map_err(from_storage)?;
        let objects = self.objects.clone();
        let mut copy = blocking(move || objects.spool()).await?;
        match found.payload {
            GetResultPayload::File(mut file, _) => {
                return blocking(move || {
                    std::io::copy(&mut file, copy.as_file_mut())?;
                    copy.rewind()?;
                    Ok(copy)
                })
                .await;
            }
            GetResultPayload::Stream(mut stream) => {
                while let Some(chunk) = stream.next().await {
                    let chunk = chunk.map_err(from_storage)?;
                    copy = blocking(move || copy.write_all(&chunk).map(|()| copy)).await?;
                }
            }
        }
        copy.rewind()?;
        Ok(copy)
    }

    /// Finds the file of a key, and its length.
    ///
    /// # Errors
    /// `NotFound` if the key is not valid or has no file.
    pub async fn find(&self, key: &str) -> Result<(Content, u64)> {
        let path = self.objects.path(key).ok_or(ErrorKind::NotFound)?;
        let length = self.objects.store.head(&path).await.map_err(from_storage)?.size;
        Ok((Content { store: Arc::clone(&self.objects.store), path }, length))
    }

    /// Removes a file; succeeds if it does not exist.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let Some(path) = self.objects.path(key) else { return Ok(()) };
        match self.objects.store.delete(&path).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(from_storage(error)),
        }
    }

    /// Writes, reads back and removes a small file, to check that the store works.
    pub async fn probe(&self, rng: &Rng) -> Result<()> {
        const BYTES: &[u8] = b"probe";
        let key = Self::key(rng, "png");
        self.put(BYTES.to_vec(), &key).await?;
        let read = async {
            let path = self.objects.path(&key).ok_or(ErrorKind::NotFound)?;
            let found = self.objects.store.get(&path).await.map_err(from_storage)?;
            found.bytes().await.map_err(from_storage)
        };
        let read = read.await;
        self.remove(&key).await?;
        if read? == BYTES { Ok(()) } else { Err(Error::other("the bytes read are not those written")) }
    }

    /// Removes unfinished uploads that a crash left behind. Blocks. With a bucket, temporary files are in the
    /// system's temporary folder.
    pub fn sweep(&self, now: Timestamp) {
        if let Some(folder) = &self.objects.folder {
            folder.sweep(now);
        }
    }
}

impl Objects {
    /// Returns the path of a key; `None` if the key is not valid.
    fn path(&self, key: &str) -> Option<Path> {
        MediaStore::format(key)?;
        Some(Path::from(format!("{}/{}/{key}", self.prefix, key.get(..2)?)))
    }

    fn spool(&self) -> Result<NamedTempFile> {
        match &self.folder {
            Some(folder) => folder.spool(),
            None => NamedTempFile::new(),
        }
    }

    async fn keep(&self, file: NamedTempFile, path: &Path) -> Result<()> {
        if let Some(folder) = self.folder.clone() {
            let path = path.clone();
            return blocking(move || folder.keep(file, &path)).await;
        }
        let _place = self.writes.acquire().await.map_err(Error::other)?;
        let (file, part) = blocking(move || {
            let mut file = file;
            file.rewind()?;
            next_part(file)
        })
        .await?;
        if part.len() < PART {
            return self.put(part, path).await;
        }
        let upload = self.store.put_multipart(path).await.map_err(from_storage)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        if let Err(error) = write_parts(&mut upload, file, part).await {
            // Discards the parts written so far, if the store can be reached.
            let _ = upload.abort().await;
            return Err(error);
        }
        upload.finish().await.map_err(from_storage)?;
        Ok(())
    }

    async fn put(&self, bytes: Vec<u8>, path: &Path) -> Result<()> {
        if let Some(folder) = self.folder.clone() {
            let path = path.clone();
            return blocking(move || {
                let mut file = folder.spool()?;
                file.write_all(&bytes)?;
                folder.keep(file, &path)
            })
            .await;
        }
        self.store.put(path, PutPayload::from(bytes)).await.map_err(from_storage)?;
        Ok(())
    }
}

/// Writes a part and all that follow it.
async fn write_parts(upload: &mut WriteMultipart, file: NamedTempFile, part: Vec<u8>) -> Result<()> {
    let (mut file, mut part) = (file, part);
    while !part.is_empty() {
        upload.put(Bytes::from(part));
        upload.wait_for_capacity(PARTS_AT_ONCE).await.map_err(from_storage)?;
        (file, part) = blocking(move || next_part(file)).await?;
    }
    Ok(())
}

fn next_part(file: NamedTempFile) -> Result<(NamedTempFile, Vec<u8>)> {
    let mut part = Vec::new();
    file.as_file().take(PART as u64).read_to_end(&mut part)?;
    Ok((file, part))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(Error::other)?
}

pub(crate) fn from_storage(error: object_store::Error) -> Error {
    let kind = match error {
        object_store::Error::NotFound { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    // The store's message may have several lines.
    Error::new(kind, error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    fn in_folder(path: &std::path::Path) -> MediaStore {
        MediaStore::open(&MediaPlace::Folder(path.to_owned())).unwrap()
    }

    async fn read(store: &MediaStore, key: &str, start: u64, end: u64) -> Vec<u8> {
        let (content, _) = store.find(key).await.unwrap();
        let chunks: Vec<Bytes> = content.stream(start, end).await.unwrap().try_collect().await.unwrap();
        chunks.concat()
    }

    /// The files below a folder, with `/` between the parts of their paths.
    fn files(folder: &std::path::Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                found.extend(files(&entry.path()).into_iter().map(|file| format!("{name}/{file}")));
            } else {
                found.push(name);
            }
        }
        found
    }

    #[tokio::test]
    async fn s74_only_keys_lead_to_files() {
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(&folder.path().join("media"));
        let key = MediaStore::key(&Rng::seeded(1), "png");
        store.put(b"bytes".to_vec(), &key).await.unwrap();
        assert_eq!(store.find(&key).await.unwrap().1, 5);
        for wrong in ["", ".", "../x.png", "0123.png", &key.replace("png", "html"), &key.to_uppercase()] {
            let fault = store.find(wrong).await.unwrap_err().kind();
            assert_eq!(fault, ErrorKind::NotFound, "{wrong}");
            assert!(store.put(b"bytes".to_vec(), wrong).await.is_err(), "{wrong}");
        }
        store.remove(&key).await.unwrap();
        store.remove(&key).await.unwrap();
        assert_eq!(store.find(&key).await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_probe_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(folder.path());
        store.probe(&Rng::seeded(1)).await.unwrap();
        store.probe(&Rng::seeded(1)).await.unwrap();
        assert_eq!(files(folder.path()), [""; 0]);
    }

    #[tokio::test]
    async fn files_are_where_they_have_always_been_and_nobody_else_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a folder #1 of 100%");
        let store = in_folder(&root);
        let key = "0123456789abcdef0123456789abcdef.png";
        store.put(b"new".to_vec(), key).await.unwrap();
        let path = root.join("01").join(key);
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // A file of an earlier version.
        std::fs::write(&path, b"old and longer").unwrap();
        assert_eq!(read(&store, key, 4, 7).await, b"and");
        assert_eq!(read(&store, key, 3, 3).await, b"");
    }

    #[tokio::test]
    async fn large_files_are_kept_and_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = MediaStore::of(Arc::new(object_store::memory::InMemory::new()), "media", None);
        let bytes: Vec<u8> = (0..PART * 2 + 5).map(|n| (n % 251) as u8).collect();
        let key = MediaStore::key(&Rng::seeded(1), "mp4");
        for store in [in_folder(folder.path()), bucket] {
            let mut file = store.spool().unwrap();
            file.write_all(&bytes).unwrap();
            store.keep(file, &key).await.unwrap();
            assert!(read(&store, &key, 0, bytes.len() as u64).await == bytes);
            let fetched = store.fetch(&key).await.unwrap();
            assert!(std::fs::read(fetched.path()).unwrap() == bytes);
        }
        assert_eq!(files(folder.path()), [format!("{}/{key}", &key[..2])]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_upload_to_a_folder_is_not_copied() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = in_folder(folder.path());
        let key = "0123456789abcdef0123456789abcdef.mp4";
        let file = store.spool().unwrap();
        let inode = file.as_file().metadata().unwrap().ino();
        store.keep(file, key).await.unwrap();
        let kept = std::fs::metadata(folder.path().join("01").join(key)).unwrap();
        assert_eq!((kept.ino(), kept.mode() & 0o777), (inode, 0o600));
    }
}
