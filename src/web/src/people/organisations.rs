//! The page of another organisation: agreement, people, contacts with colleagues, and recent posts.

use askama::Template;

use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::peer::Tier;
use portico_http::CurrentInstance;
use portico_service::partners::agreements::{describe_period, describe_terms};
use portico_service::people::organisations;

use crate::extract::{Path, SignedIn};
use crate::icons;
use crate::page::{PageResult, Shell, render_page};
use crate::people::PersonCard;
use crate::view::{Person, Post};

/// The terms of the agreement, in words.
struct AgreementTermsView {
    term: String,
    contact: String,
    their_contact: String,
    gives: Vec<String>,
    takes: Vec<String>,
}

#[derive(Template)]
#[template(path = "organisation.html")]
struct OrganisationPage {
    shell: Shell,
    domain: String,
    what: &'static str,
    cards: Vec<PersonCard>,
    following: Vec<Person>,
    talking: Vec<Person>,
    posts: Vec<Post>,
    agreed: Option<AgreementTermsView>,
}

/// Renders the page.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, Path(domain): Path<String>) -> PageResult {
    let found = organisations::show(&here, who.account.id, &domain).await?;
    let (urls, now) = (&here.urls, here.now());
    let agreed = found.agreement.as_ref().and_then(|agreement| {
        let text = &agreement.text;
        let (us, them) = (text.party(urls.domain())?, text.other(urls.domain())?);
        Some(AgreementTermsView {
            term: describe_period(text.starts_at(), text.ends_at()),
            contact: us.contact.clone(),
            their_contact: them.contact.clone(),
            gives: describe_terms(&us.gives),
            takes: describe_terms(&them.gives),
        })
    });
    render_page(&OrganisationPage {
        shell: Shell::new(&here, Some(&who)),
        what: match (found.tier, found.lapsed) {
            (_, Some(Lapse::NotBegun)) => "A partner whose agreement has not started",
            (_, Some(Lapse::Ended | Lapse::Stopped)) => "A partner whose agreement has ended",
            (Tier::Company, None) => "Part of the company",
            (Tier::Partner, None) => "A partner",
            (_, None) => "Neither part of the company nor a partner",
        },
        cards: PersonCard::all(&found.people, urls),
        following: found.following.iter().map(|account| Person::from_account(account, urls)).collect(),
        talking: found.talking.iter().map(|account| Person::from_account(account, urls)).collect(),
        posts: found.posts.iter().map(|view| Post::from_view(view, urls, now)).collect(),
        agreed,
        domain: found.domain,
    })
}
