//! Telling devices: a job is one notification for one subscription.
//!
//! A push service that is away is asked again for some minutes; one that no longer knows the device ends
//! the subscription. Nothing is buried: an old notification is of no use, and the client shows it anyway.

mod seal;

use std::sync::Arc;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::json;

use self::seal::{LARGEST, Once, Recipient, Sealed};
use super::runner::Consumer;
use crate::federation::net::Net;
use crate::instance::Instance;
use crate::model::push::PushSubscription;
use crate::model::{JobId, NotificationId, PushId};
use crate::service::push::{self, Message};
use crate::store::{Job, PUSH};

/// How long a push service keeps what it cannot deliver: two days.
const TIME_TO_LIVE: &str = "172800";
/// How long a signature towards a push service holds.
const SIGNED_SECONDS: i64 = 12 * 3600;
/// After so many tries the notification is old.
const TRIES: i64 = 6;

/// The consumer that tells devices of notifications.
pub(super) struct Push {
    instance: Arc<Instance>,
    net: Net,
}

#[derive(serde::Deserialize)]
struct Task {
    subscription: PushId,
    notification: NotificationId,
}

/// What became of a message.
enum Outcome {
    Sent,
    /// The push service does not want messages for this device.
    Unwanted,
    /// Why, and after how many seconds the push service wants to be asked again, if it told.
    Later(String, Option<u64>),
}

impl Push {
    pub(super) fn new(instance: &Arc<Instance>) -> Result<Self, crate::federation::Error> {
        let net = Net::new(&instance.network, instance.urls.origin())?;
        Ok(Self { instance: Arc::clone(instance), net })
    }

    async fn tell(&self, to: &PushSubscription, message: &Message) -> Outcome {
        let Ok(url) = self.net.check(&to.endpoint) else { return Outcome::Unwanted };
        let Some((headers, body)) = self.request(&url, to, message) else { return Outcome::Unwanted };
        match self.net.push(&url, &headers, body, self.instance.now()).await {
            Ok(answer) if answer.status.is_success() => Outcome::Sent,
            Ok(answer) if answer.status.is_client_error() && !matches!(answer.status.as_u16(), 408 | 429) => {
                tracing::info!(status = answer.status.as_u16(), "a push service ends a subscription");
                Outcome::Unwanted
            }
            Ok(answer) => {
                Outcome::Later(format!("the push service answers {}", answer.status), answer.retry_after)
            }
            Err(error) => Outcome::Later(error.to_string(), None),
        }
    }

    /// Puts a message off for as long as the push service asks for.
    async fn wait(&self, job: JobId, seconds: u64, why: String) -> Result<(), String> {
        let at = self.instance.now().plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
        let settled = self.instance.store.write(move |tx| tx.put_off_job(job, Some(at), &why)).await;
        settled.map_err(|error: crate::store::Error| error.to_string())
    }

    /// The headers and the body of the request that tells a device.
    fn request(
        &self,
        url: &url::Url,
        to: &PushSubscription,
        message: &Message,
    ) -> Option<(Vec<(&'static str, String)>, Bytes)> {
        let key = URL_SAFE_NO_PAD.decode(&to.p256dh).ok()?;
        let auth = URL_SAFE_NO_PAD.decode(&to.auth).ok()?;
        let once = Once { key: PrivateKey::generate(&ECDH_P256).ok()?, salt: self.instance.rng.bytes() };
        let recipient = Recipient { key: &key, auth: &auth };
        let (text, public) = (payload(message), self.instance.push.public());
        let token = self.signed(url)?;
        let mut headers = vec![
            ("ttl", TIME_TO_LIVE.to_owned()),
            ("urgency", if message.urgent { "high" } else { "normal" }.to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
        ];
        let sealed: Sealed = if to.standard {
            headers.push(("content-encoding", "aes128gcm".to_owned()));
            headers.push(("authorization", format!("vapid t={token}, k={public}")));
            seal::standard(&recipient, &once, text.as_bytes()).ok()?
        } else {
            let sealed = seal::draft(&recipient, &once, text.as_bytes()).ok()?;
            let dh = URL_SAFE_NO_PAD.encode(&sealed.dh);
            headers.push(("content-encoding", "aesgcm".to_owned()));
            headers.push(("encryption", format!("salt={}", URL_SAFE_NO_PAD.encode(once.salt))));
            headers.push(("crypto-key", format!("dh={dh};p256ecdsa={public}")));
            headers.push(("authorization", format!("WebPush {token}")));
            sealed
        };
        Some((headers, Bytes::from(sealed.body)))
    }

    /// The JWT that tells a push service who we are (RFC 8292).
    fn signed(&self, url: &url::Url) -> Option<String> {
        let instance = &self.instance;
        let contact = match instance.settings.contact_email.as_str() {
            "" => instance.urls.at("/"),
            email => format!("mailto:{email}"),
        };
        let claims = json!({
            "aud": url.origin().ascii_serialization(),
            "exp": instance.now().seconds() + SIGNED_SECONDS,
            "sub": contact,
        });
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let said = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = instance.push.sign(said.as_bytes())?;
        Some(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// What the device reads. A long address of a picture gives way, so that it fits.
fn payload(message: &Message) -> String {
    let with = |icon: &str, body: &str| {
        json!({
            "access_token": message.access_token,
            "preferred_locale": message.locale,
            "notification_id": message.notification.0,
            "notification_type": message.kind.as_str(),
            "icon": icon,
            "title": message.title,
            "body": body,
        })
        .to_string()
    };
    let whole = with(&message.icon, &message.body);
    if whole.len() <= LARGEST { whole } else { with("", &message.body.chars().take(140).collect::<String>()) }
}

impl Consumer for Push {
    const QUEUE: &'static str = PUSH;
    const WIDTH: usize = 16;

    async fn run(&self, job: &Job) -> Result<(), String> {
        let task: Task = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let found = push::message(&self.instance, task.subscription, task.notification).await;
        if let Some((to, message)) = found.map_err(|error| error.to_string())? {
            match self.tell(&to, &message).await {
                Outcome::Sent => {}
                Outcome::Later(why, Some(seconds)) if job.attempts < TRIES => {
                    return self.wait(job.id, seconds, why).await;
                }
                Outcome::Later(why, None) if job.attempts < TRIES => return Err(why),
                Outcome::Later(why, _) => tracing::warn!(why, "a device was not told"),
                Outcome::Unwanted => {
                    push::forget(&self.instance, &to).await.map_err(|error| error.to_string())?;
                }
            }
        }
        let id = job.id;
        let done = self.instance.store.write(move |tx| tx.finish_job(id).map(drop)).await;
        done.map_err(|error: crate::store::Error| error.to_string())
    }
}
