//! Rows of `users`.

use crate::prelude::*;

use super::{Column, row};
use crate::Result;
use crate::schema::users;
use portico_domain::model::user::User;

row! {
    /// A row of `users`.
    #[derive(Debug, Clone, Queryable, Selectable, Insertable)]
    #[diesel(table_name = users)]
    UserRow => User {
        id: i64,
        account_id: i64,
        email: String,
        password_hash: Option<String>,
        role: String,
        disabled_at: Option<i64>,
        created_at: i64,
        last_sign_in_at: Option<i64>,
        default_reach: Option<String>,
        default_sensitive: bool,
        default_language: Option<String>,
        default_quotable: String,
    }
}

impl UserRow {
    /// Converts the row into the model type.
    pub(crate) fn into_model(self) -> Result<User> {
        self.load("user")
    }
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self::store(user)
    }
}
