//! Multipart bodies: text parts become parameters, files are kept separately.

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};

use super::tree::Tree;
use super::{MAX_BODY, MAX_FILES, Upload};
use crate::problem::Problem;

/// Reads a multipart body within the limits.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<(Tree, Vec<Upload>), Problem> {
    let mut request = Request::new(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    DefaultBodyLimit::max(MAX_BODY + MAX_FILES).apply(&mut request);
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| Problem::bad_request("The multipart body has no boundary"))?;

    let (mut tree, mut files) = (Tree::default(), Vec::new());
    let (mut text_left, mut files_left) = (MAX_BODY, MAX_FILES);
    while let Some(field) = multipart.next_field().await.map_err(|error| fault(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file_name) => {
                let content_type = field.content_type().map(str::to_owned);
                let bytes = take(field, &mut files_left, MAX_FILES).await?;
                files.push(Upload { name, file_name, content_type, bytes });
            }
            None => {
                let bytes = take(field, &mut text_left, MAX_BODY).await?;
                let text = String::from_utf8(bytes.to_vec());
                tree.add(&name, text.map_err(|_| super::MalformedParams::Encoding)?)?;
            }
        }
    }
    Ok((tree, files))
}

async fn take(mut field: Field<'_>, left: &mut usize, limit: usize) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| fault(&error))? {
        *left = left.checked_sub(chunk.len()).ok_or_else(|| Problem::too_large(limit))?;
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

fn fault(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::too_large(MAX_BODY + MAX_FILES)
    } else {
        Problem::bad_request("The multipart body is malformed")
    }
}
