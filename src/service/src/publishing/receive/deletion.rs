//! Deletions of remote posts.

use crate::Result;
use crate::instance::Instance;
use crate::social::groups;
use portico_domain::model::account::Account;

/// Applies a deletion by the status's author. A deletion that arrives before its Create is remembered.
pub async fn receive_delete(instance: &Instance, author: &Account, uri: &str) -> Result<()> {
    let (author, uri) = (author.clone(), uri.to_owned());
    instance
        .store
        .write(move |tx| {
            match tx.find_status_by_uri(&uri)? {
                Some(status) if status.account_id == author.id => {
                    groups::relay_deletion(tx, &status)?;
                    tx.delete_status(&status, &author.uri)?;
                }
                Some(_) => {}
                None => tx.insert_tombstone(&uri, &author.uri)?,
            }
            Ok(())
        })
        .await
}
