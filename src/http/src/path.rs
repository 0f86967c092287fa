//! Paths: typed segments, and paths that end in a slash.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The variable segments of a path. A segment of the wrong form (a malformed id, text that no database
/// accepts) answers 404, never 400.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found());
        }
        let found = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        found.map(|axum::extract::Path(value)| Self(value)).map_err(|_| Problem::not_found())
    }
}

/// Removes slashes from the end of the path. A redirect would suffice for browsers, but loses the body of a
/// client's POST.
pub fn without_trailing_slash<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    if let Some(uri) = trimmed(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path().trim_end_matches('/');
    if path.len() == uri.path().len() || path.is_empty() {
        return None;
    }
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use portico_domain::model::StatusId;

    #[test]
    fn slashes_go_and_queries_stay() {
        for (before, after) in [("/a/", "/a"), ("/a//?q=/", "/a?q=/"), ("/", "/"), ("//", "//"), ("/a", "/a")]
        {
            let request = Request::get(before).body(Body::empty()).unwrap();
            assert_eq!(without_trailing_slash(request).uri(), after, "{before}");
        }
    }

    #[tokio::test]
    async fn invalid_ids_are_not_found() {
        let app = Router::new()
            .route("/s/{id}", get(async |Path(id): Path<StatusId>| id.to_string()))
            .route("/t/{name}", get(async |Path(name): Path<String>| name));
        for (path, status) in [
            ("/s/42", 200),
            ("/s/x", 404),
            ("/s/-1", 404),
            ("/t/%00", 404),
            ("/t/%ff", 404),
            ("/t/%C3%BC", 200),
        ] {
            let response =
                app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}");
        }
    }
}
