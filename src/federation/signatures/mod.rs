//! HTTP signatures in the form that every peer speaks (draft-cavage-http-signatures), strictly.
//!
//! ```text
//! request ─► verify::check ── parses (parse), demands coverage, time, host, digest ─► Checked
//!                                                                                      │ key by Checked::key_id
//!                                                                                      ▼
//!                                                                         Checked::is_signed_by(&PublicKey)
//! ```
//!
//! Nothing here fetches keys or knows accounts. RFC 9421 signatures (`Signature-Input`) are not read yet:
//! such a request is answered 401, on which their senders knock again with the older form.

pub mod digest;
pub mod keys;
pub mod parse;
pub mod sign;
pub mod verify;

pub use keys::{KeyPem, PublicKey, SigningKey};
pub use verify::{Checked, Fault, Incoming};
