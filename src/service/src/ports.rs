//! Ports: what use cases need from the outside world. Federation, the translator and the mailer implement
//! them.

use std::collections::BTreeMap;

use async_trait::async_trait;

use portico_domain::model::{AccountId, StatusId, Timestamp};

use crate::error::Result;

/// Fetches objects from other servers. The implementation checks every address and origin, and stores what it
/// found before it returns.
#[async_trait]
pub trait RemoteFetch: Send + Sync {
    /// Fetches the account of `user@host`, by WebFinger and its actor document.
    async fn account_by_handle(&self, username: &str, host: &str) -> Result<AccountId>;
    /// Fetches the account or status behind a URL; `None` if it is neither.
    async fn by_url(&self, url: &str) -> Result<Option<RemoteObject>>;
    /// Fetches the account of `user@host` for a future room guest: like [`Self::account_by_handle`], but also
    /// from hosts with which the instance does not federate otherwise.
    async fn guest_by_handle(&self, username: &str, host: &str) -> Result<AccountId>;
    /// Generates a key pair for an account, as PEM: public and private.
    async fn new_key_pair(&self) -> Result<(String, String)>;
    /// Re-fetches an actor document if the stored one is older than a day.
    async fn refresh(&self, account: AccountId) -> Result<()>;
    /// Re-fetches an actor document, regardless of the stored one's age.
    async fn refresh_now(&self, account: AccountId) -> Result<()>;
}

/// The object behind a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteObject {
    /// An account.
    Account(AccountId),
    /// A status.
    Status(StatusId),
}

/// Translates texts. The implementation checks the service's address and limits the response size.
#[async_trait]
pub trait Translator: Send + Sync {
    /// Translates pieces of HTML into the language `to` and keeps their order. `from` is their language, if
    /// known.
    async fn translate(&self, lines: &[String], from: Option<&str>, to: &str) -> Result<TranslatorResponse>;
    /// Returns the target languages of each source language.
    async fn languages(&self) -> Result<BTreeMap<String, Vec<String>>>;
}

/// The response of a translator. Nothing in it is sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslatorResponse {
    /// The translations.
    pub lines: Vec<String>,
    /// The detected source language, if reported.
    pub detected: Option<String>,
    /// The name of the translation provider.
    pub provider: String,
}

/// An e-mail to a user of this instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// The recipient's name.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// The plain text body.
    pub text: String,
    /// The HTML body.
    pub html: String,
    /// The Message-ID.
    pub id: String,
    /// The one-click unsubscribe URL (RFC 8058).
    pub stop: String,
    /// When it was written.
    pub sent_at: Timestamp,
}

/// Confirms that the mail server accepted an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailAccepted;

/// The reason why an e-mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailError {
    /// It was rejected permanently.
    Refused(String),
    /// It was not accepted; a later attempt may succeed.
    NotNow(String),
    /// It may have been accepted.
    Unsure(String),
}

/// Sends e-mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands an e-mail to the mail server.
    async fn send(&self, mail: &Mail) -> std::result::Result<MailAccepted, MailError>;
}
