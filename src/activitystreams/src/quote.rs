//! Quotes on the wire (FEP-044f): quoted objects, quote policies, QuoteRequests and QuoteAuthorizations.

use serde_json::{Value, json};

use super::value::{self, Object};
use super::{PUBLIC, activity, addressing};
use portico_domain::model::quote::Stamp;
use portico_domain::model::quote::{Quote, QuoteAudience, QuotePolicy, QuoteState, RemoteQuote};
use portico_domain::model::urls::Urls;
use portico_domain::model::urls::same_origin;
use portico_domain::model::view::StatusView;
use portico_domain::model::{Reach, StatusId};

/// The type of a QuoteAuthorization.
const STAMP: &str = "QuoteAuthorization";
/// The property names of a quoted object, in order of precedence.
const NAMES: [&str; 4] = ["quote", "_misskey_quote", "quoteUrl", "quoteUri"];
/// The part of a local QuoteRequest's id between the actor id and the status id.
const QUESTION: &str = "#quote_requests/";
/// Maximum number of entries read of a policy.
const MOST_ENTRIES: usize = 50;

/// Reads the object that a note quotes.
pub fn read(object: &Object) -> Option<RemoteQuote> {
    let own = value::id(object);
    let named = NAMES.iter().find_map(|name| value::first_reference(object, name));
    let uri = named.or_else(|| linked(object)).filter(|uri| value::is_web(uri) && Some(*uri) != own)?;
    let stamp = value::first_reference(object, "quoteAuthorization").filter(|stamp| value::is_web(stamp));
    Some(RemoteQuote { uri: uri.to_owned(), stamp: stamp.map(str::to_owned) })
}

/// Returns the target of a link tag that marks a quote (FEP-e232).
fn linked(object: &Object) -> Option<&str> {
    let is_quote = |link: &&&Object| {
        let rel = value::references(link, "rel");
        value::is_a(link, "Link") && rel.iter().any(|rel| rel.ends_with("_misskey_quote"))
    };
    let tags = value::objects(object, "tag");
    tags.iter().find(is_quote).and_then(|link| value::first_reference(link, "href"))
}

/// A note's quote policy as written, with unresolved ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestedQuotePolicy {
    automatic: Vec<String>,
    manual: Vec<String>,
}

/// Reads a note's quote policy.
pub fn read_policy(object: &Object) -> RequestedQuotePolicy {
    let policy = object.get("interactionPolicy").and_then(|policy| policy.get("canQuote"));
    let Some(policy) = policy.and_then(Value::as_object) else { return RequestedQuotePolicy::default() };
    // Interop(GoToSocial 0.19): older property names.
    let entries = |new: &str, old: &str| {
        let found = value::references(policy, if policy.contains_key(new) { new } else { old });
        found.into_iter().take(MOST_ENTRIES).collect()
    };
    RequestedQuotePolicy {
        automatic: entries("automaticApproval", "always"),
        manual: entries("manualApproval", "approvalRequired"),
    }
}

impl RequestedQuotePolicy {
    /// Resolves the policy for an author with this actor id and followers collection.
    pub fn by(&self, author: &str, followers: Option<&str>) -> QuotePolicy {
        let circle = |ids: &[String]| {
            let own = |id: &String| addressing::is_own_audience(id, author);
            if ids.iter().any(|id| addressing::is_public(id) || own(id)) {
                QuoteAudience::Public
            } else if ids.iter().any(|id| followers == Some(id)) {
                QuoteAudience::Followers
            } else if ids.iter().any(|id| id != author) {
                QuoteAudience::Others
            } else {
                QuoteAudience::Nobody
            }
        };
        QuotePolicy { automatic: circle(&self.automatic), manual: circle(&self.manual) }
    }
}

/// Returns the quote to publish: pending or accepted, not rejected or revoked.
pub fn shared_quote(view: &StatusView) -> Option<&Quote> {
    let quote = view.quote.as_ref().map(|quote| &quote.quote);
    quote.filter(|quote| matches!(quote.state, QuoteState::Pending | QuoteState::Accepted))
}

/// Returns the content to publish: for a quote, preceded by a link line for servers without quotes.
pub fn content(view: &StatusView) -> String {
    let text = &view.status.content;
    match shared_quote(view) {
        Some(quote) => {
            let page = quote.quoted_url.as_deref().unwrap_or(&quote.quoted_uri);
            format!("{}{text}", portico_html::quote_line(page))
        }
        None => text.clone(),
    }
}

/// Writes a status's quote and quote policy into its note.
pub fn put_on(note: &mut Object, view: &StatusView, followers: &str, urls: &Urls) {
    if let Some(quote) = shared_quote(view) {
        for name in ["quote", "quoteUri", "_misskey_quote"] {
            note.insert(name.to_owned(), json!(quote.quoted_uri));
        }
        if let Some(stamp) = &quote.stamp {
            note.insert("quoteAuthorization".to_owned(), json!(stamp));
        }
    }
    let (status, author) = (&view.status, &view.account);
    let automatic = match (status.quote_policy.automatic, status.reach) {
        // A post that stays inside the company or its partners is never addressed to as:Public, not even
        // here.
        (QuoteAudience::Public, Reach::Company) => urls.company_audience(),
        (QuoteAudience::Public, Reach::Partners) => match &status.partner {
            Some(partner) => urls.partner_audience(&partner.domain),
            None => urls.partners_audience(),
        },
        (QuoteAudience::Public, Reach::Public) => PUBLIC.to_owned(),
        (QuoteAudience::Followers, _) => followers.to_owned(),
        // An empty list would be read as no policy.
        _ => author.uri.clone(),
    };
    let policy = json!({ "canQuote": { "automaticApproval": [automatic] } });
    note.insert("interactionPolicy".to_owned(), policy);
}

/// Returns the id of the QuoteRequest for a local status.
pub fn question_id(author: &str, status: StatusId) -> String {
    format!("{author}{QUESTION}{status}")
}

/// Returns the status of a local QuoteRequest.
pub fn asked_by(question: &str, origin: &str) -> Option<StatusId> {
    let (author, status) = question.rsplit_once(QUESTION)?;
    if same_origin(author, origin) { status.parse().ok() } else { None }
}

/// Writes a QuoteRequest without context and addressing; `instrument` is the quoting post, embedded or its
/// id.
pub fn question(id: &str, actor: &str, quoted: &str, instrument: Value) -> Object {
    let mut question = activity::bare(activity::Kind::QuoteRequest, id, actor, json!(quoted));
    question.insert("instrument".to_owned(), instrument);
    question
}

/// Returns the quoting post of a QuoteRequest: an id or an object.
pub fn instrument(document: &Object) -> Option<&Value> {
    value::list(document, "instrument").into_iter().next()
}

/// Writes a QuoteAuthorization without context.
pub fn stamp(stamp: &Stamp) -> Value {
    json!({
        "id": stamp.uri, "type": STAMP, "attributedTo": stamp.author,
        "interactingObject": stamp.quoting, "interactionTarget": stamp.quoted,
    })
}

/// Whether an object is exactly this QuoteAuthorization.
pub fn is_stamp(object: &Object, stamp: &Stamp) -> bool {
    let says = |name: &str, what: &str| value::references(object, name) == [what];
    value::is_a(object, STAMP)
        && value::id(object) == Some(&stamp.uri)
        && says("attributedTo", &stamp.author)
        && says("interactingObject", &stamp.quoting)
        && says("interactionTarget", &stamp.quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn uri(value: Value) -> Option<String> {
        read(&object(value)).map(|quote| quote.uri)
    }

    #[test]
    fn quotes_are_read_under_every_name() {
        let (a, b) = ("https://a.example/1", "https://b.example/2");
        for name in NAMES {
            assert_eq!(uri(json!({ "id": b, name: a })).as_deref(), Some(a), "{name}");
        }
        assert_eq!(uri(json!({ "id": b, "quoteUri": b, "quote": { "id": a } })).as_deref(), Some(a));
        let link = json!({ "type": "Link", "href": a, "rel": "https://misskey-hub.net/ns#_misskey_quote" });
        assert_eq!(
            uri(json!({ "id": b, "tag": [{ "type": "Mention", "href": b }, link] })).as_deref(),
            Some(a)
        );
        for none in
            [json!({ "id": b }), json!({ "id": b, "quote": b }), json!({ "id": b, "quote": "javascript:1" })]
        {
            assert_eq!(uri(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn a_quote_policy_is_read_from_the_actors_it_names() {
        let by = |note: Value| {
            let (ann, followers) = ("https://a.example/users/ann", "https://a.example/users/ann/followers");
            read_policy(&object(note)).by(ann, Some(followers))
        };
        let policy = |automatic: Value| {
            let note = json!({ "interactionPolicy": { "canQuote": { "automaticApproval": automatic } } });
            by(note).automatic
        };
        assert_eq!(policy(json!([PUBLIC])), QuoteAudience::Public);
        assert_eq!(policy(json!("https://a.example/users/ann/followers")), QuoteAudience::Followers);
        assert_eq!(policy(json!("https://a.example/collections/company")), QuoteAudience::Public);
        assert_eq!(policy(json!("https://b.example/collections/company")), QuoteAudience::Others);
        assert_eq!(policy(json!(["https://a.example/users/ann"])), QuoteAudience::Nobody);
        assert_eq!(policy(json!([])), QuoteAudience::Nobody);
        assert_eq!(by(json!({})), QuotePolicy::default());
        let old = json!({ "interactionPolicy": { "canQuote": { "approvalRequired": "as:Public" } } });
        assert_eq!(by(old).manual, QuoteAudience::Public);
    }

    #[test]
    fn a_stamp_names_all_or_nothing() {
        let expected = Stamp {
            uri: "https://a.example/s/1".into(),
            author: "https://a.example/users/ann".into(),
            quoting: "https://b.example/n/2".into(),
            quoted: "https://a.example/n/1".into(),
        };
        let good = object(stamp(&expected));
        assert!(is_stamp(&good, &expected));
        for name in ["id", "type", "attributedTo", "interactingObject", "interactionTarget"] {
            for wrong in [
                json!("https://c.example/x"),
                json!(null),
                json!(["https://a.example/n/1", "https://c.example/x"]),
            ] {
                let mut bad = good.clone();
                bad.insert(name.to_owned(), wrong.clone());
                assert!(!is_stamp(&bad, &expected), "{name} {wrong}");
            }
        }
    }

    #[test]
    fn questions_of_ours_are_known_again() {
        let origin = "https://here.example";
        let id = question_id("https://here.example/users/alice", StatusId(7));
        assert_eq!(asked_by(&id, origin), Some(StatusId(7)));
        assert_eq!(asked_by(&id, "https://there.example"), None);
        assert_eq!(asked_by("https://here.example/users/alice#follows/7", origin), None);
    }
}
