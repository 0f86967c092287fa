//! Parses the `Signature` header of draft-cavage-http-signatures strictly.
//!
//! A parser of our own in front of `http-signature-normalization` (see `cavage`), which splits at commas inside
//! quotes, lets the last of two equal parameters win, and overflows on a large `created`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Maximum length of the header; genuine ones are below 2 kB.
const LONGEST: usize = 8 * 1024;
const MOST_PARAMETERS: usize = 12;
const MOST_HEADERS: usize = 32;
const LONGEST_KEY_ID: usize = 2048;

/// A parsed signature header. Nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cavage {
    /// The id of the signing key.
    pub key_id: String,
    /// The signature algorithm.
    pub algorithm: Algorithm,
    /// The signed headers, in order: lower-case names and pseudo-headers such as `(request-target)`.
    pub headers: Vec<String>,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// Seconds since 1970.
    pub expires: Option<i64>,
}

/// The algorithm names that peers use. All of them mean RSA PKCS#1 v1.5 with SHA-256 here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Named explicitly.
    RsaSha256,
    /// Derived from the key; also used if no algorithm is named.
    Hs2019,
}

/// Why a signature header is malformed, for the log and the peer's administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedHeader {
    /// It is too long or has too many parts.
    #[error("the signature header is too long")]
    TooLong,
    /// It has a syntax error.
    #[error("the signature headers cannot be read")]
    Syntax,
    /// A parameter occurs twice.
    #[error("a signature parameter is repeated")]
    Repeated,
    /// keyId or signature is missing.
    #[error("the signature header lacks keyId or signature")]
    Missing,
    /// A value is invalid.
    #[error("a signature parameter has a bad value")]
    Value,
    /// The algorithm is unknown.
    #[error("the signature algorithm is not supported")]
    Algorithm,
}

/// Parses the value of a `Signature` header.
pub fn parse(text: &str) -> Result<Cavage, MalformedHeader> {
    if text.len() > LONGEST {
        return Err(MalformedHeader::TooLong);
    }
    let parameters = Parameters::read(text)?;
    let key_id = parameters.text("keyId").filter(|id| !id.is_empty()).ok_or(MalformedHeader::Missing)?;
    if key_id.len() > LONGEST_KEY_ID {
        return Err(MalformedHeader::TooLong);
    }
    let signature = parameters.text("signature").ok_or(MalformedHeader::Missing)?;
    let signature = STANDARD.decode(signature).map_err(|_| MalformedHeader::Value)?;
    let algorithm = match parameters.text("algorithm") {
        None => Algorithm::Hs2019,
        Some(name) if name.eq_ignore_ascii_case("hs2019") => Algorithm::Hs2019,
        Some(name) if name.eq_ignore_ascii_case("rsa-sha256") => Algorithm::RsaSha256,
        Some(_) => return Err(MalformedHeader::Algorithm),
    };
    Ok(Cavage {
        key_id: key_id.to_owned(),
        algorithm,
        headers: header_list(parameters.text("headers").unwrap_or("(created)"))?,
        signature,
        created: parameters.seconds("created")?,
        expires: parameters.seconds("expires")?,
    })
}

fn header_list(text: &str) -> Result<Vec<String>, MalformedHeader> {
    let mut headers: Vec<String> = Vec::new();
    for name in text.split_ascii_whitespace() {
        let name = name.to_ascii_lowercase();
        if headers.contains(&name) {
            return Err(MalformedHeader::Repeated);
        }
        if headers.len() == MOST_HEADERS {
            return Err(MalformedHeader::TooLong);
        }
        headers.push(name);
    }
    if headers.is_empty() { Err(MalformedHeader::Value) } else { Ok(headers) }
}

struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    /// Parses `name=value` or `name="value"`, separated by commas. A quoted value contains anything but a
    /// quote; a backslash is rejected, since no genuine value has one.
    fn read(text: &'a str) -> Result<Self, MalformedHeader> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut rest = text.trim();
        loop {
            let (name, after) = rest.split_once('=').ok_or(MalformedHeader::Syntax)?;
            let name = name.trim();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(MalformedHeader::Syntax);
            }
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or(MalformedHeader::Syntax)?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            if value.bytes().any(|b| b == b'\\' || b.is_ascii_control()) {
                return Err(MalformedHeader::Syntax);
            }
            if found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                return Err(MalformedHeader::Repeated);
            }
            if found.len() == MOST_PARAMETERS {
                return Err(MalformedHeader::TooLong);
            }
            found.push((name, value.trim()));
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self(found));
            }
            rest = after.strip_prefix(',').ok_or(MalformedHeader::Syntax)?.trim_start();
        }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Returns whole seconds up to the year 9999; a fraction is dropped.
    fn seconds(&self, name: &str) -> Result<Option<i64>, MalformedHeader> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(MalformedHeader::Value);
        }
        match whole.parse::<i64>() {
            Ok(seconds) if seconds <= 253_402_300_799 => Ok(Some(seconds)),
            _ => Err(MalformedHeader::Value),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"keyId="https://a.example/u#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="aGVsbG8=""#;

    #[test]
    fn reads_what_peers_send() {
        let read = parse(GOOD).unwrap();
        assert_eq!(read.key_id, "https://a.example/u#main-key");
        assert_eq!(read.headers, ["(request-target)", "host", "date", "digest"]);
        assert_eq!((read.signature.as_slice(), read.algorithm), (&b"hello"[..], Algorithm::RsaSha256));

        let loose = r#" keyId = "https://a.example/?a=1,2" , headers="Date (Created)",created=1700000000, expires="1700000300.5",signature="aGVsbG8=" "#;
        let read = parse(loose).unwrap();
        assert_eq!(read.key_id, "https://a.example/?a=1,2");
        assert_eq!(read.headers, ["date", "(created)"]);
        assert_eq!((read.created, read.expires), (Some(1_700_000_000), Some(1_700_000_300)));
        assert_eq!(read.algorithm, Algorithm::Hs2019);
    }

    #[test]
    fn s08_s57_bad_headers_are_refused() {
        for (text, why) in [
            ("", MalformedHeader::Syntax),
            ("garbage", MalformedHeader::Syntax),
            (r#"keyId="x"#, MalformedHeader::Syntax),
            (r#"keyId="x""#, MalformedHeader::Missing),
            (r#"signature="aGVsbG8=""#, MalformedHeader::Missing),
            (r#"keyId="",signature="aGVsbG8=""#, MalformedHeader::Missing),
            (r#"keyId="x",signature="!""#, MalformedHeader::Value),
            (r#"keyId="x",signature="aGVsbG8=",keyId="y""#, MalformedHeader::Repeated),
            (r#"keyId="x",signature="aGVsbG8=",KEYID="y""#, MalformedHeader::Repeated),
            (r#"keyId="x",signature="aGVsbG8=",headers="date date""#, MalformedHeader::Repeated),
            (r#"keyId="x",signature="aGVsbG8=",headers="""#, MalformedHeader::Value),
            (r#"keyId="x",signature="aGVsbG8=",algorithm="hmac-sha256""#, MalformedHeader::Algorithm),
            (r#"keyId="x",signature="aGVsbG8=",algorithm="rsa-sha1""#, MalformedHeader::Algorithm),
            (r#"keyId="x"signature="aGVsbG8=""#, MalformedHeader::Syntax),
            (r#"keyId="x",signature="aGVsbG8=","#, MalformedHeader::Syntax),
            (r#"keyId="a\"b",signature="aGVsbG8=""#, MalformedHeader::Syntax),
            (r#"keyId="x",signature="aGVsbG8=",created="18446744073709551615""#, MalformedHeader::Value),
            (r#"keyId="x",signature="aGVsbG8=",created=9223372036854775807"#, MalformedHeader::Value),
            (r#"keyId="x",signature="aGVsbG8=",expires="-1""#, MalformedHeader::Value),
            (r#"keyId="x",signature="aGVsbG8=",created="1e9""#, MalformedHeader::Value),
        ] {
            assert_eq!(parse(text), Err(why), "{text}");
        }
        assert_eq!(parse(&format!("{GOOD},x=\"{}\"", "a".repeat(9000))), Err(MalformedHeader::TooLong));
        let many: String = (0..50).map(|n| format!("p{n}=1,")).collect();
        assert_eq!(parse(&format!("{many}{GOOD}")), Err(MalformedHeader::TooLong));
    }

    proptest! {
        #[test]
        fn s57_no_text_makes_it_panic(text in ".{0,400}") {
            let _ = parse(&text);
        }

        #[test]
        fn s57_no_near_miss_makes_it_panic(
            cut in 0usize..120,
            put in r#"[="',\\ ()0-9a-z.é-]{0,12}"#,
            created in "[0-9]{0,40}",
        ) {
            let mut text = format!("created=\"{created}\",{GOOD}");
            let at = text.char_indices().map(|(i, _)| i).nth(cut).unwrap_or(0);
            text.insert_str(at, &put);
            let _ = parse(&text);
        }
    }
}
