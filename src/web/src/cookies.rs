//! The two cookies: the session, and the secret of the sign-in form.
//!
//! With the prefix `__Host-`, browsers reject a cookie of that name that another host, or plain http, tries
//! to set. The names without the prefix are for the demo, which runs on plain http.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use portico_domain::model::session::LIFETIME_SECONDS;
use portico_service::instance::Instance;

/// A cookie that this server sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The secret of a session.
    Session,
    /// The secret of forms for visitors who are not signed in.
    Form,
}

impl Cookie {
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-portico",
            (Self::Session, false) => "portico",
            (Self::Form, true) => "__Host-portico-form",
            (Self::Form, false) => "portico-form",
        }
    }

    /// Returns the value that the browser sent, if it has the format of a secret.
    pub(super) fn read(self, headers: &HeaderMap, instance: &Instance) -> Option<String> {
        let name = self.name(is_secure(instance));
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && is_secret(value))
            .map(|(_, value)| value.to_owned())
    }

    /// Sets the cookie.
    pub(super) fn set(self, response: &mut Response, instance: &Instance, value: &str) {
        let age = match self {
            Self::Session => format!("; Max-Age={LIFETIME_SECONDS}"),
            Self::Form => String::new(),
        };
        self.write(response, instance, value, &age);
    }

    /// Deletes the cookie.
    pub(super) fn clear(self, response: &mut Response, instance: &Instance) {
        self.write(response, instance, "", "; Max-Age=0");
    }

    fn write(self, response: &mut Response, instance: &Instance, value: &str, age: &str) {
        let is_secure = is_secure(instance);
        let secure = if is_secure { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.name(is_secure));
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
}

fn is_secure(instance: &Instance) -> bool {
    instance.urls.origin().starts_with("https:")
}

/// Whether the text has the format of [`Rng::secret`](portico_domain::model::random::Rng::secret).
pub(super) fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
