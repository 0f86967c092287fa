//! The members and guests of a group; for its moderators also join requests and invitations.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;

use super::PAGE;
use portico_domain::model::AccountId;
use portico_domain::model::group::{GroupMember, GroupRole};
use portico_domain::model::page::{Page as Paged, PageRequest};
use portico_domain::model::urls::Urls;
use portico_domain::policy::groups as policy;
use portico_http::CurrentInstance;
use portico_service::social::groups::{self, GuestView};

use crate::extract::{Path, SignedIn};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, render_with};
use crate::pager::Pager;
use crate::view::Person;

/// A member in the list of members.
struct MemberRow {
    person: Person,
    id: AccountId,
    role: &'static str,
    is_moderator: bool,
}

impl MemberRow {
    fn from_member(member: &GroupMember, urls: &Urls) -> Self {
        Self {
            person: Person::from_account(&member.account, urls),
            id: member.account.id,
            role: match member.role {
                GroupRole::Owner => "Owner",
                GroupRole::Moderator => "Moderator",
                GroupRole::Member => "",
            },
            is_moderator: member.role != GroupRole::Member,
        }
    }
}

/// A guest of a room, in the list of members.
struct GuestRow {
    person: Person,
    id: AccountId,
    /// `stays until 2 November 2026; their sponsor is @alice`.
    stay: String,
}

impl GuestRow {
    fn from_view(view: &GuestView, here: &CurrentInstance) -> Self {
        let guest = &view.guest;
        let when = match guest.accepted_at {
            _ if guest.until <= here.now() => "was here until",
            Some(_) => "stays until",
            None => "invited, until",
        };
        let by =
            view.sponsor.as_ref().map(|by| format!("; their sponsor is @{}", by.acct())).unwrap_or_default();
        Self {
            person: Person::from_account(&view.account, &here.urls),
            id: view.account.id,
            stay: format!("{when} {}{by}", labels::day(guest.until)),
        }
    }
}

#[derive(Template)]
#[template(path = "group_members.html")]
struct GroupMembersPage {
    shell: Shell,
    is_room: bool,
    guests: Vec<GuestRow>,
    id: AccountId,
    name: String,
    rows: Vec<MemberRow>,
    asking: Vec<(Person, AccountId)>,
    invited: Vec<(Person, AccountId)>,
    moderates: bool,
    owns: bool,
    next: Option<String>,
    problem: Option<String>,
}

/// Renders the members of a group; for its moderators also join requests, invitations and guests.
pub(crate) async fn show(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    RawQuery(query): RawQuery,
) -> PageResult {
    let request = PageRequest { limit: PAGE, ..Pager::request(query.as_deref()) };
    list(&here, &who, id, request, None).await
}

/// Renders the list of members, with the problem of an action that failed.
pub(super) async fn list(
    here: &CurrentInstance,
    who: &SignedIn,
    id: AccountId,
    request: PageRequest,
    problem: Option<String>,
) -> PageResult {
    let me = who.account.id;
    let view = groups::show(here, me, id).await?;
    let moderates = view.account.is_local() && policy::may_moderate(view.role).is_ok();
    let page: Paged<GroupMember> = groups::members(here, me, id, request).await?;
    let (mut asking, mut invited) = (Vec::new(), Vec::new());
    let mut visiting = Vec::new();
    if moderates && view.group.room {
        let found = groups::guests(here, me, id).await?;
        visiting = found.iter().map(|guest| GuestRow::from_view(guest, here)).collect();
    }
    if moderates {
        let waiting = groups::requests(here, me, id, PageRequest::first(PAGE)).await?;
        asking = waiting.items.iter().map(|one| (Person::from_account(one, &here.urls), one.id)).collect();
        let guests = groups::invitations(here, me, id).await?;
        invited = guests
            .iter()
            .map(|one| (Person::from_account(&one.account, &here.urls), one.account.id))
            .collect();
    }
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = GroupMembersPage {
        shell: Shell::new(here, Some(who)),
        is_room: view.group.room,
        guests: visiting,
        id,
        name: view.account.name().to_owned(),
        rows: page.items.iter().map(|member| MemberRow::from_member(member, &here.urls)).collect(),
        asking,
        invited,
        moderates,
        owns: view.account.is_local() && policy::may_own(view.role).is_ok(),
        next: page.oldest.filter(|_| page.full).map(|id| format!("?before={id}")),
        problem,
    };
    render_with(status, &shown)
}
