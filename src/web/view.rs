//! What templates are given: people and posts, ready to be shown.

use crate::model::account::Account;
use crate::model::card::Card;
use crate::model::media::{Media, MediaKind, MediaState};
use crate::model::quote::Consent;
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::model::{StatusId, Timestamp};
use crate::service::text::without_quote_line;

use super::marks::Marked;
use super::poll::Ballot;
use super::quote::Quoted;
use super::words::{self, ReachWords};

/// How many colours the tiles of people without a picture have.
const TONES: u32 = 8;

/// Somebody, as pages show them.
pub(super) struct Person {
    /// The name shown.
    pub name: String,
    /// `@name@host`.
    pub handle: String,
    /// Their page here.
    pub href: String,
    /// One or two letters for the tile.
    pub initials: String,
    /// The colour of the tile.
    pub tone: u32,
    /// Their picture, if it comes from this instance. A picture from elsewhere would tell its host who
    /// reads what, and when.
    pub picture: Option<String>,
}

impl Person {
    pub(super) fn of(account: &Account, urls: &Urls) -> Self {
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

/// The picture, if this instance serves it.
pub(super) fn own_picture(url: Option<&str>, urls: &Urls) -> Option<String> {
    let path = url?.strip_prefix(urls.origin())?;
    path.starts_with('/').then(|| path.to_owned())
}

/// The same person has the same colour on every instance.
fn tone(username: &str) -> u32 {
    username.bytes().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % TONES
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Where an attachment is, and how it is shown.
pub(super) enum Place {
    /// A picture of this instance, at this path.
    Picture(String),
    /// A film of this instance.
    Film(String),
    /// A sound of this instance.
    Sound(String),
    /// A file of another host: only linked to, for to load it would tell that host who reads what.
    Elsewhere(String),
}

/// An attachment, as pages show it.
pub(super) struct Attached {
    /// How it is shown.
    pub place: Place,
    /// The whole file.
    pub href: String,
    /// What it shows, in words; may be empty.
    pub words: String,
    /// `Image`, `Video`, `Audio` or `File`.
    pub label: &'static str,
    /// Width and height of what is shown.
    pub extent: Option<(i64, i64)>,
    /// A still of a film.
    pub poster: Option<String>,
}

impl Attached {
    /// None for what cannot be shown yet.
    fn of(media: &Media, urls: &Urls) -> Option<Self> {
        if media.state != MediaState::Ready {
            return None;
        }
        let preview = media.preview_key.as_deref().map(|key| format!("/media/{key}"));
        let kind = media.facts.kind;
        let (href, place) = match &media.file_key {
            Some(key) => {
                let path = urls.media(key).strip_prefix(urls.origin())?.to_owned();
                let place = match kind {
                    MediaKind::Video | MediaKind::Gifv => Place::Film(path.clone()),
                    MediaKind::Audio => Place::Sound(path.clone()),
                    // A preview of a moving picture stands still, so the picture itself is shown.
                    MediaKind::Image | MediaKind::Unknown if media.facts.mime == "image/gif" => {
                        Place::Picture(path.clone())
                    }
                    MediaKind::Image | MediaKind::Unknown => {
                        Place::Picture(preview.clone().unwrap_or_else(|| path.clone()))
                    }
                };
                (path, place)
            }
            None => {
                let url = media.remote_url.clone()?;
                let host = url.split('/').nth(2).unwrap_or_default().to_owned();
                (url, Place::Elsewhere(host))
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
            extent: media.facts.preview_extent.or(media.facts.extent),
            poster: preview,
        })
    }
}

/// What the page behind a link says of itself, as pages show it.
pub(super) struct LinkCard {
    /// The page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// What its site calls itself.
    pub provider: String,
    /// Its picture, as this instance keeps it: path, width and height.
    pub picture: Option<(String, (i64, i64))>,
    /// What the picture shows; may be empty.
    pub words: String,
}

impl LinkCard {
    fn of(card: &Card, with_picture: bool) -> Self {
        let picture = card.image.as_ref().filter(|_| with_picture);
        Self {
            href: card.url.clone(),
            title: card.facts.title.clone(),
            description: card.facts.description.clone(),
            provider: card.facts.provider_name.clone(),
            picture: picture.map(|image| (format!("/media/{}", image.key), image.extent)),
            words: card.facts.image_description.clone(),
        }
    }
}

/// A post, as pages show it.
pub(super) struct Post {
    /// Our id.
    pub id: StatusId,
    /// Who wrote it.
    pub author: Person,
    /// Who boosted it, if this is a boost.
    pub booster: Option<Person>,
    /// Its page here.
    pub href: String,
    /// Sanitised HTML.
    pub content: String,
    /// The content warning; may be empty.
    pub warning: String,
    /// Its language (BCP 47).
    pub language: Option<String>,
    /// Who may see it.
    pub reach: ReachWords,
    /// `Company and globex.example`.
    pub reach_label: String,
    /// When, for machines.
    pub iso: String,
    /// How long ago.
    pub ago: String,
    /// When, in full.
    pub moment: String,
    /// When it was last edited, in full.
    pub edited: Option<String>,
    /// Known replies.
    pub replies: i64,
    /// Known boosts.
    pub boosts: i64,
    /// Known favourites.
    pub favourites: i64,
    /// The app it was written with.
    pub app: Option<String>,
    /// Whether its media is hidden at first.
    pub is_sensitive: bool,
    /// What is attached.
    pub media: Vec<Attached>,
    /// What its link leads to; a post with media shows that instead.
    pub card: Option<LinkCard>,
    /// What it quotes.
    pub quote: Option<Quoted>,
    /// What it asks.
    pub poll: Option<Ballot>,
    /// What marks it out.
    pub marks: Marked,
    /// Whether the viewer can do something with it.
    pub has_menu: bool,
    /// Whether the viewer may quote it.
    pub is_quotable: bool,
}

impl Post {
    /// A post, or the post that a boost boosts.
    pub(super) fn of(view: &StatusView, urls: &Urls, now: Timestamp) -> Self {
        let shown = view.reblog.as_deref().unwrap_or(view);
        let status = &shown.status;
        let author = Person::of(&shown.account, urls);
        // Behind a warning all is hidden already; without one, a sensitive post's picture is not to be seen.
        let with_picture = !status.sensitive || !status.spoiler_text.is_empty();
        let card = shown.card.as_ref().filter(|_| shown.media.is_empty());
        let mut reach = words::reach(status.reach);
        if status.addressed {
            reach.title = words::ADDRESSED;
        }
        Self {
            id: status.id,
            booster: view.reblog.as_ref().map(|_| Person::of(&view.account, urls)),
            href: format!("{}/{}", author.href, status.id),
            author,
            content: match &shown.quote {
                Some(quote) if quote.shown.is_refused() => without_quote_line(&status.content),
                _ => status.content.clone(),
            },
            warning: status.spoiler_text.clone(),
            language: status.language.clone(),
            reach,
            reach_label: words::goes_to(shown),
            iso: status.created_at.rfc3339(),
            ago: words::ago(status.created_at, now),
            moment: words::moment(status.created_at),
            edited: status.edited_at.map(words::moment),
            replies: status.replies_count,
            boosts: status.reblogs_count,
            favourites: status.favourites_count,
            app: shown.app.as_ref().map(|(name, _)| name.clone()),
            is_sensitive: shown.is_sensitive(),
            media: shown.media.iter().filter_map(|media| Attached::of(media, urls)).collect(),
            card: card.map(|card| LinkCard::of(card, with_picture)),
            quote: shown.quote.as_ref().map(|quote| Quoted::of(quote, urls, now)),
            poll: shown.poll.as_ref().map(|poll| Ballot::of(poll, now)),
            marks: Marked::of(shown, urls),
            has_menu: shown.viewer_id.is_some(),
            is_quotable: shown.viewer_id.is_some() && shown.quotable != Consent::Denied,
        }
    }

    /// `3 replies`, for those who hear the page.
    pub(super) fn replies_words(&self) -> String {
        words::count(self.replies, "reply", "replies")
    }

    /// `3 boosts`.
    pub(super) fn boosts_words(&self) -> String {
        words::count(self.boosts, "boost", "boosts")
    }

    /// `3 favourites`.
    pub(super) fn favourites_words(&self) -> String {
        words::count(self.favourites, "favourite", "favourites")
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
