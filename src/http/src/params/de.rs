//! Deserializes a parameter tree into a type, leniently: all values are text, and the type gives them
//! meaning.
//!
//! Booleans and numbers are parsed from text; an empty text is `None` for every `Option` and skipped in
//! lists; a scalar stands for a list of one; an object with index keys is a list. Where empty and absent must
//! differ (a profile's name being cleared), use [`ClearableText`](super::Given).

use std::fmt::Display;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::tree::{Node, elements};

/// Why parameters do not fit the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InvalidParam {
    /// A required parameter is missing.
    Missing(String),
    /// A parameter has an invalid value.
    Invalid {
        /// Its name, as a path.
        name: String,
        /// The reason.
        fault: String,
    },
}

impl InvalidParam {
    fn invalid(fault: impl Into<String>) -> Self {
        Self::Invalid { name: String::new(), fault: fault.into() }
    }

    fn under(self, key: &str) -> Self {
        let join = |name: String| if name.is_empty() { key.to_owned() } else { format!("{key}.{name}") };
        match self {
            Self::Missing(name) => Self::Missing(join(name)),
            Self::Invalid { name, fault } => Self::Invalid { name: join(name), fault },
        }
    }
}

impl Display for InvalidParam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Invalid { name, fault } if name.is_empty() => f.write_str(fault),
            Self::Invalid { name, fault } => write!(f, "{name} {fault}"),
        }
    }
}

impl std::error::Error for InvalidParam {}

impl de::Error for InvalidParam {
    fn custom<T: Display>(message: T) -> Self {
        Self::invalid(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field.to_owned())
    }
}

impl<'de> IntoDeserializer<'de, InvalidParam> for Node {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl Node {
    fn into_text(self, what: &str) -> Result<String, InvalidParam> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(InvalidParam::invalid(format!("must be {what}"))),
        }
    }

    fn parse<T: std::str::FromStr>(self) -> Result<T, InvalidParam> {
        let text = self.into_text("a number")?;
        text.trim().parse().map_err(|_| InvalidParam::invalid("must be a number"))
    }

    fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

/// Parses a boolean in any of the spellings that clients use.
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "t" | "yes" => Some(true),
        "false" | "0" | "off" | "f" | "no" | "" => Some(false),
        _ => None,
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
            visitor.$visit(self.parse()?)
        }
    )+};
}

impl<'de> de::Deserializer<'de> for Node {
    type Error = InvalidParam;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            Self::List(_) => self.deserialize_seq(visitor),
            Self::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        let text = self.into_text("true or false")?;
        visitor.visit_bool(truth(&text).ok_or_else(|| InvalidParam::invalid("must be true or false"))?)
    }

    numbers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_f32 visit_f32,
        deserialize_f64 visit_f64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        visitor.visit_string(self.into_text("a string")?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        if self.is_blank() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidParam> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        let items = match self {
            Self::List(list) => list,
            Self::Map(map) => elements(map),
            single @ Self::Text(_) => vec![single],
        };
        visitor.visit_seq(SeqDeserializer::new(items.into_iter().filter(|item| !item.is_blank())))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        match self {
            Self::Map(map) => {
                let mut pairs = Pairs { rest: map.into_iter(), value: None };
                visitor.visit_map(&mut pairs)
            }
            single if single.is_blank() => {
                visitor.visit_map(MapDeserializer::new(std::iter::empty::<(String, Self)>()))
            }
            _ => Err(InvalidParam::invalid("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidParam> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidParam> {
        visitor.visit_enum(self.into_text("a word")?.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidParam> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char bytes byte_buf unit_struct tuple tuple_struct identifier i128 u128 }
}

/// The members of an object; an error in a member carries the member's name.
struct Pairs {
    rest: std::collections::btree_map::IntoIter<String, Node>,
    value: Option<(String, Node)>,
}

impl<'de> de::MapAccess<'de> for &mut Pairs {
    type Error = InvalidParam;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, InvalidParam> {
        let Some((key, node)) = self.rest.next() else { return Ok(None) };
        let read = seed.deserialize(StringDeserializer::<InvalidParam>::new(key.clone()))?;
        self.value = Some((key, node));
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, InvalidParam> {
        let Some((key, node)) = self.value.take() else {
            return Err(InvalidParam::invalid("a value was requested before its name"));
        };
        seed.deserialize(node).map_err(|misfit| misfit.under(&key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::ClearableText;
    use super::super::tree::Tree;
    use super::*;
    use portico_domain::model::{Reach, StatusId};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Poll {
        options: Vec<String>,
        expires_in: Option<i64>,
        multiple: bool,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        status: String,
        sensitive: Option<bool>,
        in_reply_to_id: Option<StatusId>,
        media_ids: Vec<StatusId>,
        reach: Option<Reach>,
        poll: Option<Poll>,
        note: ClearableText,
        fields: Option<Vec<std::collections::BTreeMap<String, String>>>,
    }

    fn read(form: &str) -> Result<Sample, InvalidParam> {
        Sample::deserialize(Tree::urlencoded(form.as_bytes()).unwrap().node())
    }

    #[test]
    fn text_becomes_what_the_type_means() {
        let sample = read(
            "status=hi&sensitive=on&in_reply_to_id=5&media_ids=7&reach=company\
             &poll[options][]=a&poll[options][]=&poll[expires_in]=&poll[multiple]=1&note=&unknown[x]=1\
             &fields[1][name]=b&fields[0][name]=a",
        );
        let sample = sample.unwrap();
        assert_eq!(sample.status, "hi");
        assert_eq!(sample.sensitive, Some(true));
        assert_eq!(sample.in_reply_to_id, Some(StatusId(5)));
        assert_eq!(sample.media_ids, [StatusId(7)]);
        assert_eq!(sample.reach, Some(Reach::Company));
        assert_eq!(sample.poll, Some(Poll { options: vec!["a".into()], expires_in: None, multiple: true }));
        assert_eq!(sample.note, ClearableText(Some(String::new())));
        assert_eq!(sample.fields.unwrap()[0]["name"], "a");
    }

    #[test]
    fn empty_means_unset() {
        assert_eq!(read("in_reply_to_id=&sensitive=&media_ids[]=&reach=&poll=").unwrap(), Sample::default());
    }

    #[test]
    fn faults_name_the_parameter() {
        let error_of = |form: &str| read(form).unwrap_err().to_string();
        assert_eq!(error_of("sensitive=maybe"), "sensitive must be true or false");
        assert_eq!(error_of("poll[expires_in]=soon"), "poll.expires_in must be a number");
        assert_eq!(error_of("status[]=x"), "status must be a string");
        assert_eq!(error_of("poll=x"), "poll must be an object");
        assert_eq!(error_of("in_reply_to_id=abc"), "in_reply_to_id not an id");
        assert!(error_of("reach=world").starts_with("reach unknown variant"));
    }

    proptest! {
        #[test]
        fn any_tree_is_read_or_refused(text in "[a-z_\\[\\]=&0-9%]{0,120}") {
            if let Ok(tree) = Tree::urlencoded(text.as_bytes()) {
                let _ = Sample::deserialize(tree.node());
            }
        }

        #[test]
        fn known_names_in_any_shape_are_read_or_refused(
            parts in proptest::collection::vec(
                ("(status|sensitive|in_reply_to_id|media_ids|poll|fields|note)(\\[(|0|options|name)\\]){0,3}", "[a-z0-9]{0,3}"),
                0..12,
            )
        ) {
            let text = parts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
            if let Ok(tree) = Tree::urlencoded(text.as_bytes()) {
                let _ = Sample::deserialize(tree.node());
            }
        }
    }
}
