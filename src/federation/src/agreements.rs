//! Federation agreements between instance actors: sends our Offers and answers, and receives the other side's
//! even before any other traffic with that host is allowed.
//!
//! The sender of an agreement is not an account here and does not become one. Its instance actor is looked up
//! where its host names it (FEP-2677), read without being stored, and must have signed both the request and
//! the text. Work caused by strangers is bounded: a few requests per hour and host, of a few kilobytes each.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::inbox::{self, Rejected};
use super::key_resolver::Signer;
use super::{Error, Federation, Result, agreement_filter, proofs};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::addressing::Sender;
use portico_activitystreams::json;
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{actor, agreement as wire, object_proofs};
use portico_domain::model::AgreementId;
use portico_domain::model::account::{ActorKind, RemoteActor};
use portico_domain::model::agreement::AgreementNotice;
use portico_domain::model::agreement_grants::Grant;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::agreements::{self as policy, AgreementRule as Clause};
use portico_domain::policy::peering::may_be_followed;
use portico_http::limits::{RateLimit, Subject};
use portico_http_signatures::{Checked, PublicKey, SigningKey, digest};
use portico_net::DocumentKind;
use portico_service::partners::agreements;

/// The link relation under which a host's NodeInfo index names its instance actor (FEP-2677).
const APPLICATION: &str = "https://www.w3.org/ns/activitystreams#Application";
/// Maximum size of an incoming agreement activity, in bytes.
const LARGEST: usize = 128 * 1024;
/// Rate limits for agreement activities: per host, and over all hosts.
const OF_HOST: RateLimit = RateLimit { name: "agreements host", times: 30, seconds: 3600 };
const OF_ALL: RateLimit = RateLimit { name: "agreements", times: 600, seconds: 3600 };

impl Federation {
    /// Looks up a host's instance actor at the host itself. Nothing is stored.
    async fn instance_actor_of(&self, domain: &str) -> Result<RemoteActor> {
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let origin = format!("{scheme}://{domain}");
        let index = self.get(&format!("{origin}/.well-known/nodeinfo"), DocumentKind::Jrd).await;
        let named = match index {
            Ok(index) => json::read(&index.body).ok().and_then(|index| application(&index)),
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => None,
        };
        let uri = named.unwrap_or_else(|| format!("{origin}/actor"));
        if !same_origin(&uri, &origin) {
            return Err(Error::permanent(format!("{domain} names an instance actor of another host")));
        }
        let fetched = self.get(&uri, DocumentKind::Activity).await?;
        let document = json::read(&fetched.body).map_err(|error| Error::permanent(error.to_string()))?;
        let found = actor::read(&document)?;
        let itself = found.uri == uri && fetched.url.as_str() == uri && found.kind == ActorKind::Application;
        if itself { Ok(found) } else { Err(Error::permanent(format!("{uri} is not an instance actor"))) }
    }

    /// Sends an agreement notice to a partner. A permanent failure is stored in the agreement's record.
    pub(super) async fn send_agreement_notice(
        self: &Arc<Self>,
        id: AgreementId,
        notice: AgreementNotice,
    ) -> Result<()> {
        let sent = self.send_notice(id, notice).await;
        if let Err(error) = &sent
            && !error.is_temporary()
        {
            agreements::record_failure(&self.instance, id, error.to_string()).await?;
        }
        sent
    }

    /// Sends a notice; an Offer or Accept carries the agreement text with our instance actor's proof.
    async fn send_notice(&self, id: AgreementId, notice: AgreementNotice) -> Result<()> {
        let found = self.instance.store.read(move |reader| reader.find_agreement(id)).await?;
        let Some(agreement) = found else { return Ok(()) };
        let there = self.instance_actor_of(&agreement.domain).await?;
        let signed = match notice {
            AgreementNotice::Offer | AgreementNotice::Accept => {
                let signed = self.signed(wire::write(&agreement.text, &agreement.digest)?).await?;
                let proof = signed.get("proof").map(Value::to_string).unwrap_or_default();
                agreements::record_proof(&self.instance, id, proof).await?;
                Some(signed)
            }
            AgreementNotice::Reject | AgreementNotice::Undo => None,
        };
        let us = self.instance.urls.instance_actor();
        let unique = self.now().millis();
        let activity = wire::render_activity(notice, &agreement, signed, (&us, &there.uri), unique);
        let body = Bytes::from(Value::Object(activity).to_string());
        let key = self.instance_key().await?;
        let hash = digest::digest_header(&body);
        let answer = self.net.post(&there.endpoints.inbox, body, &hash, None, &key, self.now()).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Error::temporary(format!("{} answers {status}", agreement.domain)))
            }
            status => Err(Error::permanent(format!("{} answers {status}", agreement.domain))),
        }
    }

    /// Adds our instance actor's proof to an agreement text.
    async fn signed(&self, mut text: Object) -> Result<Object> {
        let id = self.instance.actor_id;
        let keys = self.instance.store.write(move |tx| proofs::own_keys(tx, id)).await?;
        let pair = keys.and_then(|keys| keys.proof).ok_or_else(|| Error::permanent("no proof key"))?;
        let key = SigningKey::from_pem(pair.uri, &pair.private_pem)
            .map_err(|error| Error::permanent(error.to_string()))?;
        object_proofs::sign(&mut text, &key, self.now())?;
        Ok(text)
    }

    /// Processes an incoming agreement activity. Returns `None` if the activity is about something else, or
    /// if its host may not send agreements here; the caller then treats it like any other activity.
    pub(super) async fn hear_agreement(
        &self,
        checked: &Checked,
        body: &[u8],
    ) -> Option<std::result::Result<(), Rejected>> {
        // Most incoming activities are about something else; avoid parsing them twice.
        if body.len() > LARGEST || !std::str::from_utf8(body).ok()?.contains("\"Agreement\"") {
            return None;
        }
        let document = json::read(body).ok()?;
        let (notice, object) = wire::notice(&document)?;
        let host = self.key_host(&checked.key_id).ok().filter(|host| host != self.domain())?;
        agreements::admit(&self.instance, &host).await.ok()?;
        let now = self.now();
        let counts = [(OF_HOST, Subject::name(&host)), (OF_ALL, Subject::name("all"))];
        for (rule, subject) in counts {
            let verdict = self.limits.count(self.domain(), rule, subject, now);
            if !verdict.allowed {
                return Some(Err(Rejected::too_many(verdict.retry_after(now))));
            }
        }
        Some(self.take_notice(checked, &host, &document, notice, object).await.map_err(rejected))
    }

    async fn take_notice(
        &self,
        checked: &Checked,
        host: &str,
        document: &Object,
        notice: AgreementNotice,
        object: &Object,
    ) -> Result<()> {
        let activity = Activity::read(document)?;
        let there = self.instance_actor_of(host).await?;
        if activity.actor != there.uri || !is_by(&there, checked) {
            return Err(Error::permanent("it is not signed by the instance actor of its host"));
        }
        let instance = &self.instance;
        match notice {
            AgreementNotice::Offer | AgreementNotice::Accept => {
                let text = wire::read(object)?;
                // The proof must match the document that we would have written and signed ourselves, byte for
                // byte.
                let own_digest = agreements::digest(&text)?;
                let mut ours = wire::write(&text, &own_digest)?;
                let proof = object.get("proof").cloned().unwrap_or_default();
                ours.insert("proof".to_owned(), proof.clone());
                let by = object_proofs::read(&ours, self.now())?;
                if value::text(object, "digest") != Some(&own_digest)
                    || !by.is_some_and(|by| is_by(&there, &by))
                {
                    return Err(Error::permanent("the text is not signed by the instance actor of its host"));
                }
                let proof = proof.to_string();
                let heard = match notice {
                    AgreementNotice::Offer => agreements::receive_offer(instance, host, text, proof).await,
                    _ => agreements::receive_accept(instance, host, text, proof).await,
                };
                heard.map_err(heard_in_vain)?;
            }
            AgreementNotice::Reject => {
                agreements::receive_reject(instance, host, wire::reference(object)?).await?
            }
            AgreementNotice::Undo => {
                agreements::receive_undo(instance, host, wire::reference(object)?).await?
            }
        }
        tracing::info!(host, ?notice, "agreement.received");
        Ok(())
    }

    /// Checks an incoming activity against the agreement with its author's host, as far as that is possible
    /// before the activity is applied. A partner's refusal names the clause and a contact.
    pub(super) async fn check_terms(
        &self,
        document: &Object,
        author: &Signer,
    ) -> std::result::Result<(), Rejected> {
        let activity = inbox::read(document)?;
        match self.rule_against(document, &activity, author).await {
            Ok(None) => Ok(()),
            Ok(Some(rule)) => Err(self.explained(&author.host, Some(rule)).await.unwrap_or_else(|| {
                Rejected::new(StatusCode::FORBIDDEN, "this server does not federate with yours")
            })),
            Err(error) => Err(Rejected::of(error)),
        }
    }

    async fn rule_against(
        &self,
        document: &Object,
        activity: &Activity,
        author: &Signer,
    ) -> Result<Option<Clause>> {
        let (host, id) = (author.host.clone(), author.account);
        let target = activity.object_id().map(str::to_owned);
        let follows = activity.kind == Some(Kind::Follow);
        let (there, account, named, rooms) = self
            .instance
            .store
            .read(move |reader| {
                let there = reader.standing_of(&host)?;
                let grants = if there.grants.gives.has(Grant::Follows) {
                    None
                } else {
                    reader.find_agreement_grants(&host)?
                };
                let target = match target.filter(|_| follows) {
                    Some(uri) => reader.find_account_by_uri(&uri)?.filter(|account| account.is_local()),
                    None => None,
                };
                let mut rooms = reader.rooms_of_guest(id)?;
                if follows {
                    rooms.retain(|guest| target.as_ref().is_some_and(|target| target.id == guest.group));
                }
                let named = target.zip(grants).is_some_and(|(target, grants)| {
                    grants.follows_given.iter().any(|name| name.eq_ignore_ascii_case(&target.username))
                });
                Ok::<_, Error>((there, reader.find_account(id)?, named, rooms))
            })
            .await?;
        // A room's guests post to it without an agreement. Whether a post is really for the room is checked
        // when it is applied.
        let room = follows || matches!(activity.kind, Some(Kind::Create | Kind::Update));
        if room && !rooms.is_empty() {
            return Ok(None);
        }
        if follows {
            return Ok(may_be_followed(there.grants.gives, named).err().map(|_| Clause::Follows));
        }
        let Some(account) = account else { return Ok(None) };
        let followers = account.endpoints.followers.as_deref();
        let sender = Sender { uri: &account.uri, followers, own: self.domain() };
        Ok(policy::may_come(
            there.grants.takes,
            &agreement_filter::carried(document, activity, &sender, there.tier),
        )
        .err())
    }

    /// Returns the refusal for a host with an agreement, with the clause and a contact; `None` for other
    /// hosts.
    async fn explained(&self, host: &str, rule: Option<Clause>) -> Option<Rejected> {
        let found = agreements::explain(&self.instance, host, rule).await.ok().flatten()?;
        Some(Rejected::explained(json!({
            "type": "about:blank",
            "status": 403,
            "title": "the agreement does not allow this",
            "rule": found.rule.as_str(),
            "contact": found.contact,
            "agreement": found.agreement,
            "version": found.version,
        })))
    }

    /// Explains why a host that is not federated with is refused, if an agreement with it has ended or is
    /// suspended. Only answers a request whose signature can be checked with a key we already have.
    pub(super) async fn refused_by_agreement(&self, checked: &Checked) -> Option<Rejected> {
        let host = self.key_host(&checked.key_id).ok()?;
        let uri = checked.key_id.clone();
        let known = self.instance.store.read(move |reader| reader.find_key(&uri)).await.ok().flatten();
        let (_, key) = known?;
        let key = PublicKey::from_pem(&key.public_pem).ok()?;
        if checked.is_signed_by(&key) { self.explained(&host, None).await } else { None }
    }
}

/// Returns the instance actor that a NodeInfo index names.
fn application(index: &Object) -> Option<String> {
    let links = value::objects(index, "links");
    let link = links.into_iter().find(|link| value::text(link, "rel") == Some(APPLICATION))?;
    value::text(link, "href").map(str::to_owned)
}

/// Whether a signature was made with one of the actor's own keys.
fn is_by(actor: &RemoteActor, checked: &Checked) -> bool {
    let key = actor.keys.iter().find(|key| key.uri == checked.key_id && same_origin(&key.uri, &actor.uri));
    key.and_then(|key| PublicKey::from_pem(&key.public_pem).ok())
        .is_some_and(|key| checked.is_signed_by(&key))
}

/// A conflict with what is stored here is permanent: repeating the notice does not change it.
fn heard_in_vain(error: portico_service::Error) -> Error {
    match error {
        portico_service::Error::Conflict(why) => Error::permanent(why),
        other => other.into(),
    }
}

/// Converts an error into the response to the sender of an agreement notice.
fn rejected(error: Error) -> Rejected {
    match error {
        Error::Permanent(why) => Rejected::new(StatusCode::BAD_REQUEST, why),
        other => Rejected::of(other),
    }
}

/// A 403 response that explains a refusal (RFC 9457).
pub(super) fn explanation(body: &Value) -> Response {
    let mut response = (StatusCode::FORBIDDEN, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
