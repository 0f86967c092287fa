//! Client apps and their tokens.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::oauth::{self, App, Scopes};
use portico_domain::model::{AppId, Timestamp};

/// A client app.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Application {
    id: AppId,
    name: String,
    website: Option<String>,
    scopes: Vec<&'static str>,
    redirect_uris: Vec<String>,
    redirect_uri: String,
    /// The instance's public VAPID key for Web Push.
    vapid_key: String,
}

impl Application {
    /// Renders an app.
    pub fn render(app: &App, vapid_key: &str) -> Self {
        Self {
            id: app.id,
            name: app.name.clone(),
            website: app.website.clone(),
            scopes: app.scopes.iter().collect(),
            redirect_uris: app.redirect_uris.clone(),
            redirect_uri: app.redirect_uris.join("\n"),
            vapid_key: vapid_key.to_owned(),
        }
    }

    /// Renders the stand-in app of a token that was created on the command line.
    pub fn command_line(token: &oauth::Token, vapid_key: &str) -> Self {
        Self {
            id: AppId(token.id.0),
            name: "Portico command line".to_owned(),
            website: None,
            scopes: token.scopes.iter().collect(),
            redirect_uris: Vec::new(),
            redirect_uri: String::new(),
            vapid_key: vapid_key.to_owned(),
        }
    }
}

/// A client app with its credentials; returned only on creation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CredentialApplication {
    #[serde(flatten)]
    app: Application,
    client_id: String,
    client_secret: String,
    client_secret_expires_at: i64,
}

impl CredentialApplication {
    /// Renders an app that has just registered.
    pub fn render(app: &App, secret: &str, vapid_key: &str) -> Self {
        Self {
            app: Application::render(app, vapid_key),
            client_id: app.client_id.clone(),
            client_secret: secret.to_owned(),
            client_secret_expires_at: 0,
        }
    }
}

/// An access token; returned only on creation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Token {
    access_token: String,
    token_type: &'static str,
    scope: String,
    created_at: i64,
}

impl Token {
    /// Renders a new token.
    pub fn render(secret: &str, scopes: &Scopes, created_at: Timestamp) -> Self {
        Self {
            access_token: secret.to_owned(),
            token_type: "Bearer",
            scope: scopes.to_string(),
            created_at: created_at.seconds(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn app_and_token() {
        let scopes = Scopes::parse("read write:statuses").unwrap();
        let app = App {
            id: AppId(3_700_000_000_000_000_077),
            client_id: "client".into(),
            secret_hash: "never shown".into(),
            name: "Ice Cubes".into(),
            website: None,
            redirect_uris: vec!["icecubesapp://".into(), "urn:ietf:wg:oauth:2.0:oob".into()],
            scopes: scopes.clone(),
            created_at: samples::moment(),
        };
        insta::assert_json_snapshot!("application", Application::render(&app, "key"));
        insta::assert_json_snapshot!(
            "credential_application",
            CredentialApplication::render(&app, "secret", "key")
        );
        insta::assert_json_snapshot!("token", Token::render("secret", &scopes, samples::moment()));
    }
}
