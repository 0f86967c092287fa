//! The org chart around a person: the managers above and the direct reports.

use askama::Template;

use super::PersonCard;
use portico_domain::model::AccountId;
use portico_domain::model::profile::PersonView;
use portico_http::CurrentInstance;
use portico_service::people::profiles;

use crate::extract::{Path, SignedIn};
use crate::page::{PageResult, Shell, render_page};

#[derive(Template)]
#[template(path = "org_chart.html")]
struct OrgChartPage {
    shell: Shell,
    above: Vec<(AccountId, PersonCard)>,
    person: PersonCard,
    reports: Vec<(AccountId, PersonCard)>,
}

/// `GET /people/chart/{id}`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, Path(id): Path<AccountId>) -> PageResult {
    let chart = profiles::org_chart(&here, who.account.id, id).await?;
    let cards = |views: &[PersonView]| {
        views.iter().map(|view| (view.account.id, PersonCard::from_view(view, &here.urls))).collect()
    };
    render_page(&OrgChartPage {
        shell: Shell::new(&here, Some(&who)),
        above: cards(&chart.above),
        person: PersonCard::from_view(&chart.person, &here.urls),
        reports: cards(&chart.reports),
    })
}
