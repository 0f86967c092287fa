//! The caller's own profile for editing (API level 8).

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::urls::Urls;
use portico_html::plain_text;

/// A profile with the source text of all fields.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Profile {
    id: String,
    display_name: String,
    note: String,
    /// The note as rendered HTML.
    formatted_note: String,
    fields: Vec<TypedField>,
    avatar: Option<String>,
    avatar_static: Option<String>,
    avatar_description: &'static str,
    header: Option<String>,
    header_static: Option<String>,
    header_description: &'static str,
    locked: bool,
    bot: bool,
    hide_collections: bool,
    discoverable: Option<bool>,
    indexable: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    attribution_domains: Vec<String>,
}

/// The source text of a profile field.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct TypedField {
    name: String,
    value: String,
    verified_at: Option<String>,
}

impl Profile {
    /// Renders the caller's own profile; default images are null.
    pub fn render(account: &Account, urls: &Urls) -> Self {
        let own = |url: &Option<String>| url.clone().filter(|url| urls.media_key(url).is_some());
        let (avatar, header) = (own(&account.avatar_url), own(&account.header_url));
        let typed = account.fields.iter().map(|field| TypedField {
            name: field.name.clone(),
            value: plain_text(&field.value),
            verified_at: None,
        });
        Self {
            id: account.id.to_string(),
            display_name: account.display_name.clone(),
            note: account.note_source.clone().unwrap_or_default(),
            formatted_note: account.note.clone(),
            fields: typed.collect(),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: "",
            header_static: header.clone(),
            header,
            header_description: "",
            locked: account.locked,
            bot: account.kind == ActorKind::Service,
            hide_collections: account.hide_collections,
            discoverable: account.discoverable,
            indexable: account.indexable,
            show_media: true,
            show_media_replies: true,
            show_featured: true,
            attribution_domains: account.attribution_domains.clone(),
        }
    }
}
