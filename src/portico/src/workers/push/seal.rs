//! Encryption of push messages, so that the push service cannot read them: `aes128gcm` (RFC 8291 on RFC
//! 8188), and `aesgcm`, the draft before it, which the relays of several iOS apps still require.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// The announced record size; a message is one record.
const RECORD: u32 = 4096;
/// The maximum size of a message.
pub(super) const LARGEST: usize = 3_900;

/// The recipient of a message.
pub(super) struct Recipient<'a> {
    /// The public key, an uncompressed point.
    pub(super) key: &'a [u8],
    /// The authentication secret.
    pub(super) auth: &'a [u8],
}

/// The ephemeral values of one message.
pub(super) struct Once {
    /// The ephemeral private key.
    pub(super) key: PrivateKey,
    /// The salt.
    pub(super) salt: [u8; 16],
}

/// An encrypted message.
pub(super) struct Sealed {
    /// The body.
    pub(super) body: Vec<u8>,
    /// The ephemeral public key, which the older scheme sends in a header.
    pub(super) dh: Vec<u8>,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut out = [0; N];
    prk.expand(info, Length(N))?.fill(&mut out)?;
    Ok(out)
}

/// Combines the shared secret with the authentication secret of the recipient.
fn mixed(to: &Recipient<'_>, once: &Once, info: &[&[u8]]) -> Result<[u8; 32], Unspecified> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.key);
    agree(&once.key, theirs, Unspecified, |shared| {
        expand(&Salt::new(HKDF_SHA256, to.auth).extract(shared), info)
    })
}

fn encrypt(key: &[u8; 16], nonce: [u8; 12], mut text: Vec<u8>) -> Result<Vec<u8>, Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)?;
    Ok(text)
}

/// Encrypts according to RFC 8291.
pub(super) fn standard(to: &Recipient<'_>, once: &Once, text: &[u8]) -> Result<Sealed, Unspecified> {
    let dh = once.key.compute_public_key()?.as_ref().to_vec();
    let secret = mixed(to, once, &[b"WebPush: info\0", to.key, &dh])?;
    let prk = Salt::new(HKDF_SHA256, &once.salt).extract(&secret);
    let key = expand(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expand(&prk, &[b"Content-Encoding: nonce\0"])?;
    // The delimiter 2 ends the last record.
    let sealed = encrypt(&key, nonce, [text, &[2]].concat())?;
    let length = u8::try_from(dh.len()).map_err(|_| Unspecified)?;
    let body = [&once.salt[..], &RECORD.to_be_bytes(), &[length], &dh, &sealed].concat();
    Ok(Sealed { body, dh })
}

/// Encrypts according to the fourth draft.
pub(super) fn draft(to: &Recipient<'_>, once: &Once, text: &[u8]) -> Result<Sealed, Unspecified> {
    let dh = once.key.compute_public_key()?.as_ref().to_vec();
    let secret = mixed(to, once, &[b"Content-Encoding: auth\0"])?;
    let prk = Salt::new(HKDF_SHA256, &once.salt).extract(&secret);
    let length = |key: &[u8]| u16::try_from(key.len()).map(u16::to_be_bytes).map_err(|_| Unspecified);
    let (theirs, ours) = (length(to.key)?, length(&dh)?);
    let context = [b"P-256\0", &theirs[..], to.key, &ours[..], &dh].concat();
    let key = expand(&prk, &[b"Content-Encoding: aesgcm\0", &context])?;
    let nonce = expand(&prk, &[b"Content-Encoding: nonce\0", &context])?;
    // Two bytes state the length of the padding: none.
    let body = encrypt(&key, nonce, [&[0, 0], text].concat())?;
    Ok(Sealed { body, dh })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        // RFC 8291, section 5 and appendix A.
        let key =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let ours = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let once = Once {
            key: PrivateKey::from_private_key(&ECDH_P256, &ours).unwrap(),
            salt: bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
        };
        let text = b"When I grow up, I want to be a watermelon";
        let sealed = standard(&Recipient { key: &key, auth: &auth }, &once, text).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS\
                        6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu\
                        lcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(sealed.body), expected);
    }
}
