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
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::Error;
use portico_service::groups::{self, Draft, GuestView, NewGroup, Search};
use portico_service::sessions::SignedIn;
use portico_service::statuses::Offer;

use super::ErrorPage;
use super::compose::sentence;
use super::composer::Composer;
use super::draft;
use super::forms::Posted;
use super::icons;
use super::page::{Answer, Shell, redirect, render, render_with};
use super::pager::Pager;
use super::quote::Quoted;
use super::view::{Person, Place, Post};
use super::visitor::{Visitor, to_sign_in};
use super::words;

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
struct Card {
    person: Person,
    href: String,
    members: String,
    is_closed: bool,
    is_member: bool,
    is_invited: bool,
}

impl Card {
    fn of(view: &GroupView, urls: &Urls) -> Self {
        Self {
            person: Person::of(&view.account, urls),
            href: format!("/groups/{}", view.account.id),
            members: words::count(view.account.followers_count, "member", "members"),
            is_closed: view.group.visibility.is_closed(),
            is_member: view.standing == GroupMembership::Member,
            is_invited: view.standing == GroupMembership::Invited,
        }
    }
}

#[derive(Template)]
#[template(path = "groups.html")]
struct Browse {
    shell: Shell,
    text: String,
    joined: bool,
    cards: Vec<Card>,
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    joined: String,
    before: String,
}

/// Lists the groups that are visible to the signed-in user.
pub(super) async fn browse(here: Here, visitor: Visitor, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let wanted: Wanted = query.and_then(|query| serde_urlencoded::from_str(&query).ok()).unwrap_or_default();
    let joined = !wanted.joined.is_empty();
    let text: String = wanted.q.chars().take(100).collect();
    let request = PageRequest { max_id: wanted.before.parse().ok(), ..PageRequest::first(PAGE) };
    let search = Search { joined, text: text.clone() };
    let page = groups::list(&here, who.account.id, search, request).await?;
    let next = page.oldest.filter(|_| page.full).map(|id| {
        let mut pairs = vec![("before", id.to_string()), ("q", text.clone())];
        pairs.extend(joined.then(|| ("joined", "1".to_owned())));
        format!("/groups?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    });
    render(&Browse {
        shell: Shell::new(&here, Some(who)),
        cards: page.items.iter().map(|view| Card::of(view, &here.urls)).collect(),
        text,
        joined,
        next,
    })
}

/// A post in a group, with its pinned state.
struct Entry {
    post: Post,
    id: StatusId,
    is_pinned: bool,
}

#[derive(Template)]
#[template(path = "group.html")]
struct Group {
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
    pinned: Vec<Entry>,
    posts: Vec<Entry>,
    pager: Pager,
    form: Option<Composer>,
}

impl Group {
    const fn is_member(&self) -> bool {
        matches!(self.standing, GroupMembership::Member)
    }

    const fn is_asking(&self) -> bool {
        matches!(self.standing, GroupMembership::Asked)
    }
}

/// Renders the page of a group: description and timeline.
pub(super) async fn show(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return to_sign_in(&uri.to_string()) };
    let me = who.account.id;
    let view = groups::show(&here, me, id).await?;
    let page = groups::timeline(&here, me, id, Pager::request(query.as_deref())).await?;
    let pins = groups::pins(&here, me, id).await?;
    let now = here.now();
    let pinned: Vec<StatusId> = pins.iter().map(|view| view.status.id).collect();
    let entry = |view: &portico_domain::model::view::StatusView| Entry {
        post: Post::of(view, &here.urls, now),
        id: view.status.id,
        is_pinned: pinned.contains(&view.status.id),
    };
    let is_local = view.account.is_local();
    let form = (view.standing == GroupMembership::Member).then(|| {
        let draft = draft::Draft { group: Some(id), ..draft::Draft::new(&here) };
        Composer::of(&here, who, &draft, &Offer::default())
    });
    render(&Group {
        shell: Shell::new(&here, Some(who)),
        id,
        person: Person::of(&view.account, &here.urls),
        note: view.account.note.clone(),
        members: words::count(view.account.followers_count, "member", "members"),
        door: door(view.group.join),
        audience: audience(view.group.visibility),
        rule: view.group.rule.as_ref().map(GroupRule::to_string),
        standing: view.standing,
        lists_members: policy::may_list_members(&view.group, view.standing).is_ok(),
        moderates: is_local && policy::may_moderate(view.role).is_ok(),
        owns: is_local && policy::may_own(view.role).is_ok(),
        pinned: pins.iter().map(entry).collect(),
        posts: page.items.iter().map(entry).collect(),
        pager: Pager::of(uri.path(), query.as_deref(), &page),
        form,
    })
}

/// A member in the list of members.
struct Row {
    person: Person,
    id: AccountId,
    role: &'static str,
    is_staff: bool,
}

impl Row {
    fn of(member: &GroupMember, urls: &Urls) -> Self {
        Self {
            person: Person::of(&member.account, urls),
            id: member.account.id,
            role: match member.role {
                GroupRole::Owner => "Owner",
                GroupRole::Moderator => "Moderator",
                GroupRole::Member => "",
            },
            is_staff: member.role != GroupRole::Member,
        }
    }
}

/// A guest of a room, in the list of members.
struct Visiting {
    person: Person,
    id: AccountId,
    /// `stays until 2 November 2026; their sponsor is @alice`.
    told: String,
}

impl Visiting {
    fn of(view: &GuestView, here: &Here) -> Self {
        let guest = &view.guest;
        let when = match guest.accepted_at {
            _ if guest.until <= here.now() => "was here until",
            Some(_) => "stays until",
            None => "invited, until",
        };
        let by =
            view.sponsor.as_ref().map(|by| format!("; their sponsor is @{}", by.acct())).unwrap_or_default();
        Self {
            person: Person::of(&view.account, &here.urls),
            id: view.account.id,
            told: format!("{when} {}{by}", words::day(guest.until)),
        }
    }
}

#[derive(Template)]
#[template(path = "group_members.html")]
struct Members {
    shell: Shell,
    is_room: bool,
    guests: Vec<Visiting>,
    id: AccountId,
    name: String,
    rows: Vec<Row>,
    asking: Vec<(Person, AccountId)>,
    invited: Vec<(Person, AccountId)>,
    moderates: bool,
    owns: bool,
    next: Option<String>,
    problem: Option<String>,
}

/// Renders the members of a group; for its moderators also join requests, invitations and guests.
pub(super) async fn members(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return to_sign_in(&uri.to_string()) };
    let request = PageRequest { limit: PAGE, ..Pager::request(query.as_deref()) };
    list(&here, who, id, request, None).await
}

async fn list(
    here: &Here,
    who: &SignedIn,
    id: AccountId,
    request: PageRequest,
    problem: Option<String>,
) -> Answer {
    let me = who.account.id;
    let view = groups::show(here, me, id).await?;
    let moderates = view.account.is_local() && policy::may_moderate(view.role).is_ok();
    let page: Paged<GroupMember> = groups::members(here, me, id, request).await?;
    let (mut asking, mut invited) = (Vec::new(), Vec::new());
    let mut visiting = Vec::new();
    if moderates && view.group.room {
        let found = groups::guests(here, me, id).await?;
        visiting = found.iter().map(|guest| Visiting::of(guest, here)).collect();
    }
    if moderates {
        let waiting = groups::requests(here, me, id, PageRequest::first(PAGE)).await?;
        asking = waiting.items.iter().map(|one| (Person::of(one, &here.urls), one.id)).collect();
        let guests = groups::invitations(here, me, id).await?;
        invited = guests.iter().map(|one| (Person::of(&one.account, &here.urls), one.account.id)).collect();
    }
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = Members {
        shell: Shell::new(here, Some(who)),
        is_room: view.group.room,
        guests: visiting,
        id,
        name: view.account.name().to_owned(),
        rows: page.items.iter().map(|member| Row::of(member, &here.urls)).collect(),
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
pub(super) struct Deed {
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
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    Posted(deed): Posted<Deed>,
) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    let page = format!("/groups/{id}");
    let among = format!("/groups/{id}/members");
    let to = match deed.what.as_str() {
        "join" | "pin" | "unpin" | "unpost" => page.as_str(),
        "leave" | "close" => "/groups",
        _ => among.as_str(),
    };
    match perform(&here, who, id, &deed).await {
        Ok(()) => redirect(StatusCode::SEE_OTHER, to),
        Err(error) => {
            let problem = match error {
                Error::NotFound(_) => "No such account or post was found.".to_owned(),
                error => sentence(error)?,
            };
            if to == among {
                return list(&here, who, id, PageRequest::first(PAGE), Some(problem)).await;
            }
            Err(ErrorPage::bad_request(problem))
        }
    }
}

async fn perform(here: &Here, who: &SignedIn, id: AccountId, deed: &Deed) -> Result<(), Error> {
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

/// One entry of a list to choose from.
struct Choice {
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "group_edit.html")]
struct Edit {
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
pub(super) struct Form {
    handle: String,
    display_name: String,
    note: String,
    join: String,
    visibility: String,
    rule: String,
    room: String,
}

impl Form {
    fn draft(&self) -> Result<Draft, Error> {
        let rule = match self.rule.trim() {
            "" => None,
            text => Some(text.parse::<GroupRule>().map_err(|why| Error::invalid(format!("Rule {why}")))?),
        };
        Ok(Draft {
            display_name: Some(self.display_name.clone()),
            note: Some(self.note.replace("\r\n", "\n")),
            join: self.join.parse().ok(),
            visibility: self.visibility.parse().ok(),
            rule: Some(rule),
        })
    }
}

fn doors(chosen: JoinPolicy) -> Vec<Choice> {
    let choice =
        |join: JoinPolicy| Choice { value: join.as_str(), label: door(join), is_chosen: join == chosen };
    JoinPolicy::ALL.into_iter().map(choice).collect()
}

fn audiences(chosen: GroupVisibility, fits: impl Fn(GroupVisibility) -> bool) -> Vec<Choice> {
    let choice = |visibility: GroupVisibility| Choice {
        value: visibility.as_str(),
        label: audience(visibility),
        is_chosen: visibility == chosen,
    };
    GroupVisibility::ALL.into_iter().filter(|visibility| fits(*visibility)).map(choice).collect()
}

/// Renders the form of a new group.
pub(super) async fn new(here: Here, visitor: Visitor, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let form = Form {
        join: JoinPolicy::Open.as_str().to_owned(),
        visibility: GroupVisibility::Within(portico_domain::model::Reach::Company).as_str().to_owned(),
        ..Form::default()
    };
    render(&blank(&here, who, form, None))
}

fn blank(here: &Here, who: &SignedIn, form: Form, problem: Option<String>) -> Edit {
    let join = form.join.parse().unwrap_or(JoinPolicy::Open);
    let visibility = form.visibility.parse().unwrap_or(GroupVisibility::Members);
    Edit {
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
pub(super) async fn create(here: Here, visitor: Visitor, Posted(form): Posted<Form>) -> Answer {
    let Some(who) = visitor.who() else { return Err(ErrorPage::forged()) };
    let name = form.handle.trim().trim_start_matches('@').to_lowercase();
    let made = match form.draft() {
        Ok(draft) => {
            let room = !form.room.is_empty();
            let draft =
                if room { Draft { join: None, visibility: None, rule: None, ..draft } } else { draft };
            let new = NewGroup { name, draft, room, keys: None };
            groups::create(&here, who.account.id, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(view) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{}", view.account.id)),
        Err(Error::Conflict(_)) => {
            let problem = Some("That handle is taken.".to_owned());
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, who, form, problem))
        }
        Err(error) => {
            let problem = Some(sentence(error)?);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &blank(&here, who, form, problem))
        }
    }
}

/// Renders the form of an existing group.
pub(super) async fn edit(
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    uri: Uri,
) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return to_sign_in(&uri.to_string()) };
    render(&filled(&here, who, id, None).await?)
}

async fn filled(
    here: &Here,
    who: &SignedIn,
    id: AccountId,
    problem: Option<String>,
) -> Result<Edit, ErrorPage> {
    let view = groups::show(here, who.account.id, id).await?;
    if !view.account.is_local() || policy::may_own(view.role).is_err() {
        return Err(ErrorPage::forbidden("Only an owner of the group can change it."));
    }
    let (account, group) = (view.account, view.group);
    let closed = group.visibility.is_closed();
    Ok(Edit {
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
    here: Here,
    visitor: Visitor,
    id: Result<Path<AccountId>, Problem>,
    Posted(form): Posted<Form>,
) -> Answer {
    let (Some(who), Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    let saved = match form.draft() {
        Ok(draft) => groups::change(&here, who.account.id, id, draft).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => redirect(StatusCode::SEE_OTHER, &format!("/groups/{id}")),
        Err(error @ portico_service::Error::NotFound(_)) => Err(error.into()),
        Err(error) => {
            let page = filled(&here, who, id, Some(sentence(error)?)).await?;
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
        words.extend(JoinPolicy::ALL.map(door));
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
