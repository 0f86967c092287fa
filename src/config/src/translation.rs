//! The translation service of an instance.

use portico_domain::model::card::LinkPreviews;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use crate::keys::{self, Section};
use crate::values::{Choices, OneOf};

/// The settings of the translation service.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct TranslationSettings {
    /// The URL of a translation service with the LibreTranslate API, such as `https://translate.acme.example`.
    /// Without it, posts cannot be translated. A service in a private network also needs `allow_networks`.
    #[serde(default, rename = "translation_url")]
    pub url: String,
    /// The API key of the translation service.
    #[serde(default, rename = "translation_key")]
    pub key: Option<String>,
    /// Which posts may be sent to the translation service when a user asks for a translation: `public` (only
    /// public posts) or `organisation` (also posts for the instance, the company or partners, but never those for
    /// chosen people). The service can read them.
    #[serde(default, rename = "translation_reach", with = "OneOf::<TranslatedPosts>")]
    pub allowed: LinkPreviews,
}

impl Section for TranslationSettings {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "Translation";
}

impl std::fmt::Debug for TranslationSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.debug_struct("TranslationSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

impl TranslationSettings {
    /// Returns the settings, if there is a translation service.
    pub(crate) fn read(table: &Table, insecure_http: bool, faults: &mut Vec<String>) -> Option<Self> {
        let mut service: Self = keys::read(table, faults);
        if service.url.is_empty() {
            return None;
        }
        service.key = service.key.filter(|key| !key.is_empty());
        let sound = url::Url::parse(&service.url).is_ok_and(|url| {
            (url.scheme() == "https" || (insecure_http && url.scheme() == "http"))
                && url.has_host()
                && url.username().is_empty()
                && url.query().is_none()
        });
        if !sound {
            faults.push(format!(
                "translation_url is {:?}; it must be an https URL, such as \"https://translate.acme.example\"",
                service.url
            ));
        }
        Some(service)
    }
}

/// The words of `translation_reach`: there is no `off`, because no service has the same effect.
struct TranslatedPosts;

impl Choices for TranslatedPosts {
    type Value = LinkPreviews;
    const WORDS: &'static [(&'static str, LinkPreviews)] =
        &[("public", LinkPreviews::Public), ("organisation", LinkPreviews::Organisation)];
}
