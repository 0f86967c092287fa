//! Client apps, their scopes and their tokens (RFC 6749, Mastodon's OAuth scopes).

use std::collections::BTreeSet;
use std::fmt;

use super::{AppId, Timestamp, TokenId, UserId};

/// Every scope that can be requested: the broad ones and their granular children.
pub const ALL_SCOPES: &[&str] = &[
    "read",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:collections",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:collections",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:reports",
    "write:statuses",
    "follow",
    "push",
    "profile",
    "admin:read",
    "admin:read:accounts",
    "admin:read:reports",
    "admin:read:domain_allows",
    "admin:read:domain_blocks",
    "admin:read:ip_blocks",
    "admin:read:email_domain_blocks",
    "admin:read:canonical_email_blocks",
    "admin:write",
    "admin:write:accounts",
    "admin:write:reports",
    "admin:write:domain_allows",
    "admin:write:domain_blocks",
    "admin:write:ip_blocks",
    "admin:write:email_domain_blocks",
    "admin:write:canonical_email_blocks",
];

/// A set of scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<&'static str>);

/// The error for a scope that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}")]
pub struct UnknownScope(pub String);

impl Scopes {
    /// Parses a list separated by spaces (or `+`, as some clients write); an empty one means `read`.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let mut scopes = BTreeSet::new();
        for word in text.split([' ', '+', ',']).filter(|word| !word.is_empty()) {
            let known = ALL_SCOPES.iter().find(|scope| **scope == word);
            scopes.insert(*known.ok_or_else(|| UnknownScope(word.chars().take(60).collect()))?);
        }
        if scopes.is_empty() {
            scopes.insert("read");
        }
        Ok(Self(scopes))
    }

    /// Whether these scopes grant `needed`: it or its parent is among them. `follow` grants read and write
    /// of follows, blocks and mutes.
    pub fn grants(&self, needed: &str) -> bool {
        if self.0.contains(needed) {
            return true;
        }
        if let Some((parent, child)) = needed.rsplit_once(':') {
            if self.grants(parent) {
                return true;
            }
            return matches!(parent, "read" | "write")
                && matches!(child, "follows" | "blocks" | "mutes")
                && self.0.contains("follow");
        }
        false
    }

    /// Whether these scopes grant every scope of `asked`.
    pub fn cover(&self, asked: &Self) -> bool {
        asked.0.iter().all(|scope| self.grants(scope))
    }

    /// Iterates over the scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().copied().collect::<Vec<_>>().join(" "))
    }
}

/// A client app, as it registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The local id.
    pub id: AppId,
    /// The OAuth client id.
    pub client_id: String,
    /// The SHA-256 of its secret, in hexadecimal.
    pub secret_hash: String,
    /// The name.
    pub name: String,
    /// The website.
    pub website: Option<String>,
    /// The permitted redirect URIs; compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// The scopes that it may request.
    pub scopes: Scopes,
    /// When it registered.
    pub created_at: Timestamp,
}

/// An access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The local id.
    pub id: TokenId,
    /// The app that holds it; `None` if it was created on the command line.
    pub app_id: Option<AppId>,
    /// The user it acts for; `None` for an app's own token.
    pub user_id: Option<UserId>,
    /// The granted scopes.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An authorization code, before it is exchanged. It is valid for ten minutes and can be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The app it was issued to.
    pub app_id: AppId,
    /// The user who consented.
    pub user_id: UserId,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The scopes the user consented to.
    pub scopes: Scopes,
    /// The S256 challenge, if the app sent one (RFC 7636).
    pub challenge: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_grant_children_and_nothing_else() {
        let scopes = Scopes::parse("read write:statuses follow").unwrap();
        for granted in
            ["read", "read:accounts", "write:statuses", "write:follows", "read:blocks", "write:mutes"]
        {
            assert!(scopes.grants(granted), "{granted}");
        }
        for refused in ["write", "write:accounts", "admin:read", "admin:read:accounts", "push", "profile"] {
            assert!(!scopes.grants(refused), "{refused}");
        }
        assert!(Scopes::parse("admin:read").unwrap().grants("admin:read:accounts"));
        assert!(!Scopes::parse("admin:read").unwrap().grants("admin:write:accounts"));
    }

    #[test]
    fn unknown_scopes_are_named() {
        assert_eq!(Scopes::parse("read fly"), Err(UnknownScope("fly".into())));
        assert_eq!(Scopes::parse("").unwrap().to_string(), "read");
    }
}
