//! Private notes on accounts.

use crate::instance::Instance;
use crate::social::relationships;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::relationship::Relationship;

/// Maximum length of a note, in characters.
const MAX_NOTE: usize = 2_000;

/// Sets the private note on an account; an empty text removes it.
pub async fn set(
    instance: &Instance,
    me: AccountId,
    target: AccountId,
    comment: &str,
) -> Result<Relationship> {
    let comment = comment.trim().to_owned();
    if comment.chars().count() > MAX_NOTE {
        return Err(Error::invalid(format!("Comment is too long (maximum is {MAX_NOTE} characters)")));
    }
    instance
        .store
        .write(move |tx| {
            let target = relationships::find_other(tx, target)?;
            tx.set_account_note(me, target.id, &comment)?;
            relationships::load_relationship(tx, me, target.id)
        })
        .await
}
