//! What is looked for among statuses, and the words by which they are found.
//!
//! Both databases index the same prepared words: without accents and letter case, nothing but letters and
//! digits. What somebody types goes through the same preparation, so that no sign of a database's query
//! language is ever left in it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{AccountId, Timestamp};

/// How much of a text is indexed, in characters.
const LONGEST_TEXT: usize = 50_000;
/// How much of a word counts, in characters.
const LONGEST_WORD: usize = 64;

/// Where statuses are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Everywhere.
    #[default]
    All,
    /// Among one's own, and those that one favourited, bookmarked, boosted or answered, or that name one.
    Library,
    /// Among those that are open to search by everybody here.
    Public,
}

/// What a status can have besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Files of any kind.
    Media,
    /// Pictures.
    Image,
    /// Films, silent ones among them.
    Video,
    /// Sounds.
    Audio,
    /// A poll.
    Poll,
    /// Another status.
    Quote,
    /// The preview of a link.
    Link,
}

impl Holding {
    /// By the word after `has:`.
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

/// What is looked for among statuses. Phrases are prepared by [`words`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusQuery {
    /// Every one of these phrases is in it.
    pub phrases: Vec<String>,
    /// None of these is.
    pub without: Vec<String>,
    /// Who wrote it.
    pub author: Option<AccountId>,
    /// Where to look.
    pub place: Place,
    /// Posted at or after.
    pub after: Option<Timestamp>,
    /// Posted before.
    pub before: Option<Timestamp>,
    /// Whether it answers another.
    pub reply: Option<bool>,
    /// Whether it is marked sensitive.
    pub sensitive: Option<bool>,
    /// What it has, and what it has not.
    pub holds: Vec<(Holding, bool)>,
    /// In this language, whatever the region: `de` finds `de-CH`.
    pub language: Option<String>,
    /// Only statuses with a smaller id.
    pub max_id: Option<i64>,
    /// Only statuses with a greater id.
    pub min_id: Option<i64>,
}

/// The words of a plain text, prepared for the index and parted by single spaces. Scripts that are written
/// without spaces become one word a character, which as a phrase finds them again.
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

/// Letters of scripts without spaces: Chinese and Japanese.
const fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The words of a status: its content warning, and its content, which is sanitised HTML.
pub fn words_of(content: &str, spoiler_text: &str) -> String {
    words(&format!("{spoiler_text}\n{}", text_of(content)))
}

/// The text of sanitised HTML. Tags within a line part no words: links hide parts of addresses in them.
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
