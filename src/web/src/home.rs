//! The front page: a welcome page for visitors, the home timeline for signed-in users.

use askama::Template;
use axum::extract::RawQuery;

use portico_domain::model::moderation::Moderator;
use portico_http::Here;
use portico_service::instance::Instance;
use portico_service::sessions::SignedIn;
use portico_service::{Error, agreements, first_day, must_reads, statuses, timelines};

use super::ErrorPage;
use super::composer::{self, Composer};
use super::draft::Draft;
use super::icons;
use super::page::{Answer, Shell, render};
use super::pager::Pager;
use super::quote::Quoted;
use super::view::{Person, Place, Post};
use super::visitor::Visitor;
use super::words;

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
    /// Must-read posts that the user has not acknowledged yet.
    unread: Vec<Post>,
    posts: Vec<Post>,
    pager: Pager,
    form: Composer,
    is_first_day: bool,
    /// Pending agreement matters, in words; empty for none, `None` for users who may not see agreements.
    agreements: Option<String>,
}

/// Renders the front page.
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
    let offer = statuses::offer(here, &who.user, None, None).await?;
    let now = here.now();
    let me = Person::of(&who.account, &here.urls);
    let is_first_day = !first_day::is_done(here, who.account.id).await?;
    let unread = must_reads::list(here, &who.account).await?;
    let mut form = Composer::of(here, who, &Draft::new(here), &offer);
    form.leaders = composer::leaders(here, who, None).await?;
    render(&Home {
        is_first_day,
        agreements: matters(here, who).await?,
        unread: unread.iter().map(|view| Post::of(view, &here.urls, now)).collect(),
        shell: Shell::new(here, Some(who)),
        first_name: me.name.split_whitespace().next().unwrap_or(&me.name).to_owned(),
        me,
        form,
        pager: Pager::of("/", query, &page),
        posts: page.items.iter().map(|view| Post::of(view, &here.urls, now)).collect(),
    })
}

/// Describes pending agreement matters. `None` for users who may not see agreements.
async fn matters(here: &Instance, who: &SignedIn) -> Result<Option<String>, ErrorPage> {
    let waiting = match agreements::matters(here, &Moderator::from_user(&who.user, &who.account)).await {
        Ok(waiting) => waiting,
        Err(Error::Refused(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let told = [
        (waiting.proposals, words::count(waiting.proposals, "proposal pending", "proposals pending")),
        (waiting.ending, words::count(waiting.ending, "ends soon", "end soon")),
    ];
    let told: Vec<String> =
        told.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    Ok(Some(told.join(", ")))
}
