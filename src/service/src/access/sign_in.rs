//! Signing in with a name and a password.

use crate::access::{passwords, sessions};
use crate::instance::Instance;
use crate::people::users;
use crate::{Error, Result};
use portico_domain::model::user::User;

/// Checks a name and a password, and starts a session. Returns the secret for the browser's cookie. The
/// caller limits the rate of attempts, because only it knows the client address.
///
/// # Errors
/// `SignIn` for an unknown name, a wrong password or a disabled user; neither text nor timing reveals which.
pub async fn with_password(instance: &Instance, name: &str, password: &str) -> Result<String> {
    let name = users::normalise_name(instance, name);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_user_by_name(&name)?)).await?;
    let usable = found.filter(|(user, account)| user.disabled_at.is_none() && account.suspended_at.is_none());
    let hash = usable.as_ref().and_then(|(user, _)| user.password_hash.clone());
    if !passwords::verify(instance, password, hash).await? {
        tracing::info!("sign_in.failed");
        return Err(Error::SignIn);
    }
    let (user, account) = usable.ok_or(Error::SignIn)?;
    tracing::info!(account = %account.username, "sign_in.succeeded");
    sessions::start(instance, user.id).await
}

/// Verifies the password of a signed-in user, for sensitive actions that an open browser alone must not
/// allow. The caller limits the rate of attempts.
pub async fn is_password_of(instance: &Instance, user: &User, password: &str) -> Result<bool> {
    passwords::verify(instance, password, user.password_hash.clone()).await
}
