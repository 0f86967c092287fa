//! Emoji that are pictures: a shortcode between colons, and what is shown for it.

use super::Timestamp;

/// How many emoji one post or profile may carry; more are left as they were typed.
pub const MOST: usize = 30;
/// How long a shortcode may be.
pub const LONGEST: usize = 64;

/// An emoji that a post or profile carries.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Emoji {
    /// Its name, without colons.
    pub shortcode: String,
    /// The picture: an absolute URL.
    pub url: String,
}

/// An emoji of this instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEmoji {
    /// Its name, without colons.
    pub shortcode: String,
    /// The key of its picture.
    pub file_key: String,
    /// Under which heading pickers show it.
    pub category: Option<String>,
    /// Whether pickers show it.
    pub visible: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Whether a text can be a shortcode: letters, digits and underscores.
pub fn is_shortcode(text: &str) -> bool {
    (2..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What stands between colons in these texts and may be a shortcode, each once, in order.
pub fn shortcodes<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        // Each part but the first and last stands between two colons, even if one of them is another's.
        for part in text.split(':').skip(1) {
            if found.len() < MOST && is_shortcode(part) && !found.iter().any(|known| known == part) {
                found.push(part.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes_stand_between_colons() {
        assert_eq!(
            shortcodes([":party: at 10:30, :Party::party: :no way:", ":x: :été: :ok_1:"]),
            ["party", "Party", "ok_1"]
        );
    }
}
