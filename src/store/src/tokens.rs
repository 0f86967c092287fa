//! OAuth access tokens, looked up by their hash.

use crate::prelude::*;

use super::schema::{oauth_apps, oauth_tokens};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::oauth::{Scopes, Token};
use portico_domain::model::{AppId, Timestamp, TokenId, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = oauth_tokens)]
struct TokenRow {
    id: i64,
    app_id: Option<i64>,
    user_id: Option<i64>,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// A token with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// The token.
    pub token: Token,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Reader<'_> {
    /// Returns the token with this hash, even if it is revoked.
    pub fn find_token(&mut self, token_hash: &str) -> Result<Option<StoredToken>> {
        let query =
            oauth_tokens::table.filter(oauth_tokens::token_hash.eq(token_hash)).select(TokenRow::as_select());
        query.first::<TokenRow>(self.conn()).optional()?.map(TokenRow::into_model).transpose()
    }

    /// Returns the active tokens of a user, newest first, each with the name of its app.
    pub fn list_tokens(&mut self, user: UserId) -> Result<Vec<(StoredToken, Option<String>)>> {
        let rows: Vec<(TokenRow, Option<String>)> = oauth_tokens::table
            .left_join(oauth_apps::table)
            .filter(oauth_tokens::user_id.eq(user.0))
            .filter(oauth_tokens::revoked_at.is_null())
            .order(oauth_tokens::id.desc())
            .select((TokenRow::as_select(), oauth_apps::name.nullable()))
            .load(self.conn())?;
        rows.into_iter().map(|(row, app)| Ok((row.into_model()?, app))).collect()
    }
}

impl TokenRow {
    fn into_model(self) -> Result<StoredToken> {
        Ok(StoredToken {
            token: Token {
                id: TokenId(self.id),
                app_id: self.app_id.map(AppId),
                user_id: self.user_id.map(UserId),
                scopes: Scopes::parse(&self.scopes).map_err(|_| Error::Corrupt { what: "scopes" })?,
                created_at: Timestamp::from_millis(self.created_at),
            },
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
            revoked_at: self.revoked_at.map(Timestamp::from_millis),
        })
    }
}

impl Tx<'_> {
    /// Inserts a token, with the hash of the authorization code that it was issued for, if any.
    pub fn insert_token(&mut self, token: &Token, token_hash: &str, code_hash: Option<&str>) -> Result<()> {
        let row = (
            oauth_tokens::id.eq(token.id.0),
            oauth_tokens::token_hash.eq(token_hash),
            oauth_tokens::app_id.eq(token.app_id.map(|id| id.0)),
            oauth_tokens::user_id.eq(token.user_id.map(|id| id.0)),
            oauth_tokens::code_hash.eq(code_hash),
            oauth_tokens::scopes.eq(token.scopes.to_string()),
            oauth_tokens::created_at.eq(token.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(oauth_tokens::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Records that a token was used now.
    pub fn mark_token_used(&mut self, id: TokenId) -> Result<()> {
        let now = self.now().millis();
        let change = diesel::update(oauth_tokens::table.find(id.0)).set(oauth_tokens::last_used_at.eq(now));
        change.execute(self.conn())?;
        Ok(())
    }

    /// Revokes a token. Idempotent.
    pub fn revoke_token(&mut self, id: TokenId) -> Result<()> {
        let now = self.now().millis();
        let working = oauth_tokens::table.find(id.0).filter(oauth_tokens::revoked_at.is_null());
        diesel::update(working).set(oauth_tokens::revoked_at.eq(now)).execute(self.conn())?;
        self.delete_push_subscription(id)?;
        self.publish(Live::TokenEnded { token: id })?;
        Ok(())
    }

    /// Revokes every token that was issued for an authorization code. Returns their number.
    pub fn revoke_tokens_of_code(&mut self, code_hash: &str) -> Result<usize> {
        let working = oauth_tokens::table
            .filter(oauth_tokens::code_hash.eq(code_hash))
            .filter(oauth_tokens::revoked_at.is_null())
            .select(oauth_tokens::id);
        let working: Vec<i64> = working.load(self.conn())?;
        for id in &working {
            self.revoke_token(TokenId(*id))?;
        }
        Ok(working.len())
    }
}
