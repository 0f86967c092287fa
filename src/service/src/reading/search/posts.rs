//! Post search: parses the typed text into phrases and operators.

use super::SearchQuery;
use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use lookup::split_address;
use portico_domain::model::Timestamp;
use portico_domain::model::search::{Holding, Place, StatusQuery, words};
use portico_domain::model::view::StatusView;
use portico_domain::policy::consent::findable;
use portico_domain::policy::reach::scope;

/// Maximum number of words and phrases in a search.
const MOST_PHRASES: usize = 12;
/// Maximum number of `has:` operators in a search.
const MOST_HOLDINGS: usize = 8;
const DAY: i64 = 86_400;

/// A parsed search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct ParsedQuery {
    query: StatusQuery,
    /// `from:`: a handle, or `me`.
    from: Option<String>,
}

/// Searches posts. Only signed-in users may.
pub(super) async fn search(
    instance: &Instance,
    viewer: Viewer,
    asked: SearchQuery,
) -> Result<Vec<StatusView>> {
    let Some(findable) = findable(&viewer) else { return Ok(Vec::new()) };
    let mut typed = parse(&asked.text);
    let empty = typed == ParsedQuery::default();
    let only_without = typed.query.phrases.is_empty() && !typed.query.without.is_empty();
    if empty || only_without || asked.text.starts_with(['#', '@']) {
        return Ok(Vec::new());
    }
    typed.query.author = asked.author;
    (typed.query.max_id, typed.query.min_id) = (asked.max_id, asked.min_id);
    let own = instance.urls.domain().to_owned();
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let mut query = typed.query.clone();
            if let Some(from) = &typed.from {
                let author = match split_address(from, &own) {
                    _ if from == "me" => Some(findable.viewer),
                    Some((name, host)) => {
                        reader.find_account_by_handle(&name, host.as_deref())?.map(|account| account.id)
                    }
                    None => reader.find_account_by_handle(from, None)?.map(|account| account.id),
                };
                if author.is_none() || query.author.is_some_and(|asked| Some(asked) != author) {
                    return Ok(Vec::new());
                }
                query.author = author;
            }
            let ids = reader.search_statuses(&scope, &findable, &query, asked.limit, asked.offset)?;
            Ok::<_, Error>(reader.status_views(Some(findable.viewer), &ids)?)
        })
        .await
}

/// Parses words, `"phrases"`, `-exclusions` and operators such as `from:me`.
fn parse(text: &str) -> ParsedQuery {
    let mut typed = ParsedQuery::default();
    for (negated, part, quoted) in split(text) {
        if !quoted && parse_condition(&mut typed, negated, &part).is_some() {
            continue;
        }
        let phrase = words(&part);
        let list = if negated { &mut typed.query.without } else { &mut typed.query.phrases };
        if !phrase.is_empty() && list.len() < MOST_PHRASES && !list.contains(&phrase) {
            list.push(phrase);
        }
    }
    typed
}

/// Splits a search into parts: whether each is negated, its text, and whether it was quoted.
fn split(text: &str) -> Vec<(bool, String, bool)> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let negated = rest.starts_with('-');
        let begun = rest.strip_prefix('-').unwrap_or(rest);
        let (part, after, quoted) = if let Some(inner) = begun.strip_prefix('"') {
            let (part, after) = inner.split_once('"').unwrap_or((inner, ""));
            (part, after, true)
        } else {
            let (part, after) = begun.split_once(char::is_whitespace).unwrap_or((begun, ""));
            (part, after, false)
        };
        parts.push((negated, part.to_owned(), quoted));
        rest = after.trim_start();
    }
    parts
}

/// Applies an operator; `None` if the part is only a word with a colon in it.
fn parse_condition(typed: &mut ParsedQuery, negated: bool, part: &str) -> Option<()> {
    let (name, value) = part.split_once(':').filter(|(_, value)| !value.is_empty())?;
    let query = &mut typed.query;
    match (name.to_ascii_lowercase().as_str(), value) {
        ("has", what) => {
            let condition = (Holding::parse(&what.to_ascii_lowercase())?, !negated);
            if query.holds.len() < MOST_HOLDINGS && !query.holds.contains(&condition) {
                query.holds.push(condition);
            }
        }
        ("is", "reply") => query.reply = Some(!negated),
        ("is", "sensitive") => query.sensitive = Some(!negated),
        _ if negated => return None,
        ("from", _) => typed.from = Some(value.to_owned()),
        ("in", "library") => query.place = Place::Library,
        ("in", "public") => query.place = Place::Public,
        ("in", "all") => query.place = Place::All,
        ("before", day) => query.before = Some(parse_date(day)?),
        ("after", day) => query.after = Some(parse_date(day)?.plus_seconds(DAY)),
        ("during", day) => {
            query.after = Some(parse_date(day)?);
            query.before = Some(parse_date(day)?.plus_seconds(DAY));
        }
        ("language", tag) => query.language = Some(portico_html::language(tag)?),
        _ => return None,
    }
    Some(())
}

/// Parses the beginning of a day, written YYYY-MM-DD.
fn parse_date(text: &str) -> Option<Timestamp> {
    let sound = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    sound.then(|| Timestamp::parse(&format!("{text}T00:00:00Z"))).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_phrases_and_operators_are_distinguished() {
        let typed = parse(r#"Turbine "Hot Gas" -cold from:@bob is:reply language:de time:out"#);
        assert_eq!(typed.query.phrases, ["turbine", "hot gas", "time out"]);
        assert_eq!(typed.query.without, ["cold"]);
        assert_eq!(typed.from.as_deref(), Some("@bob"));
        assert_eq!(typed.query.reply, Some(true));
        assert_eq!(typed.query.language.as_deref(), Some("de"));
        let day = parse("during:2026-11-23").query;
        assert_eq!(day.before, day.after.map(|after| after.plus_seconds(DAY)));
        assert_eq!(parse("before:99999-99").query.before, None);
        assert_eq!(parse("has:Poll -has:link").query.holds, [(Holding::Poll, true), (Holding::Link, false)]);
        assert_eq!(parse("has:wheels").query.phrases, ["has wheels"]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_becomes_words(text in any::<String>()) {
            for phrase in parse(&text).query.phrases {
                prop_assert!(phrase.chars().all(|c| c.is_alphanumeric() || c == ' '));
            }
        }
    }
}
