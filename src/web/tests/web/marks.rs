//! Tests of must-read posts, accepted answers, praise and delegates on pages.

use axum::http::{Method, header};
use portico_domain::model::user::Role;
use serde_json::json;

use super::{Browser, ORIGIN, hidden_fields, location};
use portico_testing::both_databases;

both_databases! {
    async fn a_must_read_is_on_top_with_a_button(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, evil) = (app.staff("bob").await, app.staff("evil").await);
        evil.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(json!({"display_name": "=1+1"}))).await.ok();
        let writing = Browser::signed_in(&alice).await;
        let page = writing.get("/").await;
        assert!(page.body.contains("name=\"must_read\""), "{}", page.body);
        let texts = [("text", "Doors shut"), ("must_read", "on"), ("acknowledge_by", "2026-11-09"), ("do", "post")];
        let sent = writing.compose(&page, &texts, &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let href = location(&sent).to_owned();

        let browser = Browser::signed_in(&bob).await;
        let home = browser.get("/").await;
        assert!(home.body.contains("Must be read by 9 November 2026"), "{}", home.body);
        assert!(!home.body.contains("name=\"must_read\""), "bob is no announcer");
        let id = href.rsplit('/').next().unwrap().to_owned();
        let action = format!("/must-read/{id}");
        let fields: Vec<(String, String)> = hidden_fields(&home.body, &action);
        let from = [("origin", ORIGIN), ("referer", "https://engineering.acme.test/")];
        let done = browser.post(&action, &fields, &from).await;
        assert_eq!((done.status.as_u16(), location(&done)), (303, "/"));
        assert!(!browser.get("/").await.body.contains("I have read this"));
        let forged = browser.post(&action, &[("csrf".into(), "x".into())], &from).await;
        assert_eq!(forged.status, 403);

        let post = writing.get(&href).await;
        assert!(post.body.contains("Who has read this?"), "{}", post.body);
        let readers = writing.get(&format!("{href}/readers")).await;
        assert!(readers.body.contains("1 of 2 people have read it") && readers.body.contains("@evil@"), "{}", readers.body);
        assert!(writing.get(&format!("{href}/readers?who=acknowledged")).await.body.contains("@bob@"));
        let file = writing.get(&format!("{href}/readers.csv")).await;
        assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        assert!(file.body.contains("'=1+1") && !file.body.contains(",=1+1"), "{}", file.body);
        assert_eq!(browser.get(&format!("{href}/readers")).await.status, 404);
        assert_eq!(browser.get(&format!("{href}/readers.csv")).await.status, 404);

        let remind = format!("/must-read/{id}/remind");
        let sent = writing.send_form(&readers, &remind, &[]).await;
        assert_eq!((sent.status.as_u16(), location(&sent)), (303, format!("{href}/readers").as_str()));
        let again = writing.send_form(&readers, &remind, &[]).await;
        assert!(again.status == 422 && again.body.contains("less than a day ago"), "{}", again.body);
        let ended = writing.send_form(&readers, &format!("/must-read/{id}/end"), &[]).await;
        assert_eq!(ended.status, 303);
        assert!(writing.get(&format!("{href}/readers")).await.body.contains("No longer must-read since"));
    }

    async fn an_accepted_answer_is_on_top(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = alice.posts("Who knows?").await;
        let answer = async |text: &str| {
            let wish = json!({"status": text, "in_reply_to_id": asked["id"]});
            app.advance(1);
            bob.post("/api/v1/statuses", wish).await.ok()["id"].as_str().unwrap().to_owned()
        };
        let (first, second) = (answer("I think so").await, answer("I know it").await);
        let href = format!("/@alice/{}", asked["id"].as_str().unwrap());
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get(&href).await;
        let sent = browser.send_form(&page, &format!("/answers/{second}/accept"), &[]).await;
        assert_eq!((sent.status.as_u16(), location(&sent)), (303, href.as_str()));
        let page = browser.get(&href).await;
        let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("{text}: {}", page.body));
        assert!(at("Accepted answer") < at("I know it") && at("I know it") < at("I think so"));
        let others = Browser::signed_in(&bob).await.get(&href).await;
        assert!(others.body.contains("Accepted answer") && !others.body.contains("Accept answer"));
        let sent = browser.send_form(&page, &format!("/answers/{second}/take-back"), &[]).await;
        assert_eq!(sent.status, 303);
        assert!(!browser.get(&href).await.body.contains("Accepted answer"));
        assert!(!first.is_empty());
    }

    async fn praise_is_on_the_profile_and_delegates_are_chosen(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (hers, his) = (Browser::signed_in(&alice).await, Browser::signed_in(&bob).await);
        let page = hers.get("/").await;
        let sent = hers.compose(&page, &[("text", "Well done"), ("praise", "@bob"), ("do", "post")], &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let id = location(&sent).rsplit('/').next().unwrap().to_owned();
        let wrong = hers.compose(&page, &[("text", "Well done"), ("praise", "@nobody"), ("do", "post")], &[]).await;
        assert!(wrong.status == 422 && wrong.body.contains("No account with the handle @nobody"), "{}", wrong.body);
        let profile = hers.get("/@bob").await;
        assert!(profile.body.contains("praise-title") && profile.body.contains("Praise for"), "{}", profile.body);
        assert!(!profile.body.contains("Hide on my profile"));
        let own = his.get("/@bob").await;
        let hidden = his.send_form(&own, &format!("/praise/{id}/hide"), &[]).await;
        assert_eq!((hidden.status.as_u16(), location(&hidden)), (303, "/@bob"));
        assert!(!hers.get("/@bob").await.body.contains("praise-title"));
        assert!(his.get("/@bob").await.body.contains("Only you see it here"));

        let page = hers.get("/delegates").await;
        let typed = [("handle", "bob"), ("post", "on")];
        assert_eq!(hers.send_form(&page, "/delegates", &typed).await.status, 303);
        let wrong = hers.send_form(&page, "/delegates", &[("handle", "nobody"), ("post", "on")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("No account with the handle"), "{}", wrong.body);
        let page = his.get("/").await;
        assert!(page.body.contains("Post as"), "{}", page.body);
        let typed = [("text", "From the top"), ("leader", &*alice.id()), ("do", "post")];
        let sent = his.compose(&page, &typed, &[]).await;
        assert!(sent.status == 303 && location(&sent).starts_with("/@alice/"), "{} {}", sent.status, sent.body);
        for at in ["2026-11-03T09:00", "2026-11-01T09:00"] {
            let typed = [("text", "Later"), ("leader", &*alice.id()), ("at", at), ("do", "post")];
            let wrong = his.compose(&page, &typed, &[]).await;
            let fault = "A post on behalf of somebody else cannot be scheduled.";
            assert!(wrong.status == 422 && wrong.body.contains(fault), "{at}: {}", wrong.body);
        }
        let page = hers.get("/delegates").await;
        assert!(page.body.contains("a post") && page.body.contains("may post"), "{}", page.body);
        assert!(hers.get("/@alice").await.body.contains("on behalf of"));
        let gone = hers.send_form(&page, &format!("/delegates/{}/dismiss", bob.id()), &[]).await;
        assert_eq!(gone.status, 303);
        assert!(!his.get("/").await.body.contains("Post as"));
        assert_eq!(Browser::new(&app).get("/delegates").await.status, 303);
    }
}
