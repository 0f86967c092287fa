//! Polls on the wire: Question objects.

use serde_json::{Value, json};

use super::value::{self, Object};
use portico_domain::model::Timestamp;
use portico_domain::model::poll::{Poll, PollView};

/// Maximum number of options read of a remote poll.
const MOST_OPTIONS: usize = 20;
const LONGEST_OPTION: usize = 200;
/// Counts are capped at this value, so that sums do not overflow.
const MOST_VOTES: i64 = 1_000_000_000;

/// Reads the poll of a Question; `None` for other types, and for a Question without options.
pub fn read(object: &Object) -> Option<Poll> {
    if !value::is_a(object, "Question") {
        return None;
    }
    let multiple = object.contains_key("anyOf");
    let mut options: Vec<(String, i64)> = Vec::new();
    for option in
        value::objects(object, if multiple { "anyOf" } else { "oneOf" }).into_iter().take(MOST_OPTIONS)
    {
        let title = value::text(option, "name").unwrap_or_default();
        let title = portico_html::clean_line(title, LONGEST_OPTION);
        if !title.is_empty() && !options.iter().any(|(known, _)| *known == title) {
            let votes = option.get("replies").and_then(|replies| replies.get("totalItems"));
            options.push((title, count(votes).unwrap_or(0)));
        }
    }
    if options.is_empty() {
        return None;
    }
    let closed = value::moment(object, "closed");
    let expires_at = closed.or_else(|| value::moment(object, "endTime"));
    let voters_count = count(object.get("votersCount"));
    Some(Poll { options, multiple, hide_totals: false, expires_at, voters_count })
}

fn count(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64).map(|count| count.clamp(0, MOST_VOTES))
}

/// Writes a poll into its status's object.
pub fn put_on(object: &mut Object, view: &PollView) {
    let hidden = view.poll.hide_totals && !view.expired;
    let options: Vec<Value> = view
        .poll
        .options
        .iter()
        .map(|(title, votes)| {
            let votes = if hidden { 0 } else { *votes };
            json!({ "type": "Note", "name": title, "replies": { "type": "Collection", "totalItems": votes } })
        })
        .collect();
    let name = if view.poll.multiple { "anyOf" } else { "oneOf" };
    object.insert(name.to_owned(), Value::Array(options));
    if let Some(at) = view.poll.expires_at.map(Timestamp::rfc3339) {
        if view.expired {
            object.insert("closed".to_owned(), json!(at));
        }
        object.insert("endTime".to_owned(), json!(at));
    }
    if let Some(voters) = view.poll.voters_count {
        object.insert("votersCount".to_owned(), json!(voters));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_polls_are_read_unchanged() {
        let poll = Poll {
            options: vec![("yes".into(), 2), ("no".into(), 1)],
            multiple: true,
            hide_totals: false,
            expires_at: Timestamp::parse("2026-11-02T09:00:00Z"),
            voters_count: Some(3),
        };
        let id = portico_domain::model::StatusId(1);
        let view = PollView { id, poll: poll.clone(), expired: true, own_votes: None, voted: None };
        let mut object = Object::new();
        object.insert("type".to_owned(), json!("Question"));
        put_on(&mut object, &view);
        assert_eq!(object["closed"], object["endTime"]);
        assert_eq!(read(&object), Some(poll));
    }

    #[test]
    fn remote_polls_are_bounded() {
        let many: Vec<Value> =
            (0..100).map(|n| json!({ "name": format!("{n}{}", "x".repeat(999)) })).collect();
        let mut object = json!({ "type": "Question", "oneOf": many, "votersCount": i64::MAX });
        let read_it = read(object.as_object().unwrap()).unwrap();
        assert_eq!(read_it.options.len(), MOST_OPTIONS);
        assert!(read_it.options.iter().all(|(title, _)| title.chars().count() <= LONGEST_OPTION));
        assert_eq!(read_it.voters_count, Some(MOST_VOTES));
        object["oneOf"] = json!([{ "name": "a", "replies": { "totalItems": -5 } }, { "name": "a" }, 7, null]);
        assert_eq!(read(object.as_object().unwrap()).unwrap().options, [("a".to_owned(), 0)]);
        object["oneOf"] = json!([]);
        assert_eq!(read(object.as_object().unwrap()), None);
    }
}
