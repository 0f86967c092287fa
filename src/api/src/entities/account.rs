//! Accounts, and an account as its own user sees it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{CustomEmoji, EmptyList, Null, visibility};
use portico_domain::model::account::{self, ActorKind};
use portico_domain::model::urls::Urls;
use portico_domain::model::user::{self, User};
use portico_domain::model::{Reach, Timestamp};
use portico_domain::policy::moderation::{Power, powers};
use portico_html::plain_text;

/// An account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Account {
    id: String,
    username: String,
    acct: String,
    url: String,
    uri: String,
    display_name: String,
    note: String,
    avatar: String,
    avatar_static: String,
    avatar_description: &'static str,
    header: String,
    header_static: String,
    header_description: &'static str,
    locked: bool,
    fields: Vec<AccountField>,
    emojis: Vec<CustomEmoji>,
    bot: bool,
    group: bool,
    discoverable: Option<bool>,
    indexable: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    suspended: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    limited: bool,
    created_at: String,
    last_status_at: Option<String>,
    statuses_count: i64,
    followers_count: i64,
    following_count: i64,
    hide_collections: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    roles: EmptyList,
    feature_approval: FeatureApproval,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<Box<Account>>,
}

/// One field of a profile.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AccountField {
    name: String,
    value: String,
    verified_at: Null,
}

/// The permission to add the account to a collection. Always denied: Portico has no collections.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct FeatureApproval {
    automatic: EmptyList,
    manual: EmptyList,
    current_user: Denied,
}

/// The value `denied`.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Denied {
    /// Not allowed.
    #[default]
    Denied,
}

impl Account {
    /// Renders an account.
    pub fn render(account: &account::Account, urls: &Urls) -> Self {
        let avatar = account.avatar_url.clone().unwrap_or_else(|| urls.default_avatar());
        let header = account.header_url.clone().unwrap_or_else(|| urls.default_header());
        Self {
            id: account.id.to_string(),
            username: account.username.clone(),
            acct: account.acct(),
            url: account.url.clone().unwrap_or_else(|| account.uri.clone()),
            uri: account.uri.clone(),
            display_name: account.display_name.clone(),
            note: account.note.clone(),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: "",
            header_static: header.clone(),
            header,
            header_description: "",
            locked: account.locked,
            fields: account.fields.iter().map(AccountField::render).collect(),
            emojis: CustomEmoji::render_carried(&account.emojis),
            bot: account.kind.is_bot(),
            group: account.kind == ActorKind::Group,
            discoverable: account.discoverable,
            indexable: account.indexable,
            suspended: account.suspended_at.is_some(),
            limited: account.silenced_at.is_some(),
            created_at: account.created_at.midnight().rfc3339(),
            last_status_at: account.last_status_at.map(Timestamp::date),
            statuses_count: account.statuses_count,
            followers_count: account.followers_count,
            following_count: account.following_count,
            hide_collections: account.hide_collections,
            show_media: true,
            show_media_replies: true,
            show_featured: false,
            roles: [],
            feature_approval: FeatureApproval::default(),
            moved: None,
        }
    }

    /// Renders an account together with the account that it has moved to.
    pub fn render_moved(account: &account::Account, new: Option<&account::Account>, urls: &Urls) -> Self {
        let moved = new.map(|new| Box::new(Self::render(new, urls)));
        Self { moved, ..Self::render(account, urls) }
    }

    /// Renders a list of accounts.
    pub fn render_all(accounts: &[account::Account], urls: &Urls) -> Vec<Self> {
        accounts.iter().map(|account| Self::render(account, urls)).collect()
    }
}

impl AccountField {
    fn render(field: &account::Field) -> Self {
        Self { name: field.name.clone(), value: field.value.clone(), verified_at: None }
    }
}

/// An account that the viewer mutes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MutedAccount {
    #[serde(flatten)]
    account: Account,
    mute_expires_at: Option<String>,
}

impl MutedAccount {
    /// Renders a muted account and the end of the mute.
    pub fn render(account: &account::Account, until: Option<Timestamp>, urls: &Urls) -> Self {
        Self { account: Account::render(account, urls), mute_expires_at: until.map(Timestamp::rfc3339) }
    }
}

/// An account as its own user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CredentialAccount {
    #[serde(flatten)]
    account: Account,
    source: AccountSource,
    role: AccountRole,
}

/// The source text of the profile, and the defaults for posts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AccountSource {
    attribution_domains: Vec<String>,
    note: String,
    fields: Vec<AccountField>,
    privacy: &'static str,
    sensitive: bool,
    language: Option<String>,
    follow_requests_count: i64,
    hide_collections: bool,
    discoverable: Option<bool>,
    indexable: bool,
    quote_policy: &'static str,
}

/// The role of a user, with its permissions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct AccountRole {
    id: &'static str,
    name: &'static str,
    color: &'static str,
    permissions: String,
    highlighted: bool,
    collection_limit: i64,
}

impl CredentialAccount {
    /// Renders the account of a user; `requests` is the number of pending follow requests.
    pub fn render(account: &account::Account, user: &User, requests: i64, urls: &Urls) -> Self {
        let typed = |field: &account::Field| AccountField {
            name: field.name.clone(),
            value: plain_text(&field.value),
            verified_at: None,
        };
        Self {
            source: AccountSource {
                attribution_domains: account.attribution_domains.clone(),
                note: account.note_source.clone().unwrap_or_default(),
                fields: account.fields.iter().map(typed).collect(),
                privacy: visibility(user.default_reach.unwrap_or(Reach::Public), true),
                sensitive: user.default_sensitive,
                language: user.default_language.clone(),
                follow_requests_count: requests,
                hide_collections: account.hide_collections,
                discoverable: account.discoverable,
                indexable: account.indexable,
                quote_policy: user.default_quotable.as_str(),
            },
            role: AccountRole::render(user.role),
            account: Account::render(account, urls),
        }
    }
}

impl AccountRole {
    pub(super) fn render(role: user::Role) -> Self {
        let (name, highlighted) = match role {
            user::Role::Member => ("", false),
            user::Role::Moderator => ("Moderator", true),
            user::Role::Admin => ("Admin", true),
        };
        let permissions: u32 = powers(role).iter().map(|power| bit(*power)).sum();
        Self {
            id: role_id(role),
            name,
            color: "",
            permissions: permissions.to_string(),
            highlighted,
            collection_limit: 0,
        }
    }
}

const fn role_id(role: user::Role) -> &'static str {
    match role {
        user::Role::Member => "-99",
        user::Role::Moderator => "1",
        user::Role::Admin => "3",
    }
}

/// Returns the role with this API id.
pub fn role_of(id: &str) -> Option<user::Role> {
    user::Role::ALL.iter().copied().find(|role| role_id(*role) == id)
}

/// The permission bit of a power in Mastodon's API.
const fn bit(power: Power) -> u32 {
    match power {
        Power::Dashboard => 1 << 3,
        Power::Reports => 1 << 4,
        Power::Hosts => 1 << 5,
        Power::Blocks => 1 << 7,
        Power::Trends => 1 << 8,
        Power::People => 1 << 10,
        Power::Erase => 1 << 19,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn account() {
        let urls = samples::urls();
        insta::assert_json_snapshot!("account_local", Account::render(&samples::alice(), &urls));
        insta::assert_json_snapshot!("account_remote", Account::render(&samples::erin(), &urls));
    }

    #[test]
    fn credential_account() {
        let shown = CredentialAccount::render(&samples::alice(), &samples::user(), 2, &samples::urls());
        insta::assert_json_snapshot!(shown);
    }

    #[test]
    fn pictures_are_never_null_and_days_have_no_hours() {
        let shown = serde_json::to_value(Account::render(&samples::erin(), &samples::urls())).unwrap();
        assert_eq!(shown["avatar"], "https://engineering.example/assets/avatar.png");
        assert_eq!(shown["created_at"], "2026-01-02T00:00:00.000Z");
        assert_eq!(shown["acct"], "erin@globex.example");
    }
}
