//! Rows of `cards`.

use crate::prelude::*;

use crate::schema::cards;
use portico_domain::model::card::{Card, CardImage, PageFacts};
use portico_domain::model::{CardId, Timestamp};

/// A row of `cards`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = cards)]
#[diesel(treat_none_as_null = true)]
pub(crate) struct CardRow {
    pub id: i64,
    pub url: String,
    pub page_url: String,
    pub title: String,
    pub description: String,
    pub provider_name: String,
    pub author_name: String,
    pub author_url: String,
    pub language: Option<String>,
    pub published_at: Option<i64>,
    pub image_key: Option<String>,
    pub image_width: Option<i64>,
    pub image_height: Option<i64>,
    pub image_description: String,
    pub blurhash: Option<String>,
    pub fetched_at: i64,
}

impl From<CardRow> for Card {
    fn from(row: CardRow) -> Self {
        let dimensions = row.image_width.zip(row.image_height);
        let image = row.image_key.zip(dimensions);
        Self {
            id: CardId(row.id),
            url: row.url,
            facts: PageFacts {
                page_url: row.page_url,
                title: row.title,
                description: row.description,
                provider_name: row.provider_name,
                author_name: row.author_name,
                author_url: row.author_url,
                language: row.language,
                published_at: row.published_at.map(Timestamp::from_millis),
                image_description: row.image_description,
            },
            image: image.map(|(key, dimensions)| CardImage { key, dimensions, blurhash: row.blurhash }),
            fetched_at: Timestamp::from_millis(row.fetched_at),
        }
    }
}

impl From<&Card> for CardRow {
    fn from(card: &Card) -> Self {
        let (facts, image) = (&card.facts, card.image.as_ref());
        Self {
            id: card.id.0,
            url: card.url.clone(),
            page_url: facts.page_url.clone(),
            title: facts.title.clone(),
            description: facts.description.clone(),
            provider_name: facts.provider_name.clone(),
            author_name: facts.author_name.clone(),
            author_url: facts.author_url.clone(),
            language: facts.language.clone(),
            published_at: facts.published_at.map(Timestamp::millis),
            image_key: image.map(|image| image.key.clone()),
            image_width: image.map(|image| image.dimensions.0),
            image_height: image.map(|image| image.dimensions.1),
            image_description: facts.image_description.clone(),
            blurhash: image.and_then(|image| image.blurhash.clone()),
            fetched_at: card.fetched_at.millis(),
        }
    }
}
