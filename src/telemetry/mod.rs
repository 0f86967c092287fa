//! Structured logs.

pub mod admin;
