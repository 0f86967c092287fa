//! The URLs of an instance, built in one place.

use url::Url;

use super::StatusId;
use super::account::Endpoints;

/// Builds the absolute URLs of one instance. `origin` consists of scheme and host, with a port if there is
/// one, from the configuration; it is never taken from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    origin: String,
    domain: String,
}

impl Urls {
    /// Creates the URLs of `domain` (lower case, with a port if not the default). `insecure` selects
    /// `http:`, for the demo and tests only.
    pub fn new(domain: &str, insecure: bool) -> Self {
        let scheme = if insecure { "http" } else { "https" };
        Self { origin: format!("{scheme}://{domain}"), domain: domain.to_owned() }
    }

    /// Returns scheme and host, without a trailing slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the host, with a port if there is one.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the URL of `path`, which starts with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Returns the WebSocket origin for clients.
    pub fn streaming(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }

    /// Returns the instance actor's id.
    pub fn instance_actor(&self) -> String {
        self.at("/actor")
    }

    /// Returns a local account's actor id.
    pub fn actor(&self, username: &str) -> String {
        self.at(&format!("/users/{username}"))
    }

    /// Returns the key id of a local account.
    pub fn key(&self, username: &str) -> String {
        self.at(&format!("/users/{username}#main-key"))
    }

    /// Returns the inboxes and collections of a local account.
    pub fn endpoints(&self, username: &str) -> Endpoints {
        let under = |path: &str| self.at(&format!("/users/{username}/{path}"));
        Endpoints {
            inbox: under("inbox"),
            shared_inbox: Some(self.shared_inbox()),
            outbox: Some(under("outbox")),
            followers: Some(under("followers")),
            following: Some(under("following")),
            featured: Some(under("collections/featured")),
        }
    }

    /// Returns a local account's profile page.
    pub fn profile(&self, username: &str) -> String {
        self.at(&format!("/@{username}"))
    }

    /// Returns a local status's object id.
    pub fn status(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/users/{username}/statuses/{id}"))
    }

    /// Returns a local status's page.
    pub fn status_page(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/@{username}/{id}"))
    }

    /// Returns the id of a local boost's Announce.
    pub fn announce(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/users/{username}/statuses/{id}/activity"))
    }

    /// Returns the id of the QuoteAuthorization by which a local account approves a quoting status.
    pub fn quote_stamp(&self, username: &str, quote: StatusId) -> String {
        self.at(&format!("/users/{username}/quote_authorizations/{quote}"))
    }

    /// Returns the shared inbox of the instance.
    pub fn shared_inbox(&self) -> String {
        self.at("/inbox")
    }

    /// Returns the page of a hashtag.
    pub fn tag(&self, name: &str) -> String {
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        self.at(&format!("/tags/{name}"))
    }

    /// Returns the oEmbed URL of a local page.
    pub fn oembed(&self, page: &str) -> String {
        let page = percent_encoding::utf8_percent_encode(page, percent_encoding::NON_ALPHANUMERIC);
        self.at(&format!("/api/oembed?url={page}"))
    }

    /// Returns the URL of a private feed in a format: `atom` or `rss`.
    pub fn feed(&self, secret: &str, word: &str, form: &str) -> String {
        self.at(&format!("/feeds/{secret}/{word}.{form}"))
    }

    /// Returns the URL of a bot's webhook.
    pub fn hook(&self, secret: &str) -> String {
        self.at(&format!("/hooks/{secret}"))
    }

    /// Returns the URL for unsubscribing from digests.
    pub fn digest(&self, secret: &str) -> String {
        self.at(&format!("/digest/{secret}"))
    }

    /// Returns the audience collection of company posts (AS2 `audience`).
    pub fn company_audience(&self) -> String {
        self.at("/collections/company")
    }

    /// Returns the directory of this instance's people, for the company's other instances.
    pub fn directory(&self) -> String {
        self.at("/collections/directory")
    }

    /// Returns the audience collection of partner posts (AS2 `audience`).
    pub fn partners_audience(&self) -> String {
        self.at("/collections/partners")
    }

    /// Returns the audience collection of posts for one partner (AS2 `audience`).
    pub fn partner_audience(&self, domain: &str) -> String {
        self.at(&format!("/collections/partners/{domain}"))
    }

    /// Returns the URL of a media file of this instance.
    pub fn media(&self, key: &str) -> String {
        self.at(&format!("/media/{key}"))
    }

    /// Returns the key of a media file of this instance; `None` for any other URL.
    pub fn media_key<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(&self.origin)?.strip_prefix("/media/")
    }

    /// Returns the avatar of accounts without one.
    pub fn default_avatar(&self) -> String {
        self.at("/assets/avatar.png")
    }

    /// Returns the banner of accounts without one.
    pub fn default_header(&self) -> String {
        self.at("/assets/header.png")
    }
}

/// Returns the host of a URL as used in handles: lower-case ASCII, with a port if it is not the default.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether two URLs have the same scheme, host and port. A URL that does not parse has no origin.
pub fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.has_host() && one.origin() == other.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_scheme_host_and_port() {
        for (one, other, same) in [
            ("https://a.example/x", "https://A.example:443/y", true),
            ("https://a.example/x", "http://a.example/x", false),
            ("https://a.example/x", "https://a.example:8443/x", false),
            ("https://a.example/x", "https://b.example/x", false),
            ("urn:x", "urn:x", false),
            ("", "", false),
        ] {
            assert_eq!(same_origin(one, other), same, "{one} {other}");
        }
    }
}
