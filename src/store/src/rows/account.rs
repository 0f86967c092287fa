//! Rows of `accounts`.

use crate::prelude::*;

use super::{Column, row};
use crate::Result;
use crate::schema::{account_states, accounts};
use portico_domain::model::account::{Account, Endpoints};

row! {
    /// A row of `accounts`.
    #[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
    #[diesel(table_name = accounts)]
    #[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
    AccountRow => Account {
        id: i64,
        username: String,
        domain: Option<String>,
        uri: String,
        url: Option<String>,
        kind: String,
        is_instance_actor: bool,
        display_name: String,
        note: String,
        note_source: Option<String>,
        fields: String,
        avatar_url: Option<String>,
        header_url: Option<String>,
        locked: bool,
        discoverable: Option<bool>,
        indexable: bool,
        hide_collections: bool,
        attribution_domains: String,
        #[diesel(embed)]
        endpoints: EndpointsRow,
        created_at: i64,
        fetched_at: Option<i64>,
        suspended_at: Option<i64>,
        suspended_by_origin: bool,
        emojis: String,
        also_known_as: String,
        moved_to: Option<String>,
    }
    /// The columns of `account_states`.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
    #[diesel(table_name = account_states)]
    #[diesel(treat_none_as_null = true)]
    and AccountStateRow {
        silenced_at: Option<i64>,
        sensitized_at: Option<i64>,
        last_status_at: Option<i64>,
        statuses_count: i64,
        followers_count: i64,
        following_count: i64,
        moved_at: Option<i64>,
    }
}

row! {
    /// The columns of `accounts` with inboxes and collections.
    #[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
    #[diesel(table_name = accounts)]
    #[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
    EndpointsRow => Endpoints {
        #[diesel(column_name = inbox_url)]
        inbox: String,
        #[diesel(column_name = shared_inbox_url)]
        shared_inbox: Option<String>,
        #[diesel(column_name = outbox_url)]
        outbox: Option<String>,
        #[diesel(column_name = followers_url)]
        followers: Option<String>,
        #[diesel(column_name = following_url)]
        following: Option<String>,
        #[diesel(column_name = featured_url)]
        featured: Option<String>,
    }
}

impl AccountRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<Account> {
        self.load("account")
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self::store(account)
    }
}
