//! Tests of the OAuth consent page: an app asks, the user decides, the app gets a code or an error.

use axum::http::Method;
use portico_service::access::apps::{self, NewApp};
use serde_json::{Value, json};

use super::{Browser, PASSWORD, location, location_parameter};
use portico_testing::{Reply, TestApp, both_databases};

const ELK: &str = "https://elk.test/api/engineering.acme.test/oauth/https%3A%2F%2Felk.test";
const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";
/// Code verifier and challenge of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Client {
    id: String,
    secret: String,
}

async fn client(app: &TestApp, name: &str) -> Client {
    let new = NewApp {
        name: name.into(),
        redirect_uris: [ELK, OOB, "icecubesapp://", "tuba://auth?x=1", "http://localhost:4000/cb"]
            .map(str::to_owned)
            .into(),
        scopes: "read write follow push".into(),
        website: Some("https://elk.test/about?a=1&b=2".into()),
    };
    let (app, secret) = apps::register(&app.instance, new).await.unwrap();
    Client { id: app.client_id, secret }
}

impl Client {
    /// Returns the consent page's path. `changes` replace parameters, or remove them with an empty value.
    fn path(&self, redirect_uri: &str, changes: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", redirect_uri),
            ("scope", "read write follow push"),
        ];
        for (name, value) in changes {
            pairs.retain(|(old, _)| old != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        format!("/oauth/authorize?{}", serde_urlencoded::to_string(pairs).unwrap())
    }

    async fn exchange(&self, app: &TestApp, redirect_uri: &str, code: &str, verifier: Option<&str>) -> Reply {
        let mut body = json!({
            "grant_type": "authorization_code", "client_id": self.id, "client_secret": self.secret,
            "redirect_uri": redirect_uri, "code": code,
        });
        if let Some(verifier) = verifier {
            body["code_verifier"] = Value::from(verifier);
        }
        let request = app.request(Method::POST, "/oauth/token").header("content-type", "application/json");
        app.send(request.body(body.to_string().into()).unwrap()).await
    }
}

async fn decide(browser: &Browser, page: &Reply, decision: &str) -> Reply {
    browser.send_form(page, "/oauth/authorize", &[("decision", decision)]).await
}

both_databases! {
    async fn consent_gives_a_code_that_works_once(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let state = "x&y=1 <é>";

        let page = browser.get(&client.path(ELK, &[("state", state)])).await;
        assert_eq!(page.status, 200);
        for words in ["Connect Elk?", "elk.test", "Post and act for you", "@alice@engineering.acme.test"] {
            assert!(page.body.contains(words), "{words} in {}", page.body);
        }
        let reply = decide(&browser, &page, "allow").await;
        assert_eq!(reply.status, 302);
        assert!(location(&reply).starts_with(&format!("{ELK}?code=")), "{}", location(&reply));
        assert_eq!(location_parameter(&reply, "state").as_deref(), Some(state));

        let code = location_parameter(&reply, "code").unwrap();
        let token = client.exchange(&app, ELK, &code, None).await.ok();
        assert_eq!(token["scope"], "follow push read write");
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let mine = app.request(Method::GET, "/api/v1/timelines/home").header("authorization", bearer);
        assert_eq!(app.send(mine.body("".into()).unwrap()).await.ok(), json!([]));
        let again = client.exchange(&app, ELK, &code, None).await;
        assert_eq!((again.status.as_u16(), again.json()["error"].clone()), (400, json!("invalid_grant")));
    }

    async fn codes_run_out_after_ten_minutes(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let page = browser.get(&client.path(ELK, &[])).await;
        let code = location_parameter(&decide(&browser, &page, "allow").await, "code").unwrap();
        app.advance(601);
        assert_eq!(client.exchange(&app, ELK, &code, None).await.status, 400);
    }

    async fn a_challenge_demands_its_verifier(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Phanpy").await;
        let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        for (verifier, status) in [(None, 400), (Some("wrong"), 400), (Some(VERIFIER), 200)] {
            let page = browser.get(&client.path(ELK, &pkce)).await;
            let code = location_parameter(&decide(&browser, &page, "allow").await, "code").unwrap();
            assert_eq!(client.exchange(&app, ELK, &code, verifier).await.status, status, "{verifier:?}");
        }
    }

    async fn a_denial_redirects_to_the_app_with_the_error(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let page = browser.get(&client.path(ELK, &[("state", "s")])).await;
        let reply = decide(&browser, &page, "deny").await;
        assert_eq!(reply.status, 302);
        assert_eq!(location_parameter(&reply, "error").as_deref(), Some("access_denied"));
        assert_eq!(location_parameter(&reply, "state").as_deref(), Some("s"));
        assert_eq!(location_parameter(&reply, "code"), None);
        assert_eq!(decide(&browser, &page, "").await.status, 400);
    }

    async fn redirects_fit_the_address_and_policy_lets_them_go(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Ice Cubes").await;
        for (uri, start) in [
            ("icecubesapp://", "icecubesapp://?code="),
            ("tuba://auth?x=1", "tuba://auth?x=1&code="),
            ("http://localhost:4000/cb", "http://localhost:4000/cb?code="),
        ] {
            let page = browser.get(&client.path(uri, &[])).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("form-action"), "{policy}");
            let reply = decide(&browser, &page, "allow").await;
            assert!(location(&reply).starts_with(start), "{}", location(&reply));
        }
    }

    async fn out_of_band_shows_the_code_and_nothing_else(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "toot").await;
        let page = browser.get(&client.path(OOB, &[])).await;
        let reply = decide(&browser, &page, "allow").await;
        assert!(location(&reply).starts_with("/oauth/authorize/native?code="));
        let code = location_parameter(&reply, "code").unwrap();
        let shown = browser.get(location(&reply)).await;
        assert!(shown.body.contains(&code));
        assert_eq!(client.exchange(&app, OOB, &code, None).await.status, 200);

        for other in ["", "?code=", "?code=Call%20this%20number", "?code=%3Cscript%3E"] {
            assert_eq!(browser.get(&format!("/oauth/authorize/native{other}")).await.status, 404, "{other}");
        }
        let page = browser.get(&client.path(OOB, &[])).await;
        assert_eq!(location(&decide(&browser, &page, "deny").await), "/");
    }

    async fn nobody_is_sent_where_the_app_did_not_say(app: TestApp) {
        let alice = app.staff("alice").await;
        let client = client(&app, "Elk").await;
        for browser in [Browser::new(&app), Browser::signed_in(&alice).await] {
            for uri in [
                "https://evil.test/",
                "https://elk.test/",
                "https://elk.test.evil.test/",
                "HTTPS://elk.test/api/engineering.acme.test/oauth/https%3A%2F%2Felk.test",
                "icecubesapp://x",
                "",
            ] {
                let reply = browser.get(&client.path(uri, &[("redirect_uri", uri)])).await;
                assert_eq!(reply.status, 400, "{uri}");
                assert!(!reply.headers.contains_key("location"));
            }
            let unknown = browser.get(&client.path(ELK, &[("client_id", "unknown")])).await;
            assert_eq!(unknown.status, 400);
            assert_eq!(browser.get("/oauth/authorize").await.status, 400);
            assert_eq!(browser.get(&format!("{}&client_id=b", client.path(ELK, &[]))).await.status, 400);
        }
    }

    async fn a_form_that_was_changed_is_checked_again(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let page = browser.get(&client.path(ELK, &[])).await;
        for (field, value) in [
            ("redirect_uri", "https://evil.test/"),
            ("client_id", "unknown"),
            ("scope", "admin:write"),
            ("response_type", "token"),
        ] {
            let typed = [("decision", "allow"), (field, value)];
            let reply = browser.send_form(&page, "/oauth/authorize", &typed).await;
            assert_eq!(reply.status, 400, "{field}");
            assert!(!reply.headers.contains_key("location"), "{field}");
        }
        let typed = [("decision", "allow"), ("csrf", "wrong")];
        assert_eq!(browser.send_form(&page, "/oauth/authorize", &typed).await.status, 403);
    }

    async fn invalid_requests_are_reported_without_a_redirect(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        for (changes, code) in [
            (&[("scope", "read admin:read")][..], "invalid_scope"),
            (&[("scope", "read fly")], "invalid_scope"),
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("code_challenge", CHALLENGE), ("code_challenge_method", "plain")], "invalid_request"),
            (&[("code_challenge", CHALLENGE)], "invalid_request"),
            (&[("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request"),
        ] {
            let reply = browser.get(&client.path(ELK, changes)).await;
            assert_eq!(reply.status, 400, "{changes:?}");
            assert!(!reply.headers.contains_key("location"));
            // The page links back to the app.
            assert!(reply.body.contains(&format!("?error={code}")), "{}", reply.body);
        }
    }

    async fn strangers_sign_in_first_and_come_back(app: TestApp) {
        let alice = app.staff("alice").await;
        Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let browser = Browser::new(&app);
        let to = browser.get(&client.path(ELK, &[("state", "a b&c")])).await;
        assert!(location(&to).starts_with("/sign-in?next=%2Foauth%2Fauthorize"));
        let page = browser.get(location(&to)).await;
        assert!(page.body.contains("to connect your app"));
        let typed = [("name", "alice"), ("password", PASSWORD)];
        let back = browser.send_form(&page, "/sign-in", &typed).await;
        let consent = browser.get(location(&back)).await;
        let reply = decide(&browser, &consent, "allow").await;
        assert_eq!(location_parameter(&reply, "state").as_deref(), Some("a b&c"));
    }

    async fn signing_in_again_can_be_demanded(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "Elk").await;
        let to = browser.get(&client.path(ELK, &[("force_login", "true")])).await;
        let page = browser.get(location(&to)).await;
        assert_eq!(page.status, 200);
        let typed = [("name", "alice"), ("password", PASSWORD)];
        let back = browser.send_form(&page, "/sign-in", &typed).await;
        assert_eq!(browser.get(location(&back)).await.status, 200);
    }

    async fn app_names_and_state_are_escaped(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let client = client(&app, "<script>alert(1)</script>\"'&").await;
        let state = "\"><script>alert(2)</script>";
        let page = browser.get(&client.path(ELK, &[("state", state)])).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script") && !page.body.contains("javascript:"), "{}", page.body);
        assert_eq!(location_parameter(&decide(&browser, &page, "allow").await, "state").as_deref(), Some(state));
    }
}
