//! Other instances: the tier of each peer, and the agreements with partners.

pub mod agreements;
pub mod peers;
