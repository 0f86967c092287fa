//! Agreement pages for administrators: the full texts, and forms to propose, accept, reject and end them.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_domain::model::agreement::{Agreement, AgreementEvent, State};
use portico_domain::model::agreement_grants::Lapse;
use portico_domain::model::moderation::Moderator;
use portico_http::CurrentInstance;
use portico_service::partners::agreements::{self, AgreementDraft, describe_period, describe_terms};
use portico_service::partners::peers;

use crate::ErrorPage;
use crate::extract::{Path, SignedIn};
use crate::forms::CsrfForm;
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page};

/// One party, as the page shows it.
struct PartyView {
    domain: String,
    contact: String,
    gives: Vec<String>,
}

/// A version of an agreement, identical on both sides.
struct AgreementView {
    domain: String,
    href: String,
    state: String,
    version: i64,
    digest: String,
    term: String,
    sides: Vec<PartyView>,
    note: String,
    whose: &'static str,
    /// Whether the viewer can accept or reject it; the next two: end it, or stop it at once.
    answerable: bool,
    endable: bool,
    stoppable: bool,
}

impl AgreementView {
    fn from_agreement(agreement: &Agreement) -> Self {
        let text = &agreement.text;
        let open = agreement.state == State::Proposed;
        Self {
            domain: agreement.domain.clone(),
            href: format!("/agreements/{}", agreement.domain),
            state: agreement.state.to_string(),
            version: text.version,
            digest: agreement.digest.clone(),
            term: describe_period(text.starts_at(), text.ends_at()),
            sides: text
                .parties
                .iter()
                .map(|party| PartyView {
                    domain: party.domain.clone(),
                    contact: party.contact.clone(),
                    gives: describe_terms(&party.gives),
                })
                .collect(),
            note: text.note.clone(),
            whose: match (agreement.two_sided, agreement.by_us) {
                (false, _) => "set by this instance alone",
                (true, true) => "proposed by this instance",
                (true, false) => "proposed by them",
            },
            answerable: open && !agreement.by_us,
            endable: agreement.state == State::Accepted || (open && agreement.by_us),
            stoppable: agreement.state == State::Accepted,
        }
    }
}

/// An event in the history of an agreement.
struct AgreementEventRow {
    moment: String,
    iso: String,
    what: String,
    by: String,
    version: i64,
    digest: String,
    note: String,
}

impl AgreementEventRow {
    fn from_event(event: &AgreementEvent) -> Self {
        Self {
            moment: labels::moment(event.at),
            iso: event.at.rfc3339(),
            what: event.what.clone(),
            by: event.actor.clone(),
            version: event.version,
            digest: event.digest.chars().take(8).collect(),
            note: event.note.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "agreements.html")]
struct AgreementsPage {
    shell: Shell,
    texts: Vec<AgreementView>,
    lapsed: Vec<LapsedAgreementRow>,
}

/// A host with the partner tier whose agreement is not in force.
struct LapsedAgreementRow {
    domain: String,
    why: &'static str,
}

impl LapsedAgreementRow {
    fn from_lapse(domain: String, lapse: Lapse) -> Self {
        let why = match lapse {
            Lapse::NotBegun => "not started",
            Lapse::Ended => "ended",
            Lapse::Stopped => "stopped",
        };
        Self { domain, why }
    }
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    shell: Shell,
    domain: String,
    texts: Vec<AgreementView>,
    changes: Vec<AgreementEventRow>,
}

fn moderator(who: &SignedIn) -> Moderator {
    Moderator::from_user(&who.user, &who.account)
}

/// Lists the agreements that are in force or proposed.
pub(super) async fn list(here: CurrentInstance, who: SignedIn) -> PageResult {
    let all = agreements::list(&here, &moderator(&who)).await?;
    let texts = all.iter().map(AgreementView::from_agreement).collect();
    let hosts = peers::with_agreements(&here, &moderator(&who)).await?.into_iter();
    let lapsed =
        hosts.filter_map(|(host, lapse)| Some(LapsedAgreementRow::from_lapse(host.domain, lapse?))).collect();
    render_page(&AgreementsPage { shell: Shell::new(&here, Some(&who)), texts, lapsed })
}

/// Shows all versions and the history of the agreement with a partner.
pub(super) async fn show(here: CurrentInstance, who: SignedIn, Path(domain): Path<String>) -> PageResult {
    let found = agreements::show(&here, &moderator(&who), &domain).await?;
    render_page(&AgreementPage {
        shell: Shell::new(&here, Some(&who)),
        texts: found.open.iter().chain(&found.current).map(AgreementView::from_agreement).collect(),
        changes: found.events.iter().map(AgreementEventRow::from_event).collect(),
        domain: found.domain,
    })
}

/// The form with an administrator's action.
#[derive(Deserialize)]
pub(super) struct AgreementActionForm {
    what: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    note: String,
}

/// Performs the action: `accept`, `reject`, `end` or `stop`.
pub(super) async fn act(
    here: CurrentInstance,
    who: SignedIn,
    Path(domain): Path<String>,
    CsrfForm(wish): CsrfForm<AgreementActionForm>,
) -> PageResult {
    let by = moderator(&who);
    match wish.what.as_str() {
        "accept" => agreements::accept(&here, &by, &domain, &wish.digest).await?,
        "reject" => agreements::reject(&here, &by, &domain, &wish.note).await?,
        "end" => agreements::end(&here, &by, &domain, &wish.note).await?,
        "stop" => agreements::stop(&here, &by, &domain, &wish.note).await?,
        _ => return Err(ErrorPage::bad_request("The form is not complete. Go back and try again.")),
    };
    redirect(StatusCode::SEE_OTHER, &format!("/agreements/{domain}"))
}

/// The form of a proposal: the default terms, with the form's choices.
#[derive(Deserialize)]
pub(super) struct ProposalForm {
    domain: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    ends: String,
    #[serde(default)]
    note: String,
    boosts: Option<String>,
    media: Option<String>,
    direct_messages: Option<String>,
    directory: Option<String>,
}

/// Proposes an agreement.
pub(super) async fn propose(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(form): CsrfForm<ProposalForm>,
) -> PageResult {
    let mut terms = portico_domain::model::agreement::Terms::usual();
    terms.boosts = form.boosts.is_some();
    terms.media = form.media.is_some();
    terms.direct_messages = form.direct_messages.is_some();
    terms.directory = form.directory.is_some();
    let draft = AgreementDraft {
        contact: Some(form.contact),
        ends: Some(form.ends),
        note: form.note,
        gives: Some(terms.clone()),
        takes: Some(terms),
        ..AgreementDraft::default()
    };
    let proposed = agreements::propose(&here, &moderator(&who), &form.domain, draft).await?;
    redirect(StatusCode::SEE_OTHER, &format!("/agreements/{}", proposed.domain))
}
