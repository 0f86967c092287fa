//! Finds mentions, hashtags and links in typed text.

use unicode_normalization::UnicodeNormalization as _;

/// Maximum number of hashtags in a post, and maximum length of one in letters.
const MAX_TAGS: usize = 60;
const MAX_TAG_LENGTH: usize = 100;

/// A typed address: `@user` or `@user@host`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountHandle {
    /// The name before the second `@`.
    pub username: String,
    /// The host in lower case, with a port if one was typed.
    pub domain: Option<String>,
}

/// The mentions and hashtags of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// The mentioned handles, without duplicates, in order.
    pub mentions: Vec<AccountHandle>,
    /// The normalised hashtags, without duplicates, in order.
    pub tags: Vec<String>,
}

/// A piece of typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextToken<'a> {
    /// Plain text.
    Text(&'a str),
    /// A mention.
    Mention(AccountHandle, &'a str),
    /// A hashtag, without the `#`.
    Tag(&'a str),
    /// A link.
    Link(&'a str),
}

/// Extracts the mentions and hashtags of a typed text.
pub fn extract(text: &str) -> Extracted {
    let mut found = Extracted::default();
    gather(text, &mut found);
    found
}

/// Adds the mentions and hashtags of a text to those found before.
pub(super) fn gather(text: &str, found: &mut Extracted) {
    for token in tokens(text) {
        match token {
            TextToken::Mention(handle, _) if !found.mentions.contains(&handle) => found.mentions.push(handle),
            TextToken::Tag(name) => {
                let name = normalise_tag(name);
                if found.tags.len() < MAX_TAGS && !found.tags.contains(&name) {
                    found.tags.push(name);
                }
            }
            _ => {}
        }
    }
}

/// Normalises a hashtag for storage and comparison: NFKC, lower case.
pub fn normalise_tag(name: &str) -> String {
    name.trim_start_matches('#').nfkc().flat_map(char::to_lowercase).take(MAX_TAG_LENGTH).collect()
}

/// Splits a text into tokens. Their texts, joined, give the text again (with `@` and `#` in place).
pub(super) fn tokens(text: &str) -> Vec<TextToken<'_>> {
    let mut tokens = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    let mut before = None;
    while let Some(rest) = text.get(at..) {
        let Some(letter) = rest.chars().next() else { break };
        let token = match letter {
            '@' if !before.is_some_and(joins_word) => mention(rest),
            '#' if !before.is_some_and(joins_word) => tag(rest),
            'h' if !before.is_some_and(char::is_alphanumeric) => link(rest),
            _ => None,
        };
        match token {
            Some((token, length)) => {
                if let Some(plain) = text.get(plain_from..at).filter(|plain| !plain.is_empty()) {
                    tokens.push(TextToken::Text(plain));
                }
                tokens.push(token);
                at += length;
                plain_from = at;
                before = Some('a');
            }
            None => {
                at += letter.len_utf8();
                before = Some(letter);
            }
        }
    }
    if let Some(plain) = text.get(plain_from..).filter(|plain| !plain.is_empty()) {
        tokens.push(TextToken::Text(plain));
    }
    tokens
}

/// Whether a mention or hashtag right after this character would be part of a word or a path.
fn joins_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '/' | '@' | '&' | '#')
}

fn mention(rest: &str) -> Option<(TextToken<'_>, usize)> {
    let after = rest.get(1..)?;
    let length = after.find(|c: char| !is_name_letter(c)).unwrap_or(after.len());
    let username = after.get(..length)?.trim_end_matches(['.', '-']);
    if username.is_empty() || username.len() > 64 {
        return None;
    }
    let mut end = 1 + username.len();
    let mut domain = None;
    if let Some(host) = rest.get(end..)?.strip_prefix('@').and_then(host) {
        end += 1 + host.len();
        domain = Some(host.to_lowercase());
    }
    let typed = rest.get(..end)?;
    Some((TextToken::Mention(AccountHandle { username: username.to_owned(), domain }, typed), end))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

/// Returns the host name at the start of a text, with a port if there is one.
fn host(text: &str) -> Option<&str> {
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).unwrap_or(text.len());
    let name = text.get(..length)?.trim_end_matches(['.', '-']);
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    let port = text.get(name.len()..)?.strip_prefix(':').map_or(0, |after| {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=5).contains(&digits) { digits + 1 } else { 0 }
    });
    text.get(..name.len() + port)
}

fn tag(rest: &str) -> Option<(TextToken<'_>, usize)> {
    let after = rest.get(1..)?;
    let length = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
    let name = after.get(..length)?;
    let has_letter = name.chars().any(|c| c.is_alphabetic() || c == '_');
    (has_letter && name.chars().count() <= MAX_TAG_LENGTH).then_some((TextToken::Tag(name), 1 + length))
}

fn link(rest: &str) -> Option<(TextToken<'_>, usize)> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme))?;
    let stops =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '“' | '”');
    let length = rest.find(stops).unwrap_or(rest.len());
    let mut address = rest.get(..length)?;
    loop {
        // Trailing punctuation belongs to the sentence, and so does a bracket opened before the link.
        let trimmed = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        let unpaired = trimmed.ends_with(')') && trimmed.matches(')').count() > trimmed.matches('(').count();
        let shorter = if unpaired { trimmed.get(..trimmed.len() - 1)? } else { trimmed };
        if shorter == address {
            break;
        }
        address = shorter;
    }
    let parsed = url::Url::parse(address).ok()?;
    (address.len() > scheme.len() && parsed.has_host()).then_some((TextToken::Link(address), address.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(username: &str, domain: Option<&str>) -> AccountHandle {
        AccountHandle { username: username.into(), domain: domain.map(Into::into) }
    }

    #[test]
    fn finds_people() {
        let found = extract("Hi @alice, @bob@Sales.Localhost:8080! mail me: x@y.example @alice (@carol.)");
        assert_eq!(
            found.mentions,
            [handle("alice", None), handle("bob", Some("sales.localhost:8080")), handle("carol", None)]
        );
    }

    #[test]
    fn finds_hashtags_in_any_script_and_not_in_links() {
        let found = extract("#Rust #rust #日本語 #123 a#b https://x.example/#frag #Ｆｕｌｌ");
        assert_eq!(found.tags, ["rust", "日本語", "full"]);
    }

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        let texts: Vec<TextToken<'_>> = tokens("(see https://a.example/b_(c)). Or http://x.example, ok")
            .into_iter()
            .filter(|token| matches!(token, TextToken::Link(_)))
            .collect();
        assert_eq!(texts, [TextToken::Link("https://a.example/b_(c)"), TextToken::Link("http://x.example")]);
    }

    proptest::proptest! {
        #[test]
        fn tokens_put_together_are_the_text(text in "[ @#a-z:/.é)(_0-9]{0,60}") {
            let whole: String = tokens(&text).into_iter().map(|token| match token {
                TextToken::Text(text) | TextToken::Mention(_, text) | TextToken::Link(text) => text.to_owned(),
                TextToken::Tag(name) => format!("#{name}"),
            }).collect();
            proptest::prop_assert_eq!(whole, text);
        }
    }
}
