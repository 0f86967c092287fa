//! Sessions: browsers that are signed in.

use super::{Result, secrets};
use crate::instance::Instance;
use crate::model::UserId;
use crate::model::account::Account;
use crate::model::session::{LIFETIME_SECONDS, Session};
use crate::model::user::User;

/// How much of a session's life may pass before its end is moved: a write an hour, not a write a request. By it
/// is known, too, when somebody last looked.
const RENEW_SECONDS: i64 = 60 * 60;

/// Who is looking at a page: a session with its user and account.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The user.
    pub user: User,
    /// The account that speaks for the user.
    pub account: Account,
    /// Whether the session's end was moved just now, so that the cookie must live longer, too.
    pub renewed: bool,
}

/// Starts a session for a user who has proved who they are. Returns the secret for the browser's cookie.
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
            Ok::<_, super::Error>(tx.mark_signed_in(user)?)
        })
        .await?;
    Ok(secret)
}

/// The session with this secret, if it still works; using it makes it live on.
pub async fn find(instance: &Instance, secret: &str) -> Result<Option<SignedIn>> {
    let token_hash = secrets::hash(secret);
    let found =
        instance.store.read(move |reader| Ok::<_, super::Error>(reader.find_session(&token_hash)?)).await?;
    let Some((mut session, user, account)) = found else { return Ok(None) };
    if user.disabled_at.is_some() || account.suspended_at.is_some() {
        return Ok(None);
    }
    let until = instance.now().plus_seconds(LIFETIME_SECONDS);
    let renewed = until >= session.expires_at.plus_seconds(RENEW_SECONDS);
    if renewed {
        let token_hash = session.token_hash.clone();
        let write = move |tx: &mut crate::store::Tx<'_>| {
            Ok::<_, super::Error>(tx.extend_session(&token_hash, until)?)
        };
        instance.store.write(write).await?;
        session.expires_at = until;
    }
    Ok(Some(SignedIn { session, user, account, renewed }))
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
