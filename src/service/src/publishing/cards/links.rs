//! Finds the link of a post for its card: the first one that is not a mention, a hashtag or a page of this
//! instance.

use url::Url;

use portico_html::link_preview::normalise;

/// Classes of links that do not lead to web pages.
const NOT_PAGES: &[&str] = &["mention", "hashtag", "u-url"];
/// The maximum length of a URL.
const LONGEST: usize = 2048;
/// The maximum number of links that are examined.
const MOST: usize = 50;

/// Returns the first link to a web page in a post's sanitised HTML. `own` is the origin of this instance;
/// `people` are the URLs of the mentioned accounts.
pub(super) fn first_link(content: &str, own: &str, people: &[&str]) -> Option<Url> {
    // The end tag of the element with the link to a quoted post.
    let mut quote_ends: Option<String> = None;
    let mut looked = 0;
    // The sanitiser leaves angle brackets only around tags, and quotes every value.
    for part in content.split('<').skip(1) {
        let tag = part.split_once('>').map_or(part, |(tag, _)| tag);
        if let Some(end) = &quote_ends {
            if tag == end {
                quote_ends = None;
            }
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        let class = value(tag, "class").unwrap_or_default();
        if class.split(' ').any(|class| class == "quote-inline") {
            quote_ends = Some(format!("/{name}"));
        } else if name == "a" && looked < MOST {
            looked += 1;
            let is_page = !class.split(' ').any(|class| NOT_PAGES.contains(&class));
            let href = value(tag, "href").filter(|href| is_page && !people.contains(&href.as_str()));
            if let Some(link) = href.and_then(|href| parse_link(&href, own)) {
                return Some(link);
            }
        }
    }
    None
}

/// Returns the value of an attribute in a tag of sanitised HTML.
fn value(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (escaped, _) = after.split_once('"')?;
    Some(
        escaped
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&nbsp;", "\u{a0}")
            .replace("&amp;", "&"),
    )
}

/// Returns quickly whether the content may contain a link.
pub(super) fn may_have_link(content: &str) -> bool {
    content.contains("href=")
}

/// Returns the normalised URL to fetch; `None` for a link that cannot have a card.
pub(super) fn parse_link(href: &str, own: &str) -> Option<Url> {
    let url = normalise(Url::parse(href).ok()?);
    let sound = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.as_str().len() <= LONGEST
        && url.origin().ascii_serialization() != own;
    sound.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str) -> Option<String> {
        first_link(content, "https://here.example", &["https://there.example/@ann"]).map(Into::into)
    }

    #[test]
    fn the_first_link_to_a_page_is_found() {
        let content = r##"<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention">@b</a></span>
            <a href="https://there.example/@ann">ann</a> <a href="https://a.example/tags/x" class="mention hashtag">#x</a>
            <a href="https://here.example/@c/1">ours</a> <a href="mailto:a@b.example">mail</a>
            <a href="HTTPS://Page.Example/A b?q=1&amp;r=2#part"><span>page</span></a> <a href="https://z.example/">z</a></p>"##;
        assert_eq!(found(content).as_deref(), Some("https://page.example/A%20b?q=1&r=2"));
    }

    #[test]
    fn a_post_without_one_has_none() {
        for content in [
            "",
            "<p>https://a.example</p>",
            "<p><a>x</a></p>",
            r#"<p class="quote-inline">RE: <a href="https://a.example/1">x</a></p>"#,
            r#"<p><a href="javascript:x">x</a><a href="/relative">x</a></p>"#,
            &format!(r#"<p><a href="https://a.example/{}">x</a></p>"#, "x".repeat(2100)),
        ] {
            assert_eq!(found(content), None, "{content}");
        }
    }
}
