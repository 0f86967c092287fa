//! Parses `Signature-Input`, `Signature` and `Content-Digest` (RFC 9421, RFC 9530), which are structured
//! field dictionaries (RFC 8941), strictly.
//!
//! A parser of our own, because verification needs the exact text that was signed: a signature's parameters
//! stay a slice of the header. It accepts only the canonical form: genuine senders neither repeat keys nor
//! add spaces, although RFC 8941 tolerates both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::parse::MalformedHeader;

/// Maximum length of a header.
const LONGEST: usize = 8 * 1024;
/// Maximum number of dictionary members: signatures of one request, digests of one body.
const MOST_MEMBERS: usize = 4;
const MOST_COMPONENTS: usize = 32;
const MOST_PARAMETERS: usize = 12;
/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// One signature's entry in `Signature-Input`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input<'a> {
    /// Its label within the request.
    pub label: &'a str,
    /// The signed components, in order: lower-case header names and derived components such as `@method`.
    pub components: Vec<&'a str>,
    /// The value as written: the last line of the signed text.
    pub written: &'a str,
    /// Seconds since 1970.
    pub created: Option<i64>,
    /// Seconds since 1970.
    pub expires: Option<i64>,
    /// The id of the signing key.
    pub key_id: Option<&'a str>,
    /// The algorithm, if given.
    pub algorithm: Option<&'a str>,
}

/// Parses `Signature-Input`.
pub fn inputs(text: &str) -> Result<Vec<Input<'_>>, MalformedHeader> {
    dictionary(text, input)
}

/// Parses `Signature` or `Content-Digest`: byte sequences by label.
pub fn bytes(text: &str) -> Result<Vec<(&str, Vec<u8>)>, MalformedHeader> {
    dictionary(text, |label, scanner| {
        let bytes = scanner.byte_sequence()?;
        Ok((label, bytes))
    })
}

/// Parses the members of a dictionary, calling `member` after each `name=`.
fn dictionary<'a, T>(
    text: &'a str,
    mut member: impl FnMut(&'a str, &mut Scanner<'a>) -> Result<T, MalformedHeader>,
) -> Result<Vec<T>, MalformedHeader> {
    if text.len() > LONGEST {
        return Err(MalformedHeader::TooLong);
    }
    let mut scanner = Scanner { rest: text.trim_matches([' ', '\t']) };
    let mut found = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    loop {
        let name = scanner.key()?;
        if names.contains(&name) {
            return Err(MalformedHeader::Repeated);
        }
        if names.len() == MOST_MEMBERS {
            return Err(MalformedHeader::TooLong);
        }
        names.push(name);
        scanner.expect('=')?;
        found.push(member(name, &mut scanner)?);
        scanner.skip_space();
        if scanner.rest.is_empty() {
            return Ok(found);
        }
        scanner.expect(',')?;
        scanner.skip_space();
    }
}

fn input<'a>(label: &'a str, scanner: &mut Scanner<'a>) -> Result<Input<'a>, MalformedHeader> {
    let start = scanner.rest;
    let components = scanner.components()?;
    let parameters = scanner.parameters()?;
    let written = start.get(..start.len() - scanner.rest.len()).ok_or(MalformedHeader::Syntax)?;
    let text = |name: &str| match parameters.iter().find(|(known, _)| *known == name) {
        None => Ok(None),
        Some((_, Item::Text(text))) => Ok(Some(*text)),
        Some(_) => Err(MalformedHeader::Value),
    };
    let seconds = |name: &str| match parameters.iter().find(|(known, _)| *known == name) {
        None => Ok(None),
        Some((_, Item::Number(number))) if (0..=LATEST).contains(number) => Ok(Some(*number)),
        Some(_) => Err(MalformedHeader::Value),
    };
    Ok(Input {
        label,
        components,
        written,
        created: seconds("created")?,
        expires: seconds("expires")?,
        key_id: text("keyid")?,
        algorithm: text("alg")?,
    })
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item<'a> {
    Number(i64),
    Text(&'a str),
    /// A token or boolean; no known parameter has such a value.
    Other,
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn expect(&mut self, letter: char) -> Result<(), MalformedHeader> {
        self.rest = self.rest.strip_prefix(letter).ok_or(MalformedHeader::Syntax)?;
        Ok(())
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Parses a key (RFC 8941 section 3.1.2).
    fn key(&mut self) -> Result<&'a str, MalformedHeader> {
        if !self.rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '*') {
            return Err(MalformedHeader::Syntax);
        }
        Ok(self.take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.*".contains(c)))
    }

    /// Parses a quoted string. Escapes are rejected: no name, id or nonce needs one.
    fn text(&mut self) -> Result<&'a str, MalformedHeader> {
        self.expect('"')?;
        let (text, rest) = self.rest.split_once('"').ok_or(MalformedHeader::Syntax)?;
        if !text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'\\') {
            return Err(MalformedHeader::Syntax);
        }
        self.rest = rest;
        Ok(text)
    }

    fn byte_sequence(&mut self) -> Result<Vec<u8>, MalformedHeader> {
        self.expect(':')?;
        let (text, rest) = self.rest.split_once(':').ok_or(MalformedHeader::Syntax)?;
        self.rest = rest;
        STANDARD.decode(text).map_err(|_| MalformedHeader::Value)
    }

    /// Parses `("one" "two")`. Components with parameters (`;req`, `;sf`, `;bs`, `;key`) are rejected.
    fn components(&mut self) -> Result<Vec<&'a str>, MalformedHeader> {
        self.expect('(')?;
        let mut found: Vec<&str> = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest;
                return if found.is_empty() { Err(MalformedHeader::Value) } else { Ok(found) };
            }
            if !found.is_empty() {
                self.expect(' ')?;
            }
            let name = self.text()?;
            if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b' ') {
                return Err(MalformedHeader::Value);
            }
            if found.contains(&name) {
                return Err(MalformedHeader::Repeated);
            }
            if found.len() == MOST_COMPONENTS {
                return Err(MalformedHeader::TooLong);
            }
            found.push(name);
        }
    }

    /// Parses any number of `;name=value`.
    fn parameters(&mut self) -> Result<Vec<(&'a str, Item<'a>)>, MalformedHeader> {
        let mut found: Vec<(&str, Item<'_>)> = Vec::new();
        while let Some(rest) = self.rest.strip_prefix(';') {
            self.rest = rest.trim_start_matches(' ');
            let name = self.key()?;
            if found.iter().any(|(known, _)| *known == name) {
                return Err(MalformedHeader::Repeated);
            }
            if found.len() == MOST_PARAMETERS {
                return Err(MalformedHeader::TooLong);
            }
            let item = match self.rest.strip_prefix('=') {
                Some(rest) => {
                    self.rest = rest;
                    self.item()?
                }
                None => Item::Other,
            };
            found.push((name, item));
        }
        Ok(found)
    }

    fn item(&mut self) -> Result<Item<'a>, MalformedHeader> {
        match self.rest.chars().next() {
            Some('"') => Ok(Item::Text(self.text()?)),
            Some('-' | '0'..='9') => {
                let number = self.take_while(|c| c == '-' || c.is_ascii_digit());
                // RFC 8941 limits integers to fifteen digits.
                let sound = number.trim_start_matches('-').len() <= 15;
                number.parse().ok().filter(|_| sound).map(Item::Number).ok_or(MalformedHeader::Value)
            }
            Some('?' | '*' | 'a'..='z' | 'A'..='Z') => {
                let token =
                    self.take_while(|c| c.is_ascii_alphanumeric() || "?!#$%&'*+-.^_`|~:/".contains(c));
                if token.is_empty() { Err(MalformedHeader::Syntax) } else { Ok(Item::Other) }
            }
            _ => Err(MalformedHeader::Syntax),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"sig1=("@method" "@target-uri" "content-digest");created=1700000000;keyid="https://a.example/u#main-key";alg="rsa-v1_5-sha256";nonce="x";tag="y""#;

    #[test]
    fn reads_what_peers_send() {
        let read = inputs(GOOD).unwrap();
        let [input] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!(input.label, "sig1");
        assert_eq!(input.components, ["@method", "@target-uri", "content-digest"]);
        assert_eq!((input.created, input.expires), (Some(1_700_000_000), None));
        assert_eq!(input.key_id, Some("https://a.example/u#main-key"));
        assert_eq!(input.algorithm, Some("rsa-v1_5-sha256"));
        assert_eq!(format!("sig1={}", input.written), GOOD, "as it was written");
        let two = format!("{GOOD}, proxy=(\"@authority\");created=1;keyid=\"p\"");
        let labels: Vec<&str> = inputs(&two).unwrap().iter().map(|input| input.label).collect();
        assert_eq!(labels, ["sig1", "proxy"]);
        assert_eq!(
            bytes("sig1=:aGVsbG8=:,\tb=:eA==:").unwrap(),
            [("sig1", b"hello".to_vec()), ("b", b"x".to_vec())]
        );
    }

    #[test]
    fn s08_s57_bad_fields_are_refused() {
        for (text, why) in [
            ("", MalformedHeader::Syntax),
            ("sig1", MalformedHeader::Syntax),
            ("sig1=", MalformedHeader::Syntax),
            ("sig1=()", MalformedHeader::Value),
            ("Sig1=(\"@method\")", MalformedHeader::Syntax),
            ("sig1=(\"@method\"", MalformedHeader::Syntax),
            ("sig1=(\"@method\"\"date\")", MalformedHeader::Syntax),
            ("sig1=(\"@method\" \"@method\")", MalformedHeader::Repeated),
            ("sig1=(\"Date\")", MalformedHeader::Value),
            ("sig1=(\"\")", MalformedHeader::Value),
            ("sig1=(\"date\";req)", MalformedHeader::Syntax),
            ("sig1=(\"@query-param\";name=\"a\")", MalformedHeader::Syntax),
            ("sig1=(\"date\");created=1;created=2", MalformedHeader::Repeated),
            ("sig1=(\"date\"),sig1=(\"date\")", MalformedHeader::Repeated),
            ("sig1=(\"date\"),", MalformedHeader::Syntax),
            ("sig1=(\"date\") x", MalformedHeader::Syntax),
            ("sig1=(\"date\");created=\"1\"", MalformedHeader::Value),
            ("sig1=(\"date\");created=-1", MalformedHeader::Value),
            ("sig1=(\"date\");created=1.5", MalformedHeader::Syntax),
            ("sig1=(\"date\");created=18446744073709551615", MalformedHeader::Value),
            ("sig1=(\"date\");created=9223372036854775807", MalformedHeader::Value),
            ("sig1=(\"date\");expires=253402300800", MalformedHeader::Value),
            ("sig1=(\"date\");keyid=x", MalformedHeader::Value),
            ("sig1=(\"date\");keyid=\"a\\\"b\"", MalformedHeader::Syntax),
            ("sig1=(\"date\");keyid=\"\u{e9}\"", MalformedHeader::Syntax),
            ("sig1=(\"date\");", MalformedHeader::Syntax),
        ] {
            assert_eq!(inputs(text), Err(why), "{text}");
        }
        for (text, why) in [
            ("sig1=aGVsbG8=", MalformedHeader::Syntax),
            ("sig1=:aGVsbG8=", MalformedHeader::Syntax),
            ("sig1=:!:", MalformedHeader::Value),
            ("sig1=:eA==:,sig1=:eA==:", MalformedHeader::Repeated),
        ] {
            assert_eq!(bytes(text), Err(why), "{text}");
        }
        assert_eq!(inputs(&"a".repeat(9000)), Err(MalformedHeader::TooLong));
        let many: Vec<String> = (0..9).map(|n| format!("s{n}=(\"date\")")).collect();
        assert_eq!(inputs(&many.join(",")), Err(MalformedHeader::TooLong));
    }

    proptest! {
        #[test]
        fn s57_no_text_makes_it_panic(text in ".{0,400}") {
            let _ = inputs(&text);
            let _ = bytes(&text);
        }

        #[test]
        fn s57_no_near_miss_makes_it_panic(cut in 0usize..200, put in r#"[="';:,\\ ()0-9a-z.é-]{0,12}"#) {
            let mut text = GOOD.to_owned();
            let at = text.char_indices().map(|(i, _)| i).nth(cut).unwrap_or(0);
            text.insert_str(at, &put);
            if let Ok(read) = inputs(&text) {
                prop_assert!(read.iter().all(|input| text.contains(input.written)));
            }
        }
    }
}
