//! The instance's keys for Web Push: the key pair that signs requests to push services (RFC 8292), and the
//! key that encrypts stored access tokens. Both are generated at the first start and never change.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Result;
use portico_domain::model::TokenId;
use portico_store::{Error, Store};

const PAIR: &str = "push_key_pair";
const SEAL: &str = "push_seal";

/// Decodes base64 of either alphabet, padded or not.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let plain = text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    if plain.len() > 200 { None } else { URL_SAFE_NO_PAD.decode(plain).ok() }
}

/// Encodes bytes for storage: base64url without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether these bytes are an uncompressed point of P-256.
pub(super) fn is_point(bytes: &[u8]) -> bool {
    bytes.len() == 65
        && bytes.first() == Some(&4)
        && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).is_ok()
}

/// The Web Push keys of an instance.
pub struct PushKeys {
    pair: EcdsaKeyPair,
    public: String,
    seal: LessSafeKey,
}

impl std::fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushKeys").field("public", &self.public).finish_non_exhaustive()
    }
}

impl PushKeys {
    /// Loads the keys of an instance; at the first start, generates them with the `fresh` randomness.
    ///
    /// # Errors
    /// `Corrupt` if the stored keys cannot be parsed.
    pub async fn load(store: &Store, fresh: [u8; 32]) -> Result<Self> {
        let broken = || Error::Corrupt { what: "push keys" };
        let new = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let new = encode(new.map_err(|_| broken())?.as_ref());
        let kept = store.write(move |tx| {
            // Another node may have been first: existing keys are kept.
            Ok::<_, Error>((tx.insert_meta_value(PAIR, &new)?, tx.insert_meta_value(SEAL, &encode(&fresh))?))
        });
        let (pair, seal) = kept.await?;
        let bytes = decode_key(&pair).ok_or_else(broken)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes);
        let pair = pair.map_err(|_| broken())?;
        let seal = decode_key(&seal).ok_or_else(broken)?;
        let seal = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &seal).map_err(|_| broken())?);
        Ok(Self { public: encode(pair.public_key().as_ref()), pair, seal })
    }

    /// Returns the public key for clients and push services: an uncompressed point, base64url.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs a message with ES256; the signature has fixed length.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.pair.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    /// Encrypts a token's secret, bound to the token's id.
    pub(super) fn seal(&self, nonce: [u8; NONCE_LEN], token: TokenId, secret: &str) -> Option<String> {
        let mut sealed = secret.as_bytes().to_vec();
        let aad = Aad::from(token.0.to_be_bytes());
        let once = Nonce::assume_unique_for_key(nonce);
        self.seal.seal_in_place_append_tag(once, aad, &mut sealed).ok()?;
        Some(encode(&[&nonce[..], &sealed].concat()))
    }

    /// Decrypts a sealed secret.
    pub(super) fn open(&self, token: TokenId, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let aad = Aad::from(token.0.to_be_bytes());
        let plain = self.seal.open_in_place(nonce, aad, &mut rest).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }
}

fn decode_key(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_either_alphabet_padded_or_not() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        for text in ["-__-AQ", "+//+AQ==", "-__-AQ==", " +//+AQ "] {
            assert_eq!(decode(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        assert_eq!(decode("not base64!"), None);
        assert_eq!(decode(&"A".repeat(201)), None);
    }

    #[test]
    fn only_points_of_the_curve_are_keys() {
        let point =
            decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let mut point = point.unwrap();
        assert!(is_point(&point));
        point[64] ^= 1;
        assert!(!is_point(&point));
        assert!(!is_point(&[4; 65]));
        assert!(!is_point(&point[..64]));
    }
}
