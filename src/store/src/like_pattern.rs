//! Patterns for LIKE from typed text, whose wildcards are escaped. The query must name the escape character:
//! `.escape(ESCAPE)`.

/// The escape character of the patterns.
pub(super) const ESCAPE: char = '\\';

/// Returns a pattern for texts that begin with `text`.
pub(super) fn prefix(text: &str) -> String {
    format!("{}%", escape(text))
}

/// Returns a pattern for texts that contain `text`.
pub(super) fn substring(text: &str) -> String {
    format!("%{}%", escape(text))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
