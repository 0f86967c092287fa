//! Renders typed text as the HTML that Mastodon clients expect (docs: "Formatting" of the client API).

use super::scan::{AccountHandle, TextToken, tokens};
use portico_domain::model::account::Account;
use portico_domain::model::urls::Urls;

/// Maximum number of visible characters of a link.
const SHOWN_LINK: usize = 30;

/// Renders typed text as HTML: paragraphs, line breaks, mentions of `people`, hashtags and links. Escapes
/// everything else. A handle that is not among `people` stays text.
pub fn format(text: &str, people: &[(AccountHandle, Account)], urls: &Urls) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    let text = text.trim();
    for paragraph in text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
        html.push_str("<p>");
        for token in tokens(paragraph) {
            push_token(&mut html, &token, people, urls);
        }
        html.push_str("</p>");
    }
    html
}

/// Renders one token: escapes text, links everything else.
pub(super) fn push_token(
    html: &mut String,
    token: &TextToken<'_>,
    people: &[(AccountHandle, Account)],
    urls: &Urls,
) {
    match token {
        TextToken::Text(text) => html.push_str(&escape(text).replace('\n', "<br>")),
        TextToken::Mention(handle, typed) => match people.iter().find(|(known, _)| known == handle) {
            Some((_, account)) => push_mention(html, account),
            None => html.push_str(&escape(typed)),
        },
        TextToken::Tag(name) => {
            let href = urls.tag(&super::normalise_tag(name));
            html.push_str(&format!(
                r##"<a href="{}" class="mention hashtag" rel="tag">#<span>{}</span></a>"##,
                escape(&href),
                escape(name)
            ));
        }
        TextToken::Link(address) => push_link(html, address),
    }
}

fn push_mention(html: &mut String, account: &Account) {
    let href = account.url.as_deref().unwrap_or(&account.uri);
    html.push_str(&format!(
        r#"<span class="h-card" translate="no"><a href="{}" class="u-url mention">@<span>{}</span></a></span>"#,
        escape(href),
        escape(&account.username)
    ));
}

fn push_link(html: &mut String, address: &str) {
    let scheme = if address.starts_with("https://www.") || address.starts_with("http://www.") {
        address.find("www.").map_or(0, |at| at + 4)
    } else {
        address.find("://").map_or(0, |at| at + 3)
    };
    let (scheme, rest) = address.split_at(scheme);
    let cut = rest.char_indices().nth(SHOWN_LINK).map_or(rest.len(), |(at, _)| at);
    let (shown, hidden) = rest.split_at(cut);
    let class = if hidden.is_empty() { "" } else { "ellipsis" };
    html.push_str(&format!(
        r#"<a href="{}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">{}</span><span class="{class}">{}</span><span class="invisible">{}</span></a>"#,
        escape(address),
        escape(scheme),
        escape(shown),
        escape(hidden)
    ));
}

/// Renders the fallback line with the quoted post's address, for software without quotes.
pub fn quote_line(address: &str) -> String {
    let mut html = String::from(r#"<p class="quote-inline">RE: "#);
    push_link(&mut html, address);
    html.push_str("</p>");
    html
}

/// Escapes text for HTML content and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        Urls::new("acme.example", false)
    }

    #[test]
    fn paragraphs_and_breaks() {
        assert_eq!(format("a\nb\n\nc & <d>", &[], &urls()), "<p>a<br>b</p><p>c &amp; &lt;d&gt;</p>");
        assert_eq!(format("  \n ", &[], &urls()), "");
    }

    #[test]
    fn a_short_link_has_no_ellipsis() {
        assert_eq!(
            format("https://x.example/a?b=1&c", &[], &urls()),
            r#"<p><a href="https://x.example/a?b=1&amp;c" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">x.example/a?b=1&amp;c</span><span class="invisible"></span></a></p>"#
        );
    }

    #[test]
    fn hashtags_and_strangers() {
        assert_eq!(
            format("@nobody #Rust", &[], &urls()),
            r##"<p>@nobody <a href="https://acme.example/tags/rust" class="mention hashtag" rel="tag">#<span>Rust</span></a></p>"##
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_becomes_markup(text in "[<>\"'& a-z#@:/.\n]{0,80}") {
            let html = format(&text, &[], &urls());
            // The sanitiser changes only what it rewrites itself: no foreign tag is left.
            for tag in html.split('<').skip(1) {
                let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphabetic).collect();
                proptest::prop_assert!(["p", "br", "a", "span"].contains(&name.as_str()), "{}", html);
            }
        }
    }
}
