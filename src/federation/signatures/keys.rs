//! RSA keys: making, reading and using them.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An 8192-bit key in PEM is below 2 kB; longer texts are not looked at.
const LONGEST_PEM: usize = 16 * 1024;

/// A text that is not an RSA key we take: 2048 to 8192 bits, PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2048 to 8192 bits in PEM")]
pub struct BadKey;

/// A new key pair as it is stored.
pub struct KeyPem {
    /// PKCS#8.
    pub private: String,
    /// SPKI.
    pub public: String,
}

/// Makes a new RSA-2048 key pair. Takes tens of milliseconds: not for an async worker.
pub fn generate() -> Result<KeyPem, BadKey> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| BadKey)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| BadKey)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| BadKey)?;
    Ok(KeyPem {
        private: to_pem("PRIVATE KEY", private.as_ref()),
        public: to_pem("PUBLIC KEY", public.as_ref()),
    })
}

/// A private key that is ready to sign, with the id that peers know it by.
pub struct SigningKey {
    id: String,
    pair: RsaKeyPair,
}

impl SigningKey {
    /// Reads a PKCS#8 PEM.
    pub fn from_pem(id: impl Into<String>, pem: &str) -> Result<Self, BadKey> {
        let pair = RsaKeyPair::from_pkcs8(&from_pem(pem)?).map_err(|_| BadKey)?;
        Ok(Self { id: id.into(), pair })
    }

    /// The `keyId`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in base64.
    pub fn sign(&self, message: &[u8]) -> Result<String, BadKey> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| BadKey)?;
        Ok(STANDARD.encode(signature))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A peer's public key, parsed once.
#[derive(Debug, Clone)]
pub struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Reads an SPKI (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`) PEM; peers send both.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, from_pem(pem)?).map_err(|_| BadKey)?;
        Ok(Self(key))
    }

    /// Whether this key made the signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

fn to_pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem
}

/// The bytes of the first PEM block. Line breaks may be missing or of any kind.
fn from_pem(pem: &str) -> Result<Vec<u8>, BadKey> {
    if pem.len() > LONGEST_PEM {
        return Err(BadKey);
    }
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(BadKey)?;
    let (label, rest) = rest.split_once("-----").ok_or(BadKey)?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or(BadKey)?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| BadKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_signs_what_its_public_half_verifies() {
        let pem = generate().unwrap();
        let key = SigningKey::from_pem("https://a.example/actor#main-key", &pem.private).unwrap();
        let signature = STANDARD.decode(key.sign(b"message").unwrap()).unwrap();
        let public = PublicKey::from_pem(&pem.public).unwrap();
        assert!(public.verifies(b"message", &signature));
        assert!(!public.verifies(b"messagf", &signature));
        assert!(!public.verifies(b"message", b"short"));
        assert!(PublicKey::from_pem(&pem.public.replace('\n', "\r\n")).is_ok());
        assert!(PublicKey::from_pem(&pem.public.replace('\n', " ")).is_ok());
    }

    #[test]
    fn both_public_key_forms_are_read() {
        let pem = generate().unwrap();
        let pair = RsaKeyPair::from_pkcs8(&from_pem(&pem.private).unwrap()).unwrap();
        let pkcs1 = to_pem("RSA PUBLIC KEY", pair.public_key().as_ref());
        assert!(PublicKey::from_pem(&pkcs1).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "x",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        ] {
            assert!(PublicKey::from_pem(text).is_err(), "{text}");
            assert!(SigningKey::from_pem("k", text).is_err(), "{text}");
        }
        assert!(PublicKey::from_pem(&"A".repeat(100_000)).is_err());
    }
}
