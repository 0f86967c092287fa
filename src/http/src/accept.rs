//! The Accept header: the weights of ActivityStreams documents and of HTML pages.

use http::{HeaderMap, header};

/// The weights that a request gives to the two representations of a resource, from 0 (not named, or refused)
/// to 1000. The caller decides what a tie means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AcceptWeights {
    /// The weight of ActivityStreams documents.
    pub activity: u32,
    /// The weight of HTML pages.
    pub html: u32,
}

impl AcceptWeights {
    /// Reads all Accept headers of a request. Wildcards name neither representation.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut weights = Self::default();
        let lists = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        for range in lists.flat_map(|list| list.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|parameter| parameter.strip_prefix("q=")?.parse::<f32>().ok())
                .map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0).round() as u32);
            match kind.as_str() {
                "application/activity+json" | "application/ld+json" => {
                    weights.activity = weights.activity.max(weight);
                }
                "text/html" | "application/xhtml+xml" => weights.html = weights.html.max(weight),
                _ => {}
            }
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(lines: &[&str]) -> (u32, u32) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT, line.parse().unwrap());
        }
        let found = AcceptWeights::from_headers(&headers);
        (found.activity, found.html)
    }

    #[test]
    fn weights_are_read_from_all_lines() {
        assert_eq!(weights(&[]), (0, 0));
        assert_eq!(weights(&["*/*, application/json"]), (0, 0));
        assert_eq!(weights(&["text/html", "application/activity+json;q=0.5"]), (500, 1000));
        let profile = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams"; q=0.25"#;
        assert_eq!(weights(&[profile]), (250, 0));
        assert_eq!(weights(&["Application/XHTML+XML;q=7, application/activity+json;q=-1"]), (0, 1000));
        assert_eq!(weights(&["text/html;q=x"]), (0, 1000));
    }
}
