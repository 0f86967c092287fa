//! Consent: a user lets a client app act for them, and the app gets a code (RFC 6749 section 4.1).
//!
//! The exchange of the code for a token is another use case; see the client API.

use super::{Error, Result, apps, secrets};
use crate::instance::Instance;
use crate::model::UserId;
use crate::model::oauth::{App, Code, Scopes};

/// How long a code works.
const CODE_SECONDS: i64 = 600;

/// The redirect URI of apps that cannot be redirected to: the code is shown for copying.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// What an app asks for, as it stands in the address of the consent page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// What it calls itself.
    pub client_id: String,
    /// Where it wants the answer.
    pub redirect_uri: String,
    /// Must be `code`.
    pub response_type: String,
    /// The scopes asked for; `read` if empty.
    pub scope: String,
    /// The PKCE challenge.
    pub code_challenge: Option<String>,
    /// Must be `S256` if there is a challenge.
    pub code_challenge_method: Option<String>,
}

/// A request that a user may be asked about.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Who asks.
    pub app: App,
    /// Where the answer goes: one of the app's own, letter by letter.
    pub redirect_uri: String,
    /// For what.
    pub scopes: Scopes,
    /// The PKCE challenge.
    pub challenge: Option<String>,
}

/// Why a request is not put before the user.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No such app: nobody to redirect to.
    #[error("the app is not known here")]
    UnknownApp,
    /// Not one of the app's addresses: must not be redirected to.
    #[error("the address to return to is not one of the app's")]
    UnknownRedirect,
    /// The app is told by a redirect: an error code of RFC 6749 section 4.1.2.1, and a sentence.
    #[error("{code}: {description}")]
    Told {
        /// The error code.
        code: &'static str,
        /// A sentence for the app's developer.
        description: String,
    },
    /// A fault of ours.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Checks what an app asks for.
///
/// # Errors
/// See [`Fault`]: only `Told` may be answered by a redirect.
pub async fn check(instance: &Instance, request: &Request) -> std::result::Result<Checked, Fault> {
    let app = apps::find(instance, &request.client_id).await?.ok_or(Fault::UnknownApp)?;
    if !app.redirect_uris.contains(&request.redirect_uri) {
        return Err(Fault::UnknownRedirect);
    }
    let told = |code, description: &str| Fault::Told { code, description: description.to_owned() };
    if request.response_type != "code" {
        return Err(told("unsupported_response_type", "response_type must be code"));
    }
    let scopes = Scopes::parse(&request.scope).map_err(|error| told("invalid_scope", &error.to_string()))?;
    if !app.scopes.cover(&scopes) {
        return Err(told("invalid_scope", "the app did not register for these scopes"));
    }
    let challenge = request.code_challenge.clone().filter(|challenge| !challenge.is_empty());
    match (&challenge, request.code_challenge_method.as_deref().unwrap_or_default()) {
        (Some(challenge), "S256") if is_s256(challenge) => {}
        (Some(_), "S256") => {
            return Err(told("invalid_request", "code_challenge is not a SHA-256 in base64url"));
        }
        (Some(_), _) => return Err(told("invalid_request", "code_challenge_method must be S256")),
        (None, "" | "S256") => {}
        (None, _) => return Err(told("invalid_request", "code_challenge_method must be S256")),
    }
    Ok(Checked { app, redirect_uri: request.redirect_uri.clone(), scopes, challenge })
}

/// Records a user's consent. Returns the code for the app: it works once, for ten minutes.
pub async fn allow(instance: &Instance, user: UserId, checked: &Checked) -> Result<String> {
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

/// Whether this has the form of a SHA-256 in base64url without padding (RFC 7636 section 4.2).
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
