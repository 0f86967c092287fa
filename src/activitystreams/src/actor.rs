//! Actor documents: parses remote ones into [`RemoteActor`], and writes local ones.

use activitypub_federation::protocol::public_key::PublicKey;
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::Url;

use super::addressing;
use super::emoji;
use super::person;
use super::value::{self, Object};
use super::{actor_context, with_context};
use crate::error::{Malformed, Result};
use portico_domain::model::account::{Account, ActorKind, Endpoints, Field, RemoteActor, RemoteKey};
use portico_domain::model::exposure::Exposure;
use portico_domain::model::group::{GroupAudience, GroupVisibility};
use portico_domain::model::keys::OwnKeys;
use portico_domain::model::profile::Attribute;
use portico_domain::model::urls::Urls;
use portico_domain::model::urls::{host_of, same_origin};
use portico_domain::model::{Reach, Timestamp};
use portico_http_signatures::keys::{multikey_of_pem, pem_of_multikey};

const LONGEST_USERNAME: usize = 128;
/// Maximum length of a generated username; it stays short enough to type.
const LONGEST_MADE_UP: usize = 40;
const LONGEST_NAME: usize = 500;
const LONGEST_NOTE: usize = 100_000;
const LONGEST_FIELD: usize = 2047;
const MOST_FIELDS: usize = 16;
const MOST_KEYS: usize = 8;
/// Maximum number of replaced keys that an actor document still lists.
const MOST_RETIRED: usize = 6;
const MOST_ALIASES: usize = 20;

/// Returns the kind of actor that a document describes; `None` if it is not an actor.
pub fn kind(document: &Object) -> Option<ActorKind> {
    value::types(document).into_iter().find_map(|name| name.parse().ok())
}

/// Parses an actor document that was fetched from its own id, or embedded by its own origin.
///
/// Its inboxes and collections must have its own origin, and its keys must name it as owner: otherwise one
/// server could act for another's accounts.
pub fn read(document: &Object) -> Result<RemoteActor> {
    let kind = kind(document).ok_or_else(|| Malformed::new("the document is not an actor"))?;
    let uri = value::id(document).ok_or_else(|| Malformed::new("the actor has no id"))?;
    let url = url::Url::parse(uri).map_err(|_| Malformed::new("the actor's id is not a URL"))?;
    let domain = host_of(&url);
    let own = |name: &str| {
        value::first_reference(document, name).filter(|it| same_origin(it, uri)).map(str::to_owned)
    };
    let inbox = own("inbox").ok_or_else(|| Malformed::new("the actor has no inbox of its own origin"))?;
    let shared_inbox = value::objects(document, "endpoints")
        .into_iter()
        .find_map(|endpoints| value::first_reference(endpoints, "sharedInbox"))
        .filter(|shared| same_origin(shared, uri))
        .map(str::to_owned);
    let username = username(document, kind, &url, &domain)?;
    let display_name = value::text_or_map(document, "name").map_or("", |(name, _)| name);
    let (own_rows, repeated_rows) = person::apart(fields(document));
    Ok(RemoteActor {
        uri: uri.to_owned(),
        username,
        domain,
        url: value::page(document),
        kind,
        display_name: portico_html::clean_line(&portico_html::plain_text(display_name), LONGEST_NAME),
        note: portico_html::sanitise_html(&value::cut(
            value::text_or_map(document, "summary").map_or("", |(note, _)| note),
            LONGEST_NOTE,
        )),
        fields: own_rows,
        repeated_rows,
        attributes: person::read(document),
        avatar_url: picture(document, "icon"),
        header_url: picture(document, "image"),
        locked: value::boolean(document, "manuallyApprovesFollowers").unwrap_or(false),
        discoverable: value::boolean(document, "discoverable"),
        indexable: value::boolean(document, "indexable").unwrap_or(false),
        group_audience: match kind {
            ActorKind::Group => addressing::group_audience(document, uri, own("followers").as_deref()),
            _ => GroupAudience::Everybody,
        },
        endpoints: Endpoints {
            inbox,
            shared_inbox,
            outbox: own("outbox"),
            followers: own("followers"),
            following: own("following"),
            featured: own("featured"),
        },
        keys: keys(document, uri),
        published: value::moment(document, "published"),
        suspended: value::boolean(document, "suspended").unwrap_or(false),
        emojis: emoji::read(document),
        also_known_as: actor_ids(document, "alsoKnownAs").take(MOST_ALIASES).collect(),
        moved_to: actor_ids(document, "movedTo").find(|new| new != uri),
    })
}

/// Returns the ids of the actors that a property refers to, if they are web addresses.
fn actor_ids(document: &Object, name: &str) -> impl Iterator<Item = String> {
    value::references(document, name).into_iter().filter(|id| value::is_web(id))
}

/// Returns the username. A server's own actor may omit it (FEP-03c1), and other actors do too.
fn username(document: &Object, kind: ActorKind, id: &url::Url, domain: &str) -> Result<String> {
    let name = match value::text(document, "preferredUsername") {
        Some(name) => name.to_owned(),
        None if kind == ActorKind::Application => domain.to_owned(),
        None if document.get("preferredUsername").is_none_or(Value::is_null) => nameless(id),
        None => return Err(Malformed::new("preferredUsername is not a string")),
    };
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | ':');
    if name.is_empty() || name.len() > LONGEST_USERNAME || !name.chars().all(good) {
        return Err(Malformed::new("preferredUsername is not a valid username"));
    }
    Ok(name)
}

/// Generates a username for an actor without one, from the path of its id. The leading dash keeps it apart
/// from chosen names on its host, and the hash suffix from ids with the same readable part.
// Interop(Fediverse Pasture): actors without a WebFinger name are valid actors (FEP-a974).
fn nameless(id: &url::Url) -> String {
    let place = id.as_str().get(id.origin().ascii_serialization().len()..).unwrap_or_default();
    let words = place.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    let whole: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if format!("/{}", whole.join("/")) == place && place.len() <= LONGEST_MADE_UP {
        return format!("-{}", whole.join("."));
    }
    let start: String = whole.join(".").chars().take(LONGEST_MADE_UP).collect();
    let hash = digest(&SHA256, id.as_str().as_bytes());
    let end: String = hash.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("-{start}-{end}")
}

/// Returns the keys that an actor lists as its own: in PEM, and as Multikeys (FEP-521a).
fn keys(document: &Object, uri: &str) -> Vec<RemoteKey> {
    let listed = |list: &str, owner: &'static str| {
        let own = value::objects(document, list).into_iter();
        own.filter(move |key| value::first_reference(key, owner) == Some(uri)).take(MOST_KEYS)
    };
    let named = |key: &Object, public_pem: String| {
        let id = value::id(key).filter(|id| same_origin(id, uri))?;
        let ends = ["expires", "revoked"].iter().filter(|name| key.contains_key(**name));
        // An unreadable expiry counts as expired.
        let end = ends.map(|name| value::moment(key, name).unwrap_or(Timestamp::from_millis(0))).min();
        Some(RemoteKey { uri: id.to_owned(), public_pem, expires_at: end })
    };
    let in_pem = listed("publicKey", "owner")
        .filter_map(|key| named(key, value::text(key, "publicKeyPem")?.to_owned()));
    let multikeys = listed("assertionMethod", "controller")
        .filter(|key| value::is_a(key, "Multikey"))
        .filter_map(|key| named(key, pem_of_multikey(value::text(key, "publicKeyMultibase")?).ok()?));
    let mut found: Vec<RemoteKey> = Vec::new();
    for key in in_pem.chain(multikeys) {
        if found.iter().all(|known| known.uri != key.uri) {
            found.push(key);
        }
    }
    found
}

fn fields(document: &Object) -> Vec<(Option<Attribute>, Field)> {
    value::objects(document, "attachment")
        .into_iter()
        .filter(|entry| value::is_a(entry, "PropertyValue"))
        .filter_map(|entry| {
            let name = portico_html::clean_line(
                &portico_html::plain_text(value::text(entry, "name")?),
                LONGEST_FIELD,
            );
            let content =
                portico_html::sanitise_html(&value::cut(value::text(entry, "value")?, LONGEST_FIELD));
            Some((person::row_of(entry), Field { name, value: content }))
        })
        .take(MOST_FIELDS)
        .collect()
}

fn picture(document: &Object, name: &str) -> Option<String> {
    value::list(document, name).into_iter().find_map(value::address).map(str::to_owned)
}

/// Returns the URL of the hashtags featured on a local account's profile.
pub fn featured_tags(uri: &str) -> String {
    format!("{uri}/collections/tags")
}

/// Writes the document of a local account: the full profile, or the stub needed for signatures and
/// deliveries. `group` is the visibility of its posts if the account is a group.
pub fn write(
    account: &Account,
    group: Option<GroupVisibility>,
    keys: &OwnKeys,
    exposure: Exposure,
    urls: &Urls,
) -> Value {
    let mut document = stub(account, keys, urls);
    if exposure == Exposure::Full {
        profile(account, &mut document);
        let audience = group.and_then(|visibility| audience_of(visibility, account, urls));
        if let Some(audience) = audience {
            document.insert("audience".to_owned(), json!(audience));
        }
    }
    Value::Object(with_context(document, actor_context()))
}

fn stub(account: &Account, keys: &OwnKeys, urls: &Urls) -> Object {
    let uri = &account.uri;
    let public_key = Url::parse(uri).ok().map(|owner| PublicKey {
        id: keys.http.uri.clone(),
        owner,
        public_key_pem: keys.http.public_pem.clone(),
    });
    let mut document = object(json!({
        "id": uri,
        "type": account.kind.as_str(),
        "preferredUsername": account.username,
        "inbox": account.endpoints.inbox,
        "url": account.url,
        "endpoints": { "sharedInbox": urls.shared_inbox() },
        "publicKey": public_key,
    }));
    let multikey = |id: &str, pem: &str, expires: Option<Timestamp>| {
        let key = multikey_of_pem(pem).ok()?;
        let mut key = json!({ "id": id, "type": "Multikey", "controller": uri, "publicKeyMultibase": key });
        if let (Some(key), Some(expires)) = (key.as_object_mut(), expires) {
            key.insert("expires".to_owned(), json!(expires.rfc3339()));
        }
        Some(key)
    };
    let proof = keys.proof.iter().filter_map(|proof| multikey(&proof.uri, &proof.public_pem, None));
    // Interop(Mastodon): several `publicKey` entries are not read everywhere, so replaced keys are listed
    // here.
    let retired = keys.retired.iter().filter_map(|key| multikey(&key.uri, &key.public_pem, key.expires_at));
    let multikeys: Vec<Value> = proof.chain(retired.take(MOST_RETIRED)).collect();
    if !multikeys.is_empty() {
        document.insert("assertionMethod".to_owned(), json!(multikeys));
    }
    if account.suspended_at.is_some() {
        document.insert("suspended".to_owned(), Value::Bool(true));
    }
    document.retain(|_, value| !value.is_null());
    document
}

/// Returns the audience collection of a group's posts, unless they are public.
fn audience_of(visibility: GroupVisibility, group: &Account, urls: &Urls) -> Option<String> {
    match visibility.reach() {
        Reach::Company | Reach::Instance => Some(urls.company_audience()),
        Reach::Partners => Some(urls.partners_audience()),
        Reach::Public => None,
        Reach::Group | Reach::Followers | Reach::Direct => group.endpoints.followers.clone(),
    }
}

fn profile(account: &Account, document: &mut Object) {
    let fields: Vec<Value> = account
        .fields
        .iter()
        .map(|field| json!({ "type": "PropertyValue", "name": field.name, "value": field.value }))
        .collect();
    let mut more = object(json!({
        "outbox": account.endpoints.outbox,
        "followers": account.endpoints.followers,
        "following": account.endpoints.following,
        "featured": account.endpoints.featured,
        "name": account.display_name,
        "summary": account.note,
        "manuallyApprovesFollowers": account.locked,
        "discoverable": account.discoverable.unwrap_or(false),
        "indexable": account.indexable,
        "published": account.created_at.midnight().rfc3339(),
        "attachment": fields,
        "icon": account.avatar_url.as_ref().map(|url| json!({ "type": "Image", "url": url })),
        "image": account.header_url.as_ref().map(|url| json!({ "type": "Image", "url": url })),
    }));
    if account.endpoints.featured.is_some() {
        more.insert("featuredTags".to_owned(), json!(featured_tags(&account.uri)));
    }
    if !account.also_known_as.is_empty() {
        more.insert("alsoKnownAs".to_owned(), json!(account.also_known_as));
    }
    if let Some(new) = &account.moved_to {
        more.insert("movedTo".to_owned(), json!(new));
    }
    if !account.emojis.is_empty() {
        more.insert("tag".to_owned(), Value::Array(emoji::write(&account.emojis)));
    }
    if !account.attribution_domains.is_empty() {
        more.insert("attributionDomains".to_owned(), json!(account.attribution_domains));
    }
    more.retain(|_, value| !value.is_null());
    document.append(&mut more);
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> Object {
        object(json!({
            "id": "https://a.example/users/ann", "type": ["Person", "schema:Person"], "preferredUsername": "ann",
            "name": "Ann <b>A.</b>", "summary": "<p onclick=x>hi</p><script>evil()</script>",
            "inbox": "https://a.example/users/ann/inbox", "outbox": "https://a.example/users/ann/outbox",
            "followers": "https://b.example/stolen", "following": "https://a.example/users/ann/following",
            "endpoints": {"sharedInbox": "https://b.example/inbox"},
            "publicKey": [
                {"id": "https://a.example/users/ann#main-key", "owner": "https://a.example/users/ann", "publicKeyPem": "PEM"},
                {"id": "https://a.example/users/eve#main-key", "owner": "https://a.example/users/eve", "publicKeyPem": "PEM"},
                {"id": "https://b.example/k", "owner": "https://a.example/users/ann", "publicKeyPem": "PEM"}
            ],
            "attachment": {"type": "PropertyValue", "name": "<i>Site</i>", "value": "<a href=\"https://a.example\">x</a>"},
            "icon": [{"type": "Image", "url": [{"type": "Link", "href": "https://a.example/a.png"}]}],
            "image": "javascript:alert(1)",
            "manuallyApprovesFollowers": "true"
        }))
    }

    #[test]
    fn s01_s11_only_what_is_of_its_own_origin_is_believed() {
        let actor = read(&ann()).unwrap();
        assert_eq!((actor.username.as_str(), actor.domain.as_str()), ("ann", "a.example"));
        assert_eq!(actor.endpoints.followers, None);
        assert_eq!(actor.endpoints.following.as_deref(), Some("https://a.example/users/ann/following"));
        assert_eq!(actor.endpoints.shared_inbox, None);
        assert_eq!(
            actor.keys.iter().map(|key| key.uri.as_str()).collect::<Vec<_>>(),
            ["https://a.example/users/ann#main-key"]
        );
        assert_eq!(actor.avatar_url.as_deref(), Some("https://a.example/a.png"));
        assert_eq!(actor.header_url, None);
        assert!(actor.locked && !actor.indexable);
        assert_eq!(actor.discoverable, None);
        assert_eq!(actor.fields.len(), 1);
    }

    #[test]
    fn s70_profiles_are_sanitised() {
        let actor = read(&ann()).unwrap();
        assert_eq!(actor.display_name, "Ann A.");
        assert!(!actor.note.contains("script") && !actor.note.contains("onclick"), "{}", actor.note);
        assert_eq!(actor.fields[0].name, "Site");
    }

    #[test]
    fn documents_that_describe_no_actor_are_refused() {
        for (name, value) in [
            ("type", json!("Note")),
            ("type", json!(null)),
            ("id", json!(null)),
            ("id", json!("not a url")),
            ("inbox", json!("https://b.example/inbox")),
            ("inbox", json!(null)),
            ("preferredUsername", json!(42)),
            ("preferredUsername", json!("")),
            ("preferredUsername", json!("a@b")),
            ("preferredUsername", json!("a b")),
            ("preferredUsername", json!("a\u{202e}b")),
            ("preferredUsername", json!("a".repeat(200))),
        ] {
            let mut document = ann();
            document.insert(name.to_owned(), value.clone());
            assert!(read(&document).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn a_server_actor_needs_no_name() {
        let mut document = ann();
        document.insert("type".to_owned(), json!("Application"));
        document.remove("preferredUsername");
        assert_eq!(read(&document).unwrap().username, "a.example");
    }

    #[test]
    fn an_actor_without_a_name_is_called_by_its_id_and_never_as_another() {
        let name = |id: &str| {
            let mut document = ann();
            document.insert("id".to_owned(), json!(id));
            document.insert("inbox".to_owned(), json!("https://a.example/inbox"));
            document.remove("preferredUsername");
            read(&document).unwrap().username
        };
        assert_eq!(name("https://a.example/frank"), "-frank");
        assert_eq!(name("https://a.example/users/42"), "-users.42");
        let alike = ["/?author=1", "/author/1/", "/author.1", "/author/%31", "/author?1", "/", "/author/1"];
        let long = format!("/{}", "a".repeat(300));
        let names: Vec<String> = alike
            .into_iter()
            .chain([long.as_str(), &long[..200]])
            .map(|place| name(&format!("https://a.example{place}")))
            .collect();
        let mut different = names.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| name.starts_with('-') && name.len() <= 64), "{names:?}");
    }
}
