//! Statuses, threads, versions and sources.

use schemars::JsonSchema;
use serde::Serialize;

use super::annotations::StatusAnnotations;
use super::{
    Account, CustomEmoji, EmptyList, FilterResult, MediaAttachment, Poll, PreviewCard, QuoteApproval,
    QuotedStatus,
};
use portico_domain::model::media::Media;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::{ContextView, MentionView, QuoteView, SourceView, StatusView};
use portico_domain::model::{self, Reach, Timestamp, account};

/// Maps a reach to Mastodon's `visibility`. An organisation's reach maps to `public` or `unlisted`, which a
/// client that posts uses to mean "up to the instance's default reach". So copying the visibility to a reply
/// has the expected effect.
pub const fn visibility(reach: Reach, listed: bool) -> &'static str {
    match reach {
        Reach::Direct => "direct",
        Reach::Followers | Reach::Group => "private",
        Reach::Instance | Reach::Company | Reach::Partners | Reach::Public if listed => "public",
        Reach::Instance | Reach::Company | Reach::Partners | Reach::Public => "unlisted",
    }
}

/// A status, or a boost of one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Status {
    id: String,
    uri: String,
    created_at: String,
    account: Account,
    content: String,
    visibility: &'static str,
    /// An extension of Portico: the reach of the status.
    reach: Reach,
    /// An extension of Portico: the only partner that receives a status for partners.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner: Option<String>,
    /// An extension of Portico: the number of known recipients that the status does not mention.
    #[serde(skip_serializing_if = "Option::is_none")]
    addressed_count: Option<usize>,
    /// An extension of Portico: the group that it was posted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<StatusGroup>,
    sensitive: bool,
    spoiler_text: String,
    media_attachments: Vec<MediaAttachment>,
    application: Option<StatusApplication>,
    mentions: Vec<StatusMention>,
    tags: Vec<StatusTag>,
    emojis: Vec<CustomEmoji>,
    reblogs_count: i64,
    favourites_count: i64,
    quotes_count: i64,
    replies_count: i64,
    url: Option<String>,
    in_reply_to_id: Option<String>,
    in_reply_to_account_id: Option<String>,
    reblog: Option<Box<Status>>,
    poll: Option<Poll>,
    card: Option<PreviewCard>,
    language: Option<String>,
    text: Option<String>,
    edited_at: Option<String>,
    quote: Option<QuotedStatus>,
    quote_approval: QuoteApproval,
    tagged_collections: EmptyList,
    #[serde(flatten)]
    marks: StatusAnnotations,
    #[serde(flatten)]
    viewer: Option<StatusInteractions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
}

/// The viewer's own interactions; absent for an anonymous viewer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct StatusInteractions {
    favourited: bool,
    reblogged: bool,
    muted: bool,
    bookmarked: bool,
    filtered: Vec<FilterResult>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct StatusApplication {
    name: String,
    website: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct StatusMention {
    id: String,
    username: String,
    url: String,
    acct: String,
}

/// The group that a status was posted to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PostedTo")]
struct StatusGroup {
    id: String,
    acct: String,
    display_name: String,
    url: String,
}

impl StatusGroup {
    fn render(group: &account::Account, urls: &Urls) -> Self {
        Self {
            id: group.id.to_string(),
            acct: group.acct(),
            display_name: group.name().to_owned(),
            url: group.url.clone().unwrap_or_else(|| urls.profile(&group.acct())),
        }
    }
}

/// A hashtag of a post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusTag {
    name: String,
    url: String,
}

impl StatusTag {
    /// Renders a hashtag by its normalised name.
    pub(super) fn render(name: &str, urls: &Urls) -> Self {
        Self { name: name.to_owned(), url: urls.tag(name) }
    }
}

impl Status {
    /// Renders a status as its viewer sees it.
    pub fn render(view: &StatusView, urls: &Urls) -> Self {
        let status = &view.status;
        let own = view.viewer_id == Some(status.account_id) && status.boost_of.is_none();
        Self {
            id: status.id.to_string(),
            uri: status.uri.clone(),
            created_at: status.created_at.rfc3339(),
            account: Account::render(&view.account, urls),
            content: content(view),
            visibility: visibility(status.reach, status.listed),
            reach: status.reach,
            partner: status.partner.as_ref().map(|partner| partner.domain.clone()),
            addressed_count: status.addressed.then_some(view.addressed.len()),
            group: view.group.as_deref().map(|group| StatusGroup::render(group, urls)),
            sensitive: view.is_sensitive(),
            spoiler_text: status.spoiler_text.clone(),
            media_attachments: view.media.iter().map(|media| MediaAttachment::render(media, urls)).collect(),
            application: view
                .app
                .as_ref()
                .map(|(name, website)| StatusApplication { name: name.clone(), website: website.clone() }),
            mentions: view.mentions.iter().map(StatusMention::render).collect(),
            tags: view.tags.iter().map(|name| StatusTag::render(name, urls)).collect(),
            emojis: CustomEmoji::render_carried(&status.emojis),
            reblogs_count: status.boosts_count,
            favourites_count: status.favourites_count,
            quotes_count: view.quotes_count,
            replies_count: status.replies_count,
            url: status.url.clone().or_else(|| Some(status.uri.clone())),
            in_reply_to_id: status.in_reply_to_id.map(|id| id.to_string()),
            in_reply_to_account_id: status.in_reply_to_account_id.map(|id| id.to_string()),
            reblog: view.boosted.as_ref().map(|inner| Box::new(Self::render(inner, urls))),
            poll: view.poll.as_ref().map(Poll::render),
            card: view.card.as_ref().map(|card| PreviewCard::render(card, urls)),
            language: status.language.clone(),
            text: None,
            edited_at: status.edited_at.map(Timestamp::rfc3339),
            quote: view.quote.as_ref().map(|quote| QuotedStatus::render(quote, urls)),
            quote_approval: QuoteApproval::render(status.quote_policy, view.quotable),
            tagged_collections: [],
            marks: StatusAnnotations::render(view, urls),
            viewer: view.viewer.map(|flags| StatusInteractions {
                favourited: flags.favourited,
                reblogged: flags.boosted,
                muted: flags.muted,
                bookmarked: flags.bookmarked,
                filtered: view.filtered.iter().map(FilterResult::render).collect(),
            }),
            pinned: own.then_some(status.pinned_at.is_some()),
        }
    }

    /// Renders a status inside one that quotes it: its own quote is only an id.
    pub(super) fn render_quoted(view: &StatusView, urls: &Urls) -> Self {
        Self { quote: view.quote.as_ref().map(QuotedStatus::render_shallow), ..Self::render(view, urls) }
    }

    /// Renders a list of statuses.
    pub fn render_all(views: &[StatusView], urls: &Urls) -> Vec<Self> {
        views.iter().map(|view| Self::render(view, urls)).collect()
    }

    /// Renders a status with its source text, for "delete and redraft".
    pub fn render_with_text(view: &StatusView, text: String, urls: &Urls) -> Self {
        Self { text: Some(text), ..Self::render(view, urls) }
    }
}

/// Returns the text, preceded by a line that links to the quoted status, for clients that do not support
/// quotes. A remote status already contains such a line, which is removed if the viewer may not see the
/// quoted status.
fn content(view: &StatusView) -> String {
    let text = &view.status.content;
    match &view.quote {
        None => text.clone(),
        Some(quote) if quote.shown.is_refused() => portico_html::without_quote_line(text),
        Some(quote) => match quote.status.as_deref().filter(|_| view.status.local) {
            Some(StatusView { status, .. }) => {
                format!("{}{text}", portico_html::quote_line(status.url.as_deref().unwrap_or(&status.uri)))
            }
            None => text.clone(),
        },
    }
}

impl StatusMention {
    fn render(mention: &MentionView) -> Self {
        Self {
            id: mention.account_id.to_string(),
            username: mention.username.clone(),
            url: mention.url.clone(),
            acct: mention.acct.clone(),
        }
    }
}

/// A thread around a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Context {
    ancestors: Vec<Status>,
    descendants: Vec<Status>,
}

impl Context {
    /// Renders a thread.
    pub fn render(view: &ContextView, urls: &Urls) -> Self {
        Self {
            ancestors: Status::render_all(&view.ancestors, urls),
            descendants: Status::render_all(&view.descendants, urls),
        }
    }
}

/// One version of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusEdit {
    content: String,
    spoiler_text: String,
    sensitive: bool,
    created_at: String,
    account: Account,
    media_attachments: Vec<MediaAttachment>,
    emojis: EmptyList,
    quote: Option<QuotedStatus>,
    /// The poll of this version; absent if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<EditedPoll>,
}

/// The poll of one version of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct EditedPoll {
    options: Vec<EditedPollOption>,
}

/// One option of the poll.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct EditedPollOption {
    title: String,
}

impl StatusEdit {
    /// Renders one version.
    pub fn render(
        edit: &model::status::StatusEdit,
        author: &account::Account,
        present: &[Media],
        quote: Option<&QuoteView>,
        urls: &Urls,
    ) -> Self {
        // Attachments that have since been removed are not shown; the others have the description of this
        // version.
        let media = edit.media.iter().filter_map(|(id, description)| {
            let media = present.iter().find(|media| media.id == *id)?.clone();
            Some(MediaAttachment::render(&Media { description: description.clone(), ..media }, urls))
        });
        Self {
            content: edit.content.clone(),
            spoiler_text: edit.spoiler_text.clone(),
            sensitive: edit.sensitive,
            created_at: edit.created_at.rfc3339(),
            account: Account::render(author, urls),
            media_attachments: media.collect(),
            emojis: [],
            quote: quote.map(|quote| QuotedStatus::render(quote, urls)),
            poll: (!edit.poll_options.is_empty()).then(|| EditedPoll {
                options: edit
                    .poll_options
                    .iter()
                    .map(|title| EditedPollOption { title: title.clone() })
                    .collect(),
            }),
        }
    }
}

/// The source text of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusSource {
    id: String,
    text: String,
    /// The format of the text: `text/plain`, `text/markdown` or `text/html`.
    content_type: &'static str,
    spoiler_text: String,
}

impl StatusSource {
    /// Renders a source.
    pub fn render(source: &SourceView) -> Self {
        Self {
            id: source.id.to_string(),
            text: source.text.clone(),
            content_type: source.content_type.as_str(),
            spoiler_text: source.spoiler_text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn status() {
        let urls = samples::urls();
        insta::assert_json_snapshot!("status", Status::render(&samples::status(), &urls));
        insta::assert_json_snapshot!("status_quote", Status::render(&samples::quoting(), &urls));
        insta::assert_json_snapshot!("status_boost", Status::render(&samples::boost(), &urls));
    }

    #[test]
    fn flags_are_absent_without_a_viewer_and_pinned_is_the_authors() {
        let urls = samples::urls();
        let shown = serde_json::to_value(Status::render(&samples::boost(), &urls)).unwrap();
        assert!(shown.get("favourited").is_none() && shown.get("pinned").is_none());
        let shown = serde_json::to_value(Status::render(&samples::status(), &urls)).unwrap();
        assert_eq!(shown["favourited"], true);
        assert_eq!(shown["pinned"], false);
        let other = StatusView { viewer_id: Some(samples::erin().id), ..samples::status() };
        let shown = serde_json::to_value(Status::render(&other, &urls)).unwrap();
        assert!(shown.get("pinned").is_none());
    }

    #[test]
    fn clients_see_only_the_four_words() {
        for &reach in Reach::ALL {
            for listed in [true, false] {
                let word = visibility(reach, listed);
                assert!(["public", "unlisted", "private", "direct"].contains(&word), "{reach}");
            }
        }
        assert_eq!(visibility(Reach::Company, false), "unlisted");
        assert_eq!(visibility(Reach::Followers, true), "private");
    }

    #[test]
    fn edit_source_and_context() {
        let urls = samples::urls();
        let edit = model::status::StatusEdit {
            content: "<p>Hallo</p>".into(),
            spoiler_text: "greeting".into(),
            sensitive: true,
            created_at: samples::moment(),
            media: vec![(samples::media().id, Some("A turbine".into()))],
            poll_options: vec!["Yes".into(), "No".into()],
        };
        insta::assert_json_snapshot!(
            "status_edit",
            StatusEdit::render(&edit, &samples::alice(), &[samples::media()], None, &urls)
        );
        let source = SourceView {
            id: samples::status().status.id,
            text: "Hello".into(),
            content_type: portico_domain::model::status::ContentType::Markdown,
            spoiler_text: String::new(),
        };
        insta::assert_json_snapshot!("status_source", StatusSource::render(&source));
        insta::assert_json_snapshot!("context", Context::render(&ContextView::default(), &urls));
    }
}
