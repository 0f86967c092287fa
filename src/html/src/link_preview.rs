//! Extracts the facts of a web page from OpenGraph, Twitter cards and plain HTML elements.
//!
//! Pages are untrusted. The bytes are scanned once, and only the few relevant elements reach the HTML parser,
//! so that neither nesting nor size makes it slow.

use encoding_rs::{Encoding, UTF_8};
use scraper::Html;
use url::Url;

use crate::{clean_line, language};
use portico_domain::model::Timestamp;
use portico_domain::model::card::PageFacts;

/// The maximum number of elements that are examined.
const MOST_ELEMENTS: usize = 300;
/// The maximum length of an element, in bytes.
const LONGEST_ELEMENT: usize = 8 * 1024;
/// How much of a page the HTML parser gets, in bytes. Its cost may grow with the square of the length.
const MOST_KEPT: usize = 32 * 1024;
/// How far into a page a charset declaration is searched, in bytes.
const CHARSET_WITHIN: usize = 4 * 1024;
/// The maximum length of a URL.
const LONGEST_URL: usize = 2048;

const TITLE: usize = 200;
const DESCRIPTION: usize = 500;
const NAME: usize = 100;
const ALT: usize = 500;

/// The result of reading a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedPage {
    /// The facts. Without a title there is no card.
    pub facts: PageFacts,
    /// The URL of its image.
    pub image: Option<Url>,
}

/// Reads a page from its bytes, its Content-Type and its final URL. Returns quickly and without an error,
/// whatever the bytes are.
pub fn read(bytes: &[u8], content_type: &str, url: &Url) -> ParsedPage {
    let text = decode(bytes, content_type);
    let found = PageMetadata::gather(&relevant_part(&text));
    let line = |names: &[&str], most| found.first(names).map(|text| clean_line(text, most));
    let non_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
    let title = non_empty(line(&["og:title", "twitter:title"], TITLE))
        .or_else(|| non_empty(found.title.as_deref().map(|text| clean_line(text, TITLE))));
    let host = url.host_str().unwrap_or_default();
    let provider = non_empty(line(&["og:site_name"], NAME))
        .unwrap_or_else(|| host.strip_prefix("www.").unwrap_or(host).to_owned());
    let (author_name, author_url) = found.author(url);
    let canonical = found.canonical.as_deref().or_else(|| found.first(&["og:url"]));
    let page_url = canonical
        .and_then(|text| address(text, url))
        // A page may name a canonical URL only on its own origin.
        .filter(|page| page.origin() == url.origin())
        .unwrap_or_else(|| normalise(url.clone()));
    let published = [
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "datepublished",
        "date",
        "dc.date",
    ];
    let image = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"];
    ParsedPage {
        facts: PageFacts {
            page_url: page_url.into(),
            title: title.unwrap_or_default(),
            description: line(&["og:description", "twitter:description", "description"], DESCRIPTION)
                .unwrap_or_default(),
            provider_name: provider,
            author_name,
            author_url,
            language: found
                .language
                .as_deref()
                .or_else(|| found.first(&["og:locale"]))
                .and_then(|tag| language(&tag.replace('_', "-"))),
            published_at: found.first(&published).and_then(|text| Timestamp::parse(text.trim())),
            image_description: line(&["og:image:alt", "twitter:image:alt"], ALT).unwrap_or_default(),
        },
        image: found.first(&image).and_then(|text| address(text, url)),
    }
}

/// Normalises a URL as the key of a card: removes the fragment.
pub fn normalise(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// Resolves a URL in a page. `None` unless it is HTTP or HTTPS.
fn address(text: &str, page: &Url) -> Option<Url> {
    let text = text.trim();
    let url = page.join(text).ok().filter(|_| !text.is_empty())?;
    let sound = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= LONGEST_URL;
    sound.then(|| normalise(url))
}

/// Decodes the text of a page. The charset comes from the byte order mark, the Content-Type or a meta
/// element; UTF-8 by default.
fn decode(bytes: &[u8], content_type: &str) -> String {
    let named = charset(content_type).or_else(|| {
        let head = bytes.get(..bytes.len().min(CHARSET_WITHIN)).unwrap_or_default();
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let (_, after) = head.split_once("<meta").and_then(|(_, metas)| metas.split_once("charset="))?;
        charset(&format!("charset={after}"))
    });
    named.unwrap_or(UTF_8).decode(bytes).0.into_owned()
}

/// Returns the charset of a media type.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    Encoding::for_label(label.get(..end.unwrap_or(label.len()))?.as_bytes())
}

/// Extracts only the elements with facts about the page.
fn relevant_part(page: &str) -> String {
    let mut kept = String::new();
    let mut rest = page;
    let mut looked = 0;
    while let Some((_, behind)) = rest.split_once('<') {
        rest = behind;
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).take(10).collect();
        rest = match name.to_ascii_lowercase().as_str() {
            "" if rest.starts_with("!--") => text_after(rest, "-->"),
            "script" => text_after(rest, "</script"),
            "style" => text_after(rest, "</style"),
            "template" => text_after(rest, "</template"),
            // Skipped, since a drawing may contain a title element.
            "svg" => text_after(rest, "</svg"),
            "title" => {
                looked += 1;
                let end = position(rest, "</title", LONGEST_ELEMENT);
                append_kept(&mut kept, rest, end);
                if end.is_some() {
                    kept.push_str("</title>");
                }
                rest.get(end.unwrap_or(0)..).unwrap_or("")
            }
            "html" | "meta" | "link" => {
                looked += 1;
                let end = tag_end(rest);
                append_kept(&mut kept, rest, end);
                rest.get(end.unwrap_or(0)..).unwrap_or("")
            }
            _ => rest,
        };
        if looked >= MOST_ELEMENTS || kept.len() >= MOST_KEPT {
            break;
        }
    }
    kept
}

fn append_kept(kept: &mut String, from: &str, end: Option<usize>) {
    if let Some(element) = end.and_then(|end| from.get(..end)) {
        kept.push('<');
        kept.push_str(element);
    }
}

/// Returns the text after a mark; empty without the mark.
fn text_after<'a>(text: &'a str, mark: &str) -> &'a str {
    position(text, mark, text.len()).and_then(|at| text.get(at + mark.len()..)).unwrap_or("")
}

/// Finds an ASCII mark, ignoring case, within the first `within` bytes.
fn position(text: &str, mark: &str, within: usize) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    let text = text.get(..text.len().min(within))?;
    text.windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark))
}

/// Returns the end of a tag, including its bracket; `None` if the tag is too long.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(LONGEST_ELEMENT) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

/// The values of the extracted elements.
#[derive(Default)]
struct PageMetadata {
    metas: Vec<(String, String)>,
    title: Option<String>,
    canonical: Option<String>,
    language: Option<String>,
}

impl PageMetadata {
    fn gather(html: &str) -> Self {
        let mut found = Self::default();
        let parsed = Html::parse_document(html);
        for node in parsed.tree.root().descendants() {
            let Some(element) = node.value().as_element() else { continue };
            let attribute = |name| element.attr(name).map(str::to_owned);
            match element.name() {
                "html" => found.language = found.language.take().or_else(|| attribute("lang")),
                "title" => {
                    let text = || node.descendants().filter_map(|n| Some(n.value().as_text()?.to_string()));
                    found.title = found.title.take().or_else(|| Some(text().collect()));
                }
                "link" => {
                    let rel = element.attr("rel").unwrap_or_default();
                    if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical")) {
                        found.canonical = found.canonical.take().or_else(|| attribute("href"));
                    }
                }
                "meta" => {
                    let name = ["property", "name", "itemprop"].into_iter().find_map(|n| element.attr(n));
                    if let (Some(name), Some(content)) = (name, attribute("content")) {
                        found.metas.push((name.trim().to_ascii_lowercase(), content));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Returns the value of the first of these names that is not empty.
    fn first(&self, names: &[&str]) -> Option<&str> {
        let said = |name: &&str| {
            let found = self.metas.iter().find(|(known, text)| known == name && !text.trim().is_empty());
            found.map(|(_, text)| text.as_str())
        };
        names.iter().find_map(said)
    }

    /// Returns the author's name and URL. `article:author` may hold either.
    fn author(&self, page: &Url) -> (String, String) {
        let said = self.first(&["article:author"]);
        let is_address = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
        let url = said.filter(is_address).and_then(|text| address(text, page));
        let name = self
            .first(&["author"])
            .or_else(|| said.filter(|text| !is_address(text)))
            .or_else(|| self.first(&["twitter:creator"]));
        (name.map(|text| clean_line(text, NAME)).unwrap_or_default(), url.map(Into::into).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> Url {
        Url::parse("https://www.news.example/a/b?x=1#frag").unwrap()
    }

    fn of(html: &str) -> ParsedPage {
        read(html.as_bytes(), "text/html; charset=utf-8", &at())
    }

    #[test]
    fn page_metadata_is_read() {
        let page = of(r#"<!DOCTYPE html><html lang="en-GB"><head><title>Plain &amp; simple</title>
            <META PROPERTY="og:title" CONTENT="Turbines &quot;turn&quot;
              at night"><meta name=description content='How > they do'><meta property="og:site_name" content="The News">
            <meta property="article:author" content="https://news.example/nina"><meta name="author" content="Nina">
            <meta property="article:published_time" content="2026-07-02T09:47:51+02:00">
            <meta property="og:image" content="/pictures/1.png"><meta property="og:image:alt" content="A turbine">
            <link rel="stylesheet canonical" href="/a/b"></head><body><svg><title>Arrow</title></svg></body></html>"#);
        let expected = PageFacts {
            page_url: "https://www.news.example/a/b".into(),
            title: "Turbines \"turn\" at night".into(),
            description: "How > they do".into(),
            provider_name: "The News".into(),
            author_name: "Nina".into(),
            author_url: "https://news.example/nina".into(),
            language: Some("en-GB".into()),
            published_at: Timestamp::parse("2026-07-02T07:47:51Z"),
            image_description: "A turbine".into(),
        };
        assert_eq!(page.facts, expected);
        assert_eq!(page.image.unwrap().as_str(), "https://www.news.example/pictures/1.png");
    }

    #[test]
    fn a_title_alone_is_enough_and_nothing_is_nothing() {
        let page = of("<title> One\n two </title><p>text");
        assert_eq!(
            (page.facts.title.as_str(), page.facts.provider_name.as_str()),
            ("One two", "news.example")
        );
        assert_eq!(page.facts.page_url, "https://www.news.example/a/b?x=1");
        assert_eq!(page.image, None);
        for empty in ["", "text", "<meta>", "<title></title>", "<!-- <title>x</title> -->", "<title>no end"] {
            assert_eq!(of(empty).facts.title, "", "{empty}");
        }
        let hidden = "<script>'<title>a</title>'</script><style><title>b</title></style><title>c</title>";
        assert_eq!(of(hidden).facts.title, "c");
        assert_eq!(of("<svg><title>a</title></svg><title>c</title>").facts.title, "c");
    }

    #[test]
    fn a_page_speaks_for_its_own_site_alone() {
        for other in
            ["https://bank.example/", "http://www.news.example/", "https://www.news.example:8443/", "::"]
        {
            let page = of(&format!(r#"<title>x</title><link rel=canonical href="{other}">"#));
            assert!(page.facts.page_url.starts_with("https://www.news.example/a/"), "{other}: {page:?}");
        }
        for bad in ["javascript:alert(1)", "data:image/png;base64,xx", "file:///etc/passwd", ""] {
            let page = of(&format!(r#"<title>x</title><meta property="og:image" content="{bad}">"#));
            assert_eq!(page.image, None, "{bad}");
        }
    }

    #[test]
    fn charsets_are_understood() {
        let latin = b"<title>Gr\xfc\xdfe</title>";
        assert_eq!(read(latin, "text/html; charset=ISO-8859-1", &at()).facts.title, "Grüße");
        let own = b"<meta charset='windows-1252'><title>Gr\xfc\xdfe</title>";
        assert_eq!(read(own, "text/html", &at()).facts.title, "Grüße");
        let old = b"<meta http-equiv=content-type content=\"text/html; charset=shift_jis\"><title>\x83\x65\x83\x58</title>";
        assert_eq!(read(old, "text/html", &at()).facts.title, "テス");
        assert_eq!(read(latin, "text/html; charset=nonsense", &at()).facts.title, "Gr\u{fffd}\u{fffd}e");
        let wide: Vec<u8> =
            "\u{feff}<title>Grüße</title>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide, "text/html", &at()).facts.title, "Grüße");
    }

    /// The seconds of processor time that this thread has used, which do not depend on how busy the machine is.
    /// Linux gives them in hundredths, in fields 14 and 15 of `stat`.
    fn spent() -> u64 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
        let (_, after_name) = stat.rsplit_once(") ").unwrap_or_default();
        after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>()
            / 100
    }

    #[test]
    fn hostile_pages_cost_little() {
        let begun = spent();
        for piece in [
            "<div>",
            "<meta content=\"",
            "<title>",
            "<a b='",
            "<svg>",
            "&amp",
            "<!--",
            "<script",
            "<b x=1><i>",
        ] {
            let page = piece.repeat(1024 * 1024 / piece.len());
            assert!(of(&page).facts.title.len() <= 4000, "{piece}");
        }
        let titled = format!("<title>{}</title>", "a\u{301}".repeat(4000));
        assert!(of(&titled).facts.title.chars().count() <= 16 * TITLE);
        let cost = spent() - begun;
        assert!(cost < 60, "the pages took {cost} s of processor time");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes: Vec<u8>, content_type in "(text/html)?(; ?charset=\"?[a-z0-9-]{0,12})?") {
            read(&bytes, &content_type, &at());
        }

        #[test]
        fn no_tags_make_it_fail(
            page in "(<(/?(title|meta|link|html|script|svg|!--)|[a-z/!-]{0,3})( (property|content|rel|href|lang|charset)(=[\"']?[ -~é]{0,12})?){0,3}>?|[é<>\"'&; a-z]{0,6}){0,20}",
        ) {
            let page = of(&page);
            prop_assert!(page.facts.title.chars().count() <= 16 * TITLE);
            prop_assert!(Url::parse(&page.facts.page_url).is_ok_and(|url| url.origin() == at().origin()));
            prop_assert!(!page.facts.title.chars().any(char::is_control));
        }

        #[test]
        fn titles_and_descriptions_are_read(title in "[a-zA-Z0-9é]{1,40}", description in "[a-zA-Z ]{0,40}") {
            let page = of(&format!(
                r#"<head><meta name="description" content="{description}"><title>{title}</title>"#
            ));
            prop_assert_eq!(page.facts.title, title);
            prop_assert_eq!(page.facts.description, clean_line(&description, 500));
        }
    }
}
