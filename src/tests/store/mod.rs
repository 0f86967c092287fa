//! The store: migrations, and the two ways of saying who may see what.

mod carried;
mod migrations;
pub(crate) mod visible;
