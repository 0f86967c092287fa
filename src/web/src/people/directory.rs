//! The directory of the company's people, with its search and filters.

use askama::Template;
use axum::extract::RawQuery;
use serde::Deserialize;

use super::{PersonCard, read};
use portico_domain::model::AccountId;
use portico_http::CurrentInstance;
use portico_service::instance::Instance;
use portico_service::people::profiles::{self, PeopleSearch};

use crate::extract::SignedIn;
use crate::page::{PageResult, Shell, render_page};

/// Number of people on a page.
const PAGE: i64 = 40;

/// A division or department to filter by.
struct UnitRow {
    name: String,
    people: i64,
    href: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    text: String,
    division: String,
    department: String,
    units: Vec<(UnitRow, Vec<UnitRow>)>,
    cards: Vec<PersonCard>,
    next: Option<String>,
}

/// Query parameters of the people page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeoplePageQuery {
    q: String,
    division: String,
    department: String,
    offset: Option<i64>,
}

impl PeoplePageQuery {
    fn path(&self, offset: i64) -> String {
        let offset = offset.to_string();
        let pairs = [("q", &self.q), ("division", &self.division), ("department", &self.department)];
        let mut query: Vec<(&str, &str)> =
            pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| (n, v.as_str())).collect();
        query.push(("offset", &offset));
        format!("/people?{}", serde_urlencoded::to_string(query).unwrap_or_default())
    }
}

/// `GET /people`.
pub(crate) async fn show(here: CurrentInstance, who: SignedIn, RawQuery(text): RawQuery) -> PageResult {
    let query: PeoplePageQuery = read(text.as_deref());
    let offset = query.offset.unwrap_or(0).clamp(0, 100_000);
    let search = PeopleSearch {
        text: query.q.clone(),
        division: query.division.clone(),
        department: query.department.clone(),
        skill: String::new(),
        limit: PAGE,
        offset,
    };
    let found = profiles::search(&here, who.account.id, search).await?;
    let full = i64::try_from(found.len()).is_ok_and(|len| len >= PAGE);
    render_page(&PeoplePage {
        shell: Shell::new(&here, Some(&who)),
        units: units(&here, who.account.id, &query).await?,
        cards: PersonCard::all(&found, &here.urls),
        next: full.then(|| query.path(offset + PAGE)),
        text: query.q,
        division: query.division,
        department: query.department,
    })
}

/// Lists the divisions, each with its departments.
async fn units(
    here: &Instance,
    me: AccountId,
    query: &PeoplePageQuery,
) -> Result<Vec<(UnitRow, Vec<UnitRow>)>, portico_service::Error> {
    let mut shown: Vec<(UnitRow, Vec<UnitRow>)> = Vec::new();
    for unit in profiles::list_departments(here, me).await? {
        let href = |pairs: &[(&str, &str)]| {
            format!("/people?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
        };
        if shown.last().is_none_or(|(last, _)| !last.name.eq_ignore_ascii_case(&unit.division)) {
            let division = UnitRow {
                href: href(&[("division", &unit.division)]),
                chosen: query.division == unit.division && query.department.is_empty(),
                name: unit.division.clone(),
                people: 0,
            };
            shown.push((division, Vec::new()));
        }
        let Some((division, departments)) = shown.last_mut() else { continue };
        division.people += unit.people;
        if !unit.department.is_empty() {
            departments.push(UnitRow {
                href: href(&[("division", &unit.division), ("department", &unit.department)]),
                chosen: query.division == unit.division && query.department == unit.department,
                name: unit.department,
                people: unit.people,
            });
        }
    }
    // People without a division and department are in no unit.
    shown.retain(|(division, departments)| !division.name.is_empty() || !departments.is_empty());
    Ok(shown)
}
