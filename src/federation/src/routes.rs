//! The routes of the federation edge, to be mounted by the fleet.
//!
//! Some paths also serve people (`/users/{name}`): the Accept header decides, and browsers are redirected to
//! the page.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, FromRequestParts, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::request::Parts;

use super::{Federation, conversations, directory, discovery, documents, followers};
use portico_domain::model::account::Account;
use portico_http::routing::erased;
use portico_http::{CurrentInstance, Path, Problem};

/// The federation contexts of one process, by domain.
#[derive(Debug, Clone)]
pub struct Federations(Arc<HashMap<String, Arc<Federation>>>);

impl Federations {
    /// Collects the contexts of a fleet.
    pub fn new(members: impl IntoIterator<Item = Arc<Federation>>) -> Self {
        Self(Arc::new(members.into_iter().map(|member| (member.domain().to_owned(), member)).collect()))
    }
}

/// Extractor for the federation context of the request's instance.
#[derive(Debug, Clone)]
pub(super) struct Edge(pub(super) Arc<Federation>);

impl std::ops::Deref for Edge {
    type Target = Arc<Federation>;
    fn deref(&self) -> &Arc<Federation> {
        &self.0
    }
}

impl<S> FromRequestParts<S> for Edge
where
    S: Send + Sync,
    Federations: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let here = CurrentInstance::from_request_parts(parts, state).await?;
        let found = Federations::from_ref(state).0.get(here.urls.domain()).cloned();
        found.map(Self).ok_or_else(|| Problem::internal(&"the instance has no federation context"))
    }
}

/// Returns the routes of all endpoints for other servers.
pub fn router(federations: Federations) -> Router {
    Router::new()
        .route("/.well-known/webfinger", get(erased(discovery::webfinger)))
        .route("/.well-known/host-meta", get(erased(discovery::host_meta)))
        .route("/.well-known/host-meta.json", get(erased(discovery::host_meta_json)))
        .route("/.well-known/nodeinfo", get(erased(discovery::nodeinfo_index)))
        .route("/nodeinfo/{version}", get(erased(discovery::nodeinfo)))
        .route("/actor", get(erased(documents::instance_actor)))
        .route("/actor/{list}", get(erased(documents::instance_actor_list)))
        .route("/inbox", post(erased(shared_inbox)))
        .route("/actor/inbox", post(erased(shared_inbox)))
        .route("/users/{name}", get(erased(documents::actor)))
        .route("/users/{name}/inbox", post(erased(personal_inbox)))
        .route("/users/{name}/outbox", get(erased(documents::outbox)))
        .route("/users/{name}/followers", get(erased(documents::followers)))
        .route("/users/{name}/following", get(erased(documents::following)))
        .route("/users/{name}/followers_synchronization", get(erased(followers::partial_followers)))
        .route("/users/{name}/collections/featured", get(erased(documents::featured)))
        .route("/users/{name}/collections/tags", get(erased(documents::featured_tags)))
        .route("/users/{name}/statuses/{id}", get(erased(documents::status)))
        .route("/users/{name}/statuses/{id}/activity", get(erased(documents::status_activity)))
        .route("/users/{name}/statuses/{id}/replies", get(erased(conversations::replies)))
        .route("/users/{name}/statuses/{id}/context", get(erased(conversations::context)))
        .route("/users/{name}/quote_authorizations/{id}", get(erased(documents::quote_stamp)))
        .route("/collections/company", get(erased(documents::company_audience)))
        .route("/collections/partners", get(erased(documents::partners_audience)))
        .route("/collections/partners/{domain}", get(erased(documents::partner_audience)))
        .route("/collections/directory", get(erased(directory::show)))
        .with_state(federations)
}

async fn shared_inbox(edge: Edge, State(_): State<Federations>, request: Request) -> Response {
    edge.take_in(request, None).await
}

async fn personal_inbox(edge: Edge, Path(name): Path<String>, request: Request) -> Response {
    edge.take_in(request, Some(name)).await
}

impl Federation {
    /// Returns the local account with this name, unless it is a group that the requester may not know of.
    pub(super) async fn known_to(
        &self,
        viewer: &portico_domain::policy::reach::Viewer,
        name: &str,
    ) -> super::Result<Option<Account>> {
        let Some(account) = self.local_by_name(name).await? else { return Ok(None) };
        let known = portico_service::social::groups::may_be_fetched(&self.instance, viewer, &account).await?;
        Ok(Some(account).filter(|_| known))
    }

    /// Returns the local account with this name, except the instance actor.
    pub(super) async fn local_by_name(&self, name: &str) -> super::Result<Option<Account>> {
        let name = name.to_owned();
        let found =
            self.instance.store.read(move |reader| reader.find_account_by_handle(&name, None)).await?;
        Ok(found.filter(|account| !account.is_instance_actor))
    }
}
