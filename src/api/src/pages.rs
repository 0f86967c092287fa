//! Pages of entities, with their Link headers.

use axum::Json;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::entities;
use portico_domain::model::account::Account;
use portico_domain::model::page::Page;
use portico_domain::model::view::StatusView;
use portico_http::CurrentInstance;
use portico_http::paging::{Newer, Paging};

/// A page of entities: its Link header and its items.
#[derive(Debug)]
pub struct Paged<T>(pub HeaderMap, pub Json<Vec<T>>);

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// A page of statuses.
pub(super) type StatusesPage = Paged<entities::Status>;
/// A page of accounts.
pub(super) type AccountsPage = Paged<entities::Account>;

/// Renders a page of statuses.
pub(super) fn statuses_page<const DEFAULT: i64, const MAX: i64>(
    here: &CurrentInstance,
    paging: &Paging<DEFAULT, MAX>,
    page: &Page<StatusView>,
) -> StatusesPage {
    let links = paging.links(&here.urls, page, Newer::MinId);
    Paged(links, Json(entities::Status::render_all(&page.items, &here.urls)))
}

/// Renders a page of accounts.
pub(super) fn accounts_page<const DEFAULT: i64, const MAX: i64>(
    here: &CurrentInstance,
    paging: &Paging<DEFAULT, MAX>,
    page: &Page<Account>,
) -> AccountsPage {
    let links = paging.links(&here.urls, page, Newer::SinceId);
    Paged(links, Json(entities::Account::render_all(&page.items, &here.urls)))
}
