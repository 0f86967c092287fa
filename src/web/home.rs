//! The front page: a welcome for strangers, the home timeline for staff.

use askama::Template;
use axum::extract::RawQuery;

use crate::http::Here;
use crate::instance::Instance;
use crate::service::sessions::SignedIn;
use crate::service::timelines;

use super::composer::Composer;
use super::draft::Draft;
use super::icons;
use super::page::{Answer, Shell, render};
use super::pager::Pager;
use super::quote::Quoted;
use super::view::{Person, Place, Post};
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    shell: Shell,
    description: String,
    contact: Option<String>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    me: Person,
    first_name: String,
    posts: Vec<Post>,
    pager: Pager,
    form: Composer,
}

/// The front page.
pub(super) async fn show(here: Here, visitor: Visitor, RawQuery(query): RawQuery) -> Answer {
    match visitor.who() {
        Some(who) => home(&here, who, query.as_deref()).await,
        None => welcome(&here),
    }
}

fn welcome(here: &Instance) -> Answer {
    render(&Welcome {
        shell: Shell::new(here, None),
        description: here.settings.description.clone(),
        contact: Some(here.settings.contact_email.clone()).filter(|email| !email.is_empty()),
    })
}

async fn home(here: &Here, who: &SignedIn, query: Option<&str>) -> Answer {
    let page = timelines::home(here, who.account.id, Pager::request(query)).await?;
    let now = here.now();
    let me = Person::of(&who.account, &here.urls);
    render(&Home {
        shell: Shell::new(here, Some(who)),
        first_name: me.name.split_whitespace().next().unwrap_or(&me.name).to_owned(),
        me,
        form: Composer::of(here, who, &Draft::new(here), (None, None)),
        pager: Pager::of("/", query, &page),
        posts: page.items.iter().map(|view| Post::of(view, &here.urls, now)).collect(),
    })
}
