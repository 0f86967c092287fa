//! What use cases need of the outside world; federation implements it.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::model::{AccountId, StatusId, Timestamp};

use super::error::Result;

/// Fetches things from other servers. The implementation guards every address, checks origins, and
/// stores what it found before it answers.
#[async_trait]
pub trait RemoteFetch: Send + Sync {
    /// The account behind `user@host`, by WebFinger and its actor document.
    async fn account_by_handle(&self, username: &str, host: &str) -> Result<AccountId>;
    /// The account or status behind a URL that somebody pasted; none when it is neither.
    async fn by_url(&self, url: &str) -> Result<Option<Found>>;
    /// The account behind `user@host` of somebody who is to be a guest: as [`Self::account_by_handle`], and from
    /// servers too with which nothing else is exchanged.
    async fn guest_by_handle(&self, username: &str, host: &str) -> Result<AccountId>;
    /// A new key pair for an account, as PEM: public and private.
    async fn new_key_pair(&self) -> Result<(String, String)>;
    /// Reads an actor document again if ours is older than a day.
    async fn refresh(&self, account: AccountId) -> Result<()>;
    /// Reads an actor document again, however young ours is.
    async fn refresh_now(&self, account: AccountId) -> Result<()>;
}

/// What a URL turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An actor.
    Account(AccountId),
    /// A post.
    Status(StatusId),
}

/// Translates texts. The implementation guards the address and bounds what comes back.
#[async_trait]
pub trait Translator: Send + Sync {
    /// Each of these pieces of HTML in the language `to`, in their order. `from` is what they are in, if that
    /// is known.
    async fn translate(&self, lines: &[String], from: Option<&str>, to: &str) -> Result<Translated>;
    /// From each language into which.
    async fn languages(&self) -> Result<BTreeMap<String, Vec<String>>>;
}

/// What a translator answers. None of it is sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The translations.
    pub lines: Vec<String>,
    /// The language they were in, if it told.
    pub detected: Option<String>,
    /// What it calls itself.
    pub provider: String,
}

/// A mail to somebody of this instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// Whose it is.
    pub name: String,
    /// What it is about.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Its Message-ID.
    pub id: String,
    /// Where one has no more of these, by one click (RFC 8058).
    pub stop: String,
    /// When it was written.
    pub sent_at: Timestamp,
}

/// The mail server has taken a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mailed;

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFault {
    /// It will never be taken.
    Refused(String),
    /// It was not taken, and may be later.
    NotNow(String),
    /// It may have been taken.
    Unsure(String),
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail to the mail server.
    async fn send(&self, mail: &Mail) -> std::result::Result<Mailed, MailFault>;
}
