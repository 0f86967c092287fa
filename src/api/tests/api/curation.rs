//! Lists, filters, followed and featured hashtags, notes and endorsements.

use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn ids(page: &Value) -> Vec<String> {
    page.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn id(item: &Value) -> String {
    item["id"].as_str().unwrap().to_owned()
}

async fn follow(who: &TestUser, target: &TestUser) {
    who.submit(&format!("/api/v1/accounts/{}/follow", target.id()), "").await.ok();
}

async fn home(who: &TestUser) -> Vec<String> {
    ids(&who.get("/api/v1/timelines/home").await.ok())
}

both_databases! {
    async fn lists_are_made_filled_read_and_deleted(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        alice.submit("/api/v1/lists", "title=").await.problem(422);
        alice.submit("/api/v1/lists", "title=x&replies_policy=some").await.problem(422);
        let made = alice.submit("/api/v1/lists", "title=Team&replies_policy=none").await.ok();
        assert_eq!(made, json!({"id": id(&made), "title": "Team", "replies_policy": "none", "exclusive": false}));
        let path = format!("/api/v1/lists/{}", id(&made));
        bob.get(&path).await.problem(404);
        let add = format!("account_ids[]={}", bob.id());
        alice.submit(&format!("{path}/accounts"), &add).await.problem(404);
        follow(&alice, &bob).await;
        alice.submit(&format!("{path}/accounts"), &add).await.ok();
        alice.submit(&format!("{path}/accounts"), &add).await.problem(422);
        assert_eq!(ids(&alice.get(&format!("{path}/accounts?limit=0")).await.ok()), [bob.id()]);
        assert_eq!(ids(&alice.get(&format!("/api/v1/accounts/{}/lists", bob.id())).await.ok()), [id(&made)]);

        let post = bob.posts("to the team").await;
        carol.posts("not listed").await;
        let question = carol.posts("what do you think?").await;
        let answer = bob.post("/api/v1/statuses", json!({"status": "fine", "in_reply_to_id": id(&question)})).await.ok();
        app.advance(1);
        let timeline = format!("/api/v1/timelines/list/{}", id(&made));
        assert_eq!(ids(&alice.get(&timeline).await.ok()), [id(&post)]);
        follow(&alice, &carol).await;
        alice.form(Method::PUT, &path, "replies_policy=followed").await.ok();
        assert_eq!(ids(&alice.get(&timeline).await.ok()), [id(&answer), id(&post)]);

        assert!(home(&alice).await.contains(&id(&post)));
        alice.form(Method::PUT, &path, "title=The team&exclusive=true").await.ok();
        assert!(!home(&alice).await.contains(&id(&post)), "an exclusive list keeps its members out of home");
        alice.form(Method::PUT, &path, "exclusive=false").await.ok();
        assert!(home(&alice).await.contains(&id(&post)));

        alice.submit(&format!("/api/v1/accounts/{}/unfollow", bob.id()), "").await.ok();
        assert_eq!(alice.get(&format!("{path}/accounts")).await.ok(), json!([]), "an unfollowed account is removed from lists");
        alice.form(Method::DELETE, &path, "").await.ok();
        assert_eq!(alice.get("/api/v1/lists").await.ok(), json!([]));
    }

    async fn filters_mark_what_matches(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follow(&alice, &bob).await;
        for bad in ["title=x", "context[]=home", "title=x&context[]=nowhere", "title=x&context[]=home&filter_action=burn"] {
            alice.submit("/api/v2/filters", bad).await.problem(422);
        }
        let body = json!({
            "title": "Money", "context": ["home", "home", "public"], "filter_action": "hide", "expires_in": 3600,
            "keywords_attributes": [{"keyword": "Budget", "whole_word": true}, {"keyword": "tax"}],
        });
        let made = alice.post("/api/v2/filters", body).await.ok();
        assert_eq!(made["context"], json!(["home", "public"]));
        assert_eq!(made["keywords"].as_array().unwrap().len(), 2);
        let plain = bob.posts("budgeting is fun").await;
        let hit = bob.posts("The <BUDGET> & taxes").await;
        let shown = alice.get("/api/v1/timelines/home").await.ok();
        assert_eq!(ids(&shown), [id(&hit), id(&plain)], "clients hide, the server marks");
        assert_eq!(shown[1]["filtered"], json!([]));
        assert_eq!(shown[0]["filtered"][0]["filter"]["id"], made["id"]);
        assert_eq!(shown[0]["filtered"][0]["keyword_matches"], json!(["Budget", "tax"]));
        assert_eq!(shown[0]["filtered"][0]["status_matches"], json!(null));
        let own = bob.get(&format!("/api/v1/statuses/{}", id(&hit))).await.ok();
        assert_eq!(own["filtered"], json!([]));

        let path = format!("/api/v2/filters/{}", id(&made));
        let named = alice.submit(&format!("{path}/statuses"), &format!("status_id={}", id(&plain))).await.ok();
        let one = alice.get(&format!("/api/v1/statuses/{}", id(&plain))).await.ok();
        assert_eq!(one["filtered"][0]["status_matches"], json!([id(&plain)]));
        bob.get(&format!("/api/v2/filters/statuses/{}", id(&named))).await.problem(404);
        alice.form(Method::DELETE, &format!("/api/v2/filters/statuses/{}", id(&named)), "").await.ok();

        let word = alice.submit(&format!("{path}/keywords"), "keyword=fun").await.ok();
        let word_path = format!("/api/v2/filters/keywords/{}", id(&word));
        bob.form(Method::PUT, &word_path, "keyword=x").await.problem(404);
        assert_eq!(alice.form(Method::PUT, &word_path, "keyword=joy&whole_word=true").await.ok()["keyword"], "joy");
        alice.form(Method::DELETE, &word_path, "").await.ok();
        let change = json!({"title": "Cash", "keywords_attributes": [{"id": made["keywords"][0]["id"], "_destroy": true}]});
        let changed = alice.call(Method::PUT, &path, Some(change)).await.ok();
        assert_eq!((changed["title"].as_str(), changed["keywords"].as_array().unwrap().len()), (Some("Cash"), 1));

        app.advance(3601);
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok()[0]["filtered"], json!([]), "it has ended");
        alice.form(Method::DELETE, &path, "").await.ok();

        let old = alice.submit("/api/v1/filters", "phrase=fun&context[]=home&whole_word=true").await.ok();
        assert_eq!(old["phrase"], "fun");
        assert_eq!(ids(&alice.get("/api/v1/filters").await.ok()), [id(&old)]);
        let shown = alice.get("/api/v1/timelines/home").await.ok();
        assert_eq!(shown[1]["filtered"][0]["keyword_matches"], json!(["fun"]));
        alice.form(Method::DELETE, &format!("/api/v1/filters/{}", id(&old)), "").await.ok();
        assert_eq!(alice.get("/api/v2/filters").await.ok(), json!([]));
    }

    async fn hashtags_are_followed_and_shown(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let tag = alice.submit("/api/v1/tags/Turbines/follow", "").await.ok();
        assert_eq!((tag["name"].as_str(), tag["following"].as_bool()), (Some("turbines"), Some(true)));
        let post = bob.posts("new #turbines").await;
        bob.posts("nothing").await;
        assert_eq!(home(&alice).await, [id(&post)], "posts with a followed hashtag come home");
        let turbines = alice.get("/api/v1/tags/turbines").await.ok();
        assert_eq!(turbines["history"].as_array().unwrap().len(), 7);
        assert_eq!((&turbines["history"][0]["uses"], &turbines["history"][0]["accounts"]), (&json!("1"), &json!("1")));
        assert_eq!(alice.get("/api/v1/followed_tags").await.ok()[0]["name"], "turbines");
        assert_eq!(alice.get("/api/v1/trends/tags").await.ok()[0]["name"], "turbines");
        assert_eq!(alice.submit("/api/v1/tags/turbines/unfollow", "").await.ok()["following"], false);
        alice.get("/api/v1/tags/no%20word").await.problem(404);

        let secret = json!({"status": "the #merger", "visibility": "direct"});
        bob.post("/api/v1/statuses", secret).await.ok();
        let hidden = alice.get("/api/v1/tags/merger").await.ok();
        assert_eq!(hidden["history"][0]["uses"], "0", "invisible posts are not counted");
        assert_eq!(alice.get("/api/v1/trends/tags").await.ok().as_array().unwrap().len(), 1);

        let shown = bob.submit("/api/v1/featured_tags", "name=%23Turbines").await.ok();
        assert_eq!((&shown["name"], &shown["statuses_count"]), (&json!("turbines"), &json!("1")));
        bob.submit("/api/v1/featured_tags", "name=turbines").await.problem(422);
        let on_profile = alice.get(&format!("/api/v1/accounts/{}/featured_tags", bob.id())).await.ok();
        assert_eq!(ids(&on_profile), [id(&shown)]);
        assert_eq!(bob.get("/api/v1/featured_tags/suggestions").await.ok()[0]["name"], "merger");
        alice.form(Method::DELETE, &format!("/api/v1/featured_tags/{}", id(&shown)), "").await.problem(404);
        bob.form(Method::DELETE, &format!("/api/v1/featured_tags/{}", id(&shown)), "").await.ok();
        assert_eq!(bob.submit("/api/v1/tags/turbines/feature", "").await.ok()["featuring"], true);
        assert_eq!(bob.submit("/api/v1/tags/turbines/unfeature", "").await.ok()["featuring"], false);
    }

    async fn people_are_noted_endorsed_and_suggested(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let at = |who: &TestUser, what: &str| format!("/api/v1/accounts/{}/{what}", who.id());
        let noted = alice.submit(&at(&bob, "note"), "comment=met in Graz").await.ok();
        assert_eq!(noted["note"], "met in Graz");
        let relation = format!("/api/v1/accounts/relationships?id[]={}", bob.id());
        assert_eq!(alice.get(&relation).await.ok()[0]["note"], "met in Graz");
        assert_eq!(carol.get(&relation).await.ok()[0]["note"], "", "a note is for one's own eyes");
        alice.submit(&at(&bob, "note"), &format!("comment={}", "x".repeat(2001))).await.problem(422);

        assert_eq!(ids(&alice.get("/api/v1/directory").await.ok()).len(), 3);
        alice.submit(&at(&bob, "endorse"), "").await.problem(422);
        let offered = alice.get("/api/v2/suggestions").await.ok();
        assert_eq!(offered.as_array().unwrap().len(), 2);
        assert_eq!(offered[0]["sources"], json!(["featured"]));
        follow(&alice, &bob).await;
        follow(&bob, &carol).await;
        let offered = alice.get("/api/v2/suggestions").await.ok();
        assert_eq!(offered[0]["account"]["id"], carol.id());
        assert_eq!(offered[0]["sources"], json!(["friends_of_friends"]));
        let known = alice.get(&format!("/api/v1/accounts/familiar_followers?id[]={}", carol.id())).await.ok();
        assert_eq!(known[0]["accounts"][0]["id"], bob.id());
        alice.form(Method::DELETE, &format!("/api/v1/suggestions/{}", carol.id()), "").await.ok();
        assert_eq!(alice.get("/api/v2/suggestions").await.ok(), json!([]));

        assert_eq!(alice.submit(&at(&bob, "endorse"), "").await.ok()["endorsed"], true);
        assert_eq!(ids(&carol.get(&at(&alice, "endorsements")).await.ok()), [bob.id()]);
        assert_eq!(alice.submit(&at(&bob, "unendorse"), "").await.ok()["endorsed"], false);
        assert_eq!(alice.get("/api/v1/endorsements").await.ok(), json!([]));

        alice.submit("/api/v1/domain_blocks", "domain=Spam.example").await.ok();
        assert_eq!(alice.get("/api/v1/domain_blocks").await.ok(), json!(["spam.example"]));
        alice.submit("/api/v1/domain_blocks", "domain=not a host").await.problem(422);
        alice.form(Method::DELETE, "/api/v1/domain_blocks?domain=spam.example", "").await.ok();
        assert_eq!(alice.get("/api/v1/domain_blocks").await.ok(), json!([]));
    }

    async fn a_follow_can_be_for_some_languages(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let path = format!("/api/v1/accounts/{}/follow", bob.id());
        let relation = alice.post(&path, json!({"languages": ["de", "not a tag"]})).await.ok();
        assert_eq!(relation["languages"], json!(["de"]));
        bob.post("/api/v1/statuses", json!({"status": "hello", "language": "en"})).await.ok();
        app.advance(1);
        let german = bob.post("/api/v1/statuses", json!({"status": "hallo", "language": "de"})).await.ok();
        assert_eq!(home(&alice).await, [id(&german)]);
        assert_eq!(alice.post(&path, json!({"languages": []})).await.ok()["languages"], json!(null));
    }
}
