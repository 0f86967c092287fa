//! The inboxes: what another server brings is judged, stored and answered with 202.
//!
//! The order matters, cheapest first, and nothing is fetched for somebody who may not speak:
//!
//! ```text
//! size (413) ► media type (415) ► host by keyId (403) ► JSON scan (400) ► signature (401, 503) ►
//! actor is signer, id of its origin (401, 400) ► stored, or known already (202)
//! ```
//!
//! What the activity means is for the workers in `inbound`, which take it from the table.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::net::{is_activity_json, same_origin};
use super::protocol::activity::Activity;
use super::signatures::{Incoming, verify};
use super::signers::Signer;
use super::{Error, Federation, json};
use crate::model::AccountId;
use crate::store::NewInboxEntry;

/// Why an activity is not taken, as its sender is told.
#[derive(Debug)]
struct Rejected {
    status: StatusCode,
    text: String,
}

impl Rejected {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// What an error while judging a sender comes to. Temporary trouble is ours to admit, so that they
    /// try again.
    fn of(error: Error) -> Self {
        match error {
            Error::Temporary { why, .. } => {
                tracing::warn!(why, "an activity cannot be judged now");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the key cannot be fetched now; try again")
            }
            Error::Refused(_) => Self::new(StatusCode::FORBIDDEN, "this server does not federate with yours"),
            Error::Gone => Self::new(StatusCode::UNAUTHORIZED, "the key is gone"),
            Error::Permanent(why) => {
                tracing::info!(why, "a signature was refused");
                Self::new(StatusCode::UNAUTHORIZED, "the signature does not verify")
            }
        }
    }

    fn into_response(self) -> Response {
        let mut response = problem(self.status, &self.text);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

/// An answer in `application/problem+json` (FEP-c180).
pub(super) fn problem(status: StatusCode, text: &str) -> Response {
    let body =
        serde_json::json!({ "type": "about:blank", "status": status.as_u16(), "title": text }).to_string();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, headers, body).into_response()
}

impl Federation {
    /// Takes in what was posted to the shared inbox, or to that of `recipient`.
    pub(super) async fn take_in(&self, request: Request, recipient: Option<AccountId>) -> Response {
        match self.judge(request, recipient).await {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(rejected) => rejected.into_response(),
        }
    }

    async fn judge(&self, request: Request, recipient: Option<AccountId>) -> Result<(), Rejected> {
        let (parts, body) = request.into_parts();
        let body = whole(&parts.headers, body).await?;
        check_media_type(&parts.headers)?;
        let incoming =
            Incoming { method: &parts.method, uri: &parts.uri, headers: &parts.headers, body: &body };
        let checked = verify::check(&incoming, self.domain(), self.now());
        if let Ok(checked) = &checked {
            self.admit_key(&checked.key_id).await?;
        }
        let document =
            json::read(&body).map_err(|error| Rejected::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        let checked = checked.map_err(|fault| Rejected::new(StatusCode::UNAUTHORIZED, fault.to_string()))?;
        let activity = Activity::read(&document)
            .map_err(|error| Rejected::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        if same_origin(&activity.actor, self.instance.urls.origin()) {
            return Err(Rejected::new(StatusCode::FORBIDDEN, "nobody brings us our own activities"));
        }
        if activity.is_farewell() && self.is_stranger(&activity.actor).await? {
            return Ok(());
        }
        let signer = self.signer(&checked).await.map_err(Rejected::of)?;
        if signer.actor_uri != activity.actor {
            return Err(Rejected::new(StatusCode::UNAUTHORIZED, "the signer is not the actor"));
        }
        self.store(activity, signer.clone(), recipient, &parts, body).await?;
        if let Err(error) = self.hear_of_followers(&checked, &parts.headers, &signer).await {
            tracing::warn!(%error, "followers cannot be compared");
        }
        Ok(())
    }

    /// Refuses hosts that we exchange nothing with, by where their key lives, before anything is fetched.
    async fn admit_key(&self, key_id: &str) -> Result<(), Rejected> {
        let host = self.key_host(key_id);
        let host = host.map_err(|_| {
            Rejected::new(StatusCode::UNAUTHORIZED, "the keyId is not a URL that may be fetched")
        })?;
        match self.admit(&host).await {
            Ok(_) => Ok(()),
            Err(Error::Permanent(why)) => Err(Rejected::new(StatusCode::FORBIDDEN, why)),
            Err(error) => Err(Rejected::of(error)),
        }
    }

    /// Whether we never heard of an actor. Its farewell then concerns nobody, and its key may be gone
    /// already: servers send such farewells to everyone they know.
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
                tx.release_host(&entry.host)?;
                tx.insert_inbox_entry(&entry)
            })
            .await;
        let new = stored.map_err(|error| Rejected::of(Error::from(error)))?;
        tracing::debug!(uri, new, path = parts.uri.path(), "an activity came in");
        Ok(())
    }
}

/// The whole body, up to the limit.
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

fn check_media_type(headers: &HeaderMap) -> Result<(), Rejected> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if found.is_some_and(is_activity_json) {
        return Ok(());
    }
    Err(Rejected::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the inbox takes application/activity+json"))
}
