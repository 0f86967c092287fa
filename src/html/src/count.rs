//! The length of a post, as clients count it.

use unicode_segmentation::UnicodeSegmentation as _;

use super::scan::{Token, tokens};

/// Number of characters that a link counts, whatever its length.
pub const CHARACTERS_PER_LINK: usize = 23;

/// Counts a text and its content warning in grapheme clusters. A link counts 23, a remote mention only its
/// `@user`.
pub fn count(text: &str, spoiler_text: &str) -> usize {
    let body: usize = tokens(text)
        .into_iter()
        .map(|token| match token {
            Token::Text(text) => text.graphemes(true).count(),
            Token::Mention(handle, _) => 1 + handle.username.graphemes(true).count(),
            Token::Tag(name) => 1 + name.graphemes(true).count(),
            Token::Link(_) => CHARACTERS_PER_LINK,
        })
        .sum();
    body + spoiler_text.graphemes(true).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_people_see() {
        assert_eq!(count("👨‍👩‍👧 ok", ""), 4);
        assert_eq!(count("https://a-very-long-host.example/with/a/path", ""), 23);
        assert_eq!(count("@bob@far.away.example hi", "cw"), 4 + 3 + 2);
    }
}
