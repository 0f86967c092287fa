//! Streaming multipart uploads: files are written to disk, texts are kept in memory, each within a limit.

use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::current_instance::CurrentInstance;
use super::problem::{ApiResult, Problem};

/// The problem for a body that cannot be read; `most` is the accepted number of bytes.
pub fn fault(error: &MultipartError, most: u64) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::too_large(usize::try_from(most).unwrap_or(usize::MAX))
    } else {
        Problem::bad_request("The multipart body is malformed")
    }
}

/// Writes a part to a temporary file that is deleted when dropped.
///
/// # Errors
/// 413 for more than `most` bytes, 400 for a body that is cut off, 500 when the disk fails.
pub async fn spool(here: &CurrentInstance, mut part: Field<'_>, most: u64) -> ApiResult<NamedTempFile> {
    let store = std::sync::Arc::clone(&here.media);
    let made = tokio::task::spawn_blocking(move || {
        let file = store.spool()?;
        let handle = file.reopen()?;
        Ok::<_, std::io::Error>((file, handle))
    });
    let made = made.await.map_err(|error| Problem::internal(&error))?;
    let (file, handle) = made.map_err(|error| Problem::internal(&error))?;
    let mut handle = tokio::fs::File::from_std(handle);
    let mut length = 0;
    while let Some(chunk) = part.chunk().await.map_err(|error| fault(&error, most))? {
        length += chunk.len() as u64;
        if length > most {
            return Err(Problem::too_large(usize::try_from(most).unwrap_or(usize::MAX)));
        }
        handle.write_all(&chunk).await.map_err(|error| Problem::internal(&error))?;
    }
    handle.flush().await.map_err(|error| Problem::internal(&error))?;
    Ok(file)
}

/// Reads a part into memory.
///
/// # Errors
/// 413 for more than `most` bytes, 400 for a body that is cut off.
pub async fn collect(mut part: Field<'_>, most: usize) -> ApiResult<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| fault(&error, most as u64))? {
        if whole.len() + chunk.len() > most {
            return Err(Problem::too_large(most));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// Reads a part as text.
///
/// # Errors
/// As [`collect`], and 400 if it is not UTF-8 or contains a NUL.
pub async fn text(part: Field<'_>, most: usize) -> ApiResult<String> {
    let bytes = collect(part, most).await?;
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    text.ok_or_else(|| Problem::bad_request("The upload has a text that is not valid UTF-8"))
}
