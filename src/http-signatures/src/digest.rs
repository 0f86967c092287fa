//! `Digest` (RFC 3230) and `Content-Digest` (RFC 9530): bind a body to its signature.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

/// Returns the `Digest` header for a body. The algorithm is in upper case: Threads fails on lower case.
pub fn digest_header(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

/// Whether the header's SHA-256 entry matches the body. Other algorithms are ignored; zero or two SHA-256
/// entries do not match.
pub fn matches(header: &str, body: &[u8]) -> bool {
    let mut entries = header
        .split(',')
        .filter_map(|entry| entry.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("sha-256"));
    let (Some((_, value)), None) = (entries.next(), entries.next()) else { return false };
    let Ok(claimed) = STANDARD.decode(value) else { return false };
    bool::from(claimed.as_slice().ct_eq(digest(&SHA256, body).as_ref()))
}

/// Converts a `Digest` header to a `Content-Digest` header.
pub fn content_from(digest: &str) -> String {
    format!("sha-256=:{}:", digest.split_once('=').map_or("", |(_, value)| value))
}

/// Whether the entries of a `Content-Digest` match the body: all entries of known algorithms, and at least
/// one.
pub fn content_matches(entries: &[(&str, Vec<u8>)], body: &[u8]) -> bool {
    let algorithm = |name: &str| -> Option<&'static Algorithm> {
        match name {
            "sha-256" => Some(&SHA256),
            "sha-512" => Some(&SHA512),
            _ => None,
        }
    };
    let known: Vec<_> = entries.iter().filter_map(|(name, bytes)| Some((algorithm(name)?, bytes))).collect();
    !known.is_empty()
        && known.iter().all(|(algorithm, bytes)| bool::from(bytes.ct_eq(digest(algorithm, body).as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_only_the_right_sha256_of_the_body_will_do() {
        let right = digest_header(b"hello");
        assert_eq!(right, "SHA-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
        let value = right.split_once('=').unwrap().1;
        assert!(matches(&right, b"hello"));
        assert!(matches(&format!("sha-256={value}"), b"hello"));
        assert!(matches(&format!("md5=XUFAKrxLKna5cZ2REBfFkg==, SHA-256={value}"), b"hello"));
        for wrong in [
            "",
            "SHA-256",
            "SHA-256=",
            "SHA-256=!!!!",
            "md5=XUFAKrxLKna5cZ2REBfFkg==",
            &digest_header(b""),
            &format!("SHA-512={value}"),
            &format!("{right},{right}"),
        ] {
            assert!(!matches(wrong, b"hello"), "{wrong}");
        }
    }
}
