//! `PORTICO_*` environment variables, which override the keys of the file.

use toml::{Table, Value};

use crate::catalogue::{Described, keys_of};
use crate::keys::{ConfigKey, ValueKind};

/// Applies the variables that are set. The variables of an instance need exactly one instance: with several
/// it would be ambiguous which one they apply to.
pub(crate) fn apply(
    file: &mut Table,
    sections: &[Described],
    variable: &dyn Fn(&str) -> Option<String>,
    faults: &mut Vec<String>,
) {
    override_keys(file, keys_of(sections, ""), variable, faults);
    for table in ["network", "log"] {
        let keys = file.entry(table).or_insert_with(|| Table::new().into());
        if let Value::Table(keys) = keys {
            override_keys(keys, keys_of(sections, table), variable, faults);
        }
    }
    let Some(first) = keys_of(sections, "instance").find(|key| variable(&key.variable).is_some()) else {
        return;
    };
    let instances = file.entry("instance").or_insert_with(|| Vec::<Value>::new().into());
    let Value::Array(instances) = instances else { return };
    if instances.is_empty() {
        instances.push(Table::new().into());
    }
    match instances.as_mut_slice() {
        [Value::Table(only)] => override_keys(only, keys_of(sections, "instance"), variable, faults),
        // The reader of the file reports an entry that is no table.
        [_] => {}
        several => faults.push(format!(
            "{} is set, but {} instances are configured; variables of an instance need exactly one",
            first.variable,
            several.len()
        )),
    }
}

fn override_keys<'a>(
    table: &mut Table,
    keys: impl Iterator<Item = &'a ConfigKey>,
    variable: &dyn Fn(&str) -> Option<String>,
    faults: &mut Vec<String>,
) {
    for key in keys {
        let Some(text) = variable(&key.variable) else { continue };
        match parse(key, &text) {
            Some(value) => drop(table.insert(key.name.to_owned(), value)),
            None => faults.push(format!("{} is {text:?}; it must be {}", key.variable, key.kind.describe())),
        }
    }
}

/// Returns the value of a variable, as the file would have it.
fn parse(key: &ConfigKey, text: &str) -> Option<Value> {
    match key.kind {
        ValueKind::Text => Some(text.into()),
        ValueKind::Number => text.parse().ok().map(Value::Integer),
        ValueKind::Flag => text.parse().ok().map(Value::Boolean),
        ValueKind::List if key.by_line => Some(text.lines().collect::<Vec<_>>().into()),
        ValueKind::List => {
            let entries = text.split([',', ' ']).filter(|entry| !entry.is_empty());
            Some(entries.collect::<Vec<_>>().into())
        }
    }
}
