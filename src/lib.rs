//! Portico: a federated ActivityPub server for company-internal social networking.
//!
//! A request passes edge → service → policy and store → events → delivery:
//!
//! | module | purpose | may use |
//! | --- | --- | --- |
//! | [`model`] | plain domain types, no I/O | nothing |
//! | [`policy`] | pure decisions: who may see, receive, do | model |
//! | [`store`] | diesel queries on SQLite and PostgreSQL | model, policy's plain types |
//! | [`service`] | use cases, a file per noun | model, policy, store, its own ports |
//! | [`http`] | code shared by all HTTP edges | model, config |
//! | [`api`] | the Mastodon client API edge | http, service, model, config |
//! | [`web`] | the HTML edge | http, service, model, config |
//! | [`federation`] | the ActivityPub edge | http, service, model, config |
//! | [`cli`] | the command line | every edge's public functions, service, model, config |
//! | [`jobs`] | workers of the job queue, after a commit | service, federation, store's queue |
//! | [`config`] | `portico.toml` and `PORTICO_*`, validated | model |
//! | [`telemetry`] | structured logs | config |
//!
//! [`instance::Instance`] is the context of one domain; [`fleet`] serves many of them from one process.
//! Edges and services receive an `Instance`; policy and store never see it. Private modules and
//! `src/tests/architecture.rs` enforce the table; see docs/architecture.md for details.

pub mod api;
pub mod cli;
pub mod config;
pub mod federation;
pub mod fleet;
pub mod http;
pub mod instance;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod service;
pub mod store;
pub mod streaming;
pub mod telemetry;
pub mod web;
