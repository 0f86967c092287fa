//! Services through a real store, on both databases.

mod elsewhere;
mod reach;
mod relationships;
