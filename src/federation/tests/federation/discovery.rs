//! Discovery endpoints: WebFinger, host-meta, NodeInfo.

use axum::http::{Method, header};
use serde_json::{Value, json};

use portico_testing::TestApp;
use portico_testing::peer::{ACTIVITY, get_anonymously, on_sqlite};

async fn finger(app: &TestApp, resource: &str) -> portico_testing::Reply {
    let encoded: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    app.get(&format!("/.well-known/webfinger?resource={encoded}")).await
}

#[test]
fn webfinger_answers_every_form_and_nothing_else() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await.account;
        let (domain, urls) = (app.instance.settings.domain.clone(), app.instance.urls.clone());
        for resource in [
            format!("acct:alice@{domain}"),
            format!("acct:ALICE@{domain}"),
            alice.uri.clone(),
            urls.profile("alice"),
        ] {
            let reply = finger(&app, &resource).await;
            assert_eq!(reply.status, 200, "{resource}");
            assert_eq!(reply.headers["content-type"], "application/jrd+json; charset=utf-8");
            assert_eq!(reply.headers["access-control-allow-origin"], "*");
            let found = reply.json();
            assert_eq!(found["subject"], format!("acct:alice@{domain}"));
            assert_eq!(found["links"][0], json!({ "rel": "self", "type": ACTIVITY, "href": alice.uri }));
        }
        let instance = finger(&app, &urls.at("/")).await.ok();
        assert_eq!(instance["links"][0]["href"], urls.instance_actor());
        for (resource, status) in [
            ("", 400),
            ("alice", 400),
            ("acct:alice", 400),
            ("acct:nobody@HOST", 404),
            ("acct:alice@elsewhere.example", 404),
            ("https://elsewhere.example/users/alice", 404),
        ] {
            let resource = resource.replace("HOST", &domain);
            assert_eq!(finger(&app, &resource).await.status.as_u16(), status, "{resource}");
        }
        assert_eq!(app.get("/.well-known/webfinger").await.status, 400);
        let only =
            app.get(&format!("/.well-known/webfinger?rel=self&resource=acct:alice@{domain}")).await.ok();
        assert_eq!(only["links"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn host_meta_and_nodeinfo_say_no_more_than_they_must() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let meta = app.get("/.well-known/host-meta").await;
        assert!(meta.body.contains("webfinger?resource={uri}"), "{}", meta.body);
        let index = app.get("/.well-known/nodeinfo").await.ok();
        for link in index["links"].as_array().unwrap().iter().take(2) {
            let path = link["href"].as_str().unwrap().replacen(app.instance.urls.origin(), "", 1);
            let info = app.get(&path).await.ok();
            assert_eq!(info["software"]["name"], "portico");
            assert_eq!(info["usage"]["users"]["total"], 0, "S44 a head count");
        }
        assert_eq!(app.get("/nodeinfo/9.9").await.status, 404);
    });
}

#[test]
fn the_instance_actor_and_the_stub_are_for_everybody() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        let actor = get_anonymously(&app, "/actor").await;
        assert_eq!(actor.headers["cache-control"], "private, no-store");
        let actor = actor.ok();
        assert_eq!(
            (actor["type"].as_str(), actor["preferredUsername"].as_str()),
            (Some("Application"), Some(app.instance.settings.domain.as_str()))
        );
        let stub = get_anonymously(&app, "/users/alice").await.ok();
        assert!(
            stub["publicKey"]["publicKeyPem"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----")
        );
        for hidden in ["name", "summary", "followers", "outbox", "published", "icon"] {
            assert_eq!(stub[hidden], Value::Null, "{hidden}");
        }
        assert_eq!(get_anonymously(&app, "/users/nobody").await.status, 404);
    });
}

#[test]
fn a_browser_is_sent_to_the_page() {
    on_sqlite(async |app| {
        app.staff("alice").await;
        for accept in ["text/html,application/xhtml+xml", "*/*", ""] {
            let request = app.request(Method::GET, "/users/alice").header(header::ACCEPT, accept);
            let reply = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(reply.status, 303, "{accept}");
            assert_eq!(reply.headers["location"], app.instance.urls.profile("alice"));
        }
    });
}
