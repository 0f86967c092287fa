//! Authentication and authorisation: passwords, sessions, OAuth apps and tokens, bots and their webhooks.

pub mod apps;
pub mod authorize;
pub mod bots;
pub mod passwords;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
