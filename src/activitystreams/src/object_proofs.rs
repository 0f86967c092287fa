//! Object proofs (FEP-8b32, cryptosuite `eddsa-jcs-2022`): prove an object's author independently of its
//! sender.
//!
//! The document and the proof options are canonicalised (RFC 8785), hashed and signed with a key that the
//! author's actor document lists as a Multikey (FEP-521a). No JSON-LD is expanded: the verified document is
//! the processed one. `RsaSignature2017` is not accepted: it signs a graph, and other servers have been made
//! to read a different graph from the same signature.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::error::{Malformed, Result};
use crate::value::{self, Object};
use portico_domain::model::Timestamp;
use portico_http_signatures::keys::KeyKind;
use portico_http_signatures::{Checked, SigningKey};

/// The `@context` that defines the terms of a proof.
pub const CONTEXT: &str = "https://w3id.org/security/data-integrity/v1";
const SUITE: &str = "eddsa-jcs-2022";
/// Larger integers are not represented equally by every JSON reader.
const LARGEST_NUMBER: u64 = 1 << 53;
/// Maximum clock skew of a peer, in seconds.
const SKEW: i64 = 300;
/// 64 bytes in base58 with the multibase prefix.
const LONGEST_PROOF: usize = 100;

/// Reads the proof of a document, without checking it against its key. `None` if there is no proof of a
/// supported kind.
///
/// # Errors
/// [`Malformed`] for an invalid proof.
pub fn read(document: &Object, now: Timestamp) -> Result<Option<Checked>> {
    let wrong = |why: &str| Err(Malformed::new(format!("the proof {why}")));
    let Some(proof) = value::objects(document, "proof").into_iter().find(|proof| is_known(proof)) else {
        return Ok(None);
    };
    let Some(key_id) = value::text(proof, "verificationMethod") else { return wrong("has no key id") };
    if value::text(proof, "proofPurpose") != Some("assertionMethod") {
        return wrong("has another purpose");
    }
    let created = value::text(proof, "created").and_then(Timestamp::parse);
    if created.is_none_or(|created| created > now.plus_seconds(SKEW)) {
        return wrong("has no valid time, or is from the future");
    }
    let ends = value::text(proof, "expires").map(|text| Timestamp::parse(text).is_none_or(|end| end <= now));
    if ends == Some(true) {
        return wrong("has expired");
    }
    let Some(signature) = value::text(proof, "proofValue").and_then(decoded) else {
        return wrong("has no value");
    };
    match message(document, proof) {
        Some(message) => Ok(Some(Checked::of_bytes(key_id.to_owned(), message, signature, KeyKind::Ed25519))),
        None => wrong("is of a document that cannot be canonicalised"),
    }
}

fn is_known(proof: &Object) -> bool {
    value::is_a(proof, "DataIntegrityProof") && value::text(proof, "cryptosuite") == Some(SUITE)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix('z').filter(|text| text.len() < LONGEST_PROOF)?;
    bs58::decode(text).into_vec().ok().filter(|bytes| bytes.len() == 64)
}

/// Returns the signed bytes: the hash of the proof options, then that of the document without the proof.
fn message(document: &Object, proof: &Object) -> Option<Vec<u8>> {
    let mut unsecured = document.clone();
    unsecured.remove("proof");
    let mut says = proof.clone();
    says.remove("proofValue");
    // A proof with its own context signs the document with that context, which the document's context must
    // start with.
    if let Some(context) = says.get("@context") {
        let (own, all) = (as_list(context), as_list(document.get("@context")?));
        if !all.starts_with(&own) {
            return None;
        }
        unsecured.insert("@context".to_owned(), context.clone());
    }
    let hash = |object: Object| {
        let whole = Value::Object(object);
        let text = is_canonical(&whole).then(|| serde_json_canonicalizer::to_vec(&whole).ok()).flatten()?;
        Some(digest(&SHA256, &text))
    };
    let (says, unsecured) = (hash(says)?, hash(unsecured)?);
    Some([says.as_ref(), unsecured.as_ref()].concat())
}

/// Returns a `@context` as a list.
pub fn as_list(context: &Value) -> Vec<Value> {
    match context {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// Whether every number has the same meaning to every reader.
fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.unsigned_abs() <= LARGEST_NUMBER,
            (None, Some(_)) => false,
            (None, None) => number.as_f64().is_some_and(f64::is_finite),
        },
        Value::Array(items) => items.iter().all(is_canonical),
        Value::Object(object) => object.values().all(is_canonical),
        _ => true,
    }
}

/// Adds a proof made with this key to a document.
///
/// # Errors
/// [`Malformed`] for a key that cannot sign, or a document that cannot be canonicalised.
pub fn sign(document: &mut Object, key: &SigningKey, now: Timestamp) -> Result<()> {
    let says = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": key.id(),
        "proofPurpose": "assertionMethod",
        "created": now.rfc3339(),
    });
    let Value::Object(mut says) = says else { return Ok(()) };
    if let Some(context) = document.get("@context") {
        says.insert("@context".to_owned(), context.clone());
    }
    let cannot = || Malformed::new("the document cannot be signed");
    let signature =
        message(document, &says).and_then(|message| key.signature(&message).ok()).ok_or_else(cannot)?;
    says.insert("proofValue".to_owned(), json!(format!("z{}", bs58::encode(signature).into_string())));
    document.insert("proof".to_owned(), Value::Object(says));
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use portico_http_signatures::{KeyPem, PublicKey, keys};

    const KEY: &str = "https://a.example/users/ann#ed25519-key";

    fn pem() -> &'static KeyPem {
        static PEM: std::sync::OnceLock<KeyPem> = std::sync::OnceLock::new();
        PEM.get_or_init(|| keys::generate_ed25519().unwrap())
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-02T09:00:00Z").unwrap()
    }

    fn activity() -> Object {
        let activity = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
            "id": "https://a.example/1",
            "type": "Like",
            "actor": "https://a.example/users/ann",
            "object": "https://b.example/2",
            "weight": 1.5,
        });
        activity.as_object().unwrap().clone()
    }

    fn signed() -> Object {
        let mut document = activity();
        sign(&mut document, &SigningKey::from_pem(KEY, &pem().private).unwrap(), now()).unwrap();
        document
    }

    fn holds(document: &Object) -> bool {
        let key = PublicKey::from_pem(&pem().public).unwrap();
        read(document, now())
            .ok()
            .flatten()
            .is_some_and(|proof| proof.key_id == KEY && proof.is_signed_by(&key))
    }

    #[test]
    fn own_proofs_hold_in_any_key_order_and_after_parsing() {
        let document = signed();
        assert!(holds(&document));
        let text = Value::Object(document.clone()).to_string();
        assert!(holds(&crate::json::read(text.as_bytes()).unwrap()));
        let turned: Object = document.into_iter().rev().collect();
        assert!(holds(&turned));
    }

    #[test]
    fn a_document_without_one_has_none() {
        assert_eq!(read(&activity(), now()).unwrap(), None);
        let mut other = activity();
        other.insert("signature".into(), json!({"type": "RsaSignature2017", "signatureValue": "AAAA"}));
        assert_eq!(read(&other, now()).unwrap(), None, "S07: no linked data");
        other.insert("proof".into(), json!({"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}));
        assert_eq!(read(&other, now()).unwrap(), None);
    }

    #[test]
    fn s07_no_part_can_be_changed_added_or_left_out() {
        let document = signed();
        for name in ["actor", "object", "type", "id"] {
            let mut thinned = document.clone();
            thinned.remove(name);
            assert!(!holds(&thinned), "{name}");
            let mut changed = document.clone();
            changed.insert(name.to_owned(), json!("https://evil.example"));
            assert!(!holds(&changed), "{name}");
        }
        let mut more = document.clone();
        more.insert("to".into(), json!("https://www.w3.org/ns/activitystreams#Public"));
        assert!(!holds(&more));
        let mut context = document.clone();
        context.insert("@context".into(), json!(["https://www.w3.org/ns/activitystreams"]));
        assert!(!holds(&context));
        for (name, put) in [
            ("created", json!("2026-11-01T09:00:00Z")),
            ("verificationMethod", json!("https://a.example/users/eve#ed25519-key")),
            ("proofPurpose", json!("authentication")),
            ("proofValue", json!("z")),
            ("proofValue", json!(7)),
            ("expires", json!("2026-11-01T09:00:00Z")),
        ] {
            let mut changed = document.clone();
            changed["proof"][name] = put;
            assert!(!holds(&changed), "{name}");
        }
        let mut early = activity();
        let key = SigningKey::from_pem(KEY, &pem().private).unwrap();
        sign(&mut early, &key, now().plus_seconds(SKEW + 1)).unwrap();
        assert!(read(&early, now()).is_err());
    }

    #[test]
    fn numbers_that_are_not_the_same_to_everybody_are_refused() {
        for number in [json!(9_007_199_254_740_993_u64), json!(u64::MAX), json!(i64::MIN)] {
            let mut document = signed();
            document.insert("weight".into(), number.clone());
            assert!(read(&document, now()).is_err(), "{number}");
        }
    }

    proptest! {
        #[test]
        fn no_proof_makes_it_panic(value in ".{0,120}", created in ".{0,40}", method in ".{0,60}") {
            let mut document = signed();
            document["proof"]["proofValue"] = json!(value);
            document["proof"]["created"] = json!(created);
            document["proof"]["verificationMethod"] = json!(method);
            prop_assert!(!holds(&document));
        }
    }
}
