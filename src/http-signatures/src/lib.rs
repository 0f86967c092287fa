//! HTTP signatures in both schemes that peers use (draft-cavage-http-signatures, RFC 9421), checked strictly.
//!
//! ```text
//! request ─► verify::check ── reads (cavage, parse; rfc9421, fields), demands coverage, time, digest ─► Checked
//!                                                                            │ key by Checked::key_id
//!                                                                            ▼
//!                                                               Checked::is_signed_by(&PublicKey)
//! ```
//!
//! Nothing here fetches keys or accounts.

#[cfg(test)]
extern crate self as portico_http_signatures;

mod cavage;
pub mod digest;
pub mod fields;
pub mod keys;
pub mod parse;
#[cfg(test)]
mod reference;
mod rfc9421;
pub mod sign;
pub mod verify;

pub use keys::{KeyPem, PublicKey, SigningKey};
pub use sign::SignatureScheme;
pub use verify::{Checked, Incoming, SignatureFault};
