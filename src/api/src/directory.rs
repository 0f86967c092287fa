//! Finding accounts, and the caller's notes, endorsements, domain blocks and suggestions; the profile
//! directory.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get, post};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{MaybeStaff, Staff};
use super::pages::{AccountsPage, Paged, accounts_page};
use super::{entities, scope};
use portico_domain::model::AccountId;
use portico_http::paging::{AccountPaging, Newer, Offset, Paging, limit_of};
use portico_http::{Answer, Here, Params, Path, Problem};
use portico_service::regards::{self, DirectoryOrder};
use portico_service::suggestions;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/accounts/familiar_followers", get(familiar))
        .api_route("/api/v1/accounts/{id}/note", post(note))
        .api_route("/api/v1/accounts/{id}/endorse", post(endorse))
        .api_route("/api/v1/accounts/{id}/unendorse", post(unendorse))
        .api_route("/api/v1/accounts/{id}/pin", post(endorse))
        .api_route("/api/v1/accounts/{id}/unpin", post(unendorse))
        .api_route("/api/v1/accounts/{id}/endorsements", get(endorsements))
        .api_route("/api/v1/accounts/{id}/identity_proofs", get(identity_proofs))
        .api_route("/api/v1/endorsements", get(own_endorsements))
        .api_route("/api/v1/domain_blocks", get(shunned).post(shun).delete(unshun))
        .api_route("/api/v1/suggestions", get(old_suggestions))
        .api_route("/api/v2/suggestions", get(suggested))
        .api_route("/api/v1/suggestions/{id}", delete(dismiss))
        .api_route("/api/v1/directory", get(directory))
}

type Shown = Answer<Json<entities::Relationship>>;
type Writer = Staff<scope::WriteAccounts>;

/// The most accounts that one call may name.
const MOST: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Ids {
    id: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Note {
    comment: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Domain {
    domain: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Limit {
    limit: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Listing {
    /// `active` (most recently posted first) or `new` (newest first).
    order: Option<String>,
    local: Option<bool>,
}

async fn familiar(
    here: Here,
    me: Staff<scope::ReadFollows>,
    Params(Ids { id }): Params<Ids>,
) -> Answer<Json<Vec<entities::FamiliarFollowers>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let found = regards::familiar(&here, me.id, ids).await?;
    let shown = found.into_iter().map(|(id, accounts)| entities::FamiliarFollowers {
        id,
        accounts: entities::Account::render_all(&accounts, &here.urls),
    });
    Ok(Json(shown.collect()))
}

async fn note(here: Here, me: Writer, Path(id): Path<AccountId>, Params(note): Params<Note>) -> Shown {
    let relationship = regards::note(&here, me.id, id, &note.comment).await?;
    Ok(Json(entities::Relationship::render(&relationship)))
}

async fn endorse(here: Here, me: Writer, Path(id): Path<AccountId>) -> Shown {
    Ok(Json(entities::Relationship::render(&regards::endorse(&here, me.id, id, true).await?)))
}

async fn unendorse(here: Here, me: Writer, Path(id): Path<AccountId>) -> Shown {
    Ok(Json(entities::Relationship::render(&regards::endorse(&here, me.id, id, false).await?)))
}

async fn endorsements(
    here: Here,
    who: MaybeStaff<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = regards::endorsements(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

async fn own_endorsements(
    here: Here,
    me: Staff<scope::ReadAccounts>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = regards::endorsements(&here, me.viewer(), me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Always empty: the service that proved identities no longer exists.
async fn identity_proofs(_: Staff<scope::ReadAccounts>, _: Path<AccountId>) -> Json<[(); 0]> {
    Json([])
}

async fn shunned(
    here: Here,
    me: Staff<scope::ReadBlocks>,
    paging: Paging<100, 200>,
) -> Answer<Paged<String>> {
    let page = regards::shunned(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items)))
}

async fn shun(
    here: Here,
    me: Staff<scope::WriteBlocks>,
    Params(Domain { domain }): Params<Domain>,
) -> Answer<Json<entities::Empty>> {
    regards::shun(&here, &me, &domain).await?;
    Ok(Json(entities::Empty {}))
}

async fn unshun(
    here: Here,
    me: Staff<scope::WriteBlocks>,
    Params(Domain { domain }): Params<Domain>,
) -> Answer<Json<entities::Empty>> {
    regards::unshun(&here, me.id, &domain).await?;
    Ok(Json(entities::Empty {}))
}

async fn suggested(
    here: Here,
    me: Staff<scope::Read>,
    Params(limit): Params<Limit>,
) -> Answer<Json<Vec<entities::Suggestion>>> {
    let limit = limit_of(limit.limit.as_deref(), 40, 80)?;
    let found = suggestions::for_person(&here, me.id, limit).await?;
    Ok(Json(found.iter().map(|one| entities::Suggestion::render(one, &here.urls)).collect()))
}

async fn old_suggestions(
    here: Here,
    me: Staff<scope::Read>,
    Params(limit): Params<Limit>,
) -> Answer<Json<Vec<entities::Account>>> {
    let limit = limit_of(limit.limit.as_deref(), 40, 80)?;
    let found = suggestions::for_person(&here, me.id, limit).await?;
    Ok(Json(found.iter().map(|one| entities::Account::render(&one.account, &here.urls)).collect()))
}

async fn dismiss(
    here: Here,
    me: Staff<scope::Read>,
    Path(id): Path<AccountId>,
) -> Answer<Json<entities::Empty>> {
    regards::dismiss(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn directory(
    here: Here,
    who: MaybeStaff<scope::Read>,
    page: Offset<40, 80>,
    Params(listing): Params<Listing>,
) -> Answer<Json<Vec<entities::Account>>> {
    let order = match listing.order.as_deref() {
        None | Some("active") => DirectoryOrder::Active,
        Some("new") => DirectoryOrder::New,
        Some(_) => return Err(Problem::bad_request("order must be active or new")),
    };
    let local = listing.local.unwrap_or(false);
    let found = regards::directory(&here, who.viewer(), order, local, page.limit, page.offset).await?;
    Ok(Json(entities::Account::render_all(&found, &here.urls)))
}
