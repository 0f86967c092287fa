//! Client of the operator's translation service, which implements the LibreTranslate API. Requests go through
//! the guarded HTTP client, with limits on time and size.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Error, Result};
use portico_config::TranslationSettings;
use portico_domain::model::Timestamp;
use portico_domain::model::time::Clock;
use portico_net::{DocumentKind, Net};
use portico_service::ports::{Translator, TranslatorResponse};

/// Lifetime of the cached list of languages, in seconds.
const LANGUAGES_LIFE: i64 = 3600;
/// How long a failed request for the list is not repeated, in seconds.
const FAILURE_LIFE: i64 = 60;
/// Maximum number of languages read.
const MOST_LANGUAGES: usize = 500;

type Languages = BTreeMap<String, Vec<String>>;

/// A client of a translation service.
pub struct LibreTranslate {
    net: Net,
    clock: Arc<Clock>,
    settings: TranslationSettings,
    host: String,
    /// The cached list (`None` if the request failed) and when it expires.
    languages: Mutex<Option<(Timestamp, Option<Languages>)>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TranslateResponse {
    translated_text: Vec<String>,
    #[serde(default)]
    detected_language: Vec<Detected>,
}

#[derive(Deserialize)]
struct Detected {
    language: String,
}

#[derive(Deserialize)]
struct Language {
    code: String,
    #[serde(default)]
    targets: Vec<String>,
}

impl LibreTranslate {
    /// Creates a client of the configured service, with an instance's HTTP client.
    pub(super) fn new(net: Net, clock: Arc<Clock>, settings: &TranslationSettings) -> Self {
        let host = Url::parse(&settings.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        Self {
            net,
            clock,
            settings: settings.clone(),
            host: host.unwrap_or_default(),
            languages: Mutex::default(),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.settings.url.trim_end_matches('/'))
    }

    async fn ask(&self, lines: &[String], from: Option<&str>, to: &str) -> Result<TranslatorResponse> {
        let mut question = json!({
            "q": lines,
            "source": from.unwrap_or("auto"),
            "target": to,
            "format": "html",
        });
        if let (Some(key), Some(question)) = (&self.settings.key, question.as_object_mut()) {
            question.insert("api_key".to_owned(), json!(key));
        }
        let body = self.net.post_json(&self.at("translate"), &question, self.clock.now()).await?;
        let answer: TranslateResponse = serde_json::from_slice(&body)
            .map_err(|error| Error::permanent(format!("{}: invalid response: {error}", self.host)))?;
        Ok(TranslatorResponse {
            lines: answer.translated_text,
            detected: answer.detected_language.into_iter().next().map(|found| found.language),
            provider: self.host.clone(),
        })
    }

    async fn read_languages(&self) -> Result<Languages> {
        let found = self.net.get(&self.at("languages"), DocumentKind::Jrd, None, self.clock.now()).await?;
        let listed: Vec<Language> = serde_json::from_slice(&found.body)
            .map_err(|error| Error::permanent(format!("{}: invalid response: {error}", self.host)))?;
        let pair = |language: Language| {
            let Language { code, mut targets } = language;
            targets.retain(|target| *target != code);
            targets.truncate(MOST_LANGUAGES);
            (code, targets)
        };
        Ok(listed.into_iter().take(MOST_LANGUAGES).map(pair).collect())
    }

    fn upstream(&self, error: &Error) -> portico_service::Error {
        tracing::warn!(%error, "translation.failed");
        portico_service::Error::Upstream(self.host.clone())
    }
}

#[async_trait]
impl Translator for LibreTranslate {
    async fn translate(
        &self,
        lines: &[String],
        from: Option<&str>,
        to: &str,
    ) -> portico_service::Result<TranslatorResponse> {
        self.ask(lines, from, to).await.map_err(|error| self.upstream(&error))
    }

    async fn languages(&self) -> portico_service::Result<Languages> {
        let now = self.clock.now();
        let known = self.languages.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, found)) = known.filter(|(until, _)| *until > now) {
            return found.ok_or_else(|| portico_service::Error::Upstream(self.host.clone()));
        }
        // Anonymous users may request the list, so a failing service is not contacted each time.
        let read = self.read_languages().await;
        let life = if read.is_ok() { LANGUAGES_LIFE } else { FAILURE_LIFE };
        let kept = (now.plus_seconds(life), read.as_ref().ok().cloned());
        *self.languages.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        read.map_err(|error| self.upstream(&error))
    }
}
