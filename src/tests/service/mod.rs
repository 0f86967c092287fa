//! Services through a real store, on both databases.

mod reach;
