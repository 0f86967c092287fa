//! Public pages about the instance: description, rules and contact; privacy policy; terms of service.

use askama::Template;

use portico_config::Document;
use portico_http::CurrentInstance;
use portico_service::about;
use portico_service::instance::Instance;

use crate::ErrorPage;
use crate::extract::Visitor;
use crate::page::{PageResult, Shell, render_page};
use crate::view::Person;

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    shell: Shell,
    description: String,
    html: Option<String>,
    rules: Vec<String>,
    contact: Option<Person>,
    email: String,
    privacy_policy: bool,
    terms_of_service: bool,
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage {
    shell: Shell,
    title: &'static str,
    changed: String,
    html: String,
}

/// Renders the page about the instance.
pub(super) async fn show(here: CurrentInstance, visitor: Visitor) -> PageResult {
    let settings = &here.settings;
    let contact = about::contact(&here).await?;
    render_page(&AboutPage {
        shell: Shell::new(&here, visitor.who()),
        description: settings.description.clone(),
        html: settings.about.description.as_ref().map(about::html),
        rules: settings.about.rules.clone(),
        contact: contact.map(|account| Person::from_account(&account, &here.urls)),
        email: settings.contact_email.clone(),
        privacy_policy: settings.about.privacy_policy.is_some(),
        terms_of_service: settings.about.terms_of_service.is_some(),
    })
}

/// Renders the privacy policy.
pub(super) async fn privacy_policy(here: CurrentInstance, visitor: Visitor) -> PageResult {
    text(&here, &visitor, "Privacy policy", here.settings.about.privacy_policy.as_ref())
}

/// Renders the terms of service.
pub(super) async fn terms_of_service(here: CurrentInstance, visitor: Visitor) -> PageResult {
    text(&here, &visitor, "Terms of service", here.settings.about.terms_of_service.as_ref())
}

fn text(here: &Instance, visitor: &Visitor, title: &'static str, document: Option<&Document>) -> PageResult {
    let document = document.ok_or_else(ErrorPage::not_found)?;
    render_page(&DocumentPage {
        shell: Shell::new(here, visitor.who()),
        title,
        changed: document.changed_at.date(),
        html: about::html(document),
    })
}
