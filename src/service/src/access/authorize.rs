//! OAuth authorisation: a user grants a client app access, and the app gets an authorisation code (RFC 6749
//! section 4.1).
//!
//! The client API exchanges the code for a token; see `service::tokens`.

use crate::access::{apps, secrets};
use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::UserId;
use portico_domain::model::oauth::{App, Code, Scopes};

/// The lifetime of a code, in seconds.
const CODE_SECONDS: i64 = 600;

/// The redirect URI of apps without one: the code is shown for copying.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// The authorisation request of an app: the query of the consent page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorizationRequest {
    /// The client id of the app.
    pub client_id: String,
    /// The URI to redirect to.
    pub redirect_uri: String,
    /// Must be `code`.
    pub response_type: String,
    /// The requested scopes; `read` if empty.
    pub scope: String,
    /// The PKCE challenge.
    pub code_challenge: Option<String>,
    /// Must be `S256` if there is a challenge.
    pub code_challenge_method: Option<String>,
}

/// A validated request, ready for the user's consent.
#[derive(Debug, Clone)]
pub struct ValidAuthorization {
    /// The app.
    pub app: App,
    /// The redirect URI: an exact match of one that the app registered.
    pub redirect_uri: String,
    /// The requested scopes.
    pub scopes: Scopes,
    /// The PKCE challenge.
    pub challenge: Option<String>,
}

/// The reasons to refuse a request before asking the user.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// The app is unknown, so there is no redirect.
    #[error("the app is unknown")]
    UnknownApp,
    /// The URI is not one of the app's, so it must not be redirected to.
    #[error("the redirect URI is not registered for the app")]
    UnknownRedirect,
    /// An error to return by redirect: an error code of RFC 6749 section 4.1.2.1, with a description.
    #[error("{code}: {description}")]
    Redirect {
        /// The error code.
        code: &'static str,
        /// A description for the app's developer.
        description: String,
    },
    /// An internal error.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Validates an app's request.
///
/// # Errors
/// Only [`AuthorizationError::Redirect`] may be returned by a redirect.
pub async fn check(
    instance: &Instance,
    request: &AuthorizationRequest,
) -> std::result::Result<ValidAuthorization, AuthorizationError> {
    let app = apps::find(instance, &request.client_id).await?.ok_or(AuthorizationError::UnknownApp)?;
    if !app.redirect_uris.contains(&request.redirect_uri) {
        return Err(AuthorizationError::UnknownRedirect);
    }
    let redirect_error =
        |code, description: &str| AuthorizationError::Redirect { code, description: description.to_owned() };
    if request.response_type != "code" {
        return Err(redirect_error("unsupported_response_type", "response_type must be code"));
    }
    let scopes =
        Scopes::parse(&request.scope).map_err(|error| redirect_error("invalid_scope", &error.to_string()))?;
    if !app.scopes.cover(&scopes) {
        return Err(redirect_error("invalid_scope", "the app did not register for these scopes"));
    }
    let challenge = request.code_challenge.clone().filter(|challenge| !challenge.is_empty());
    match (&challenge, request.code_challenge_method.as_deref().unwrap_or_default()) {
        (Some(challenge), "S256") if is_s256(challenge) => {}
        (Some(_), "S256") => {
            return Err(redirect_error("invalid_request", "code_challenge is not a SHA-256 in base64url"));
        }
        (Some(_), _) => return Err(redirect_error("invalid_request", "code_challenge_method must be S256")),
        (None, "" | "S256") => {}
        (None, _) => return Err(redirect_error("invalid_request", "code_challenge_method must be S256")),
    }
    Ok(ValidAuthorization { app, redirect_uri: request.redirect_uri.clone(), scopes, challenge })
}

/// Records a user's consent. Returns the code for the app: it works once, for ten minutes.
pub async fn allow(instance: &Instance, user: UserId, checked: &ValidAuthorization) -> Result<String> {
    let secret = instance.rng.secret();
    let code_hash = secrets::hash(&secret);
    let code = Code {
        app_id: checked.app.id,
        user_id: user,
        redirect_uri: checked.redirect_uri.clone(),
        scopes: checked.scopes.clone(),
        challenge: checked.challenge.clone(),
        expires_at: instance.now().plus_seconds(CODE_SECONDS),
    };
    instance.store.write(move |tx| Ok::<_, Error>(tx.insert_code(&code_hash, &code)?)).await?;
    Ok(secret)
}

/// Returns whether this has the form of a SHA-256 hash in base64url without padding (RFC 7636 section 4.2).
fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_hashes_in_base64url() {
        assert!(is_s256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        for bad in ["", "short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", &"x".repeat(44)] {
            assert!(!is_s256(bad), "{bad}");
        }
    }
}
