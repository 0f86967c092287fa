//! One integration binary: the router called in process, on both databases.

mod api;
mod architecture;
mod service;
mod store;
mod support;
