//! The federation edge, tested through the real router against a scripted peer on loopback.
//!
//! Test names start with the lines of the security list (S01 …, see docs/federation.md) that they prove.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

/// Compares JSON with a snapshot, in which the keys are sorted.
macro_rules! assert_json_snapshot {
    ($name:expr, $value:expr $(,)?) => {{
        let value = &$value;
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!($name, value) });
    }};
    ($value:expr) => {{
        let value = &$value;
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(value) });
    }};
}

mod agreements;
mod asking;
mod cards;
mod circles;
mod conversations;
mod departments;
mod directory;
mod discovery;
mod evidence;
mod exposure;
mod fetch;
mod followers;
mod groups;
mod hostile;
mod hosts;
mod idle;
mod inbox;
mod libraries;
mod marks;
mod media;
mod moves;
mod narrowing;
mod old_database;
mod order;
mod outbound;
mod own_groups;
mod partners;
mod pins;
mod push;
mod quotes;
mod reach;
mod rooms;
mod security;
mod shapes;
mod signatures;
mod translate;
mod upgrade;
mod wire;
