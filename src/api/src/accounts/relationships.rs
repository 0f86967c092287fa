//! Following, blocking and muting. Each call returns the relationship after the change.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::Staff;
use crate::pages::{AccountsPage, Paged, accounts_page};
use crate::{entities, scope};
use portico_domain::model::AccountId;
use portico_domain::model::relationship::Relationship;
use portico_http::paging::{AccountPaging, Newer};
use portico_http::{Answer, Here, Params, Path};
use portico_service::relationships::{self, FollowOptions};

type Shown = Answer<Json<entities::Relationship>>;
type Follower = Staff<scope::WriteFollows>;

/// The most accounts that one call may name.
const MOST: usize = 100;

fn shown(relationship: portico_service::Result<Relationship>) -> Shown {
    Ok(Json(entities::Relationship::render(&relationship?)))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Ids {
    id: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Follow {
    reblogs: Option<bool>,
    notify: Option<bool>,
    /// Show only posts in these languages; empty for all.
    languages: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Mute {
    notifications: Option<bool>,
    duration: Option<i64>,
}

/// Lists the caller's relationships to some accounts; unknown ids are skipped.
pub(super) async fn relationships(
    here: Here,
    me: Staff<scope::ReadFollows>,
    Params(Ids { id }): Params<Ids>,
) -> Answer<Json<Vec<entities::Relationship>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let found = relationships::between(&here, me.id, ids).await?;
    Ok(Json(found.iter().map(entities::Relationship::render).collect()))
}

/// Follows an account, or requests to. Repeating the call changes the settings of the follow.
pub(super) async fn follow(
    here: Here,
    me: Follower,
    Path(id): Path<AccountId>,
    Params(follow): Params<Follow>,
) -> Shown {
    let options =
        FollowOptions { show_boosts: follow.reblogs, notify: follow.notify, languages: follow.languages };
    shown(relationships::follow(&here, &me, id, options).await)
}

/// Unfollows an account.
pub(super) async fn unfollow(here: Here, me: Follower, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::unfollow(&here, &me, id).await)
}

/// Removes a follower.
pub(super) async fn remove_from_followers(here: Here, me: Follower, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::remove_follower(&here, &me, id).await)
}

/// Blocks an account.
pub(super) async fn block(here: Here, me: Staff<scope::WriteBlocks>, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::block(&here, &me, id).await)
}

/// Unblocks an account.
pub(super) async fn unblock(here: Here, me: Staff<scope::WriteBlocks>, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::unblock(&here, &me, id).await)
}

/// Mutes an account; by default its notifications too, and without an end.
pub(super) async fn mute(
    here: Here,
    me: Staff<scope::WriteMutes>,
    Path(id): Path<AccountId>,
    Params(mute): Params<Mute>,
) -> Shown {
    let (hide, seconds) = (mute.notifications.unwrap_or(true), mute.duration.unwrap_or(0));
    shown(relationships::mute(&here, me.id, id, hide, seconds).await)
}

/// Unmutes an account.
pub(super) async fn unmute(here: Here, me: Staff<scope::WriteMutes>, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::unmute(&here, me.id, id).await)
}

/// Lists the accounts that request to follow the caller.
pub(super) async fn follow_requests(
    here: Here,
    me: Staff<scope::ReadFollows>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = relationships::follow_requests(&here, me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Accepts a follow request.
pub(super) async fn authorize(here: Here, me: Follower, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::authorize(&here, &me, id).await)
}

/// Rejects a follow request.
pub(super) async fn reject(here: Here, me: Follower, Path(id): Path<AccountId>) -> Shown {
    shown(relationships::reject(&here, &me, id).await)
}

/// Lists the accounts that the caller blocks.
pub(super) async fn blocks(
    here: Here,
    me: Staff<scope::ReadBlocks>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = relationships::blocks(&here, me.id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Lists the accounts that the caller mutes, and when each mute ends.
pub(super) async fn mutes(
    here: Here,
    me: Staff<scope::ReadMutes>,
    paging: AccountPaging,
) -> Answer<Paged<entities::MutedAccount>> {
    let page = relationships::mutes(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    let muted = page.items.iter();
    let shown = muted.map(|(account, until)| entities::MutedAccount::render(account, *until, &here.urls));
    Ok(Paged(links, Json(shown.collect())))
}
