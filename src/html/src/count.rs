//! The length of a post, as clients count it.

use unicode_segmentation::UnicodeSegmentation as _;

use super::scan::{TextToken, tokens};

/// Number of characters that a link counts, whatever its length.
pub const CHARACTERS_PER_LINK: usize = 23;

/// Counts a text and its content warning in grapheme clusters. A link counts 23, a remote mention only its
/// `@user`.
pub fn count(text: &str, spoiler_text: &str) -> usize {
    let body: usize = tokens(text)
        .into_iter()
        .map(|token| match token {
            TextToken::Text(text) => text.graphemes(true).count(),
            TextToken::Mention(handle, _) => 1 + handle.username.graphemes(true).count(),
            TextToken::Tag(name) => 1 + name.graphemes(true).count(),
            TextToken::Link(_) => CHARACTERS_PER_LINK,
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
