//! Quotes.

use schemars::JsonSchema;
use serde::Serialize;

use super::Status;
use portico_domain::model::quote::{Consent, QuoteAudience, QuotePolicy};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::QuoteView;

/// The quote of a status: with the whole quoted status, or only with its id if nested in another quote.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum QuotedStatus {
    /// With the quoted status.
    Whole(Quote),
    /// With the id of the quoted status.
    Shallow(ShallowQuote),
}

/// The quote of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Quote {
    state: &'static str,
    quoted_status: Option<Box<Status>>,
}

/// The quote of a status that is itself quoted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ShallowQuote {
    state: &'static str,
    quoted_status_id: Option<String>,
}

impl QuotedStatus {
    /// Renders a quote with the quoted status, as far as the viewer may see it.
    pub fn render(view: &QuoteView, urls: &Urls) -> Self {
        let quoted_status = view.status.as_ref().map(|status| Box::new(Status::render_quoted(status, urls)));
        Self::Whole(Quote { state: view.shown.as_str(), quoted_status })
    }

    /// Renders the quote of a quoted status.
    pub fn render_shallow(view: &QuoteView) -> Self {
        let id = view.quote.quoted_id.filter(|_| view.shown.is_open());
        Self::Shallow(ShallowQuote {
            state: view.shown.as_str(),
            quoted_status_id: id.map(|id| id.to_string()),
        })
    }
}

/// The quote policy of a status, and whether the viewer may quote it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuoteApproval {
    automatic: Vec<&'static str>,
    manual: Vec<&'static str>,
    current_user: &'static str,
}

impl QuoteApproval {
    /// Renders a quote policy and its meaning for the viewer.
    pub fn render(policy: QuotePolicy, quotable: Consent) -> Self {
        let words = |circle| match circle {
            QuoteAudience::Nobody => Vec::new(),
            QuoteAudience::Others => vec!["unsupported_policy"],
            QuoteAudience::Followers => vec!["followers"],
            QuoteAudience::Public => vec!["public"],
        };
        Self {
            automatic: words(policy.automatic),
            manual: words(policy.manual),
            current_user: quotable.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use portico_domain::model::quote::{QuoteShown, QuoteState};
    use portico_domain::model::view::StatusView;

    #[test]
    fn quote() {
        let urls = samples::urls();
        let view = samples::quoting();
        insta::assert_json_snapshot!("quote", QuotedStatus::render(view.quote.as_ref().unwrap(), &urls));
        insta::assert_json_snapshot!(
            "shallow_quote",
            QuotedStatus::render_shallow(view.quote.as_ref().unwrap())
        );
    }

    #[test]
    fn a_hidden_quoted_status_leaves_no_trace() {
        let urls = samples::urls();
        let mut view = samples::quoting();
        let id = view.quote.as_ref().unwrap().quote.quoted_id.unwrap().to_string();
        // For a remote status, the text itself contains the quote line.
        view.status.local = false;
        view.status.content =
            format!("{}<p>hm</p>", portico_html::quote_line(&format!("https://x.example/{id}")));
        for shown in [QuoteShown::Unauthorized, QuoteShown::As(QuoteState::Revoked)] {
            let quote = view.quote.as_mut().unwrap();
            (quote.shown, quote.status) = (shown, None);
            let shallow = serde_json::to_string(&QuotedStatus::render_shallow(quote)).unwrap();
            let whole = serde_json::to_string(&Status::render(&view, &urls)).unwrap();
            assert!(!shallow.contains(&id) && !whole.contains(&id), "{shallow} {whole}");
        }
    }

    #[test]
    fn a_quote_inside_a_quoted_status_is_shallow() {
        let urls = samples::urls();
        let inner = samples::quoting();
        let mut outer = samples::quoting();
        outer.quote.as_mut().unwrap().status = Some(Box::new(StatusView { media: Vec::new(), ..inner }));
        let shown = serde_json::to_value(Status::render(&outer, &urls)).unwrap();
        assert!(shown["quote"]["quoted_status"]["quote"]["quoted_status_id"].is_string());
        assert!(shown["quote"]["quoted_status"]["quote"].get("quoted_status").is_none());
    }
}
