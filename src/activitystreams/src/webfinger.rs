//! Reads the answer to a WebFinger request: a JRD document (RFC 7033).

use serde_json::Value;

use crate::error::{Malformed, Result};
use crate::value;
use portico_domain::model::content_type::is_activity_json;

/// The handle and the actor id in a JRD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jrd {
    /// User name of the handle, as its host writes it.
    pub username: String,
    /// Host of the handle, in lower case.
    pub host: String,
    /// The actor id.
    pub actor: String,
}

/// Reads a JRD: its subject must be a handle, and its `self` link of an ActivityStreams type is the actor id.
///
/// # Errors
/// [`Malformed`] for a document without such a subject or link.
pub fn read(document: &Value) -> Result<Jrd> {
    let malformed = || Malformed::new("the WebFinger response has no subject or actor");
    let document = document.as_object().ok_or_else(malformed)?;
    let subject = value::text(document, "subject").and_then(|subject| subject.strip_prefix("acct:"));
    let (username, host) = subject
        .map(|subject| subject.strip_prefix('@').unwrap_or(subject))
        .and_then(|subject| subject.split_once('@'))
        .ok_or_else(malformed)?;
    let actor = value::objects(document, "links")
        .into_iter()
        .filter(|link| value::text(link, "rel") == Some("self"))
        .filter(|link| value::text(link, "type").is_some_and(is_activity_json))
        .find_map(|link| value::text(link, "href"))
        .ok_or_else(malformed)?;
    Ok(Jrd { username: username.to_owned(), host: host.to_lowercase(), actor: actor.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn webfinger_answers_need_subject_and_actor() {
        let link = json!({"rel": "self", "type": "application/activity+json", "href": "https://a.example/users/ann"});
        let good = json!({"subject": "acct:ann@A.example", "links": [{"rel": "x"}, link]});
        let jrd = read(&good).unwrap();
        assert_eq!((jrd.username.as_str(), jrd.host.as_str()), ("ann", "a.example"));
        for bad in [
            json!([]),
            json!({"links": [link]}),
            json!({"subject": "https://a.example/users/ann", "links": [link]}),
            json!({"subject": "acct:ann", "links": [link]}),
            json!({"subject": "acct:ann@a.example"}),
            json!({"subject": "acct:ann@a.example", "links": [{"rel": "self", "type": "text/html", "href": "https://a.example/"}]}),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
