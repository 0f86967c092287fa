//! A person's client: the Mastodon API with a token.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::{self, Request, Response, encode};
use crate::wait::eventually;

/// Someone who is signed in to an instance.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name before the @.
    pub name: String,
    /// The instance's domain, with its port.
    pub domain: String,
    /// Their account id on their own instance.
    pub id: String,
    token: String,
    address: SocketAddr,
}

impl Person {
    /// Uses a token; asks the instance who that is.
    pub fn signed_in(address: SocketAddr, domain: &str, token: &str) -> Self {
        let mut person = Self {
            name: String::new(),
            domain: domain.into(),
            id: String::new(),
            token: token.into(),
            address,
        };
        let me = person.get("/api/v1/accounts/verify_credentials");
        person.id = text(&me, "id");
        person.name = text(&me, "username");
        person
    }

    /// The same person, talking to another node of the instance.
    pub fn through(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// `@name@domain`.
    pub fn handle(&self) -> String {
        format!("@{}@{}", self.name, self.domain)
    }

    /// The actor id.
    pub fn actor(&self) -> String {
        format!("http://{}/users/{}", self.domain, self.name)
    }

    /// A request with the token, not sent yet.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path)
            .header("Host", &self.domain)
            .header("Authorization", &format!("Bearer {}", self.token))
    }

    /// Sends a request; an error when the server is gone.
    pub fn try_send(&self, request: &Request) -> io::Result<Response> {
        http::send(self.address, request)
    }

    /// Sends a request to a server that must be there.
    pub fn send(&self, request: &Request) -> Response {
        self.try_send(request)
            .unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target))
    }

    /// GET that must succeed.
    pub fn get(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("GET", path)))
    }

    /// POST that must succeed.
    pub fn post_json(&self, path: &str, body: &Value) -> Value {
        let request = self.request("POST", path).body("application/json", body.to_string());
        succeeded(path, &self.send(&request))
    }

    /// PUT that must succeed.
    pub fn put_json(&self, path: &str, body: &Value) -> Value {
        succeeded(path, &self.tries("PUT", path, body))
    }

    /// DELETE that must succeed.
    pub fn remove(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("DELETE", path)))
    }

    /// What comes of a request that may be refused.
    pub fn tries(&self, method: &str, path: &str, body: &Value) -> Response {
        self.send(&self.request(method, path).body("application/json", body.to_string()))
    }

    /// POST without a body that must succeed.
    pub fn act(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("POST", path)))
    }

    /// The request that posts a status.
    pub fn posting(&self, body: &Value, idempotency_key: Option<&str>) -> Request {
        let request = self.request("POST", "/api/v1/statuses").body("application/json", body.to_string());
        match idempotency_key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    /// Posts a status with a reach.
    pub fn post(&self, text: &str, reach: &str) -> Value {
        self.post_json("/api/v1/statuses", &json!({ "status": text, "reach": reach }))
    }

    /// Replies to a status, with its reach.
    pub fn reply(&self, to: &Value, text: &str, reach: &str) -> Value {
        let id = &to["id"];
        self.post_json("/api/v1/statuses", &json!({ "status": text, "reach": reach, "in_reply_to_id": id }))
    }

    /// Replaces a status's text.
    pub fn edit(&self, status: &Value, text: &str) -> Value {
        self.put_json(&format!("/api/v1/statuses/{}", id(status)), &json!({ "status": text }))
    }

    /// Deletes a status.
    pub fn delete(&self, status: &Value) {
        self.remove(&format!("/api/v1/statuses/{}", id(status)));
    }

    /// Does something to a status: `favourite`, `reblog` …
    pub fn on_status(&self, status: &Value, verb: &str) -> Value {
        self.act(&format!("/api/v1/statuses/{}/{verb}", id(status)))
    }

    /// A status as this person sees it now; `None` if they do not.
    pub fn status(&self, status_id: &str) -> Option<Value> {
        let path = format!("/api/v1/statuses/{status_id}");
        let response = self.send(&self.request("GET", &path));
        if response.status == 404 { None } else { Some(succeeded(&path, &response)) }
    }

    /// What was said before and after a status.
    pub fn context(&self, status: &Value) -> Value {
        self.get(&format!("/api/v1/statuses/{}/context", id(status)))
    }

    /// The newest page of the home timeline.
    pub fn home(&self) -> Vec<Value> {
        array(self.get("/api/v1/timelines/home?limit=40"))
    }

    /// Every page of the home timeline, by `max_id`, as clients page.
    pub fn whole_home(&self) -> Vec<Value> {
        self.every_page("/api/v1/timelines/home")
    }

    /// Every page of a list of things that have ids.
    pub fn every_page(&self, path: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.last().map(|last| format!("&max_id={}", id(last))).unwrap_or_default();
            let page = array(self.get(&format!("{path}?limit=40{before}")));
            if page.is_empty() {
                return all;
            }
            all.extend(page);
            assert!(all.len() < 50_000, "{path} does not end");
        }
    }

    /// The status in the newest page of home whose text contains `marker`.
    pub fn finds_at_home(&self, marker: &str) -> Option<Value> {
        self.home().into_iter().find(|status| says(status, marker))
    }

    /// Waits for a status with `marker` in the home timeline.
    pub fn sees(&self, marker: &str) -> Value {
        eventually(&format!("{} sees {marker:?} at home", self.handle()), || self.finds_at_home(marker))
    }

    /// The newest notifications.
    pub fn notifications(&self) -> Vec<Value> {
        array(self.get("/api/v1/notifications?limit=40"))
    }

    /// Waits for a notification of this kind from this handle.
    pub fn is_notified(&self, kind: &str, from: &Self) -> Value {
        eventually(&format!("{} is notified of a {kind} by {}", self.handle(), from.handle()), || {
            self.notifications()
                .into_iter()
                .find(|n| n["type"] == kind && text(&n["account"], "acct") == self.acct_of(from))
        })
    }

    /// How this person's instance writes another's address.
    pub fn acct_of(&self, other: &Self) -> String {
        if other.domain == self.domain { other.name.clone() } else { other.handle()[1..].to_owned() }
    }

    /// Finds an account by its address, over federation if need be. `None` if that is refused.
    pub fn look_for(&self, handle: &str) -> Option<Value> {
        let path = format!("/api/v2/search?type=accounts&resolve=true&q={}", encode(handle));
        let found = self.get(&path)["accounts"].clone();
        array(found).into_iter().find(|a| handle.trim_start_matches('@').starts_with(&text(a, "acct")))
    }

    /// Finds an account by its address, over federation if need be.
    pub fn finds(&self, handle: &str) -> Value {
        eventually(&format!("{} finds {handle}", self.handle()), || self.look_for(handle))
    }

    /// Finds a status by its URL, over federation if need be.
    pub fn look_for_status(&self, url: &str) -> Option<Value> {
        let path = format!("/api/v2/search?type=statuses&resolve=true&q={}", encode(url));
        array(self.get(&path)["statuses"].clone()).into_iter().next()
    }

    /// Follows someone, and waits until that is accepted.
    pub fn follows(&self, other: &Self) {
        self.follows_handle(&other.handle());
    }

    /// Follows an address, and waits until that is accepted. Returns the account.
    pub fn follows_handle(&self, handle: &str) -> Value {
        let account = self.finds(handle);
        self.act(&format!("/api/v1/accounts/{}/follow", id(&account)));
        eventually(&format!("{} follows {handle}", self.handle()), || {
            (self.relationship(&account)["following"] == true).then_some(())
        });
        account
    }

    /// What this person is to an account.
    pub fn relationship(&self, account: &Value) -> Value {
        self.get(&format!("/api/v1/accounts/relationships?id[]={}", id(account)))[0].clone()
    }
}

/// A field that must be a text.
pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}")).to_owned()
}

/// The id of an entity.
pub fn id(entity: &Value) -> String {
    text(entity, "id")
}

/// Whether a status's text, or that of what it boosts, contains `marker`.
pub fn says(status: &Value, marker: &str) -> bool {
    let contains = |s: &Value| s["content"].as_str().is_some_and(|content| content.contains(marker));
    contains(status) || contains(&status["reblog"])
}

/// The elements of an array.
pub fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        other => panic!("not an array: {other}"),
    }
}

fn succeeded(path: &str, response: &Response) -> Value {
    assert!(response.status == 200, "{path}: {} {}", response.status, response.text());
    response.json()
}
