//! Drafts: saved, changed, posted once, and visible only to their author.

use axum::http::Method;
use portico_service::maintenance;
use serde_json::{Value, json};

use portico_testing::browser::{Browser, location};
use portico_testing::media::uploaded;
use portico_testing::{TestUser, both_databases};

const API: &str = "/api/portico/v1/drafts";

async fn begin(who: &TestUser, wish: Value) -> Value {
    who.post(API, wish).await.ok()
}

async fn file(who: &TestUser) -> String {
    uploaded(who).await["id"].as_str().unwrap().to_owned()
}

fn path(draft: &Value) -> String {
    format!("{API}/{}", draft["id"].as_str().unwrap())
}

both_databases! {
    async fn a_draft_is_kept_changed_and_posted_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let draft = begin(&alice, json!({"status": "Begun **here**", "content_type": "text/markdown", "reach": "instance", "spoiler_text": "cw"})).await;
        assert_eq!((&draft["params"]["text"], &draft["params"]["reach"]), (&json!("Begun **here**"), &json!("instance")));
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok(), json!([]));
        app.advance(60);
        let changed = json!({"status": "Done **here**", "content_type": "text/markdown", "reach": "instance"});
        let changed = alice.call(Method::PUT, &path(&draft), Some(changed)).await.ok();
        assert_ne!(changed["updated_at"], draft["updated_at"]);
        assert_eq!((&changed["created_at"], &changed["params"]["spoiler_text"]), (&draft["created_at"], &Value::Null));
        assert_eq!(alice.get(API).await.ok(), json!([changed]));
        assert_eq!(alice.get(&path(&draft)).await.ok(), changed);
        // Other users cannot use it.
        assert_eq!(bob.get(API).await.ok(), json!([]));
        bob.get(&path(&draft)).await.problem(404);
        bob.call(Method::PUT, &path(&draft), Some(json!({"status": "x"}))).await.problem(404);
        bob.call(Method::DELETE, &path(&draft), None).await.problem(404);
        bob.post(&format!("{}/post", path(&draft)), json!({})).await.problem(404);
        let posted = alice.post(&format!("{}/post", path(&draft)), json!({})).await.ok();
        assert_eq!(posted["content"], "<p>Done <strong>here</strong></p>");
        assert_eq!(posted["reach"], "instance");
        assert_eq!(alice.get(API).await.ok(), json!([]));
        alice.post(&format!("{}/post", path(&draft)), json!({})).await.problem(404);
    }

    async fn a_draft_need_not_be_fit_to_be_posted(app: TestApp) {
        let alice = app.staff("alice").await;
        let long = begin(&alice, json!({"status": "x".repeat(6_000)})).await;
        alice.post(&format!("{}/post", path(&long)), json!({})).await.problem(422);
        assert_eq!(alice.get(&path(&long)).await.ok()["id"], long["id"], "it stays");
        let half = begin(&alice, json!({"status": "", "poll": {"options": ["one"]}})).await;
        assert_eq!(half["params"]["poll"]["options"], json!(["one"]));
        for wrong in [json!({}), json!({"status": "  "}), json!({"status": "x", "media_ids": ["1"]}), json!({"status": "x", "reach": "galaxy"})] {
            alice.post(API, wrong).await.problem(422);
        }
        alice.call(Method::DELETE, &path(&half), None).await.ok();
        alice.get(&path(&half)).await.problem(404);
    }

    async fn files_are_kept_with_their_draft(app: TestApp) {
        let alice = app.staff("alice").await;
        let (kept, loose) = (file(&alice).await, file(&alice).await);
        let draft = begin(&alice, json!({"status": "with a picture", "media_ids": [kept]})).await;
        assert_eq!(draft["media_attachments"][0]["id"], kept.as_str());
        app.advance(30 * 24 * 3600);
        maintenance::run(&app.instance).await.unwrap();
        alice.get(&format!("/api/v1/media/{loose}")).await.problem(404);
        let posted = alice.post(&format!("{}/post", path(&draft)), json!({})).await.ok();
        assert_eq!(posted["media_attachments"][0]["id"], kept.as_str());
        // An upload that is attached to another post is removed from the draft.
        let other = file(&alice).await;
        let draft = begin(&alice, json!({"status": "again", "media_ids": [other]})).await;
        alice.post("/api/v1/statuses", json!({"status": "sooner", "media_ids": [other]})).await.ok();
        assert_eq!(alice.get(&path(&draft)).await.ok()["media_attachments"], json!([]));
    }

    async fn drafts_are_written_on_a_page(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let form = browser.get("/compose").await;
        let kept = browser.compose(&form, &[("text", "Begun"), ("warning", "cw"), ("reach", "instance"), ("do", "keep")], &[]).await;
        assert_eq!(location(&kept), "/drafts");
        let page = browser.get("/drafts").await.body;
        assert!(page.contains("Begun"), "{page}");
        let (_, rest) = page.split_once("/compose?draft=").unwrap();
        let again = format!("/compose?draft={}", rest.split('"').next().unwrap());
        let form = browser.get(&again).await;
        assert!(form.body.contains("Begun") && form.body.contains("value=\"cw\""), "{}", form.body);
        let kept = browser.compose(&form, &[("text", "Begun, and more"), ("reach", "instance"), ("do", "keep")], &[]).await;
        assert_eq!(location(&kept), "/drafts");
        assert_eq!(alice.get(API).await.ok().as_array().unwrap().len(), 1, "the same draft");
        let form = browser.get(&again).await;
        let posted = browser.compose(&form, &[("text", "Done"), ("reach", "instance"), ("do", "post")], &[]).await;
        assert!(location(&posted).starts_with("/@alice/"), "{}", posted.body);
        assert!(browser.get("/drafts").await.body.contains("You have no drafts"));
        assert_eq!(browser.get(&again).await.status, 404);
        let draft = begin(&alice, json!({"status": "To throw"})).await;
        let page = browser.get("/drafts").await;
        let action = format!("/drafts/{}/delete", draft["id"].as_str().unwrap());
        assert_eq!(location(&browser.send_form(&page, &action, &[]).await), "/drafts");
        assert_eq!(alice.get(API).await.ok(), json!([]));
    }
}
