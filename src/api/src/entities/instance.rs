//! The instance, in the two versions that clients read before sign-in. Their limits agree.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::Account;
use portico_config::InstanceSettings;
use portico_domain::model::peer::{FederationMode, Host, Tier};
use portico_domain::model::poll::{MAX_OPEN, MAX_OPTION, MAX_OPTIONS, MIN_OPEN};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::{InstanceStats, Week};
use portico_html::CHARACTERS_PER_LINK;
use portico_service::people::accounts::{MAX_DISPLAY_NAME, MAX_FIELD, MAX_FIELDS, MAX_NOTE};
use portico_service::publishing::media;
use portico_service::publishing::pins::MAX_PINNED;
use portico_service::reading::tags::MAX_FEATURED;

/// The advertised Mastodon version. Clients enable features by the leading number, so it is the latest
/// Mastodon release whose API is fully supported; docs/decisions/0004-advertised-version.md has the reasons.
pub const VERSION: &str = concat!("4.5.0 (compatible; Portico ", env!("CARGO_PKG_VERSION"), ")");

/// The supported level of Mastodon's API: quotes, which came with 4.5, and everything before.
const API_LEVEL: i64 = 7;

/// The instance (v2).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Instance(Value);

/// The instance in the older form (v1).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct V1Instance(Value);

impl Instance {
    /// Renders the instance.
    pub fn render(
        settings: &InstanceSettings,
        figures: InstanceStats,
        contact: Option<&portico_domain::model::account::Account>,
        urls: &Urls,
        vapid_key: &str,
    ) -> Self {
        let picture = urls.default_header();
        Self(json!({
            "domain": urls.domain(),
            "title": settings.title,
            "version": VERSION,
            "source_url": source(urls),
            "description": settings.description,
            "wrapstodon": null,
            "usage": { "users": { "active_month": figures.active_month } },
            "thumbnail": { "url": picture, "description": "", "blurhash": null, "versions": {} },
            "icon": [],
            "languages": ["en"],
            "configuration": configuration(settings, urls, vapid_key),
            "registrations": {
                "enabled": false,
                "approval_required": false,
                "reason_required": null,
                "message": null,
                "min_age": null,
                "url": null,
            },
            "api_versions": { "mastodon": API_LEVEL },
            "contact": {
                "email": settings.contact_email,
                "account": contact.map(|account| Account::render(account, urls)),
            },
            "rules": Rule::render_all(&settings.about.rules),
        }))
    }
}

impl V1Instance {
    /// Renders the instance in the older form.
    pub fn render(
        settings: &InstanceSettings,
        figures: InstanceStats,
        contact: Option<&portico_domain::model::account::Account>,
        urls: &Urls,
    ) -> Self {
        Self(json!({
            "uri": urls.domain(),
            "title": settings.title,
            "short_description": settings.description,
            "description": settings.description,
            "email": settings.contact_email,
            "version": VERSION,
            "urls": { "streaming_api": urls.streaming() },
            "stats": {
                "user_count": figures.users,
                "status_count": figures.statuses,
                "domain_count": figures.hosts,
            },
            "thumbnail": urls.default_header(),
            "languages": ["en"],
            "registrations": false,
            "approval_required": false,
            "invites_enabled": false,
            "configuration": {
                "accounts": accounts(),
                "statuses": statuses(settings),
                "media_attachments": attachments(),
                "polls": polls(),
            },
            "contact_account": contact.map(|account| Account::render(account, urls)),
            "rules": Rule::render_all(&settings.about.rules),
        }))
    }
}

/// A rule of the instance.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Rule {
    id: String,
    text: String,
    hint: String,
    translations: BTreeMap<String, String>,
}

impl Rule {
    /// Renders the rules; their ids are their positions, from 1.
    pub fn render_all(rules: &[String]) -> Vec<Self> {
        let rule = |(place, text): (usize, &String)| Self {
            id: (place + 1).to_string(),
            text: text.clone(),
            hint: String::new(),
            translations: BTreeMap::new(),
        };
        rules.iter().enumerate().map(rule).collect()
    }
}

/// The operator's privacy policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PrivacyPolicy {
    /// The time of the last change.
    pub updated_at: String,
    /// HTML.
    pub content: String,
}

/// The terms of service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TermsOfService {
    /// The day on which the terms take effect.
    pub effective_date: String,
    /// Whether the terms are in effect.
    pub effective: bool,
    /// HTML.
    pub content: String,
    /// The day on which other terms replace them.
    pub succeeded_by: Option<String>,
}

/// A blocked or limited host.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DomainBlock {
    domain: String,
    digest: String,
    severity: &'static str,
}

impl DomainBlock {
    /// Renders a blocked or limited host.
    pub fn render(host: &Host) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, host.domain.as_bytes());
        Self {
            domain: host.domain.clone(),
            digest: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
            severity: if host.tier == Tier::Blocked { "suspend" } else { "silence" },
        }
    }
}

/// The activity of one week; numbers are strings, as in Mastodon.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Activity {
    week: String,
    statuses: String,
    logins: String,
    registrations: String,
}

impl Activity {
    /// Renders a week.
    pub fn render(week: &Week) -> Self {
        Self {
            week: (week.begin.millis() / 1000).to_string(),
            statuses: week.statuses.to_string(),
            logins: week.logins.to_string(),
            registrations: week.registrations.to_string(),
        }
    }
}

/// The address of the source code: the package's repository, or the instance's own page if the package has
/// none.
fn source(urls: &Urls) -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => urls.at("/"),
        repository => repository.to_owned(),
    }
}

fn configuration(settings: &InstanceSettings, urls: &Urls, vapid_key: &str) -> Value {
    let access = if settings.public_pages { "public" } else { "authenticated" };
    let feeds = json!({ "local": access, "remote": access });
    json!({
        "urls": {
            "streaming": urls.streaming(),
            "status": null,
            "about": urls.at("/about"),
            "privacy_policy": settings.about.privacy_policy.is_some().then(|| urls.at("/privacy-policy")),
            "terms_of_service": settings.about.terms_of_service.is_some().then(|| urls.at("/terms-of-service")),
        },
        "vapid": { "public_key": vapid_key },
        "accounts": accounts(),
        "statuses": statuses(settings),
        "media_attachments": attachments(),
        "polls": polls(),
        "translation": { "enabled": settings.translation.is_some() },
        "timelines_access": {
            "live_feeds": feeds,
            "hashtag_feeds": feeds,
            "trending_link_feeds": feeds,
        },
        "limited_federation": settings.federation != FederationMode::Open,
    })
}

/// The limits of profiles.
fn accounts() -> Value {
    json!({
        "max_display_name_length": MAX_DISPLAY_NAME,
        "max_note_length": MAX_NOTE,
        "max_avatar_description_length": 0,
        "max_header_description_length": 0,
        "max_featured_tags": MAX_FEATURED,
        "max_pinned_statuses": MAX_PINNED,
        "max_profile_fields": MAX_FIELDS,
        "profile_field_name_limit": MAX_FIELD,
        "profile_field_value_limit": MAX_FIELD,
    })
}

fn statuses(settings: &InstanceSettings) -> Value {
    json!({
        "max_characters": settings.max_characters,
        "max_media_attachments": media::MAX_ATTACHMENTS,
        "characters_reserved_per_url": CHARACTERS_PER_LINK,
    })
}

/// The supported attachments. Elk fails without the list of types.
fn attachments() -> Value {
    let mut types: Vec<&str> = portico_media::FORMATS.iter().map(|format| format.mime).collect();
    // Aliases of the same types.
    types.extend(["audio/mp3", "audio/x-wav", "audio/wave", "audio/x-m4a", "audio/opus"]);
    json!({
        "supported_mime_types": types,
        "description_limit": media::MAX_DESCRIPTION,
        "image_size_limit": media::MAX_IMAGE_SIZE,
        "image_matrix_limit": media::MAX_IMAGE_MATRIX,
        "video_size_limit": media::MAX_VIDEO_SIZE,
        "video_frame_rate_limit": media::MAX_FRAME_RATE,
        "video_matrix_limit": media::MAX_VIDEO_MATRIX,
    })
}

/// The limits of polls, the same that posting enforces.
fn polls() -> Value {
    json!({
        "max_options": MAX_OPTIONS,
        "max_characters_per_option": MAX_OPTION,
        "min_expiration": MIN_OPEN,
        "max_expiration": MAX_OPEN,
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn settings() -> InstanceSettings {
        InstanceSettings {
            domain: "engineering.example".into(),
            title: "Acme Engineering".into(),
            description: "Where Acme builds.".into(),
            contact_email: "it@acme.example".into(),
            ..InstanceSettings::default()
        }
    }

    #[test]
    fn both_forms() {
        let figures = InstanceStats { users: 2, active_month: 1, statuses: 3, hosts: 4 };
        let urls = samples::urls();
        insta::assert_json_snapshot!("instance", Instance::render(&settings(), figures, None, &urls, "key"));
        insta::assert_json_snapshot!("instance_v1", V1Instance::render(&settings(), figures, None, &urls));
    }

    #[test]
    fn the_limits_of_both_forms_agree() {
        let urls = samples::urls();
        let Instance(new) = Instance::render(&settings(), InstanceStats::default(), None, &urls, "key");
        let V1Instance(old) = V1Instance::render(&settings(), InstanceStats::default(), None, &urls);
        for part in ["statuses", "media_attachments", "polls"] {
            assert_eq!(new["configuration"][part], old["configuration"][part], "{part}");
        }
    }
}
