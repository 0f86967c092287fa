//! The ways in which values are written. A field names its way as `#[serde(with = "…")]`, which reads the value,
//! checks it, and describes it in the schema.
//!
//! The text of an error continues the name of the key: `is "loud"; it must be one of human, json`.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Describes a type in the schema, in place where it is used.
macro_rules! described {
    ($name:ty, $schema:tt $(, const $parameter:ident: $of:ty)*) => {
        impl<$(const $parameter: $of),*> ::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!($schema)
            }
        }
    };
}
pub(crate) use described;

/// The words that a key may have, with their values.
pub(crate) trait Choices {
    /// The type of the values.
    type Value: Copy + PartialEq + 'static;
    /// Every word with its value.
    const WORDS: &'static [(&'static str, Self::Value)];
}

/// One of the words of `T`.
pub(crate) struct OneOf<T>(PhantomData<T>);

impl<T: Choices> OneOf<T> {
    fn words() -> Vec<&'static str> {
        T::WORDS.iter().map(|(word, _)| *word).collect()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<T::Value, D::Error> {
        let text = String::deserialize(value)?;
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            D::Error::custom(format!("is {text:?}; it must be one of {}", Self::words().join(", ")))
        })
    }

    pub(crate) fn serialize<S: Serializer>(value: &T::Value, to: S) -> Result<S::Ok, S::Error> {
        let found = T::WORDS.iter().find(|(_, known)| known == value);
        found.map(|(word, _)| *word).serialize(to)
    }
}

impl<T: Choices> JsonSchema for OneOf<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::words() })
    }
}

/// A whole number from `LEAST` to `MOST`.
pub(crate) struct Number<const LEAST: i64, const MOST: i64>;

impl<const LEAST: i64, const MOST: i64> Number<LEAST, MOST> {
    pub(crate) fn deserialize<'de, D, T>(value: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: TryFrom<i64>,
    {
        let number = i64::deserialize(value)?;
        let inside = (LEAST..=MOST).contains(&number).then(|| T::try_from(number).ok()).flatten();
        inside.ok_or_else(|| D::Error::custom(format!("is {number}; it must be between {LEAST} and {MOST}")))
    }

    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

described!(Number<LEAST, MOST>, {
    "type": "integer", "minimum": LEAST, "maximum": MOST
}, const LEAST: i64, const MOST: i64);

/// The default `N`, for fields of any type of number.
pub(crate) fn number<const N: u16, T: From<u16>>() -> T {
    T::from(N)
}

/// A time in whole seconds, from `LEAST` to `MOST`.
pub(crate) struct Seconds<const LEAST: i64, const MOST: i64>;

impl<const LEAST: i64, const MOST: i64> Seconds<LEAST, MOST> {
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
        Number::<LEAST, MOST>::deserialize::<D, u64>(value).map(Duration::from_secs)
    }

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        value.as_secs().serialize(to)
    }
}

described!(Seconds<LEAST, MOST>, {
    "type": "integer", "minimum": LEAST, "maximum": MOST
}, const LEAST: i64, const MOST: i64);

/// The default of `N` seconds.
pub(crate) fn seconds<const N: u64>() -> Duration {
    Duration::from_secs(N)
}

/// An address with a port. `T` is the address, or an `Option` of it.
pub(crate) struct Address;

impl Address {
    pub(crate) fn deserialize<'de, D, T>(value: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: From<SocketAddr>,
    {
        let text = String::deserialize(value)?;
        let address: SocketAddr = text.parse().map_err(|_| {
            D::Error::custom(format!(
                "is {text:?}; it must be an address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\""
            ))
        })?;
        Ok(T::from(address))
    }

    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

described!(Address, { "type": "string" });

/// A list of address ranges; a single address counts as a range. `T` is the list, or an `Option` of it.
pub(crate) struct Ranges;

impl Ranges {
    pub(crate) fn deserialize<'de, D, T>(value: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: From<Vec<IpNet>>,
    {
        let mut ranges = Vec::new();
        for text in Vec::<String>::deserialize(value)? {
            let single = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
            let range = text.parse::<IpNet>().ok().filter(|range| !is_mapped(range));
            match range.or_else(single) {
                Some(range) => ranges.push(range.trunc()),
                None => {
                    let fault = format!("has {text:?}; use a range such as \"10.0.0.0/8\"");
                    return Err(D::Error::custom(fault));
                }
            }
        }
        Ok(T::from(ranges))
    }

    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

/// Whether a range consists of IPv4 addresses in the form of IPv6 (`::ffff:0:0/96`). It would match nothing, because
/// addresses are compared in their canonical form.
fn is_mapped(range: &IpNet) -> bool {
    match range {
        IpNet::V4(_) => false,
        IpNet::V6(range) => range.prefix_len() >= 96 && range.addr().to_ipv4_mapped().is_some(),
    }
}

described!(Ranges, { "type": "array", "items": { "type": "string" } });
