//! OAuth client apps, as they registered themselves.

use crate::prelude::*;

use super::schema::oauth_apps;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::oauth::{App, Scopes};
use portico_domain::model::{AppId, Timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = oauth_apps)]
struct AppRow {
    id: i64,
    client_id: String,
    secret_hash: String,
    name: String,
    website: Option<String>,
    /// One URI per line; no URI contains a line break.
    redirect_uris: String,
    scopes: String,
    created_at: i64,
}

impl AppRow {
    fn into_model(self) -> Result<App> {
        Ok(App {
            id: AppId(self.id),
            client_id: self.client_id,
            secret_hash: self.secret_hash,
            name: self.name,
            website: self.website,
            redirect_uris: self.redirect_uris.lines().map(str::to_owned).collect(),
            scopes: Scopes::parse(&self.scopes).map_err(|_| Error::Corrupt { what: "scopes" })?,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

impl Reader<'_> {
    /// Returns the app with this id.
    pub fn find_app(&mut self, id: AppId) -> Result<Option<App>> {
        let query = oauth_apps::table.find(id.0).select(AppRow::as_select());
        query.first::<AppRow>(self.conn()).optional()?.map(AppRow::into_model).transpose()
    }

    /// Returns the app with this OAuth `client_id`.
    pub fn find_app_by_client_id(&mut self, client_id: &str) -> Result<Option<App>> {
        let query = oauth_apps::table.filter(oauth_apps::client_id.eq(client_id)).select(AppRow::as_select());
        query.first::<AppRow>(self.conn()).optional()?.map(AppRow::into_model).transpose()
    }
}

impl Tx<'_> {
    /// Inserts an app.
    pub fn insert_app(&mut self, app: &App) -> Result<()> {
        let row = AppRow {
            id: app.id.0,
            client_id: app.client_id.clone(),
            secret_hash: app.secret_hash.clone(),
            name: app.name.clone(),
            website: app.website.clone(),
            redirect_uris: app.redirect_uris.join("\n"),
            scopes: app.scopes.to_string(),
            created_at: app.created_at.millis(),
        };
        on_both!(self.conn(), |c| diesel::insert_into(oauth_apps::table).values(&row).execute(c))?;
        Ok(())
    }
}
