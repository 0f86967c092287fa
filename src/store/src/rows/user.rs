//! Rows of `users`.

use diesel::prelude::*;

use crate::schema::users;
use crate::{Error, Result};
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::user::{Role, User};
use portico_domain::model::{AccountId, Timestamp, UserId};

/// A row of `users`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub(crate) struct UserRow {
    pub id: i64,
    pub account_id: i64,
    pub email: String,
    pub password_hash: Option<String>,
    pub role: String,
    pub disabled_at: Option<i64>,
    pub created_at: i64,
    pub last_sign_in_at: Option<i64>,
    pub default_reach: Option<String>,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    pub default_quotable: String,
}

impl UserRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<User> {
        let reach = self.default_reach.map(|word| word.parse()).transpose();
        Ok(User {
            id: UserId(self.id),
            account_id: AccountId(self.account_id),
            email: self.email,
            password_hash: self.password_hash,
            role: self.role.parse::<Role>().map_err(|_| Error::Corrupt { what: "role" })?,
            disabled_at: self.disabled_at.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(self.created_at),
            last_sign_in_at: self.last_sign_in_at.map(Timestamp::from_millis),
            default_reach: reach.map_err(|_| Error::Corrupt { what: "default reach" })?,
            default_sensitive: self.default_sensitive,
            default_language: self.default_language,
            default_quotable: self
                .default_quotable
                .parse::<QuoteAudience>()
                .map_err(|_| Error::Corrupt { what: "quote policy" })?,
        })
    }
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.0,
            account_id: user.account_id.0,
            email: user.email.clone(),
            password_hash: user.password_hash.clone(),
            role: user.role.as_str().to_owned(),
            disabled_at: user.disabled_at.map(Timestamp::millis),
            created_at: user.created_at.millis(),
            last_sign_in_at: user.last_sign_in_at.map(Timestamp::millis),
            default_reach: user.default_reach.map(|reach| reach.as_str().to_owned()),
            default_sensitive: user.default_sensitive,
            default_language: user.default_language.clone(),
            default_quotable: user.default_quotable.as_str().to_owned(),
        }
    }
}
