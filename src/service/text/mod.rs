//! Text: from what people type to the HTML that clients show, and from the HTML of others to what is safe.

mod count;
mod detect;
mod format;
pub mod rich;
mod sanitise;
mod scan;
mod tame;

pub use count::{CHARACTERS_PER_LINK, count};
pub use detect::detect;
pub use format::{escape, format, quote_line};
pub use sanitise::{clean_line, plain_text, sanitise_html, without_quote_line};
pub use scan::{Extracted, Handle, extract, normalise_tag};

/// HTML that `format` made, as one line: its paragraphs joined by spaces.
pub fn inline(html: &str) -> String {
    html.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "").replace("<br>", " ")
}

/// A language tag (BCP 47) as clients send it, if it looks like one: `en`, `pt-BR`.
pub fn language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    let sound = (2..=20).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag.split('-').next().is_some_and(|first| first.bytes().all(|b| b.is_ascii_alphabetic()));
    sound.then(|| tag.to_owned())
}
