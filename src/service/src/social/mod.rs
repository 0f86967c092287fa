//! Connections between accounts: follows, blocks and mutes, groups and rooms, circles and lists, suggestions, and
//! account moves.

pub mod account_moves;
pub mod account_notes;
pub mod circles;
pub mod domain_blocks;
pub mod endorsements;
pub mod familiar_followers;
pub mod groups;
pub mod lists;
pub mod relationships;
pub mod suggestions;
pub mod thread_mutes;
