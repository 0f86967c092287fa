//! Writes feeds as Atom (RFC 4287) and RSS 2.0.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use portico_domain::model::Timestamp;
use portico_domain::model::account::Account;
use portico_domain::model::media::Media;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::{NotificationView, StatusView};
use portico_domain::policy::syndication::may_be_syndicated;
use portico_service::reading::feeds::{FeedContent, FeedEntry};

/// Maximum length in characters of a title made of a post's first words.
const LONGEST_TITLE: usize = 80;

type XmlWriter = Writer<Vec<u8>>;

/// The format of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FeedFormat {
    /// Atom.
    Atom,
    /// RSS 2.0.
    Rss,
}

impl FeedFormat {
    /// Parses the extension of a feed's address.
    pub(crate) fn parse(ending: &str) -> Option<Self> {
        match ending {
            "atom" => Some(Self::Atom),
            "rss" => Some(Self::Rss),
            _ => None,
        }
    }

    /// Returns the media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
        }
    }
}

/// An attached file of an entry.
struct FeedEnclosure {
    href: String,
    mime: String,
    size: i64,
}

impl FeedEnclosure {
    fn from_media(media: &Media, urls: &Urls) -> Option<Self> {
        let href = match &media.file_key {
            Some(key) => urls.media(key),
            None => media.remote_url.clone()?,
        };
        let mime = Some(media.facts.mime.clone()).filter(|mime| !mime.is_empty());
        let mime = mime.unwrap_or_else(|| "application/octet-stream".to_owned());
        Some(Self { href, mime, size: media.facts.size.unwrap_or(0) })
    }
}

/// An entry, independent of the format.
struct FeedItem {
    id: String,
    title: String,
    /// Address of its page on this instance.
    href: String,
    author: String,
    author_href: String,
    published: Timestamp,
    updated: Timestamp,
    /// HTML; empty for none.
    content: String,
    tags: Vec<String>,
    files: Vec<FeedEnclosure>,
}

impl FeedItem {
    fn from_entry(entry: &FeedEntry, urls: &Urls) -> Self {
        match entry {
            FeedEntry::Post(view) => Self::post(view, urls),
            FeedEntry::Warned(view, filter) => Self {
                title: format!("Filtered: {filter}"),
                content: String::new(),
                tags: Vec::new(),
                files: Vec::new(),
                ..Self::post(view, urls)
            },
            FeedEntry::Notice(view) => Self::notice(view, urls),
        }
    }

    fn post(view: &StatusView, urls: &Urls) -> Self {
        let shown = view.boosted.as_deref().unwrap_or(view);
        let status = &shown.status;
        let content = content(shown);
        let words =
            if status.spoiler_text.is_empty() { first_words(&content) } else { status.spoiler_text.clone() };
        let title = match &view.boosted {
            Some(_) => format!("{} boosted {}: {words}", view.account.name(), shown.account.name()),
            None => format!("{}: {words}", view.account.name()),
        };
        let page = urls.at(&format!("/@{}", shown.account.acct()));
        Self {
            id: view.status.uri.clone(),
            title,
            href: format!("{page}/{}", status.id),
            author: shown.account.name().to_owned(),
            author_href: page,
            published: view.status.created_at,
            updated: status.edited_at.unwrap_or(view.status.created_at).max(view.status.created_at),
            content: warned(&status.spoiler_text, content),
            tags: shown.tags.clone(),
            files: shown.media.iter().filter_map(|media| FeedEnclosure::from_media(media, urls)).collect(),
        }
    }

    fn notice(view: &NotificationView, urls: &Urls) -> Self {
        let notice = &view.notification;
        let page = urls.at(&format!("/@{}", view.account.acct()));
        let status = view.status.as_ref();
        let carried = status.filter(|view| may_be_syndicated(view.status.reach));
        let href = status.map(|view| urls.at(&format!("/@{}/{}", view.account.acct(), view.status.id)));
        Self {
            id: urls.at(&format!("/#notification-{}", notice.id)),
            title: said(notice.kind, &view.account),
            href: href.unwrap_or_else(|| page.clone()),
            author: view.account.name().to_owned(),
            author_href: page,
            published: notice.created_at,
            updated: notice.created_at,
            content: carried.map(|view| warned(&view.status.spoiler_text, content(view))).unwrap_or_default(),
            tags: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// Describes a notification in a sentence.
fn said(kind: NotificationKind, who: &Account) -> String {
    let name = who.name();
    match kind {
        NotificationKind::Mention => format!("{name} mentioned you"),
        NotificationKind::Status => format!("{name} posted"),
        NotificationKind::Boost => format!("{name} boosted your post"),
        NotificationKind::Follow => format!("{name} follows you"),
        NotificationKind::FollowRequest => format!("{name} wants to follow you"),
        NotificationKind::Favourite => format!("{name} favourited your post"),
        NotificationKind::Poll => format!("A poll of {name} has ended"),
        NotificationKind::Update => format!("{name} edited a post that you boosted"),
        NotificationKind::SignUp => format!("{name} joined"),
        NotificationKind::Report => format!("{name} reported somebody"),
        NotificationKind::SeveredRelationships => "Some of your follows have ended".to_owned(),
        NotificationKind::ModerationWarning => "The moderators sent you a warning".to_owned(),
        NotificationKind::Quote => format!("{name} quoted your post"),
        NotificationKind::QuotedUpdate => format!("{name} edited a post that you quoted"),
    }
}

/// Renders a post as HTML, with its poll options, and with the quoted post if that may be in a feed.
fn content(view: &StatusView) -> String {
    let mut html = match &view.quote {
        Some(quote) if quote.shown.is_refused() => portico_html::without_quote_line(&view.status.content),
        _ => view.status.content.clone(),
    };
    if let Some(poll) = &view.poll {
        let options =
            poll.poll.options.iter().map(|(title, _)| format!("<li>{}</li>", portico_html::escape(title)));
        html.push_str(&format!("<ul>{}</ul>", options.collect::<String>()));
    }
    let quoted = view.quote.as_ref().and_then(|quote| quote.status.as_deref());
    if let Some(quoted) = quoted.filter(|quoted| may_be_syndicated(quoted.status.reach)) {
        let text = warned(&quoted.status.spoiler_text, quoted.status.content.clone());
        html.push_str(&format!(
            "<blockquote><p>{}:</p>{text}</blockquote>",
            portico_html::escape(quoted.account.name())
        ));
    }
    html
}

/// Puts the content warning above the content: feed readers cannot fold it.
fn warned(warning: &str, content: String) -> String {
    if warning.is_empty() {
        content
    } else {
        format!("<p><strong>{}</strong></p><hr>{content}", portico_html::escape(warning))
    }
}

fn first_words(html: &str) -> String {
    let plain = portico_html::plain_text(html);
    let line = portico_html::clean_line(&plain, usize::MAX);
    if line.is_empty() {
        return "a post without text".to_owned();
    }
    if line.chars().count() <= LONGEST_TITLE {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_TITLE).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{whole} …")
}

/// Removes the characters that XML does not allow.
fn sound(text: &str) -> String {
    let allowed = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    text.chars().filter(allowed).collect()
}

fn element(xml: &mut XmlWriter, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&sound(text))).map(drop)
}

/// Writes the document of a feed. `own` is the address of the feed.
pub(crate) fn document(
    form: FeedFormat,
    opened: &FeedContent,
    own: &str,
    site: &str,
    urls: &Urls,
) -> io::Result<Vec<u8>> {
    let items: Vec<FeedItem> = opened.entries.iter().map(|entry| FeedItem::from_entry(entry, urls)).collect();
    let title = format!("{} · {site}", opened.feed.title);
    let updated = items.iter().map(|item| item.updated).max().unwrap_or(opened.feed.created_at);
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let head = FeedHead {
        title,
        own,
        home: urls.at("/"),
        updated,
        owner: &opened.owner,
        id: opened.feed.id.to_string(),
    };
    match form {
        FeedFormat::Atom => atom(&mut xml, &head, &items, urls)?,
        FeedFormat::Rss => rss(&mut xml, &head, &items)?,
    }
    Ok(xml.into_inner())
}

/// The metadata of a feed.
struct FeedHead<'a> {
    title: String,
    own: &'a str,
    home: String,
    updated: Timestamp,
    owner: &'a Account,
    id: String,
}

fn link(xml: &mut XmlWriter, rel: &str, kind: Option<&str>, href: &str, size: Option<i64>) -> io::Result<()> {
    let href = sound(href);
    let mut link = xml.create_element("link").with_attribute(("rel", rel));
    if let Some(kind) = kind {
        link = link.with_attribute(("type", kind));
    }
    if let Some(size) = size.filter(|size| *size > 0) {
        link = link.with_attribute(("length", size.to_string().as_str()));
    }
    link.with_attribute(("href", href.as_str())).write_empty().map(drop)
}

fn atom(xml: &mut XmlWriter, head: &FeedHead<'_>, items: &[FeedItem], urls: &Urls) -> io::Result<()> {
    xml.create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .write_inner_content(|xml| {
            // Not the address, which is secret: some programs display the id.
            element(xml, "id", &urls.at(&format!("/#feed-{}", head.id)))?;
            element(xml, "title", &head.title)?;
            element(xml, "updated", &head.updated.rfc3339())?;
            xml.create_element("author")
                .write_inner_content(|xml| element(xml, "name", head.owner.name()))?;
            link(xml, "self", Some("application/atom+xml"), head.own, None)?;
            link(xml, "alternate", Some("text/html"), &head.home, None)?;
            for item in items {
                xml.create_element("entry").write_inner_content(|xml| atom_entry(xml, item))?;
            }
            Ok(())
        })
        .map(drop)
}

fn atom_entry(xml: &mut XmlWriter, item: &FeedItem) -> io::Result<()> {
    element(xml, "id", &item.id)?;
    element(xml, "title", &item.title)?;
    element(xml, "published", &item.published.rfc3339())?;
    element(xml, "updated", &item.updated.rfc3339())?;
    xml.create_element("author").write_inner_content(|xml| {
        element(xml, "name", &item.author)?;
        element(xml, "uri", &item.author_href)
    })?;
    link(xml, "alternate", Some("text/html"), &item.href, None)?;
    for file in &item.files {
        link(xml, "enclosure", Some(&file.mime), &file.href, Some(file.size))?;
    }
    for tag in &item.tags {
        xml.create_element("category").with_attribute(("term", sound(tag).as_str())).write_empty()?;
    }
    if !item.content.is_empty() {
        let content = sound(&item.content);
        xml.create_element("content")
            .with_attribute(("type", "html"))
            .write_text_content(BytesText::new(&content))?;
    }
    Ok(())
}

fn rss(xml: &mut XmlWriter, head: &FeedHead<'_>, items: &[FeedItem]) -> io::Result<()> {
    xml.create_element("rss")
        .with_attribute(("version", "2.0"))
        .with_attribute(("xmlns:atom", "http://www.w3.org/2005/Atom"))
        .with_attribute(("xmlns:dc", "http://purl.org/dc/elements/1.1/"))
        .write_inner_content(|xml| {
            xml.create_element("channel").write_inner_content(|xml| {
                element(xml, "title", &head.title)?;
                element(xml, "link", &head.home)?;
                element(xml, "description", &format!("Posts for {}", head.owner.name()))?;
                element(xml, "lastBuildDate", &head.updated.http_date())?;
                xml.create_element("atom:link")
                    .with_attribute(("rel", "self"))
                    .with_attribute(("type", "application/rss+xml"))
                    .with_attribute(("href", head.own))
                    .write_empty()?;
                for item in items {
                    xml.create_element("item").write_inner_content(|xml| rss_item(xml, item))?;
                }
                Ok(())
            })?;
            Ok(())
        })
        .map(drop)
}

fn rss_item(xml: &mut XmlWriter, item: &FeedItem) -> io::Result<()> {
    let guid = sound(&item.id);
    xml.create_element("guid")
        .with_attribute(("isPermaLink", "false"))
        .write_text_content(BytesText::new(&guid))?;
    element(xml, "title", &item.title)?;
    element(xml, "link", &item.href)?;
    element(xml, "pubDate", &item.published.http_date())?;
    element(xml, "dc:creator", &item.author)?;
    for tag in &item.tags {
        element(xml, "category", tag)?;
    }
    // RSS allows one file per item.
    if let Some(file) = item.files.first() {
        xml.create_element("enclosure")
            .with_attribute(("url", sound(&file.href).as_str()))
            .with_attribute(("length", file.size.to_string().as_str()))
            .with_attribute(("type", sound(&file.mime).as_str()))
            .write_empty()?;
    }
    if !item.content.is_empty() {
        element(xml, "description", &item.content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_the_first_words() {
        assert_eq!(first_words("<p>Hello <b>world</b></p>"), "Hello world");
        assert_eq!(first_words(""), "a post without text");
        let long = first_words(&format!("<p>{}</p>", "word ".repeat(50)));
        assert!(long.ends_with("word …") && long.chars().count() <= LONGEST_TITLE + 2, "{long}");
    }

    #[test]
    fn characters_invalid_in_xml_are_left_out() {
        assert_eq!(sound("a\u{0}b\u{b}c\u{ffff}d\u{1f600}\n"), "abcd\u{1f600}\n");
        let mut xml = Writer::new(Vec::new());
        element(&mut xml, "title", "</title><x> & \u{1}").unwrap();
        let text = String::from_utf8(xml.into_inner()).unwrap();
        assert_eq!(text, "<title>&lt;/title&gt;&lt;x&gt; &amp; </title>");
    }
}
