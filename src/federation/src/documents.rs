//! Serves ActivityPub documents: actors, statuses and collections.
//!
//! Every response depends on the signer of the request, so no shared cache may store it. A document that the
//! requester may not see is answered with 404 and the same body as a missing one. Two documents are public,
//! because otherwise two strict servers could never start to talk: the instance actor, and each actor's stub
//! with the key for checking signatures.

use std::collections::HashMap;

use activitypub_federation::axum::json::FederationJson;
use activitypub_federation::protocol::context::WithContext;
use activitypub_federation::traits::Object as ObjectTrait;
use axum::extract::{OriginalUri, RawQuery};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::inbox::problem;
use super::library::Handle;
use super::objects::{Person, Post, Wire};
use super::proofs;
use super::requester::Requester;
use super::routes::Edge;
use super::{Error, Federation, Result};
use portico_activitystreams::value::Object;
use portico_activitystreams::{
    activity, actor, annotations, collection, context, note, person, quote, with_context,
};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::exposure::Exposure;
use portico_domain::model::keys::OwnKeys;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::Partner;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::exposure::shows_counts;
use portico_domain::policy::reach::{self, Viewer};
use portico_http::Path;
use portico_http::accept::AcceptWeights;
use portico_service::people::profiles;
use portico_store::{AccountFilter, Side};

/// A request for a document: the parts that identify the requester and the document.
#[derive(Debug, axum::extract::FromRequestParts)]
pub(super) struct Ask {
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
    query: RawQuery,
}

impl Ask {
    /// Identifies the requester.
    pub(super) async fn asker(&self, edge: &Federation) -> Requester {
        edge.asker(&self.method, &self.uri.0, &self.headers).await
    }

    /// Returns the viewer to check permissions for.
    pub(super) async fn viewer(&self, edge: &Federation) -> Viewer {
        self.asker(edge).await.viewer()
    }

    /// Whether the Accept header prefers ActivityStreams to HTML.
    fn wants_activity(&self) -> bool {
        prefers_activity(AcceptWeights::from_headers(&self.headers))
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.0.as_deref().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Whether a request gives ActivityStreams at least the weight of HTML.
const fn prefers_activity(weights: AcceptWeights) -> bool {
    weights.activity > 0 && weights.activity >= weights.html
}

/// The URIs of thread collections, by thread.
type Contexts = HashMap<StatusId, String>;

/// Why no document is returned.
pub(super) enum Missing {
    NotFound,
    Gone,
    Broken(Error),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<portico_service::Error> for Missing {
    fn from(error: portico_service::Error) -> Self {
        match error {
            portico_service::Error::NotFound(_) | portico_service::Error::Refused(_) => Self::NotFound,
            other => Self::Broken(other.into()),
        }
    }
}

pub(super) fn finish(document: Result<Value, Missing>) -> Response {
    let mut response = match document {
        Ok(document) => FederationJson(document).into_response(),
        Err(Missing::NotFound) => problem(StatusCode::NOT_FOUND, "not found"),
        Err(Missing::Gone) => problem(StatusCode::GONE, "this is gone"),
        Err(Missing::Broken(error)) => {
            tracing::warn!(%error, "document.failed");
            problem(StatusCode::SERVICE_UNAVAILABLE, "try again later")
        }
    };
    let headers = response.headers_mut();
    headers
        .insert(header::VARY, HeaderValue::from_static("Accept, Signature, Signature-Input, Authorization"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// `GET /actor`: public, signed or not.
pub(super) async fn instance_actor(edge: Edge) -> Response {
    finish(own_actor(&edge).await.map_err(Missing::from))
}

async fn own_actor(edge: &Federation) -> Result<Value> {
    let (account, keys) = edge.account_with_keys(edge.instance.actor_id).await?;
    written(edge, Person::local(account, keys, None, Exposure::Full)?).await.map(Value::Object)
}

/// Writes one of our own objects.
async fn written<T>(
    edge: &Federation,
    object: impl ObjectTrait<DataType = Handle, Kind = Wire<T>, Error = Error>,
) -> Result<Object> {
    object.into_json(&edge.data().await?).await?.into_written()
}

/// `GET /actor/outbox`, `followers` and `following`: always empty.
pub(super) async fn instance_actor_list(edge: Edge, Path(list): Path<String>) -> Response {
    let id = edge.instance.urls.at(&format!("/actor/{list}"));
    finish(match list.as_str() {
        "outbox" | "followers" | "following" => Ok(collection::root(&id, None, None)),
        _ => Err(Missing::NotFound),
    })
}

/// `GET /users/{name}`: the actor; a browser is redirected to the profile page.
pub(super) async fn actor(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    if !ask.wants_activity() {
        return to_page(edge.instance.urls.profile(&name));
    }
    finish(person_of(&edge, &name, &ask).await)
}

async fn person_of(edge: &Federation, name: &str, ask: &Ask) -> Result<Value, Missing> {
    let viewer = ask.viewer(edge).await;
    let exposure = edge.exposure_to(&viewer);
    if exposure == Exposure::None {
        return Err(Missing::NotFound);
    }
    let account = edge.actor_named(name).await?;
    if !portico_service::social::groups::may_be_fetched(&edge.instance, &viewer, &account).await? {
        return Err(Missing::NotFound);
    }
    let (account, keys) = edge.account_with_keys(account.id).await?;
    let giving = profiles::ProfileVisibility::for_instance(&edge.instance);
    let loaded = edge.instance.store.read(move |reader| {
        let account = profiles::as_seen_remotely(reader, account)?;
        let attributes = profiles::attributes_for(reader, &viewer, &giving, &account)?;
        let group = reader.find_group(account.id)?.map(|group| group.visibility);
        Ok::<_, portico_service::Error>((account, attributes, group))
    });
    let (account, attributes, group) = loaded.await?;
    let exposure = if account.suspended_at.is_some() { Exposure::Minimal } else { exposure };
    let document = written(edge, Person::local(account, keys, group, exposure)?).await?;
    let document = Value::Object(document);
    Ok(if exposure == Exposure::Full { person::add(document, &attributes) } else { document })
}

/// `GET /users/{name}/statuses/{id}`: the note (404 for a boost); a browser is redirected to its page.
pub(super) async fn status(edge: Edge, Path((name, id)): Path<(String, StatusId)>, ask: Ask) -> Response {
    if !ask.wants_activity() {
        return to_page(edge.instance.urls.status_page(&name, id));
    }
    finish(object(&edge, &name, id, &ask).await)
}

async fn object(edge: &Federation, name: &str, id: StatusId, ask: &Ask) -> Result<Value, Missing> {
    let view = edge.visible(name, id, ask.viewer(edge).await).await?;
    let view = Some(view).filter(|view| view.boosted.is_none()).ok_or(Missing::NotFound)?;
    let context_uri =
        edge.contexts_of(std::slice::from_ref(&view)).await?.remove(&view.status.conversation_id);
    let note = match written(edge, Post::local(view, context_uri)?).await {
        Err(Error::Absent) => return Err(Missing::NotFound),
        written => written?,
    };
    let terms = annotations::context_for(&note);
    Ok(Value::Object(with_context(note, terms)))
}

/// `GET /users/{name}/statuses/{id}/activity`: the Create of a status, or the Announce of a boost.
pub(super) async fn status_activity(
    edge: Edge,
    Path((name, id)): Path<(String, StatusId)>,
    ask: Ask,
) -> Response {
    finish(create_or_announce(&edge, &name, id, &ask).await)
}

async fn create_or_announce(
    edge: &Federation,
    name: &str,
    id: StatusId,
    ask: &Ask,
) -> Result<Value, Missing> {
    let view = edge.visible(name, id, ask.viewer(edge).await).await?;
    let contexts = edge.contexts_of(std::slice::from_ref(&view)).await?;
    let activity = as_activity(edge, &view, &contexts).ok_or(Missing::NotFound)?;
    let terms =
        activity.get("object").and_then(Value::as_object).map_or_else(context, annotations::context_for);
    Ok(Value::Object(with_context(activity, terms)))
}

/// `GET /users/{name}/quote_authorizations/{id}`: the QuoteAuthorization of a quote, for viewers of the
/// quoted status.
pub(super) async fn quote_stamp(
    edge: Edge,
    Path((name, id)): Path<(String, StatusId)>,
    ask: Ask,
) -> Response {
    finish(stamp(&edge, &name, id, &ask).await)
}

async fn stamp(edge: &Federation, name: &str, id: StatusId, ask: &Ask) -> Result<Value, Missing> {
    let author = edge.present(name).await?;
    let viewer = ask.viewer(edge).await;
    let stamp = quote::stamp(
        &portico_service::publishing::quotes::stamp(&edge.instance, viewer, author.id, id).await?,
    );
    Ok(json!(WithContext::new(stamp, context())))
}

/// Writes the Create or Announce of a status, as listed in an outbox.
fn as_activity(edge: &Federation, view: &StatusView, contexts: &Contexts) -> Option<Object> {
    let urls = &edge.instance.urls;
    let context = contexts.get(&view.status.conversation_id).map(String::as_str);
    let mut activity = match view.boosted.as_deref() {
        Some(original) => super::outbound::announcement(urls, view, original)?,
        None => {
            let id = format!("{}/activity", view.status.uri);
            let at = view.status.created_at.rfc3339();
            activity::with_note(
                activity::Kind::Create,
                &id,
                &view.account.uri,
                note::write(view, context, urls)?,
                &at,
            )
        }
    };
    activity.shift_remove("@context");
    Some(activity)
}

/// `GET /users/{name}/outbox`: the account's statuses that the requester may see.
pub(super) async fn outbox(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    finish(said(&edge, &name, &ask).await)
}

async fn said(edge: &Federation, name: &str, ask: &Ask) -> Result<Value, Missing> {
    let (account, viewer) = edge.shown(name, ask).await?;
    let id = account.endpoints.outbox.clone().unwrap_or_else(|| format!("{}/outbox", account.uri));
    if ask.parameter("page").is_none() {
        return Ok(collection::root(&id, None, Some(&format!("{id}?page=true"))));
    }
    let max_id = ask.parameter("max_id").and_then(|text| text.parse::<StatusId>().ok());
    let request = PageRequest { max_id: max_id.map(|id| id.0), ..PageRequest::first(collection::PAGE_SIZE) };
    let views = edge.statuses_of(account.id, viewer, AccountFilter::default(), request).await?;
    let oldest = views.last().map(|view| view.status.id);
    let next = oldest
        .filter(|_| i64::try_from(views.len()).is_ok_and(|len| len >= collection::PAGE_SIZE))
        .map(|oldest| format!("{id}?page=true&max_id={oldest}"));
    let contexts = edge.contexts_of(&views).await?;
    let items: Vec<Value> =
        views.iter().filter_map(|view| as_activity(edge, view, &contexts).map(Value::Object)).collect();
    let own = match max_id {
        Some(max_id) => format!("{id}?page=true&max_id={max_id}"),
        None => format!("{id}?page=true"),
    };
    Ok(collection::page(&own, &id, next.as_deref(), None, &items))
}

/// `GET /users/{name}/collections/featured`: the pinned statuses that the requester may see.
pub(super) async fn featured(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    finish(pinned(&edge, &name, &ask).await)
}

async fn pinned(edge: &Federation, name: &str, ask: &Ask) -> Result<Value, Missing> {
    let (account, viewer) = edge.shown(name, ask).await?;
    if account.kind == ActorKind::Group {
        // A group's pins are other people's posts, so only their ids are listed.
        let pins = portico_service::social::groups::featured(&edge.instance, viewer, account.id).await?;
        let id =
            account.endpoints.featured.unwrap_or_else(|| format!("{}/collections/featured", account.uri));
        return Ok(collection::whole(&id, &pins.into_iter().map(Value::String).collect::<Vec<_>>()));
    }
    let filter = AccountFilter { pinned: true, ..AccountFilter::default() };
    let views = edge.statuses_of(account.id, viewer, filter, PageRequest::first(20)).await?;
    let contexts = edge.contexts_of(&views).await?;
    let notes: Vec<Value> = views
        .iter()
        .filter_map(|view| {
            let context = contexts.get(&view.status.conversation_id).map(String::as_str);
            note::write(view, context, &edge.instance.urls)
        })
        .map(Value::Object)
        .collect();
    let id =
        account.endpoints.featured.clone().unwrap_or_else(|| format!("{}/collections/featured", account.uri));
    Ok(collection::whole(&id, &notes))
}

/// `GET /users/{name}/collections/tags`: the hashtags featured on the profile.
pub(super) async fn featured_tags(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    finish(tags(&edge, &name, &ask).await)
}

async fn tags(edge: &Federation, name: &str, ask: &Ask) -> Result<Value, Missing> {
    let (account, viewer) = edge.shown(name, ask).await?;
    let featured = match edge.exposure_to(&viewer) {
        Exposure::Full => {
            portico_service::reading::tags::featured(&edge.instance, viewer, account.id).await?
        }
        _ => Vec::new(),
    };
    let items: Vec<Value> = featured
        .iter()
        .map(|tag| {
            let href = edge.instance.urls.tag(&tag.name);
            json!({ "type": "Hashtag", "href": href, "name": format!("#{}", tag.name) })
        })
        .collect();
    Ok(collection::whole(&actor::featured_tags(&account.uri), &items))
}

/// `GET /users/{name}/followers`.
pub(super) async fn followers(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    finish(fellows(&edge, &name, &ask, Side::Followers).await)
}

/// `GET /users/{name}/following`.
pub(super) async fn following(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    finish(fellows(&edge, &name, &ask, Side::Following).await)
}

/// Lists an account's followers or follows. Their number and ids are shown to the company alone, and only if
/// the account does not hide them.
async fn fellows(edge: &Federation, name: &str, ask: &Ask, which: Side) -> Result<Value, Missing> {
    let (account, viewer) = edge.shown(name, ask).await?;
    let (path, total) = match which {
        Side::Followers => ("followers", account.followers_count),
        Side::Following | Side::Requests => ("following", account.following_count),
    };
    let id = format!("{}/{path}", account.uri);
    if !shows_counts(&viewer) || account.hide_collections {
        return Ok(collection::root(&id, None, None));
    }
    if ask.parameter("page").is_none() {
        return Ok(collection::root(&id, Some(total), Some(&format!("{id}?page=true"))));
    }
    let max_id = ask.parameter("max_id").and_then(|text| text.parse::<i64>().ok());
    let request = PageRequest { max_id, ..PageRequest::first(collection::PAGE_SIZE) };
    let own = match max_id {
        Some(max_id) => format!("{id}?page=true&max_id={max_id}"),
        None => format!("{id}?page=true"),
    };
    let page = edge.people_of(account.id, which, request).await?;
    let next = page.oldest.filter(|_| page.full).map(|oldest| format!("{id}?page=true&max_id={oldest}"));
    let items: Vec<Value> = page.items.iter().map(|account| json!(account.uri)).collect();
    Ok(collection::page(&own, &id, next.as_deref(), None, &items))
}

/// `GET /collections/company`: confirms the collection to the company; its members are not listed.
pub(super) async fn company_audience(edge: Edge, ask: Ask) -> Response {
    let id = edge.instance.urls.company_audience();
    finish(organisation(&edge, &ask, id, &[Tier::Company]).await)
}

/// `GET /collections/partners`: confirms the collection to the company and its partners.
pub(super) async fn partners_audience(edge: Edge, ask: Ask) -> Response {
    let id = edge.instance.urls.partners_audience();
    finish(organisation(&edge, &ask, id, &[Tier::Company, Tier::Partner]).await)
}

/// `GET /collections/partners/{domain}`: confirms the collection to the company and that partner.
pub(super) async fn partner_audience(edge: Edge, Path(domain): Path<String>, ask: Ask) -> Response {
    finish(one_partner(&edge, &ask, domain.to_lowercase()).await)
}

async fn one_partner(edge: &Federation, ask: &Ask, domain: String) -> Result<Value, Missing> {
    let viewer = ask.viewer(edge).await;
    let id = edge.instance.urls.partner_audience(&domain);
    let may = edge.instance.store.read(move |reader| {
        let partner = reader.find_host(&domain)?.is_some_and(|host| host.tier == Tier::Partner);
        Ok::<_, Error>(partner && reader.is_let_in(&viewer, &Partner::named(&domain))?)
    });
    if may.await? { Ok(collection::root(&id, None, None)) } else { Err(Missing::NotFound) }
}

async fn organisation(edge: &Federation, ask: &Ask, id: String, tiers: &[Tier]) -> Result<Value, Missing> {
    match ask.viewer(edge).await {
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } if tiers.contains(&tier) => {
            Ok(collection::root(&id, None, None))
        }
        _ => Err(Missing::NotFound),
    }
}

fn to_page(page: String) -> Response {
    let mut response = Redirect::to(&page).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

impl Federation {
    async fn account_with_keys(&self, id: AccountId) -> Result<(Account, OwnKeys)> {
        let store = &self.instance.store;
        let found = store.read(move |reader| {
            let Some(account) = reader.find_account(id)? else { return Ok::<_, Error>(None) };
            Ok(reader.find_own_keys(id)?.map(|keys| (account, keys)))
        });
        let (account, keys) = found.await?.ok_or_else(|| Error::permanent("the account has no key"))?;
        if keys.proof.is_some() {
            return Ok((account, keys));
        }
        let keys = store.write(move |tx| proofs::own_keys(tx, id)).await?;
        Ok((account, keys.ok_or_else(|| Error::permanent("the account has no key"))?))
    }

    /// Returns the local account with this name, also if it is suspended. An erased account is gone.
    async fn actor_named(&self, name: &str) -> Result<Account, Missing> {
        match self.local_by_name(name).await? {
            Some(account)
                if portico_service::people::accounts::is_erased(&self.instance, &account).await? =>
            {
                Err(Missing::Gone)
            }
            Some(account) => Ok(account),
            None => Err(Missing::NotFound),
        }
    }

    /// Returns the local account with this name; a suspended account is gone.
    async fn present(&self, name: &str) -> Result<Account, Missing> {
        match self.local_by_name(name).await? {
            Some(account) if account.suspended_at.is_some() => Err(Missing::Gone),
            Some(account) => Ok(account),
            None => Err(Missing::NotFound),
        }
    }

    /// Returns the local account with this name and the viewer of one of its collections. A requester who may
    /// not see the profile gets no collection.
    async fn shown(&self, name: &str, ask: &Ask) -> Result<(Account, Viewer), Missing> {
        let viewer = ask.viewer(self).await;
        if self.exposure_to(&viewer) == Exposure::None {
            return Err(Missing::NotFound);
        }
        let account = self.present(name).await?;
        if !portico_service::social::groups::may_be_fetched(&self.instance, &viewer, &account).await? {
            return Err(Missing::NotFound);
        }
        Ok((account, viewer))
    }

    /// Returns the local status with this id by this account, if the viewer may see it.
    pub(super) async fn visible(
        &self,
        name: &str,
        id: StatusId,
        viewer: Viewer,
    ) -> Result<StatusView, Missing> {
        let granted = viewer.granted();
        let view = portico_service::publishing::statuses::show(&self.instance, viewer, id).await?;
        let by_name = view.account.is_local() && view.account.username.eq_ignore_ascii_case(name);
        let view = portico_service::publishing::statuses::filter_by_grants(view, granted);
        view.filter(|_| by_name).ok_or(Missing::NotFound)
    }

    /// Returns a page of an account's followers or follows.
    async fn people_of(
        &self,
        account: AccountId,
        which: Side,
        request: PageRequest,
    ) -> Result<Page<Account>> {
        self.instance
            .store
            .read(move |reader| {
                let page = reader.follow_page(account, which, &request)?;
                Ok(reader.accounts_of_page(&page)?)
            })
            .await
    }

    /// Returns the collection URIs of these statuses' threads, by thread.
    async fn contexts_of(&self, views: &[StatusView]) -> Result<Contexts> {
        let statuses: Vec<Status> = views.iter().map(|view| view.status.clone()).collect();
        let found = self.instance.store.read(move |reader| {
            portico_service::publishing::threads::list_context_uris(
                reader,
                &statuses.iter().collect::<Vec<_>>(),
            )
        });
        Ok(found.await?)
    }

    /// Returns a page of an account's statuses that the viewer may see.
    async fn statuses_of(
        &self,
        account: AccountId,
        viewer: Viewer,
        filter: AccountFilter,
        request: PageRequest,
    ) -> Result<Vec<StatusView>> {
        // A stub has no collections: a requester who gets no more sees them as empty.
        if self.exposure_to(&viewer) < Exposure::Full {
            return Ok(Vec::new());
        }
        let scope = reach::scope(&viewer, &portico_service::setting(&self.instance));
        let views: Vec<StatusView> = self
            .instance
            .store
            .read(move |reader| {
                let page = reader.account_page(&scope, account, &filter, &request)?;
                Ok::<_, Error>(reader.status_views(None, &page.items)?)
            })
            .await?;
        let given = |view| portico_service::publishing::statuses::filter_by_grants(view, viewer.granted());
        Ok(views.into_iter().filter_map(given).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks_for_activity(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        prefers_activity(AcceptWeights::from_headers(&headers))
    }

    #[test]
    fn the_accept_header_decides() {
        for activity in [
            "application/activity+json",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            "application/activity+json, text/html;q=0.5",
            "application/ld+json",
            "application/activity+json, application/ld+json, text/html",
        ] {
            assert!(asks_for_activity(activity), "{activity}");
        }
        for page in [
            "",
            "*/*",
            "text/html",
            "application/json",
            "text/html, application/activity+json;q=0.9",
            "application/activity+json;q=0",
        ] {
            assert!(!asks_for_activity(page), "{page}");
        }
    }
}
