//! The oEmbed representation of a post.

use schemars::JsonSchema;
use serde::Serialize;

use portico_config::InstanceSettings;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;

/// The time that other sites may cache it, in seconds.
const CACHE_AGE: u32 = 86_400;

/// A post in oEmbed: its text as a quotation, without script or frame, because our pages forbid framing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OEmbed {
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    title: String,
    author_name: String,
    author_url: String,
    provider_name: String,
    provider_url: String,
    cache_age: u32,
    html: String,
    width: u32,
    height: Option<u32>,
}

impl OEmbed {
    /// Renders a post of this instance; `width` is the maximum width.
    pub fn render(view: &StatusView, settings: &InstanceSettings, urls: &Urls, width: u32) -> Self {
        let status = &view.status;
        let page = status.url.clone().unwrap_or_else(|| status.uri.clone());
        let name = view.account.name();
        let words = if status.spoiler_text.is_empty() {
            status.content.clone()
        } else {
            format!("<p>{}</p>", escape(&status.spoiler_text))
        };
        let handle = format!("@{}@{}", view.account.username, urls.domain());
        let html = format!(
            r#"<blockquote cite="{page}">{words}<footer>{} (<a href="{page}">{}</a>)</footer></blockquote>"#,
            escape(name),
            escape(&handle),
            page = escape(&page),
        );
        Self {
            kind: "rich",
            version: "1.0",
            title: format!("A post by {name}"),
            author_name: name.to_owned(),
            author_url: urls.profile(&view.account.username),
            provider_name: settings.title.clone(),
            provider_url: urls.at("/"),
            cache_age: CACHE_AGE,
            html,
            width,
            height: None,
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
