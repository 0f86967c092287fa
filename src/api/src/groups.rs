//! Groups: creating, finding and managing them, and the posts in them. An extension of Portico, under its own
//! namespace; for signed-in staff. In Mastodon's API a group is an account with `group`: following it joins,
//! mentioning it posts.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get, post, put};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{Counters, Staff, allow};
use super::entities::{Empty, Group, Invitation, Member};
use super::pages::{AccountsPage, Paged, StatusesPage, accounts_page, statuses_page};
use super::{entities, scope};
use portico_domain::model::group::{GroupRole, GroupRule, GroupVisibility, JoinPolicy};
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_http::limits::{Rule as Limit, Subject};
use portico_http::paging::{AccountPaging, Newer, StatusPaging};
use portico_http::params::Given;
use portico_http::{Answer, Here, Params, Path, Problem};
use portico_service::groups::{self, Draft, NewGroup, Search};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/portico/v1/groups", get(list).post(create))
        .api_route("/api/portico/v1/groups/{id}", get(show).put(change).delete(close))
        .api_route("/api/portico/v1/groups/{id}/join", post(join))
        .api_route("/api/portico/v1/groups/{id}/leave", post(leave))
        .api_route("/api/portico/v1/groups/{id}/timeline", get(timeline))
        .api_route("/api/portico/v1/groups/{id}/statuses/{status_id}", delete(unpost))
        .api_route("/api/portico/v1/groups/{id}/pins", get(pins))
        .api_route("/api/portico/v1/groups/{id}/pins/{status_id}", put(pin).delete(unpin))
        .api_route("/api/portico/v1/groups/{id}/members", get(members))
        .api_route("/api/portico/v1/groups/{id}/members/{account_id}", delete(remove))
        .api_route("/api/portico/v1/groups/{id}/members/{account_id}/role", put(set_role))
        .api_route("/api/portico/v1/groups/{id}/requests", get(requests))
        .api_route("/api/portico/v1/groups/{id}/requests/{account_id}", put(accept).delete(refuse))
        .api_route("/api/portico/v1/groups/{id}/invitations", get(invitations))
        .api_route("/api/portico/v1/groups/{id}/invitations/{account_id}", put(invite).delete(uninvite))
        .api_route("/api/portico/v1/groups/{id}/guests", get(guests).post(invite_guest))
        .api_route("/api/portico/v1/groups/{id}/guests/{account_id}", delete(end_guest))
        .api_route("/api/portico/v1/groups/{id}/bans/{account_id}", put(ban).delete(unban))
}

type Reader = Staff<scope::ReadAccounts>;
type Writer = Staff<scope::WriteFollows>;
type Keeper = Staff<scope::WriteAccounts>;
type Shown = Answer<Json<Group>>;
type Done = Answer<Json<Empty>>;

/// The attributes of a group. Absent ones keep their value, or get the default on creation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The handle of a new group, without @: letters a to z, digits and `_`. It cannot be changed later.
    name: String,
    /// Whether a new group is a room: hidden, by invitation, and open to guests from any server.
    room: bool,
    /// The display name.
    display_name: Given,
    /// A description of the group.
    note: Given,
    /// The way in which accounts become members: `open`, `request` or `invite`.
    join_policy: Option<String>,
    /// The visibility of the group and its posts: `instance`, `company`, `partners` or `public`. With
    /// `members`, only members see its posts; with `hidden`, only members know that it exists. A group that
    /// is for its members cannot become visible to others.
    visibility: Option<String>,
    /// A rule for automatic membership, such as `department=Sales`; also `division`, `job_title`, `location`,
    /// `skill`. Empty removes the rule.
    rule: Given,
}

impl Form {
    fn draft(self) -> Answer<Draft> {
        let fault = |name: &str, fault: &str| Problem::invalid(&[format!("{name} {fault}")]);
        let join = self.join_policy.map(|word| word.parse::<JoinPolicy>());
        let visibility = self.visibility.map(|word| word.parse::<GroupVisibility>());
        let rule = match self.rule.0 {
            None => None,
            Some(text) if text.trim().is_empty() => Some(None),
            Some(text) => Some(Some(text.parse::<GroupRule>().map_err(|why| fault("Rule", why))?)),
        };
        Ok(Draft {
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
struct Wanted {
    /// Only groups that the caller is a member of.
    joined: bool,
    /// Only groups whose name contains this text.
    q: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RoleForm {
    /// `member`, `moderator` or `owner`.
    role: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GuestForm {
    /// The handle of the guest, such as `@customer@anything.example`.
    acct: String,
    /// When the invitation ends: a date or a time, at most a year from now.
    until: String,
}

/// Lists the groups that the caller can see.
async fn list(
    here: Here,
    me: Reader,
    paging: AccountPaging,
    Params(wanted): Params<Wanted>,
) -> Answer<Paged<Group>> {
    let search = Search { joined: wanted.joined, text: wanted.q };
    let page = groups::list(&here, me.id, search, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items.iter().map(|view| Group::render(view, &here.urls)).collect())))
}

/// Creates a group. The caller becomes its first owner.
async fn create(here: Here, me: Keeper, counters: Counters, Params(form): Params<Form>) -> Shown {
    allow(&here, &counters, Limit::GROUPS, Subject::Caller(me.user.id.0))?;
    let name = form.name.trim().to_lowercase();
    let room = form.room;
    let new = NewGroup { name, draft: form.draft()?, room, keys: None };
    let view = groups::create(&here, me.id, new).await?;
    Ok(Json(Group::render(&view, &here.urls)))
}

/// Returns a group.
async fn show(here: Here, me: Reader, Path(id): Path<AccountId>) -> Shown {
    Ok(Json(Group::render(&groups::show(&here, me.id, id).await?, &here.urls)))
}

/// Changes a group; for its owners.
async fn change(here: Here, me: Keeper, Path(id): Path<AccountId>, Params(form): Params<Form>) -> Shown {
    let view = groups::change(&here, me.id, id, form.draft()?).await?;
    Ok(Json(Group::render(&view, &here.urls)))
}

/// Closes a group permanently; for its owners. Its posts stay with their authors.
async fn close(here: Here, me: Keeper, Path(id): Path<AccountId>) -> Done {
    groups::close(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Joins a group, or requests to join.
async fn join(here: Here, me: Writer, Path(id): Path<AccountId>) -> Shown {
    Ok(Json(Group::render(&groups::join(&here, &me, id).await?, &here.urls)))
}

/// Leaves a group, withdraws a request to join, or declines an invitation.
async fn leave(here: Here, me: Writer, Path(id): Path<AccountId>) -> Done {
    groups::leave(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Lists the posts in a group, newest first.
async fn timeline(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
    paging: StatusPaging,
) -> Answer<StatusesPage> {
    let page = groups::timeline(&here, me.id, id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

/// Removes a post from a group; for its owners and moderators. The author keeps the post.
async fn unpost(here: Here, me: Writer, Path((id, status)): Path<(AccountId, StatusId)>) -> Done {
    groups::unpost(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Lists the pinned posts of a group.
async fn pins(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
) -> Answer<Json<Vec<entities::Status>>> {
    let views = groups::pins(&here, me.id, id).await?;
    Ok(Json(entities::Status::render_all(&views, &here.urls)))
}

/// Pins a post in a group; for its owners and moderators.
async fn pin(here: Here, me: Writer, Path((id, status)): Path<(AccountId, StatusId)>) -> Done {
    groups::pin(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Unpins a post in a group.
async fn unpin(here: Here, me: Writer, Path((id, status)): Path<(AccountId, StatusId)>) -> Done {
    groups::unpin(&here, me.id, id, status).await?;
    Ok(Json(Empty {}))
}

/// Lists the members of a group.
async fn members(
    here: Here,
    me: Reader,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> Answer<Paged<Member>> {
    let page = groups::members(&here, me.id, id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(page.items.iter().map(|member| Member::render(member, &here.urls)).collect())))
}

/// Removes a member, who may join again; for owners and moderators.
async fn remove(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::remove(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Sets a member's role; for owners.
async fn set_role(
    here: Here,
    me: Writer,
    Path((id, who)): Path<(AccountId, AccountId)>,
    Params(form): Params<RoleForm>,
) -> Done {
    let role: GroupRole = form.role.parse().map_err(|why| Problem::invalid(&[format!("Role {why}")]))?;
    groups::set_role(&here, me.id, id, who, role).await?;
    Ok(Json(Empty {}))
}

/// Lists the requests to join; for owners and moderators.
async fn requests(
    here: Here,
    me: Reader,
    Path(id): Path<AccountId>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = groups::requests(&here, me.id, id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Accepts a request to join.
async fn accept(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::accept(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Rejects a request to join.
async fn refuse(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::refuse(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lists the invited accounts; for owners and moderators.
async fn invitations(here: Here, me: Reader, Path(id): Path<AccountId>) -> Answer<Json<Vec<Invitation>>> {
    let invited = groups::invitations(&here, me.id, id).await?;
    Ok(Json(invited.iter().map(|one| Invitation::render(one, &here.urls)).collect()))
}

/// Invites an account. The group notifies it by a direct post.
async fn invite(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::invite(&here, &me, id, who).await?;
    Ok(Json(Empty {}))
}

/// Withdraws an invitation.
async fn uninvite(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::uninvite(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Bans an account, which is removed and cannot join again; for owners and moderators.
async fn ban(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::ban(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lifts a ban.
async fn unban(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::unban(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}

/// Lists the guests of a room and the account responsible for each; for its owners and moderators.
async fn guests(here: Here, me: Reader, Path(id): Path<AccountId>) -> Answer<Json<Vec<entities::Guest>>> {
    let found = groups::guests(&here, me.id, id).await?;
    Ok(Json(found.iter().map(|guest| entities::Guest::render(guest, &here.urls, here.now())).collect()))
}

/// Invites a guest from any server into a room until a date, or changes that date. The caller is responsible
/// for the guest.
async fn invite_guest(
    here: Here,
    me: Writer,
    Path(id): Path<AccountId>,
    Params(form): Params<GuestForm>,
) -> Answer<Json<entities::Guest>> {
    let fault = || Problem::invalid(&["Until must be a date or a time".to_owned()]);
    let until = Timestamp::parse(&form.until).ok_or_else(fault)?;
    let view = groups::invite_guest(&here, &me, id, &form.acct, until).await?;
    Ok(Json(entities::Guest::render(&view, &here.urls, here.now())))
}

/// Ends a guest's access immediately.
async fn end_guest(here: Here, me: Writer, Path((id, who)): Path<(AccountId, AccountId)>) -> Done {
    groups::end_guest(&here, me.id, id, who).await?;
    Ok(Json(Empty {}))
}
