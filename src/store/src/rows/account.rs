//! Rows of `accounts`.

use diesel::prelude::*;

use super::emojis_text;
use crate::schema::accounts;
use crate::{Error, Result};
use portico_domain::model::account::{Account, ActorKind, Endpoints};
use portico_domain::model::{AccountId, Timestamp};

/// A row of `accounts`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = accounts)]
#[diesel(treat_none_as_null = true)]
pub(crate) struct AccountRow {
    pub id: i64,
    pub username: String,
    pub domain: Option<String>,
    pub uri: String,
    pub url: Option<String>,
    pub kind: String,
    pub is_instance_actor: bool,
    pub display_name: String,
    pub note: String,
    pub note_source: Option<String>,
    pub fields: String,
    pub avatar_url: Option<String>,
    pub header_url: Option<String>,
    pub locked: bool,
    pub discoverable: Option<bool>,
    pub indexable: bool,
    pub hide_collections: bool,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    pub created_at: i64,
    pub fetched_at: Option<i64>,
    pub suspended_at: Option<i64>,
    pub last_status_at: Option<i64>,
    pub statuses_count: i64,
    pub followers_count: i64,
    pub following_count: i64,
    pub emojis: String,
    pub silenced_at: Option<i64>,
    pub sensitized_at: Option<i64>,
    pub suspended_by_origin: bool,
    pub also_known_as: String,
    pub moved_to: Option<String>,
    pub moved_at: Option<i64>,
    pub attribution_domains: String,
}

impl AccountRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<Account> {
        Ok(Account {
            id: AccountId(self.id),
            username: self.username,
            domain: self.domain,
            uri: self.uri,
            url: self.url,
            kind: self.kind.parse::<ActorKind>().map_err(|_| Error::Corrupt { what: "kind of actor" })?,
            is_instance_actor: self.is_instance_actor,
            display_name: self.display_name,
            note: self.note,
            note_source: self.note_source,
            fields: serde_json::from_str(&self.fields)
                .map_err(|_| Error::Corrupt { what: "profile fields" })?,
            avatar_url: self.avatar_url,
            header_url: self.header_url,
            locked: self.locked,
            discoverable: self.discoverable,
            indexable: self.indexable,
            hide_collections: self.hide_collections,
            attribution_domains: serde_json::from_str(&self.attribution_domains)
                .map_err(|_| Error::Corrupt { what: "attribution domains" })?,
            endpoints: Endpoints {
                inbox: self.inbox_url,
                shared_inbox: self.shared_inbox_url,
                outbox: self.outbox_url,
                followers: self.followers_url,
                following: self.following_url,
                featured: self.featured_url,
            },
            created_at: Timestamp::from_millis(self.created_at),
            fetched_at: self.fetched_at.map(Timestamp::from_millis),
            suspended_at: self.suspended_at.map(Timestamp::from_millis),
            silenced_at: self.silenced_at.map(Timestamp::from_millis),
            suspended_by_origin: self.suspended_by_origin,
            sensitized_at: self.sensitized_at.map(Timestamp::from_millis),
            last_status_at: self.last_status_at.map(Timestamp::from_millis),
            statuses_count: self.statuses_count,
            followers_count: self.followers_count,
            following_count: self.following_count,
            emojis: serde_json::from_str(&self.emojis).map_err(|_| Error::Corrupt { what: "emojis" })?,
            also_known_as: serde_json::from_str(&self.also_known_as)
                .map_err(|_| Error::Corrupt { what: "aliases" })?,
            moved_to: self.moved_to,
            moved_at: self.moved_at.map(Timestamp::from_millis),
        })
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.0,
            username: account.username.clone(),
            domain: account.domain.clone(),
            uri: account.uri.clone(),
            url: account.url.clone(),
            kind: account.kind.as_str().to_owned(),
            is_instance_actor: account.is_instance_actor,
            display_name: account.display_name.clone(),
            note: account.note.clone(),
            note_source: account.note_source.clone(),
            fields: serde_json::to_string(&account.fields).unwrap_or_else(|_| "[]".into()),
            avatar_url: account.avatar_url.clone(),
            header_url: account.header_url.clone(),
            locked: account.locked,
            discoverable: account.discoverable,
            indexable: account.indexable,
            hide_collections: account.hide_collections,
            attribution_domains: serde_json::to_string(&account.attribution_domains)
                .unwrap_or_else(|_| "[]".into()),
            inbox_url: account.endpoints.inbox.clone(),
            shared_inbox_url: account.endpoints.shared_inbox.clone(),
            outbox_url: account.endpoints.outbox.clone(),
            followers_url: account.endpoints.followers.clone(),
            following_url: account.endpoints.following.clone(),
            featured_url: account.endpoints.featured.clone(),
            created_at: account.created_at.millis(),
            fetched_at: account.fetched_at.map(Timestamp::millis),
            suspended_at: account.suspended_at.map(Timestamp::millis),
            last_status_at: account.last_status_at.map(Timestamp::millis),
            statuses_count: account.statuses_count,
            followers_count: account.followers_count,
            following_count: account.following_count,
            emojis: emojis_text(&account.emojis),
            silenced_at: account.silenced_at.map(Timestamp::millis),
            suspended_by_origin: account.suspended_by_origin,
            sensitized_at: account.sensitized_at.map(Timestamp::millis),
            also_known_as: serde_json::to_string(&account.also_known_as).unwrap_or_else(|_| "[]".into()),
            moved_to: account.moved_to.clone(),
            moved_at: account.moved_at.map(Timestamp::millis),
        }
    }
}
