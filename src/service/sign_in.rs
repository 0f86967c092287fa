//! Signing in with a name and a password.

use super::{Error, Result, passwords, sessions, users};
use crate::instance::Instance;
use crate::model::user::User;

/// Checks a name and a password, and starts a session. Returns the secret for the browser's cookie. How
/// often somebody may try is the edge's to count, since only it knows the address.
///
/// # Errors
/// `SignIn` for an unknown name, a wrong password or a disabled user: neither the text nor the time it
/// takes tells which.
pub async fn with_password(instance: &Instance, name: &str, password: &str) -> Result<String> {
    let name = users::own_name(instance, name);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_user_by_name(&name)?)).await?;
    let usable = found.filter(|(user, account)| user.disabled_at.is_none() && account.suspended_at.is_none());
    let hash = usable.as_ref().and_then(|(user, _)| user.password_hash.clone());
    if !passwords::verify(instance, password, hash).await? {
        tracing::info!("a sign-in failed");
        return Err(Error::SignIn);
    }
    let (user, account) = usable.ok_or(Error::SignIn)?;
    tracing::info!(account = %account.username, "signed in");
    sessions::start(instance, user.id).await
}

/// Whether this is the password of somebody who is signed in, for what must not be done by whoever finds their
/// browser open. How often somebody may try is the edge's to count.
///
/// # Errors
/// Any error of the check itself.
pub async fn is_password_of(instance: &Instance, user: &User, password: &str) -> Result<bool> {
    passwords::verify(instance, password, user.password_hash.clone()).await
}
