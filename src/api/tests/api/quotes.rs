//! Quotes between local accounts: permission, reach, and what each viewer sees.

use axum::http::Method;
use portico_domain::model::quote::QuoteShown;
use portico_domain::model::{Reach, StatusId};
use portico_domain::policy::quotes::stays_within;
use portico_service::Viewer;
use serde_json::{Value, json};

use portico_testing::streams as streaming;
use portico_testing::{TestUser, both_databases};

fn at(status: &Value, rest: &str) -> String {
    format!("/api/v1/statuses/{}{rest}", status["id"].as_str().unwrap())
}

async fn says(who: &TestUser, more: Value) -> Value {
    let mut draft = json!({"status": "The turbine is up"});
    draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("/api/v1/statuses", draft).await.ok()
}

fn draft(of: &Value, more: Value) -> Value {
    let mut draft = json!({"status": "Look at this", "quoted_status_id": of["id"]});
    draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    draft
}

async fn quotes(who: &TestUser, of: &Value, more: Value) -> Value {
    let posted = who.post("/api/v1/statuses", draft(of, more)).await.ok();
    who.app.advance(1);
    posted
}

/// Asserts that a quote is shown in this state without a trace of the quoted status.
#[track_caller]
fn hides(shown: &Value, state: &str, quoted: &Value) {
    assert_eq!(shown["quote"], json!({"state": state, "quoted_status": null}));
    let text = shown.to_string();
    assert!(!text.contains("turbine") && !text.contains(quoted["id"].as_str().unwrap()), "{text}");
}

async fn notifications_of(who: &TestUser, kind: &str) -> Vec<Value> {
    let path = format!("/api/v1/notifications?types[]={kind}");
    who.get(&path).await.ok().as_array().unwrap().clone()
}

async fn put(who: &TestUser, path: &str, body: Value) -> portico_testing::Reply {
    who.call(Method::PUT, path, Some(body)).await
}

both_databases! {
    async fn a_quote_shows_what_it_quotes(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let quoted = says(&alice, json!({})).await;
        assert_eq!(quoted["quote_approval"], json!({"automatic": ["public"], "manual": [], "current_user": "automatic"}));
        let quote = quotes(&bob, &quoted, json!({})).await;
        assert_eq!((&quote["quote"]["state"], &quote["quote"]["quoted_status"]["id"]), (&json!("accepted"), &quoted["id"]));
        assert_eq!(quote["quote"]["quoted_status"]["quote"], Value::Null);
        assert_eq!(quote["quote"]["quoted_status"]["quotes_count"], 1);
        let content = quote["content"].as_str().unwrap();
        assert!(content.starts_with("<p class=\"quote-inline\">RE: <a href=\"https://engineering.acme.test/@alice/"), "{content}");
        assert!(content.ends_with("<p>Look at this</p>"), "{content}");
        // The quote is part of lists, threads and the responses to boosts as well.
        let shown = alice.get("/api/v1/timelines/public").await.ok();
        assert_eq!(shown[0]["quote"]["quoted_status"]["id"], quoted["id"]);
        let boost = alice.post(&at(&quote, "/reblog"), json!({})).await.ok();
        assert_eq!(boost["reblog"]["quote"]["quoted_status"]["id"], quoted["id"]);
        let notifications = notifications_of(&alice, "quote").await;
        assert_eq!((notifications.len(), &notifications[0]["status"]["id"], &notifications[0]["account"]["username"]), (1, &quote["id"], &json!("bob")));
        let listed = alice.get(&at(&quoted, "/quotes")).await.ok();
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &quote["id"]));
        // A quote needs no text of its own, and quoting a boost quotes the boosted status.
        let silent = quotes(&bob, &boost, json!({"status": ""})).await;
        assert_eq!(silent["quote"]["quoted_status"]["id"], quote["id"]);
        assert_eq!(silent["quote"]["quoted_status"]["quote"], json!({"state": "accepted", "quoted_status_id": quoted["id"]}));
        assert_eq!(notifications.len(), 1);
    }

    async fn the_author_says_who_may_quote(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = |policy: &str| json!({"quote_approval_policy": policy});
        let nobody = says(&alice, post("nobody")).await;
        let followers = says(&alice, post("followers")).await;
        assert_eq!(nobody["quote_approval"]["automatic"], json!([]));
        assert_eq!(followers["quote_approval"]["automatic"], json!(["followers"]));
        for status in [&nobody, &followers] {
            assert_eq!(bob.get(&at(status, "")).await.ok()["quote_approval"]["current_user"], "denied");
            bob.post("/api/v1/statuses", draft(status, json!({}))).await.problem(403);
        }
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        assert_eq!(bob.get(&at(&followers, "")).await.ok()["quote_approval"]["current_user"], "automatic");
        quotes(&bob, &followers, json!({})).await;
        bob.post("/api/v1/statuses", draft(&nobody, json!({}))).await.problem(403);
        quotes(&alice, &nobody, json!({})).await;
        let opened = put(&alice, &at(&nobody, "/interaction_policy"), post("public")).await.ok();
        assert_eq!(opened["quote_approval"]["automatic"], json!(["public"]));
        quotes(&bob, &nobody, json!({})).await;
        put(&bob, &at(&nobody, "/interaction_policy"), post("nobody")).await.problem(404);
        put(&alice, &at(&nobody, "/interaction_policy"), post("everybody")).await.problem(422);
        put(&alice, &at(&nobody, "/interaction_policy"), json!({})).await.problem(422);
        alice.post("/api/v1/statuses", json!({"status": "x", "quote_approval_policy": "others"})).await.problem(422);
        // By an edit, too; that alone creates no new version.
        let edit = json!({"status": "The turbine is up", "quote_approval_policy": "followers"});
        let edited = put(&alice, &at(&nobody, ""), edit).await.ok();
        assert_eq!((&edited["quote_approval"]["automatic"], &edited["edited_at"]), (&json!(["followers"]), &Value::Null));
    }

    async fn the_default_is_a_persons_own(app: TestApp) {
        let alice = app.staff("alice").await;
        assert_eq!(alice.get("/api/v1/preferences").await.ok()["posting:default:quote_policy"], "public");
        let change = json!({"source": {"quote_policy": "nobody"}});
        let account = alice.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(change)).await.ok();
        assert_eq!(account["source"]["quote_policy"], "nobody");
        assert_eq!(alice.get("/api/v1/preferences").await.ok()["posting:default:quote_policy"], "nobody");
        assert_eq!(says(&alice, json!({})).await["quote_approval"]["automatic"], json!([]));
        let open = json!({"quote_approval_policy": "public"});
        assert_eq!(says(&alice, open).await["quote_approval"]["automatic"], json!(["public"]));
        // A post to selected recipients cannot be quoted, whatever its policy.
        let private = json!({"quote_approval_policy": "public", "visibility": "private"});
        assert_eq!(says(&alice, private).await["quote_approval"]["automatic"], json!([]));
        let wrong = json!({"source": {"quote_policy": "someone"}});
        alice.call(Method::PATCH, "/api/v1/accounts/update_credentials", Some(wrong)).await.problem(422);
    }

    async fn hidden_statuses_cannot_be_quoted(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for visibility in ["private", "direct"] {
            let hidden = says(&alice, json!({"visibility": visibility})).await;
            let error = bob.post("/api/v1/statuses", draft(&hidden, json!({}))).await.problem(404);
            assert_eq!(error, "Record not found");
            bob.get(&at(&hidden, "/quotes")).await.problem(404);
        }
        for id in ["12345", "no id"] {
            bob.post("/api/v1/statuses", json!({"status": "x", "quoted_status_id": id})).await.problem(404);
        }
        // A recipient of a private post still cannot quote it.
        let named = says(&alice, json!({"status": "@bob psst", "visibility": "direct"})).await;
        bob.post("/api/v1/statuses", draft(&named, json!({"visibility": "direct"}))).await.problem(403);
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let followers = says(&alice, json!({"visibility": "private"})).await;
        assert_eq!(bob.get(&at(&followers, "")).await.ok()["quote_approval"]["current_user"], "denied");
        bob.post("/api/v1/statuses", draft(&followers, json!({}))).await.problem(403);
        let written = bob.get(&format!("/api/v1/accounts/{}/statuses", bob.id())).await.ok();
        assert_eq!(written, json!([]), "nothing was posted");
    }

    async fn authors_quote_their_own_to_the_same_people(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        bob.post(&format!("/api/v1/accounts/{}/follow", alice.id()), json!({})).await.ok();
        let followers = says(&alice, json!({"visibility": "private"})).await;
        let quote = quotes(&alice, &followers, json!({"visibility": "public"})).await;
        assert_eq!((&quote["visibility"], &quote["reach"]), (&json!("private"), &json!("followers")));
        carol.get(&at(&quote, "")).await.problem(404);
        let error = alice.post("/api/v1/statuses", draft(&followers, json!({"status": "@carol look"}))).await.problem(422);
        assert!(error.contains("@carol may not see"), "{error}");
        let named = says(&alice, json!({"status": "@bob the turbine", "visibility": "direct"})).await;
        let again = quotes(&alice, &named, json!({"status": "@bob again", "visibility": "public"})).await;
        assert_eq!(again["visibility"], "direct");
        assert_eq!(bob.get(&at(&again, "")).await.ok()["quote"]["state"], "accepted");
        alice.post("/api/v1/statuses", draft(&named, json!({"status": "@carol look"}))).await.problem(422);
        // Nor by an edit.
        let edit = json!({"status": "@bob and @carol"});
        put(&alice, &at(&again, ""), edit).await.problem(422);
        carol.get(&at(&again, "")).await.problem(404);
    }

    async fn a_quote_never_goes_further(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for quoted in [Reach::Instance, Reach::Company, Reach::Partners, Reach::Public] {
            let status = says(&alice, json!({"reach": quoted})).await;
            for asked in Reach::CHOICES {
                let reply = bob.post("/api/v1/statuses", draft(&status, json!({"reach": asked}))).await;
                if asked == Reach::Followers && quoted != Reach::Public {
                    assert!(reply.problem(422).contains("cannot be quoted to followers"));
                    continue;
                }
                let reach: Reach = reply.ok()["reach"].as_str().unwrap().parse().unwrap();
                assert!(stays_within(quoted, reach), "{quoted} quoted as {asked} became {reach}");
            }
        }
    }

    async fn blocks_and_mutes_stand_between(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let quoted = says(&alice, json!({})).await;
        let quote = quotes(&bob, &quoted, json!({})).await;
        let on = |verb: &str| format!("/api/v1/accounts/{}/{verb}", alice.id());
        let state = async || carol.get(&at(&quote, "")).await.ok()["quote"].clone();
        carol.post(&on("mute"), json!({})).await.ok();
        assert_eq!(state().await["state"], "muted_account");
        assert_eq!(state().await["quoted_status"]["id"], quoted["id"], "who muted may still look");
        carol.post(&on("block"), json!({})).await.ok();
        assert_eq!(state().await["state"], "blocked_account");
        assert_eq!(carol.get(&at(&quoted, "")).await.ok()["quote_approval"]["current_user"], "denied");
        carol.post("/api/v1/statuses", draft(&quoted, json!({}))).await.problem(403);
        carol.post(&on("unblock"), json!({})).await.ok();
        carol.post(&on("unmute"), json!({})).await.ok();
        // Alice hides everything from an account that she blocks.
        alice.post(&format!("/api/v1/accounts/{}/block", carol.id()), json!({})).await.ok();
        let shown = carol.get(&at(&quote, "")).await.ok();
        hides(&shown, "unauthorized", &quoted);
        carol.post("/api/v1/statuses", draft(&quoted, json!({}))).await.problem(404);
        for list in ["/api/v1/timelines/public", &format!("/api/v1/accounts/{}/statuses", bob.id())] {
            hides(&carol.get(list).await.ok()[0], "unauthorized", &quoted);
        }
        let found = carol.get("/api/v2/search?q=Look&type=statuses").await.ok();
        hides(&found["statuses"][0], "unauthorized", &quoted);
        // A quote of the quote reveals nothing either.
        let around = quotes(&bob, &quote, json!({})).await;
        let shown = carol.get(&at(&around, "")).await.ok();
        assert_eq!(shown["quote"]["quoted_status"]["quote"], json!({"state": "unauthorized", "quoted_status_id": null}));
    }

    async fn streams_show_what_a_get_shows(app: TestApp) {
        let (alice, bob, carol, dan) =
            (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await, app.staff("dan").await);
        let poll = json!({"options": ["turbine", "mill"], "expires_in": 300});
        let first = says(&alice, json!({"status": "turbine?", "poll": poll})).await;
        let second = quotes(&alice, &first, json!({})).await;
        let third = quotes(&bob, &second, json!({})).await;
        let boost = bob.post(&at(&third, "/reblog"), json!({})).await.ok();
        alice.post(&format!("/api/v1/accounts/{}/block", carol.id()), json!({})).await.ok();
        dan.post(&format!("/api/v1/accounts/{}/mute", alice.id()), json!({})).await.ok();
        let votes = format!("/api/v1/polls/{}/votes", first["id"].as_str().unwrap());
        bob.post(&votes, json!({"choices": [1]})).await.ok();
        bob.post(&at(&second, "/favourite"), json!({})).await.ok();
        let viewers: Vec<_> = [&alice, &bob, &carol, &dan].iter().map(|who| who.account.id).collect();
        for status in [&first, &second, &third, &boost] {
            let id: StatusId = status["id"].as_str().unwrap().parse().unwrap();
            let streamed = portico_service::reading::streams::views(&app.instance, id, viewers.clone()).await.unwrap();
            for viewer in &viewers {
                let shown = portico_service::publishing::statuses::show(&app.instance, Viewer::Local(*viewer), id).await;
                match streamed.get(viewer) {
                    Some(view) => assert_eq!(*view, shown.unwrap()),
                    // Streams omit muted accounts.
                    None => assert!(shown.is_err() || *viewer == dan.account.id),
                }
            }
        }
        let hidden = portico_service::reading::streams::views(&app.instance, third["id"].as_str().unwrap().parse().unwrap(), viewers).await;
        let hidden = hidden.unwrap()[&carol.account.id].quote.clone().unwrap();
        assert_eq!((hidden.shown, hidden.status), (QuoteShown::Unauthorized, None));
    }

    async fn consent_can_be_taken_back(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let quoted = says(&alice, json!({})).await;
        let quote = quotes(&bob, &quoted, json!({})).await;
        let path = at(&quoted, &format!("/quotes/{}/revoke", quote["id"].as_str().unwrap()));
        bob.post(&path, json!({})).await.problem(404);
        alice.post(&at(&quote, &format!("/quotes/{}/revoke", quoted["id"].as_str().unwrap())), json!({})).await.problem(404);
        let revoked = alice.post(&path, json!({})).await.ok();
        assert_eq!(revoked["id"], quote["id"]);
        hides(&revoked, "revoked", &quoted);
        hides(&bob.get(&at(&quote, "")).await.ok(), "revoked", &quoted);
        assert_eq!(alice.get(&at(&quoted, "")).await.ok()["quotes_count"], 0);
        assert_eq!(alice.get(&at(&quoted, "/quotes")).await.ok(), json!([]));
        assert!(notifications_of(&alice, "quote").await.is_empty());
        alice.post(&path, json!({})).await.ok();
        let other = says(&alice, json!({})).await;
        alice.post(&at(&other, &format!("/quotes/{}/revoke", quote["id"].as_str().unwrap())), json!({})).await.problem(404);
    }

    async fn deleted_statuses_disappear_from_quotes(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let quoted = says(&alice, json!({})).await;
        let quote = quotes(&bob, &quoted, json!({})).await;
        alice.call(Method::DELETE, &at(&quoted, ""), None).await.ok();
        hides(&bob.get(&at(&quote, "")).await.ok(), "deleted", &quoted);
        let other = says(&alice, json!({})).await;
        let quote = quotes(&bob, &other, json!({})).await;
        bob.call(Method::DELETE, &at(&quote, ""), None).await.ok();
        assert_eq!(alice.get(&at(&other, "")).await.ok()["quotes_count"], 0);
    }

    async fn streams_report_the_loss_of_a_quoted_status(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let (first, second) = (says(&alice, json!({})).await, says(&alice, json!({})).await);
        let (deleted, revoked) = (quotes(&bob, &first, json!({})).await, quotes(&bob, &second, json!({})).await);
        let mut socket = streaming::open(&carol, streaming::served(&app).await, "?stream=public").await;
        alice.post(&at(&second, &format!("/quotes/{}/revoke", revoked["id"].as_str().unwrap())), json!({})).await.ok();
        let (_, name, shown) = streaming::event(&mut socket).await;
        assert_eq!((name.as_str(), &shown["id"]), ("status.update", &revoked["id"]));
        hides(&shown, "revoked", &second);
        alice.call(Method::DELETE, &at(&first, ""), None).await.ok();
        let (one, other) = (streaming::event(&mut socket).await, streaming::event(&mut socket).await);
        let (update, delete) = if one.1 == "delete" { (other, one) } else { (one, other) };
        assert_eq!((update.1.as_str(), &update.2["id"]), ("status.update", &deleted["id"]));
        hides(&update.2, "deleted", &first);
        assert_eq!(delete.1, "delete");
    }

    async fn edits_keep_the_quote_and_notify_the_quoter(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let quoted = says(&alice, json!({})).await;
        let quote = quotes(&bob, &quoted, json!({})).await;
        let edited = put(&bob, &at(&quote, ""), json!({"status": "", "quoted_status_id": "1"})).await.ok();
        assert_eq!(edited["quote"]["quoted_status"]["id"], quoted["id"]);
        let history = bob.get(&at(&quote, "/history")).await.ok();
        assert_eq!(history.as_array().unwrap().len(), 2);
        for version in history.as_array().unwrap() {
            assert_eq!(version["quote"]["quoted_status"]["id"], quoted["id"]);
        }
        for text in ["The turbine is down", "The turbine is up again"] {
            put(&alice, &at(&quoted, ""), json!({"status": text})).await.ok();
        }
        let notifications = notifications_of(&bob, "quoted_update").await;
        assert_eq!((notifications.len(), &notifications[0]["status"]["id"]), (2, &quote["id"]));
    }

    async fn quotes_are_listed_in_pages_of_what_may_be_seen(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let quoted = says(&alice, json!({})).await;
        let mut open = Vec::new();
        for turn in 0..5 {
            open.push(quotes(&bob, &quoted, json!({"status": format!("number {turn}")})).await["id"].clone());
            quotes(&bob, &quoted, json!({"visibility": "direct"})).await;
        }
        open.reverse();
        let first = carol.get(&at(&quoted, "/quotes?limit=3")).await;
        let second = carol.get(&first.link("next").unwrap()).await;
        let ids = |reply: &portico_testing::Reply| -> Vec<Value> {
            reply.ok().as_array().unwrap().iter().map(|status| status["id"].clone()).collect()
        };
        assert_eq!([ids(&first), ids(&second)].concat(), open);
        assert!(second.link("next").is_none());
        assert_eq!(bob.get(&at(&quoted, "/quotes")).await.ok().as_array().unwrap().len(), 10);
        app.get(&at(&quoted, "/quotes")).await.problem(401);
    }
}
