//! The integration tests: the router called in process, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod api;
mod architecture;
mod cli;
mod federation;
mod service;
mod store;
mod support;
mod web;
