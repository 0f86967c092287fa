//! Rows of `statuses` and `status_edits`.

use crate::prelude::*;

use super::{Column, row};
use crate::Result;
use crate::schema::{status_edits, statuses};
use portico_domain::model::Timestamp;
use portico_domain::model::quote::QuotePolicy;
use portico_domain::model::reach::Partner;
use portico_domain::model::status::{Status, StatusEdit};

row! {
    /// A row of `statuses`.
    // Without default values every INSERT is the same statement, which is prepared only once.
    #[derive(Debug, Clone, Queryable, Selectable, Insertable)]
    #[diesel(table_name = statuses)]
    #[diesel(treat_none_as_default_value = false)]
    StatusRow => Status {
        id: i64,
        uri: String,
        url: Option<String>,
        account_id: i64,
        local: bool,
        in_reply_to_id: Option<i64>,
        in_reply_to_uri: Option<String>,
        in_reply_to_account_id: Option<i64>,
        #[diesel(column_name = reblog_of)]
        boost_of: Option<i64>,
        conversation_id: i64,
        content: String,
        source: Option<String>,
        spoiler_text: String,
        sensitive: bool,
        language: Option<String>,
        reach: String,
        #[diesel(embed)]
        partner: PartnerRow,
        addressed: bool,
        #[diesel(column_name = group_id)]
        group: Option<i64>,
        listed: bool,
        app_id: Option<i64>,
        created_at: i64,
        edited_at: Option<i64>,
        pinned_at: Option<i64>,
        replies_count: i64,
        #[diesel(column_name = reblogs_count)]
        boosts_count: i64,
        favourites_count: i64,
        emojis: String,
        #[diesel(embed)]
        quote_policy: QuotePolicyRow,
    }
}

row! {
    /// The columns of `statuses` with the quote policy.
    #[derive(Debug, Clone, Queryable, Selectable, Insertable)]
    #[diesel(table_name = statuses)]
    QuotePolicyRow => QuotePolicy {
        #[diesel(column_name = quote_automatic)]
        automatic: String,
        #[diesel(column_name = quote_manual)]
        manual: String,
    }
}

/// The columns of `statuses` with the partner.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = statuses)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct PartnerRow {
    #[diesel(column_name = partner)]
    domain: Option<String>,
    #[diesel(column_name = partner_alone)]
    alone: bool,
}

impl Column<Option<Partner>> for PartnerRow {
    fn load(self, _: &'static str) -> Result<Option<Partner>> {
        Ok(self.domain.map(|domain| Partner { domain, alone: self.alone }))
    }

    fn store(value: &Option<Partner>) -> Self {
        Self {
            domain: value.as_ref().map(|partner| partner.domain.clone()),
            alone: value.as_ref().is_some_and(|partner| partner.alone),
        }
    }
}

impl StatusRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<Status> {
        self.load("status")
    }
}

impl From<&Status> for StatusRow {
    fn from(status: &Status) -> Self {
        Self::store(status)
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
