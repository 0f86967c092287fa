//! Following, blocking and muting. Each call returns the relationship after the change.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::CurrentUser;
use crate::pages::{AccountsPage, Paged, accounts_page};
use crate::{entities, scope};
use portico_domain::model::AccountId;
use portico_domain::model::relationship::Relationship;
use portico_http::paging::{AccountPaging, Newer};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::social::relationships::{self, FollowOptions};

/// The most accounts that one call may name.
const MOST: usize = 100;

fn relationship_response(
    relationship: portico_service::Result<Relationship>,
) -> ApiResult<Json<entities::Relationship>> {
    Ok(Json(entities::Relationship::render(&relationship?)))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RelationshipsQuery {
    id: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct FollowParams {
    reblogs: Option<bool>,
    notify: Option<bool>,
    /// Show only posts in these languages; empty for all.
    languages: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MuteParams {
    notifications: Option<bool>,
    duration: Option<i64>,
}

/// Lists the caller's relationships to some accounts; unknown ids are skipped.
pub(super) async fn relationships(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFollows>,
    Params(RelationshipsQuery { id }): Params<RelationshipsQuery>,
) -> ApiResult<Json<Vec<entities::Relationship>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let found = relationships::between(&here, me.id, ids).await?;
    Ok(Json(found.iter().map(entities::Relationship::render).collect()))
}

/// Follows an account, or requests to. Repeating the call changes the settings of the follow.
pub(super) async fn follow(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
    Params(follow): Params<FollowParams>,
) -> ApiResult<Json<entities::Relationship>> {
    let options =
        FollowOptions { show_boosts: follow.reblogs, notify: follow.notify, languages: follow.languages };
    relationship_response(relationships::follow(&here, &me, id, options).await)
}

/// Unfollows an account.
pub(super) async fn unfollow(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::unfollow(&here, &me, id).await)
}

/// Removes a follower.
pub(super) async fn remove_from_followers(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::remove_follower(&here, &me, id).await)
}

/// Blocks an account.
pub(super) async fn block(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBlocks>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::block(&here, &me, id).await)
}

/// Unblocks an account.
pub(super) async fn unblock(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteBlocks>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::unblock(&here, &me, id).await)
}

/// Mutes an account; by default its notifications too, and without an end.
pub(super) async fn mute(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMutes>,
    Path(id): Path<AccountId>,
    Params(mute): Params<MuteParams>,
) -> ApiResult<Json<entities::Relationship>> {
    let (hide, seconds) = (mute.notifications.unwrap_or(true), mute.duration.unwrap_or(0));
    relationship_response(relationships::mute(&here, me.id, id, hide, seconds).await)
}

/// Unmutes an account.
pub(super) async fn unmute(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMutes>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::unmute(&here, me.id, id).await)
}

/// Lists the accounts that request to follow the caller.
pub(super) async fn follow_requests(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFollows>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = relationships::follow_requests(&here, me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Accepts a follow request.
pub(super) async fn authorize(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::authorize(&here, &me, id).await)
}

/// Rejects a follow request.
pub(super) async fn reject(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Relationship>> {
    relationship_response(relationships::reject(&here, &me, id).await)
}

/// Lists the accounts that the caller blocks.
pub(super) async fn blocks(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadBlocks>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = relationships::blocks(&here, me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Lists the accounts that the caller mutes, and when each mute ends.
pub(super) async fn mutes(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadMutes>,
    paging: AccountPaging,
) -> ApiResult<Paged<entities::MutedAccount>> {
    let page = relationships::mutes(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    let muted = page.items.iter();
    let shown = muted.map(|(account, until)| entities::MutedAccount::render(account, *until, &here.urls));
    Ok(Paged(links, Json(shown.collect())))
}
