//! HTML from strangers, made harmless by the one allow-list of the service room.

/// Keeps the allowed elements and attributes.
pub fn sanitise(html: &str) -> String {
    ammonia::clean(html)
}

/// The text alone.
pub fn plain_text(html: &str) -> String {
    ammonia::Builder::empty().clean(html).to_string()
}

/// Text made fit to stand in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
