//! Text typed as Markdown or HTML: sanitised first, then searched for mentions, hashtags and links like plain
//! text, except inside links and code.

use pulldown_cmark::{Event, Options, Parser, html};

use super::format::{escape, push_token};
use super::sanitise::{sanitise_html, unescaped};
use super::scan::{AccountHandle, Extracted, TextToken, gather, tokens};
use portico_domain::model::account::Account;
use portico_domain::model::status::ContentType;
use portico_domain::model::urls::Urls;

/// Converts typed text to safe HTML in which only the author's own links are links. Returns `None` for plain
/// text, which is formatted later.
pub fn safe(typed: &str, kind: ContentType) -> Option<String> {
    match kind {
        ContentType::Plain => None,
        ContentType::Html => Some(sanitise_html(typed)),
        ContentType::Markdown => Some(markdown(typed)),
    }
}

/// Converts Markdown (CommonMark with tables and strikethrough) to safe HTML. A line break stays a line
/// break, as authors of posts expect.
pub fn markdown(typed: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(typed, options).map(|event| match event {
        Event::SoftBreak => Event::HardBreak,
        event => event,
    });
    let mut out = String::with_capacity(typed.len() + typed.len() / 4);
    html::push_html(&mut out, events);
    // The renderer ends each block with a line break, which would show in clients that preserve white space.
    let mut tight = String::with_capacity(out.len());
    let mut rest = out.as_str();
    while let Some((before, code)) = rest.split_once("<pre>") {
        push_unbroken(&mut tight, before);
        let (code, after) = code.split_once("</pre>").unwrap_or((code, ""));
        tight.extend(["<pre>", code, "</pre>"]);
        rest = after;
    }
    push_unbroken(&mut tight, rest);
    sanitise_html(&tight)
}

/// Appends HTML without its line breaks, which separate words but not elements.
fn push_unbroken(to: &mut String, html: &str) {
    for (count, line) in html.split('\n').enumerate() {
        if count > 0 && !to.ends_with('>') && !line.is_empty() {
            to.push(' ');
        }
        to.push_str(line);
    }
}

/// Extracts the mentions and hashtags of safe HTML.
pub fn extract(safe: &str) -> Extracted {
    let mut found = Extracted::default();
    for part in parts(safe) {
        if let Part::Words(words) = part {
            gather(&unescaped(words), &mut found);
        }
    }
    found
}

/// Links the mentions, hashtags and addresses in safe HTML.
pub fn linked(safe: &str, people: &[(AccountHandle, Account)], urls: &Urls) -> String {
    let mut html = String::with_capacity(safe.len() + 64);
    for part in parts(safe) {
        match part {
            Part::AsItIs(markup) => html.push_str(markup),
            Part::Words(words) => {
                for token in tokens(&unescaped(words)) {
                    push_token(&mut html, &token, people, urls);
                }
            }
        }
    }
    html
}

/// Links handles that are not accounts, such as departments, in HTML rendered by this instance, each to its
/// page.
pub fn with_pages(html: &str, pages: &[(AccountHandle, String)]) -> String {
    let mut rendered = String::with_capacity(html.len() + 64);
    for part in parts(html) {
        match part {
            Part::AsItIs(markup) => rendered.push_str(markup),
            Part::Words(words) => {
                for token in tokens(&unescaped(words)) {
                    push_page(&mut rendered, &token, pages);
                }
            }
        }
    }
    rendered
}

fn push_page(html: &mut String, token: &TextToken<'_>, pages: &[(AccountHandle, String)]) {
    match token {
        TextToken::Mention(handle, typed) => match pages.iter().find(|(known, _)| known == handle) {
            Some((_, page)) => html.push_str(&format!(
                r#"<a href="{}" class="mention" rel="nofollow noopener">{}</a>"#,
                escape(page),
                escape(typed)
            )),
            None => html.push_str(&escape(typed)),
        },
        TextToken::Text(text) => html.push_str(&escape(text)),
        TextToken::Tag(name) => html.push_str(&format!("#{}", escape(name))),
        TextToken::Link(address) => html.push_str(&escape(address)),
    }
}

/// A piece of safe HTML.
enum Part<'a> {
    /// A tag, or text inside a link or code.
    AsItIs(&'a str),
    /// Text that may be linked.
    Words(&'a str),
}

/// Splits HTML written by the sanitiser, in which angle brackets occur only around tags and every element is
/// closed.
fn parts(safe: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut closed_to_links = 0_usize;
    let mut rest = safe;
    while !rest.is_empty() {
        let (text, markup) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if !text.is_empty() {
            parts.push(if closed_to_links > 0 { Part::AsItIs(text) } else { Part::Words(text) });
        }
        let (tag, after) = markup.split_at(markup.find('>').map_or(markup.len(), |at| at + 1));
        match tag.trim_matches(['<', '>']).split(' ').next() {
            Some("a" | "code" | "pre") => closed_to_links += 1,
            Some("/a" | "/code" | "/pre") => closed_to_links = closed_to_links.saturating_sub(1),
            _ => {}
        }
        if !tag.is_empty() {
            parts.push(Part::AsItIs(tag));
        }
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        Urls::new("acme.example", false)
    }

    fn shown(typed: &str, kind: ContentType) -> String {
        linked(&safe(typed, kind).unwrap(), &[], &urls())
    }

    #[test]
    fn markdown_reads_as_its_author_means() {
        let typed = "# Plan\n\nWe **ship** #Rust at\n*noon*:\n\n- one\n- two\n\n```\nlet a = \"#x @y\";\n\nlet b = 1;\n```\n\n|a|b|\n|-|-|\n|1|~~2~~|";
        assert_eq!(
            shown(typed, ContentType::Markdown),
            "<h1>Plan</h1><p>We <strong>ship</strong> \
             <a href=\"https://acme.example/tags/rust\" class=\"mention hashtag\" rel=\"tag\">#<span>Rust</span></a> at\
             <br><em>noon</em>:</p><ul><li>one</li><li>two</li></ul>\
             <pre><code>let a = \"#x @y\";\n\nlet b = 1;\n</code></pre>\
             <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><del>2</del></td></tr></tbody></table>"
        );
    }

    #[test]
    fn existing_links_are_kept() {
        let html =
            shown("[#x](https://a.example/?b&c) `@y` <u>z</u><script>w</script>", ContentType::Markdown);
        assert_eq!(
            html,
            "<p><a href=\"https://a.example/?b&amp;c\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">#x</a> \
             <code>@y</code> <u>z</u></p>"
        );
        assert_eq!(extract(&markdown("[#x](https://a.example) #y `#z`")).tags, ["y"]);
    }

    #[test]
    fn html_is_made_safe() {
        let html =
            shown("<p onclick=x>a &amp; b &lt;c&gt;<img src=x> https://x.example</p>", ContentType::Html);
        assert!(html.starts_with("<p>a &amp; b &lt;c&gt; <a href=\"https://x.example\""), "{html}");
        assert!(!html.contains("img") && !html.contains("onclick"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_unsafe_comes_out(typed in "[<>\"'& a-z#@:/.\n*_`|\\[\\]()!-]{0,120}") {
            for kind in [ContentType::Markdown, ContentType::Html] {
                let html = shown(&typed, kind);
                // The sanitiser adds a `rel` value to the links added afterwards; it removes nothing.
                proptest::prop_assert!(!html.contains("<script") && !html.contains("javascript:"));
                let again = sanitise_html(&html);
                proptest::prop_assert_eq!(again.matches('<').count(), html.matches('<').count(), "{}", html);
            }
        }
    }
}
