//! Unknown keys, with suggestions, and values of the wrong type.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::catalogue::{Described, TABLES, keys_of};

/// Removes unknown keys from a file's table, and reports each.
pub(crate) fn refuse_unknown(file: &mut Table, sections: &[Described], faults: &mut Vec<String>) {
    refuse_in(file, "", sections, faults);
    for table in TABLES {
        match file.get_mut(table) {
            Some(Value::Table(keys)) => refuse_in(keys, table, sections, faults),
            Some(Value::Array(tables)) => {
                let tables = tables.iter_mut().filter_map(Value::as_table_mut);
                tables.for_each(|keys| refuse_in(keys, table, sections, faults));
            }
            _ => {}
        }
    }
}

fn refuse_in(keys: &mut Table, table: &str, sections: &[Described], faults: &mut Vec<String>) {
    let mut known: Vec<&str> = keys_of(sections, table).map(|key| key.name).collect();
    if table.is_empty() {
        known.extend(TABLES);
    }
    keys.retain(|name, _| {
        if known.contains(&name) {
            return true;
        }
        let place = if table.is_empty() { "the configuration".to_owned() } else { format!("[{table}]") };
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("valid keys are {}", known.join(", ")),
        };
        faults.push(format!("{place} has no key {name}; {hint}"));
        false
    });
}

/// Returns the most similar known word, if one is similar enough.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::levenshtein(word, candidate), *candidate))
        .filter(|(far, candidate)| *far <= candidate.len().max(word.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Reports values of the wrong type, each with its line, and without the value, which may be a password.
/// `place` names the file.
pub(crate) fn refuse_types(
    file: &Table,
    sections: &[Described],
    text: &str,
    place: &str,
    faults: &mut Vec<String>,
) {
    let mut refuse = |path: &[&str], at: usize, fault: String| {
        let line = line_of(text, path, at).map(|line| format!("line {line}: ")).unwrap_or_default();
        faults.push(format!("{place}: {line}{fault}"));
    };
    check_types(file, "", sections, |key, fault| refuse(&[key], 0, fault));
    for table in TABLES {
        match (table, file.get(table)) {
            (_, None) => {}
            ("instance", Some(Value::Array(tables))) if tables.iter().all(Value::is_table) => {
                for (at, keys) in tables.iter().filter_map(Value::as_table).enumerate() {
                    check_types(keys, table, sections, |key, fault| refuse(&[table, key], at, fault));
                }
            }
            ("instance", Some(_)) => {
                refuse(
                    &[table],
                    0,
                    "instance must be a list of sections, each below a line [[instance]]".into(),
                );
            }
            (_, Some(Value::Table(keys))) => {
                check_types(keys, table, sections, |key, fault| refuse(&[table, key], 0, fault));
            }
            (_, Some(_)) => {
                refuse(&[table], 0, format!("{table} must be a section, below a line [{table}]"));
            }
        }
    }
}

fn check_types(
    keys: &Table,
    table: &str,
    sections: &[Described],
    mut refuse: impl FnMut(&'static str, String),
) {
    for key in keys_of(sections, table) {
        if keys.get(key.name).is_some_and(|value| !key.kind.fits(value)) {
            refuse(key.name, format!("{} must be {}", key.name, key.kind.describe()));
        }
    }
}

/// Returns the line of a key; `at` is the position in a list of tables.
fn line_of(text: &str, path: &[&str], at: usize) -> Option<usize> {
    let parsed = DeTable::parse(text).ok()?;
    let mut table = parsed.get_ref();
    let (last, above) = path.split_last()?;
    for name in above {
        let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
        table = match value.get_ref() {
            DeValue::Table(below) => below,
            DeValue::Array(tables) => match tables.get(at)?.get_ref() {
                DeValue::Table(below) => below,
                _ => return None,
            },
            _ => return None,
        };
    }
    let (key, _) = table.iter().find(|(key, _)| key.get_ref() == last)?;
    Some(line_at(text, key.span().start))
}

/// Returns the line of a position.
pub(crate) fn line_at(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::sections;

    #[test]
    fn the_nearest_word_is_offered_and_nothing_far() {
        let known = ["listen", "admin_listen", "shutdown_seconds"];
        assert_eq!(nearest("lisen", &known), Some("listen"));
        assert_eq!(nearest("admin-listen", &known), Some("admin_listen"));
        assert_eq!(nearest("colour", &known), None);
    }

    #[test]
    fn every_unknown_key_is_reported() {
        let text = "lisen = 1\n[network]\ninsecure = true\n[log]\nfilter = \"info\"\n[[instance]]\ndomian = \"a\"\ncolour = \"blue\"\n";
        let (mut file, mut faults) = (text.parse().unwrap(), Vec::new());
        refuse_unknown(&mut file, &sections(), &mut faults);
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert_eq!(faults[0], "the configuration has no key lisen; did you mean listen?");
        assert_eq!(
            faults[1],
            "[network] has no key insecure; valid keys are allow_networks, trusted_proxies, insecure_http, certificates"
        );
        assert!(faults.contains(&"[instance] has no key domian; did you mean domain?".to_owned()));
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with("[instance] has no key colour; valid keys are domain"))
        );
    }

    #[test]
    fn a_wrong_type_is_reported_with_its_line() {
        let text = "listen = 8080\nlog = 1\n[network]\nallow_networks = [1]\n\n[[instance]]\ndomain = \"a\"\n\
                    [[instance]]\nmax_characters = \"many\"\nmail_url = 12345\n";
        let (file, mut faults) = (text.parse().unwrap(), Vec::new());
        refuse_types(&file, &sections(), text, "FILE", &mut faults);
        assert_eq!(
            faults,
            [
                "FILE: line 1: listen must be a text in quotes",
                "FILE: line 4: allow_networks must be a list of texts in quotes, such as [\"a\", \"b\"]",
                "FILE: line 2: log must be a section, below a line [log]",
                "FILE: line 9: max_characters must be a whole number",
                "FILE: line 10: mail_url must be a text in quotes",
            ]
        );
        let (file, mut faults) = ("[instance]\ndomain = \"a\"".parse().unwrap(), Vec::new());
        refuse_types(&file, &sections(), "[instance]\ndomain = \"a\"", "FILE", &mut faults);
        assert_eq!(
            faults,
            ["FILE: line 1: instance must be a list of sections, each below a line [[instance]]"]
        );
    }
}
