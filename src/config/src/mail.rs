//! The mail server of an instance.

use std::net::IpAddr;

use portico_domain::model::digest::Period;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::{Table, Value};

use crate::keys::{self, Section};
use crate::values::{Choices, OneOf, described};

/// The settings of outgoing mail.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct MailSettings {
    /// The mail server: `smtps://USER:PASSWORD@HOST` or `smtp://HOST:587?tls=required`. Without it, no mail is
    /// sent.
    #[serde(default, rename = "mail_url", with = "ServerUrl")]
    pub url: String,
    /// The sender of mails, such as `Acme <noreply@acme.example>`.
    #[serde(default, rename = "mail_from")]
    pub from: String,
    /// How often inactive users get a digest of missed posts by mail, unless they choose otherwise: `daily`,
    /// `weekly` or `off`.
    #[serde(default, rename = "mail_digest", with = "OneOf::<Period>")]
    pub digest: Period,
}

impl Section for MailSettings {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "Mail";
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may contain a password.
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

impl MailSettings {
    /// Returns the settings, if there is a mail server.
    pub(crate) fn read(table: &Table, faults: &mut Vec<String>) -> Option<Self> {
        let mail: Self = keys::read(table, faults);
        // The value as written: a faulty one still means that there is a mail server.
        if table.get("mail_url").is_none_or(|url| url.as_str() == Some("")) {
            return None;
        }
        let is_text = table.get("mail_from").is_none_or(Value::is_str);
        if is_text && mail.from.parse::<lettre::message::Mailbox>().is_err() {
            faults.push(format!(
                "mail_from is {:?}; with mail_url it must be a mail address, such as \"Acme <noreply@acme.example>\"",
                mail.from
            ));
        }
        Some(mail)
    }
}

impl Choices for Period {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("daily", Self::Daily), ("weekly", Self::Weekly), ("off", Self::Off)];
}

/// The URL of a mail server in lettre's syntax, or an empty text.
struct ServerUrl;

impl ServerUrl {
    fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
        let text = String::deserialize(value)?;
        let sound = url::Url::parse(&text).is_ok_and(|url| {
            let encrypted = url.scheme() == "smtps" || url.query() == Some("tls=required");
            let here = url.host_str().is_some_and(|host| {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            });
            matches!(url.scheme(), "smtp" | "smtps") && url.has_host() && (encrypted || here)
        });
        if sound || text.is_empty() {
            return Ok(text);
        }
        // Without the value, which may contain a password.
        Err(D::Error::custom(
            "must have the form \"smtps://USER:PASSWORD@HOST\" or \"smtp://HOST:587?tls=required\"; TLS is only \
             optional for a mail server on this machine",
        ))
    }

    fn serialize<S: Serializer>(value: &str, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

described!(ServerUrl, { "type": "string" });
