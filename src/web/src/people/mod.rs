//! Pages about people: the directory, experts and questions, the org chart, profiles, organisations.

pub(crate) mod directory;
pub(crate) mod edit;
pub(crate) mod facts;
pub(crate) mod first_day;
pub(crate) mod org_chart;
pub(crate) mod organisations;
pub(crate) mod profile;
pub(crate) mod questions;

use serde::de::DeserializeOwned;

use portico_domain::model::profile::PersonView;
use portico_domain::model::urls::Urls;

use crate::view::Person;

/// Parses the query; falls back to the default if it is invalid.
fn read<T: DeserializeOwned + Default>(query: Option<&str>) -> T {
    query.and_then(|query| serde_urlencoded::from_str(query).ok()).unwrap_or_default()
}

/// A person with a summary of their profile.
pub(crate) struct PersonCard {
    pub person: Person,
    pub line: String,
    pub place: String,
    pub away: bool,
}

impl PersonCard {
    fn from_view(view: &PersonView, urls: &Urls) -> Self {
        let attributes = &view.attributes;
        let parts = |texts: [&String; 2]| {
            texts.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
        };
        Self {
            person: Person::from_account(&view.account, urls),
            line: parts([&attributes.job_title, &attributes.department]),
            place: parts([&attributes.division, &attributes.location]),
            away: attributes.out_of_office.is_some(),
        }
    }

    pub(crate) fn all(views: &[PersonView], urls: &Urls) -> Vec<Self> {
        views.iter().map(|view| Self::from_view(view, urls)).collect()
    }
}
