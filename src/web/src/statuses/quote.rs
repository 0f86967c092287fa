//! The view of a quoted post inside the quoting post.

use portico_domain::model::Timestamp;
use portico_domain::model::quote::{QuoteShown, QuoteState};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::{QuoteView, StatusView};
use portico_html::{clean_line, plain_text};

use crate::labels;
use crate::view::Person;

/// Maximum length of the excerpt of a quoted post, in characters.
const EXCERPT: usize = 280;

/// An excerpt of a quoted post.
pub(crate) struct PostExcerpt {
    /// The author.
    pub author: Person,
    /// Path of its page on this instance.
    pub href: String,
    /// The beginning of its text, or its content warning; plain text.
    pub text: String,
    /// Language tag (BCP 47).
    pub language: Option<String>,
    /// Age, as `3 h`.
    pub ago: String,
}

/// A quote, as pages show it.
pub(crate) enum QuotedPost {
    /// An excerpt.
    Shown(Box<PostExcerpt>),
    /// The reason why it is not shown.
    Withheld(&'static str),
}

impl QuotedPost {
    pub(crate) fn from_view(view: &QuoteView, urls: &Urls, now: Timestamp) -> Self {
        match (&view.status, view.shown) {
            (Some(status), QuoteShown::As(QuoteState::Accepted)) => {
                Self::Shown(Box::new(PostExcerpt::from_view(status, urls, now)))
            }
            (_, shown) => Self::Withheld(reason(shown)),
        }
    }
}

const fn reason(shown: QuoteShown) -> &'static str {
    match shown {
        QuoteShown::As(QuoteState::Pending) => "Quotes a post whose author has not approved the quote yet.",
        QuoteShown::As(QuoteState::Rejected | QuoteState::Revoked) => {
            "Quotes a post whose author does not allow it."
        }
        QuoteShown::As(QuoteState::Deleted) => "Quotes a post that was deleted.",
        QuoteShown::BlockedAccount => "Quotes somebody you block.",
        QuoteShown::BlockedDomain => "Quotes somebody on a server that you block.",
        QuoteShown::MutedAccount => "Quotes somebody you mute.",
        QuoteShown::Unauthorized | QuoteShown::As(QuoteState::Accepted) => {
            "Quotes a post that is not shared with you."
        }
    }
}

impl PostExcerpt {
    pub(crate) fn from_view(view: &StatusView, urls: &Urls, now: Timestamp) -> Self {
        let status = &view.status;
        let author = Person::from_account(&view.account, urls);
        let whole = match status.spoiler_text.as_str() {
            "" => plain_text(&status.content),
            warning => warning.to_owned(),
        };
        Self {
            href: format!("{}/{}", author.href, status.id),
            author,
            text: shortened(&whole),
            language: status.language.clone(),
            ago: labels::ago(status.created_at, now),
        }
    }
}

fn shortened(text: &str) -> String {
    let whole = clean_line(text, usize::MAX);
    let short = clean_line(text, EXCERPT);
    if short == whole { whole } else { format!("{}…", short.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_lines_joined() {
        assert_eq!(shortened("a\n\nb"), "a b");
        let long = shortened(&"wörd ".repeat(100));
        assert!(long.ends_with("wörd…") && long.chars().count() <= EXCERPT + 1, "{long}");
    }
}
