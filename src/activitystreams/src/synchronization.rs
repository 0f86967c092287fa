//! The `Collection-Synchronization` header (FEP-8fcf): a digest of an actor's followers at one host.

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// The header's name.
pub const HEADER: &str = "collection-synchronization";
/// Maximum length of the header.
const LONGEST: usize = 8 * 1024;

/// The parsed header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowersState {
    /// The sender's followers collection.
    pub collection: String,
    /// The URL that lists the followers at the receiving host.
    pub url: String,
    /// The digest of these followers, in lower-case hexadecimal.
    pub digest: String,
}

impl FollowersState {
    /// Parses a header: `name="value"` parts, separated by commas. `None` if a part is missing, repeated or
    /// malformed.
    pub fn parse(header: &str) -> Option<Self> {
        if header.len() > LONGEST {
            return None;
        }
        let (mut collection, mut url, mut sum) = (None, None, None);
        let mut rest = header.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            let place = match name.trim() {
                "collectionId" => &mut collection,
                "url" => &mut url,
                "digest" => &mut sum,
                _ => &mut None,
            };
            if place.replace(value.to_owned()).is_some() {
                return None;
            }
            rest = after.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(more) => more.trim_start(),
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
        let sum = sum?.to_ascii_lowercase();
        let sound = sum.len() == 2 * SHA256_OUTPUT_LEN && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then_some(())?;
        Some(Self { collection: collection?, url: url?, digest: sum })
    }

    /// Writes the header.
    pub fn write(&self) -> String {
        format!(r#"collectionId="{}", url="{}", digest="{}""#, self.collection, self.url, self.digest)
    }
}

/// Computes the digest of followers: the XOR of the SHA-256 of each id, so that their order does not matter.
pub fn digest_of<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut sum = [0_u8; SHA256_OUTPUT_LEN];
    for id in ids {
        for (byte, of_id) in sum.iter_mut().zip(digest(&SHA256, id.as_bytes()).as_ref()) {
            *byte ^= of_id;
        }
    }
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_digest_is_that_of_the_proposal() {
        // The example of FEP-8fcf.
        let followers = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
        assert_eq!(
            digest_of(followers.into_iter()),
            "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
        );
        assert_eq!(digest_of(followers.into_iter().rev()), digest_of(followers.into_iter()));
        assert_eq!(digest_of(std::iter::empty()), "0".repeat(64));
    }

    #[test]
    fn s57_malformed_headers_say_nothing() {
        let sum = "a".repeat(64);
        let good =
            format!(r#"collectionId="https://a.example/f", url="https://a.example/s", digest="{sum}""#);
        assert!(FollowersState::parse(&good).is_some());
        for bad in [
            String::new(),
            "collectionId".to_owned(),
            good.replace("url", "uri"),
            good.replace("digest=", "digest"),
            good.replace(&sum, "a"),
            good.replace(&sum, &"g".repeat(64)),
            format!("{good}, {good}"),
            format!("{good} x"),
            format!(r#"{good}, more="{}""#, "x".repeat(9000)),
        ] {
            assert_eq!(FollowersState::parse(&bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_written_header_is_read_unchanged(collection in "[!#-~]{1,40}", url in "[!#-~]{1,40}", ids in proptest::collection::vec(".{0,20}", 0..5)) {
            let said = FollowersState { collection, url, digest: digest_of(ids.iter().map(String::as_str)) };
            prop_assert_eq!(FollowersState::parse(&said.write()), Some(said));
        }

        #[test]
        fn s57_any_header_is_read_without_a_panic(header in ".{0,200}") {
            let _ = FollowersState::parse(&header);
        }
    }
}
