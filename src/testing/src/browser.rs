//! A simulated browser: cookies and forms, no script.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Method, header};

use crate::{Reply, TestApp, TestUser};

/// Origin of the instance under test.
pub const ORIGIN: &str = "https://engineering.acme.test";
/// Password of every test user.
pub const PASSWORD: &str = "correct horse battery";

/// A simulated browser that keeps cookies and sends forms.
pub struct Browser {
    app: TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// Creates a browser without cookies.
    pub fn new(app: &TestApp) -> Self {
        Self { app: app.clone(), cookies: Mutex::default() }
    }

    /// Creates a browser with a signed-in user.
    pub async fn signed_in(by: &TestUser) -> Self {
        let (user, account) =
            portico_service::people::users::find(&by.app.instance, &by.account.username).await.unwrap();
        portico_service::people::users::set_password(&by.app.instance, user.id, PASSWORD).await.unwrap();
        let browser = Self::new(&by.app);
        let reply = browser.sign_in(&account.username, PASSWORD).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        browser
    }

    /// Opens the sign-in page and sends its form.
    pub async fn sign_in(&self, name: &str, password: &str) -> Reply {
        let page = self.get("/sign-in").await;
        self.send_form(&page, "/sign-in", &[("name", name), ("password", password)]).await
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Reply {
        self.get_as(path, "text/html,application/xhtml+xml,*/*;q=0.8").await
    }

    /// Requests a path with this `Accept` header.
    pub async fn get_as(&self, path: &str, accept: &str) -> Reply {
        let request = self.request(Method::GET, path).header(header::ACCEPT, accept);
        self.keep(self.app.send(request.body(Body::empty()).unwrap()).await)
    }

    /// Sends a form of a page: its hidden fields, overridden by `typed`.
    pub async fn send_form(&self, page: &Reply, action: &str, typed: &[(&str, &str)]) -> Reply {
        let mut fields = hidden_fields(&page.body, action);
        for (name, value) in typed {
            fields.retain(|(old, _)| old != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.post(action, &fields, &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]).await
    }

    /// Sends fields as a form.
    pub async fn post(&self, path: &str, fields: &[(String, String)], headers: &[(&str, &str)]) -> Reply {
        let mut request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.keep(self.app.send(request.body(Body::from(body)).unwrap()).await)
    }

    /// Sends the compose form of a page: its hidden fields, then these texts and files.
    pub async fn compose(&self, page: &Reply, texts: &[(&str, &str)], files: &[&[u8]]) -> Reply {
        let start = "<form method=\"post\" action=\"/compose\" enctype=\"multipart/form-data\"";
        let mut fields = hidden_fields_after(&page.body, start);
        fields.extend(texts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.send_parts("/compose", &fields, files).await
    }

    /// Sends texts and files as a multipart form.
    pub async fn send_parts(&self, path: &str, fields: &[(String, String)], files: &[&[u8]]) -> Reply {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        for file in files {
            let name = if file.is_empty() { "" } else { "x.bin" };
            let head =
                format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        let request = self
            .request(Method::POST, path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.keep(self.app.send(request.body(Body::from(body)).unwrap()).await)
    }

    /// Returns the value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Drops every cookie.
    pub fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// Sets a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.into(), value.into());
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.app.request(method, path);
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    fn keep(&self, reply: Reply) -> Reply {
        let mut cookies = self.cookies.lock().unwrap();
        for line in reply.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        reply
    }
}

/// Returns the `Location` of a redirect.
#[track_caller]
pub fn location(reply: &Reply) -> &str {
    let found = reply.headers.get(header::LOCATION);
    found.unwrap_or_else(|| panic!("no redirect: {} {}", reply.status, reply.body)).to_str().unwrap()
}

/// Returns a query parameter of the `Location` of a redirect.
#[track_caller]
pub fn location_parameter(reply: &Reply, name: &str) -> Option<String> {
    let (_, query) = location(reply).split_once('?')?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Returns the hidden fields of the form with this action.
pub fn hidden_fields(html: &str, action: &str) -> Vec<(String, String)> {
    hidden_fields_after(html, &format!("<form method=\"post\" action=\"{action}\""))
}

/// Returns the hidden fields of the form whose HTML begins with `start`.
pub fn hidden_fields_after(html: &str, start: &str) -> Vec<(String, String)> {
    let (_, form) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        (name.to_owned(), unescape(value))
    });
    fields.collect()
}

pub fn unescape(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    text.replace("&#38;", "&")
}
