//! Key pairs of local accounts.

use super::account::RemoteKey;

/// All keys of a local account. Holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct OwnKeys {
    /// The RSA key pair for requests.
    pub http: KeyPair,
    /// The Ed25519 key pair for objects; created on first use.
    pub proof: Option<KeyPair>,
    /// The public halves of replaced keys, kept while messages that they signed may still be in transit.
    pub retired: Vec<RemoteKey>,
}

/// A key pair of a local account. Holds a secret, so it has no `Debug`.
#[derive(Clone)]
pub struct KeyPair {
    /// The key id that signatures name.
    pub uri: String,
    /// The public key as SPKI in PEM.
    pub public_pem: String,
    /// The private key as PKCS#8 in PEM.
    pub private_pem: String,
}
