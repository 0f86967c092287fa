//! The keys of object proofs (FEP-8b32): proofs on what local accounts send, and the check of received ones
//! against their author's key. `portico_activitystreams::object_proofs` reads and makes the proofs.

use serde_json::{Value, json};

use super::key_resolver::Signer;
use super::{Error, Federation, Result};
use portico_activitystreams::object_proofs;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::AccountId;
use portico_domain::model::keys::{KeyPair, OwnKeys};
use portico_domain::model::urls::same_origin;
use portico_http_signatures::{SigningKey, keys};
use portico_store::Tx;

/// Returns the keys of a local account; creates the proof key if it does not exist yet.
pub(super) fn own_keys(tx: &mut Tx<'_>, account: AccountId) -> Result<Option<OwnKeys>> {
    let Some(known) = tx.find_own_keys(account)? else { return Ok(None) };
    if known.proof.is_some() {
        return Ok(Some(known));
    }
    let actor = known.http.uri.split('#').next().unwrap_or_default();
    let made = keys::generate_ed25519().map_err(|error| Error::permanent(error.to_string()))?;
    // The proof key's name changes with that of the request key.
    let suffix = known.http.uri.split_once("#key-").map(|(_, at)| format!("-{at}")).unwrap_or_default();
    let proof: KeyPair = made.named(format!("{actor}#ed25519-key{suffix}"));
    tx.insert_proof_pair(account, &proof)?;
    Ok(tx.find_own_keys(account)?)
}

/// Adds the author's proof to an outgoing activity.
pub(super) fn prove(tx: &mut Tx<'_>, author: AccountId, activity: &mut Object) -> Result<()> {
    let Some(pair) = own_keys(tx, author)?.and_then(|keys| keys.proof) else { return Ok(()) };
    let key = SigningKey::from_pem(pair.uri, &pair.private_pem);
    let key = key.map_err(|error| Error::permanent(error.to_string()))?;
    // JSON-LD readers need the definitions of the proof's terms.
    let mut context = activity.get("@context").map(object_proofs::as_list).unwrap_or_default();
    context.push(json!(object_proofs::CONTEXT));
    activity.insert("@context".to_owned(), Value::Array(context));
    Ok(object_proofs::sign(activity, &key, tx.now())?)
}

impl Federation {
    /// Returns the author of an activity that another server delivers, if it carries a proof by that author.
    ///
    /// # Errors
    /// [`Error::Permanent`] for an invalid proof, [`Error::Temporary`] when its key cannot be fetched now.
    pub(super) async fn proven_author(&self, activity: &Object, actor: &str) -> Result<Option<Signer>> {
        let Some(proof) = object_proofs::read(activity, self.now())? else { return Ok(None) };
        let of_actor =
            same_origin(&proof.key_id, actor) && value::id(activity).is_some_and(|id| same_origin(id, actor));
        if !of_actor {
            return Err(Error::permanent("the proof and its author have different origins"));
        }
        self.admit(&self.key_host(&proof.key_id)?).await?;
        let signer = self.signer(&proof).await?;
        if signer.actor_uri == actor {
            Ok(Some(signer))
        } else {
            Err(Error::permanent("the proof is by another account than the author"))
        }
    }
}
