//! A bucket of an S3-compatible object store. Writes block, because their callers already run on blocking
//! threads; reads for serving are async.

use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _};
use object_store::{PutPayload, RetryConfig, WriteMultipart};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

/// Files larger than this are uploaded in parts of this size, in bytes.
const PART: usize = 8 * 1024 * 1024;
/// Maximum number of parts of a file uploaded at once.
const PARTS_AT_ONCE: usize = 2;
/// Timeout of a request: a part on a slow connection.
const PATIENCE: Duration = Duration::from_secs(120);
/// Timeout for connecting.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Maximum number of retries of a failed request, and their total time.
const RETRIES: usize = 3;
const RETRY_PATIENCE: Duration = Duration::from_secs(20);

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    prefix: String,
}

/// A file in a bucket.
#[derive(Debug)]
pub struct Object {
    store: Arc<AmazonS3>,
    path: Path,
}

impl Bucket {
    pub fn open(bucket: &portico_config::Bucket) -> Result<Self> {
        let access = &bucket.access;
        let insecure = access.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http:"));
        let options = ClientOptions::new()
            .with_timeout(PATIENCE)
            .with_connect_timeout(CONNECT_PATIENCE)
            .with_allow_http(insecure);
        let retry =
            RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_PATIENCE, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_client_options(options)
            .with_retry(retry)
            .with_bucket_name(&bucket.name)
            .with_region(&access.region)
            .with_access_key_id(&access.access_key)
            .with_secret_access_key(&access.secret_key);
        if let Some(endpoint) = &access.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(token) = &access.session_token {
            builder = builder.with_token(token);
        }
        Ok(Self { store: Arc::new(builder.build().map_err(from_storage)?), prefix: bucket.prefix.clone() })
    }

    fn path(&self, key: &str) -> Path {
        let folder = key.get(..2).unwrap_or_default();
        Path::from(format!("{}/{folder}/{key}", self.prefix))
    }

    /// Stores a file under a key, atomically.
    pub fn keep(&self, file: &NamedTempFile, key: &str) -> Result<()> {
        let mut file = file.reopen()?;
        let mut part = Vec::new();
        (&mut file).take(PART as u64).read_to_end(&mut part)?;
        if part.len() < PART {
            return self.put(part, key);
        }
        let runtime = Handle::try_current().map_err(Error::other)?;
        let path = self.path(key);
        let upload = runtime.block_on(self.store.put_multipart(&path)).map_err(from_storage)?;
        // Tasks of the runtime upload the parts.
        let _entered = runtime.enter();
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        while !part.is_empty() {
            upload.put(Bytes::from(std::mem::take(&mut part)));
            let free = runtime.block_on(upload.wait_for_capacity(PARTS_AT_ONCE)).map_err(from_storage);
            let read = free.and_then(|()| (&mut file).take(PART as u64).read_to_end(&mut part));
            if let Err(error) = read {
                // Discards the parts uploaded so far, if the store can be reached.
                let _ = runtime.block_on(upload.abort());
                return Err(error);
            }
        }
        runtime.block_on(upload.finish()).map(drop).map_err(from_storage)
    }

    /// Stores bytes under a key.
    pub fn put(&self, bytes: Vec<u8>, key: &str) -> Result<()> {
        let path = self.path(key);
        waited(self.store.put(&path, PutPayload::from(bytes)))?.map(drop).map_err(from_storage)
    }

    /// Removes a file; succeeds if it does not exist.
    pub fn remove(&self, key: &str) -> Result<()> {
        match waited(self.store.delete(&self.path(key)))? {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(from_storage(error)),
        }
    }

    /// Copies a file to a local temporary file.
    pub fn fetch(&self, key: &str) -> Result<NamedTempFile> {
        let mut copy = NamedTempFile::new()?;
        let runtime = Handle::try_current().map_err(Error::other)?;
        let object = Object { store: Arc::clone(&self.store), path: self.path(key) };
        let mut stream = runtime.block_on(object.stream(None))?;
        while let Some(chunk) = runtime.block_on(stream.next()) {
            copy.write_all(&chunk?)?;
        }
        copy.flush()?;
        Ok(copy)
    }

    /// Finds the file of a key, and its length.
    pub async fn find(&self, key: &str) -> Result<(Object, u64)> {
        let path = self.path(key);
        let length = self.store.head(&path).await.map_err(from_storage)?.size;
        Ok((Object { store: Arc::clone(&self.store), path }, length))
    }
}

impl Object {
    /// Streams a range of bytes, or all of them.
    pub async fn stream(
        self,
        range: Option<std::ops::Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&self.path, options).await.map_err(from_storage)?;
        Ok(found.into_stream().map(|chunk| chunk.map_err(from_storage)).boxed())
    }
}

fn waited<F: Future>(work: F) -> Result<F::Output> {
    Ok(Handle::try_current().map_err(Error::other)?.block_on(work))
}

fn from_storage(error: object_store::Error) -> Error {
    let kind = match error {
        object_store::Error::NotFound { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    // The store's message may have several lines.
    Error::new(kind, error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}
