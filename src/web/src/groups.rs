//! Group pages: list and search, timeline, members and guests, creating and editing a group.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use portico_domain::model::group::{
    GroupMember, GroupMembership, GroupRole, GroupRule, GroupView, GroupVisibility, JoinPolicy,
};
use portico_domain::model::page::{Page as Paged, PageRequest};
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_domain::policy::groups as policy;
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::publishing::statuses::ReachOptions;
use portico_service::social::groups::{self, GroupInput, GroupQuery, GuestView, NewGroup};

use crate::ErrorPage;
use crate::compose::compose_form;
use crate::compose::compose_view::ComposeView;
use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::{Choice, CsrfForm};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page, render_with};
use crate::pager::Pager;
use crate::view::{Person, Post};

/// Number of groups or members on a page.
const PAGE: i64 = 40;

/// Describes who sees a group.
const fn audience(visibility: GroupVisibility) -> &'static str {
    match visibility {
        GroupVisibility::Members => "Everyone sees the group; only members see its posts",
        GroupVisibility::Hidden => "Only members and invited people see that the group exists",
        GroupVisibility::Within(reach) => match reach {
            portico_domain::model::Reach::Instance => {
                "Everyone on this instance sees the group and its posts"
            }
            portico_domain::model::Reach::Company => "Everyone in the company sees the group and its posts",
            portico_domain::model::Reach::Partners => {
                "The company and its partners see the group and its posts"
            }
            _ => "Anyone can see the group and its posts",
        },
    }
}

/// Describes how to join a group.
const fn door(join: JoinPolicy) -> &'static str {
    match join {
        JoinPolicy::Open => "Everyone can join",
        JoinPolicy::Request => "Requests to join must be approved",
        JoinPolicy::Invite => "Only invited people can join",
    }
}

/// A group in a list.
struct GroupCard {
    person: Person,
    href: String,
    members: String,
    is_closed: bool,
    is_member: bool,
    is_invited: bool,
}

impl GroupCard {
    fn from_view(view: &GroupView, urls: &Urls) -> Self {
        Self {
            person: Person::from_account(&view.account, urls),
            href: format!("/groups/{}", view.account.id),
            members: labels::count(view.account.followers_count, "member", "members"),
            is_closed: view.group.visibility.is_closed(),
            is_member: view.standing == GroupMembership::Member,
            is_invited: view.standing == GroupMembership::Invited,
        }
    }
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    shell: Shell,
    text: String,
    joined: bool,
    cards: Vec<GroupCard>,
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GroupsQuery {
    q: String,
    joined: String,
    before: String,
}

/// Lists the groups that are visible to the signed-in user.
pub(super) async fn browse(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let wanted: GroupsQuery =
        query.and_then(|query| serde_urlencoded::from_str(&query).ok()).unwrap_or_default();
    let joined = !wanted.joined.is_empty();
    let text: String = wanted.q.chars().take(100).collect();
    let request = PageRequest { max_id: wanted.before.parse().ok(), ..PageRequest::first(PAGE) };
    let search = GroupQuery { joined, text: text.clone() };
    let page = groups::list(&here, who.account.id, search, request).await?;
    let next = page.oldest.filter(|_| page.full).map(|id| {
        let mut pairs = vec![("before", id.to_string()), ("q", text.clone())];
        pairs.extend(joined.then(|| ("joined", "1".to_owned())));
        format!("/groups?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    });
    render_page(&GroupsPage {
        shell: Shell::new(&here, Some(&who)),
        cards: page.items.iter().map(|view| GroupCard::from_view(view, &here.urls)).collect(),
        text,
        joined,
        next,
    })
}

/// A post in a group, with its pinned state.
struct GroupPost {
    post: Post,
    id: StatusId,
    is_pinned: bool,
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    shell: Shell,
    id: AccountId,
    person: Person,
    note: String,
    members: String,
    door: &'static str,
    audience: &'static str,
    rule: Option<String>,
    standing: GroupMembership,
    lists_members: bool,
    moderates: bool,
    owns: bool,
    pinned: Vec<GroupPost>,
    posts: Vec<GroupPost>,
    pager: Pager,
    form: Option<ComposeView>,
}

impl GroupPage {
    const fn is_member(&self) -> bool {
        matches!(self.standing, GroupMembership::Member)
    }

    const fn is_asking(&self) -> bool {
        matches!(self.standing, GroupMembership::Asked)
    }
}

/// Renders the page of a group: description and timeline.
pub(super) async fn show(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> PageResult {
    let me = who.account.id;
    let view = groups::show(&here, me, id).await?;
    let page = groups::timeline(&here, me, id, Pager::request(query.as_deref())).await?;
    let pins = groups::pins(&here, me, id).await?;
    let now = here.now();
    let pinned: Vec<StatusId> = pins.iter().map(|view| view.status.id).collect();
    let entry = |view: &portico_domain::model::view::StatusView| GroupPost {
        post: Post::from_view(view, &here.urls, now),
        id: view.status.id,
        is_pinned: pinned.contains(&view.status.id),
    };
    let is_local = view.account.is_local();
    let form = (view.standing == GroupMembership::Member).then(|| {
        let draft = compose_form::ComposeForm { group: Some(id), ..compose_form::ComposeForm::new(&here) };
        ComposeView::from_form(&here, &who, &draft, &ReachOptions::default())
    });
    render_page(&GroupPage {
        shell: Shell::new(&here, Some(&who)),
        id,
        person: Person::from_account(&view.account, &here.urls),
        note: view.account.note.clone(),
        members: labels::count(view.account.followers_count, "member", "members"),
        door: door(view.group.join),
        audience: audience(view.group.visibility),
        rule: view.group.rule.as_ref().map(GroupRule::to_string),
        standing: view.standing,
        lists_members: policy::may_list_members(&view.group, view.standing).is_ok(),
        moderates: is_local && policy::may_moderate(view.role).is_ok(),
        owns: is_local && policy::may_own(view.role).is_ok(),
        pinned: pins.iter().map(entry).collect(),
        posts: page.items.iter().map(entry).collect(),
        pager: Pager::for_page(uri.path(), query.as_deref(), &page),
        form,
    })
}

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
pub(super) async fn members(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    RawQuery(query): RawQuery,
) -> PageResult {
    let request = PageRequest { limit: PAGE, ..Pager::request(query.as_deref()) };
    list(&here, &who, id, request, None).await
}

async fn list(
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

/// An action in a group, as a button sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GroupActionForm {
    /// Name of the action: `join`, `leave`, `accept` …
    what: String,
    /// Id of the account it applies to.
    who: String,
    /// Handle of the account it applies to.
    handle: String,
    /// Id of the post it applies to.
    post: String,
    /// End of a guest's stay, as a `date` field writes it.
    until: String,
}

/// Performs an action in a group, and redirects to the page where the button was.
pub(super) async fn act(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    CsrfForm(deed): CsrfForm<GroupActionForm>,
) -> PageResult {
    let page = format!("/groups/{id}");
    let among = format!("/groups/{id}/members");
    let to = match deed.what.as_str() {
        "join" | "pin" | "unpin" | "unpost" => page.as_str(),
        "leave" | "close" => "/groups",
        _ => among.as_str(),
    };
    match perform(&here, &who, id, &deed).await {
        Ok(()) => redirect(StatusCode::SEE_OTHER, to),
        Err(error) => {
            let problem = match error {
                Error::NotFound(_) => "No such account or post was found.".to_owned(),
                error => form_error_text(error)?,
            };
            if to == among {
                return list(&here, &who, id, PageRequest::first(PAGE), Some(problem)).await;
            }
            Err(ErrorPage::bad_request(problem))
        }
    }
}

async fn perform(
    here: &CurrentInstance,
    who: &SignedIn,
    id: AccountId,
    deed: &GroupActionForm,
) -> Result<(), Error> {
    let me = who.account.id;
    let whom = || deed.who.parse::<AccountId>().map_err(|_| Error::NotFound("account"));
    let post = || deed.post.parse::<StatusId>().map_err(|_| Error::NotFound("status"));
    match deed.what.as_str() {
        "join" => groups::join(here, &who.account, id).await.map(drop),
        "leave" => groups::leave(here, me, id).await,
        "accept" => groups::accept(here, me, id, whom()?).await,
        "refuse" => groups::refuse(here, me, id, whom()?).await,
        "uninvite" => groups::uninvite(here, me, id, whom()?).await,
        "remove" => groups::remove(here, me, id, whom()?).await,
        "ban" => groups::ban(here, me, id, whom()?).await,
        "member" => groups::set_role(here, me, id, whom()?, GroupRole::Member).await,
        "moderator" => groups::set_role(here, me, id, whom()?, GroupRole::Moderator).await,
        "owner" => groups::set_role(here, me, id, whom()?, GroupRole::Owner).await,
        "invite" => {
            let found = groups::look_up(here, &deed.handle).await?;
            groups::invite(here, &who.account, id, found.id).await
        }
        "guest" => {
            let until = Timestamp::parse(deed.until.trim());
            let until = until.ok_or_else(|| Error::invalid("\"Until\" is not a valid date"))?;
            groups::invite_guest(here, &who.account, id, &deed.handle, until).await.map(drop)
        }
        "end" => groups::end_guest(here, me, id, whom()?).await,
        "pin" => groups::pin(here, me, id, post()?).await,
        "unpin" => groups::unpin(here, me, id, post()?).await,
        "unpost" => groups::unpost(here, me, id, post()?).await,
        "close" => groups::close(here, me, id).await,
        _ => Err(Error::invalid("Unknown action")),
    }
}

#[derive(Template)]
#[template(path = "group_edit.html")]
struct EditGroupPage {
    shell: Shell,
    title: String,
    action: String,
    /// The handle to choose, for a new group.
    handle: Option<String>,
    room: bool,
    display_name: String,
    note: String,
    rule: String,
    doors: Vec<Choice>,
    audiences: Vec<Choice>,
    problem: Option<String>,
    close: Option<String>,
}

/// The form of a new or existing group.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GroupForm {
    handle: String,
    display_name: String,
    note: String,
    join: String,
    visibility: String,
    rule: String,
    room: String,
}

impl GroupForm {
    fn draft(&self) -> Result<GroupInput, Error> {
        let rule = match self.rule.trim() {
            "" => None,
            text => Some(text.parse::<GroupRule>().map_err(|why| Error::invalid(format!("Rule {why}")))?),
        };
        Ok(GroupInput {
            display_name: Some(self.display_name.clone()),
            note: Some(self.note.replace("\r\n", "\n")),
            join: self.join.parse().ok(),
            visibility: self.visibility.parse().ok(),
            rule: Some(rule),
        })
    }
}

fn doors(chosen: JoinPolicy) -> Vec<Choice> {
    let choice = |join: JoinPolicy| Choice::new(join.as_str(), door(join), join == chosen);
    JoinPolicy::ALL.iter().copied().map(choice).collect()
}

fn audiences(chosen: GroupVisibility, fits: impl Fn(GroupVisibility) -> bool) -> Vec<Choice> {
    let choice = |visibility: GroupVisibility| {
        Choice::new(visibility.as_str(), audience(visibility), visibility == chosen)
    };
    GroupVisibility::ALL.into_iter().filter(|visibility| fits(*visibility)).map(choice).collect()
}

/// Renders the form of a new group.
pub(super) async fn new(here: CurrentInstance, who: SignedIn) -> PageResult {
    let form = GroupForm {
        join: JoinPolicy::Open.as_str().to_owned(),
        visibility: GroupVisibility::Within(portico_domain::model::Reach::Company).as_str().to_owned(),
        ..GroupForm::default()
    };
    render_page(&blank(&here, &who, form, None))
}

fn blank(here: &CurrentInstance, who: &SignedIn, form: GroupForm, problem: Option<String>) -> EditGroupPage {
    let join = form.join.parse().unwrap_or(JoinPolicy::Open);
    let visibility = form.visibility.parse().unwrap_or(GroupVisibility::Members);
    EditGroupPage {
        shell: Shell::new(here, Some(who)),
        title: "New group".to_owned(),
        action: "/groups/new".to_owned(),
        handle: Some(form.handle),
        room: !form.room.is_empty(),
        display_name: form.display_name,
        note: form.note,
        rule: form.rule,
        doors: doors(join),
        audiences: audiences(visibility, |_| true),
        problem,
        close: None,
    }
}

/// Creates a group.
pub(super) async fn create(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<GroupForm>,
) -> PageResult {
    let name = form.handle.trim().trim_start_matches('@').to_lowercase();
    let made = match form.draft() {
        Ok(draft) => {
            let room = !form.room.is_empty();
            let draft =
                if room { GroupInput { join: None, visibility: None, rule: None, ..draft } } else { draft };
            let new = NewGroup { name, draft, room, keys: None };
            groups::create(&here, who.account.id, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(view) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{}", view.account.id)),
        Err(Error::Conflict(_)) => {
            let problem = Some("That handle is taken.".to_owned());
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, &who, form, problem))
        }
        Err(error) => {
            let problem = Some(form_error_text(error)?);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, &who, form, problem))
        }
    }
}

/// Renders the form of an existing group.
pub(super) async fn edit(here: CurrentInstance, who: SignedIn, Path(id): Path<AccountId>) -> PageResult {
    render_page(&filled(&here, &who, id, None).await?)
}

async fn filled(
    here: &CurrentInstance,
    who: &SignedIn,
    id: AccountId,
    problem: Option<String>,
) -> Result<EditGroupPage, ErrorPage> {
    let view = groups::show(here, who.account.id, id).await?;
    if !view.account.is_local() || policy::may_own(view.role).is_err() {
        return Err(ErrorPage::forbidden("Only an owner of the group can change it."));
    }
    let (account, group) = (view.account, view.group);
    let closed = group.visibility.is_closed();
    Ok(EditGroupPage {
        shell: Shell::new(here, Some(who)),
        title: account.name().to_owned(),
        action: format!("/groups/{id}/edit"),
        handle: None,
        room: false,
        display_name: account.display_name.clone(),
        note: account.note_source.clone().unwrap_or_default(),
        rule: group.rule.as_ref().map(GroupRule::to_string).unwrap_or_default(),
        doors: doors(group.join),
        audiences: audiences(group.visibility, |visibility| visibility.is_closed() == closed),
        problem,
        close: Some(format!("/groups/{id}/do")),
    })
}

/// Saves the changes to a group.
pub(super) async fn save(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<AccountId>,
    CsrfForm(form): CsrfForm<GroupForm>,
) -> PageResult {
    let saved = match form.draft() {
        Ok(draft) => groups::change(&here, who.account.id, id, draft).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{id}")),
        Err(error @ portico_service::Error::NotFound(_)) => Err(error.into()),
        Err(error) => {
            let page = filled(&here, &who, id, Some(form_error_text(error)?)).await?;
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_group_has_words_of_its_own() {
        let mut words: Vec<&str> = GroupVisibility::ALL.into_iter().map(audience).collect();
        words.extend(JoinPolicy::ALL.iter().copied().map(door));
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
