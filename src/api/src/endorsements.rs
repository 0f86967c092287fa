//! The caller's endorsements of accounts, private notes about accounts, and familiar followers.

use aide::axum::ApiRouter;
use axum::Json;
use portico_service::social::{account_notes, endorsements, familiar_followers};
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, OptionalUser};
use super::pages::{AccountsPage, accounts_page};
use super::{entities, scope};
use portico_domain::model::AccountId;
use portico_http::paging::AccountPaging;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/accounts/familiar_followers", get(familiar))
        .endpoint("/api/v1/accounts/{id}/note", post(note))
        .endpoint("/api/v1/accounts/{id}/endorse", post(endorse))
        .endpoint("/api/v1/accounts/{id}/unendorse", post(unendorse))
        .endpoint("/api/v1/accounts/{id}/pin", post(endorse))
        .endpoint("/api/v1/accounts/{id}/unpin", post(unendorse))
        .endpoint("/api/v1/accounts/{id}/endorsements", get(endorsements))
        .endpoint("/api/v1/accounts/{id}/identity_proofs", get(identity_proofs))
        .endpoint("/api/v1/endorsements", get(own_endorsements))
}

/// The most accounts that one call may name.
const MOST: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FamiliarFollowersQuery {
    id: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountNoteParams {
    comment: String,
}

async fn familiar(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFollows>,
    Params(FamiliarFollowersQuery { id }): Params<FamiliarFollowersQuery>,
) -> ApiResult<Json<Vec<entities::FamiliarFollowers>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let found = familiar_followers::list(&here, me.id, ids).await?;
    let shown = found.into_iter().map(|(id, accounts)| entities::FamiliarFollowers {
        id,
        accounts: entities::Account::render_all(&accounts, &here.urls),
    });
    Ok(Json(shown.collect()))
}

async fn note(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
    Params(note): Params<AccountNoteParams>,
) -> ApiResult<Json<entities::Relationship>> {
    let relationship = account_notes::set(&here, me.id, id, &note.comment).await?;
    Ok(Json(entities::Relationship::render(&relationship)))
}

async fn endorse(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    Ok(Json(entities::Relationship::render(&endorsements::set(&here, me.id, id, true).await?)))
}

async fn unendorse(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    Ok(Json(entities::Relationship::render(&endorsements::set(&here, me.id, id, false).await?)))
}

async fn endorsements(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = endorsements::list(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

async fn own_endorsements(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = endorsements::list(&here, me.viewer(), me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Always empty: the service that proved identities no longer exists.
async fn identity_proofs(_: CurrentUser<scope::ReadAccounts>, _: Path<AccountId>) -> Json<[(); 0]> {
    Json([])
}
