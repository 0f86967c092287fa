//! Followers synchronisation (FEP-8fcf).
//!
//! An activity for followers carries a digest of the followers at the receiving host. A host whose own digest
//! differs fetches the list and corrects its side. Otherwise a former follower's server would keep showing
//! them posts that it receives for other followers (S32).

use activitypub_federation::axum::json::FederationJson;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::documents::Ask;
use super::inbox::problem;
use super::key_resolver::Signer;
use super::requester::Requester;
use super::routes::Edge;
use super::{Error, Federation, Result};
use portico_activitystreams::synchronization::{FollowersState, HEADER, digest_of};
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{addressing, collection};
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::model::urls::same_origin;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::reach::Viewer;
use portico_http::Path;
use portico_http_signatures::Checked;
use portico_service::social::relationships;

/// Minimum interval between two comparisons for one actor, in seconds.
const PAUSE: i64 = 3600;
/// Limits for reading a followers list.
const MOST_PAGES: usize = 5;
const MOST_FOLLOWERS: usize = 5_000;

/// The URL of a local account's followers at the requester's host.
fn partial(uri: &str) -> String {
    format!("{uri}/followers_synchronization")
}

/// Returns the followers collection of one of our activities, if it is a Create for followers that is not
/// public.
pub(super) fn for_followers(activity: &str) -> Option<String> {
    let activity: Object = serde_json::from_str(activity).ok()?;
    let followers = format!("{}/followers", value::first_reference(&activity, "actor")?);
    let addressed = addressing::Addressing::from_object(&activity);
    let public = addressed.to.iter().chain(&addressed.cc).any(|id| addressing::is_public(id));
    let meant = value::is_a(&activity, "Create") && addressed.names(&followers) && !public;
    meant.then_some(followers)
}

/// `GET /users/{name}/followers_synchronization`: the followers of the requester's own origin; the request
/// must be signed.
pub(super) async fn partial_followers(edge: Edge, Path(name): Path<String>, ask: Ask) -> Response {
    let origin = match edge.origin_of(ask.asker(&edge).await).await {
        Ok(Some(origin)) => origin,
        Ok(None) => return problem(StatusCode::UNAUTHORIZED, "this request must be signed"),
        Err(error) => return Error::into_problem(&error),
    };
    let account = match edge.local_by_name(&name).await {
        Ok(Some(account)) if account.suspended_at.is_none() => account,
        Ok(_) => return problem(StatusCode::NOT_FOUND, "not found"),
        Err(error) => return Error::into_problem(&error),
    };
    match edge.followers_at(account.id, &origin).await {
        Ok(ids) => {
            let items: Vec<_> = ids.into_iter().map(|id| json!(id)).collect();
            let document = collection::whole(&partial(&account.uri), &items);
            ([(header::CACHE_CONTROL, "private, no-store")], FederationJson(document)).into_response()
        }
        Err(error) => Error::into_problem(&error),
    }
}

impl Error {
    fn into_problem(error: &Self) -> Response {
        tracing::warn!(%error, "followers.list_failed");
        problem(StatusCode::SERVICE_UNAVAILABLE, "try again later")
    }
}

impl Federation {
    /// Returns a URL of the requester's origin; `None` if the requester is not authenticated.
    async fn origin_of(&self, asker: Requester) -> Result<Option<String>> {
        let Requester::Known(viewer) = asker else { return Ok(None) };
        let found = self.instance.store.read(move |reader| {
            Ok::<_, Error>(match viewer {
                Viewer::Actor { id, .. } => reader.find_account(id)?.map(|account| account.uri),
                Viewer::Host { domain, .. } => Some(domain),
                Viewer::Anonymous | Viewer::Local(_) => None,
            })
        });
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let found = found.await?;
        Ok(found.map(|it| if it.contains("://") { it } else { format!("{scheme}://{it}/") }))
    }

    /// Returns the followers of a local account with the same origin as a URL, ordered by id.
    async fn followers_at(&self, account: AccountId, origin: &str) -> Result<Vec<String>> {
        let all = self.instance.store.read(move |reader| reader.list_remote_followers(account)).await?;
        Ok(all.into_iter().filter(|uri| same_origin(uri, origin)).collect())
    }

    /// Builds the header for a delivery to the followers of `account` at an inbox.
    pub(super) async fn synchronization(
        &self,
        account: AccountId,
        followers: &str,
        inbox: &str,
    ) -> Result<String> {
        let ids = self.followers_at(account, inbox).await?;
        let digest = digest_of(ids.iter().map(String::as_str));
        let actor = followers.strip_suffix("/followers").unwrap_or(followers);
        Ok(FollowersState { collection: followers.to_owned(), url: partial(actor), digest }.write())
    }

    /// Reads the followers digest of a delivery. If it differs from ours, enqueues a comparison, at most once
    /// an hour per actor.
    pub(super) async fn hear_of_followers(
        &self,
        checked: &Checked,
        headers: &HeaderMap,
        signer: &Signer,
    ) -> Result<()> {
        let mut values = headers.get_all(HEADER).iter();
        let (Some(text), None) = (values.next().and_then(|text| text.to_str().ok()), values.next()) else {
            return Ok(());
        };
        let Some(said) = FollowersState::parse(text).filter(|_| checked.covers(HEADER)) else {
            return Ok(());
        };
        let id = signer.account;
        let found = self.instance.store.read(move |reader| {
            let account = reader.find_account(id)?;
            Ok::<_, Error>((account, reader.list_local_followers(id)?))
        });
        let (Some(account), ours) = found.await? else { return Ok(()) };
        let own = account.endpoints.followers.as_deref() == Some(&said.collection)
            && same_origin(&said.url, &account.uri);
        let (mark, now) = (format!("followers {}", account.uri), self.now());
        let same = digest_of(ours.iter().map(String::as_str)) == said.digest;
        if !own || same || self.fruitless.has(&mark, now) {
            return Ok(());
        }
        self.fruitless.add(&mark, now.plus_seconds(PAUSE));
        let task = RemoteTask::Followers { account: id, url: said.url, at: now };
        Ok(self.instance.store.write(move |tx| tx.enqueue_remote_task(&task)).await?)
    }

    /// Fetches the list of local followers of a remote account and reconciles our side. An incomplete list
    /// changes nothing.
    pub(super) async fn compare_followers(&self, id: AccountId, url: &str, at: Timestamp) -> Result<()> {
        let listed = self.members(url, MOST_PAGES, MOST_FOLLOWERS).await?;
        if !listed.complete {
            return Err(Error::permanent("the list of followers is too long"));
        }
        Ok(relationships::reconcile(&self.instance, id, listed.ids, at).await?)
    }
}
