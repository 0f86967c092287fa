//! Parameters: one extractor for a query string, a form, a multipart body, a JSON body, and mixes of them.
//!
//! Clients send the same parameters in all of these, so a handler extracts [`Params<T>`] without knowing the
//! format. The middleware [`read`] reads the body once, with limits; its errors reach only handlers that
//! extract parameters. See `tree` for how names nest and `de` for how text becomes values.

mod de;
mod multipart;
mod tree;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::de::InvalidParam;
use self::tree::{MalformedParams, Tree};
use super::problem::Problem;

/// The most bytes of parameters in one request.
pub const MAX_BODY: usize = 1024 * 1024;
/// The most bytes of files in a multipart body, in addition.
pub const MAX_FILES: usize = 8 * 1024 * 1024;

/// A file of a multipart body, kept in memory.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The parameter's name.
    pub name: String,
    /// The file name that the client sent.
    pub file_name: String,
    /// The content type that the client sent; never to be trusted.
    pub content_type: Option<String>,
    /// Its content.
    pub bytes: Bytes,
}

/// The query and body parameters of a request, read once.
#[derive(Debug, Clone)]
struct ParsedParams(Result<Arc<ParamsAndFiles>, Problem>);

#[derive(Debug)]
struct ParamsAndFiles {
    tree: Tree,
    files: Vec<Upload>,
}

/// The parameters of a request, from the query or the body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Params<T>(pub T);

/// The files of a multipart body.
#[derive(Debug, Clone, Default)]
pub struct Files(pub Vec<Upload>);

/// A text for which empty and absent differ, such as a profile's name (cleared or unchanged).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClearableText(pub Option<String>);

impl schemars::JsonSchema for ClearableText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Given".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl<'de> Deserialize<'de> for ClearableText {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Some(text)))
    }
}

impl From<MalformedParams> for Problem {
    fn from(fault: MalformedParams) -> Self {
        Self::bad_request(fault.to_string())
    }
}

impl From<InvalidParam> for Problem {
    fn from(misfit: InvalidParam) -> Self {
        match misfit {
            InvalidParam::Missing(name) => Self::missing(&name),
            misfit @ InvalidParam::Invalid { .. } => Self::invalid(&[misfit.to_string()]),
        }
    }
}

/// Whether a request may carry media. Such a body may be large, so its handler reads it, after
/// authentication.
pub fn is_upload(method: &Method, path: &str) -> bool {
    method == Method::POST && matches!(path, "/api/v1/media" | "/api/v2/media" | "/compose" | "/uploads")
}

/// Reads the query and the body of a request, so that every later extractor can use the parameters.
pub async fn read(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if is_upload(&parts.method, parts.uri.path()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let input = understand(&parts, body).await.map(Arc::new);
    parts.extensions.insert(ParsedParams(input));
    next.run(Request::from_parts(parts, Body::empty())).await
}

async fn understand(parts: &Parts, body: Body) -> Result<ParamsAndFiles, Problem> {
    let mut tree = Tree::urlencoded(parts.uri.query().unwrap_or_default().as_bytes())?;
    let mut files = Vec::new();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(ParamsAndFiles { tree, files });
    }
    match content_type(&parts.headers).as_deref() {
        Some("multipart/form-data") => {
            let read = multipart::read(&parts.headers, body).await?;
            tree.overlay(read.0);
            files = read.1;
        }
        kind => {
            let bytes = collect(body, MAX_BODY).await?;
            match kind {
                Some("application/json") => tree.overlay(Tree::json(&bytes)?),
                Some("application/x-www-form-urlencoded") => tree.overlay(Tree::urlencoded(&bytes)?),
                // Clients that send no body still name all kinds of types.
                _ if bytes.is_empty() => {}
                _ => return Err(Problem::unsupported_media_type()),
            }
        }
    }
    Ok(ParamsAndFiles { tree, files })
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit)),
        Err(_) => Err(Problem::bad_request("The body could not be read")),
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(kind).filter(|kind| !kind.is_empty())
}

fn input(parts: &Parts) -> Result<Arc<ParamsAndFiles>, Problem> {
    match parts.extensions.get::<ParsedParams>() {
        Some(ParsedParams(said)) => said.clone(),
        // Outside the middleware only the query is available.
        None => {
            let tree = Tree::urlencoded(parts.uri.query().unwrap_or_default().as_bytes())?;
            Ok(Arc::new(ParamsAndFiles { tree, files: Vec::new() }))
        }
    }
}

/// Returns one plain parameter, if the parameters could be read.
pub fn find(parts: &Parts, name: &str) -> Option<String> {
    input(parts).ok()?.tree.text(name).map(str::to_owned)
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let said = input(parts)?;
        Ok(Self(T::deserialize(said.tree.node())?))
    }
}

impl<S: Sync> FromRequestParts<S> for Files {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(input(parts)?.files.clone()))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::any;
    use tower::ServiceExt as _;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Sample {
        a: Option<String>,
        n: Option<i64>,
        list: Vec<String>,
    }

    async fn show(Params(sample): Params<Sample>, Files(files): Files) -> String {
        format!("{:?} {:?} {:?} {}", sample.a, sample.n, sample.list, files.len())
    }

    async fn ask(request: axum::http::request::Builder, body: impl Into<Body>) -> (u16, String) {
        let app = Router::new().route("/", any(show)).layer(axum::middleware::from_fn(read));
        let response = app.oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn post(kind: &str) -> axum::http::request::Builder {
        axum::http::Request::post("/?n=1&list[]=q").header("content-type", kind)
    }

    #[tokio::test]
    async fn every_kind_of_body_says_the_same() {
        let expected = r#"Some("x") Some(1) ["q"] 0"#.to_owned();
        assert_eq!(
            ask(post("application/json; charset=utf-8"), r#"{"a": "x"}"#).await,
            (200, expected.clone())
        );
        assert_eq!(ask(post("application/x-www-form-urlencoded"), "a=x").await, (200, expected.clone()));
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n";
        assert_eq!(ask(post("multipart/form-data; boundary=b"), multipart).await, (200, expected));
        let query = axum::http::Request::delete("/?a=x&n=1&list=q");
        assert_eq!(ask(query, Body::empty()).await.0, 200);
    }

    #[tokio::test]
    async fn files_are_kept_aside() {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nbytes\r\n--b--\r\n";
        assert_eq!(ask(post("multipart/form-data; boundary=b"), body).await.1, r#"None Some(1) ["q"] 1"#);
    }

    #[tokio::test]
    async fn unreadable_bodies_answer_with_their_status() {
        let big = "a=".to_owned() + &"x".repeat(MAX_BODY + 1);
        assert_eq!(ask(post("application/x-www-form-urlencoded"), big.clone()).await.0, 413);
        assert_eq!(ask(post("application/json"), big.clone()).await.0, 413);
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        assert_eq!(
            ask(post("multipart/form-data; boundary=b"), format!("{part}{big}\r\n--b--\r\n")).await.0,
            413
        );
        assert_eq!(ask(post("multipart/form-data; boundary=b"), format!("{part}cut off")).await.0, 400);
        assert_eq!(ask(post("multipart/form-data"), "x").await.0, 400);
        assert_eq!(ask(post("text/plain"), "x").await.0, 415);
        assert_eq!(ask(post("text/plain"), "").await.0, 200);
        assert_eq!(ask(post("application/json"), "{").await.0, 400);
        assert_eq!(ask(post("application/json"), r#"{"n": "x"}"#).await.0, 422);
    }
}
