//! Real portico processes over real sockets, and what a scenario needs around them.
//!
//! A scenario starts its own processes on free loopback ports with its own data folder, and talks to
//! them as a client or a peer would: by the command line and by HTTP. Nothing here links the server.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`world`] | three instances (engineering, sales, globex) and the people on them |
//! | [`server`] | one portico process: start, kill, start again, run a command |
//! | [`database`] | where an instance keeps its data, and a look into it from outside |
//! | [`api`] | a person's client |
//! | [`fakepeer`] | a foreign server of our own that can misbehave in every field |
//! | [`front`] | a load balancer before several nodes |
//! | [`tools`] | the foreign programs: Node, Python, and what they run |
//! | [`namespace`] | a machine of a test's own: names, a network, a small disk |
//! | [`tls`] | TLS as in front of a real instance |
//! | [`translator`] | a translation service |
//! | [`process`] | memory and processor time |
//! | [`http`], [`wait`] | the mechanics |
//!
//! Nothing sleeps for a fixed time: a scenario waits for what it expects, up to a deadline.

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
