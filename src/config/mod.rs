//! Configuration: `portico.toml` and `PORTICO_*` variables, read once at start into typed, checked values.
//!
//! No code below the edges reads the environment. Every error names the key, the value and what would be
//! right.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::bot::Makers;
use crate::model::card::LinkPreviews;
use crate::model::digest::Period;
use crate::model::exposure::Exposures;
use crate::model::marks::Announcers;
use crate::model::peer::FederationMode;
use crate::model::profile::FieldReaches;
use crate::model::reach::Ceilings;
use crate::model::unit::Callers;
use crate::model::user::Role;
use crate::model::{Reach, Timestamp};

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

/// Why the configuration does not do: one line for each thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(
        "{path}: {cause}; name the configuration with --config or PORTICO_CONFIG, or make one with `portico init`"
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is not TOML of the right shape.
    #[error("{path}: {what}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        what: String,
    },
    /// Values that do not do. Each names the key, the value and what would be right.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

/// Everything the process needs to know at start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where clients and peers connect.
    pub listen: SocketAddr,
    /// Where metrics and health checks are served; never the public address.
    pub admin_listen: Option<SocketAddr>,
    /// What federation may reach.
    pub network: NetworkSettings,
    /// How to log.
    pub log: LogSettings,
    /// How long a shutdown waits for what is in hand.
    pub shutdown_limit: Duration,
    /// The instances; at least one.
    pub instances: Vec<InstanceSettings>,
}

/// What federation may reach.
#[derive(Debug, Clone, Default)]
pub struct NetworkSettings {
    /// Private ranges that federation may reach; none by default.
    pub allow_networks: Vec<ipnet::IpNet>,
    /// Plain `http:`; true only for tests and the demo, on loopback.
    pub insecure_http: bool,
    /// Certificates of authorities that are trusted besides those of the machine.
    pub certificates: Vec<reqwest::Certificate>,
    /// The same as the files have them (PEM), for connections that are not HTTP.
    pub authorities: Vec<Vec<u8>>,
}

/// How to log.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// A filter as tracing-subscriber's `EnvFilter` reads it.
    pub filter: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// One instance: one domain.
#[derive(Debug, Clone)]
pub struct InstanceSettings {
    /// Its host name: lower case ASCII, with a port if not 443.
    pub domain: String,
    /// What it calls itself; the domain if not set.
    pub title: String,
    /// One sentence about it.
    pub description: String,
    /// Whom to write to.
    pub contact_email: String,
    /// `sqlite:PATH` or `postgres://…`; a relative path is under the configuration file's folder.
    pub database: DatabaseUrl,
    /// Where media is kept.
    pub media: MediaPlace,
    /// With whom it federates.
    pub federation: FederationMode,
    /// What `public` and `unlisted` mean for clients that know only Mastodon's words.
    pub default_reach: Reach,
    /// How far people may make their posts go, by their role.
    pub ceilings: Ceilings,
    /// The domains of the company's other instances.
    pub company: Vec<String>,
    /// Whether visitors without sign-in may see public posts and profiles.
    pub public_pages: bool,
    /// How long a status may be, in grapheme clusters.
    pub max_characters: usize,
    /// What it tells people of itself.
    pub about: About,
    /// How many calls of the client API one person (without sign-in: one address) may make in five minutes.
    pub request_limit: u32,
    /// How often somebody can be asked, and ask, by skills in a day.
    pub questions_per_day: i64,
    /// Which posts' links are looked up for a preview.
    pub link_previews: LinkPreviews,
    /// How far each attribute of people's profiles may go.
    pub profile_reaches: FieldReaches,
    /// What translates posts.
    pub translation: Option<TranslationSettings>,
    /// How much of profiles other servers are given.
    pub exposure: Exposures,
    /// Whether what is sent carries a proof of its author (FEP-8b32).
    pub object_proofs: bool,
    /// Who may make bots.
    pub bots: Makers,
    /// By what mail is sent.
    pub mail: Option<MailSettings>,
    /// Who may call departments and divisions by name.
    pub department_mentions: Callers,
    /// Who may post what must be read.
    pub announcers: Announcers,
    /// From which role on people may invite guests into rooms.
    pub room_sponsors: Role,
}

/// A mail server, and what is sent by it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// Its address, as lettre reads it: `smtps://USER:PASSWORD@HOST`.
    pub url: String,
    /// Who sends: `Acme <noreply@acme.example>`.
    pub from: String,
    /// How often people are told what they missed who have not chosen.
    pub digest: Period,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A translation service.
#[derive(Clone, PartialEq, Eq)]
pub struct TranslationSettings {
    /// Its address.
    pub url: String,
    /// The key that it asks for.
    pub key: Option<String>,
    /// Which posts may be sent there.
    pub allowed: LinkPreviews,
}

impl std::fmt::Debug for TranslationSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.debug_struct("TranslationSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What an instance tells people of itself, besides its title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// What people here agree to, a sentence each.
    pub rules: Vec<String>,
    /// The long description.
    pub description: Option<Document>,
    /// What happens with people's data.
    pub privacy_policy: Option<Document>,
    /// What people agree to by using it.
    pub terms_of_service: Option<Document>,
    /// The user name of the person to turn to.
    pub contact_account: Option<String>,
}

/// A text that the operator wrote, as it was when the process started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Markdown.
    pub text: String,
    /// When its file was last changed.
    pub changed_at: Timestamp,
}

/// Where an instance's database is.
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
