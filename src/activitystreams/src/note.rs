//! Notes and similar objects: parses remote ones, and writes local ones.

use serde_json::{Value, json};

use super::addressing::{self, Addressing, Written};
use super::annotations;
use super::attachment;
use super::collection;
use super::emoji;
use super::question;
use super::quote;
use super::value::{self, Object};
use crate::error::{Malformed, Result};
use portico_domain::model::annotations::RemoteAnnotations;
use portico_domain::model::emoji::Emoji;
use portico_domain::model::media::RemoteMedia;
use portico_domain::model::poll::Poll;
use portico_domain::model::quote::RemoteQuote;
use portico_domain::model::status::Sources;
use portico_domain::model::urls::Urls;
use portico_domain::model::urls::same_origin;
use portico_domain::model::view::StatusView;
use portico_domain::model::{Reach, Timestamp};

const LONGEST_CONTENT: usize = 500_000;
const LONGEST_WARNING: usize = 2000;
const LONGEST_TITLE: usize = 500;
const MOST_MENTIONS: usize = 50;
const MOST_TAGS: usize = 100;
const MOST_DEPARTMENTS: usize = 3;
const LONGEST_UNIT: usize = 100;
/// The type of tag that mentions a department or division.
const UNIT: &str = "http://schema.org#Organization";

/// The object types that are shown as a status.
const SHOWN: [&str; 9] =
    ["Note", "Article", "Page", "Question", "Image", "Audio", "Video", "Event", "Document"];

/// A remote note, parsed and sanitised; its author and mentioned actors are still ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The object id.
    pub uri: String,
    /// Its HTML page.
    pub url: Option<String>,
    /// The author's actor id, of the same origin as `uri` (R5).
    pub author: String,
    /// The id of the parent.
    pub in_reply_to: Option<String>,
    /// Sanitised HTML.
    pub content: String,
    /// The content warning, as plain text.
    pub warning: String,
    /// Whether its media is hidden at first.
    pub sensitive: bool,
    /// The language, as a BCP 47 tag.
    pub language: Option<String>,
    /// Its recipients.
    pub addressing: Addressing,
    /// The actor ids in its Mention tags.
    pub mentions: Vec<String>,
    /// The mentioned departments and divisions, without @.
    pub units: Vec<String>,
    /// Hashtags, without #.
    pub tags: Vec<String>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was edited.
    pub updated: Option<Timestamp>,
    /// Its attachments.
    pub media: Vec<RemoteMedia>,
    /// The custom emoji of its texts.
    pub emojis: Vec<Emoji>,
    /// The collections of its thread.
    pub sources: Sources,
    /// The quoted object.
    pub quote: Option<RemoteQuote>,
    /// Its quote policy.
    pub quotable: quote::RequestedQuotePolicy,
    /// Its annotations.
    pub annotations: RemoteAnnotations,
    /// The id of the post of which it is a group's relay copy.
    pub copy_of: Option<String>,
}

/// Whether an object's type is shown as a status.
pub fn is_shown(object: &Object) -> bool {
    value::types(object).iter().any(|kind| SHOWN.contains(kind))
}

/// Parses a note. Its author must have its own origin (R5).
pub fn read(object: &Object) -> Result<Note> {
    if !is_shown(object) {
        return Err(Malformed::new("the object's type is not supported"));
    }
    let uri = value::id(object).ok_or_else(|| Malformed::new("the object has no id"))?;
    // Interop(PeerTube): a video is attributed to a person and their channel; the first of its origin counts.
    let author = value::references(object, "attributedTo")
        .into_iter()
        .find(|author| same_origin(author, uri))
        .ok_or_else(|| Malformed::new("the object has no author of its own origin"))?;
    let note_like = value::is_a(object, "Note") || value::is_a(object, "Question");
    let (html, language) = value::text_or_map(object, "content").unwrap_or(("", None));
    // An Article's summary is an excerpt, not a content warning.
    let sensitive = value::boolean(object, "sensitive").unwrap_or(false);
    let warning = if note_like || sensitive {
        value::text_or_map(object, "summary").map_or("", |(text, _)| text)
    } else {
        ""
    };
    let url = value::page(object);
    Ok(Note {
        uri: uri.to_owned(),
        content: content(object, html, url.as_deref().unwrap_or(uri), note_like),
        url,
        author,
        in_reply_to: value::first_reference(object, "inReplyTo")
            .filter(|uri| value::is_web(uri))
            .map(str::to_owned),
        warning: portico_html::clean_line(&portico_html::plain_text(warning), LONGEST_WARNING),
        sensitive: sensitive || !warning.is_empty(),
        language: language.filter(|tag| *tag != "und").and_then(portico_html::language),
        addressing: Addressing::from_object(object),
        mentions: mentions(object),
        units: units(object),
        tags: hashtags(object),
        poll: question::read(object),
        published: value::moment(object, "published"),
        updated: value::moment(object, "updated"),
        media: media(object, note_like),
        emojis: emoji::read(object),
        sources: sources(object),
        quote: quote::read(object),
        quotable: quote::read_policy(object),
        annotations: annotations::read(object),
        copy_of: value::first_reference(object, annotations::COPY_OF).map(str::to_owned),
    })
}

/// Builds the content. For types other than Note and Question, adds the title, the excerpt if there is no
/// body, an event's time and place, and links to the subject and to the page.
fn content(object: &Object, html: &str, page: &str, note_like: bool) -> String {
    let body = prose(object, html);
    let title = value::text_or_map(object, "name").map_or("", |(name, _)| name);
    if note_like && (!body.is_empty() || title.is_empty()) {
        return body;
    }
    let excerpt = || value::text_or_map(object, "summary").map_or("", |(summary, _)| summary);
    let body = if body.is_empty() && !note_like { prose(object, excerpt()) } else { body };
    let title = value::cut(portico_html::plain_text(title).trim(), LONGEST_TITLE);
    let heading =
        if title.is_empty() { String::new() } else { format!("<p><strong>{}</strong></p>", escape(&title)) };
    let about = value::objects(object, "attachment")
        .into_iter()
        .filter(|entry| value::is_a(entry, "Link"))
        .find_map(|entry| value::list(entry, "href").into_iter().find_map(value::address));
    let links: String = about.into_iter().chain(std::iter::once(page)).map(link).collect();
    format!("{heading}{}{body}{links}", occasion(object))
}

/// Converts text to sanitised HTML by the object's media type; Markdown and plain text are shown literally.
fn prose(object: &Object, words: &str) -> String {
    let words = value::cut(words, LONGEST_CONTENT);
    match value::text(object, "mediaType") {
        // Interop(PeerTube): descriptions are Markdown; remote sources are not rendered (S75).
        Some("text/markdown" | "text/plain") => {
            let lines = escape(words.trim()).replace("\r\n", "\n").replace('\n', "<br>");
            portico_html::sanitise_html(&if lines.is_empty() { lines } else { format!("<p>{lines}</p>") })
        }
        _ => portico_html::sanitise_html(&words),
    }
}

fn link(url: &str) -> String {
    portico_html::sanitise_html(&format!(r#"<p><a href="{0}">{0}</a></p>"#, escape(url)))
}

/// Describes the time and place of an event.
fn occasion(object: &Object) -> String {
    if !value::is_a(object, "Event") {
        return String::new();
    }
    let when = value::moment(object, "startTime").map(|at| at.rfc3339().replace('T', " "));
    let when = when.map(|at| format!("{} UTC", at.chars().take(16).collect::<String>()));
    let place = value::list(object, "location").into_iter().find_map(|place| match place {
        Value::String(name) => Some(name.as_str()),
        Value::Object(place) => value::text_or_map(place, "name").map(|(name, _)| name),
        _ => None,
    });
    let place = place.map(|name| value::cut(portico_html::plain_text(name).trim(), LONGEST_TITLE));
    let facts: Vec<String> = when.into_iter().chain(place).filter(|fact| !fact.is_empty()).collect();
    if facts.is_empty() { String::new() } else { format!("<p>{}</p>", escape(&facts.join(" · "))) }
}

/// Returns the attachments; for types other than Note and Question without attachments, the object's picture.
fn media(object: &Object, note_like: bool) -> Vec<RemoteMedia> {
    let attached = attachment::read(object);
    if note_like || !attached.is_empty() {
        return attached;
    }
    ["image", "icon"]
        .iter()
        .map(|name| attachment::picture(object, name))
        .find(Option::is_some)
        .flatten()
        .into_iter()
        .collect()
}

/// Reads the departments and divisions that a note mentions: tags of type Organization.
fn units(object: &Object) -> Vec<String> {
    let called = value::objects(object, "tag").into_iter().filter(|tag| value::is_a(tag, UNIT));
    let name = |tag: &Object| {
        let name = value::text(tag, "name")?.trim().trim_start_matches('@');
        Some(value::cut(name, LONGEST_UNIT)).filter(|name| !name.is_empty())
    };
    called.filter_map(name).take(MOST_DEPARTMENTS).collect()
}

/// Writes the tag of a mentioned department or division, for the company's other instances.
pub fn unit_tag(called: &str) -> Value {
    json!({ "type": UNIT, "name": format!("@{called}") })
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn mentions(object: &Object) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for tag in value::objects(object, "tag") {
        let Some(href) = value::first_reference(tag, "href").filter(|_| value::is_a(tag, "Mention")) else {
            continue;
        };
        if found.len() < MOST_MENTIONS && !found.iter().any(|known| known == href) {
            found.push(href.to_owned());
        }
    }
    found
}

fn hashtags(object: &Object) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for tag in value::objects(object, "tag") {
        let Some(name) = value::text(tag, "name").filter(|_| value::is_a(tag, "Hashtag")) else { continue };
        let name = portico_html::normalise_tag(name.trim());
        let good = !name.is_empty()
            && name.chars().count() <= 100
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if good && found.len() < MOST_TAGS && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// Reads the collections in which a note's server publishes its thread.
pub fn sources(object: &Object) -> Sources {
    let uri = value::id(object).unwrap_or_default();
    // Interop(Pleroma): `conversation` has the same meaning; elsewhere it is an opaque name, not a URL.
    let context = ["context", "conversation"].iter().find_map(|name| value::first_reference(object, name));
    let replies = value::first_reference(object, "replies");
    Sources {
        context: context.filter(|context| value::is_web(context)).map(str::to_owned),
        replies: replies.filter(|replies| same_origin(replies, uri)).map(str::to_owned),
    }
}

/// Writes a local status as a note in the thread `context`, without a JSON-LD context; `None` if it must not
/// leave the instance.
pub fn write(view: &StatusView, context: Option<&str>, urls: &Urls) -> Option<Object> {
    let status = &view.status;
    let mentions: Vec<String> = view.mentions.iter().map(|mention| mention.uri.clone()).collect();
    let followers =
        view.account.endpoints.followers.clone().unwrap_or_else(|| format!("{}/followers", view.account.uri));
    let recipients: Vec<String> = mentions.iter().chain(&view.addressed).cloned().collect();
    let audience = audience(view, &followers, &recipients, urls)?;
    let mut note = Object::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            note.insert(name.to_owned(), value);
        }
    };
    put("id", json!(status.uri));
    put("type", json!(if view.poll.is_some() { "Question" } else { "Note" }));
    put("attributedTo", json!(view.account.uri));
    put("inReplyTo", json!(status.in_reply_to_uri));
    put("context", json!(context));
    put("conversation", json!(context));
    put("replies", collection::empty_answers(&status.uri));
    put("url", json!(status.url));
    put("published", json!(status.created_at.rfc3339()));
    put("updated", json!(status.edited_at.map(Timestamp::rfc3339)));
    let content = quote::content(view);
    put("contentMap", status.language.as_ref().map_or(Value::Null, |tag| json!({ tag: content })));
    put("content", json!(content));
    put("summary", if status.spoiler_text.is_empty() { Value::Null } else { json!(status.spoiler_text) });
    put("sensitive", json!(view.is_sensitive()));
    put("tag", Value::Array(tags(view, urls)));
    put("attachment", Value::Array(attachment::write(&view.media, urls)));
    audience.put_on(&mut note);
    quote::put_on(&mut note, view, &followers, urls);
    annotations::put_on(&mut note, view);
    if let Some(poll) = &view.poll {
        question::put_on(&mut note, poll);
    }
    Some(note)
}

/// Writes the addressing of a status. A post to a group is addressed to the group, and one for its members to
/// them.
fn audience(view: &StatusView, followers: &str, mentions: &[String], urls: &Urls) -> Option<Written> {
    let status = &view.status;
    let Some(group) = view.group.as_deref() else {
        return addressing::write(&status.audience_limits(), status.listed, followers, mentions, urls)
            .filter(|_| status.reach != Reach::Group);
    };
    let members = group.endpoints.followers.clone().unwrap_or_else(|| format!("{}/followers", group.uri));
    let first = if status.reach == Reach::Group { &members } else { followers };
    let written = addressing::write(&status.audience_limits(), status.listed, first, mentions, urls)?;
    Some(written.and_group(&group.uri))
}

/// Writes a vote for an option of a poll.
pub fn vote(id: &str, voter: &str, author: &str, asked: &str, title: &str) -> Value {
    json!({
        "id": id, "type": "Note", "name": title, "attributedTo": voter, "to": author, "inReplyTo": asked,
    })
}

/// Returns the poll and the option if a note is a vote: a Note with a name and no content.
pub fn read_vote(object: &Object) -> Option<(&str, &str)> {
    let silent = value::text_or_map(object, "content").is_none_or(|(text, _)| text.trim().is_empty());
    let title = value::text(object, "name").filter(|_| silent && value::is_a(object, "Note"))?;
    Some((value::first_reference(object, "inReplyTo")?, title))
}

fn tags(view: &StatusView, urls: &Urls) -> Vec<Value> {
    let domain = urls.domain();
    let mentions = view.mentions.iter().map(|mention| {
        let acct = if mention.acct.contains('@') {
            mention.acct.clone()
        } else {
            format!("{}@{domain}", mention.acct)
        };
        json!({ "type": "Mention", "href": mention.uri, "name": format!("@{acct}") })
    });
    let hashtags = view
        .tags
        .iter()
        .map(|name| json!({ "type": "Hashtag", "href": urls.tag(name), "name": format!("#{name}") }));
    // A Mention tag of the group makes any server deliver the post to it.
    let group = view.group.as_deref().filter(|group| view.mentions.iter().all(|one| one.uri != group.uri));
    let group = group.map(|group| {
        let name = match &group.domain {
            Some(domain) => format!("@{}@{domain}", group.username),
            None => format!("@{}@{domain}", group.username),
        };
        json!({ "type": "Mention", "href": group.uri, "name": name })
    });
    mentions.chain(group).chain(hashtags).chain(emoji::write(&view.status.emojis)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(extra: Value) -> Object {
        let mut note = json!({
            "id": "https://a.example/n/1", "type": "Note", "attributedTo": "https://a.example/users/ann",
            "content": "<p>hello</p>", "to": "as:Public"
        });
        let note = note.as_object_mut().unwrap();
        note.append(&mut extra.as_object().unwrap().clone());
        note.clone()
    }

    #[test]
    fn reads_the_many_shapes_of_a_note() {
        let read = read(&note(json!({
            "url": [{"type": "Link", "href": "https://www.a.example/@ann/1", "mediaType": "text/html"}],
            "inReplyTo": {"id": "https://b.example/n/2"}, "contentMap": {"de": "<p>hello</p>"}, "summary": "<i>spoiler</i>",
            "tag": [{"type": "Mention", "href": "https://b.example/users/bob"}, {"type": "Mention", "href": "https://b.example/users/bob"},
                    {"type": "Hashtag", "name": "#Straße"}, {"type": "Hashtag", "name": "#no good"}, "odd"],
            "published": "2026-07-02T07:47:51Z", "updated": "rubbish"
        }))).unwrap();
        assert_eq!(read.url.as_deref(), Some("https://www.a.example/@ann/1"));
        assert_eq!(read.in_reply_to.as_deref(), Some("https://b.example/n/2"));
        assert_eq!(
            (read.language.as_deref(), read.warning.as_str(), read.sensitive),
            (Some("de"), "spoiler", true)
        );
        assert_eq!(read.mentions, ["https://b.example/users/bob"]);
        assert_eq!(read.tags, ["straße"]);
        assert!(read.published.is_some() && read.updated.is_none());
    }

    #[test]
    fn s01_an_author_of_another_origin_is_refused() {
        for author in
            [json!("https://b.example/users/bob"), json!(null), json!([]), json!({"type": "Person"})]
        {
            assert!(read(&note(json!({ "attributedTo": author }))).is_err(), "{author}");
        }
        let video = note(
            json!({"type": "Video", "attributedTo": [{"type": "Person", "id": "https://a.example/users/ann"}, {"type": "Group", "id": "https://a.example/c"}]}),
        );
        assert_eq!(read(&video).unwrap().author, "https://a.example/users/ann");
    }

    #[test]
    fn an_article_shows_its_title_and_keeps_its_excerpt() {
        let article = note(
            json!({"type": "Article", "name": "A <b>title</b>", "summary": "excerpt", "url": "https://a.example/a"}),
        );
        let read = read(&article).unwrap();
        assert!(
            read.content.contains("<strong>A title</strong>") && read.content.contains("https://a.example/a"),
            "{}",
            read.content
        );
        assert_eq!((read.warning.as_str(), read.sensitive), ("", false));
    }

    #[test]
    fn pages_videos_events_and_sounds_are_read_as_notes() {
        let page = json!({"type": "Page", "name": "What a <i>day</i>", "attachment": {"type": "Link", "href": "https://news.example/1"},
            "image": {"type": "Image", "url": "https://a.example/1.png"}});
        let video = json!({"type": "Video", "name": "Film", "content": "# not\n<b>rendered</b>", "mediaType": "text/markdown",
            "url": [{"type": "Link", "mediaType": "text/html", "href": "https://a.example/w"}, {"type": "Link", "mediaType": "video/mp4", "href": "https://a.example/v"}],
            "icon": [{"type": "Image", "url": "https://a.example/small.jpg"}]});
        let event = json!({"type": "Event", "name": "Fête", "startTime": "2026-12-01T18:00:00Z", "location": {"type": "Place", "name": "Town <b>hall</b>"}});
        let audio = json!({"type": "Audio", "content": null, "nameMap": {"fr": "Chanson"}, "summary": "<p>excerpt</p>"});
        for (object, shown, pictures) in [
            (
                page,
                &["<strong>What a day</strong>", "https://news.example/1", "https://a.example/n/1"][..],
                1,
            ),
            (video, &["# not<br", "&lt;b&gt;rendered", "https://a.example/w"], 1),
            (event, &["2026-12-01 18:00 UTC · Town hall"], 0),
            (audio, &["<strong>Chanson</strong>", "excerpt"], 0),
        ] {
            let read = read(&note(object)).unwrap();
            for words in shown {
                assert!(read.content.contains(words), "{words}: {}", read.content);
            }
            assert_eq!(read.media.len(), pictures);
        }
    }

    #[test]
    fn s66_a_title_is_cut() {
        let long = note(json!({"type": "Article", "name": "x".repeat(100_000)}));
        assert!(read(&long).unwrap().content.len() < 2000);
    }

    #[test]
    fn s75_sources_of_others_are_not_rendered() {
        let read = read(&note(json!({"content": "<p>shown</p>", "source": {"content": "# **other**", "mediaType": "text/markdown"}}))).unwrap();
        assert_eq!(read.content, "<p>shown</p>");
    }

    #[test]
    fn s70_content_is_sanitised() {
        let read =
            read(&note(json!({"content": "<p>a<script>b</script><img src=x onerror=y></p>", "name": null})))
                .unwrap();
        assert!(!read.content.contains("script") && !read.content.contains("onerror"), "{}", read.content);
    }

    #[test]
    fn other_objects_are_not_shown() {
        for kind in ["Tombstone", "Person", "Like", "ChatMessage", ""] {
            assert!(read(&note(json!({ "type": kind }))).is_err(), "{kind}");
        }
    }
}
