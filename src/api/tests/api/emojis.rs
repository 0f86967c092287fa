//! Custom emoji: added by operators, used in posts and profiles.

use axum::http::Method;
use portico_service::publishing::emojis;
use serde_json::json;

use portico_testing::media::picture;
use portico_testing::{TestApp, both_databases};

async fn add(app: &TestApp, shortcode: &str) {
    let bytes = picture(image::ImageFormat::Png);
    emojis::add(&app.instance, shortcode, Some("Work".into()), true, bytes).await.unwrap();
}

both_databases! {
    async fn posts_and_profiles_carry_them(app: TestApp) {
        let alice = app.staff("alice").await;
        assert_eq!(app.get("/api/v1/custom_emojis").await.ok(), json!([]));
        add(&app, "ship_it").await;
        let known = app.get("/api/v1/custom_emojis").await.ok();
        assert_eq!((&known[0]["shortcode"], &known[0]["category"]), (&json!("ship_it"), &json!("Work")));
        let url = known[0]["url"].as_str().unwrap();
        let path = url.strip_prefix("https://engineering.acme.test").unwrap();
        assert_eq!(app.get(path).await.status, 200);

        let wish = json!({"status": "Let us :ship_it: at 10:30 :nothing:", "spoiler_text": ":ship_it:"});
        let posted = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!(posted["emojis"].as_array().unwrap().len(), 1);
        assert_eq!(posted["emojis"][0]["url"], known[0]["url"]);
        let id = posted["id"].as_str().unwrap();
        let edited = alice.form(Method::PUT, &format!("/api/v1/statuses/{id}"), "status=never").await.ok();
        assert_eq!(edited["emojis"], json!([]));
        let wish = json!({"display_name": "Alice :ship_it:"});
        let me = alice.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(wish)).await.ok();
        assert_eq!(me["emojis"][0]["shortcode"], "ship_it");

        emojis::remove(&app.instance, ":ship_it:").await.unwrap();
        assert_eq!(app.get("/api/v1/custom_emojis").await.ok(), json!([]));
        assert_eq!(app.get(path).await.status, 200, "old posts show it");
        assert!(emojis::remove(&app.instance, "ship_it").await.is_err());
    }

    async fn only_pictures_with_names_are_taken(app: TestApp) {
        let picture = picture(image::ImageFormat::Png);
        for (name, bytes) in [("no way", picture.clone()), ("x", picture), ("text", b"no picture".to_vec())] {
            assert!(emojis::add(&app.instance, name, None, true, bytes).await.is_err(), "{name}");
        }
        assert_eq!(app.get("/api/v1/custom_emojis").await.ok(), json!([]));
    }
}
