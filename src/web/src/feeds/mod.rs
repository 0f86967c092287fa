//! Feeds (Atom and RSS): the page that creates and removes them, and the feeds themselves.
//!
//! The secret in a feed's address is the only authentication. Every invalid address gets the same response,
//! and shared caches must not store any response.

pub(crate) mod feed_xml;

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use portico_domain::model::feed::{Feed, FeedKind};
use portico_domain::model::{AccountId, FeedId, Timestamp};
use portico_http::address::client_address;
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_http::problem::Problem;
use portico_http::{CurrentInstance, Path};
use portico_service::Error;
use portico_service::access::secrets;
use portico_service::reading::feeds::{self, FeedInput};
use portico_service::social::lists;

use crate::extract::SignedIn;
use crate::feeds::feed_xml::{FeedFormat, document};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_with};

/// A feed, as the page lists it.
struct FeedRow {
    id: FeedId,
    title: String,
    kind: &'static str,
    used: String,
}

impl FeedRow {
    fn from_feed(feed: &Feed) -> Self {
        Self {
            id: feed.id,
            title: feed.title.clone(),
            kind: match feed.kind {
                FeedKind::Home => "Your home timeline",
                FeedKind::Notifications => "Your notifications",
                FeedKind::List(_) => "A list",
                FeedKind::Tag(_) => "A hashtag",
                FeedKind::Account(_) => "A person",
            },
            used: match feed.last_used_at {
                Some(moment) => format!("last read {}", used(moment)),
                None => "never read".to_owned(),
            },
        }
    }
}

fn used(moment: Timestamp) -> String {
    labels::moment(moment)
}

/// The addresses of a new feed, which are shown only once.
struct NewFeedAddresses {
    title: String,
    atom: String,
    rss: String,
}

#[derive(Template)]
#[template(path = "feeds.html")]
struct FeedsPage {
    shell: Shell,
    rows: Vec<FeedRow>,
    lists: Vec<(String, String)>,
    made: Option<NewFeedAddresses>,
    problem: Option<String>,
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    status: StatusCode,
    made: Option<NewFeedAddresses>,
    problem: Option<String>,
) -> PageResult {
    let own = lists::list_all(here, who.account.id).await?;
    let rows = feeds::list(here, who.account.id).await?.iter().map(FeedRow::from_feed).collect();
    let lists = own.into_iter().map(|list| (format!("list {}", list.id), list.title)).collect();
    render_with(status, &FeedsPage { shell: Shell::new(here, Some(who)), rows, lists, made, problem })
}

/// `GET /settings/feeds`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn) -> PageResult {
    page(&here, &who, StatusCode::OK, None, None).await
}

/// The form of a new feed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FeedForm {
    /// `home`, `notifications`, `tag`, `account`, or `list` and its id.
    kind: String,
    /// A hashtag, or the handle of an account.
    target: String,
}

impl FeedForm {
    fn wish(&self) -> Option<FeedInput> {
        let (word, id) = self.kind.split_once(' ').unwrap_or((&self.kind, ""));
        match word {
            "account" => {
                Some(FeedInput::Handle(self.target.clone())).filter(|_| !self.target.trim().is_empty())
            }
            "tag" => FeedKind::parse("tag", self.target.trim()).map(FeedInput::Kind),
            word => FeedKind::parse(word, id).map(FeedInput::Kind),
        }
    }
}

/// `POST /settings/feeds`: creates a feed, and shows its addresses once.
pub(crate) async fn create(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(wanted): CsrfForm<FeedForm>,
) -> PageResult {
    let me: AccountId = who.account.id;
    let refuse = async |sentence: String| {
        page(&here, &who, StatusCode::UNPROCESSABLE_ENTITY, None, Some(sentence)).await
    };
    let Some(wish) = wanted.wish() else {
        return refuse("Enter a hashtag, or the person whose posts the feed shows.".to_owned()).await;
    };
    match feeds::create(&here, me, wish).await {
        Ok((feed, secret)) => {
            let word = feed.kind.as_str();
            let made = NewFeedAddresses {
                atom: here.urls.feed(&secret, word, "atom"),
                rss: here.urls.feed(&secret, word, "rss"),
                title: feed.title,
            };
            page(&here, &who, StatusCode::OK, Some(made), None).await
        }
        Err(Error::Invalid(faults)) => refuse(format!("{}.", faults.join("; "))).await,
        Err(Error::NotFound(_)) => refuse("No such list or person was found.".to_owned()).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/feeds/{id}/end`.
pub(crate) async fn end(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<FeedId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    feeds::revoke(&here, who.account.id, id).await?;
    redirect(StatusCode::SEE_OTHER, "/settings/feeds")
}

/// `GET /feeds/{secret}/{name}`: returns the feed as Atom or RSS.
pub(crate) async fn read(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let address = Subject::address(client_address(&parts, &here.network));
    let verdict = limits.count(here.urls.domain(), RateLimit::FEEDS, address, here.now());
    if !verdict.allowed {
        return closed(Problem::too_many(verdict.retry_after(here.now())).into_response());
    }
    let named = Path::<(String, String)>::from_request_parts(&mut parts, &()).await;
    let answer = match &named {
        Ok(Path((secret, name))) => answer(&here, secret, name, &parts.headers).await,
        Err(problem) => Err(problem.clone()),
    };
    closed(answer.unwrap_or_else(|problem| problem.into_response()))
}

async fn answer(
    here: &CurrentInstance,
    secret: &str,
    name: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (word, ending) = name.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let form = FeedFormat::parse(ending).ok_or_else(Problem::not_found)?;
    let opened = match feeds::open(here, secret, word).await {
        Ok(opened) => opened,
        Err(Error::Internal(cause)) if cause.is_temporary() => return Err(Problem::unavailable(&cause)),
        Err(Error::Internal(cause)) => return Err(Problem::internal(&cause)),
        Err(_) => return Err(Problem::not_found()),
    };
    let own = here.urls.feed(secret, word, ending);
    let body = document(form, &opened, &own, &here.settings.title, &here.urls);
    let body = body.map_err(|error| Problem::internal(&error))?;
    let etag = format!("\"{}\"", secrets::hash(&String::from_utf8_lossy(&body)));
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = asked.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag);
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body.into_response(),
    };
    if !known {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Makes a response private: shared caches do not store it, and linked pages get no referrer.
fn closed(mut response: Response) -> Response {
    let values = [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, noarchive"),
    ];
    for (name, value) in values {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
