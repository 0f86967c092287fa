//! RSA and Ed25519 keys: generates, parses and uses them.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use portico_domain::model::keys::KeyPair;

/// Maximum length of a PEM text; an 8192-bit key is below 2 kB.
const LONGEST_PEM: usize = 16 * 1024;

/// Maximum length of a Multikey: decoding base58 takes quadratic time, and an 8192-bit RSA key is below 1,500
/// characters.
const LONGEST_MULTIKEY: usize = 2048;
/// The SPKI prefix of a 32-byte Ed25519 key (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The SPKI prefix of a 2048-bit RSA key in PKCS#1, the size that we generate.
const RSA_2048_SPKI: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];
/// The Multikey codecs `ed25519-pub` and `rsa-pub`.
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];
const RSA_CODEC: [u8; 2] = [0x85, 0x24];

/// The text is not a supported key: RSA of 2048 to 8192 bits or Ed25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2048 to 8192 bits or an Ed25519 key")]
pub struct BadKey;

/// A new key pair in PEM.
pub struct KeyPem {
    /// The private key in PKCS#8.
    pub private: String,
    /// The public key in SPKI.
    pub public: String,
}

impl KeyPem {
    /// Assigns the key's id.
    pub fn named(self, uri: String) -> KeyPair {
        KeyPair { uri, public_pem: self.public, private_pem: self.private }
    }
}

/// Generates an RSA-2048 key pair. Takes tens of milliseconds: do not call it on an async worker.
pub fn generate() -> Result<KeyPem, BadKey> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| BadKey)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| BadKey)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| BadKey)?;
    Ok(KeyPem {
        private: to_pem("PRIVATE KEY", private.as_ref()),
        public: to_pem("PUBLIC KEY", public.as_ref()),
    })
}

/// Generates an Ed25519 key pair, for proofs and message signatures.
pub fn generate_ed25519() -> Result<KeyPem, BadKey> {
    let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| BadKey)?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| BadKey)?;
    Ok(KeyPem {
        private: to_pem("PRIVATE KEY", document.as_ref()),
        public: ed25519_pem(pair.public_key().as_ref()),
    })
}

/// The supported kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, with RSASSA-PKCS1-v1_5 and SHA-256.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// Returns the algorithm's name in the registry of RFC 9421.
    pub const fn algorithm(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-v1_5-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A private key with its `keyId`.
pub struct SigningKey {
    id: String,
    pair: Pair,
}

impl SigningKey {
    /// Parses a PKCS#8 PEM.
    pub fn from_pem(id: impl Into<String>, pem: &str) -> Result<Self, BadKey> {
        let der = from_pem(pem)?;
        let pair = match RsaKeyPair::from_pkcs8(&der) {
            Ok(pair) => Pair::Rsa(Box::new(pair)),
            Err(_) => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(&der).map_err(|_| BadKey)?),
        };
        Ok(Self { id: id.into(), pair })
    }

    /// The `keyId`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key's kind.
    pub const fn kind(&self) -> KeyKind {
        match self.pair {
            Pair::Rsa(_) => KeyKind::Rsa,
            Pair::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    /// Signs a message; returns the signature in base64.
    pub fn sign(&self, message: &[u8]) -> Result<String, BadKey> {
        Ok(STANDARD.encode(self.signature(message)?))
    }

    /// Signs a message.
    pub fn signature(&self, message: &[u8]) -> Result<Vec<u8>, BadKey> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| BadKey)?;
                Ok(signature)
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A parsed public key of a peer.
#[derive(Debug, Clone)]
pub struct PublicKey {
    key: ParsedPublicKey,
    kind: KeyKind,
}

impl PublicKey {
    /// Parses an SPKI (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`) PEM; peers send both.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let der = from_pem(pem)?;
        if let Some(raw) = der.strip_prefix(&ED25519_SPKI) {
            let key = ParsedPublicKey::new(&ED25519, raw).map_err(|_| BadKey)?;
            return Ok(Self { key, kind: KeyKind::Ed25519 });
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| BadKey)?;
        Ok(Self { key, kind: KeyKind::Rsa })
    }

    /// The key's kind.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether this key made the signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

/// Converts a Multikey (FEP-521a, Controlled Identifiers 2.2.2) to PEM: `z` and the base58 of an Ed25519 or
/// RSA key.
pub fn pem_of_multikey(text: &str) -> Result<String, BadKey> {
    if text.len() > LONGEST_MULTIKEY {
        return Err(BadKey);
    }
    let bytes = bs58::decode(text.strip_prefix('z').ok_or(BadKey)?).into_vec().map_err(|_| BadKey)?;
    match (bytes.strip_prefix(&ED25519_CODEC), bytes.strip_prefix(&RSA_CODEC)) {
        (Some(raw), _) if raw.len() == 32 => Ok(ed25519_pem(raw)),
        (_, Some(der)) => Ok(to_pem("RSA PUBLIC KEY", der)),
        _ => Err(BadKey),
    }
}

/// Converts an Ed25519 key or a 2048-bit RSA key from PEM to a Multikey.
pub fn multikey_of_pem(pem: &str) -> Result<String, BadKey> {
    let der = from_pem(pem)?;
    let coded = match (der.strip_prefix(&ED25519_SPKI), der.strip_prefix(&RSA_2048_SPKI)) {
        (Some(raw), _) if raw.len() == 32 => [&ED25519_CODEC, raw].concat(),
        (_, Some(pkcs1)) => [&RSA_CODEC, pkcs1].concat(),
        _ => return Err(BadKey),
    };
    Ok(format!("z{}", bs58::encode(coded).into_string()))
}

fn ed25519_pem(raw: &[u8]) -> String {
    to_pem("PUBLIC KEY", &[&ED25519_SPKI, raw].concat())
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

/// Decodes the first PEM block. Line breaks may be missing or of any kind.
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
    fn multikeys_are_read_and_written() {
        let pem = generate_ed25519().unwrap();
        let text = multikey_of_pem(&pem.public).unwrap();
        assert!(text.starts_with("z6Mk"), "{text}");
        assert_eq!(pem_of_multikey(&text), Ok(pem.public.clone()));
        let (key, public) =
            (SigningKey::from_pem("k", &pem.private).unwrap(), PublicKey::from_pem(&pem.public).unwrap());
        assert_eq!((key.kind(), public.kind()), (KeyKind::Ed25519, KeyKind::Ed25519));
        assert!(public.verifies(b"message", &key.signature(b"message").unwrap()));
        assert!(!public.verifies(b"messagf", &key.signature(b"message").unwrap()));
        // The example of the eddsa-jcs-2022 test vectors.
        assert!(pem_of_multikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").is_ok());
        let rsa = generate().unwrap();
        let pair = RsaKeyPair::from_pkcs8(&from_pem(&rsa.private).unwrap()).unwrap();
        let text = bs58::encode([&RSA_CODEC, pair.public_key().as_ref()].concat()).into_string();
        let read = PublicKey::from_pem(&pem_of_multikey(&format!("z{text}")).unwrap()).unwrap();
        assert_eq!(read.kind(), KeyKind::Rsa);
        for bad in ["", "z", "6Mk", "z6Mk", "z!!!!", "u6MkrJVna", &"z2".repeat(5000)] {
            assert_eq!(pem_of_multikey(bad), Err(BadKey), "{bad}");
        }
        assert_eq!(multikey_of_pem(&rsa.public), Ok(format!("z{text}")));
        let pkcs1 = to_pem("RSA PUBLIC KEY", pair.public_key().as_ref());
        assert_eq!(multikey_of_pem(&pkcs1), Err(BadKey));
    }

    #[test]
    fn invalid_keys_are_refused() {
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
