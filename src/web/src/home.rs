//! The front page: a welcome page for visitors, the home timeline for signed-in users.

use askama::Template;
use axum::extract::RawQuery;

use portico_domain::model::moderation::Moderator;
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::instance::Instance;
use portico_service::partners::agreements;
use portico_service::people::first_day;
use portico_service::publishing::{must_reads, statuses};
use portico_service::reading::timelines;

use crate::ErrorPage;
use crate::compose::compose_form::ComposeForm;
use crate::compose::compose_view::{self, ComposeView};
use crate::extract::{SignedIn, Visitor};
use crate::icons;
use crate::labels;
use crate::page::{PageResult, Shell, render_page};
use crate::pager::Pager;
use crate::view::{Person, Post};

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    shell: Shell,
    description: String,
    contact: Option<String>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    me: Person,
    first_name: String,
    /// Must-read posts that the user has not acknowledged yet.
    unread: Vec<Post>,
    posts: Vec<Post>,
    pager: Pager,
    form: ComposeView,
    is_first_day: bool,
    /// Pending agreement matters, in words; empty for none, `None` for users who may not see agreements.
    agreements: Option<String>,
}

/// Renders the front page.
pub(super) async fn show(here: CurrentInstance, visitor: Visitor, RawQuery(query): RawQuery) -> PageResult {
    match visitor.who() {
        Some(who) => home(&here, who, query.as_deref()).await,
        None => welcome(&here),
    }
}

fn welcome(here: &Instance) -> PageResult {
    render_page(&WelcomePage {
        shell: Shell::new(here, None),
        description: here.settings.description.clone(),
        contact: Some(here.settings.contact_email.clone()).filter(|email| !email.is_empty()),
    })
}

async fn home(here: &CurrentInstance, who: &SignedIn, query: Option<&str>) -> PageResult {
    let page = timelines::home(here, who.account.id, Pager::request(query)).await?;
    let offer = statuses::list_reach_options(here, &who.user, None, None).await?;
    let now = here.now();
    let me = Person::from_account(&who.account, &here.urls);
    let is_first_day = !first_day::is_done(here, who.account.id).await?;
    let unread = must_reads::list(here, &who.account).await?;
    let mut form = ComposeView::from_form(here, who, &ComposeForm::new(here), &offer);
    form.leaders = compose_view::leaders(here, who, None).await?;
    render_page(&HomePage {
        is_first_day,
        agreements: matters(here, who).await?,
        unread: unread.iter().map(|view| Post::from_view(view, &here.urls, now)).collect(),
        shell: Shell::new(here, Some(who)),
        first_name: me.name.split_whitespace().next().unwrap_or(&me.name).to_owned(),
        me,
        form,
        pager: Pager::for_page("/", query, &page),
        posts: page.items.iter().map(|view| Post::from_view(view, &here.urls, now)).collect(),
    })
}

/// Describes pending agreement matters. `None` for users who may not see agreements.
async fn matters(here: &Instance, who: &SignedIn) -> Result<Option<String>, ErrorPage> {
    let waiting = match agreements::count_pending(here, &Moderator::from_user(&who.user, &who.account)).await
    {
        Ok(waiting) => waiting,
        Err(Error::Refused(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let counts = [
        (waiting.proposals, labels::count(waiting.proposals, "proposal pending", "proposals pending")),
        (waiting.ending, labels::count(waiting.ending, "ends soon", "end soon")),
    ];
    let texts: Vec<String> =
        counts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    Ok(Some(texts.join(", ")))
}
