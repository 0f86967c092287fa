//! Access tokens: issued for authorization codes, for apps and on the command line; looked up on each
//! request.

use crate::access::secrets;
use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::oauth::{App, Code, Scopes, Token};
use portico_domain::model::user::User;
use portico_domain::model::{AppId, Timestamp, TokenId, UserId};
use portico_domain::policy::Refusal;
use portico_store::StoredToken;

/// Precision of a token's last use, in seconds; writing on every request would be expensive.
const USE_GRAIN_SECONDS: i64 = 60 * 60;

/// The caller of a request with a token: a user through an app, or an app on its own behalf.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub token: Token,
    /// The user, if the token acts for one.
    pub user: Option<(User, Account)>,
}

/// The result of looking up a presented token.
#[derive(Debug, Clone)]
pub enum TokenStatus {
    /// The token is valid.
    Valid(Box<Caller>),
    /// No such token exists.
    Unknown,
    /// The token was revoked.
    Revoked,
    /// The token's user may no longer sign in.
    Disabled,
}

/// The input of an authorization code exchange.
#[derive(Debug, Clone)]
pub struct ExchangeInput {
    /// The authorization code.
    pub code: String,
    /// The redirect URI, which must match exactly.
    pub redirect_uri: String,
    /// The PKCE verifier of the code's challenge, if it had one.
    pub verifier: Option<String>,
}

/// A new token and the secret that the client holds.
pub type IssuedToken = (Token, String);

/// The outcome of a code exchange.
enum ExchangeOutcome {
    Issued(Box<IssuedToken>),
    Fault(&'static str),
}

/// Looks up the caller of a token.
pub async fn find_caller(instance: &Instance, secret: &str) -> Result<TokenStatus> {
    let hash = secrets::hash(secret);
    let (standing, stale) = instance
        .store
        .read(move |reader| {
            let Some(found) = reader.find_token(&hash)? else { return Ok((TokenStatus::Unknown, None)) };
            if found.revoked_at.is_some() {
                return Ok((TokenStatus::Revoked, None));
            }
            let user = match found.token.user_id {
                Some(id) => match reader.find_user_and_account(id)? {
                    Some((user, account))
                        if is_usable(&user, &account) && crate::access::bots::may_act(reader, &account)? =>
                    {
                        Some((user, account))
                    }
                    _ => return Ok((TokenStatus::Disabled, None)),
                },
                None => None,
            };
            let fresh = reader.now().plus_seconds(-USE_GRAIN_SECONDS);
            let stale = found.last_used_at.is_none_or(|used| used < fresh).then_some(found.token.id);
            Ok::<_, Error>((TokenStatus::Valid(Box::new(Caller { token: found.token, user })), stale))
        })
        .await?;
    if let Some(id) = stale {
        instance.store.write(move |tx| Ok::<_, Error>(tx.mark_token_used(id)?)).await?;
    }
    Ok(standing)
}

fn is_usable(user: &User, account: &Account) -> bool {
    user.disabled_at.is_none() && account.suspended_at.is_none()
}

/// Exchanges an authorization code for a token. A code works once: a second use suggests theft, so it also
/// revokes the tokens issued for the first use (RFC 6749 section 4.1.2).
///
/// # Errors
/// `Invalid` if the code, app, redirect URI or verifier does not match.
pub async fn exchange(instance: &Instance, app: &App, exchange: ExchangeInput) -> Result<IssuedToken> {
    let (app, now, secret) = (app.id, instance.now(), instance.rng.secret());
    let (id, code_hash, token_hash) =
        (instance.ids.next(now), secrets::hash(&exchange.code), secrets::hash(&secret));
    let outcome = instance
        .store
        .write(move |tx| {
            let Some(code) = tx.find_code(&code_hash)? else {
                return Ok(ExchangeOutcome::Fault("it is unknown"));
            };
            if let Err(fault) = matches(&code, app, &exchange, now) {
                return Ok(ExchangeOutcome::Fault(fault));
            }
            if !tx.mark_code_used(&code_hash)? {
                // Returned as a value, not as an error, so that the revocation is committed.
                tx.revoke_tokens_of_code(&code_hash)?;
                return Ok(ExchangeOutcome::Fault("it was used before"));
            }
            let usable = tx.find_user_and_account(code.user_id)?;
            if !usable.is_some_and(|(user, account)| is_usable(&user, &account)) {
                return Ok(ExchangeOutcome::Fault("its user may not sign in"));
            }
            let token = Token {
                id,
                app_id: Some(app),
                user_id: Some(code.user_id),
                scopes: code.scopes,
                created_at: now,
            };
            tx.insert_token(&token, &token_hash, Some(&code_hash))?;
            Ok::<_, Error>(ExchangeOutcome::Issued(Box::new((token, secret.clone()))))
        })
        .await?;
    match outcome {
        ExchangeOutcome::Issued(issued) => Ok(*issued),
        ExchangeOutcome::Fault(fault) => {
            Err(Error::invalid(format!("The authorization code cannot be used: {fault}")))
        }
    }
}

fn matches(
    code: &Code,
    app: AppId,
    exchange: &ExchangeInput,
    now: Timestamp,
) -> std::result::Result<(), &'static str> {
    if code.app_id != app {
        return Err("it was issued to another app");
    }
    if code.expires_at <= now {
        return Err("it has expired");
    }
    if code.redirect_uri != exchange.redirect_uri {
        return Err("the redirect URI does not match");
    }
    match (&code.challenge, &exchange.verifier) {
        (None, _) => Ok(()),
        (Some(_), None) => Err("the code verifier is missing"),
        (Some(challenge), Some(verifier)) if secrets::same(challenge, &challenge_of(verifier)) => Ok(()),
        (Some(_), Some(_)) => Err("the code verifier is wrong"),
    }
}

/// Computes the S256 challenge of a verifier (RFC 7636 section 4.2).
fn challenge_of(verifier: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest.as_ref())
}

/// Issues a token that acts for an app alone.
///
/// # Errors
/// `Refused` if the app is not registered for one of the scopes.
pub async fn issue_for_app(instance: &Instance, app: &App, scopes: Scopes) -> Result<IssuedToken> {
    if !app.scopes.cover(&scopes) {
        return Err(Refusal::NotYours.into());
    }
    issue(instance, Some(app.id), None, scopes).await
}

/// Issues a token that acts for a user, for an administrator on the command line.
pub async fn issue_for_user(instance: &Instance, user: UserId, scopes: Scopes) -> Result<IssuedToken> {
    issue(instance, None, Some(user), scopes).await
}

async fn issue(
    instance: &Instance,
    app_id: Option<AppId>,
    user_id: Option<UserId>,
    scopes: Scopes,
) -> Result<IssuedToken> {
    let (now, secret) = (instance.now(), instance.rng.secret());
    let token = Token { id: instance.ids.next(now), app_id, user_id, scopes, created_at: now };
    let (stored, hash) = (token.clone(), secrets::hash(&secret));
    instance.store.write(move |tx| Ok::<_, Error>(tx.insert_token(&stored, &hash, None)?)).await?;
    Ok((token, secret))
}

/// Revokes a token; succeeds for an unknown token.
///
/// # Errors
/// `Refused` for the token of another app.
pub async fn revoke(instance: &Instance, app: &App, secret: &str) -> Result<()> {
    let (app, hash) = (app.id, secrets::hash(secret));
    instance
        .store
        .write(move |tx| {
            let Some(found) = tx.find_token(&hash)? else { return Ok(()) };
            if found.token.app_id != Some(app) {
                return Err(Refusal::NotYours.into());
            }
            Ok::<_, Error>(tx.revoke_token(found.token.id)?)
        })
        .await
}

/// Lists a user's valid tokens, newest first, each with the name of its app.
pub async fn list_for(instance: &Instance, user: UserId) -> Result<Vec<(StoredToken, Option<String>)>> {
    Ok(instance.store.read(move |reader| reader.list_tokens(user)).await?)
}

/// Revokes one or all tokens of a user, for an administrator on the command line. Returns how many.
///
/// # Errors
/// `NotFound` for a token that is not the user's or no longer valid.
pub async fn revoke_for(instance: &Instance, user: UserId, id: Option<TokenId>) -> Result<usize> {
    instance
        .store
        .write(move |tx| {
            let named = |found: &TokenId| id.is_none_or(|id| *found == id);
            let ids: Vec<TokenId> =
                tx.list_tokens(user)?.into_iter().map(|(stored, _)| stored.token.id).filter(named).collect();
            if ids.is_empty() && id.is_some() {
                return Err(Error::NotFound("token"));
            }
            for id in &ids {
                tx.revoke_token(*id)?;
            }
            if !ids.is_empty()
                && let Some((_, account)) = tx.find_user_and_account(user)?
            {
                let note = format!("{} ended", ids.len());
                tx.log(&Moderator::console(), "revoke tokens", &account.acct(), Some(account.id), &note)?;
            }
            Ok(ids.len())
        })
        .await
}

/// Returns the app that holds a token; `None` for one issued on the command line.
pub async fn find_app(instance: &Instance, token: &Token) -> Result<Option<App>> {
    let Some(id) = token.app_id else { return Ok(None) };
    instance.store.read(move |reader| Ok(reader.find_app(id)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn code(challenge: Option<&str>) -> Code {
        Code {
            app_id: AppId(1),
            user_id: UserId(2),
            redirect_uri: "app://back".into(),
            scopes: Scopes::default(),
            challenge: challenge.map(str::to_owned),
            expires_at: MOMENT,
        }
    }

    fn bring(redirect_uri: &str, verifier: Option<&str>) -> ExchangeInput {
        ExchangeInput {
            code: "code".into(),
            redirect_uri: redirect_uri.into(),
            verifier: verifier.map(str::to_owned),
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636, appendix B.
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_authorization_code_fits_only_its_app_redirect_and_challenge() {
        let before = MOMENT.plus_millis(-1);
        assert!(matches(&code(None), AppId(1), &bring("app://back", None), before).is_ok());
        assert!(matches(&code(None), AppId(1), &bring("app://back", Some("unasked")), before).is_ok());
        assert!(matches(&code(None), AppId(2), &bring("app://back", None), before).is_err());
        assert!(matches(&code(None), AppId(1), &bring("app://back/", None), before).is_err());
        assert!(matches(&code(None), AppId(1), &bring("app://back", None), MOMENT).is_err());
        let challenge = challenge_of("verifier");
        assert!(
            matches(&code(Some(&challenge)), AppId(1), &bring("app://back", Some("verifier")), before)
                .is_ok()
        );
        assert!(
            matches(&code(Some(&challenge)), AppId(1), &bring("app://back", Some("other")), before).is_err()
        );
        assert!(matches(&code(Some(&challenge)), AppId(1), &bring("app://back", None), before).is_err());
    }
}
