//! The store: migrations, and the two ways of saying who may see what.

mod migrations;
mod visible;
