//! Filters, and the filters that a status matches.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::Timestamp;
use portico_domain::model::filter::{self, FilterAction, FilterMatch, Keyword, NamedStatus};

/// A filter.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Filter {
    id: String,
    title: String,
    context: Vec<&'static str>,
    expires_at: Option<String>,
    filter_action: &'static str,
    keywords: Vec<FilterKeyword>,
    statuses: Vec<FilterStatus>,
}

impl Filter {
    /// Renders a filter.
    pub fn render(filter: &filter::Filter) -> Self {
        Self {
            keywords: filter.keywords.iter().map(FilterKeyword::render).collect(),
            statuses: filter.statuses.iter().map(FilterStatus::render).collect(),
            ..Self::bare(filter)
        }
    }

    /// Renders a filter without its keywords and statuses, as in the statuses that match it.
    fn bare(filter: &filter::Filter) -> Self {
        Self {
            id: filter.id.to_string(),
            title: filter.title.clone(),
            context: filter.contexts.iter().map(|context| context.as_str()).collect(),
            expires_at: filter.expires_at.map(Timestamp::rfc3339),
            filter_action: filter.action.as_str(),
            keywords: Vec::new(),
            statuses: Vec::new(),
        }
    }
}

/// A keyword of a filter.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FilterKeyword {
    id: String,
    keyword: String,
    whole_word: bool,
}

impl FilterKeyword {
    /// Renders a keyword.
    pub fn render(keyword: &Keyword) -> Self {
        Self { id: keyword.id.to_string(), keyword: keyword.text.clone(), whole_word: keyword.whole_word }
    }
}

/// A status that a filter hides.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FilterStatus {
    id: String,
    status_id: String,
}

impl FilterStatus {
    /// Renders a filtered status.
    pub fn render(named: &NamedStatus) -> Self {
        Self { id: named.id.to_string(), status_id: named.status.to_string() }
    }
}

/// A filter that a status matches, and the reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FilterResult {
    filter: Filter,
    keyword_matches: Option<Vec<String>>,
    status_matches: Option<Vec<String>>,
}

impl FilterResult {
    /// Renders a match.
    pub fn render(found: &FilterMatch) -> Self {
        let keywords = Some(found.keywords.clone()).filter(|words| !words.is_empty());
        Self {
            filter: Filter::bare(&found.filter),
            keyword_matches: keywords,
            status_matches: found.status.map(|status| vec![status.to_string()]),
        }
    }
}

/// A filter in the older form (v1): one for each keyword.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct V1Filter {
    id: String,
    phrase: String,
    context: Vec<&'static str>,
    whole_word: bool,
    expires_at: Option<String>,
    irreversible: bool,
}

impl V1Filter {
    /// Renders one keyword of a filter.
    pub fn render(filter: &filter::Filter, keyword: &Keyword) -> Self {
        Self {
            id: keyword.id.to_string(),
            phrase: keyword.text.clone(),
            context: filter.contexts.iter().map(|context| context.as_str()).collect(),
            whole_word: keyword.whole_word,
            expires_at: filter.expires_at.map(Timestamp::rfc3339),
            irreversible: filter.action == FilterAction::Hide,
        }
    }

    /// Renders every keyword of a filter.
    pub fn render_all(filter: &filter::Filter) -> Vec<Self> {
        filter.keywords.iter().map(|keyword| Self::render(filter, keyword)).collect()
    }
}
