//! A client of the Mastodon API, signed in as one person.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::{self, Request, Response, encode};
use crate::wait::eventually;

/// A person who is signed in to an instance.
#[derive(Debug, Clone)]
pub struct Person {
    /// User name.
    pub name: String,
    /// Domain of the instance, with port.
    pub domain: String,
    /// Their account id on their own instance.
    pub id: String,
    token: String,
    address: SocketAddr,
}

impl Person {
    /// Creates a client with a token, and looks up its account.
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

    /// Returns a client of the same person at another node of the instance.
    pub fn through(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Returns `@name@domain`.
    pub fn handle(&self) -> String {
        format!("@{}@{}", self.name, self.domain)
    }

    /// Returns the Actor id.
    pub fn actor(&self) -> String {
        format!("http://{}/users/{}", self.domain, self.name)
    }

    /// Builds a request with the token.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path)
            .header("Host", &self.domain)
            .header("Authorization", &format!("Bearer {}", self.token))
    }

    /// Sends a request. Returns an error if the server is down.
    pub fn try_send(&self, request: &Request) -> io::Result<Response> {
        http::send(self.address, request)
    }

    /// Sends a request. Panics if the server is down.
    pub fn send(&self, request: &Request) -> Response {
        self.try_send(request)
            .unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target))
    }

    /// Sends a GET request; panics unless it succeeds.
    pub fn get(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("GET", path)))
    }

    /// Sends a POST request; panics unless it succeeds.
    pub fn post_json(&self, path: &str, body: &Value) -> Value {
        let request = self.request("POST", path).body("application/json", body.to_string());
        succeeded(path, &self.send(&request))
    }

    /// Sends a PUT request; panics unless it succeeds.
    pub fn put_json(&self, path: &str, body: &Value) -> Value {
        succeeded(path, &self.tries("PUT", path, body))
    }

    /// Sends a DELETE request; panics unless it succeeds.
    pub fn remove(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("DELETE", path)))
    }

    /// Sends a request and returns the response, whatever its status.
    pub fn tries(&self, method: &str, path: &str, body: &Value) -> Response {
        self.send(&self.request(method, path).body("application/json", body.to_string()))
    }

    /// Sends a POST request without a body; panics unless it succeeds.
    pub fn act(&self, path: &str) -> Value {
        succeeded(path, &self.send(&self.request("POST", path)))
    }

    /// Builds the request that posts a status.
    pub fn posting(&self, body: &Value, idempotency_key: Option<&str>) -> Request {
        let request = self.request("POST", "/api/v1/statuses").body("application/json", body.to_string());
        match idempotency_key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        }
    }

    /// Posts a status with this reach.
    pub fn post(&self, text: &str, reach: &str) -> Value {
        self.post_json("/api/v1/statuses", &json!({ "status": text, "reach": reach }))
    }

    /// Replies to a status with this reach.
    pub fn reply(&self, to: &Value, text: &str, reach: &str) -> Value {
        let id = &to["id"];
        self.post_json("/api/v1/statuses", &json!({ "status": text, "reach": reach, "in_reply_to_id": id }))
    }

    /// Replaces the text of a status.
    pub fn edit(&self, status: &Value, text: &str) -> Value {
        self.put_json(&format!("/api/v1/statuses/{}", id(status)), &json!({ "status": text }))
    }

    /// Deletes a status.
    pub fn delete(&self, status: &Value) {
        self.remove(&format!("/api/v1/statuses/{}", id(status)));
    }

    /// Performs an action on a status: `favourite`, `reblog` …
    pub fn on_status(&self, status: &Value, verb: &str) -> Value {
        self.act(&format!("/api/v1/statuses/{}/{verb}", id(status)))
    }

    /// Returns a status as this person sees it; `None` if it is not visible to them.
    pub fn status(&self, status_id: &str) -> Option<Value> {
        let path = format!("/api/v1/statuses/{status_id}");
        let response = self.send(&self.request("GET", &path));
        if response.status == 404 { None } else { Some(succeeded(&path, &response)) }
    }

    /// Returns the ancestors and descendants of a status.
    pub fn context(&self, status: &Value) -> Value {
        self.get(&format!("/api/v1/statuses/{}/context", id(status)))
    }

    /// Returns the newest page of the home timeline.
    pub fn home(&self) -> Vec<Value> {
        array(self.get("/api/v1/timelines/home?limit=40"))
    }

    /// Returns the whole home timeline, paging by `max_id`.
    pub fn whole_home(&self) -> Vec<Value> {
        self.every_page("/api/v1/timelines/home")
    }

    /// Returns all pages of a list of entities that have ids.
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

    /// Finds the status with `marker` in its text on the newest page of the home timeline.
    pub fn finds_at_home(&self, marker: &str) -> Option<Value> {
        self.home().into_iter().find(|status| says(status, marker))
    }

    /// Waits for a status with `marker` in the home timeline.
    pub fn sees(&self, marker: &str) -> Value {
        eventually(&format!("{} sees {marker:?} at home", self.handle()), || self.finds_at_home(marker))
    }

    /// Returns the newest notifications.
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

    /// Returns the `acct` of another person at this person's instance.
    pub fn acct_of(&self, other: &Self) -> String {
        if other.domain == self.domain { other.name.clone() } else { other.handle()[1..].to_owned() }
    }

    /// Resolves a handle, over federation if necessary. `None` if it is not found.
    pub fn look_for(&self, handle: &str) -> Option<Value> {
        let path = format!("/api/v2/search?type=accounts&resolve=true&q={}", encode(handle));
        let found = self.get(&path)["accounts"].clone();
        array(found).into_iter().find(|a| handle.trim_start_matches('@').starts_with(&text(a, "acct")))
    }

    /// Resolves a handle, over federation if necessary. Waits until it is found.
    pub fn finds(&self, handle: &str) -> Value {
        eventually(&format!("{} finds {handle}", self.handle()), || self.look_for(handle))
    }

    /// Resolves the URL of a status, over federation if necessary.
    pub fn look_for_status(&self, url: &str) -> Option<Value> {
        let path = format!("/api/v2/search?type=statuses&resolve=true&q={}", encode(url));
        array(self.get(&path)["statuses"].clone()).into_iter().next()
    }

    /// Follows a person, and waits until the follow is accepted.
    pub fn follows(&self, other: &Self) {
        self.follows_handle(&other.handle());
    }

    /// Follows a handle, and waits until the follow is accepted. Returns the account.
    pub fn follows_handle(&self, handle: &str) -> Value {
        let account = self.finds(handle);
        self.act(&format!("/api/v1/accounts/{}/follow", id(&account)));
        eventually(&format!("{} follows {handle}", self.handle()), || {
            (self.relationship(&account)["following"] == true).then_some(())
        });
        account
    }

    /// Returns the relationship of this person to an account.
    pub fn relationship(&self, account: &Value) -> Value {
        self.get(&format!("/api/v1/accounts/relationships?id[]={}", id(account)))[0].clone()
    }
}

/// Returns a string field; panics if it is not a string.
pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}")).to_owned()
}

/// Returns the id of an entity.
pub fn id(entity: &Value) -> String {
    text(entity, "id")
}

/// Whether the text of a status, or of the status it boosts, contains `marker`.
pub fn says(status: &Value, marker: &str) -> bool {
    let contains = |s: &Value| s["content"].as_str().is_some_and(|content| content.contains(marker));
    contains(status) || contains(&status["reblog"])
}

/// Returns the elements of an array; panics if it is not one.
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
