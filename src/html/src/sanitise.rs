//! The only sanitiser of foreign HTML, and conversion to safe plain text.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use unicode_segmentation::UnicodeSegmentation as _;

use super::tame::{release, tame};

/// Maximum length of HTML, in bytes; the rest is cut off before parsing.
const MAX_HTML: usize = 500_000;

pub(super) const TAGS: &[&str] = &[
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "code",
    "em",
    "strong",
    "b",
    "i",
    "u",
    "ul",
    "ol",
    "li",
    "blockquote",
    "ruby",
    "rt",
    "rp",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];
const CLASSES: &[&str] = &["mention", "hashtag", "ellipsis", "invisible", "quote-inline", "h-card", "u-url"];
/// Maximum number of characters in a grapheme cluster. The longest emoji have about ten; a cluster of
/// hundreds is a stack of accents that overflows its line.
const LONGEST_CLUSTER: usize = 16;
/// Elements whose text is dropped.
pub(super) const SILENT: &[&str] =
    &["script", "style", "template", "svg", "math", "noscript", "iframe", "object"];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(SILENT.iter().copied().collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "translate"])),
            ("ol", HashSet::from(["start", "reversed"])),
            ("li", HashSet::from(["value"])),
            ("span", HashSet::from(["translate"])),
        ]))
        .allowed_classes(
            ["a", "span", "p"].into_iter().map(|tag| (tag, CLASSES.iter().copied().collect())).collect(),
        )
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank");
    builder
});

/// Sanitises foreign HTML: keeps only tags, attributes, classes and link schemes that peers commonly use.
/// Links never send a referrer.
pub fn sanitise_html(html: &str) -> String {
    let tamed = tame(head(html, MAX_HTML));
    // Use a reader, which passes on a few kilobytes at a time: for each character reference, the parser may
    // copy everything it was given.
    match SANITISER.clean_from_reader(tamed.as_bytes()) {
        // A carriage return written as a character reference would become a line feed at the next parse.
        Ok(clean) => without_first_lines(&release(&clean.to_string()).replace('\r', "\n")),
        // Reading from memory cannot fail. If it did, show nothing.
        Err(_) => String::new(),
    }
}

/// Removes line feeds at the start of a `<pre>`. A parser drops the first one, so each pass would lose
/// another.
fn without_first_lines(clean: &str) -> String {
    let mut parts = clean.split("<pre>");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("<pre>");
        kept.push_str(part.trim_start_matches('\n'));
    }
    kept
}

/// Converts HTML to text, with line breaks for paragraphs and breaks. The result is not safe as HTML.
pub fn plain_text(html: &str) -> String {
    // The sanitiser writes angle brackets only around tags.
    let clean = sanitise_html(html);
    let mut parts = clean.split('<');
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        text.push_str(match tag {
            "br" => "\n",
            "/p" | "/pre" | "/blockquote" | "/ul" | "/ol" | "/table" | "/h1" | "/h2" | "/h3" | "/h4"
            | "/h5" | "/h6" => "\n\n",
            "/li" | "/tr" => "\n",
            "/th" | "/td" => " ",
            _ => "",
        });
        text.push_str(behind);
    }
    unescaped(&text).trim().to_owned()
}

/// Unescapes the character references that the sanitiser writes, and no others.
pub(super) fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// Removes from sanitised HTML the fallback lines that tell older software the quoted post's address, so that
/// a viewer who may not see the quoted post does not learn its address.
pub fn without_quote_line(html: &str) -> String {
    let begins = ["p", "span"].map(|tag| (tag, format!(r#"<{tag} class="quote-inline">"#)));
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    // A single forward pass, because a post may have thousands of such lines.
    while let Some((text, markup)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
        kept.push_str(text);
        let line = begins.iter().find(|(_, begin)| markup.starts_with(begin.as_str()));
        let (tag, after) = match line {
            Some((tag, _)) => ("", markup.get(end_of(tag, markup)..).unwrap_or_default()),
            None => markup.split_at(markup.find('>').map_or(markup.len(), |at| at + 1)),
        };
        kept.push_str(tag);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// Returns the byte offset at which the first element of a text ends.
fn end_of(tag: &str, html: &str) -> usize {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        at += found;
        let here = html.get(at..).unwrap_or_default();
        if here.starts_with(&close) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + close.len();
            }
        } else if here.strip_prefix(&open).is_some_and(|rest| rest.starts_with([' ', '>'])) {
            depth += 1;
        }
        at += 1;
    }
    html.len()
}

/// Cleans a line of plain text for display: removes control characters and direction overrides, collapses
/// white space, and keeps at most `max` grapheme clusters. The result still has to be escaped for HTML.
pub fn clean_line(text: &str, max: usize) -> String {
    let shown: String = head(text, MAX_HTML)
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !is_override(*letter))
        .collect();
    let folded = shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    folded.graphemes(true).take(max).flat_map(|cluster| cluster.chars().take(LONGEST_CLUSTER)).collect()
}

/// Whether a character changes the direction of the following text, and so can disguise it.
const fn is_override(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

fn head(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_lines_are_taken_out_whole() {
        let line = super::super::quote_line("https://x.example/a/very/long/address/of/a/post");
        assert_eq!(without_quote_line(&format!("{line}<p>Hi</p>")), "<p>Hi</p>");
        let span = r#"<p>Hi<span class="quote-inline"><br>RE: <a href="https://x.example"><span>x</span></a></span></p>"#;
        assert_eq!(without_quote_line(span), "<p>Hi</p>");
        for same in ["", "<p>Hi <span>RE:</span></p>", "<pre>x</pre>"] {
            assert_eq!(without_quote_line(same), same);
        }
        assert_eq!(without_quote_line(r#"<p class="quote-inline">never ends"#), "");
    }

    #[test]
    fn s71_keeps_what_peers_write_and_drops_the_rest() {
        let kept = sanitise_html(
            r#"<p class="x quote-inline">Hi <a href="https://x.example" onclick="evil()" class="mention evil">@<span>x</span></a><script>alert(1)</script><img src=x onerror=y></p>"#,
        );
        assert_eq!(
            kept,
            r#"<p class="quote-inline">Hi <a href="https://x.example" class="mention" target="_blank" rel="nofollow noopener noreferrer">@<span>x</span></a></p>"#
        );
    }

    #[test]
    fn s70_no_scheme_runs_code() {
        for bad in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
        ] {
            let clean = sanitise_html(&format!("<a href=\"{bad}\">x</a>"));
            assert!(!clean.contains("href"), "{bad}: {clean}");
        }
    }

    #[test]
    fn text_split_for_the_parser_is_rejoined() {
        for text in ["&amp;", "x ", "\u{a3}", "&lt;&gt;", "caf\u{e9} "] {
            let html = format!("<p>{}</p>", text.repeat(2000));
            assert_eq!(sanitise_html(&html), html);
        }
        assert_eq!(sanitise_html("a&#xd;b"), "a\nb");
        assert_eq!(sanitise_html("a\u{fdd0}&gt;b"), "a&gt;b");
        assert_eq!(sanitise_html("a&#xfdd0;&gt;b"), "ab", "nobody else's mark shows either");
    }

    #[test]
    fn a_block_of_code_begins_with_a_line_that_stays() {
        assert_eq!(sanitise_html("<li>b<pre>\n\n\n</pre></li>"), "<li>b<pre></pre></li>");
        assert_eq!(sanitise_html("<pre>\n\na\n\nb</pre>"), "<pre>a\n\nb</pre>");
    }

    #[test]
    fn plain_text_reads_like_the_post() {
        assert_eq!(plain_text("<p>a &lt;b&gt; &amp;amp;</p><p>c<br>d</p>"), "a <b> &amp;\n\nc\nd");
        assert_eq!(plain_text("<a href='x>y'>z</a> <a href='https://x.example/?a>b'>1 < 2</a>"), "z 1 < 2");
        assert_eq!(
            plain_text("AT&T &eacute; &#x1F600; &unheardof; &nbsp;x"),
            "AT&T é 😀 &unheardof; \u{a0}x"
        );
    }

    #[test]
    fn s72_lines_cannot_lie() {
        assert_eq!(clean_line(" a\u{202e}b\n\tc\u{7} ", 10), "ab c");
        assert_eq!(clean_line("👨‍👩‍👧👨‍👩‍👧x", 2), "👨‍👩‍👧👨‍👩‍👧");
    }

    proptest::proptest! {
        #[test]
        fn sanitising_twice_changes_nothing(html in "[<>/a-z=\"' &;:#!-]{0,120}") {
            let once = sanitise_html(&html);
            proptest::prop_assert_eq!(sanitise_html(&once), once.clone());
            proptest::prop_assert!(!once.contains("<script") && !once.contains("javascript:"));
        }
    }
}
