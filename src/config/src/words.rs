//! Detection of unknown keys, with suggestions.

use toml::{Table, Value};

use super::reference::KEYS;

/// The tables below the top of the file.
const TABLES: [&str; 3] = ["network", "log", "instance"];

/// Removes unknown keys from a file's table, and reports each.
pub(super) fn refuse_unknown(file: &mut Table, faults: &mut Vec<String>) {
    refuse_in(file, "", faults);
    for table in TABLES {
        match file.get_mut(table) {
            Some(Value::Table(keys)) => refuse_in(keys, table, faults),
            Some(Value::Array(tables)) => {
                tables
                    .iter_mut()
                    .filter_map(Value::as_table_mut)
                    .for_each(|keys| refuse_in(keys, table, faults));
            }
            _ => {}
        }
    }
}

fn refuse_in(keys: &mut Table, table: &str, faults: &mut Vec<String>) {
    let mut known: Vec<&str> = KEYS.iter().filter(|key| key.table == table).map(|key| key.name).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_nothing_far() {
        let known = ["listen", "admin_listen", "shutdown_seconds"];
        assert_eq!(nearest("lisen", &known), Some("listen"));
        assert_eq!(nearest("admin-listen", &known), Some("admin_listen"));
        assert_eq!(nearest("colour", &known), None);
    }

    #[test]
    fn every_unknown_key_is_told() {
        let text = "lisen = 1\n[network]\ninsecure = true\n[log]\nfilter = \"info\"\n[[instance]]\ndomian = \"a\"\ncolour = \"blue\"\n";
        let (mut file, mut faults) = (text.parse().unwrap(), Vec::new());
        refuse_unknown(&mut file, &mut faults);
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert_eq!(faults[0], "the configuration has no key lisen; did you mean listen?");
        assert_eq!(
            faults[1],
            "[network] has no key insecure; valid keys are allow_networks, insecure_http, certificates"
        );
        assert!(faults.contains(&"[instance] has no key domian; did you mean domain?".to_owned()));
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with("[instance] has no key colour; valid keys are domain"))
        );
    }

    /// The list of keys and the types of the file contain the same keys.
    #[test]
    fn the_list_of_keys_is_that_of_the_types() {
        for table in ["", "network", "log", "instance"] {
            let wrong = match table {
                "" => "nothing = 1".to_owned(),
                "instance" => "[[instance]]\nnothing = 1".to_owned(),
                table => format!("[{table}]\nnothing = 1"),
            };
            let message = toml::from_str::<super::super::file::File>(&wrong).unwrap_err().to_string();
            for key in KEYS.iter().filter(|key| key.table == table) {
                assert!(
                    message.contains(&format!("`{}`", key.name)),
                    "{table}.{} is no key: {message}",
                    key.name
                );
            }
            let taken = message.matches('`').count() / 2 - 1;
            let listed = KEYS.iter().filter(|key| key.table == table).count();
            let below = if table.is_empty() { TABLES.len() } else { 0 };
            assert!(taken >= listed + below, "{table}: {message}");
        }
    }
}
