//! Small entities: markers, preferences, search results, suggestions, and empty responses.

use schemars::JsonSchema;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Account, Status, Tag, visibility};
use portico_domain::model::suggestion::{Reason, Suggested};
use portico_domain::model::urls::Urls;
use portico_domain::model::user::User;
use portico_domain::model::view::{self, SearchView};
use portico_domain::model::{AccountId, Reach};

/// An empty response: `{}`, because clients parse every body.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct Empty {}

/// A count.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Count {
    /// The number.
    pub count: usize,
}

/// The read position in a timeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Marker {
    last_read_id: String,
    version: i64,
    updated_at: String,
}

/// Read markers by timeline.
pub type Markers = BTreeMap<String, Marker>;

impl Marker {
    /// Renders markers; those never set are absent.
    pub fn render_all(markers: &[view::Marker]) -> Markers {
        let shown = markers.iter().map(|marker| {
            let shown = Self {
                last_read_id: marker.last_read_id.clone(),
                version: marker.version,
                updated_at: marker.updated_at.rfc3339(),
            };
            (marker.timeline.clone(), shown)
        });
        shown.collect()
    }
}

/// A user's defaults for posts, and reading preferences.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Preferences {
    #[serde(rename = "posting:default:visibility")]
    visibility: &'static str,
    #[serde(rename = "posting:default:sensitive")]
    sensitive: bool,
    #[serde(rename = "posting:default:language")]
    language: Option<String>,
    #[serde(rename = "posting:default:quote_policy")]
    quote_policy: &'static str,
    #[serde(rename = "reading:expand:media")]
    media: &'static str,
    #[serde(rename = "reading:expand:spoilers")]
    spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    gifs: bool,
}

impl Preferences {
    /// Renders a user's preferences.
    pub fn render(user: &User) -> Self {
        Self {
            visibility: visibility(user.default_reach.unwrap_or(Reach::Public), true),
            sensitive: user.default_sensitive,
            language: user.default_language.clone(),
            quote_policy: user.default_quotable.as_str(),
            media: "default",
            spoilers: false,
            gifs: false,
        }
    }
}

/// SearchResults results; the three keys are always present.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SearchResults {
    accounts: Vec<Account>,
    statuses: Vec<Status>,
    hashtags: Vec<Tag>,
}

impl SearchResults {
    /// Renders search results.
    pub fn render(found: &SearchView, urls: &Urls) -> Self {
        Self {
            accounts: Account::render_all(&found.accounts, urls),
            statuses: Status::render_all(&found.statuses, urls),
            hashtags: Tag::render_all(&found.tags, urls),
        }
    }
}

/// The long description of the instance.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExtendedDescription {
    /// The time of the last change.
    pub updated_at: String,
    /// HTML.
    pub content: String,
}

/// An account that the viewer may want to follow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Suggestion {
    source: &'static str,
    sources: [&'static str; 1],
    account: Account,
    /// An extension of Portico: the reasons, strongest first: `manager`, `report`, `department`, `skill`,
    /// `interest`, `tag`, `friends`, `division` or `colleague`.
    reasons: Vec<&'static str>,
}

impl Suggestion {
    /// Renders a suggestion. Clients know only Mastodon's sources, so the other reasons map to one of them.
    pub fn render(one: &Suggested, urls: &Urls) -> Self {
        let known = one.reasons.contains(&Reason::Friends);
        let (source, why) =
            if known { ("past_interactions", "friends_of_friends") } else { ("staff", "featured") };
        Self {
            source,
            sources: [why],
            account: Account::render(&one.account, urls),
            reasons: one.reasons.iter().map(|reason| reason.as_str()).collect(),
        }
    }
}

/// The followers of an account that the viewer follows, too.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FamiliarFollowers {
    /// The account.
    pub id: AccountId,
    /// The followers that the viewer follows.
    pub accounts: Vec<Account>,
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn small_forms() {
        let urls = samples::urls();
        let markers = [view::Marker {
            timeline: "home".into(),
            last_read_id: "3731000000000000001".into(),
            version: 4,
            updated_at: samples::moment(),
        }];
        insta::assert_json_snapshot!("markers", Marker::render_all(&markers));
        insta::assert_json_snapshot!("preferences", Preferences::render(&samples::user()));
        let history = vec![view::TagDay { day: samples::moment().midnight(), uses: 3, accounts: 2 }];
        let tag = view::TagView { name: "größe".into(), following: true, featuring: false, history };
        insta::assert_json_snapshot!("tag", Tag::render(&tag, &urls));
        let found = SearchView { tags: vec![tag], ..SearchView::default() };
        insta::assert_json_snapshot!("search", SearchResults::render(&found, &urls));
        assert_eq!(serde_json::to_string(&Empty {}).unwrap(), "{}");
    }
}
