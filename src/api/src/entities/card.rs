//! Preview cards of links.

use schemars::JsonSchema;
use serde::Serialize;

use super::Null;
use super::tag::TagHistoryDay;
use portico_domain::model::Timestamp;
use portico_domain::model::card::Card;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::LinkView;

/// The preview of a linked page. Always of type `link` and never embeddable, so that clients do not run
/// foreign code.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PreviewCard {
    url: String,
    title: String,
    description: String,
    language: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    author_name: String,
    author_url: String,
    provider_name: String,
    provider_url: String,
    html: &'static str,
    width: i64,
    height: i64,
    image: Option<String>,
    image_description: String,
    embed_url: &'static str,
    blurhash: Option<String>,
    published_at: Option<String>,
    authors: Vec<CardAuthor>,
    missing_attribution: Option<bool>,
}

/// An author of a page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct CardAuthor {
    name: String,
    url: String,
    account: Null,
}

impl PreviewCard {
    /// Renders a card.
    pub fn render(card: &Card, urls: &Urls) -> Self {
        let facts = &card.facts;
        let image = card.image.as_ref();
        let (width, height) = image.map_or((0, 0), |image| image.dimensions);
        let author =
            || CardAuthor { name: facts.author_name.clone(), url: facts.author_url.clone(), account: None };
        let is_signed = !facts.author_name.is_empty() || !facts.author_url.is_empty();
        Self {
            url: card.url.clone(),
            title: facts.title.clone(),
            description: facts.description.clone(),
            language: facts.language.clone(),
            kind: "link",
            author_name: facts.author_name.clone(),
            author_url: facts.author_url.clone(),
            provider_name: facts.provider_name.clone(),
            provider_url: String::new(),
            html: "",
            width,
            height,
            image: image.map(|image| urls.media(&image.key)),
            image_description: facts.image_description.clone(),
            embed_url: "",
            blurhash: image.and_then(|image| image.blurhash.clone()),
            published_at: facts.published_at.map(Timestamp::rfc3339),
            authors: is_signed.then(author).into_iter().collect(),
            missing_attribution: None,
        }
    }
}

/// A trending link.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TrendsLink {
    #[serde(flatten)]
    card: PreviewCard,
    history: Vec<TagHistoryDay>,
}

impl TrendsLink {
    /// Renders links.
    pub fn render_all(links: &[LinkView], urls: &Urls) -> Vec<Self> {
        links.iter().map(|link| Self::render(link, urls)).collect()
    }

    fn render(link: &LinkView, urls: &Urls) -> Self {
        Self {
            card: PreviewCard::render(&link.card, urls),
            history: link.history.iter().map(TagHistoryDay::render).collect(),
        }
    }
}

/// A trending link for moderators, with the id by which they review it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdminLink {
    id: String,
    #[serde(flatten)]
    link: TrendsLink,
    requires_review: bool,
}

impl AdminLink {
    /// Renders a link.
    pub fn render(link: &LinkView, urls: &Urls) -> Self {
        Self { id: link.card.id.to_string(), link: TrendsLink::render(link, urls), requires_review: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use portico_domain::model::card::PageFacts;
    use portico_domain::model::view::TagDay;

    #[test]
    fn preview_card() {
        let urls = samples::urls();
        insta::assert_json_snapshot!("card", PreviewCard::render(&samples::card(), &urls));
        let day = TagDay { day: samples::moment().midnight(), uses: 3, accounts: 2 };
        let link = LinkView { card: samples::card(), history: vec![day] };
        insta::assert_json_snapshot!("trends_link", TrendsLink::render_all(&[link], &urls));
    }

    #[test]
    fn a_page_that_says_little_has_every_key_all_the_same() {
        let card = Card { facts: PageFacts::default(), image: None, ..samples::card() };
        let full = serde_json::to_value(PreviewCard::render(&samples::card(), &samples::urls())).unwrap();
        let shown = serde_json::to_value(PreviewCard::render(&card, &samples::urls())).unwrap();
        let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&shown), keys(&full));
        assert!(shown["image"].is_null() && shown["authors"] == serde_json::json!([]));
    }
}
