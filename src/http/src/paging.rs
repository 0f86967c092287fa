//! Pagination: parses the cursors of a request, and builds the Link header.
//!
//! The Link header is absolute, from the configured origin, and keeps all other query parameters. A link is
//! omitted where no page follows: a `next` that repeats itself makes clients loop.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;

use super::params::Params;
use super::problem::Problem;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::urls::Urls;

/// The cursors of a request, with `DEFAULT` items a page unless requested otherwise, and at most `MAX`.
#[derive(Debug, Clone)]
pub struct Paging<const DEFAULT: i64, const MAX: i64> {
    /// The requested page.
    pub request: PageRequest,
    path: String,
    kept: Vec<String>,
}

/// Pages of statuses: 20, at most 40.
pub type StatusPaging = Paging<20, 40>;
/// Pages of accounts and of notifications: 40, at most 80.
pub type AccountPaging = Paging<40, 80>;

/// The cursor that the `prev` link uses to lead to newer items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// The page directly after this one (statuses, notifications).
    MinId,
    /// The newest page (lists of accounts).
    SinceId,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cursors {
    max_id: Option<String>,
    since_id: Option<String>,
    min_id: Option<String>,
    limit: Option<String>,
}

impl<const DEFAULT: i64, const MAX: i64> Paging<DEFAULT, MAX> {
    fn read(cursors: &Cursors, path: &str, query: &str) -> Result<Self, Problem> {
        let request = PageRequest {
            max_id: cursor("max_id", cursors.max_id.as_deref())?,
            since_id: cursor("since_id", cursors.since_id.as_deref())?,
            min_id: cursor("min_id", cursors.min_id.as_deref())?,
            limit: limit_of(cursors.limit.as_deref(), DEFAULT, MAX)?,
        };
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_own(pair)).map(str::to_owned);
        Ok(Self { request, path: path.to_owned(), kept: kept.collect() })
    }

    /// The Link header of a page.
    pub fn links<T>(&self, urls: &Urls, page: &Page<T>, newer: Newer) -> HeaderMap {
        let mut links = Vec::new();
        if let Some(oldest) = page.oldest.filter(|_| page.full) {
            links.push(format!("<{}>; rel=\"next\"", self.url(urls, "max_id", oldest)));
        }
        if let Some(newest) = page.newest {
            let cursor = match newer {
                Newer::MinId => "min_id",
                Newer::SinceId => "since_id",
            };
            links.push(format!("<{}>; rel=\"prev\"", self.url(urls, cursor, newest)));
        }
        let mut headers = HeaderMap::new();
        if !links.is_empty()
            && let Ok(value) = HeaderValue::from_str(&links.join(", "))
        {
            headers.insert(header::LINK, value);
        }
        headers
    }

    fn url(&self, urls: &Urls, cursor: &str, id: i64) -> String {
        let mut query = self.kept.join("&");
        if !query.is_empty() {
            query.push('&');
        }
        urls.at(&format!("{}?{query}{cursor}={id}", self.path))
    }
}

/// Whether this pair of the query is a cursor, or a secret that no response may repeat.
fn is_own(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    matches!(name, "max_id" | "since_id" | "min_id" | "access_token")
}

fn cursor(name: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let plain = text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(id) if plain => Ok(Some(id)),
        _ => Err(Problem::bad_request(format!("{name} is not an id"))),
    }
}

/// Parses a limit and clamps it to between one and the maximum.
///
/// # Errors
/// 400 if it is not a number.
pub fn limit_of(text: Option<&str>, default: i64, max: i64) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(default) };
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::bad_request("limit is not a number"));
    }
    let beyond = if text.starts_with('-') { 1 } else { max };
    Ok(text.parse().unwrap_or(beyond).clamp(1, max))
}

impl<S: Send + Sync, const DEFAULT: i64, const MAX: i64> FromRequestParts<S> for Paging<DEFAULT, MAX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Params(cursors) = Params::<Cursors>::from_request_parts(parts, state).await?;
        let original = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Self::read(&cursors, original.path(), parts.uri.query().unwrap_or_default())
    }
}

/// A page of a list that has no ids to use as cursors: `offset` and `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset<const DEFAULT: i64, const MAX: i64> {
    /// The number of items to skip.
    pub offset: i64,
    /// The most items to return.
    pub limit: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Counts {
    offset: Option<String>,
    limit: Option<String>,
}

impl<S: Send + Sync, const DEFAULT: i64, const MAX: i64> FromRequestParts<S> for Offset<DEFAULT, MAX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Params(counts) = Params::<Counts>::from_request_parts(parts, state).await?;
        let offset = cursor("offset", counts.offset.as_deref())?.unwrap_or(0);
        Ok(Self { offset, limit: limit_of(counts.limit.as_deref(), DEFAULT, MAX)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Result<StatusPaging, Problem> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let cursors = Cursors {
            max_id: find("max_id"),
            since_id: find("since_id"),
            min_id: find("min_id"),
            limit: find("limit"),
        };
        StatusPaging::read(&cursors, "/api/v1/timelines/home", query)
    }

    fn link(query: &str, ids: &[i64]) -> Option<String> {
        let paging = read(query).unwrap();
        let page = Page::from_rows(&paging.request, ids.iter().map(|id| (*id, ())).collect());
        let urls = Urls::new("portico.example", false);
        let headers = paging.links(&urls, &page, Newer::MinId);
        headers.get("link").map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_full_page_leads_both_ways_and_keeps_the_question() {
        assert_eq!(
            link("limit=2&types[]=mention&max_id=9&access_token=secret", &[8, 7]).unwrap(),
            "<https://portico.example/api/v1/timelines/home?limit=2&types[]=mention&max_id=7>; rel=\"next\", \
             <https://portico.example/api/v1/timelines/home?limit=2&types[]=mention&min_id=8>; rel=\"prev\""
        );
    }

    #[test]
    fn a_short_page_has_no_next_and_an_empty_one_no_links() {
        assert!(!link("limit=3", &[8, 7]).unwrap().contains("next"));
        assert_eq!(link("", &[]), None);
    }

    #[test]
    fn limits_are_clamped() {
        for (query, limit) in [
            ("", 20),
            ("limit=5", 5),
            ("limit=500", 40),
            ("limit=0", 1),
            ("limit=-4", 1),
            ("limit=99999999999999999999999", 40),
        ] {
            assert_eq!(read(query).unwrap().request.limit, limit, "{query}");
        }
    }

    #[test]
    fn bad_cursors_are_the_clients_fault() {
        for query in ["max_id=x", "since_id=-1", "min_id=99999999999999999999", "limit=many", "limit=-"] {
            assert_eq!(read(query).unwrap_err().status(), 400, "{query}");
        }
    }

    proptest! {
        #[test]
        fn any_cursor_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = cursor("max_id", Some(&text));
            let _ = limit_of(Some(&text), 20, 40);
        }
    }
}
