//! Group pages: the list of groups with its search, and the page of a group with its timeline.

pub(crate) mod actions;
pub(crate) mod edit;
pub(crate) mod members;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::Uri;
use serde::Deserialize;

use portico_domain::model::group::{GroupMembership, GroupRule, GroupView, GroupVisibility, JoinPolicy};
use portico_domain::model::page::PageRequest;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::groups as policy;
use portico_http::CurrentInstance;
use portico_service::publishing::statuses::ReachOptions;
use portico_service::social::groups::{self, GroupQuery};

use crate::compose::compose_form;
use crate::compose::compose_view::ComposeView;
use crate::extract::{Path, SignedIn};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, render_page};
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
struct GroupsPageQuery {
    q: String,
    joined: String,
    before: String,
}

/// Lists the groups that are visible to the signed-in user.
pub(super) async fn browse(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let wanted: GroupsPageQuery =
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
