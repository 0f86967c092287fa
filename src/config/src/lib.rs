//! Configuration: `portico.toml` and `PORTICO_*` variables, read once at start into typed, validated
//! settings.
//!
//! No other module reads the environment. Every error names the key, the value and the valid values.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use portico_domain::model::annotations::Announcers;
use portico_domain::model::bot::Makers;
use portico_domain::model::card::LinkPreviews;
use portico_domain::model::department::DepartmentMentioners;
use portico_domain::model::digest::Period;
use portico_domain::model::exposure::Exposures;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::profile::FieldReaches;
use portico_domain::model::reach::Ceilings;
use portico_domain::model::user::Role;
use portico_domain::model::{Reach, Timestamp};

mod check;
mod environment;
mod file;
mod media;
mod network;
mod reference;
mod words;
pub mod write;

pub use file::load;
pub use media::{Bucket, MediaPlace};
pub use reference::reference;

/// The reason why the configuration is invalid: one line per problem.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(
        "{path}: {cause}; set the file with --config or PORTICO_CONFIG, or create one with `portico init`"
    )]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The system error.
        cause: std::io::Error,
    },
    /// The file is not valid TOML, or has a value of the wrong type.
    #[error("{path}: {what}")]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The line and the error.
        what: String,
    },
    /// Invalid values. Each message names the key, the value and the valid values.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

/// The settings of the process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address for clients and peers.
    pub listen: SocketAddr,
    /// The address of metrics and health checks; must not be public.
    pub admin_listen: Option<SocketAddr>,
    /// The network settings of outgoing connections.
    pub network: NetworkSettings,
    /// The log settings.
    pub log: LogSettings,
    /// How long a shutdown waits for running requests and jobs.
    pub shutdown_limit: Duration,
    /// The instances; at least one.
    pub instances: Vec<InstanceSettings>,
}

/// The network settings of outgoing connections.
#[derive(Debug, Clone, Default)]
pub struct NetworkSettings {
    /// Private address ranges that may be reached, and whose proxies are trusted; none by default.
    pub allow_networks: Vec<ipnet::IpNet>,
    /// Whether plain `http:` is used; only for tests and the demo, on loopback.
    pub insecure_http: bool,
    /// Certificates of authorities that are trusted in addition to those of the system.
    pub certificates: Vec<reqwest::Certificate>,
    /// The same certificates in PEM, for connections that are not HTTP.
    pub authorities: Vec<Vec<u8>>,
}

/// The log settings.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// The filter in the syntax of tracing-subscriber's `EnvFilter`.
    pub filter: String,
    /// The format.
    pub format: LogFormat,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Human-readable text.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

/// The settings of an instance.
#[derive(Debug, Clone)]
pub struct InstanceSettings {
    /// The domain: lower case ASCII, with a port if not 443.
    pub domain: String,
    /// The title; the domain by default.
    pub title: String,
    /// A description in one sentence.
    pub description: String,
    /// The contact mail address.
    pub contact_email: String,
    /// The database; a relative SQLite path starts at the configuration file's folder.
    pub database: DatabaseUrl,
    /// The storage of media files.
    pub media: MediaPlace,
    /// The federation mode.
    pub federation: FederationMode,
    /// The reach of posts that clients mark as `public` or `unlisted`.
    pub default_reach: Reach,
    /// The widest reach of posts, by role.
    pub ceilings: Ceilings,
    /// The domains of the company's other instances.
    pub company: Vec<String>,
    /// Whether visitors without sign-in may see public posts and profiles.
    pub public_pages: bool,
    /// The maximum length of a status, in grapheme clusters.
    pub max_characters: usize,
    /// The information about the instance.
    pub about: About,
    /// The maximum number of client API requests per person (without sign-in: per address) in five minutes.
    pub request_limit: u32,
    /// How many questions to experts a person may send, and may receive, per day.
    pub questions_per_day: i64,
    /// The posts whose links get previews.
    pub link_previews: LinkPreviews,
    /// The widest reach of each profile attribute.
    pub profile_reaches: FieldReaches,
    /// The translation service.
    pub translation: Option<TranslationSettings>,
    /// How much of profiles other servers get.
    pub exposure: Exposures,
    /// Whether outgoing objects carry an integrity proof of their author (FEP-8b32).
    pub object_proofs: bool,
    /// The users who may create bots.
    pub bots: Makers,
    /// The mail server.
    pub mail: Option<MailSettings>,
    /// The users who may mention departments and divisions.
    pub department_mentions: DepartmentMentioners,
    /// The users who may create must-read posts.
    pub announcers: Announcers,
    /// The lowest role that may invite guests into rooms.
    pub room_sponsors: Role,
}

/// The settings of outgoing mail.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The URL of the server in lettre's syntax: `smtps://USER:PASSWORD@HOST`.
    pub url: String,
    /// The sender: `Acme <noreply@acme.example>`.
    pub from: String,
    /// The default frequency of digests.
    pub digest: Period,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may contain a password.
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// The settings of the translation service.
#[derive(Clone, PartialEq, Eq)]
pub struct TranslationSettings {
    /// The URL.
    pub url: String,
    /// The API key.
    pub key: Option<String>,
    /// The posts that may be sent to it.
    pub allowed: LinkPreviews,
}

impl std::fmt::Debug for TranslationSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.debug_struct("TranslationSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The information about an instance, besides its title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The rules, one sentence each.
    pub rules: Vec<String>,
    /// The long description.
    pub description: Option<Document>,
    /// The privacy policy.
    pub privacy_policy: Option<Document>,
    /// The terms of service.
    pub terms_of_service: Option<Document>,
    /// The user name of the contact person.
    pub contact_account: Option<String>,
}

/// A document of the operator, as read at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The Markdown text.
    pub text: String,
    /// When its file was last changed.
    pub changed_at: Timestamp,
}

/// The database of an instance.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:(hidden)"),
        }
    }
}
