//! The preview of a post's recipients, and the delivery log of a post. An extension of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Circle};
use portico_domain::model::Reach;
use portico_domain::model::delivery::{DeliveryLogEntry, DeliveryState, HostRule, Withheld};
use portico_domain::model::peer::Tier;
use portico_domain::model::urls::Urls;
use portico_service::publishing::statuses::{DeliveryPreview, HostPreview};

/// The recipients that a post would have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Audience {
    /// The effective reach, after all restrictions.
    reach: Reach,
    /// The domain of the only partner that would receive the post.
    partner: Option<String>,
    /// Whether the post would be addressed to accounts that it does not mention.
    addressed: bool,
    /// The circle to which the post would be addressed.
    circle: Option<Circle>,
    /// The recipients on this instance.
    here: LocalAudience,
    /// The other instances that would receive the post.
    hosts: Vec<HostAudience>,
    /// Mentioned accounts that would not receive the post, because their instance may not receive this reach.
    left_out: Vec<Account>,
    /// The departments and divisions that the post would mention.
    departments: Vec<MentionedDepartment>,
}

/// A department or division that a post mentions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AudienceDepartment")]
struct MentionedDepartment {
    name: String,
    /// The number of people on this instance who would be notified. The company's other instances notify
    /// their own.
    people: usize,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AudienceHere")]
struct LocalAudience {
    /// Whether every signed-in user could see the post.
    everyone: bool,
    /// The number of accounts that could see it, without its author.
    people: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct HostAudience {
    domain: String,
    #[schemars(with = "String")]
    tier: Tier,
    /// Whether every account there may see the post.
    everyone: bool,
    /// Whether any account there follows the author.
    follows: bool,
    /// The mentioned accounts there.
    named: Vec<Account>,
}

impl Audience {
    /// Renders a preview.
    pub fn render(preview: &DeliveryPreview, urls: &Urls) -> Self {
        let accounts = |list: &[portico_domain::model::account::Account]| -> Vec<Account> {
            list.iter().map(|account| Account::render(account, urls)).collect()
        };
        let host = |host: &HostPreview| HostAudience {
            domain: host.domain.clone(),
            tier: host.tier,
            everyone: host.everyone,
            follows: host.follows,
            named: accounts(&host.named),
        };
        Self {
            reach: preview.reach,
            partner: preview.partner.clone(),
            addressed: preview.addressed,
            circle: preview.circle.as_ref().map(Circle::render),
            here: LocalAudience { everyone: preview.everyone_here, people: preview.people_here },
            hosts: preview.hosts.iter().map(host).collect(),
            left_out: accounts(&preview.left_out),
            departments: preview
                .calls
                .iter()
                .map(|call| MentionedDepartment {
                    name: call.department.name.clone(),
                    people: call.people.len(),
                })
                .collect(),
        }
    }
}

/// The delivery of a post to one inbox, or a host to which it was not sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveryRecord {
    host: String,
    /// Null for a host to which the post was never queued.
    inbox: Option<String>,
    state: DeliveryState,
    /// When the delivery was first queued, or was withheld.
    queued_at: String,
    /// When the inbox accepted the delivery; also null for deliveries from before this was recorded.
    taken_at: Option<String>,
    /// The number of attempts of a pending delivery.
    attempts: i64,
    /// The time of the next attempt.
    next_attempt_at: Option<String>,
    /// The last error.
    error: Option<String>,
    /// The rule of this instance that prevented the delivery, if any: `agreement` (with the host), `reach`
    /// (of the post) or `host` (no federation with it).
    rule: Option<HostRule>,
    /// When the host was asked to delete the post, because its reach was narrowed.
    recalled_at: Option<String>,
}

impl DeliveryRecord {
    /// Renders one entry of the delivery log.
    pub fn render(entry: &DeliveryLogEntry) -> Self {
        let (waiting, state) = (entry.waiting.as_ref(), entry.state());
        let next = waiting.and_then(|waiting| waiting.next_at).filter(|_| state == DeliveryState::Waiting);
        Self {
            host: entry.host.clone(),
            inbox: Some(entry.inbox.clone()),
            state,
            queued_at: entry.queued_at.rfc3339(),
            taken_at: entry.taken_at.map(|at| at.rfc3339()),
            attempts: waiting.map_or(0, |waiting| waiting.attempts),
            next_attempt_at: next.map(|at| at.rfc3339()),
            error: entry.fault().map(str::to_owned),
            rule: entry.rule.filter(|_| state == DeliveryState::Refused),
            recalled_at: entry.recalled_at.map(|at| at.rfc3339()),
        }
    }

    /// Renders a host to which a post was not sent.
    pub fn render_withheld(kept: &Withheld) -> Self {
        Self {
            host: kept.host.clone(),
            inbox: None,
            state: DeliveryState::Withheld,
            queued_at: kept.at.rfc3339(),
            taken_at: None,
            attempts: 0,
            next_attempt_at: None,
            error: None,
            rule: Some(kept.rule),
            recalled_at: None,
        }
    }
}
