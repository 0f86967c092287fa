//! The OAuth consent page, where a user authorizes a client app.
//!
//! The request is in the page's address, is copied to its form, and is validated again when the form is sent.
//! Anyone can register an app, so the page never redirects without the user's decision, not even to report
//! an error (RFC 9700 section 4.11.2).

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use serde::Deserialize;

use portico_http::CurrentInstance;
use portico_service::access::authorize::{
    self, AuthorizationError, AuthorizationRequest, OUT_OF_BAND, ValidAuthorization,
};

use crate::cookies::is_secret;
use crate::extract::{SignedIn, Visitor, to_sign_in};
use crate::forms::CsrfForm;
use crate::labels::{PermissionLabel, permissions};
use crate::page::{PageResult, Shell, redirect, render_consent, render_page, render_with};
use crate::view::Person;
use crate::{ErrorPage, icons};

/// An authorization request, from the page's address or its form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AuthorizeQuery {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    force_login: Option<String>,
}

/// The decision form. Repeats the fields of the request, because `flatten` would make every field a string.
#[derive(Deserialize)]
pub(super) struct ConsentForm {
    #[serde(default)]
    decision: String,
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    shell: Shell,
    me: Person,
    asked: AuthorizeQuery,
    app_name: String,
    app_initial: String,
    website: Option<String>,
    permissions: Vec<PermissionLabel>,
    destination: RedirectTarget,
    elsewhere: String,
}

#[derive(Template)]
#[template(path = "consent_fault.html")]
struct ConsentErrorPage {
    shell: Shell,
    text: String,
    back: Option<String>,
    destination: RedirectTarget,
}

#[derive(Template)]
#[template(path = "code.html")]
struct AuthorizationCodePage {
    shell: Shell,
    code: String,
}

/// Renders the consent page.
pub(super) async fn ask(here: CurrentInstance, visitor: Visitor, RawQuery(query): RawQuery) -> PageResult {
    let query = query.unwrap_or_default();
    let asked: AuthorizeQuery = serde_urlencoded::from_str(&query)
        .map_err(|_| ErrorPage::bad_request("The app's authorization request is not valid."))?;
    let checked = match authorize::check(&here, &asked.request()).await {
        Err(AuthorizationError::Redirect { code, description }) => Err((code, description)),
        Err(fault) => return Err(no_way_back(fault)),
        Ok(checked) => Ok(checked),
    };
    let path = asked.path();
    let Some(who) = visitor.who() else { return to_sign_in(&path) };
    if asked.force_login.as_deref().is_some_and(is_yes) {
        let next: String =
            serde_urlencoded::to_string([("next", path.as_str()), ("again", "1")]).unwrap_or_default();
        return redirect(StatusCode::SEE_OTHER, &format!("/sign-in?{next}"));
    }
    match checked {
        Ok(checked) => render_consent(&consent(&here, who, asked, checked, &path)),
        Err((code, description)) => fault(&here, who, &asked, code, &description),
    }
}

/// Processes the decision, and redirects to the app.
pub(super) async fn answer(
    here: CurrentInstance,
    who: SignedIn,
    CsrfForm(decided): CsrfForm<ConsentForm>,
) -> PageResult {
    let is_allowed = match decided.decision.as_str() {
        "allow" => true,
        "deny" => false,
        _ => return Err(ErrorPage::bad_request("The form is not complete. Go back and try again.")),
    };
    let asked = AuthorizeQuery::from(decided);
    let checked = match authorize::check(&here, &asked.request()).await {
        Err(AuthorizationError::Redirect { code, description }) => {
            return fault(&here, &who, &asked, code, &description);
        }
        Err(fault) => return Err(no_way_back(fault)),
        Ok(checked) => checked,
    };
    let is_out_of_band = checked.redirect_uri == OUT_OF_BAND;
    if !is_allowed {
        let text = "The resource owner denied the request";
        let response = [("error", "access_denied"), ("error_description", text)];
        return match asked.way_back(&response) {
            Some(to) => redirect(StatusCode::FOUND, &to),
            None => redirect(StatusCode::SEE_OTHER, "/"),
        };
    }
    let code = authorize::allow(&here, who.user.id, &checked).await?;
    if is_out_of_band {
        return redirect(StatusCode::FOUND, &format!("/oauth/authorize/native?code={code}"));
    }
    let to = asked.way_back(&[("code", &code)]).ok_or_else(ErrorPage::not_found)?;
    redirect(StatusCode::FOUND, &to)
}

/// Shows the code, for apps without a redirect address.
pub(super) async fn show_code(here: CurrentInstance, who: SignedIn, RawQuery(query): RawQuery) -> PageResult {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&query).unwrap_or_default();
    // Shows the parameter only if it looks like a code: a link must not put any other text on this page.
    let code = pairs.into_iter().find(|(name, value)| name == "code" && is_secret(value));
    let (_, code) = code.ok_or_else(ErrorPage::not_found)?;
    render_page(&AuthorizationCodePage { shell: Shell::new(&here, Some(&who)), code })
}

fn consent(
    here: &CurrentInstance,
    who: &SignedIn,
    asked: AuthorizeQuery,
    checked: ValidAuthorization,
    path: &str,
) -> ConsentPage {
    let elsewhere = serde_urlencoded::to_string([("next", path), ("again", "1")]).unwrap_or_default();
    ConsentPage {
        shell: Shell::new(here, Some(who)),
        me: Person::from_account(&who.account, &here.urls),
        app_initial: checked
            .app
            .name
            .chars()
            .find(|c| c.is_alphanumeric())
            .map(String::from)
            .unwrap_or_default(),
        app_name: checked.app.name,
        // The app chooses this value: only web addresses become links.
        website: checked.app.website.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        permissions: permissions(&checked.scopes),
        destination: RedirectTarget::from_uri(&checked.redirect_uri),
        elsewhere: format!("/sign-in?{elsewhere}"),
        asked,
    }
}

fn fault(
    here: &CurrentInstance,
    who: &SignedIn,
    asked: &AuthorizeQuery,
    code: &str,
    description: &str,
) -> PageResult {
    let page = ConsentErrorPage {
        shell: Shell::new(here, Some(who)),
        text: description.to_owned(),
        back: asked.way_back(&[("error", code), ("error_description", description)]),
        destination: RedirectTarget::from_uri(&asked.redirect_uri),
    };
    render_with(StatusCode::BAD_REQUEST, &page)
}

/// Renders the error of a request with an unknown app or redirect address. There is no address to return to.
fn no_way_back(fault: AuthorizationError) -> ErrorPage {
    match fault {
        AuthorizationError::UnknownApp => ErrorPage::bad_request(
            "The app that sent you here is not registered on this server. Sign in from the app again; it \
             will register itself.",
        ),
        AuthorizationError::UnknownRedirect | AuthorizationError::Redirect { .. } => ErrorPage::bad_request(
            "The app's redirect address does not match its registration. Nothing was sent to it.",
        ),
        AuthorizationError::Failed(error) => error.into(),
    }
}

impl AuthorizeQuery {
    fn request(&self) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            response_type: self.response_type.clone(),
            scope: self.scope.clone(),
            code_challenge: self.code_challenge.clone(),
            code_challenge_method: self.code_challenge_method.clone(),
        }
    }

    /// Returns this page's path with the same request, without `force_login`, so that it applies once.
    fn path(&self) -> String {
        let optional = [
            ("state", &self.state),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ];
        let mut pairs = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
        ];
        pairs.extend(optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        format!("/oauth/authorize?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }

    /// Returns the app's redirect address with a response and the state appended; `None` for apps that
    /// show the code, and for schemes that would run script.
    fn way_back(&self, answer: &[(&str, &str)]) -> Option<String> {
        let uri = self.redirect_uri.as_str();
        let scheme = uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if uri == OUT_OF_BAND || matches!(scheme.as_str(), "javascript" | "data" | "vbscript") {
            return None;
        }
        let state = self.state.as_deref().map(|state| ("state", state));
        let pairs: Vec<(&str, &str)> = answer.iter().copied().chain(state).collect();
        let joint = if uri.contains('?') { '&' } else { '?' };
        Some(format!("{uri}{joint}{}", serde_urlencoded::to_string(pairs).ok()?))
    }
}

impl From<ConsentForm> for AuthorizeQuery {
    fn from(decided: ConsentForm) -> Self {
        Self {
            client_id: decided.client_id,
            redirect_uri: decided.redirect_uri,
            response_type: decided.response_type,
            scope: decided.scope,
            state: decided.state,
            code_challenge: decided.code_challenge,
            code_challenge_method: decided.code_challenge_method,
            force_login: None,
        }
    }
}

fn is_yes(word: &str) -> bool {
    matches!(word, "true" | "1" | "on" | "t")
}

/// The app's redirect address, described for users.
struct RedirectTarget {
    /// The host, or the app's own scheme.
    name: String,
    /// A website, an app on the device, or a code to copy.
    kind: &'static str,
}

impl RedirectTarget {
    fn from_uri(redirect_uri: &str) -> Self {
        if redirect_uri == OUT_OF_BAND {
            return Self { name: String::new(), kind: "a code that you copy" };
        }
        match url::Url::parse(redirect_uri) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                let host = url.host_str().unwrap_or_default();
                let name = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
                let is_device = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
                Self { name, kind: if is_device { "an app on this device" } else { "a website" } }
            }
            _ => {
                let scheme = redirect_uri.split(':').next().unwrap_or_default();
                Self { name: format!("{scheme}:"), kind: "an app on this device" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_back(redirect_uri: &str, state: Option<&str>) -> Option<String> {
        let asked = AuthorizeQuery {
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            ..AuthorizeQuery::default()
        };
        asked.way_back(&[("code", "c")])
    }

    #[test]
    fn answers_are_appended_as_the_address_has_a_query_or_not() {
        for (uri, state, expected) in [
            ("https://elk.example/api/x/oauth", None, "https://elk.example/api/x/oauth?code=c"),
            (
                "https://a.example/?x=1",
                Some("s&t=1 ü"),
                "https://a.example/?x=1&code=c&state=s%26t%3D1+%C3%BC",
            ),
            ("icecubesapp://", Some(""), "icecubesapp://?code=c&state="),
            ("com.tapbots.Ivory.10217:/request_token", None, "com.tapbots.Ivory.10217:/request_token?code=c"),
        ] {
            assert_eq!(way_back(uri, state).as_deref(), Some(expected));
        }
        assert_eq!(way_back(OUT_OF_BAND, None), None);
        assert_eq!(way_back("JavaScript:alert(1)", None), None);
    }

    #[test]
    fn destinations_are_named() {
        for (uri, name, kind) in [
            ("https://elk.example/cb", "elk.example", "a website"),
            ("http://localhost:1234/cb", "localhost:1234", "an app on this device"),
            ("icecubesapp://", "icecubesapp:", "an app on this device"),
            ("https://bank.example@evil.example/", "evil.example", "a website"),
        ] {
            let found = RedirectTarget::from_uri(uri);
            assert_eq!((found.name.as_str(), found.kind), (name, kind));
        }
    }

    #[test]
    fn signing_in_again_is_asked_for_once() {
        let asked: AuthorizeQuery =
            serde_urlencoded::from_str("client_id=a&redirect_uri=b%3A%2F%2F&force_login=true&state=x%26y")
                .unwrap();
        assert!(asked.force_login.as_deref().is_some_and(is_yes));
        assert_eq!(
            asked.path(),
            "/oauth/authorize?client_id=a&redirect_uri=b%3A%2F%2F&response_type=&scope=&state=x%26y"
        );
    }
}
