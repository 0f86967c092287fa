//! The inbox endpoints: check, store and acknowledge incoming activities with 202.
//!
//! The checks run in this order, the cheapest first; nothing is fetched for a host that may not send:
//!
//! ```text
//! size (413) ► media type (415) ► host of the keyId (403) ► JSON scan (400) ► signature headers (401) ►
//! id of the actor's origin (400) ► key (401, 503) ► rate limit (429) ► actor is the signer or proven,
//! otherwise only a hint (401) ► agreement (403) ► recipient (404, 410) ► stored or known already (202)
//! ```
//!
//! Activities about agreements are processed first, before the host is admitted; see `agreements`.
//!
//! The workers in `inbound` take stored activities from the table and apply them.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::key_resolver::Signer;
use super::{Error, Federation};
use portico_activitystreams::activity::Activity;
use portico_activitystreams::json;
use portico_activitystreams::value::Object;
use portico_domain::model::AccountId;
use portico_domain::model::agreement_grants::{GrantSet, PeerStanding};
use portico_domain::model::content_type::is_activity_json;
use portico_domain::model::peer::Tier;
use portico_domain::model::urls::same_origin;
use portico_http::limits::{RateLimit, Subject};
use portico_http_signatures::{Incoming, verify};
use portico_store::NewInboxEntry;

/// Why an activity is rejected, as reported to its sender.
#[derive(Debug)]
pub(super) struct Rejected {
    status: StatusCode,
    text: String,
    /// Seconds for Retry-After.
    retry_after: Option<u64>,
    /// The explanation for a host with an agreement; replaces the default body.
    explanation: Option<serde_json::Value>,
}

impl Rejected {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), retry_after: None, explanation: None }
    }

    /// Rejects an activity because the rate limit is exceeded.
    pub(super) fn too_many(seconds: u64) -> Self {
        let text = "too many activities; try again later";
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, text) }
    }

    /// Rejects an activity of a host with an agreement, with an explanation.
    pub(super) fn explained(explanation: serde_json::Value) -> Self {
        Self { explanation: Some(explanation), ..Self::new(StatusCode::FORBIDDEN, "") }
    }

    /// Converts an error that occurred while checking a sender. A temporary error becomes a 503, so that the
    /// sender retries.
    pub(super) fn of(error: Error) -> Self {
        match error {
            Error::Temporary { why, .. } => {
                tracing::warn!(why, "inbox.check_failed");
                let text = "the key cannot be fetched now; try again";
                Self { retry_after: Some(60), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text) }
            }
            Error::Refused(_) => Self::new(StatusCode::FORBIDDEN, "this server does not federate with yours"),
            Error::Gone | Error::Absent => Self::new(StatusCode::UNAUTHORIZED, "the key was deleted"),
            Error::Permanent(why) => {
                tracing::info!(why, "signature.rejected");
                Self::new(StatusCode::UNAUTHORIZED, "the signature does not verify")
            }
        }
    }

    fn into_response(self) -> Response {
        let mut response = match &self.explanation {
            Some(explanation) => super::agreements::explanation(explanation),
            None => problem(self.status, &self.text),
        };
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// An `application/problem+json` response (FEP-c180).
pub(super) fn problem(status: StatusCode, text: &str) -> Response {
    let body =
        serde_json::json!({ "type": "about:blank", "status": status.as_u16(), "title": text }).to_string();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, headers, body).into_response()
}

impl Federation {
    /// Receives an activity posted to the shared inbox, or to the inbox of the account named `recipient`.
    pub(super) async fn take_in(&self, request: Request, recipient: Option<String>) -> Response {
        match self.judge(request, recipient).await {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(rejected) => rejected.into_response(),
        }
    }

    async fn judge(&self, request: Request, recipient: Option<String>) -> Result<(), Rejected> {
        let (parts, body) = request.into_parts();
        let body = whole(&parts.headers, body).await?;
        check_media_type(&parts.headers)?;
        let incoming =
            Incoming { method: &parts.method, uri: &parts.uri, headers: &parts.headers, body: &body };
        let checked = verify::check(&incoming, self.instance.urls.origin(), self.now());
        let mut admitted = None;
        if let Ok(checked) = &checked {
            // Hosts that do not federate yet may still exchange agreement activities.
            if let Some(heard) = self.hear_agreement(checked, &body).await {
                return heard;
            }
            admitted = match self.admit_key(&checked.key_id).await {
                Ok(admitted) => Some(admitted),
                Err(refused) => return Err(self.refused_by_agreement(checked).await.unwrap_or(refused)),
            };
        }
        let document =
            json::read(&body).map_err(|error| Rejected::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        let checked = checked.map_err(|fault| Rejected::new(StatusCode::UNAUTHORIZED, fault.to_string()))?;
        let activity = Activity::read_head(&document)
            .map_err(|error| Rejected::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        if same_origin(&activity.actor, self.instance.urls.origin()) {
            return Err(Rejected::new(
                StatusCode::FORBIDDEN,
                "activities of this server are not accepted from others",
            ));
        }
        if activity.is_farewell() && self.is_stranger(&activity.actor).await? {
            return Ok(());
        }
        let carrier = self.signer(&checked).await.map_err(Rejected::of)?;
        let there = self.pace(&carrier, admitted).await?;
        let author = if carrier.actor_uri == activity.actor {
            carrier.clone()
        } else {
            match self.proven_author(&document, &activity.actor).await.map_err(Rejected::of)? {
                Some(author) => author,
                None => return self.hear(&document).await,
            }
        };
        let all_granted =
            GrantSet::USUAL.is_within(there.grants.gives) && GrantSet::USUAL.is_within(there.grants.takes);
        if !all_granted || author.host != carrier.host {
            self.check_terms(&document, &author).await?;
        }
        let recipient = match recipient {
            Some(name) => Some(self.recipient(&name).await?),
            None => None,
        };
        self.store(activity, author, recipient, &parts, body).await?;
        if let Err(error) = self.hear_of_followers(&checked, &parts.headers, &carrier).await {
            tracing::warn!(%error, "followers.compare_failed");
        }
        Ok(())
    }

    /// Handles an activity that its actor neither signed nor proved: it is at most a hint to fetch its
    /// object.
    async fn hear(&self, document: &Object) -> Result<(), Rejected> {
        let activity = read(document)?;
        match self.take_hint(&activity).await {
            Ok(true) => Ok(()),
            Err(error) if error.is_temporary() => Err(Rejected::of(error)),
            _ => Err(Rejected::new(StatusCode::UNAUTHORIZED, "the signer is not the actor")),
        }
    }

    /// Applies the rate limits of the signer's host and actor. Runs only after the signature check, so that
    /// nobody can use up another's limit. Returns the host's peer standing.
    async fn pace(
        &self,
        signer: &Signer,
        admitted: Option<(String, PeerStanding)>,
    ) -> Result<PeerStanding, Rejected> {
        let host = signer.host.clone();
        let there = match admitted {
            Some((admitted, there)) if admitted == host => there,
            _ => {
                let there = self.instance.store.read_inline(move |reader| reader.standing_of(&host)).await;
                there.map_err(|error| Rejected::of(Error::from(error)))?
            }
        };
        let Some((of_host, of_person)) = pace_of(there.tier) else { return Ok(there) };
        let now = self.now();
        let count = |rule, name: &str| self.limits.count(self.domain(), rule, Subject::name(name), now);
        let verdicts = [count(of_person, &signer.actor_uri), count(of_host, &signer.host)];
        let refused = verdicts.iter().filter(|verdict| !verdict.allowed);
        match refused.map(|verdict| verdict.retry_after(now)).max() {
            None => Ok(there),
            Some(seconds) => {
                tracing::info!(host = signer.host, actor = signer.actor_uri, "inbox.rate_limited");
                Err(Rejected::too_many(seconds))
            }
        }
    }

    /// Returns the owner of an inbox. Runs last, so that unsigned requests cannot probe for accounts.
    async fn recipient(&self, name: &str) -> Result<AccountId, Rejected> {
        match self.local_by_name(name).await.map_err(Rejected::of)? {
            Some(account) if account.suspended_at.is_some() => {
                Err(Rejected::new(StatusCode::GONE, "this account is gone"))
            }
            Some(account) => Ok(account.id),
            None => Err(Rejected::new(StatusCode::NOT_FOUND, "no such account")),
        }
    }

    /// Rejects a host that is not federated with, by the host of its key and before anything is fetched.
    /// Returns the host and its peer standing.
    async fn admit_key(&self, key_id: &str) -> Result<(String, PeerStanding), Rejected> {
        let host = self.key_host(key_id);
        let host = host.map_err(|_| {
            Rejected::new(StatusCode::UNAUTHORIZED, "the keyId is not a URL that may be fetched")
        })?;
        match self.admit(&host).await {
            Ok(there) => Ok((host, there)),
            Err(Error::Permanent(why)) => Err(Rejected::new(StatusCode::FORBIDDEN, why)),
            Err(error) => Err(Rejected::of(error)),
        }
    }

    /// Whether an actor is unknown here. The Delete of an unknown actor has no effect, and its key may be
    /// gone already: servers send it to every server they know.
    async fn is_stranger(&self, actor: &str) -> Result<bool, Rejected> {
        self.known_account(actor).await.map(|account| account.is_none()).map_err(Rejected::of)
    }

    async fn store(
        &self,
        activity: Activity,
        signer: Signer,
        recipient: Option<AccountId>,
        parts: &Parts,
        body: bytes::Bytes,
    ) -> Result<(), Rejected> {
        let body = String::from_utf8(body.into())
            .map_err(|_| Rejected::new(StatusCode::BAD_REQUEST, "the document is not UTF-8"))?;
        let entry = NewInboxEntry {
            activity_uri: activity.id,
            actor_uri: activity.actor,
            host: signer.host,
            recipient,
            body,
        };
        let uri = entry.activity_uri.clone();
        let stored = self
            .instance
            .store
            .write(move |tx| {
                let new = tx.insert_inbox_entry(&entry)?;
                if !new {
                    // A new entry resets the host's delivery back-off when it is claimed; a known one does it
                    // here.
                    tx.release_host(&entry.host)?;
                }
                Ok(new)
            })
            .await;
        let new: bool = stored.map_err(|error: portico_store::Error| Rejected::of(Error::from(error)))?;
        tracing::debug!(uri, new, path = parts.uri.path(), "activity.received");
        Ok(())
    }
}

/// Returns the rate limits for a host and for each of its actors, per five minutes. `None` for the company's
/// own hosts, which may send a lot after a pause.
const fn pace_of(tier: Tier) -> Option<(RateLimit, RateLimit)> {
    let (host, person) = match tier {
        Tier::Company => return None,
        Tier::Partner => (30_000, 3_000),
        Tier::Open => (6_000, 600),
        Tier::Limited | Tier::Blocked => (600, 60),
    };
    let of_host = RateLimit { name: "inbox host", times: host, seconds: 300 };
    Some((of_host, RateLimit { name: "inbox person", times: person, seconds: 300 }))
}

/// Reads the whole body, up to the limit.
async fn whole(headers: &HeaderMap, body: Body) -> Result<bytes::Bytes, Rejected> {
    let too_large =
        || Rejected::new(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {} bytes", json::LARGEST));
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > json::LARGEST) {
        return Err(too_large());
    }
    match Limited::new(body, json::LARGEST).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Rejected::new(StatusCode::BAD_REQUEST, "the body ended early")),
    }
}

/// Parses the whole activity, with its object.
pub(super) fn read(document: &Object) -> Result<Activity, Rejected> {
    Activity::read(document).map_err(|error| Rejected::new(StatusCode::BAD_REQUEST, error.to_string()))
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Rejected> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if found.is_some_and(is_activity_json) {
        return Ok(());
    }
    Err(Rejected::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the inbox accepts application/activity+json"))
}
