//! OAuth client apps: registration and authentication.

use crate::access::secrets;
use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::oauth::{App, Scopes};

/// The maximum length of an app's name, in characters.
const LONGEST_NAME: usize = 100;
/// The maximum length of a redirect URI or website, in bytes.
const LONGEST_URI: usize = 2_000;
/// The maximum number of redirect URIs of an app.
const MOST_URIS: usize = 20;
/// Schemes that execute code in a browser instead of opening an app.
const FORBIDDEN_SCHEMES: &[&str] = &["javascript", "data", "vbscript"];

/// The registration request of an app.
#[derive(Debug, Clone, Default)]
pub struct NewApp {
    /// The name.
    pub name: String,
    /// The redirect URIs.
    pub redirect_uris: Vec<String>,
    /// The scopes it may request at most, separated by spaces; `read` if empty.
    pub scopes: String,
    /// The website.
    pub website: Option<String>,
}

/// Registers an app. Returns it with its secret, which cannot be read again.
///
/// # Errors
/// `Invalid` with one sentence for each fault.
pub async fn register(instance: &Instance, new: NewApp) -> Result<(App, String)> {
    let (scopes, faults) = check(&new);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let secret = instance.rng.secret();
    let now = instance.now();
    let app = App {
        id: instance.ids.next(now),
        client_id: instance.rng.secret(),
        secret_hash: secrets::hash(&secret),
        name: new.name.trim().to_owned(),
        website: new.website.filter(|website| !website.is_empty()),
        redirect_uris: new.redirect_uris,
        scopes,
        created_at: now,
    };
    let stored = app.clone();
    instance.store.write(move |tx| Ok::<_, Error>(tx.insert_app(&stored)?)).await?;
    Ok((app, secret))
}

/// Returns the app with these credentials. `None` alike for an unknown app and a wrong secret.
pub async fn authenticate(instance: &Instance, client_id: &str, secret: &str) -> Result<Option<App>> {
    let found = find(instance, client_id).await?;
    let given = secrets::hash(secret);
    Ok(found.filter(|app| secrets::same(&app.secret_hash, &given)))
}

/// Finds an app by its OAuth client id.
pub async fn find(instance: &Instance, client_id: &str) -> Result<Option<App>> {
    let client_id = client_id.to_owned();
    instance.store.read(move |reader| Ok(reader.find_app_by_client_id(&client_id)?)).await
}

fn check(new: &NewApp) -> (Scopes, Vec<String>) {
    let mut faults = Vec::new();
    let name = new.name.trim();
    if name.is_empty() {
        faults.push("Application Name can't be blank".to_owned());
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        faults.push(format!("Application Name is too long (maximum is {LONGEST_NAME} characters)"));
    }
    if new.redirect_uris.is_empty() {
        faults.push("Redirect URI can't be blank".to_owned());
    }
    if new.redirect_uris.len() > MOST_URIS {
        faults.push(format!("Redirect URIs are too many (maximum is {MOST_URIS})"));
    }
    if !new.redirect_uris.iter().all(|uri| is_redirect_uri(uri)) {
        faults.push("Redirect URI must be an absolute URI.".to_owned());
    }
    if new.website.as_ref().is_some_and(|website| !website.is_empty() && !is_website(website)) {
        faults.push("Website must be a valid URL".to_owned());
    }
    let scopes = Scopes::parse(&new.scopes).unwrap_or_else(|unknown| {
        faults.push(format!("Scopes doesn't match configured on the server: {unknown}"));
        Scopes::default()
    });
    (scopes, faults)
}

/// Returns whether a redirect URI is allowed. Real apps use URIs that URL parsers reject
/// (`com.tapbots.Ivory.10217:/request_token`), so only dangerous schemes are refused.
fn is_redirect_uri(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return false };
    let scheme_is_one = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    scheme_is_one
        && !FORBIDDEN_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
        && uri.len() <= LONGEST_URI
        && !uri.contains('#')
        && !uri.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

fn is_website(website: &str) -> bool {
    website.len() <= LONGEST_URI
        && url::Url::parse(website)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(name: &str, uris: &[&str], scopes: &str, website: Option<&str>) -> Vec<String> {
        check(&NewApp {
            name: name.to_owned(),
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            scopes: scopes.to_owned(),
            website: website.map(str::to_owned),
        })
        .1
    }

    #[test]
    fn the_schemes_of_real_apps_are_taken() {
        for uri in [
            "https://elk.zone/api/x/oauth/https%3A%2F%2Felk.zone?a=b",
            "http://localhost:3000/",
            "urn:ietf:wg:oauth:2.0:oob",
            "icecubesapp://",
            "oauth2redirect://com.keylesspalace.tusky/",
            "tuba://auth_code",
            "com.tapbots.Ivory.10217:/request_token",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "https://x.example/#f",
            "nothing",
            "",
            "https://x.example/a b",
            "https://x.example/\n",
            ":x",
            "1a:b",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }

    #[test]
    fn every_fault_of_a_registration_is_reported() {
        assert!(faults("Tusky", &["a:b"], "read write follow push", Some("https://tusky.app")).is_empty());
        assert!(faults("Tusky", &["a:b"], "", Some("")).is_empty());
        assert_eq!(faults(" ", &[], "fly", Some("javascript:x")).len(), 4);
        assert_eq!(faults(&"x".repeat(101), &["data:x"], "read", None).len(), 2);
    }
}
