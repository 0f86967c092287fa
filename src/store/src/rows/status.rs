//! Rows of `statuses` and `status_edits`.

use diesel::prelude::*;

use super::emojis_text;
use crate::schema::{status_edits, statuses};
use crate::{Error, Result};
use portico_domain::model::quote::{QuoteAudience, QuotePolicy};
use portico_domain::model::reach::Partner;
use portico_domain::model::status::{Status, StatusEdit};
use portico_domain::model::{AccountId, AppId, StatusId, Timestamp};

/// A row of `statuses`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = statuses)]
#[diesel(treat_none_as_null = true)]
// So that every INSERT is the same statement, which is prepared only once.
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct StatusRow {
    pub id: i64,
    pub uri: String,
    pub url: Option<String>,
    pub account_id: i64,
    pub local: bool,
    pub in_reply_to_id: Option<i64>,
    pub in_reply_to_uri: Option<String>,
    pub in_reply_to_account_id: Option<i64>,
    pub reblog_of: Option<i64>,
    pub conversation_id: i64,
    pub content: String,
    pub source: Option<String>,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub reach: String,
    pub listed: bool,
    pub app_id: Option<i64>,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub pinned_at: Option<i64>,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub emojis: String,
    pub quote_automatic: String,
    pub quote_manual: String,
    pub partner: Option<String>,
    pub partner_alone: bool,
    pub addressed: bool,
    pub group_id: Option<i64>,
}

impl StatusRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<Status> {
        Ok(Status {
            id: StatusId(self.id),
            uri: self.uri,
            url: self.url,
            account_id: AccountId(self.account_id),
            local: self.local,
            in_reply_to_id: self.in_reply_to_id.map(StatusId),
            in_reply_to_uri: self.in_reply_to_uri,
            in_reply_to_account_id: self.in_reply_to_account_id.map(AccountId),
            boost_of: self.reblog_of.map(StatusId),
            conversation_id: StatusId(self.conversation_id),
            content: self.content,
            source: self.source,
            spoiler_text: self.spoiler_text,
            sensitive: self.sensitive,
            language: self.language,
            reach: self.reach.parse().map_err(|_| Error::Corrupt { what: "reach" })?,
            partner: self.partner.map(|domain| Partner { domain, alone: self.partner_alone }),
            addressed: self.addressed,
            group: self.group_id.map(AccountId),
            listed: self.listed,
            app_id: self.app_id.map(AppId),
            created_at: Timestamp::from_millis(self.created_at),
            edited_at: self.edited_at.map(Timestamp::from_millis),
            pinned_at: self.pinned_at.map(Timestamp::from_millis),
            replies_count: self.replies_count,
            boosts_count: self.reblogs_count,
            favourites_count: self.favourites_count,
            emojis: serde_json::from_str(&self.emojis).map_err(|_| Error::Corrupt { what: "emojis" })?,
            quote_policy: QuotePolicy {
                automatic: circle(&self.quote_automatic)?,
                manual: circle(&self.quote_manual)?,
            },
        })
    }
}

fn circle(word: &str) -> Result<QuoteAudience> {
    word.parse::<QuoteAudience>().map_err(|_| Error::Corrupt { what: "quote policy" })
}

impl From<&Status> for StatusRow {
    fn from(status: &Status) -> Self {
        Self {
            id: status.id.0,
            uri: status.uri.clone(),
            url: status.url.clone(),
            account_id: status.account_id.0,
            local: status.local,
            in_reply_to_id: status.in_reply_to_id.map(|id| id.0),
            in_reply_to_uri: status.in_reply_to_uri.clone(),
            in_reply_to_account_id: status.in_reply_to_account_id.map(|id| id.0),
            reblog_of: status.boost_of.map(|id| id.0),
            conversation_id: status.conversation_id.0,
            content: status.content.clone(),
            source: status.source.clone(),
            spoiler_text: status.spoiler_text.clone(),
            sensitive: status.sensitive,
            language: status.language.clone(),
            reach: status.reach.as_str().to_owned(),
            listed: status.listed,
            app_id: status.app_id.map(|id| id.0),
            created_at: status.created_at.millis(),
            edited_at: status.edited_at.map(Timestamp::millis),
            pinned_at: status.pinned_at.map(Timestamp::millis),
            replies_count: status.replies_count,
            reblogs_count: status.boosts_count,
            favourites_count: status.favourites_count,
            emojis: emojis_text(&status.emojis),
            quote_automatic: status.quote_policy.automatic.as_str().to_owned(),
            quote_manual: status.quote_policy.manual.as_str().to_owned(),
            partner: status.partner.as_ref().map(|partner| partner.domain.clone()),
            partner_alone: status.partner.as_ref().is_some_and(|partner| partner.alone),
            addressed: status.addressed,
            group_id: status.group.map(|id| id.0),
        }
    }
}

/// A row of `status_edits`: a former version of a status.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = status_edits)]
pub(crate) struct StatusEditRow {
    pub id: i64,
    pub status_id: i64,
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub created_at: i64,
    pub media: String,
    pub poll_options: String,
}

impl From<StatusEditRow> for StatusEdit {
    fn from(row: StatusEditRow) -> Self {
        Self {
            content: row.content,
            spoiler_text: row.spoiler_text,
            sensitive: row.sensitive,
            created_at: Timestamp::from_millis(row.created_at),
            media: serde_json::from_str(&row.media).unwrap_or_default(),
            poll_options: serde_json::from_str(&row.poll_options).unwrap_or_default(),
        }
    }
}
