//! Tests of polls on pages: posting, voting, and the edit history of their options.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Browser, location};
use portico_testing::{TestUser, both_databases};

async fn asks(who: &TestUser, more: Value) -> String {
    let mut poll = json!({"options": ["Tea", "Coffee", "Water"], "expires_in": 3600});
    poll.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let asked = who.post("/api/v1/statuses", json!({"status": "What?", "poll": poll})).await.ok();
    asked["id"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn a_poll_is_voted_in_by_form(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let id = asks(&alice, json!({})).await;
        let (path, action) = (format!("/@alice/{id}"), format!("/polls/{id}"));
        let (author, browser) = (Browser::signed_in(&alice).await, Browser::signed_in(&bob).await);
        let own = author.get(&path).await.body;
        assert!(!own.contains("data-vote") && own.contains("0 people · 1 h left"), "{own}");
        let page = browser.get(&path).await;
        assert!(page.body.contains("type=\"radio\" name=\"choice\" value=\"2\" required"), "{}", page.body);
        let vote = page.body.replace(" data-vote>", ">");
        let page = portico_testing::Reply { body: vote, ..page };
        let none = browser.send_form(&page, &action, &[]).await;
        assert!(none.status == 422 && none.body.contains("Choose at least one option."), "{}", none.body);
        let bad = browser.send_form(&page, &action, &[("choice", "7")]).await;
        assert!(bad.status == 422 && bad.body.contains("The chosen vote option does not exist."));
        let voted = browser.send_form(&page, &action, &[("choice", "1")]).await;
        assert_eq!((voted.status.as_u16(), location(&voted)), (303, format!("{path}#poll-{id}").as_str()));
        let after = browser.get(&path).await.body;
        assert!(after.contains("your choice") && after.contains("1 person") && after.contains("value=\"100\""), "{after}");
        let again = browser.send_form(&page, &action, &[("choice", "0")]).await;
        assert!(again.status == 422 && again.body.contains("You have already voted on this poll."));
        app.advance(3601);
        assert!(browser.get(&path).await.body.contains("1 person · closed"));
    }

    async fn hidden_polls_stay_hidden(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = json!({"status": "Secret", "visibility": "direct", "poll": {"options": ["a", "b"], "expires_in": 600}});
        let id = alice.post("/api/v1/statuses", asked).await.ok()["id"].as_str().unwrap().to_owned();
        let browser = Browser::signed_in(&bob).await;
        let csrf = browser.get("/").await.body;
        let csrf = csrf.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
        let fields = [("csrf".to_owned(), csrf.to_owned()), ("choice".to_owned(), "0".to_owned())];
        assert_eq!(browser.post(&format!("/polls/{id}"), &fields, &[]).await.status, 404);
        let counts = asks(&alice, json!({"hide_totals": true, "multiple": true})).await;
        assert_eq!(browser.post(&format!("/polls/{counts}"), &fields, &[]).await.status, 303);
        let page = browser.get(&format!("/@alice/{counts}")).await.body;
        assert!(page.contains("counts are shown at the end") && !page.contains("<progress"), "{page}");
        assert_eq!(browser.post(&format!("/polls/{counts}"), &fields[1..], &[]).await.status, 403);
    }

    async fn a_poll_is_asked_on_a_page(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let typed = [("text", "What?"), ("option", "Tea"), ("option", "Coffee"), ("option", ""), ("span", "1800"), ("multiple", "on"), ("hide_totals", "on")];
        let reply = browser.compose(&page, &typed, &[]).await;
        let id = location(&reply).rsplit('/').next().unwrap().to_owned();
        let poll = alice.get(&format!("/api/v1/polls/{id}")).await.ok();
        assert_eq!((&poll["multiple"], &poll["expires_at"]), (&json!(true), &json!("2026-11-02T09:30:00.000Z")));
        assert_eq!((&poll["options"].as_array().unwrap().len(), &poll["options"][0]["votes_count"]), (&2, &Value::Null));
    }

    async fn former_versions_show_what_was_asked(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let id = asks(&alice, json!({})).await;
        let path = format!("/api/v1/statuses/{id}");
        for (options, seconds) in [(json!(["Wine", "Beer"]), 3600), (json!(["Wine", "Beer"]), 7200)] {
            app.advance(60);
            let edit = json!({"status": "What?", "poll": {"options": options, "expires_in": seconds}});
            alice.call(Method::PUT, &path, Some(edit)).await.ok();
        }
        let history = bob.get(&format!("{path}/history")).await.ok();
        let asked: Vec<_> = history.as_array().unwrap().iter().map(|version| version["poll"].clone()).collect();
        let (first, second) = (
            json!({"options": [{"title": "Tea"}, {"title": "Coffee"}, {"title": "Water"}]}),
            json!({"options": [{"title": "Wine"}, {"title": "Beer"}]}),
        );
        assert_eq!(asked, [first, second.clone(), second], "another end is an edit, too");
        let browser = Browser::signed_in(&bob).await;
        let menu = browser.get(&format!("/@alice/{id}")).await.body;
        assert!(menu.contains(&format!("href=\"/@alice/{id}/history\"")), "{menu}");
        let page = browser.get(&format!("/@alice/{id}/history")).await.body;
        assert!(page.find("Wine").unwrap() < page.find("Coffee").unwrap(), "{page}");
        assert_eq!(browser.get("/@alice/1/history").await.status, 404);
        let stranger = Browser::new(&app).get(&format!("/@alice/{id}/history")).await;
        assert_eq!(stranger.status, 303);
    }
}
