//! Domain blocks and domain allows of the admin API. Both are tiers of a host (see `model::peer`):
//!
//! ```text
//!  domain block:  suspend = blocked    silence = limited    noop = open, but media or reports are refused
//!  domain allow:  company and partner, and open where the instance federates with everybody
//! ```

use crate::instance::Instance;
use crate::partners::peers;
use crate::{Error, Result};
use portico_domain::model::EntryId;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::{FederationMode, Host, HostRules, Tier};
use portico_domain::policy::moderation::{Power, may};
use portico_domain::policy::reach::host_allowed;

/// The severity of a domain block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
pub enum HostSeverity {
    /// No exchange with the host.
    #[strum(serialize = "suspend")]
    Suspend,
    /// Its posts show only to followers of their authors.
    #[strum(serialize = "silence")]
    Silence,
    /// Only its media or its reports are refused.
    #[strum(serialize = "noop")]
    Noop,
}

impl HostSeverity {
    /// Returns the name used in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the severity that matches a host's tier.
    pub const fn from_host(host: &Host) -> Self {
        match host.tier {
            Tier::Blocked => Self::Suspend,
            Tier::Limited => Self::Silence,
            Tier::Company | Tier::Partner | Tier::Open => Self::Noop,
        }
    }

    pub(super) const fn tier(self) -> Tier {
        match self {
            Self::Suspend => Tier::Blocked,
            Self::Silence => Tier::Limited,
            Self::Noop => Tier::Open,
        }
    }
}

/// Changes to a domain block; absent fields keep their value or take the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostBlockInput {
    /// The severity; `silence` by default.
    pub limit: Option<HostSeverity>,
    /// Whether to hide media of its posts.
    pub reject_media: Option<bool>,
    /// Whether to refuse its reports.
    pub reject_reports: Option<bool>,
    /// The reason, for administrators.
    pub private_comment: Option<String>,
    /// The reason, for the public.
    pub public_comment: Option<String>,
    /// Whether the public list of blocks shows only part of its name.
    pub obfuscate: Option<bool>,
}

/// Whether a block limits what is exchanged with the host.
pub(super) fn is_blocked(host: &Host) -> bool {
    matches!(host.tier, Tier::Blocked | Tier::Limited) || host.reject_media || host.reject_reports
}

fn is_allowed(mode: FederationMode, host: &Host) -> bool {
    let named = matches!(host.tier, Tier::Company | Tier::Partner | Tier::Open);
    named && host_allowed(mode, host.tier).is_ok()
}

/// Lists blocked hosts, newest first.
pub async fn blocks(instance: &Instance, by: &Moderator, page: PageRequest) -> Result<Page<Host>> {
    may(by.role, Power::Hosts)?;
    let tiers = [Tier::Blocked, Tier::Limited];
    Ok(instance.store.read(move |reader| reader.host_page(&tiers, true, &page)).await?)
}

/// Returns one blocked host.
pub async fn find_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<Host> {
    may(by.role, Power::Hosts)?;
    let found = instance.store.read(move |reader| reader.find_host_by_id(id)).await?;
    found.filter(is_blocked).ok_or(Error::NotFound("domain block"))
}

/// Blocks a host. A suspended host loses all follows.
///
/// # Errors
/// `Invalid` for a host of the company, and for one that is blocked already.
pub async fn set_block(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    new: HostBlockInput,
) -> Result<Host> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let known = {
        let domain = domain.clone();
        instance.store.read(move |reader| reader.find_host(&domain)).await?
    };
    if known.as_ref().is_some_and(is_blocked) {
        return Err(Error::invalid("Domain is blocked already"));
    }
    write_block(instance, by, &domain, known, new).await
}

/// Changes a domain block.
///
/// # Errors
/// `Invalid` for a host of the company.
pub async fn update_block(
    instance: &Instance,
    by: &Moderator,
    id: EntryId,
    new: HostBlockInput,
) -> Result<Host> {
    let host = find_block(instance, by, id).await?;
    let domain = host.domain.clone();
    write_block(instance, by, &domain, Some(host), new).await
}

async fn write_block(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    known: Option<Host>,
    new: HostBlockInput,
) -> Result<Host> {
    if known.as_ref().is_some_and(|host| host.tier == Tier::Company) {
        return Err(Error::invalid("Domain belongs to the company and is set in the configuration"));
    }
    let before = known.as_ref().filter(|host| is_blocked(host));
    let limit = new.limit.or(before.map(HostSeverity::from_host)).unwrap_or(HostSeverity::Silence);
    let rules = before.map(Host::rules).unwrap_or_default();
    let rules = HostRules {
        note: new.private_comment.unwrap_or(rules.note),
        public_note: new.public_comment.unwrap_or(rules.public_note),
        reject_media: new.reject_media.unwrap_or(rules.reject_media),
        reject_reports: new.reject_reports.unwrap_or(rules.reject_reports),
        obfuscate: new.obfuscate.unwrap_or(rules.obfuscate),
    };
    if limit == HostSeverity::Noop && !rules.reject_media && !rules.reject_reports {
        return Err(Error::invalid("A block of severity noop must refuse media or reports"));
    }
    // A partner whose media is refused stays a partner.
    let tier = match (limit, known.map(|host| host.tier)) {
        (HostSeverity::Noop, Some(Tier::Partner)) => Tier::Partner,
        _ => limit.tier(),
    };
    peers::apply(instance, by, domain, tier, rules).await
}

/// Lifts a domain block. A company host or a partner keeps its tier; any other host is forgotten. Follows do
/// not come back.
pub async fn lift_block(instance: &Instance, by: &Moderator, id: EntryId) -> Result<Host> {
    let host = find_block(instance, by, id).await?;
    match host.tier {
        Tier::Company | Tier::Partner => {
            let rules = HostRules { note: host.note.clone(), ..HostRules::default() };
            peers::apply(instance, by, &host.domain, host.tier, rules).await?;
        }
        Tier::Open | Tier::Limited | Tier::Blocked => peers::remove_tier(instance, by, &host.domain).await?,
    }
    Ok(host)
}

/// Lists allowed hosts, newest first.
pub async fn allows(instance: &Instance, by: &Moderator, page: PageRequest) -> Result<Page<Host>> {
    may(by.role, Power::Hosts)?;
    let mode = instance.settings.federation;
    let tiers: Vec<Tier> = [Tier::Company, Tier::Partner, Tier::Open]
        .into_iter()
        .filter(|tier| host_allowed(mode, *tier).is_ok())
        .collect();
    Ok(instance.store.read(move |reader| reader.host_page(&tiers, false, &page)).await?)
}

/// Returns one allowed host.
pub async fn find_allow(instance: &Instance, by: &Moderator, id: EntryId) -> Result<Host> {
    may(by.role, Power::Hosts)?;
    let mode = instance.settings.federation;
    let found = instance.store.read(move |reader| reader.find_host_by_id(id)).await?;
    found.filter(|host| is_allowed(mode, host)).ok_or(Error::NotFound("domain allow"))
}

/// Allows a host: as a partner in allowlist mode, as open in open mode. A host that is already allowed stays
/// unchanged.
///
/// # Errors
/// `Invalid` if the instance federates with the company alone.
pub async fn allow(instance: &Instance, by: &Moderator, domain: &str) -> Result<Host> {
    may(by.role, Power::Hosts)?;
    let mode = instance.settings.federation;
    let domain = peers::normalise_domain(instance, domain)?;
    let known = {
        let domain = domain.clone();
        instance.store.read(move |reader| reader.find_host(&domain)).await?
    };
    if let Some(host) = known.filter(|host| is_allowed(mode, host)) {
        return Ok(host);
    }
    let tier = match mode {
        FederationMode::Closed => {
            return Err(Error::invalid("This instance federates with the company alone"));
        }
        FederationMode::Allowlist => Tier::Partner,
        FederationMode::Open => Tier::Open,
    };
    peers::apply(instance, by, &domain, tier, HostRules::default()).await
}

/// Removes the allowance of a host.
///
/// # Errors
/// `Invalid` for a host of the company.
pub async fn lift_allow(instance: &Instance, by: &Moderator, id: EntryId) -> Result<Host> {
    let host = find_allow(instance, by, id).await?;
    if host.tier == Tier::Company {
        return Err(Error::invalid("Domain belongs to the company and is set in the configuration"));
    }
    peers::remove_tier(instance, by, &host.domain).await?;
    Ok(host)
}
