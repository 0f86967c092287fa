//! Serves media files, with range requests.
//!
//! Addresses cannot be guessed and are shown only to viewers of the post; anyone with the address can fetch
//! the file. Headers prevent a browser from running a file as a page or script.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use portico_http::problem::Problem;
use portico_http::{CurrentInstance, Path};
use portico_service::Error;
use portico_service::publishing::media;

/// Content-Security-Policy of files: nothing is allowed if a file is opened as a page.
const POLICY: &str = "default-src 'none'; sandbox";
/// Cache-Control of files. The file of a key never changes.
const CACHING: &str = "public, max-age=31536000, immutable";

pub(super) fn router() -> Router {
    Router::new().route("/media/{key}", get(serve))
}

async fn serve(
    here: CurrentInstance,
    key: Result<Path<String>, Problem>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(key)) = key else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = match answer(&here, &key, &method, &headers).await {
        Ok(response) => response,
        Err(status) => return status.into_response(),
    };
    let values = [
        (header::CACHE_CONTROL, CACHING),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    for (name, value) in values {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn answer(
    here: &CurrentInstance,
    key: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, StatusCode> {
    let served = media::open(here, key).await.map_err(|error| status_of(&error))?;
    let etag = HeaderValue::from_str(&format!("\"{key}\"")).map_err(|_| StatusCode::NOT_FOUND)?;
    let value_of = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if value_of(header::IF_NONE_MATCH).is_some_and(|known| known.contains(key)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let is_same = value_of(header::IF_RANGE).is_none_or(|known| known.contains(key));
    let (mime, length) = (served.mime, served.length);
    let range = match value_of(header::RANGE).filter(|_| is_same) {
        Some(asked) => range(asked, length),
        None => ByteRange::Whole,
    };
    let (status, start, end) = match range {
        ByteRange::Whole => (StatusCode::OK, 0, length),
        ByteRange::Part(start, end) => (StatusCode::PARTIAL_CONTENT, start, end),
        ByteRange::Outside => {
            let size = format!("bytes */{length}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)]).into_response());
        }
    };
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(served.stream(start, end).await.map_err(|error| status_of(&error))?)
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::ETAG, etag);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {start}-{}/{length}", end - 1))
    {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// Maps an error to a response status. Logs all but "not found".
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        cause => {
            tracing::error!(%cause, "media.serve_failed");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// The bytes that a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum ByteRange {
    Whole,
    /// From the first offset up to, but not including, the second.
    Part(u64, u64),
    Outside,
}

/// Parses a Range header. Anything but a single range of bytes means the whole file.
fn range(asked: &str, length: u64) -> ByteRange {
    let Some((first, last)) = asked.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return ByteRange::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    match (number(first), number(last)) {
        (Some(start), _) if start >= length => ByteRange::Outside,
        (Some(start), Some(end)) if end >= start => ByteRange::Part(start, end.saturating_add(1).min(length)),
        (Some(start), None) if last.is_empty() => ByteRange::Part(start, length),
        (None, Some(0)) if first.is_empty() => ByteRange::Outside,
        (None, Some(count)) if first.is_empty() && length > 0 => {
            ByteRange::Part(length.saturating_sub(count), length)
        }
        _ => ByteRange::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (asked, meant) in [
            ("bytes=0-0", ByteRange::Part(0, 1)),
            ("bytes=2-", ByteRange::Part(2, 10)),
            ("bytes=-3", ByteRange::Part(7, 10)),
            ("bytes=-99", ByteRange::Part(0, 10)),
            ("bytes=5-18446744073709551615", ByteRange::Part(5, 10)),
            ("bytes=10-", ByteRange::Outside),
            ("bytes=-0", ByteRange::Outside),
            ("bytes=3-2", ByteRange::Whole),
            ("bytes=0-1,3-4", ByteRange::Whole),
            ("bytes=+1-2", ByteRange::Whole),
            ("lines=1-2", ByteRange::Whole),
        ] {
            assert_eq!(range(asked, 10), meant, "{asked}");
        }
    }
}
