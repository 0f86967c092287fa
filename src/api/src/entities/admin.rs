//! Entities of the moderation API.

use schemars::JsonSchema;
use serde::Serialize;

use super::account::AccountRole;
use super::{Account, EmptyList, Null, Status};
use portico_domain::model::Timestamp;
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::moderation::ModeratedPerson;
use portico_domain::model::peer::{Host, Tier};
use portico_domain::model::report::FullReportView;
use portico_domain::model::urls::Urls;
use portico_domain::model::user;
use portico_service::access::secrets;
use portico_service::moderation::{EmailDomain, EmailHash, HostSeverity, IpBlock};

/// An account with the attributes that only moderators see.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminAccount {
    id: String,
    username: String,
    domain: Option<String>,
    created_at: String,
    email: String,
    /// Always null: IP addresses are not stored.
    ip: Null,
    ips: EmptyList,
    locale: String,
    invite_request: Null,
    role: AccountRole,
    confirmed: bool,
    approved: bool,
    disabled: bool,
    sensitized: bool,
    silenced: bool,
    suspended: bool,
    account: Account,
}

impl AdminAccount {
    /// Renders a person.
    pub fn render(person: &ModeratedPerson, urls: &Urls) -> Self {
        let (account, user) = (&person.account, person.user.as_ref());
        Self {
            id: account.id.to_string(),
            username: account.username.clone(),
            domain: account.domain.clone(),
            created_at: user.map_or(account.created_at, |user| user.created_at).rfc3339(),
            email: user.map(|user| user.email.clone()).unwrap_or_default(),
            ip: None,
            ips: [],
            locale: user.and_then(|user| user.default_language.clone()).unwrap_or_else(|| "en".to_owned()),
            invite_request: None,
            role: AccountRole::render(user.map_or(user::Role::Member, |user| user.role)),
            confirmed: true,
            approved: true,
            disabled: user.is_some_and(|user| user.disabled_at.is_some()),
            sensitized: account.sensitized_at.is_some(),
            silenced: account.silenced_at.is_some(),
            suspended: account.suspended_at.is_some(),
            account: Account::render(account, urls),
        }
    }

    /// Renders a list of people.
    pub fn render_all(people: &[ModeratedPerson], urls: &Urls) -> Vec<Self> {
        people.iter().map(|person| Self::render(person, urls)).collect()
    }
}

/// A report with all accounts, statuses and rules it refers to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminReport {
    id: String,
    action_taken: bool,
    action_taken_at: Option<String>,
    category: &'static str,
    comment: String,
    forwarded: bool,
    created_at: String,
    updated_at: String,
    account: AdminAccount,
    target_account: AdminAccount,
    assigned_account: Option<AdminAccount>,
    action_taken_by_account: Option<AdminAccount>,
    statuses: Vec<Status>,
    rules: Vec<ReportedRule>,
}

/// A rule that a report refers to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ReportedRule {
    id: String,
    text: String,
    hint: &'static str,
    translations: RuleTranslations,
}

/// Translations by language; always empty.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct RuleTranslations {}

impl AdminReport {
    /// Renders a report; `rules` are those of the instance.
    pub fn render(view: &FullReportView, rules: &[String], urls: &Urls) -> Self {
        let report = &view.report;
        // A rule that no longer exists is shown by its number.
        let text = |id: &String| rules.get(id.parse::<usize>().ok()?.checked_sub(1)?);
        let rule = |id: &String| ReportedRule {
            id: id.clone(),
            text: text(id).unwrap_or(id).clone(),
            hint: "",
            translations: RuleTranslations::default(),
        };
        Self {
            id: report.id.to_string(),
            action_taken: report.resolved_at.is_some(),
            action_taken_at: report.resolved_at.map(Timestamp::rfc3339),
            category: report.category.as_str(),
            comment: report.comment.clone(),
            forwarded: report.forwarded,
            created_at: report.created_at.rfc3339(),
            updated_at: report.updated_at.rfc3339(),
            account: AdminAccount::render(&view.account, urls),
            target_account: AdminAccount::render(&view.target, urls),
            assigned_account: view.assigned.as_ref().map(|person| AdminAccount::render(person, urls)),
            action_taken_by_account: view.resolver.as_ref().map(|person| AdminAccount::render(person, urls)),
            statuses: Status::render_all(&view.statuses, urls),
            rules: report.rule_ids.iter().map(rule).collect(),
        }
    }
}

/// An allowed host.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminDomainAllow {
    id: String,
    domain: String,
    created_at: String,
}

impl AdminDomainAllow {
    /// Renders a host.
    pub fn render(host: &Host) -> Self {
        Self { id: host.id.to_string(), domain: host.domain.clone(), created_at: host.created_at.rfc3339() }
    }
}

/// The tier of a host on this instance. An extension of Portico.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminPeer {
    domain: String,
    /// `company`, `partner`, `open`, `limited` or `blocked`.
    #[schemars(with = "String")]
    tier: Tier,
    /// Why the agreement with a partner is not in force; null if it is, or if the host is no partner. Without
    /// it the partner counts like any other host, or receives nothing if the agreement was stopped.
    lapsed: Option<Lapse>,
    /// The reason for the tier.
    note: String,
    created_at: String,
}

impl AdminPeer {
    /// Renders a host.
    pub fn render(host: &Host, lapsed: Option<Lapse>) -> Self {
        Self {
            domain: host.domain.clone(),
            tier: host.tier,
            lapsed,
            note: host.note.clone(),
            created_at: host.created_at.rfc3339(),
        }
    }
}

/// A host with restrictions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminDomainBlock {
    id: String,
    domain: String,
    digest: String,
    created_at: String,
    severity: &'static str,
    reject_media: bool,
    reject_reports: bool,
    private_comment: Option<String>,
    public_comment: Option<String>,
    obfuscate: bool,
}

impl AdminDomainBlock {
    /// Renders a host.
    pub fn render(host: &Host) -> Self {
        let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            id: host.id.to_string(),
            domain: host.domain.clone(),
            digest: secrets::hash(&host.domain),
            created_at: host.created_at.rfc3339(),
            severity: HostSeverity::from_host(host).as_str(),
            reject_media: host.reject_media,
            reject_reports: host.reject_reports,
            private_comment: said(&host.note),
            public_comment: said(&host.public_note),
            obfuscate: host.obfuscate,
        }
    }
}

/// A blocked e-mail domain.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminEmailDomainBlock {
    id: String,
    domain: String,
    created_at: String,
    /// Attempts to sign up; always empty, because the operator creates accounts.
    history: EmptyList,
}

impl AdminEmailDomainBlock {
    /// Renders an e-mail domain.
    pub fn render(block: &EmailDomain) -> Self {
        Self {
            id: block.id.to_string(),
            domain: block.domain.clone(),
            created_at: block.created_at.rfc3339(),
            history: [],
        }
    }
}

/// A blocked e-mail address.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminCanonicalEmailBlock {
    id: String,
    canonical_email_hash: String,
}

impl AdminCanonicalEmailBlock {
    /// Renders a blocked e-mail address, as its hash.
    pub fn render(block: &EmailHash) -> Self {
        Self { id: block.id.to_string(), canonical_email_hash: block.hash.clone() }
    }
}

/// A blocked IP range.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminIpBlock {
    id: String,
    ip: String,
    severity: String,
    comment: String,
    created_at: String,
    expires_at: Option<String>,
}

impl AdminIpBlock {
    /// Renders a network.
    pub fn render(block: &IpBlock) -> Self {
        Self {
            id: block.id.to_string(),
            ip: block.ip.clone(),
            severity: block.severity.clone(),
            comment: block.comment.clone(),
            created_at: block.created_at.rfc3339(),
            expires_at: block.expires_at.map(Timestamp::rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn people() {
        let urls = samples::urls();
        let local = ModeratedPerson { account: samples::alice(), user: Some(samples::user()) };
        let remote = ModeratedPerson { account: samples::erin(), user: None };
        insta::assert_json_snapshot!("admin_account", AdminAccount::render(&local, &urls));
        insta::assert_json_snapshot!("admin_account_remote", AdminAccount::render(&remote, &urls));
    }

    #[test]
    fn reports() {
        insta::assert_json_snapshot!(
            "admin_report",
            AdminReport::render(&samples::full_report(), &["Be kind".to_owned()], &samples::urls())
        );
    }

    #[test]
    fn hosts_and_blocks() {
        let host = samples::host();
        insta::assert_json_snapshot!("admin_domain_block", AdminDomainBlock::render(&host));
        insta::assert_json_snapshot!("admin_domain_allow", AdminDomainAllow::render(&host));
        let id = host.id;
        let at = samples::moment();
        let domain = EmailDomain { id, domain: "spam.example".into(), created_at: at };
        insta::assert_json_snapshot!("admin_email_domain_block", AdminEmailDomainBlock::render(&domain));
        let hash = EmailHash { id, hash: secrets::hash("a@spam.example") };
        insta::assert_json_snapshot!("admin_canonical_email_block", AdminCanonicalEmailBlock::render(&hash));
        let network = IpBlock {
            id,
            ip: "192.0.2.0/24".into(),
            severity: "no_access".into(),
            comment: "Scanners".into(),
            created_at: at,
            expires_at: Some(at),
        };
        insta::assert_json_snapshot!("admin_ip_block", AdminIpBlock::render(&network));
    }
}
