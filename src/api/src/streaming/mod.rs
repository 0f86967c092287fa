//! Streaming: sends events to connected clients as they happen.
//!
//! A [`Hub`] stands between the bus of one instance and its open connections. It takes each message once,
//! determines for all connections together what each viewer may see (by `service::streams`, which uses the
//! same policy as every page), and hands finished frames to each. A connection that does not keep up is
//! closed: its client fetches what it missed, and no other connection waits for it.

mod channel;
mod handlers;
mod hub;

pub use channel::{Channel, InvalidChannel};
pub(crate) use handlers::routes;
pub use hub::{Connection, Frame, Hub, Hubs, TooManyConnections};
