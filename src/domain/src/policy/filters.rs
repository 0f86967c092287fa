//! Matches statuses against a user's filters. Takes time linear in the text for each keyword; patterns are
//! not supported, so that no filter can be slow.

use crate::model::StatusId;
use crate::model::filter::{Filter, FilterMatch};

/// Returns the filters that a status matches. `text` is its visible text, [`folded`]; `ids` are the status
/// and the status it boosts.
pub fn matching(filters: &[Filter], ids: &[StatusId], text: &str) -> Vec<FilterMatch> {
    filters.iter().filter_map(|filter| matched(filter, ids, text)).collect()
}

fn matched(filter: &Filter, ids: &[StatusId], text: &str) -> Option<FilterMatch> {
    let found =
        filter.keywords.iter().filter(|keyword| contains(text, &folded(&keyword.text), keyword.whole_word));
    let keywords: Vec<String> = found.map(|keyword| keyword.text.clone()).collect();
    let status = filter.statuses.iter().map(|named| named.status).find(|status| ids.contains(status));
    if keywords.is_empty() && status.is_none() {
        return None;
    }
    Some(FilterMatch { filter: filter.clone(), keywords, status })
}

/// Folds the letter case of a text for comparison with filters.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Returns the visible text of sanitised HTML, with white space at the ends of blocks.
pub fn readable(html: &str) -> String {
    let mut parts = html.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        if !(tag.starts_with("span") || tag.starts_with("/span") || tag.starts_with('a') || tag == "/a") {
            text.push(' ');
        }
        text.push_str(behind);
    }
    let decoded = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    decoded.replace("&#39;", "'").replace("&nbsp;", " ").replace("&amp;", "&")
}

fn contains(text: &str, keyword: &str, whole_word: bool) -> bool {
    if keyword.is_empty() {
        return false;
    }
    if !whole_word {
        return text.contains(keyword);
    }
    // A word boundary is only required where the keyword itself ends in a letter: "#tag" may begin
    // anywhere.
    let begins = keyword.chars().next().is_some_and(is_word);
    let ends = keyword.chars().next_back().is_some_and(is_word);
    text.match_indices(keyword).any(|(at, found)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|tail| tail.chars().next());
        !(begins && before.is_some_and(is_word) || ends && after.is_some_and(is_word))
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_words_and_parts() {
        for (text, keyword, whole, found) in [
            ("the budget is tight", "budget", true, true),
            ("budgeting", "budget", true, false),
            ("budgeting", "budget", false, true),
            ("über-größe", "größe", true, true),
            ("a #news item", "#news", true, true),
            ("xbudget budget", "budget", true, true),
            ("anything", "", false, false),
        ] {
            assert_eq!(contains(text, keyword, whole), found, "{text} / {keyword}");
        }
    }

    #[test]
    fn readers_see_no_tags() {
        let html = "<p>Big <a href=\"x\">#<span>news</span></a> &amp; more</p><p>next</p>";
        assert_eq!(readable(html).split_whitespace().collect::<Vec<_>>().join(" "), "Big #news & more next");
    }

    proptest! {
        #[test]
        fn a_word_found_whole_is_found_as_a_part(text in ".{0,60}", keyword in ".{0,6}") {
            let (text, keyword) = (folded(&text), folded(&keyword));
            prop_assert!(!contains(&text, &keyword, true) || contains(&text, &keyword, false));
        }
    }
}
