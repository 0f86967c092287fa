//! Opens a bucket of an S3-compatible object store.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ClientOptions, Result, RetryConfig};

/// Timeout of a request: a part on a slow connection.
const PATIENCE: Duration = Duration::from_secs(120);
/// Timeout for connecting.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Maximum number of retries of a failed request, and their total time.
const RETRIES: usize = 3;
const RETRY_PATIENCE: Duration = Duration::from_secs(20);

/// Opens a bucket. Sends no request yet.
pub fn open(bucket: &portico_config::Bucket) -> Result<AmazonS3> {
    let access = &bucket.access;
    let insecure = access.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http:"));
    let options = ClientOptions::new()
        .with_timeout(PATIENCE)
        .with_connect_timeout(CONNECT_PATIENCE)
        .with_allow_http(insecure);
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_PATIENCE, ..RetryConfig::default() };
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
    builder.build()
}
