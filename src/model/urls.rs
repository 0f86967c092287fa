//! Every URL that this instance gives out, made in one place.

use super::StatusId;
use super::account::Endpoints;

/// Makes the absolute URLs of one instance. `origin` is scheme and host, with a port if it has one, as
/// the configuration says; never what a request claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    origin: String,
    domain: String,
}

impl Urls {
    /// The URLs of `domain` (lower case, with a port if not the default). `insecure` gives `http:`, which
    /// only the demo and tests use.
    pub fn new(domain: &str, insecure: bool) -> Self {
        let scheme = if insecure { "http" } else { "https" };
        Self { origin: format!("{scheme}://{domain}"), domain: domain.to_owned() }
    }

    /// Scheme and host, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host, with a port if it has one.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// `path` (which starts with a slash) on this instance.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The web socket origin, for clients.
    pub fn streaming(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }

    /// The instance actor's id.
    pub fn instance_actor(&self) -> String {
        self.at("/actor")
    }

    /// A local account's actor id.
    pub fn actor(&self, username: &str) -> String {
        self.at(&format!("/users/{username}"))
    }

    /// The id of a local account's key.
    pub fn key(&self, username: &str) -> String {
        self.at(&format!("/users/{username}#main-key"))
    }

    /// Where a local account is reached and listed.
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

    /// A local account's profile page.
    pub fn profile(&self, username: &str) -> String {
        self.at(&format!("/@{username}"))
    }

    /// A local status's object id.
    pub fn status(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/users/{username}/statuses/{id}"))
    }

    /// A local status's page.
    pub fn status_page(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/@{username}/{id}"))
    }

    /// The Announce id of a local boost.
    pub fn announce(&self, username: &str, id: StatusId) -> String {
        self.at(&format!("/users/{username}/statuses/{id}/activity"))
    }

    /// The id of the stamp by which a local account agrees to be quoted by a status.
    pub fn quote_stamp(&self, username: &str, quote: StatusId) -> String {
        self.at(&format!("/users/{username}/quote_authorizations/{quote}"))
    }

    /// The inbox of the whole instance.
    pub fn shared_inbox(&self) -> String {
        self.at("/inbox")
    }

    /// The page of a hashtag.
    pub fn tag(&self, name: &str) -> String {
        let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        self.at(&format!("/tags/{name}"))
    }

    /// Where a page of ours is told of in the form that other sites embed.
    pub fn oembed(&self, page: &str) -> String {
        let page = percent_encoding::utf8_percent_encode(page, percent_encoding::NON_ALPHANUMERIC);
        self.at(&format!("/api/oembed?url={page}"))
    }

    /// A feed of somebody's, in a form: `atom` or `rss`.
    pub fn feed(&self, secret: &str, word: &str, form: &str) -> String {
        self.at(&format!("/feeds/{secret}/{word}.{form}"))
    }

    /// Where a program has a bot post.
    pub fn hook(&self, secret: &str) -> String {
        self.at(&format!("/hooks/{secret}"))
    }

    /// Where whoever got a digest has no more of them.
    pub fn digest(&self, secret: &str) -> String {
        self.at(&format!("/digest/{secret}"))
    }

    /// The audience collection of company posts (AS2 `audience`).
    pub fn company_audience(&self) -> String {
        self.at("/collections/company")
    }

    /// The directory of this instance's people, for the company's other instances.
    pub fn directory(&self) -> String {
        self.at("/collections/directory")
    }

    /// The audience collection of partner posts (AS2 `audience`).
    pub fn partners_audience(&self) -> String {
        self.at("/collections/partners")
    }

    /// The audience collection of posts for one partner (AS2 `audience`).
    pub fn partner_audience(&self, domain: &str) -> String {
        self.at(&format!("/collections/partners/{domain}"))
    }

    /// A file of this instance's media.
    pub fn media(&self, key: &str) -> String {
        self.at(&format!("/media/{key}"))
    }

    /// The key of a file of this instance's media.
    pub fn media_key<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(&self.origin)?.strip_prefix("/media/")
    }

    /// The picture of those who have none.
    pub fn default_avatar(&self) -> String {
        self.at("/assets/avatar.png")
    }

    /// The banner of those who have none.
    pub fn default_header(&self) -> String {
        self.at("/assets/header.png")
    }
}
