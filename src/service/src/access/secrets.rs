//! Hashing of secrets held by clients: tokens, codes, cookies, client secrets. Only hashes are stored.
//!
//! They are 256 random bits, so one round of SHA-256 is enough; passwords need more (see
//! [`passwords`](crate::access::passwords)).

use std::fmt::Write as _;

use subtle::ConstantTimeEq as _;

/// Returns the hash to store and look up: SHA-256 in hexadecimal.
pub fn hash(secret: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
    digest.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Compares two secrets in a time that depends only on their lengths.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_sha256_in_hex() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn only_equal_secrets_are_the_same() {
        assert!(same("secret", "secret"));
        for other in ["secreT", "secre", "secrets", ""] {
            assert!(!same("secret", other), "{other:?}");
        }
    }
}
