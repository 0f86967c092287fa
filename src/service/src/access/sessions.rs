//! Browser sessions of signed-in users.

use crate::Result;
use crate::access::secrets;
use crate::instance::Instance;
use portico_domain::model::UserId;
use portico_domain::model::account::Account;
use portico_domain::model::session::{LIFETIME_SECONDS, Session};
use portico_domain::model::user::User;

/// Seconds after which a used session's expiry is extended: one write per hour instead of one per request.
/// This also records when the user was last active.
const RENEW_SECONDS: i64 = 60 * 60;

/// A signed-in visitor: a session with its user and account.
#[derive(Debug, Clone)]
pub struct SignedInSession {
    /// The session.
    pub session: Session,
    /// The user.
    pub user: User,
    /// The user's account.
    pub account: Account,
    /// Whether the expiry was just extended, so that the cookie must be renewed as well.
    pub renewed: bool,
}

/// Starts a session for an authenticated user. Returns the secret for the browser's cookie.
pub async fn start(instance: &Instance, user: UserId) -> Result<String> {
    let secret = instance.rng.secret();
    let now = instance.now();
    let session = Session {
        token_hash: secrets::hash(&secret),
        user_id: user,
        csrf: instance.rng.secret(),
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
    };
    instance
        .store
        .write(move |tx| {
            tx.insert_session(&session)?;
            Ok::<_, crate::Error>(tx.mark_signed_in(user)?)
        })
        .await?;
    Ok(secret)
}

/// Finds the valid session with this secret, and extends its expiry when due.
pub async fn find(instance: &Instance, secret: &str) -> Result<Option<SignedInSession>> {
    let token_hash = secrets::hash(secret);
    let found =
        instance.store.read(move |reader| Ok::<_, crate::Error>(reader.find_session(&token_hash)?)).await?;
    let Some((mut session, user, account)) = found else { return Ok(None) };
    if user.disabled_at.is_some() || account.suspended_at.is_some() {
        return Ok(None);
    }
    let until = instance.now().plus_seconds(LIFETIME_SECONDS);
    let renewed = until >= session.expires_at.plus_seconds(RENEW_SECONDS);
    if renewed {
        let token_hash = session.token_hash.clone();
        let write = move |tx: &mut portico_store::Tx<'_>| {
            Ok::<_, crate::Error>(tx.extend_session(&token_hash, until)?)
        };
        instance.store.write(write).await?;
        session.expires_at = until;
    }
    Ok(Some(SignedInSession { session, user, account, renewed }))
}

/// Ends a session.
pub async fn end(instance: &Instance, session: &Session) -> Result<()> {
    let token_hash = session.token_hash.clone();
    instance
        .store
        .write(move |tx| {
            tx.delete_session(&token_hash)?;
            Ok(())
        })
        .await
}
