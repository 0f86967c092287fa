//! The two cookies: who is signed in, and which sign-in form was shown to whom.
//!
//! `__Host-` makes browsers refuse a cookie of that name that another host, or plain http, tries to set.
//! Plain names are for the demo, whose browsers know no https.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::instance::Instance;
use crate::model::session::LIFETIME_SECONDS;

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The secret of a session.
    Session,
    /// The secret of the forms shown to somebody who is not signed in.
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

    /// The value the browser sent, if it has the form of a secret of ours.
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

    /// Gives the browser a value to keep.
    pub(super) fn set(self, response: &mut Response, instance: &Instance, value: &str) {
        let age = match self {
            Self::Session => format!("; Max-Age={LIFETIME_SECONDS}"),
            Self::Form => String::new(),
        };
        self.write(response, instance, value, &age);
    }

    /// Takes the value away from the browser.
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

/// Whether this has the form of [`Rng::secret`](crate::instance::Rng::secret).
pub(super) fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
