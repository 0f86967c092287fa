//! Reading accounts and their statuses.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::OptionalUser;
use crate::pages::{AccountsPage, StatusesPage, accounts_page, statuses_page};
use crate::{entities, scope};
use portico_domain::model::AccountId;
use portico_html::normalise_tag;
use portico_http::paging::{AccountPaging, StatusPaging};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::people::accounts;
use portico_service::reading::timelines;
use portico_service::reading::timelines::AccountFilter;
use portico_service::social::{account_moves, relationships};

/// The most accounts that one call may name.
const MOST: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AccountIdsQuery {
    id: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AccountLookupQuery {
    acct: String,
}

/// Filters for the statuses of an account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AccountStatusesQuery {
    only_media: Option<bool>,
    exclude_replies: Option<bool>,
    exclude_reblogs: Option<bool>,
    pinned: Option<bool>,
    tagged: Option<String>,
}

/// Returns an account.
pub(super) async fn show(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Account>> {
    let account = accounts::get(&here, who.viewer(), id).await?;
    let new = account_moves::destination(&here, who.viewer(), &account).await?;
    Ok(Json(entities::Account::render_moved(&account, new.as_ref(), &here.urls)))
}

/// Returns several accounts; unknown ids are skipped.
pub(super) async fn show_many(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Params(AccountIdsQuery { id }): Params<AccountIdsQuery>,
) -> ApiResult<Json<Vec<entities::Account>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let found = accounts::show_many(&here, who.viewer(), ids).await?;
    Ok(Json(entities::Account::render_all(&found, &here.urls)))
}

/// Looks up an account by its handle, among known accounts only: no remote lookup.
pub(super) async fn lookup(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Params(AccountLookupQuery { acct }): Params<AccountLookupQuery>,
) -> ApiResult<Json<entities::Account>> {
    if acct.is_empty() {
        return Err(Problem::missing("acct"));
    }
    let account = accounts::lookup(&here, who.viewer(), &acct).await?;
    let new = account_moves::destination(&here, who.viewer(), &account).await?;
    Ok(Json(entities::Account::render_moved(&account, new.as_ref(), &here.urls)))
}

/// Lists the statuses of an account, as far as the caller may see them.
pub(super) async fn statuses(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
    paging: StatusPaging,
    Params(narrow): Params<AccountStatusesQuery>,
) -> ApiResult<StatusesPage> {
    accounts::get(&here, who.viewer(), id).await?;
    let filter = AccountFilter {
        exclude_replies: narrow.exclude_replies.unwrap_or(false),
        exclude_boosts: narrow.exclude_reblogs.unwrap_or(false),
        pinned: narrow.pinned.unwrap_or(false),
        only_media: narrow.only_media.unwrap_or(false),
        tagged: narrow.tagged.as_deref().map(normalise_tag),
    };
    let page = timelines::of_account(&here, who.viewer(), id, filter, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

/// Lists the followers of an account.
pub(super) async fn followers(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let fellows = relationships::followers(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &fellows.page))
}

/// Lists the accounts that an account follows.
pub(super) async fn following(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let fellows = relationships::following(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &fellows.page))
}
