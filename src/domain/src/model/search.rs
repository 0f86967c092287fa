//! Search queries for statuses, and the preparation of indexed words.
//!
//! Both databases index the same prepared words: without accents and letter case, only letters and digits.
//! Search input goes through the same preparation, so that it never contains operators of a database's
//! query language.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{AccountId, Timestamp};

/// The maximum indexed length of a text, in characters.
const LONGEST_TEXT: usize = 50_000;
/// The maximum significant length of a word, in characters.
const LONGEST_WORD: usize = 64;

/// The set of statuses to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// All visible statuses.
    #[default]
    All,
    /// The viewer's own statuses, and those the viewer favourited, bookmarked, boosted or replied to, or
    /// that mention the viewer.
    Library,
    /// Statuses that are searchable for everyone on the instance.
    Public,
}

/// Something that a status can have besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Files of any kind.
    Media,
    /// Pictures.
    Image,
    /// Videos, including those without sound.
    Video,
    /// Audio.
    Audio,
    /// A poll.
    Poll,
    /// A quote.
    Quote,
    /// A link preview.
    Link,
}

impl Holding {
    /// Parses the word after `has:`.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "media" => Self::Media,
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            "poll" => Self::Poll,
            "quote" => Self::Quote,
            "embed" | "link" => Self::Link,
            _ => return None,
        })
    }
}

/// The criteria of a search for statuses. Phrases are prepared by [`words`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusQuery {
    /// Phrases that must all occur.
    pub phrases: Vec<String>,
    /// Phrases that must not occur.
    pub without: Vec<String>,
    /// The author.
    pub author: Option<AccountId>,
    /// The set of statuses to search.
    pub place: Place,
    /// The earliest time of posting, inclusive.
    pub after: Option<Timestamp>,
    /// The latest time of posting, exclusive.
    pub before: Option<Timestamp>,
    /// Whether it is a reply.
    pub reply: Option<bool>,
    /// Whether it is marked sensitive.
    pub sensitive: Option<bool>,
    /// Properties that it must have (`true`) or must not have (`false`).
    pub holds: Vec<(Holding, bool)>,
    /// The language, in any region: `de` finds `de-CH`.
    pub language: Option<String>,
    /// Only statuses with a smaller id.
    pub max_id: Option<i64>,
    /// Only statuses with a greater id.
    pub min_id: Option<i64>,
}

/// Returns the words of a plain text, prepared for the index and separated by single spaces. In scripts
/// without spaces each character becomes a word; a phrase of them finds the original word.
pub fn words(text: &str) -> String {
    let mut prepared = String::new();
    let mut length = 0;
    let plain = text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
    for letter in plain.filter(|letter| !is_combining_mark(*letter)).take(LONGEST_TEXT) {
        let alone = stands_alone(letter);
        if alone || !letter.is_alphanumeric() {
            length = 0;
            part(&mut prepared);
        }
        if letter.is_alphanumeric() && length < LONGEST_WORD {
            prepared.push(letter);
            length += 1;
        }
        if alone {
            length = 0;
            part(&mut prepared);
        }
    }
    prepared.truncate(prepared.trim_end().len());
    prepared
}

fn part(prepared: &mut String) {
    if !prepared.is_empty() && !prepared.ends_with(' ') {
        prepared.push(' ');
    }
}

/// Whether a letter belongs to a script without spaces: Chinese or Japanese.
const fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns the prepared words of a status: of its content warning, and of its content, which is sanitised
/// HTML.
pub fn words_of(content: &str, spoiler_text: &str) -> String {
    words(&format!("{spoiler_text}\n{}", text_of(content)))
}

/// Returns the text of sanitised HTML. Tags inside a line do not separate words, because links hide parts
/// of addresses in them.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for (n, part) in html.split('<').enumerate() {
        let Some((tag, shown)) = part.split_once('>').filter(|_| n > 0) else {
            text.push_str(part);
            continue;
        };
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if !matches!(name, "a" | "span" | "b" | "strong" | "i" | "em" | "u" | "del" | "code") {
            text.push(' ');
        }
        text.push_str(shown);
    }
    let signs =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    signs.into_iter().fold(text, |text, (sign, meant)| text.replace(sign, meant))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_prepared() {
        assert_eq!(words("  Größe, ÉTÉ -- \"x\" AND (y*) "), "große ete x and y");
        assert_eq!(words("東京tower"), "東 京 tower");
        assert_eq!(words("!?"), "");
        let html = r#"<p>Hi @<span>bob</span><br>see <a href="https://secret.example">a.<span>b</span></a></p><p>R&amp;D</p>"#;
        assert_eq!(words_of(html, "News"), "news hi bob see a b r d");
        assert_eq!(words(&"x".repeat(500)).len(), LONGEST_WORD);
    }

    proptest! {
        #[test]
        fn nothing_but_words_is_left(text in any::<String>()) {
            let prepared = words(&text);
            let sound = |word: &str| word.chars().all(char::is_alphanumeric) && word.chars().count() <= LONGEST_WORD;
            prop_assert!(prepared.split(' ').all(sound) && !prepared.contains("  "), "{prepared:?}");
        }
    }
}
