//! Delivery preview and delivery log: who would get a post, and who got it.

use std::collections::BTreeSet;

use super::NewStatus;
use super::post::check;
use crate::instance::Instance;
use crate::publishing::audience::{DeliverySettings, HostRelation, RecipientHosts};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::circle::Circle;
use portico_domain::model::delivery::Evidence;
use portico_domain::model::department::DepartmentMention;
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::reach::open_to_host;
use portico_store::{Reader, Tx};

/// The delivery preview of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPreview {
    /// The effective reach.
    pub reach: Reach,
    /// The only partner that would receive it.
    pub partner: Option<String>,
    /// Whether it would be addressed to accounts that it does not mention.
    pub addressed: bool,
    /// The circle that it would be addressed to.
    pub circle: Option<Circle>,
    /// Whether every signed-in local user could see it.
    pub everyone_here: bool,
    /// The number of local users, except the author, who could see it.
    pub people_here: i64,
    /// The other instances that would receive it.
    pub hosts: Vec<HostPreview>,
    /// The mentioned accounts that would not receive it.
    pub left_out: Vec<Account>,
    /// The departments and divisions that it would call, with the local users notified.
    pub calls: Vec<DepartmentMention>,
}

/// Another instance that would receive a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPreview {
    /// The domain.
    pub domain: String,
    /// The tier.
    pub tier: Tier,
    /// Whether everyone there may see it.
    pub everyone: bool,
    /// Whether an account there follows the author.
    pub follows: bool,
    /// The mentioned accounts there.
    pub named: Vec<Account>,
}

/// Previews the recipients of a post without posting it.
///
/// # Errors
/// As [`super::post`].
pub async fn preview(instance: &Instance, me: &Account, new: NewStatus) -> Result<DeliveryPreview> {
    let checked = check(instance, me, new).await?;
    let sender = DeliverySettings { mode: instance.settings.federation, instance_actor: instance.actor_id };
    let me = me.id;
    instance
        .store
        .write(move |tx| {
            let (limits, group, named, calls) = checked.compute_audience(tx)?;
            let circle = match checked.new.circle {
                Some(id) => tx.find_circle(me, id)?,
                None => None,
            };
            let addressed = checked.new.is_addressed();
            Ok(DeliveryPreview {
                calls,
                circle,
                addressed,
                ..compute_preview(tx, sender, me, (&limits, group), &named)?
            })
        })
        .await
}

fn compute_preview(
    tx: &mut Tx<'_>,
    sender: DeliverySettings,
    me: AccountId,
    (limits, group): (&AudienceLimits, Option<AccountId>),
    named: &[AccountId],
) -> Result<DeliveryPreview> {
    let reach = limits.reach;
    let mut people = Vec::new();
    for id in named.iter().filter(|id| **id != me) {
        people.extend(tx.find_account(*id)?);
    }
    let (here, elsewhere): (Vec<Account>, Vec<Account>) = people.into_iter().partition(Account::is_local);
    let there = |domain: &str| -> Vec<Account> {
        elsewhere.iter().filter(|account| account.domain.as_deref() == Some(domain)).cloned().collect()
    };
    let hosts = match reach {
        Reach::Instance => RecipientHosts::default(),
        _ => RecipientHosts::for_status(tx, sender, me, limits, group, named)?,
    };
    let mut preview = DeliveryPreview {
        reach,
        partner: limits.partner.as_ref().map(|partner| partner.domain.clone()),
        addressed: false,
        circle: None,
        everyone_here: reach.is_organisational(),
        people_here: 0,
        hosts: Vec::new(),
        left_out: Vec::new(),
        calls: Vec::new(),
    };
    let invited = hosts.guest_hosts();
    for (domain, tier, HostRelation { follows, .. }, allowed) in hosts.judge(tx, sender.mode, limits)? {
        let named = there(&domain);
        if allowed.is_ok() {
            let everyone = open_to_host(tier).contains(&reach);
            preview.hosts.push(HostPreview { domain, tier, everyone, follows, named });
        } else {
            preview.left_out.extend(named);
        }
    }
    add_guests(tx, &mut preview, group, invited)?;
    if reach == Reach::Instance {
        preview.left_out = elsewhere;
    }
    let named_here: Vec<AccountId> = here.iter().map(|account| account.id).collect();
    preview.people_here = match reach {
        Reach::Direct => i64::try_from(named_here.len()).unwrap_or(i64::MAX),
        Reach::Followers => tx.count_followers_here(me, &named_here)?,
        Reach::Group => match group {
            Some(group) => (tx.count_followers_here(group, &[])? - 1).max(0),
            None => 0,
        },
        _ => tx.count_people_besides(me)?,
    };
    Ok(preview)
}

/// Adds the hosts that would receive the post only for their room guests, with these guests.
fn add_guests(
    reader: &mut Reader<'_>,
    preview: &mut DeliveryPreview,
    room: Option<AccountId>,
    invited: BTreeSet<String>,
) -> Result<()> {
    let present = room.map(|room| reader.list_guests_present(room)).transpose()?.unwrap_or_default();
    let ids: Vec<i64> = present.iter().map(|id| id.0).collect();
    let guests = reader.accounts_by_id(&ids)?;
    for domain in invited {
        let there = guests.values().filter(|guest| guest.domain.as_ref() == Some(&domain));
        let mut named: Vec<Account> = there.filter(|guest| guest.suspended_at.is_none()).cloned().collect();
        preview.left_out.retain(|left| !named.contains(left));
        if let Some(host) = preview.hosts.iter_mut().find(|host| host.domain == domain) {
            named.retain(|guest| !host.named.contains(guest));
            host.named.extend(named);
            continue;
        }
        let tier = reader.tier_of(&domain)?;
        preview.hosts.push(HostPreview { domain, tier, everyone: false, follows: false, named });
    }
    Ok(())
}

/// Returns the delivery log of the caller's own post: each inbox with its outcome, and the hosts from which
/// the post was withheld, with the rule. A host that received it later appears only in the log.
pub async fn deliveries(instance: &Instance, me: AccountId, id: StatusId) -> Result<Evidence> {
    instance
        .store
        .read(move |reader| {
            let status = reader.find_status(id)?.filter(|status| status.account_id == me);
            let status = status.ok_or(Error::NotFound("status"))?;
            let log = reader.delivery_log(&status.uri)?;
            let mut withheld = reader.list_withheld(&status.uri)?;
            withheld.retain(|kept| log.iter().all(|entry| entry.host != kept.host));
            Ok(Evidence { log, withheld })
        })
        .await
}
