//! Text processing: renders typed text as HTML for clients, sanitises foreign HTML, and reads web pages for link
//! previews.

mod count;
mod detect;
mod format;
pub mod link_preview;
pub mod profile;
pub mod rich;
mod sanitise;
mod scan;
mod tame;

pub use count::{CHARACTERS_PER_LINK, count};
pub use detect::detect;
pub use format::{escape, format, quote_line};
pub use sanitise::{clean_line, plain_text, sanitise_html, without_quote_line};
pub use scan::{AccountHandle, Extracted, extract, normalise_tag};

/// Joins the paragraphs of HTML made by `format` into one line.
pub fn inline(html: &str) -> String {
    html.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "").replace("<br>", " ")
}

/// Validates the form of a language tag (BCP 47) sent by a client, such as `en` or `pt-BR`.
pub fn language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    let sound = (2..=20).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag.split('-').next().is_some_and(|first| first.bytes().all(|b| b.is_ascii_alphabetic()));
    sound.then(|| tag.to_owned())
}
