//! Web Push: subscriptions and the content of push messages. Jobs encrypt and send the messages with the keys
//! stored here.

mod keys;

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::oauth::Token;
use portico_domain::model::push::{PUSHED, PushPolicy, PushSubscription};
use portico_domain::model::view::NotificationView;
use portico_domain::model::{AccountId, NotificationId, PushId, Reach, TokenId};
use portico_domain::policy::reach::scope;
use portico_html::{clean_line, plain_text};

pub use keys::PushKeys;

/// Maximum length of an endpoint, in bytes.
const LONGEST_ENDPOINT: usize = 2048;
/// Maximum length of a message's body, in characters.
const BODY: usize = 140;
/// Maximum length of a message's title, in characters.
const TITLE: usize = 120;

/// The language of users who have not chosen one.
const USUAL_LOCALE: &str = "en";

/// The input of a subscription.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionInput {
    /// The push service's endpoint.
    pub endpoint: String,
    /// The client's public key, in any base64 variant.
    pub p256dh: String,
    /// The client's authentication secret, in any base64 variant.
    pub auth: String,
    /// Whether to encrypt as in RFC 8291 instead of the earlier draft.
    pub standard: bool,
    /// The requested notification kinds.
    pub alerts: Vec<NotificationKind>,
    /// The accounts whose actions trigger a message.
    pub policy: PushPolicy,
}

/// The content of a push message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// The client's access token.
    pub access_token: String,
    /// The notification's id.
    pub notification: NotificationId,
    /// The notification's kind.
    pub kind: NotificationKind,
    /// The avatar of the acting account.
    pub icon: String,
    /// A one-line summary.
    pub title: String,
    /// The beginning of the post or profile.
    pub body: String,
    /// Whether to deliver it even to a device in battery-saving mode.
    pub urgent: bool,
    /// The recipient's language (BCP 47).
    pub locale: String,
}

/// Creates the subscription of a token, and replaces an earlier one. `secret` is the token itself.
///
/// # Errors
/// `Invalid` for an unusable endpoint or key.
pub async fn subscribe(
    instance: &Instance,
    me: AccountId,
    token: &Token,
    secret: &str,
    input: SubscriptionInput,
) -> Result<PushSubscription> {
    let (p256dh, auth) = (keys::decode(&input.p256dh), keys::decode(&input.auth));
    let mut faults = Vec::new();
    if !is_endpoint(&input.endpoint, instance.network.insecure_http) {
        faults.push("Endpoint is not an https URL".to_owned());
    }
    if !p256dh.as_deref().is_some_and(keys::is_point) {
        faults.push("Key p256dh is not a public key of P-256".to_owned());
    }
    if auth.as_deref().is_none_or(|bytes| bytes.len() != 16) {
        faults.push("Key auth is not 16 bytes".to_owned());
    }
    let (Some(p256dh), Some(auth), true) = (p256dh, auth, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let sealed = instance.push.seal(instance.rng.bytes(), token.id, secret);
    let new = PushSubscription {
        // Clients parse it as a number, so it must be as small as a notification id.
        id: PushId(instance.ids.next_notification(instance.now()).0),
        token_id: token.id,
        account_id: me,
        endpoint: input.endpoint,
        p256dh: keys::encode(&p256dh),
        auth: keys::encode(&auth),
        standard: input.standard,
        alerts: input.alerts,
        policy: input.policy,
        sealed_token: sealed.ok_or(Error::Unavailable("the encryption of push tokens"))?,
    };
    instance
        .store
        .write(move |tx| {
            tx.delete_push_subscription(new.token_id)?;
            tx.insert_push_subscription(&new)?;
            Ok(new.clone())
        })
        .await
}

fn is_endpoint(text: &str, insecure_http: bool) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let scheme = url.scheme() == "https" || (insecure_http && url.scheme() == "http");
    scheme && text.len() <= LONGEST_ENDPOINT && url.has_host() && url.username().is_empty()
}

/// Returns a token's subscription.
pub async fn show(instance: &Instance, token: TokenId) -> Result<PushSubscription> {
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_push_subscription(token)?));
    found.await?.ok_or(Error::NotFound("push subscription"))
}

/// Changes a token's subscription; absent values keep their setting.
pub async fn change(
    instance: &Instance,
    token: TokenId,
    alerts: Option<Vec<NotificationKind>>,
    policy: Option<PushPolicy>,
) -> Result<PushSubscription> {
    instance
        .store
        .write(move |tx| {
            let found = tx.find_push_subscription(token)?.ok_or(Error::NotFound("push subscription"))?;
            let changed = PushSubscription {
                alerts: alerts.clone().unwrap_or_else(|| found.alerts.clone()),
                policy: policy.unwrap_or(found.policy),
                ..found
            };
            tx.update_push_subscription(changed.id, &changed.alerts, changed.policy)?;
            Ok(changed)
        })
        .await
}

/// Deletes a token's subscription; idempotent.
pub async fn unsubscribe(instance: &Instance, token: TokenId) -> Result<()> {
    instance.store.write(move |tx| Ok(tx.delete_push_subscription(token)?)).await
}

/// Builds the push message of a notification. Returns `None` if there is nothing to send any more: the
/// subscription is gone, the user may not sign in, or the notification is no longer visible to them.
pub async fn message(
    instance: &Instance,
    subscription: PushId,
    notification: NotificationId,
) -> Result<Option<(PushSubscription, PushMessage)>> {
    let setting = setting(instance);
    let found = instance
        .store
        .read(move |reader| {
            let Some(to) = reader.push_subscription(subscription)? else { return Ok(None) };
            if !reader.may_sign_in(to.account_id)? {
                return Ok(None);
            }
            let scope = scope(&Viewer::Local(to.account_id), &setting);
            let Some(found) = reader.find_notification(to.account_id, &scope, notification)? else {
                return Ok(None);
            };
            let view = reader.notification_views(to.account_id, vec![found])?.pop();
            let language = reader.find_user_by_account(to.account_id)?.and_then(|user| user.default_language);
            Ok::<_, Error>(view.map(|view| (to, view, language)))
        })
        .await?;
    Ok(found.and_then(|(to, view, language)| {
        let access_token = instance.push.open(to.token_id, &to.sealed_token)?;
        let locale = language.unwrap_or_else(|| USUAL_LOCALE.to_owned());
        let message = build_message(&view, access_token, &instance.urls.default_avatar(), locale);
        Some((to, message))
    }))
}

fn build_message(
    view: &NotificationView,
    access_token: String,
    default_icon: &str,
    locale: String,
) -> PushMessage {
    let kind = view.notification.kind;
    let body = match &view.status {
        Some(about) if !about.status.spoiler_text.is_empty() => about.status.spoiler_text.clone(),
        Some(about) => plain_text(&about.status.content),
        None => plain_text(&view.account.note),
    };
    let direct = view.status.as_ref().is_some_and(|about| about.status.reach == Reach::Direct);
    PushMessage {
        access_token,
        notification: view.notification.id,
        kind,
        icon: view.account.avatar_url.clone().unwrap_or_else(|| default_icon.to_owned()),
        title: clean_line(&format!("{} {}", view.account.name(), describe_kind(kind)), TITLE),
        body: clean_line(&body, BODY),
        urgent: direct && kind == NotificationKind::Mention,
        locale,
    }
}

/// Describes an action as it follows the actor's name.
const fn describe_kind(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Mention => "mentioned you",
        NotificationKind::Status => "has just posted",
        NotificationKind::Boost => "boosted your post",
        NotificationKind::Follow => "follows you now",
        NotificationKind::FollowRequest => "asks to follow you",
        NotificationKind::Favourite => "favourited your post",
        NotificationKind::Poll => "ran a poll that has ended",
        NotificationKind::Update => "edited a post that you boosted",
        NotificationKind::SignUp => "has signed up",
        NotificationKind::Report => "reported an account",
        NotificationKind::SeveredRelationships => "ended some of your follows",
        NotificationKind::ModerationWarning => "sent you a warning",
        NotificationKind::Quote => "quoted your post",
        NotificationKind::QuotedUpdate => "edited a post that you quoted",
    }
}

/// Deletes a subscription that the push service no longer knows.
pub async fn forget(instance: &Instance, subscription: &PushSubscription) -> Result<()> {
    let (id, token) = (subscription.id, subscription.token_id);
    instance
        .store
        .write(move |tx| {
            // The token may have subscribed again in the meantime.
            if tx.find_push_subscription(token)?.is_some_and(|found| found.id == id) {
                tx.delete_push_subscription(token)?;
            }
            Ok(())
        })
        .await
}

/// Returns the kinds available for push for which `asks` returns true.
pub fn alerts(asks: impl Fn(NotificationKind) -> bool) -> Vec<NotificationKind> {
    PUSHED.into_iter().filter(|kind| asks(*kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_unless_the_operator_says_otherwise() {
        assert!(is_endpoint("https://push.example/x", false));
        assert!(is_endpoint("http://push.example/x", true));
        for bad in ["http://push.example/x", "ftp://push.example/", "https://u@push.example/", "push", ""] {
            assert!(!is_endpoint(bad, false), "{bad}");
        }
        assert!(!is_endpoint(&format!("https://push.example/{}", "x".repeat(3000)), false));
    }
}
