//! Discovery endpoints: WebFinger, host-meta, NodeInfo.
//!
//! WebFinger shows as much of a person as the requester may see of the profile. NodeInfo's usage figures are
//! real only for the company's hosts; others get zeros.

use axum::extract::RawQuery;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::documents::Ask;
use super::inbox::problem;
use super::routes::Edge;
use portico_domain::model::account::Account;
use portico_domain::model::exposure::Exposure;
use portico_domain::model::urls::Urls;
use portico_http::Path;
use portico_service::instance_stats;

const ACTIVITY_JSON: &str = "application/activity+json";

fn answer(media_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
}

/// Marks a response as dependent on the requester: no shared cache may store it.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Signature, Signature-Input"));
    response
}

/// The subject of a WebFinger resource.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Resource {
    /// A local account, by name.
    Account(String),
    /// The instance actor.
    Instance,
    /// A resource of another server.
    Foreign,
}

/// Parses a resource: `acct:name@host`, an actor id, a profile page, or the instance by its origin.
fn read_resource(text: &str, urls: &Urls) -> Option<Resource> {
    if let Some(rest) = text.strip_prefix(urls.origin()) {
        let path = rest.trim_matches('/');
        return Some(match path {
            "" | "actor" => Resource::Instance,
            _ => match path.strip_prefix("users/").or_else(|| path.strip_prefix('@')) {
                Some(name) if !name.is_empty() && !name.contains('/') => Resource::Account(name.to_owned()),
                _ => Resource::Foreign,
            },
        });
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return Some(Resource::Foreign);
    }
    let handle = text.strip_prefix("acct:").unwrap_or(text);
    let (name, host) = handle.strip_prefix('@').unwrap_or(handle).rsplit_once('@')?;
    if name.is_empty() || host.is_empty() || name.contains(['@', '/']) {
        return None;
    }
    Some(match host.eq_ignore_ascii_case(urls.domain()) {
        true if name.eq_ignore_ascii_case(urls.domain()) => Resource::Instance,
        true => Resource::Account(name.to_owned()),
        false => Resource::Foreign,
    })
}

/// `GET /.well-known/webfinger` (RFC 7033).
pub(super) async fn webfinger(edge: Edge, RawQuery(query): RawQuery, ask: Ask) -> Response {
    let parameters: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let named = parameters.iter().find(|(name, _)| name == "resource");
    let urls = &edge.instance.urls;
    let Some(resource) = named.and_then(|(_, resource)| read_resource(resource.trim(), urls)) else {
        return problem(StatusCode::BAD_REQUEST, "resource must be acct:name@host or a URL of this server");
    };
    let viewer = ask.viewer(&edge).await;
    let exposure = edge.exposure_to(&viewer);
    let found = match resource {
        Resource::Account(_) if exposure == Exposure::None => Ok(None),
        Resource::Account(name) => edge.known_to(&viewer, &name).await,
        Resource::Instance => {
            let id = edge.instance.actor_id;
            edge.instance.store.read(move |reader| reader.find_account(id)).await.map_err(Into::into)
        }
        Resource::Foreign => Ok(None),
    };
    match found {
        Ok(Some(account)) if account.suspended_at.is_some() => {
            problem(StatusCode::GONE, "this account is gone")
        }
        Ok(Some(account)) => {
            let rels: Vec<&str> =
                parameters.iter().filter(|(name, _)| name == "rel").map(|(_, rel)| rel.as_str()).collect();
            let described = describe(&account, urls, exposure, &rels).to_string();
            private(answer("application/jrd+json; charset=utf-8", described))
        }
        Ok(None) => problem(StatusCode::NOT_FOUND, "no such account here"),
        Err(error) => {
            tracing::warn!(%error, "webfinger.failed");
            problem(StatusCode::SERVICE_UNAVAILABLE, "try again later")
        }
    }
}

fn describe(account: &Account, urls: &Urls, exposure: Exposure, rels: &[&str]) -> Value {
    let page = account.url.clone().unwrap_or_else(|| urls.profile(&account.username));
    let mut links = vec![
        json!({ "rel": "self", "type": ACTIVITY_JSON, "href": account.uri }),
        json!({ "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page }),
    ];
    if !account.is_instance_actor {
        let template = urls.at("/authorize_interaction?uri={uri}");
        links.push(json!({ "rel": "http://ostatus.org/schema/1.0/subscribe", "template": template }));
    }
    if let Some(avatar) = account.avatar_url.as_ref().filter(|_| exposure == Exposure::Full) {
        links.push(json!({ "rel": "http://webfinger.net/rel/avatar", "href": avatar }));
    }
    if !rels.is_empty() {
        links.retain(|link| link.get("rel").and_then(Value::as_str).is_some_and(|rel| rels.contains(&rel)));
    }
    json!({
        "subject": format!("acct:{}@{}", account.username, urls.domain()),
        "aliases": [account.uri, page],
        "links": links,
    })
}

/// `GET /.well-known/host-meta`, in XML.
pub(super) async fn host_meta(edge: Edge) -> Response {
    let template = edge.instance.urls.at("/.well-known/webfinger?resource={uri}");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\
         \n  <Link rel=\"lrdd\" template=\"{template}\"/>\n</XRD>\n"
    );
    answer("application/xrd+xml; charset=utf-8", body)
}

/// `GET /.well-known/host-meta.json`.
pub(super) async fn host_meta_json(edge: Edge) -> Response {
    let template = edge.instance.urls.at("/.well-known/webfinger?resource={uri}");
    let body = json!({ "links": [{ "rel": "lrdd", "template": template }] });
    answer("application/jrd+json; charset=utf-8", body.to_string())
}

/// `GET /.well-known/nodeinfo`: links to the NodeInfo documents and the instance actor (FEP-2677).
pub(super) async fn nodeinfo_index(edge: Edge) -> Response {
    let urls = &edge.instance.urls;
    let mut links: Vec<Value> = ["2.0", "2.1"]
        .iter()
        .map(|version| {
            let rel = format!("http://nodeinfo.diaspora.software/ns/schema/{version}");
            json!({ "rel": rel, "href": urls.at(&format!("/nodeinfo/{version}")) })
        })
        .collect();
    let application = "https://www.w3.org/ns/activitystreams#Application";
    links.push(json!({ "rel": application, "href": urls.instance_actor() }));
    answer("application/jrd+json; charset=utf-8", json!({ "links": links }).to_string())
}

/// `GET /nodeinfo/2.0` and `2.1`.
pub(super) async fn nodeinfo(edge: Edge, Path(version): Path<String>, ask: Ask) -> Response {
    let media_type = match version.as_str() {
        "2.0" => {
            r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"; charset=utf-8"#
        }
        "2.1" => {
            r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"; charset=utf-8"#
        }
        _ => return problem(StatusCode::NOT_FOUND, "unknown NodeInfo version"),
    };
    let settings = &edge.instance.settings;
    let viewer = ask.viewer(&edge).await;
    let named = edge.exposure_to(&viewer) > Exposure::None;
    let figures = match instance_stats::count(&edge.instance, &viewer).await {
        Ok(figures) => figures,
        Err(error) => {
            tracing::warn!(%error, "nodeinfo.failed");
            return problem(StatusCode::SERVICE_UNAVAILABLE, "try again later");
        }
    };
    let software = json!({ "name": "portico", "version": env!("CARGO_PKG_VERSION") });
    let body = json!({
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": { "inbound": [], "outbound": [] },
        "openRegistrations": false,
        "usage": {
            "users": {
                "total": figures.users,
                "activeMonth": figures.active_month,
                // Only a month is counted; people active in the last month were active in the last half year.
                "activeHalfyear": figures.active_month,
            },
            "localPosts": figures.statuses,
            "localComments": 0,
        },
        "metadata": {
            "nodeName": if named { settings.title.as_str() } else { "" },
            "nodeDescription": if named { settings.description.as_str() } else { "" },
            // Interop(megalodon): it accepts unknown servers only if they name the API they implement.
            "upstream": { "name": "mastodon" },
        },
    });
    private(answer(media_type, body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_in_every_form() {
        let urls = Urls::new("here.example", false);
        let account = |name: &str| Some(Resource::Account(name.to_owned()));
        for (text, expected) in [
            ("acct:alice@here.example", account("alice")),
            ("acct:@Alice@HERE.example", account("Alice")),
            ("alice@here.example", account("alice")),
            ("https://here.example/users/alice", account("alice")),
            ("https://here.example/@alice", account("alice")),
            ("https://here.example/@alice/", account("alice")),
            ("acct:here.example@here.example", Some(Resource::Instance)),
            ("https://here.example/", Some(Resource::Instance)),
            ("https://here.example", Some(Resource::Instance)),
            ("https://here.example/actor", Some(Resource::Instance)),
            ("https://here.example/users/alice/inbox", Some(Resource::Foreign)),
            ("https://here.example/nothing", Some(Resource::Foreign)),
            ("https://elsewhere.example/users/alice", Some(Resource::Foreign)),
            ("acct:alice@elsewhere.example", Some(Resource::Foreign)),
            ("acct:alice", None),
            ("alice", None),
            ("", None),
            ("acct:@here.example", None),
            ("acct:a@b@here.example", None),
        ] {
            assert_eq!(read_resource(text, &urls), expected, "{text}");
        }
        let demo = Urls::new("sales.localhost:8080", true);
        assert_eq!(read_resource("acct:carol@sales.localhost:8080", &demo), account("carol"));
    }
}
