//! The people of the instance and beyond: accounts, users and their preferences, profiles, the directory,
//! departments and organisations.

pub mod accounts;
pub mod departments;
pub mod directory;
pub mod first_day;
pub mod organisations;
pub mod preferences;
pub mod profiles;
pub mod users;
