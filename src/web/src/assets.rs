//! Static assets: stylesheet, script and images, embedded in the binary.
//!
//! Pages link to the stylesheet, icon and script with a hash of the content, so browsers may cache them for a
//! year. Without the hash (peers know the default images by plain names) they are cached for an hour, and an
//! ETag saves the second transfer.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use portico_http::Path;
use portico_http::problem::Problem;

use crate::ErrorPage;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "portico.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("assets/portico.css"),
    },
    Asset {
        name: "portico.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/portico.js"),
    },
    Asset { name: "avatar.png", kind: "image/png", bytes: include_bytes!("assets/avatar.png") },
    Asset { name: "header.png", kind: "image/png", bytes: include_bytes!("assets/header.png") },
    Asset { name: "icon.png", kind: "image/png", bytes: include_bytes!("assets/icon.png") },
    Asset { name: "favicon.svg", kind: "image/svg+xml", bytes: include_bytes!("assets/favicon.svg") },
];

/// The content hash of each asset, in the order of `ASSETS`.
static HASHES: LazyLock<Vec<String>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| hash(asset.bytes)).collect());

/// Path of the stylesheet, with its hash.
pub(super) static STYLESHEET: LazyLock<String> = LazyLock::new(|| versioned("portico.css"));

/// Path of the icon, with its hash.
pub(super) static ICON: LazyLock<String> = LazyLock::new(|| versioned("favicon.svg"));

/// Path of the script, with its hash.
pub(super) static SCRIPT: LazyLock<String> = LazyLock::new(|| versioned("portico.js"));

pub(super) fn router() -> Router {
    Router::new()
        .route("/assets/{name}", get(serve))
        .route("/favicon.ico", get(async |headers: HeaderMap| answer("icon.png", None, &headers)))
}

async fn serve(
    name: Result<Path<String>, Problem>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match name {
        Ok(Path(name)) => answer(&name, query.as_deref(), &headers),
        Err(_) => ErrorPage::not_found().into_response(),
    }
}

fn answer(name: &str, query: Option<&str>, headers: &HeaderMap) -> Response {
    let found = ASSETS.iter().zip(HASHES.iter()).find(|(asset, _)| asset.name == name);
    let Some((asset, hash)) = found else { return ErrorPage::not_found().into_response() };
    let is_pinned = query.and_then(|query| query.strip_prefix("v=")) == Some(hash.as_str());
    let caching = if is_pinned { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let etag = format!("\"{hash}\"");
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.bytes.into_response()
    };
    let values: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, caching),
        (header::ETAG, &etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    // Web clients read the pixels of images; none of these assets is secret.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

fn versioned(name: &str) -> String {
    let found = ASSETS.iter().zip(HASHES.iter()).find(|(asset, _)| asset.name == name);
    found.map_or_else(String::new, |(_, hash)| format!("/assets/{name}?v={hash}"))
}

fn hash(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_asset_is_not_sent_again() {
        let first = answer("portico.css", None, &HeaderMap::new());
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers()["cache-control"], "public, max-age=3600");
        let mut headers = HeaderMap::new();
        headers.insert("if-none-match", first.headers()["etag"].clone());
        assert_eq!(answer("portico.css", None, &headers).status(), 304);
    }

    #[test]
    fn only_the_right_hash_pins() {
        let query = STYLESHEET.split_once('?').unwrap().1;
        let pinned = answer("portico.css", Some(query), &HeaderMap::new());
        assert!(pinned.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let wrong = answer("portico.css", Some("v=0000"), &HeaderMap::new());
        assert!(!wrong.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    }

    #[test]
    fn unknown_assets_do_not_exist() {
        for name in ["", "portico", "../mod.rs", "PORTICO.CSS"] {
            assert_eq!(answer(name, None, &HeaderMap::new()).status(), 404, "{name}");
        }
    }
}
