//! Bounds the cost of parsing foreign HTML.
//!
//! The work of an HTML parser grows with the square of the input if tags are nested deeply, if formatting
//! elements with different attributes are left open, or if a tag has thousands of attributes: half a megabyte
//! can occupy a processor for minutes. So this module first rewrites the text in one pass: it drops
//! disallowed tags, writes the others with relevant attributes only, closes every element, and limits
//! nesting. It only bounds cost; the sanitiser afterwards decides which tags and addresses are safe.

use super::sanitise::{SILENT, TAGS};

/// Maximum nesting depth; deeper elements lose their tags but keep their text.
const DEEPEST: usize = 64;
/// Maximum number of attributes read per tag.
const MOST_ATTRIBUTES: usize = 24;
/// Maximum length of an attribute value that is kept, in bytes.
const LONGEST_VALUE: usize = 4096;
/// Bytes of text without a tag after which a mark is inserted.
const STRETCH: usize = 1024;
const MARKER: char = '\u{fdd0}';
/// The mark that breaks up long stretches of text, as inserted and as the serialiser writes it; [`release`]
/// removes it. For each character that may need escaping, the serialiser scans ahead to the next angle
/// bracket. The character before the bracket is a noncharacter that no text contains.
const MARK: &str = "\u{fdd0}>";
const WRITTEN_MARK: &str = "\u{fdd0}&gt;";

/// Removes the marks that [`tame`] inserted from the serialised HTML.
pub(super) fn release(html: &str) -> String {
    html.replace(WRITTEN_MARK, "")
}

/// The attributes kept per element. Formatting elements keep none.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "class", "translate"]),
    ("span", &["class", "translate"]),
    ("p", &["class"]),
    ("ol", &["start", "reversed"]),
    ("li", &["value"]),
];
/// Elements that close an open paragraph.
const BLOCKS: &[&str] =
    &["p", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table"];
/// Elements that keep a list item from closing an outer one.
const LISTS: &[&str] = &["ul", "ol"];
/// Elements whose content the parser reads as text up to their end tag, besides those in [`SILENT`].
const RAW: &[&str] = &["textarea", "title", "xmp", "noembed", "noframes", "plaintext"];

/// Rewrites HTML in linear time.
pub(super) fn tame(html: &str) -> String {
    let mut tamed = Tamed { out: String::with_capacity(html.len()), open: Vec::new(), stretch: 0 };
    let mut rest = html;
    while let Some((text, markup)) = rest.split_once('<') {
        tamed.text(text);
        rest = tamed.markup(markup);
    }
    tamed.text(rest);
    tamed.close(0);
    tamed.out
}

struct Tamed {
    out: String,
    open: Vec<&'static str>,
    /// Bytes of text since the last tag or mark.
    stretch: usize,
}

impl Tamed {
    /// Copies text, and inserts a [`MARK`] now and then.
    fn text(&mut self, text: &str) {
        for letter in text.chars().filter(|letter| *letter != MARKER) {
            let in_word = letter.is_ascii_alphanumeric() || matches!(letter, '#' | ';');
            // Not inside a character reference; those are shorter than a stretch.
            if self.stretch >= STRETCH && (!in_word || self.stretch >= 2 * STRETCH) {
                self.out.push_str(MARK);
                self.stretch = 0;
            }
            self.out.push(letter);
            self.stretch += letter.len_utf8();
        }
    }

    /// Processes the text after a `<`. Returns the rest after the tag or comment.
    fn markup<'a>(&mut self, markup: &'a str) -> &'a str {
        if let Some(comment) = markup.strip_prefix("!--") {
            return after_comment(comment);
        }
        match markup.chars().next() {
            Some('!' | '?') => after(markup, ">"),
            Some('/') => match markup.get(1..) {
                Some(name) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => self.end(name),
                Some(odd) => after(odd, ">"),
                None => "",
            },
            Some(letter) if letter.is_ascii_alphabetic() => self.start(markup),
            _ => {
                self.text("&lt;");
                markup
            }
        }
    }

    fn start<'a>(&mut self, markup: &'a str) -> &'a str {
        let (name, rest) = name_of(markup);
        let Some((attributes, rest)) = attributes(rest) else { return "" };
        if let Some(silent) = SILENT.iter().chain(RAW).find(|silent| **silent == name) {
            return after_end_tag(rest, silent);
        }
        let Some(name) = TAGS.iter().find(|allowed| **allowed == name) else { return rest };
        self.end_what_this_ends(name);
        if *name != "br" {
            if self.open.len() >= DEEPEST {
                return rest;
            }
            self.open.push(name);
        }
        self.stretch = 0;
        self.out.push('<');
        self.out.push_str(name);
        let kept = ATTRIBUTES.iter().find(|(tag, _)| tag == name).map_or(&[][..], |(_, kept)| kept);
        let short = attributes.iter().filter(|(_, value)| value.len() <= LONGEST_VALUE);
        for (key, value) in short.filter(|(key, _)| kept.contains(&key.as_str())) {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.out.push_str(&value.replace('"', "&quot;").replace('<', "&lt;").replace(MARKER, ""));
            self.out.push('"');
        }
        self.out.push('>');
        rest
    }

    fn end<'a>(&mut self, markup: &'a str) -> &'a str {
        let (name, rest) = name_of(markup);
        let Some((_, rest)) = attributes(rest) else { return "" };
        if let Some(at) = self.open.iter().rposition(|open| *open == name) {
            self.close(at);
        }
        rest
    }

    /// Closes the elements that this start tag closes implicitly in HTML.
    fn end_what_this_ends(&mut self, name: &str) {
        let mut inside = self.open.iter().enumerate().rev();
        let ended = match name {
            "li" => inside.take_while(|(_, open)| !LISTS.contains(*open)).find(|(_, open)| **open == "li"),
            "a" => inside.find(|(_, open)| **open == "a"),
            _ if BLOCKS.contains(&name) => inside.find(|(_, open)| **open == "p"),
            _ => None,
        };
        if let Some(at) = ended.map(|(at, _)| at) {
            self.close(at);
        }
    }

    /// Closes an open element and everything open inside it. Otherwise a parser would repair them, and reopen
    /// them in each following paragraph, which is what makes parsing expensive.
    fn close(&mut self, at: usize) {
        self.stretch = 0;
        for name in self.open.drain(at..).rev() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

fn after_comment(comment: &str) -> &str {
    if let Some(rest) = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->")) {
        return rest;
    }
    let ends = ["-->", "--!>"].iter().filter_map(|end| comment.find(end).map(|at| at + end.len()));
    ends.min().and_then(|end| comment.get(end..)).unwrap_or("")
}

/// Returns the text after the end tag of an element whose content is dropped. Without an end tag, all of the
/// rest is content.
fn after_end_tag<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, markup)) = rest.split_once("</") {
        let (found, behind) = name_of(markup);
        if found == name {
            return attributes(behind).map_or("", |(_, rest)| rest);
        }
        rest = markup;
    }
    ""
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Splits off the name at the start of a tag, in lower case.
fn name_of(markup: &str) -> (String, &str) {
    let end = markup.find(|c: char| is_space(c) || matches!(c, '/' | '>')).unwrap_or(markup.len());
    let (name, rest) = markup.split_at(end);
    // No relevant name is longer, so a longer one is not copied.
    (name.get(..name.len().min(16)).map(str::to_ascii_lowercase).unwrap_or_default(), rest)
}

/// Parses the attributes of a tag and returns the rest after it; `None` if the tag does not end.
fn attributes(mut rest: &str) -> Option<(Vec<(String, &str)>, &str)> {
    let mut found: Vec<(String, &str)> = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| is_space(c) || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return Some((found, behind));
        }
        // A leading equals sign belongs to the name.
        let from = rest.chars().next()?.len_utf8();
        let tail = rest.get(from..)?;
        let end = tail.find(|c: char| is_space(c) || matches!(c, '/' | '>' | '=')).unwrap_or(tail.len());
        let (name, behind) = rest.split_at(from + end);
        rest = behind.trim_start_matches(is_space);
        let mut value = "";
        if let Some(given) = rest.strip_prefix('=') {
            (value, rest) = value_of(given.trim_start_matches(is_space));
        }
        if found.len() < MOST_ATTRIBUTES {
            let name = name.to_ascii_lowercase();
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, value));
            }
        }
    }
}

fn value_of(given: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = given.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    given.split_at(given.find(|c: char| is_space(c) || c == '>').unwrap_or(given.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_markup_of_peers_is_unchanged() {
        for html in [
            "",
            "a &lt; b > c &eacute; &#x41; &#65; AT&T &amp;&",
            "<p>one<br>two</p><p>three</p>",
            r#"<p><span class="h-card" translate="no"><a href="https://x.example/@a?b=1&amp;c" class="u-url mention">@<span>a</span></a></span></p>"#,
            r#"<ol start="3" reversed=""><li value="7">x</li></ol>"#,
            "<blockquote><p>a <em><strong>b</strong></em></p></blockquote>",
        ] {
            assert_eq!(tame(html), html);
        }
    }

    #[test]
    fn disallowed_markup_is_removed() {
        for (html, tamed) in [
            ("<div onclick=x>a</div><img src=y>b", "ab"),
            ("<P CLASS='x' onclick=\"y\">a</P >", "<p class=\"x\">a</p>"),
            ("<b id=1 style=x>a</b>", "<b>a</b>"),
            ("a<!-- <p> -->b<!-->c<!doctype x>d<?php ?>e</ >f", "abcdef"),
            ("<script>if (a < b) '</p>'</script >x", "x"),
            ("<style>a", ""),
            ("<svg><p>x</p></svg>y", "y"),
            ("<textarea><p>x</textarea>y", "y"),
            ("</b></p>a<br/>b", "a<br>b"),
            ("1 < 2 <3 <", "1 &lt; 2 &lt;3 &lt;"),
            ("<a href='x\"<>y'>z</a>", "<a href=\"x&quot;&lt;>y\">z</a>"),
            ("<a href=x href=y>z</a>", "<a href=\"x\">z</a>"),
            ("<a =\">z</a>", "<a>z</a>"),
            ("a<p", "a"),
            ("a<p class=\"", "a"),
            ("a<p class", "a"),
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            (
                "<p>a<ul><li>b<li>c<ul><li>d</ul></ul>",
                "<p>a</p><ul><li>b</li><li>c<ul><li>d</li></ul></li></ul>",
            ),
            ("<p><b>a</p>b", "<p><b>a</b></p>b"),
            ("<a>b<a>c", "<a>b</a><a>c</a>"),
            ("a\u{fdd0}b", "ab"),
        ] {
            assert_eq!(tame(html), tamed, "{html}");
        }
    }

    #[test]
    fn s62_nesting_is_bounded() {
        let tamed = tame(&"<blockquote>x".repeat(1000));
        assert_eq!(tamed.matches("<blockquote>").count(), DEEPEST);
        assert_eq!(tamed.matches('x').count(), 1000);
    }

    #[test]
    fn long_stretches_are_broken_between_words() {
        let text = "&amp; caf\u{e9} ".repeat(1000);
        let tamed = tame(&text);
        assert!(tamed.matches(MARK).count() >= text.len() / STRETCH / 2);
        assert!(tamed.split(MARK).all(|part| part.len() <= 2 * STRETCH));
        assert_eq!(tamed.replace(MARK, ""), text);
        assert_eq!(tame("&lt;").replace(MARK, ""), "&lt;");
        let cut: Vec<String> = tamed.split(MARK).map(str::to_owned).collect();
        assert!(cut.iter().all(|part| !part.starts_with("amp;") && !part.ends_with('&')));
    }

    /// Lists the names of start tags (with their attributes) and end tags.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect()
    }

    proptest::proptest! {
        #[test]
        fn elements_end_where_they_should(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<p>", "</p>", "<b id=1>", "</b>", "<a href='x'>", "</a>", "<ul>", "<li>", "</ul>", "<br>",
                    "<div>", "<!--", "-->", "<script>", "</script>", "x", "\"", "'", "=", "<", ">", "<i", "&", "/",
                ]),
                0..80,
            ),
        ) {
            let tamed = tame(&parts.concat());
            let mut open = Vec::new();
            for tag in tags(&tamed) {
                match tag.strip_prefix('/') {
                    Some(name) => proptest::prop_assert_eq!(open.pop(), Some(name), "{}", tamed),
                    None if tag == "br" => {}
                    None => open.push(tag.split(' ').next().unwrap()),
                }
                proptest::prop_assert!(open.len() <= DEEPEST);
                proptest::prop_assert!(!tag.contains("id="));
            }
            proptest::prop_assert!(open.is_empty(), "{}", tamed);
            proptest::prop_assert_eq!(tame(&tamed), tamed.clone());
        }
    }
}
