//! The store: migrations, and the two implementations of visibility.

mod carried;
mod migrations;
pub(crate) mod visible;
