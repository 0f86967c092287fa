//! Streams: what happens, told to those who are connected, while they are.
//!
//! A [`Hub`] stands between the bus of one instance and its open connections. It takes each message once,
//! finds out for all connections together who is shown what (by `service::streams`, which asks the same
//! policy as every page), and hands finished frames to each. A connection that does not keep up is closed:
//! its client asks again for what it missed, and nobody else waits for it.

mod channel;
mod hub;

pub use channel::{Channel, Unknown};
pub use hub::{Connection, Frame, Full, Hub, Hubs};
