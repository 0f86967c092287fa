//! Whom a post would reach, and whom it has reached. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Circle};
use crate::model::Reach;
use crate::model::delivery::{Delivered, DeliveryState, HostRule, Withheld};
use crate::model::peer::Tier;
use crate::model::urls::Urls;
use crate::service::statuses::{HostGets, Preview};

/// Whom a post would reach.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Audience {
    /// How far it would go, with all that narrows it.
    reach: Reach,
    /// The one partner that it would go to.
    partner: Option<String>,
    /// Whether it would be addressed to people whom it does not name.
    addressed: bool,
    /// The circle that it would be addressed to.
    circle: Option<Circle>,
    /// Who could see it on this instance.
    here: HereGets,
    /// The other instances that would get it.
    hosts: Vec<HostAudience>,
    /// Whom it names, and who would not get it: their instance may not have something of this reach.
    left_out: Vec<Account>,
    /// The departments and divisions that it would call.
    departments: Vec<Called>,
}

/// A department or division that a post calls.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AudienceDepartment")]
struct Called {
    name: String,
    /// How many people of this instance that would tell; the company's other instances tell their own.
    people: usize,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AudienceHere")]
struct HereGets {
    /// Whether everybody who is signed in could see it.
    everyone: bool,
    /// How many could, besides its author.
    people: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct HostAudience {
    domain: String,
    #[schemars(with = "String")]
    tier: Tier,
    /// Whether everybody there may see it.
    everyone: bool,
    /// Whether somebody there follows the author.
    follows: bool,
    /// Whom it names there.
    named: Vec<Account>,
}

impl Audience {
    /// Renders a preview.
    pub fn render(preview: &Preview, urls: &Urls) -> Self {
        let accounts = |list: &[crate::model::account::Account]| -> Vec<Account> {
            list.iter().map(|account| Account::render(account, urls)).collect()
        };
        let host = |host: &HostGets| HostAudience {
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
            here: HereGets { everyone: preview.everyone_here, people: preview.people_here },
            hosts: preview.hosts.iter().map(host).collect(),
            left_out: accounts(&preview.left_out),
            departments: preview
                .calls
                .iter()
                .map(|call| Called { name: call.unit.name.clone(), people: call.people.len() })
                .collect(),
        }
    }
}

/// One inbox that a post was to go to, or a host from which it was kept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveryRecord {
    host: String,
    /// None for a host from which it was kept from the beginning.
    inbox: Option<String>,
    state: DeliveryState,
    /// When it was first to be sent there, or was decided that it must not.
    queued_at: String,
    /// When the inbox took it; none too for what was sent before that was noted.
    taken_at: Option<String>,
    /// How often what waits was tried.
    attempts: i64,
    /// When it is tried again.
    next_attempt_at: Option<String>,
    /// What went wrong last.
    error: Option<String>,
    /// The rule of this instance that keeps it from the host, if it was that: `agreement` (with the host),
    /// `reach` (of the post) or `host` (nothing may be exchanged with it).
    rule: Option<HostRule>,
    /// When the host was asked to delete it, because it was made to go less far.
    recalled_at: Option<String>,
}

impl DeliveryRecord {
    /// Renders one entry of the delivery log.
    pub fn render(entry: &Delivered) -> Self {
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

    /// Renders a host from which a post was kept.
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
