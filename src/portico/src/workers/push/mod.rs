//! The queue of web push: one job is one notification for one subscription.
//!
//! A push service that is unavailable is tried again for some minutes; one that no longer knows the device
//! ends the subscription. Old jobs are dropped rather than kept as failed, since the client shows the
//! notification anyway.

mod seal;

use std::sync::Arc;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::json;

use self::seal::{LARGEST, Once, Recipient, Sealed};
use portico_domain::model::push::PushSubscription;
use portico_jobs::{AfterFailure, Attempt, Concurrency, Done, Job, JobError};
use portico_net::Net;
use portico_service::instance::Instance;
use portico_service::reading::push::{self, PushMessage};
use portico_store::PushDelivery;

/// How long a push service keeps an undelivered message, in seconds: two days.
const TIME_TO_LIVE: &str = "172800";
/// The lifetime of the VAPID token, in seconds.
const SIGNED_SECONDS: i64 = 12 * 3600;
/// Seconds until the next attempt, by number of earlier attempts. After the last, a notification is dropped as
/// too old.
const BACK_OFF: [i64; 6] = [1, 5, 30, 120, 600, 3600];

/// The context of these jobs.
pub(super) struct Push {
    instance: Arc<Instance>,
    net: Net,
}

/// The outcome of sending a message.
enum Outcome {
    Sent,
    /// The push service rejects messages for this device permanently.
    Unwanted,
    /// A temporary failure: the reason, and the delay in seconds if the push service requests one.
    Later(String, Option<u64>),
}

impl Push {
    pub(super) fn new(instance: &Arc<Instance>) -> Result<Self, portico_federation::Error> {
        let net = Net::new(&instance.network, instance.urls.origin())?;
        Ok(Self { instance: Arc::clone(instance), net })
    }

    async fn send(&self, to: &PushSubscription, message: &PushMessage) -> Outcome {
        let Ok(url) = self.net.check(&to.endpoint) else { return Outcome::Unwanted };
        let Some((headers, body)) = self.request(&url, to, message) else { return Outcome::Unwanted };
        match self.net.push(&url, &headers, body, self.instance.now()).await {
            Ok(answer) if answer.status.is_success() => Outcome::Sent,
            Ok(answer) if answer.status.is_client_error() && !matches!(answer.status.as_u16(), 408 | 429) => {
                tracing::info!(status = answer.status.as_u16(), "push.subscription_rejected");
                Outcome::Unwanted
            }
            Ok(answer) => {
                Outcome::Later(format!("the push service returned {}", answer.status), answer.retry_after)
            }
            Err(error) => Outcome::Later(error.to_string(), None),
        }
    }

    /// Builds the headers and the body of the request to the push service.
    fn request(
        &self,
        url: &url::Url,
        to: &PushSubscription,
        message: &PushMessage,
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

    /// Returns the JWT that identifies this instance to a push service (RFC 8292).
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

/// Builds the message for the device. A long avatar URL is left out if the message would be too large.
fn payload(message: &PushMessage) -> String {
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

impl Job<Push> for PushDelivery {
    const CONCURRENCY: Concurrency = Concurrency::UpTo(16);
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        &BACK_OFF
    }

    async fn run(&self, context: &Arc<Push>, _: Attempt) -> Result<Done, JobError> {
        let found = push::message(&context.instance, self.subscription, self.notification).await?;
        if let Some((to, message)) = found {
            match context.send(&to, &message).await {
                Outcome::Sent => {}
                Outcome::Later(error, after) => {
                    let after = after.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
                    return Err(JobError::Retry { error, after });
                }
                Outcome::Unwanted => push::forget(&context.instance, &to).await?,
            }
        }
        Ok(Done::Finished)
    }
}
