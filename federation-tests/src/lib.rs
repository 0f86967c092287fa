//! Support for scenarios that run real portico processes over real sockets.
//!
//! A scenario starts its own processes on free loopback ports with its own data folder, and uses them as a
//! client or a peer would: by the command line and by HTTP. This crate does not link the server.
//!
//! | module | contents |
//! | --- | --- |
//! | [`world`] | three instances (engineering, sales, globex) and the people on them |
//! | [`server`] | a portico process: start, kill, restart, run a command |
//! | [`database`] | the database of an instance, and direct access to it |
//! | [`api`] | a client of the Mastodon API |
//! | [`fakepeer`] | a fake remote server that can send malformed traffic |
//! | [`front`] | a load balancer in front of several nodes |
//! | [`tools`] | third-party programs: Node, Python, Chromium, and their scripts |
//! | [`namespace`] | an isolated machine: host names, network, small disk |
//! | [`tls`] | TLS proxies and a certificate authority |
//! | [`translator`] | a fake translation service |
//! | [`process`] | memory and processor time |
//! | [`http`], [`wait`] | HTTP and waiting |
//!
//! Scenarios never sleep for a fixed time: they wait for a condition, up to a deadline.

pub mod api;
pub mod database;
pub mod fakepeer;
pub mod front;
pub mod http;
pub mod namespace;
pub mod process;
pub mod server;
pub mod tls;
pub mod tools;
pub mod translator;
pub mod wait;
pub mod world;
