//! The keys of a section, as its type describes them.
//!
//! A section is a struct, and each of its fields is a key. The field has the name, the type and the default, the
//! check (`#[serde(with = "…")]`, see [`values`](crate::values)) and the documentation (its doc comment, in
//! Markdown, for operators). The reference page, the JSON schema, the names of the environment variables and the
//! reader of the file follow from it.

use std::path::Path;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value as Json;
use toml::{Table, Value};

/// A struct whose fields are keys. A field that is no key has `#[serde(skip)]`.
///
/// Attributes of `schemars` describe what the types cannot express: `extend("x-default" = "…")` is the default
/// in words, `extend("x-variable" = "…")` is an unusual name of the environment variable, and
/// `extend("x-lines" = true)` is a list whose variable has an entry on each line.
pub(crate) trait Section: DeserializeOwned + JsonSchema {
    /// The table of the file: empty for the top of the file, or `network`, `log`, `instance`.
    const TABLE: &'static str;
    /// The heading of the section, if it shares its table with others.
    const TITLE: &'static str = "";
    /// The text before the name of a key in the report of a fault.
    const PATH: &'static str = "";
}

/// The type of a value in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Number,
    Flag,
    List,
}

impl ValueKind {
    /// Whether a value of the file has this type.
    pub(crate) fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::Number, Value::Integer(_)) => true,
            (Self::Flag, Value::Boolean(_)) => true,
            (Self::List, Value::Array(entries)) => entries.iter().all(Value::is_str),
            _ => false,
        }
    }

    /// The valid values, in words.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Number => "a whole number",
            Self::Flag => "true or false",
            Self::List => "a list of texts in quotes, such as [\"a\", \"b\"]",
        }
    }
}

/// A key, as the field describes it.
#[derive(Debug, Clone)]
pub(crate) struct ConfigKey {
    /// The name.
    pub name: &'static str,
    /// The environment variable.
    pub variable: String,
    /// The type.
    pub kind: ValueKind,
    /// Whether the variable has an entry on each line, instead of entries between commas.
    pub by_line: bool,
    /// The default, in words.
    pub default: String,
    /// The description, in Markdown.
    pub meaning: String,
    /// The JSON schema of the value.
    pub schema: Json,
}

/// Returns the keys of a section, in the order of the fields.
pub(crate) fn describe<T: Section>() -> Vec<ConfigKey> {
    let schema = schemars::schema_for!(T).to_value();
    let prefix = match T::TABLE {
        "" | "instance" => "PORTICO_".to_owned(),
        table => format!("PORTICO_{}_", table.to_uppercase()),
    };
    field_names::<T>()
        .iter()
        .map(|&name| {
            let mut own = schema.pointer(&format!("/properties/{name}")).cloned().unwrap_or_default();
            tidy(&mut own);
            let text = |name: &str| own.get(name).and_then(Json::as_str).map(str::to_owned);
            ConfigKey {
                name,
                variable: text("x-variable").unwrap_or_else(|| format!("{prefix}{}", name.to_uppercase())),
                kind: match text("type").as_deref() {
                    Some("integer") => ValueKind::Number,
                    Some("boolean") => ValueKind::Flag,
                    Some("array") => ValueKind::List,
                    _ => ValueKind::Text,
                },
                by_line: own.get("x-lines").is_some(),
                default: text("x-default").unwrap_or_else(|| in_words(own.get("default"))),
                meaning: text("description").unwrap_or_default(),
                schema: own,
            }
        })
        .collect()
}

/// Removes `null` as a type and as a default, because TOML has no such value, a default that words replace, and the
/// ends of lines in the description.
fn tidy(schema: &mut Json) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(Json::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if schema.contains_key("x-default") || schema.get("default").is_some_and(Json::is_null) {
        schema.remove("default");
    }
    let first = schema.get("type").and_then(Json::as_array).and_then(|types| types.first()).cloned();
    if let Some(first) = first {
        schema.insert("type".into(), first);
    }
}

fn in_words(default: Option<&Json>) -> String {
    match default {
        None => "none".into(),
        Some(Json::String(text)) if text.is_empty() => "none".into(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(entries)) => {
            format!("[{}]", entries.iter().map(Json::to_string).collect::<Vec<_>>().join(", "))
        }
        Some(other) => other.to_string(),
    }
}

/// Reads a section from its table. Each fault costs its value and no other; within a list, its entry and no
/// other. Values of the wrong type are left out, because the reader of the file reports them.
pub(crate) fn read<T: Section>(table: &Table, faults: &mut Vec<String>) -> T {
    let mut sound = Table::new();
    for key in describe::<T>() {
        let Some(value) = table.get(key.name).filter(|value| key.kind.fits(value)) else { continue };
        let mut value = value.clone();
        let mut check = |value: Value| {
            let alone = Table::from_iter([(key.name.to_owned(), value)]);
            let fault = alone.try_into::<T>().err();
            faults.extend(fault.iter().map(|fault| format!("{}{} {}", T::PATH, key.name, fault.message())));
            fault.is_none()
        };
        if let Value::Array(entries) = &mut value {
            entries.retain(|entry| check(Value::Array(vec![entry.clone()])));
        }
        if check(value.clone()) {
            sound.insert(key.name.to_owned(), value);
        }
    }
    // Keys were checked one by one, so that their union can be read.
    sound.try_into().unwrap_or_else(|_| defaults())
}

/// Returns a section with the default of each key.
#[expect(
    clippy::expect_used,
    reason = "every key has a default, and a test reads every section without a key"
)]
pub(crate) fn defaults<T: Section>() -> T {
    Table::new().try_into().expect("every key has a default")
}

/// The facts that the check of a section uses besides its own keys.
#[derive(Clone, Copy)]
pub(crate) struct CheckContext<'a> {
    /// The folder of the configuration file, where relative paths start.
    pub folder: &'a Path,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether plain HTTP is used between instances.
    pub insecure_http: bool,
}

/// Returns the names of a struct's fields, as they are written in the file.
fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Always fails, because it is not there to read a value.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

/// A deserializer that takes note of the fields which a struct asks for.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("there is no value"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
