//! View types for templates: people, posts and attachments, ready to render.

use portico_domain::model::account::Account;
use portico_domain::model::card::Card;
use portico_domain::model::media::{Media, MediaKind, MediaState};
use portico_domain::model::quote::Consent;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::model::{StatusId, Timestamp};
use portico_html::without_quote_line;

use crate::labels::{self, ReachLabel};
use crate::statuses::annotations::AnnotationsView;
use crate::statuses::poll::Ballot;
use crate::statuses::quote::QuotedPost;

/// Number of background colours for people without an avatar.
const TONES: u32 = 8;

/// A person, as pages show them.
pub(super) struct Person {
    /// The display name.
    pub name: String,
    /// `@name@host`.
    pub handle: String,
    /// Path of their profile on this instance.
    pub href: String,
    /// One or two letters, shown in place of an avatar.
    pub initials: String,
    /// Number of the background colour behind the initials.
    pub tone: u32,
    /// Path of the avatar, if this instance serves it. Loading a remote avatar would disclose to its host
    /// who reads what, and when.
    pub picture: Option<String>,
}

impl Person {
    pub(super) fn from_account(account: &Account, urls: &Urls) -> Self {
        let host = account.domain.as_deref().unwrap_or(urls.domain());
        Self {
            name: account.name().to_owned(),
            handle: format!("@{}@{host}", account.username),
            href: format!("/@{}", account.acct()),
            initials: initials(account.name()),
            tone: tone(&account.username),
            picture: own_picture(account.avatar_url.as_deref(), urls),
        }
    }
}

/// Returns the path of a picture if this instance serves it.
pub(super) fn own_picture(url: Option<&str>, urls: &Urls) -> Option<String> {
    let path = url?.strip_prefix(urls.origin())?;
    path.starts_with('/').then(|| path.to_owned())
}

/// Picks a colour from the user name, so that a person has the same colour on every instance.
fn tone(username: &str) -> u32 {
    username.bytes().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % TONES
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Location of an attachment, which decides how it is rendered.
pub(super) enum AttachmentKind {
    /// An image served by this instance, at this path.
    Image(String),
    /// A video served by this instance.
    Video(String),
    /// An audio file served by this instance.
    Audio(String),
    /// A file on another host. Only linked to: loading it would disclose to that host who reads what.
    Remote(String),
}

/// An attachment, as pages show it.
pub(super) struct AttachmentView {
    /// Location and kind.
    pub place: AttachmentKind,
    /// Address of the original file.
    pub href: String,
    /// Description (alt text); may be empty.
    pub words: String,
    /// `Image`, `Video`, `Audio` or `File`.
    pub label: &'static str,
    /// Width and height in pixels of the preview, or of the original.
    pub dimensions: Option<(i64, i64)>,
    /// Path of the preview image of a video.
    pub poster: Option<String>,
}

impl AttachmentView {
    /// Returns `None` while the file is still being processed.
    fn from_media(media: &Media, urls: &Urls) -> Option<Self> {
        if media.state != MediaState::Ready {
            return None;
        }
        let preview = media.preview_key.as_deref().map(|key| format!("/media/{key}"));
        let kind = media.facts.kind;
        let (href, place) = match &media.file_key {
            Some(key) => {
                let path = urls.media(key).strip_prefix(urls.origin())?.to_owned();
                let place = match kind {
                    MediaKind::Video | MediaKind::Gifv => AttachmentKind::Video(path.clone()),
                    MediaKind::Audio => AttachmentKind::Audio(path.clone()),
                    // The preview of an animated GIF is a still, so the original is shown.
                    MediaKind::Image | MediaKind::Unknown if media.facts.mime == "image/gif" => {
                        AttachmentKind::Image(path.clone())
                    }
                    MediaKind::Image | MediaKind::Unknown => {
                        AttachmentKind::Image(preview.clone().unwrap_or_else(|| path.clone()))
                    }
                };
                (path, place)
            }
            None => {
                let url = media.remote_url.clone()?;
                let host = url.split('/').nth(2).unwrap_or_default().to_owned();
                (url, AttachmentKind::Remote(host))
            }
        };
        Some(Self {
            place,
            href,
            words: media.description.clone().unwrap_or_default(),
            label: match kind {
                MediaKind::Image => "Image",
                MediaKind::Gifv | MediaKind::Video => "Video",
                MediaKind::Audio => "Audio",
                MediaKind::Unknown => "File",
            },
            dimensions: media.facts.preview_dimensions.or(media.facts.dimensions),
            poster: preview,
        })
    }
}

/// A link preview card, as pages show it.
pub(super) struct LinkCard {
    /// Address of the linked page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its description; may be empty.
    pub description: String,
    /// Name of its site.
    pub provider: String,
    /// Image cached by this instance: path, and width and height in pixels.
    pub picture: Option<(String, (i64, i64))>,
    /// Description (alt text) of the image; may be empty.
    pub words: String,
}

impl LinkCard {
    fn from_card(card: &Card, with_picture: bool) -> Self {
        let picture = card.image.as_ref().filter(|_| with_picture);
        Self {
            href: card.url.clone(),
            title: card.facts.title.clone(),
            description: card.facts.description.clone(),
            provider: card.facts.provider_name.clone(),
            picture: picture.map(|image| (format!("/media/{}", image.key), image.dimensions)),
            words: card.facts.image_description.clone(),
        }
    }
}

/// A post, as pages show it.
pub(super) struct Post {
    /// Id on this instance.
    pub id: StatusId,
    /// The author.
    pub author: Person,
    /// The booster, if this is a boost.
    pub booster: Option<Person>,
    /// Path of its page on this instance.
    pub href: String,
    /// Sanitised HTML.
    pub content: String,
    /// Content warning; may be empty.
    pub warning: String,
    /// Language tag (BCP 47).
    pub language: Option<String>,
    /// Reach, with its label and icon.
    pub reach: ReachLabel,
    /// Reach in words, as `Company and globex.example`.
    pub reach_label: String,
    /// Time of posting (RFC 3339).
    pub iso: String,
    /// Age, as `3 h`.
    pub ago: String,
    /// Time of posting, in full.
    pub moment: String,
    /// Time of the last edit, in full.
    pub edited: Option<String>,
    /// Number of known replies.
    pub replies: i64,
    /// Number of known boosts.
    pub boosts: i64,
    /// Number of known favourites.
    pub favourites: i64,
    /// Name of the app it was written with.
    pub app: Option<String>,
    /// Whether its media is hidden until clicked.
    pub is_sensitive: bool,
    /// Attachments.
    pub media: Vec<AttachmentView>,
    /// Link preview; `None` for a post with media, which shows the media instead.
    pub card: Option<LinkCard>,
    /// The quoted post.
    pub quote: Option<QuotedPost>,
    /// Its poll.
    pub poll: Option<Ballot>,
    /// Its annotations: must-read, praise, delegation.
    pub marks: AnnotationsView,
    /// Whether to show the menu: the viewer is signed in.
    pub has_menu: bool,
    /// Whether the viewer may quote it.
    pub is_quotable: bool,
}

impl Post {
    /// Builds the view of a post; for a boost, of the boosted post.
    pub(super) fn from_view(view: &StatusView, urls: &Urls, now: Timestamp) -> Self {
        let shown = view.boosted.as_deref().unwrap_or(view);
        let status = &shown.status;
        let author = Person::from_account(&shown.account, urls);
        // A content warning hides everything already; without one, a sensitive post must not show the image.
        let with_picture = !status.sensitive || !status.spoiler_text.is_empty();
        let card = shown.card.as_ref().filter(|_| shown.media.is_empty());
        let mut reach = labels::reach(status.reach);
        if status.addressed {
            reach.title = labels::ADDRESSED;
        }
        Self {
            id: status.id,
            booster: view.boosted.as_ref().map(|_| Person::from_account(&view.account, urls)),
            href: format!("{}/{}", author.href, status.id),
            author,
            content: match &shown.quote {
                Some(quote) if quote.shown.is_refused() => without_quote_line(&status.content),
                _ => status.content.clone(),
            },
            warning: status.spoiler_text.clone(),
            language: status.language.clone(),
            reach,
            reach_label: labels::goes_to(shown),
            iso: status.created_at.rfc3339(),
            ago: labels::ago(status.created_at, now),
            moment: labels::moment(status.created_at),
            edited: status.edited_at.map(labels::moment),
            replies: status.replies_count,
            boosts: status.boosts_count,
            favourites: status.favourites_count,
            app: shown.app.as_ref().map(|(name, _)| name.clone()),
            is_sensitive: shown.is_sensitive(),
            media: shown.media.iter().filter_map(|media| AttachmentView::from_media(media, urls)).collect(),
            card: card.map(|card| LinkCard::from_card(card, with_picture)),
            quote: shown.quote.as_ref().map(|quote| QuotedPost::from_view(quote, urls, now)),
            poll: shown.poll.as_ref().map(|poll| Ballot::from_view(poll, now)),
            marks: AnnotationsView::from_view(shown, urls),
            has_menu: shown.viewer_id.is_some(),
            is_quotable: shown.viewer_id.is_some() && shown.quotable != Consent::Denied,
        }
    }

    /// Returns `3 replies`, for screen readers.
    pub(super) fn replies_words(&self) -> String {
        labels::count(self.replies, "reply", "replies")
    }

    /// Returns `3 boosts`.
    pub(super) fn boosts_words(&self) -> String {
        labels::count(self.boosts, "boost", "boosts")
    }

    /// Returns `3 favourites`.
    pub(super) fn favourites_words(&self) -> String {
        labels::count(self.favourites, "favourite", "favourites")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, letters) in [
            ("Alice Weber", "AW"),
            ("alice", "A"),
            ("Dr. Ada B. Lovelace", "DL"),
            ("🦊 Fox", "F"),
            ("ægir", "Æ"),
            ("!!", ""),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }

    #[test]
    fn only_pictures_of_this_instance_are_shown() {
        let urls = Urls::new("here.example", false);
        let path = |url| own_picture(Some(url), &urls);
        assert_eq!(path("https://here.example/media/1.png").as_deref(), Some("/media/1.png"));
        for other in ["https://there.example/1.png", "https://here.example.evil/1.png", "/media/1.png", ""] {
            assert_eq!(path(other), None, "{other}");
        }
        assert_eq!(own_picture(None, &urls), None);
    }
}
