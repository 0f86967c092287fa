//! The profile page of an account, with its posts that the viewer may see.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, Uri};

use super::facts::{self, ProfileFact};
use portico_domain::model::account::{Account, Field};
use portico_http::CurrentInstance;
use portico_service::instance::Instance;
use portico_service::people::accounts;
use portico_service::reading::timelines::{self, AccountFilter};
use portico_service::social::account_moves;

use crate::extract::{Path, Visitor, to_sign_in};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page};
use crate::pager::Pager;
use crate::statuses::annotations::{self, PraiseView};
use crate::view::{Person, Post, own_picture};
use crate::{icons, negotiation};

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    shell: Shell,
    person: Person,
    banner: String,
    note: String,
    fields: Vec<Field>,
    facts: Vec<ProfileFact>,
    chart: Option<String>,
    is_own: bool,
    joined: String,
    is_bot: bool,
    is_local: bool,
    origin: Option<String>,
    statuses: i64,
    followers: i64,
    following: i64,
    shows_collections: bool,
    praise: Vec<PraiseView>,
    posts: Vec<Post>,
    pager: Pager,
    alternate: Option<String>,
    moved: Option<Person>,
}

/// Splits a handle (`name` or `name@host`) into user name and host.
pub(crate) fn split_handle(handle: &str) -> (&str, Option<&str>) {
    match handle.split_once('@') {
        Some((username, domain)) => (username, Some(domain)),
        None => (handle, None),
    }
}

/// Renders the profile page. Redirects clients that prefer ActivityStreams to the Actor document.
pub(crate) async fn show(
    here: CurrentInstance,
    visitor: Visitor,
    Path(handle): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> PageResult {
    let (username, domain) = split_handle(&handle);
    if domain.is_none() && negotiation::wants_activity(&headers) {
        // Whether the Actor exists is decided there, by the access rules of that address.
        return redirect(StatusCode::FOUND, &here.urls.actor(&negotiation::segment(username)));
    }
    if visitor.is_shut_out(&here) {
        return to_sign_in(&uri.to_string());
    }
    let viewer = visitor.viewer();
    let account = accounts::find_for_page(&here, viewer.clone(), &handle).await?;
    let facts = facts::load(&here, viewer.clone(), account.id).await?;
    let filter = AccountFilter { exclude_replies: true, ..AccountFilter::default() };
    let request = Pager::request(query.as_deref());
    let page = timelines::of_account(&here, viewer, account.id, filter, request).await?;
    let moved = account_moves::destination(&here, visitor.viewer(), &account).await?;
    let moved = moved.map(|new| Person::from_account(&new, &here.urls));
    let praise = annotations::praise_for(&here, &visitor, account.id).await?;
    let now = here.now();
    let person = Person::from_account(&account, &here.urls);
    let pager = Pager::for_page(&person.href, query.as_deref(), &page);
    let posts = page.items.iter().map(|view| Post::from_view(view, &here.urls, now)).collect();
    let mut response = render_page(&ProfilePage {
        moved,
        facts,
        praise,
        ..view(&here, &visitor, account, person, posts, pager)
    })?;
    if domain.is_none() {
        negotiation::point_to(&mut response, &here.urls.actor(username));
    }
    Ok(response)
}

fn view(
    here: &Instance,
    visitor: &Visitor,
    account: Account,
    person: Person,
    posts: Vec<Post>,
    pager: Pager,
) -> ProfilePage {
    let is_local = account.is_local();
    ProfilePage {
        shell: Shell::new(here, visitor.who()),
        banner: own_picture(account.header_url.as_deref(), &here.urls)
            .unwrap_or_else(|| "/assets/header.png".into()),
        joined: labels::day(account.created_at),
        is_bot: account.kind.is_bot(),
        is_local,
        origin: account.url.filter(|url| !is_local && url.starts_with("http")),
        statuses: account.statuses_count,
        followers: account.followers_count,
        following: account.following_count,
        shows_collections: !account.hide_collections,
        note: account.note,
        fields: account.fields,
        facts: Vec::new(),
        praise: Vec::new(),
        chart: visitor.who().map(|_| format!("/people/chart/{}", account.id)),
        is_own: visitor.who().is_some_and(|who| who.account.id == account.id),
        alternate: is_local.then_some(account.uri),
        moved: None,
        person,
        posts,
        pager,
    }
}
