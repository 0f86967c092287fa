//! The federation edge, proven through the real router against a scripted peer over loopback.
//!
//! Tests are named for the line of the security list (S01 …) that they hold.

mod cards;
mod conversations;
mod directory;
mod discovery;
mod exposure;
mod fetch;
mod followers;
mod groups;
mod hostile;
mod hosts;
mod inbox;
mod media;
mod moves;
mod order;
mod outbound;
mod peer;
mod pins;
mod push;
mod quotes;
mod reach;
mod security;
mod shapes;
mod signatures;
mod translate;
mod wire;
