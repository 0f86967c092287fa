//! Portico: a federated ActivityPub server for company-internal social networking.
//!
//! The way through the house is edge → service → policy and store → events → delivery. Each room is a crate below
//! `src/`; cargo enforces which of them may use which:
//!
//! | crate | what it is for | may use |
//! | --- | --- | --- |
//! | `domain` | plain types, and pure decisions about them; no I/O | nothing of ours |
//! | `config` | `portico.toml` and `PORTICO_*`, validated | domain |
//! | `html` | text to HTML, foreign HTML to safe HTML | domain |
//! | `media` | pictures, films, sounds, and where files are kept | domain, config |
//! | `http-signatures` | signatures of requests, and their keys | domain |
//! | `net` | the guarded HTTP client, the only way out | domain, config, http-signatures |
//! | `activitystreams` | the wire types of ActivityPub | domain, html, http-signatures |
//! | `store` | queries on SQLite and PostgreSQL | domain, config |
//! | `jobs` | the runner of the jobs table | domain, store |
//! | `service` | use cases, a file per noun | domain, config, html, media, store, jobs |
//! | `http` | what HTTP edges share | domain, config, service |
//! | `federation` | the ActivityPub edge | all above |
//! | `api` | the Mastodon client API edge, with streaming | domain, config, html, http, service |
//! | `web` | the HTML edge | domain, config, html, http, service |
//! | `testing` | a real instance for tests, without sockets | everything |
//!
//! This crate is the program: [`cli`] reads the command line, [`fleet`] serves many instances from one process,
//! [`workers`] runs what follows a commit, and [`telemetry`] logs. See docs/architecture.md for the rest.

pub mod cli;
pub mod fleet;
pub mod telemetry;
pub mod workers;
