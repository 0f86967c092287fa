//! Translations: which texts are sent to the operator's service, which are not, and how its response is
//! handled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use portico_config::TranslationSettings;
use portico_domain::model::Reach;
use portico_domain::model::card::LinkPreviews;
use serde_json::{Value, json};

use portico_testing::peer::{app, app_with};
use portico_testing::{Database, TestApp, TestUser};

type Asked = Arc<Mutex<Vec<Value>>>;

/// An untrusted service that implements the LibreTranslate API.
async fn service() -> (String, Asked) {
    let asked = Asked::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let languages =
        json!([{"code": "de", "name": "German", "targets": ["de", "en"]}, {"code": "en", "name": "English"}]);
    let router = Router::new()
        .route("/languages", get(async || Json(languages)))
        .route("/translate", post(answer))
        .with_state(Arc::clone(&asked));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (origin, asked)
}

async fn answer(State(asked): State<Asked>, Json(question): Json<Value>) -> (StatusCode, Json<Value>) {
    let lines: Vec<String> = serde_json::from_value(question["q"].clone()).unwrap();
    asked.lock().unwrap().push(question);
    if lines[0].contains("kaputt") {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": "broken"})));
    }
    let said = |line: &String| format!("{}<script>alert(1)</script>", line.replace("Hallo", "Hello"));
    let lines: Vec<String> = lines.iter().map(said).collect();
    (
        StatusCode::OK,
        Json(json!({"translatedText": lines, "detectedLanguage": [{"language": "de", "confidence": 90}]})),
    )
}

async fn translating(database: Database, allowed: LinkPreviews) -> (TestApp, Asked) {
    let (url, asked) = service().await;
    let settings = TranslationSettings { url, key: Some("opener".into()), allowed };
    (app_with(database, |all| all.translation = Some(settings)).await, asked)
}

async fn says(who: &TestUser, more: Value) -> String {
    let mut draft = json!({"status": "Hallo Turbine", "reach": "public", "language": "de"});
    draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let posted = who.post("/api/v1/statuses", draft).await.ok();
    format!("/api/v1/statuses/{}/translate", posted["id"].as_str().unwrap())
}

async fn a_post_is_translated_once(database: Database) {
    let (app, asked) = translating(database, LinkPreviews::Public).await;
    let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
    let instance = app.get("/api/v2/instance").await.ok();
    assert_eq!(instance["configuration"]["translation"]["enabled"], true);
    let known = app.get("/api/v1/instance/translation_languages").await.ok();
    assert_eq!(known, json!({"de": ["en"], "en": []}));
    let poll = json!({"options": ["Hallo & so", "nein"], "expires_in": 3600});
    let path = says(&alice, json!({"spoiler_text": "Hallo <du>", "poll": poll})).await;
    let shown = bob.post(&path, json!({"lang": "en-GB"})).await.ok();
    assert_eq!(shown["content"], "<p>Hello Turbine</p>", "what comes back is sanitised");
    assert_eq!(shown["spoiler_text"], "Hello <du>");
    assert_eq!(shown["poll"]["options"], json!([{"title": "Hello & so"}, {"title": "nein"}]));
    assert_eq!((&shown["detected_source_language"], &shown["language"]), (&json!("de"), &json!("en")));
    assert_eq!((&shown["provider"], &shown["media_attachments"]), (&json!("127.0.0.1"), &json!([])));
    let question = asked.lock().unwrap()[0].clone();
    assert_eq!((&question["source"], &question["target"]), (&json!("de"), &json!("en")));
    assert_eq!((&question["format"], &question["api_key"]), (&json!("html"), &json!("opener")));
    // The next request gets the stored translation; an edit needs a new one.
    assert_eq!(alice.post(&path, json!({})).await.ok(), shown);
    assert_eq!(asked.lock().unwrap().len(), 1);
    let edited = json!({"status": "Hallo Wind", "language": "de"});
    let at = path.strip_suffix("/translate").unwrap();
    alice.call(axum::http::Method::PUT, at, Some(edited)).await.ok();
    assert_eq!(bob.post(&path, json!({})).await.ok()["content"], "<p>Hello Wind</p>");
    assert_eq!(asked.lock().unwrap().len(), 2);
    // A boost has the content of the boosted post.
    let boost = bob.post(&format!("{at}/reblog"), json!({})).await.ok();
    let boost = format!("/api/v1/statuses/{}/translate", boost["id"].as_str().unwrap());
    assert_eq!(bob.post(&boost, json!({})).await.ok()["content"], "<p>Hello Wind</p>");
    bob.post(&path, json!({"lang": "de"})).await.problem(422);
    bob.post(&path, json!({"lang": "no language"})).await.problem(422);
    let broken = says(&alice, json!({"status": "kaputt"})).await;
    bob.post(&broken, json!({})).await.problem(503);
    app.submit(&path, "").await.problem(401);
}

#[test]
fn a_post_is_translated_once_sqlite() {
    run(a_post_is_translated_once(Database::Sqlite));
}

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn a_post_is_translated_once_postgres() {
    run(a_post_is_translated_once(Database::Postgres));
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

#[test]
fn only_what_the_operator_allows_is_sent() {
    run(async {
        for (allowed, count) in [(LinkPreviews::Public, 1), (LinkPreviews::Organisation, 4)] {
            let (app, asked) = translating(Database::Sqlite, allowed).await;
            let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
            let reaches = [
                Reach::Public,
                Reach::Partners,
                Reach::Company,
                Reach::Instance,
                Reach::Followers,
                Reach::Direct,
            ];
            for (at, reach) in reaches.into_iter().enumerate() {
                let path = says(&alice, json!({"reach": reach.as_str()})).await;
                let status = alice.post(&path, json!({"lang": "en"})).await.status.as_u16();
                assert_eq!(status, if at < count { 200 } else { 403 }, "{allowed:?} {reach}");
                // A viewer who may not see the post gets a 404.
                let hidden = matches!(reach, Reach::Followers | Reach::Direct);
                let status = bob.post(&path, json!({"lang": "en"})).await.status.as_u16();
                assert_eq!(status == 404, hidden, "{allowed:?} {reach}");
            }
            assert_eq!(asked.lock().unwrap().len(), count);
        }
    });
}

#[test]
fn without_a_service_nothing_is_translated() {
    run(async {
        let app = app(Database::Sqlite).await;
        let alice = app.staff("alice").await;
        let path = says(&alice, json!({})).await;
        alice.post(&path, json!({"lang": "en"})).await.problem(404);
        assert_eq!(app.get("/api/v1/instance/translation_languages").await.ok(), json!({}));
        let instance = app.get("/api/v2/instance").await.ok();
        assert_eq!(instance["configuration"]["translation"]["enabled"], false);
    });
}

#[test]
fn a_service_that_is_down_is_not_asked_for_its_list_each_time() {
    run(async {
        let asked = Arc::new(AtomicUsize::new(0));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let count = Arc::clone(&asked);
        let down = get(async move || {
            count.fetch_add(1, Ordering::Relaxed);
            StatusCode::INTERNAL_SERVER_ERROR
        });
        let router = Router::new().route("/languages", down);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = TranslationSettings { url, key: None, allowed: LinkPreviews::Public };
        let app = app_with(Database::Sqlite, |all| all.translation = Some(settings)).await;
        for (seconds, expected) in [(0, 1), (59, 1), (1, 2)] {
            app.advance(seconds);
            app.get("/api/v1/instance/translation_languages").await.problem(503);
            assert_eq!(asked.load(Ordering::Relaxed), expected, "after {seconds} more");
        }
    });
}
