//! Accounts, profiles and relationships.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use portico_testing::{TestUser, both_databases};

fn path(of: &TestUser, rest: &str) -> String {
    format!("/api/v1/accounts/{}{rest}", of.id())
}

fn names(page: &Value) -> Vec<String> {
    page.as_array().unwrap().iter().map(|account| account["acct"].as_str().unwrap().to_owned()).collect()
}

async fn between(who: &TestUser, other: &TestUser) -> Value {
    who.get(&format!("/api/v1/accounts/relationships?id[]={}", other.id())).await.ok()[0].clone()
}

both_databases! {
    async fn people_are_found_by_id_and_by_address(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let shown = bob.get(&path(&alice, "")).await.ok();
        assert_eq!(shown["acct"], "alice");
        assert_eq!(shown["url"], "https://engineering.acme.test/@alice");
        for address in ["alice", "@alice", "Alice", "alice@engineering.acme.test", "@alice@ENGINEERING.acme.test"] {
            let found = bob.get(&format!("/api/v1/accounts/lookup?acct={address}")).await.ok();
            assert_eq!(found["id"], alice.id(), "{address}");
        }
        for address in ["nobody", "alice@elsewhere.example", "@", "a@b@c", "%25"] {
            bob.get(&format!("/api/v1/accounts/lookup?acct={address}")).await.problem(404);
        }
        assert_eq!(bob.get("/api/v1/accounts/lookup").await.problem(400), "param is missing or the value is empty: acct");
        let many = bob.get(&format!("/api/v1/accounts?id[]={}&id[]={}&id[]=7&id[]=x", bob.id(), alice.id())).await.ok();
        assert_eq!(names(&many), ["bob", "alice"]);
        bob.get("/api/v1/accounts/7").await.problem(404);
        bob.get("/api/v1/accounts/alice").await.problem(404);
        app.get(&path(&alice, "")).await.problem(401);
        app.submit("/api/v1/accounts", "username=x").await.problem(403);
    }

    async fn ones_own_account_shows_its_source(app: TestApp) {
        let alice = app.staff("alice").await;
        let me = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!(me["id"], alice.id());
        assert_eq!(me["source"]["privacy"], "public");
        assert_eq!(me["source"]["follow_requests_count"], 0);
        assert_eq!(me["role"]["id"], "-99");
        let profile = alice.token_for("profile").await;
        app.get_with("/api/v1/accounts/verify_credentials", &format!("Bearer {profile}")).await.ok();
        let statuses = alice.token_for("read:statuses").await;
        app.get_with("/api/v1/accounts/verify_credentials", &format!("Bearer {statuses}")).await.problem(403);
    }

    async fn a_profile_changes_in_any_form(app: TestApp) {
        let alice = app.staff("alice").await;
        let change = "/api/v1/accounts/update_credentials";
        let form = "display_name=Alice+A&note=Turbines%0A%23energy&locked=true&bot=0\
            &fields_attributes[0][name]=Room&fields_attributes[0][value]=B-12\
            &fields_attributes[1][name]=Site&fields_attributes[1][value]=https://acme.example\
            &source[privacy]=private&source[sensitive]=1&source[language]=de";
        let me = alice.form(Method::PATCH, change, form).await.ok();
        assert_eq!(me["display_name"], "Alice A");
        assert_eq!(me["locked"], true);
        assert_eq!(me["source"]["note"], "Turbines\n#energy");
        assert_eq!(me["fields"][0]["value"], "B-12");
        assert!(me["fields"][1]["value"].as_str().unwrap().contains("href=\"https://acme.example\""));
        assert_eq!(me["source"]["fields"][1]["value"], "https://acme.example");
        assert_eq!((&me["source"]["privacy"], &me["source"]["sensitive"]), (&json!("private"), &json!(true)));
        let preferences = alice.get("/api/v1/preferences").await.ok();
        assert_eq!(preferences["posting:default:language"], "de");
        assert_eq!(alice.posts("hi").await["reach"], "followers");

        // Absent keys keep their value; empty ones are cleared; a map with index keys is a list.
        let json = json!({"display_name": "", "fields_attributes": {"0": {"name": "Desk", "value": "7"}}, "source": {"language": ""}});
        let me = alice.call(Method::PATCH, change, Some(json)).await.ok();
        assert_eq!(me["display_name"], "");
        assert_eq!(me["source"]["note"], "Turbines\n#energy");
        assert_eq!(me["fields"].as_array().unwrap().len(), 1);
        assert_eq!(me["source"]["language"], Value::Null);
        assert_eq!(me["source"]["privacy"], "private");

        let multipart = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nPumps\r\n--b--\r\n";
        let request = app
            .request(Method::PATCH, change)
            .header("authorization", format!("Bearer {}", alice.token))
            .header("content-type", "multipart/form-data; boundary=b");
        assert_eq!(app.send(request.body(Body::from(multipart)).unwrap()).await.ok()["source"]["note"], "Pumps");
    }

    async fn a_bad_profile_changes_nothing(app: TestApp) {
        let alice = app.staff("alice").await;
        let before = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        for bad in [
            json!({"display_name": "x".repeat(200), "note": "new"}),
            json!({"note": "x".repeat(5_000)}),
            json!({"display_name": "new", "source": {"privacy": "everybody"}}),
            json!({"display_name": "new", "source": {"language": "not a language"}}),
            json!({"display_name": "new", "locked": "perhaps"}),
            json!({"display_name": {"a": 1}}),
            json!({"source": "x"}),
            json!({"fields_attributes": (0..50).map(|n| json!({"name": n, "value": n})).collect::<Vec<_>>()}),
        ] {
            alice.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(bad)).await.problem(422);
        }
        assert_eq!(alice.get("/api/v1/accounts/verify_credentials").await.ok(), before);
        let picture = "--b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n\r\nx\r\n--b--\r\n";
        let request = app
            .request(Method::PATCH, "/api/v1/accounts/update_credentials")
            .header("authorization", format!("Bearer {}", alice.token))
            .header("content-type", "multipart/form-data; boundary=b");
        app.send(request.body(Body::from(picture)).unwrap()).await.problem(422);
    }

    async fn following_and_unfollowing(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let now = alice.submit(&path(&bob, "/follow"), "").await.ok();
        assert_eq!((&now["following"], &now["requested"], &now["showing_reblogs"]), (&json!(true), &json!(false), &json!(true)));
        let again = alice.post(&path(&bob, "/follow"), json!({"reblogs": false, "notify": "true"})).await.ok();
        assert_eq!((&again["showing_reblogs"], &again["notifying"]), (&json!(false), &json!(true)));
        assert_eq!(between(&bob, &alice).await["followed_by"], true);
        assert_eq!(names(&alice.get(&path(&bob, "/followers")).await.ok()), ["alice"]);
        assert_eq!(names(&bob.get(&path(&alice, "/following")).await.ok()), ["bob"]);
        assert_eq!(bob.get(&path(&bob, "")).await.ok()["followers_count"], 1);

        bob.posts("for alice").await;
        assert_eq!(alice.get("/api/v1/timelines/home").await.ok().as_array().unwrap().len(), 1);
        let now = bob.submit(&path(&alice, "/remove_from_followers"), "").await.ok();
        assert_eq!(now["followed_by"], false);
        alice.submit(&path(&bob, "/follow"), "").await.ok();
        for _ in 0..2 {
            assert_eq!(alice.submit(&path(&bob, "/unfollow"), "").await.ok()["following"], false);
        }
        alice.submit(&path(&alice, "/follow"), "").await.problem(403);
        alice.submit("/api/v1/accounts/7/follow", "").await.problem(404);
        alice.submit("/api/v1/accounts/7/unfollow", "").await.problem(404);
    }

    async fn a_locked_account_is_asked_first(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        alice.form(Method::PATCH, "/api/v1/accounts/update_credentials", "locked=1").await.ok();
        for person in [&bob, &carol] {
            let asked = person.submit(&path(&alice, "/follow"), "").await.ok();
            assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)));
            app.advance(1);
        }
        let first = alice.get("/api/v1/follow_requests?limit=1").await;
        assert_eq!(names(&first.ok()), ["carol"]);
        assert_eq!(names(&alice.get(&first.link("next").unwrap()).await.ok()), ["bob"]);
        assert_eq!(alice.get("/api/v1/accounts/verify_credentials").await.ok()["source"]["follow_requests_count"], 2);
        let answer = |person: &TestUser, word: &str| format!("/api/v1/follow_requests/{}/{word}", person.id());
        assert_eq!(alice.submit(&answer(&bob, "authorize"), "").await.ok()["followed_by"], true);
        assert_eq!(alice.submit(&answer(&carol, "reject"), "").await.ok()["requested_by"], false);
        assert_eq!(between(&bob, &alice).await["following"], true);
        assert_eq!(between(&carol, &alice).await["requested"], false);
        alice.submit(&answer(&carol, "authorize"), "").await.problem(404);
        alice.submit("/api/v1/follow_requests/7/reject", "").await.problem(404);
    }

    async fn blocks_and_mutes(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        bob.submit(&path(&alice, "/follow"), "").await.ok();
        let now = alice.submit(&path(&bob, "/block"), "").await.ok();
        assert_eq!((&now["blocking"], &now["followed_by"]), (&json!(true), &json!(false)));
        assert_eq!(between(&bob, &alice).await["blocked_by"], true);
        bob.submit(&path(&alice, "/follow"), "").await.problem(403);
        assert_eq!(names(&alice.get("/api/v1/blocks").await.ok()), ["bob"]);
        assert_eq!(alice.submit(&path(&bob, "/unblock"), "").await.ok()["blocking"], false);
        assert_eq!(alice.get("/api/v1/blocks").await.ok(), json!([]));

        let muted = alice.submit(&path(&bob, "/mute"), "notifications=false&duration=60").await.ok();
        assert_eq!((&muted["muting"], &muted["muting_notifications"]), (&json!(true), &json!(false)));
        assert_eq!(muted["muting_expires_at"], "2026-11-02T09:01:00.000Z");
        assert_eq!(alice.get("/api/v1/mutes").await.ok()[0]["mute_expires_at"], "2026-11-02T09:01:00.000Z");
        app.advance(61);
        assert_eq!(between(&alice, &bob).await["muting"], false);
        alice.submit(&path(&bob, "/mute"), "").await.ok();
        assert_eq!(alice.get("/api/v1/mutes").await.ok()[0]["mute_expires_at"], Value::Null);
        assert_eq!(alice.submit(&path(&bob, "/unmute"), "").await.ok()["muting"], false);
        for verb in ["block", "mute"] {
            alice.submit(&path(&alice, &format!("/{verb}")), "").await.problem(403);
            alice.submit(&format!("/api/v1/accounts/7/{verb}"), "").await.problem(404);
        }
        alice.submit(&path(&bob, "/mute"), "duration=soon").await.problem(422);
    }

    async fn an_accounts_statuses_can_be_narrowed(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let first = alice.posts("first #News").await;
        let id = first["id"].as_str().unwrap();
        alice.post("/api/v1/statuses", json!({"status": "secret", "visibility": "direct"})).await.ok();
        let bobs = bob.posts("bob's").await;
        alice.post("/api/v1/statuses", json!({"status": "@bob yes", "in_reply_to_id": bobs["id"]})).await.ok();
        alice.submit(&format!("/api/v1/statuses/{}/reblog", bobs["id"].as_str().unwrap()), "").await.ok();
        alice.submit(&format!("/api/v1/statuses/{id}/pin"), "").await.ok();
        let carol = app.staff("carol").await;
        let count = async |query: &str| {
            carol.get(&path(&alice, &format!("/statuses?{query}"))).await.ok().as_array().unwrap().len()
        };
        assert_eq!(count("").await, 3);
        assert_eq!(count("exclude_replies=true").await, 2);
        assert_eq!(count("exclude_reblogs=1").await, 2);
        assert_eq!(count("exclude_replies=t&exclude_reblogs=on").await, 1);
        assert_eq!(count("pinned=true").await, 1);
        assert_eq!(count("tagged=NEWS").await, 1);
        assert_eq!(count("only_media=true").await, 0);
        carol.get("/api/v1/accounts/7/statuses").await.problem(404);
        carol.get(&path(&alice, "/statuses?max_id=x")).await.problem(400);
        for rest in ["/featured_tags", "/lists", "/endorsements"] {
            assert_eq!(carol.get(&path(&alice, rest)).await.ok(), json!([]));
        }
    }

    async fn hidden_follows_are_the_owners_alone(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        bob.submit(&path(&alice, "/follow"), "").await.ok();
        alice.form(Method::PATCH, "/api/v1/accounts/update_credentials", "hide_collections=true").await.ok();
        assert_eq!(bob.get(&path(&alice, "/followers")).await.ok(), json!([]));
        assert_eq!(names(&alice.get(&path(&alice, "/followers")).await.ok()), ["bob"]);
    }

    async fn relationships_keep_to_those_asked_for(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let asked = format!("/api/v1/accounts/relationships?id[]={}&id[]=7&id[]=x&id[]={}", bob.id(), alice.id());
        let found = alice.get(&asked).await.ok();
        let ids: Vec<_> = found.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [bob.id(), alice.id()]);
        assert_eq!(alice.get(&format!("/api/v1/accounts/relationships?id={}", bob.id())).await.ok()[0]["id"], bob.id());
        assert_eq!(alice.get("/api/v1/accounts/relationships").await.ok(), json!([]));
    }
}
