//! Web Push subscriptions, one per token.

use aide::axum::ApiRouter;
use axum::Json;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{self, CurrentUser};
use super::{entities, scope};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::push::PushPolicy;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::reading::push::{self, SubscriptionInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/push/subscription", get(show).post(subscribe).put(change).delete(unsubscribe))
}

/// A new subscription.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushSubscriptionParams {
    /// The push service endpoint, and the keys that encrypt messages.
    subscription: PushEndpointParams,
    /// The notifications to push.
    data: PushDataParams,
}

/// A change of a subscription.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushSubscriptionChangeParams {
    /// The notifications to push.
    data: PushDataParams,
}

/// A push subscription, as the browser or the system's push service returns it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushEndpointParams {
    /// The endpoint URL at the push service.
    endpoint: String,
    /// The device's keys.
    keys: PushKeysParams,
    /// Whether messages are encrypted by RFC 8291 (`aes128gcm`) rather than by its draft (`aesgcm`).
    standard: Option<bool>,
}

/// The keys of a device, in base64.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushKeysParams {
    /// The device's public key, an uncompressed P-256 point.
    p256dh: String,
    /// The device's authentication secret of 16 bytes.
    auth: String,
}

/// The notifications to push.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushDataParams {
    /// The kinds of notifications to push; kinds that are not named are off.
    alerts: Option<PushAlertsParams>,
    /// The actors whose actions to push: `all`, `followed`, `follower` or `none`.
    policy: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PushAlertsParams {
    mention: Option<bool>,
    quote: Option<bool>,
    status: Option<bool>,
    reblog: Option<bool>,
    follow: Option<bool>,
    follow_request: Option<bool>,
    favourite: Option<bool>,
    poll: Option<bool>,
    update: Option<bool>,
    quoted_update: Option<bool>,
    #[serde(rename = "admin.sign_up")]
    sign_up: Option<bool>,
    #[serde(rename = "admin.report")]
    report: Option<bool>,
}

impl PushAlertsParams {
    fn asks(&self, kind: NotificationKind) -> bool {
        let said = match kind {
            NotificationKind::Mention => self.mention,
            NotificationKind::Quote => self.quote,
            NotificationKind::Status => self.status,
            NotificationKind::Boost => self.reblog,
            NotificationKind::Follow => self.follow,
            NotificationKind::FollowRequest => self.follow_request,
            NotificationKind::Favourite => self.favourite,
            NotificationKind::Poll => self.poll,
            NotificationKind::Update => self.update,
            NotificationKind::QuotedUpdate => self.quoted_update,
            NotificationKind::SignUp => self.sign_up,
            NotificationKind::Report => self.report,
            NotificationKind::SeveredRelationships | NotificationKind::ModerationWarning => None,
        };
        said.unwrap_or(false)
    }
}

impl PushDataParams {
    fn alerts(&self) -> Option<Vec<NotificationKind>> {
        self.alerts.as_ref().map(|alerts| push::alerts(|kind| alerts.asks(kind)))
    }

    fn policy(&self) -> ApiResult<Option<PushPolicy>> {
        let Some(word) = self.policy.as_deref().filter(|word| !word.is_empty()) else { return Ok(None) };
        let known = word.parse::<PushPolicy>().ok();
        known.map(Some).ok_or_else(|| Problem::invalid(&["Policy is not included in the list".to_owned()]))
    }
}

async fn subscribe(
    here: CurrentInstance,
    me: CurrentUser<scope::Push>,
    Params(form): Params<PushSubscriptionParams>,
    parts: Parts,
) -> ApiResult<Json<entities::WebPushSubscription>> {
    if form.subscription.endpoint.is_empty() {
        return Err(Problem::missing("subscription"));
    }
    let secret = auth::secret(&parts).unwrap_or_default();
    let (policy, alerts) = (form.data.policy()?.unwrap_or_default(), form.data.alerts().unwrap_or_default());
    let wish = SubscriptionInput {
        endpoint: form.subscription.endpoint,
        p256dh: form.subscription.keys.p256dh,
        auth: form.subscription.keys.auth,
        standard: form.subscription.standard.unwrap_or(false),
        alerts,
        policy,
    };
    let made = push::subscribe(&here, me.id, me.token(), &secret, wish).await?;
    Ok(Json(entities::WebPushSubscription::render(&made, here.push.public())))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::Push>,
) -> ApiResult<Json<entities::WebPushSubscription>> {
    let found = push::show(&here, me.token().id).await?;
    Ok(Json(entities::WebPushSubscription::render(&found, here.push.public())))
}

async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::Push>,
    Params(form): Params<PushSubscriptionChangeParams>,
) -> ApiResult<Json<entities::WebPushSubscription>> {
    let policy = form.data.policy()?;
    let changed = push::change(&here, me.token().id, form.data.alerts(), policy).await?;
    Ok(Json(entities::WebPushSubscription::render(&changed, here.push.public())))
}

async fn unsubscribe(
    here: CurrentInstance,
    me: CurrentUser<scope::Push>,
) -> ApiResult<Json<entities::Empty>> {
    push::unsubscribe(&here, me.token().id).await?;
    Ok(Json(entities::Empty {}))
}
