//! The page of another organisation: agreement, people, contacts with colleagues, and recent posts.

use askama::Template;
use axum::http::Uri;

use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::peer::Tier;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::agreements::{in_words, term_in_words};
use portico_service::organisations;

use super::icons;
use super::page::{Answer, Shell, render};
use super::people::Card;
use super::quote::Quoted;
use super::view::{Person, Place, Post};
use super::visitor::{Visitor, to_sign_in};

/// The terms of the agreement, in words.
struct Agreed {
    term: String,
    contact: String,
    their_contact: String,
    gives: Vec<String>,
    takes: Vec<String>,
}

#[derive(Template)]
#[template(path = "organisation.html")]
struct Page {
    shell: Shell,
    domain: String,
    what: &'static str,
    cards: Vec<Card>,
    following: Vec<Person>,
    talking: Vec<Person>,
    posts: Vec<Post>,
    agreed: Option<Agreed>,
}

/// Renders the page.
pub(super) async fn show(
    here: Here,
    visitor: Visitor,
    domain: Result<Path<String>, Problem>,
    uri: Uri,
) -> Answer {
    let Path(domain) = domain?;
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let found = organisations::show(&here, who.account.id, &domain).await?;
    let (urls, now) = (&here.urls, here.now());
    let agreed = found.agreement.as_ref().and_then(|agreement| {
        let text = &agreement.text;
        let (us, them) = (text.party(urls.domain())?, text.other(urls.domain())?);
        Some(Agreed {
            term: term_in_words(text.starts_at(), text.ends_at()),
            contact: us.contact.clone(),
            their_contact: them.contact.clone(),
            gives: in_words(&us.gives),
            takes: in_words(&them.gives),
        })
    });
    render(&Page {
        shell: Shell::new(&here, Some(who)),
        what: match (found.tier, found.lapsed) {
            (_, Some(Lapse::NotBegun)) => "A partner whose agreement has not started",
            (_, Some(Lapse::Ended | Lapse::Stopped)) => "A partner whose agreement has ended",
            (Tier::Company, None) => "Part of the company",
            (Tier::Partner, None) => "A partner",
            (_, None) => "Neither part of the company nor a partner",
        },
        cards: Card::all(&found.people, urls),
        following: found.following.iter().map(|account| Person::of(account, urls)).collect(),
        talking: found.talking.iter().map(|account| Person::of(account, urls)).collect(),
        posts: found.posts.iter().map(|view| Post::of(view, urls, now)).collect(),
        agreed,
        domain: found.domain,
    })
}
