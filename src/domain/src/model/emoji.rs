//! Custom emoji: pictures that are shown for a shortcode between colons.

use super::Timestamp;

/// The maximum number of custom emoji in a post or profile; further shortcodes stay plain text.
pub const MOST: usize = 30;
/// The maximum length of a shortcode.
pub const LONGEST: usize = 64;

/// A custom emoji used in a post or profile.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Emoji {
    /// The shortcode, without colons.
    pub shortcode: String,
    /// The picture: an absolute URL.
    pub url: String,
}

/// A custom emoji of this instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomEmoji {
    /// The shortcode, without colons.
    pub shortcode: String,
    /// The media key of its picture.
    pub file_key: String,
    /// The category under which pickers list it.
    pub category: Option<String>,
    /// Whether pickers list it.
    pub visible: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Whether a text is a valid shortcode: letters, digits and underscores.
pub fn is_shortcode(text: &str) -> bool {
    (2..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns the possible shortcodes between colons in these texts, each once, in order.
pub fn shortcodes<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        // Each part but the first and last stands between two colons, even if a colon belongs to another
        // shortcode.
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
