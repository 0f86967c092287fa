//! Tests of the pages with a simulated browser: cookies and forms, no script.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod authorize;
mod circles;
mod compose;
mod feeds;
mod groups;
mod marks;
mod media;
mod moving;
mod pages;
mod people;
mod polls;
mod sign_in;
mod users;

#[allow(unused_imports, reason = "the modules take what they need")]
use portico_testing::browser::*;
