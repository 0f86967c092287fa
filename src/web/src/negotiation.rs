//! Content negotiation between HTML pages and ActivityStreams documents, which have separate addresses.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use portico_http::accept::AcceptWeights;

/// Characters to encode in a path segment: all but those allowed in user names.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_');

/// Whether a request prefers an ActivityStreams document to a page. Browsers, and programs without a
/// preference, get the page.
pub(super) fn wants_activity(headers: &HeaderMap) -> bool {
    let weights = AcceptWeights::from_headers(headers);
    weights.activity > weights.html
}

/// Encodes a path segment, which may contain any characters.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Adds a `Link` header to the ActivityStreams document of a page.
pub(super) fn point_to(response: &mut Response, document: &str) {
    let link = format!("<{document}>; rel=\"alternate\"; type=\"application/activity+json\"");
    if let Ok(link) = HeaderValue::from_str(&link) {
        response.headers_mut().append(header::LINK, link);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_documents_and_people_get_pages() {
        let ask = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("accept", accept.parse().unwrap());
            wants_activity(&headers)
        };
        for document in [
            "application/activity+json",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            "application/activity+json, text/html;q=0.5",
            "text/html;q=0.1, application/ld+json",
        ] {
            assert!(ask(document), "{document}");
        }
        for page in ["", "*/*", "text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"]
        {
            assert!(!ask(page), "{page}");
        }
        assert!(!wants_activity(&HeaderMap::new()));
    }

    #[test]
    fn names_cannot_leave_their_segment() {
        assert_eq!(segment("alice_2"), "alice_2");
        assert_eq!(segment("a/../b?c#d\r\n"), "a%2F%2E%2E%2Fb%3Fc%23d%0D%0A");
    }
}
