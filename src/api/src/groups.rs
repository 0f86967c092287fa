//! Groups: creating, finding and managing them, and the posts in them. An extension of Portico, under its own
//! namespace; for signed-in staff. In Mastodon's API a group is an account with `group`: following it joins,
//! mentioning it posts.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, RateLimitCounters, allow};
use super::entities::{Empty, Group, Invitation, Member};
use super::pages::{AccountsPage, Paged, StatusesPage, accounts_page, statuses_page};
use super::{entities, scope};
use portico_domain::model::group::{GroupRole, GroupRule, GroupVisibility, JoinPolicy};
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_http::limits::{RateLimit, Subject};
use portico_http::paging::{AccountPaging, Newer, StatusPaging};
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, delete, get, post, put};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::social::groups::{self, GroupInput, GroupQuery, NewGroup};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/groups", get(list).post(create))
        .endpoint("/api/portico/v1/groups/{id}", get(show).put(change).delete(close))
        .endpoint("/api/portico/v1/groups/{id}/join", post(join))
        .endpoint("/api/portico/v1/groups/{id}/leave", post(leave))
        .endpoint("/api/portico/v1/groups/{id}/timeline", get(timeline))
        .endpoint("/api/portico/v1/groups/{id}/statuses/{status_id}", delete(unpost))
        .endpoint("/api/portico/v1/groups/{id}/pins", get(pins))
        .endpoint("/api/portico/v1/groups/{id}/pins/{status_id}", put(pin).delete(unpin))
        .endpoint("/api/portico/v1/groups/{id}/members", get(members))
        .endpoint("/api/portico/v1/groups/{id}/members/{account_id}", delete(remove))
        .endpoint("/api/portico/v1/groups/{id}/members/{account_id}/role", put(set_role))
        .endpoint("/api/portico/v1/groups/{id}/requests", get(requests))
        .endpoint("/api/portico/v1/groups/{id}/requests/{account_id}", put(accept).delete(refuse))
        .endpoint("/api/portico/v1/groups/{id}/invitations", get(invitations))
        .endpoint("/api/portico/v1/groups/{id}/invitations/{account_id}", put(invite).delete(uninvite))
        .endpoint("/api/portico/v1/groups/{id}/guests", get(guests).post(invite_guest))
        .endpoint("/api/portico/v1/groups/{id}/guests/{account_id}", delete(end_guest))
        .endpoint("/api/portico/v1/groups/{id}/bans/{account_id}", put(ban).delete(unban))
}

/// The attributes of a group. Absent ones keep their value, or get the default on creation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupParams {
    /// The handle of a new group, without @: letters a to z, digits and `_`. It cannot be changed later.
    name: String,
    /// Whether a new group is a room: hidden, by invitation, and open to guests from any server.
    room: bool,
    /// The display name.
    display_name: ClearableText,
    /// A description of the group.
    note: ClearableText,
    /// The way in which accounts become members: `open`, `request` or `invite`.
    join_policy: Option<String>,
    /// The visibility of the group and its posts: `instance`, `company`, `partners` or `public`. With
    /// `members`, only members see its posts; with `hidden`, only members know that it exists. A group that
    /// is for its members cannot become visible to others.
    visibility: Option<String>,
    /// A rule for automatic membership, such as `department=Sales`; also `division`, `job_title`, `location`,
    /// `skill`. Empty removes the rule.
    rule: ClearableText,
}

impl GroupParams {
    fn draft(self) -> ApiResult<GroupInput> {
        let fault = |name: &str, fault: &str| Problem::invalid(&[format!("{name} {fault}")]);
        let join = self.join_policy.map(|word| word.parse::<JoinPolicy>());
        let visibility = self.visibility.map(|word| word.parse::<GroupVisibility>());
        let rule = match self.rule.0 {
            None => None,
            Some(text) if text.trim().is_empty() => Some(None),
            Some(text) => Some(Some(text.parse::<GroupRule>().map_err(|why| fault("Rule", why))?)),
        };
        Ok(GroupInput {
            display_name: self.display_name.0,
            note: self.note.0,
            join: join.transpose().map_err(|why| fault("Join policy", why))?,
            visibility: visibility.transpose().map_err(|why| fault("Visibility", why))?,
            rule,
        })
    }
}

/// A filter for the groups.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupsQuery {
    /// Only groups that the caller is a member of.
    joined: bool,
    /// Only groups whose name contains this text.
    q: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupRoleParams {
    /// `member`, `moderator` or `owner`.
    role: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupGuestParams {
    /// The handle of the guest, such as `@customer@anything.example`.
    acct: String,
    /// When the invitation ends: a date or a time, at most a year from now.
    until: String,
}

/// Lists the groups that the caller can see.
async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    paging: AccountPaging,
    Params(wanted): Params<GroupsQuery>,
) -> ApiResult<Paged<Group>> {
    let search = GroupQuery { joined: wanted.joined, text: wanted.q };
    let page = groups::list(&here, me.id, search, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items.iter().map(|view| Group::render(view, &here.urls)).collect())))
}

/// Creates a group. The caller becomes its first owner.
async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    counters: RateLimitCounters,
    Params(form): Params<GroupParams>,
) -> ApiResult<Json<Group>> {
    allow(&here, &counters, RateLimit::GROUPS, Subject::Caller(me.user.id.0))?;
    let name = form.name.trim().to_lowercase();
    let room = form.room;
    let new = NewGroup { name, draft: form.draft()?, room, keys: None };
    let view = groups::create(&here, me.id, new).await?;
    Ok(Json(Group::render(&view, &here.urls)))
}

/// Returns a group.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Group>> {
    Ok(Json(Group::render(&groups::show(&here, me.id, id).await?, &here.urls)))
}

/// Changes a group; for its owners.
async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
    Params(form): Params<GroupParams>,
) -> ApiResult<Json<Group>> {
    let view = groups::change(&here, me.id, id, form.draft()?).await?;
    Ok(Json(Group::render(&view, &here.urls)))
}

/// Closes a group permanently; for its owners. Its posts stay with their authors.
async fn close(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Empty>> {
    groups::close(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Joins a group, or requests to join.
async fn join(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Group>> {
    Ok(Json(Group::render(&groups::join(&here, &me, id).await?, &here.urls)))
}

/// Leaves a group, withdraws a request to join, or declines an invitation.
async fn leave(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Empty>> {
    groups::leave(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Lists the posts in a group, newest first.
async fn timeline(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = groups::timeline(&here, me.id, id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

/// Removes a post from a group; for its owners and moderators. The author keeps the post.
async fn unpost(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, status)): Path<(AccountId, StatusId)>,
) -> ApiResult<Json<Empty>> {
    groups::unpost(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Lists the pinned posts of a group.
async fn pins(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::Status>>> {
    let views = groups::pins(&here, me.id, id).await?;
    Ok(Json(entities::Status::render_all(&views, &here.urls)))
}

/// Pins a post in a group; for its owners and moderators.
async fn pin(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, status)): Path<(AccountId, StatusId)>,
) -> ApiResult<Json<Empty>> {
    groups::pin(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Unpins a post in a group.
async fn unpin(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, status)): Path<(AccountId, StatusId)>,
) -> ApiResult<Json<Empty>> {
    groups::unpin(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Lists the members of a group.
async fn members(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> ApiResult<Paged<Member>> {
    let page = groups::members(&here, me.id, id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items.iter().map(|member| Member::render(member, &here.urls)).collect())))
}

/// Removes a member, who may join again; for owners and moderators.
async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::remove(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Sets a member's role; for owners.
async fn set_role(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
    Params(form): Params<GroupRoleParams>,
) -> ApiResult<Json<Empty>> {
    let role: GroupRole = form.role.parse().map_err(|why| Problem::invalid(&[format!("Role {why}")]))?;
    groups::set_role(&here, me.id, id, who, role).await?;
    Ok(Json(Empty {}))
}

/// Lists the requests to join; for owners and moderators.
async fn requests(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = groups::requests(&here, me.id, id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Accepts a request to join.
async fn accept(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::accept(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Rejects a request to join.
async fn refuse(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::refuse(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lists the invited accounts; for owners and moderators.
async fn invitations(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<Invitation>>> {
    let invited = groups::invitations(&here, me.id, id).await?;
    Ok(Json(invited.iter().map(|one| Invitation::render(one, &here.urls)).collect()))
}

/// Invites an account. The group notifies it by a direct post.
async fn invite(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::invite(&here, &me, id, who).await?;
    Ok(Json(Empty {}))
}

/// Withdraws an invitation.
async fn uninvite(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::uninvite(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Bans an account, which is removed and cannot join again; for owners and moderators.
async fn ban(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::ban(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lifts a ban.
async fn unban(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::unban(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lists the guests of a room and the account responsible for each; for its owners and moderators.
async fn guests(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::Guest>>> {
    let found = groups::guests(&here, me.id, id).await?;
    Ok(Json(found.iter().map(|guest| entities::Guest::render(guest, &here.urls, here.now())).collect()))
}

/// Invites a guest from any server into a room until a date, or changes that date. The caller is responsible
/// for the guest.
async fn invite_guest(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(id): Path<AccountId>,
    Params(form): Params<GroupGuestParams>,
) -> ApiResult<Json<entities::Guest>> {
    let fault = || Problem::invalid(&["Until must be a date or a time".to_owned()]);
    let until = Timestamp::parse(&form.until).ok_or_else(fault)?;
    let view = groups::invite_guest(&here, &me, id, &form.acct, until).await?;
    Ok(Json(entities::Guest::render(&view, &here.urls, here.now())))
}

/// Ends a guest's access immediately.
async fn end_guest(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path((id, who)): Path<(AccountId, AccountId)>,
) -> ApiResult<Json<Empty>> {
    groups::end_guest(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}
