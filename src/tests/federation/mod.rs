//! The federation edge, proven through the real router against a scripted peer over loopback.
//!
//! Tests are named for the line of the security list (S01 …) that they hold.

mod cards;
mod directory;
mod discovery;
mod fetch;
mod inbox;
mod media;
mod outbound;
mod peer;
mod push;
mod quotes;
mod reach;
mod wire;
