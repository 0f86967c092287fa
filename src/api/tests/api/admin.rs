//! The moderation API, and the effects of its actions.

use axum::body::Body;
use axum::http::{Method, header};
use portico_domain::model::account::Account;
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::PageRequest;
use portico_domain::model::user::Role;
use portico_service::moderation;
use portico_service::people::{accounts, users};
use serde_json::{Value, json};

use portico_testing::{Reply, TestApp, TestUser, both_databases};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap()).collect()
}

/// Takes a moderation action on an account.
async fn act(by: &TestUser, target: &TestUser, kind: &str) -> Reply {
    by.post(&format!("/api/v1/admin/accounts/{}/action", target.id()), json!({ "type": kind })).await
}

async fn lift(by: &TestUser, target: &TestUser, what: &str) -> Value {
    by.submit(&format!("/api/v1/admin/accounts/{}/{what}", target.id()), "").await.ok()
}

/// A remote account.
async fn stranger(app: &TestApp) -> Account {
    accounts::receive(&app.instance, portico_testing::elsewhere::document("erin", "globex.test"))
        .await
        .unwrap()
}

async fn record(app: &TestApp) -> Vec<(String, String, String)> {
    let page = moderation::record(&app.instance, &Moderator::console(), PageRequest::first(100)).await;
    let entries = page.unwrap().items.into_iter();
    entries.map(|entry| (entry.actor, entry.action, entry.target)).collect()
}

both_databases! {
    async fn people_are_found_by_what_moderators_know(app: TestApp) {
        let ada = app.staff_as("ada", Role::Admin).await;
        let (alice, _bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = stranger(&app).await;
        let list = async |query: &str| ada.get(&format!("/api/v1/admin/accounts?{query}")).await.ok();
        let new = async |query: &str| ada.get(&format!("/api/v2/admin/accounts?{query}")).await.ok();
        assert_eq!(names(&list("").await), ["erin", "bob", "alice", "ada"]);
        assert_eq!(names(&list("local=true").await), ["bob", "alice", "ada"]);
        assert_eq!(names(&list("remote=true").await), ["erin"]);
        assert_eq!(names(&list("username=AL").await), ["alice"]);
        assert_eq!(names(&list("display_name=lic").await), ["alice"]);
        assert_eq!(names(&list("by_domain=globex.test").await), ["erin"]);
        assert_eq!(names(&list("email=bob@").await), ["bob"]);
        assert_eq!(names(&list("staff=true").await), ["ada"]);
        for nothing in ["ip=192.0.2.1", "pending=true", "username=%25", "email=_ob"] {
            assert_eq!(list(nothing).await, json!([]), "{nothing}");
        }
        assert_eq!(names(&new("origin=remote").await), ["erin"]);
        assert_eq!(names(&new("permissions=staff").await), ["ada"]);
        assert_eq!(names(&new("role_ids[]=3").await), ["ada"]);
        assert_eq!(new("status=pending").await, json!([]));
        ada.get("/api/v2/admin/accounts?status=odd").await.problem(400);
        act(&ada, &alice, "silence").await.ok();
        assert_eq!(names(&list("silenced=true").await), ["alice"]);
        assert_eq!(names(&new("status=active&origin=local").await), ["bob", "ada"]);
        let page = ada.get("/api/v1/admin/accounts?limit=2").await;
        assert_eq!(names(&page.ok()), ["erin", "bob"]);
        assert_eq!(names(&ada.get(&page.link("next").unwrap()).await.ok()), ["alice", "ada"]);
        let shown = ada.get(&format!("/api/v1/admin/accounts/{}", erin.id)).await.ok();
        assert_eq!((&shown["domain"], &shown["email"]), (&json!("globex.test"), &json!("")));
        ada.get("/api/v1/admin/accounts/1").await.problem(404);
        ada.get(&format!("/api/v1/admin/accounts/{}", app.instance.actor_id)).await.problem(404);
    }

    async fn disabling_an_account_ends_its_sessions_at_once(app: TestApp) {
        let (mona, alice) = (app.staff_as("mona", Role::Moderator).await, app.staff("alice").await);
        act(&mona, &alice, "disable").await.ok();
        alice.get("/api/v1/preferences").await.problem(401);
        let path = format!("/api/v1/admin/accounts/{}", alice.id());
        assert_eq!(mona.get(&path).await.ok()["disabled"], true);
        assert_eq!(lift(&mona, &alice, "enable").await["disabled"], false);
        // The old token stays revoked; a new one works.
        alice.get("/api/v1/preferences").await.problem(401);
        let again = TestUser { token: alice.token_for("read").await, ..alice.clone() };
        again.get("/api/v1/preferences").await.ok();
        let done: Vec<(String, String, String)> = record(&app).await;
        let by_mona = |action: &str| ("mona".to_owned(), action.to_owned(), "alice".to_owned());
        assert_eq!(done[..2], [by_mona("enable"), by_mona("disable")]);
    }

    async fn a_suspended_account_is_hidden_until_unsuspended(app: TestApp) {
        let (mona, alice, bob) = (
            app.staff_as("mona", Role::Moderator).await, app.staff("alice").await, app.staff("bob").await,
        );
        let post = alice.posts("hello").await;
        let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
        act(&mona, &alice, "suspend").await.ok();
        bob.get(&path).await.problem(404);
        assert_eq!(bob.get("/api/v1/timelines/public").await.ok(), json!([]));
        alice.get("/api/v1/preferences").await.problem(403);
        assert_eq!(bob.get(&format!("/api/v1/accounts/{}", alice.id())).await.ok()["suspended"], true);
        assert_eq!(lift(&mona, &alice, "unsuspend").await["suspended"], false);
        bob.get(&path).await.ok();
        alice.get("/api/v1/preferences").await.ok();
    }

    async fn a_silenced_account_shows_only_to_its_followers(app: TestApp) {
        let (mona, alice) = (app.staff_as("mona", Role::Moderator).await, app.staff("alice").await);
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        bob.submit(&format!("/api/v1/accounts/{}/follow", alice.id()), "").await.ok();
        act(&mona, &alice, "silence").await.ok();
        let post = alice.posts("hello @carol #loud").await;
        for (reader, sees) in [(&alice, 1), (&bob, 1), (&carol, 0)] {
            for path in [
                "/api/v1/timelines/public", "/api/v1/timelines/tag/loud", "/api/v1/accounts/search?q=alice",
                "/api/v1/trends/tags",
            ] {
                let found = reader.get(path).await.ok();
                assert_eq!(found.as_array().unwrap().len(), sees, "{path} for {}", reader.account.username);
            }
            let found = reader.get("/api/v2/search?q=hello&type=statuses").await.ok();
            assert_eq!(found["statuses"].as_array().unwrap().len(), sees);
            // A direct look-up still finds it.
            reader.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap())).await.ok();
            let shown = reader.get(&format!("/api/v1/accounts/{}", alice.id())).await.ok();
            assert_eq!(shown["limited"], true);
            assert!(!names(&reader.get("/api/v1/directory").await.ok()).contains(&"alice"));
        }
        let suggested = carol.get("/api/v2/suggestions").await.ok();
        assert!(!suggested.to_string().contains("\"alice\""));
        assert_eq!(carol.get("/api/v1/notifications").await.ok(), json!([]), "no notification is sent");
        let asks = alice.submit(&format!("/api/v1/accounts/{}/follow", carol.id()), "").await.ok();
        assert_eq!((&asks["following"], &asks["requested"]), (&json!(false), &json!(true)));
        lift(&mona, &alice, "unsilence").await;
        assert_eq!(carol.get("/api/v1/timelines/public").await.ok().as_array().unwrap().len(), 1);
    }

    async fn whose_media_is_sensitive_is_for_moderators_to_say(app: TestApp) {
        let (mona, alice) = (app.staff_as("mona", Role::Moderator).await, app.staff("alice").await);
        let media = portico_testing::media::uploaded(&alice).await;
        let with = json!({"status": "look", "media_ids": [media["id"]]});
        let (with, without) = (alice.post("/api/v1/statuses", with).await.ok(), alice.posts("words").await);
        act(&mona, &alice, "sensitive").await.ok();
        let sensitive = async |post: &Value| {
            mona.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap())).await.ok()["sensitive"].clone()
        };
        assert_eq!((sensitive(&with).await, sensitive(&without).await), (json!(true), json!(false)));
        lift(&mona, &alice, "unsensitive").await;
        assert_eq!(sensitive(&with).await, false);
    }

    async fn nobody_moderates_their_equals_or_themselves(app: TestApp) {
        let (ada, eve) = (app.staff_as("ada", Role::Admin).await, app.staff_as("eve", Role::Admin).await);
        let (mona, max) = (app.staff_as("mona", Role::Moderator).await, app.staff_as("max", Role::Moderator).await);
        let alice = app.staff("alice").await;
        for (by, target) in [(&ada, &ada), (&ada, &eve), (&mona, &ada), (&mona, &max), (&mona, &mona), (&alice, &mona)] {
            act(by, target, "suspend").await.problem(403);
        }
        act(&ada, &mona, "silence").await.ok();
        act(&mona, &alice, "dance").await.problem(422);
        let done: Vec<_> = record(&app).await.into_iter().filter(|(by, ..)| by != "(command line)").collect();
        assert_eq!(done.len(), 1, "{done:?}");
        // Actions that only administrators may take.
        mona.get("/api/v1/admin/domain_blocks").await.problem(403);
        mona.get("/api/v1/admin/ip_blocks").await.problem(403);
        act(&mona, &alice, "suspend").await.ok();
        mona.call(Method::DELETE, &format!("/api/v1/admin/accounts/{}", alice.id()), None).await.problem(403);
    }

    async fn a_moderation_action_resolves_its_report_and_notifies_the_account(app: TestApp) {
        let (mona, alice, bob) = (
            app.staff_as("mona", Role::Moderator).await, app.staff("alice").await, app.staff("bob").await,
        );
        let report = alice.post("/api/v1/reports", json!({"account_id": bob.id()})).await.ok();
        let path = format!("/api/v1/admin/accounts/{}/action", bob.id());
        mona.post(&path, json!({"type": "none", "report_id": "1"})).await.problem(404);
        mona.post(&path, json!({"type": "none", "report_id": report["id"], "text": "Please stop"})).await.ok();
        let shown = mona.get(&format!("/api/v1/admin/reports/{}", report["id"].as_str().unwrap())).await.ok();
        assert_eq!(shown["action_taken_by_account"]["id"], mona.id());
        let notifications = bob.get("/api/v1/notifications").await.ok();
        let warning = &notifications[0]["moderation_warning"];
        assert_eq!((&notifications[0]["type"], &warning["text"]), (&json!("moderation_warning"), &json!("Please stop")));
        assert_eq!((&warning["action"], &warning["target_account"]["id"]), (&json!("none"), &json!(bob.id())));
        // The action does not resolve a report about another account.
        let other = bob.post("/api/v1/reports", json!({"account_id": alice.id()})).await.ok();
        mona.post(&path, json!({"type": "none", "report_id": other["id"]})).await.problem(404);
    }

    async fn accounts_from_elsewhere_are_moderated_but_do_not_sign_in(app: TestApp) {
        let ada = app.staff_as("ada", Role::Admin).await;
        let erin = stranger(&app).await;
        let path = format!("/api/v1/admin/accounts/{}", erin.id);
        for kind in ["silence", "sensitive", "suspend"] {
            ada.post(&format!("{path}/action"), json!({ "type": kind })).await.ok();
        }
        ada.post(&format!("{path}/action"), json!({"type": "disable"})).await.problem(422);
        let shown = ada.get(&path).await.ok();
        assert_eq!((&shown["silenced"], &shown["sensitized"], &shown["suspended"]), (&json!(true), &json!(true), &json!(true)));
        // Updates of the remote actor change nothing of it.
        let again = stranger(&app).await;
        assert!(again.silenced_at.is_some() && again.sensitized_at.is_some() && again.suspended_at.is_some());
        for what in ["unsilence", "unsensitive", "unsuspend"] {
            ada.submit(&format!("{path}/{what}"), "").await.ok();
        }
        let shown = ada.get(&path).await.ok();
        assert_eq!((&shown["silenced"], &shown["sensitized"], &shown["suspended"]), (&json!(false), &json!(false), &json!(false)));
        ada.submit(&format!("{path}/approve"), "").await.problem(403);
        ada.submit(&format!("{path}/reject"), "").await.problem(403);
        ada.submit("/api/v1/admin/accounts/1/approve", "").await.problem(404);
    }

    async fn a_deleted_account_is_gone_and_its_name_stays_reserved(app: TestApp) {
        let (ada, alice, bob) = (app.staff_as("ada", Role::Admin).await, app.staff("alice").await, app.staff("bob").await);
        let post = alice.posts("hello").await;
        let profile = "note=About+me&attribution_domains[]=blog.example&fields_attributes[0][name]=Desk&fields_attributes[0][value]=4.12";
        alice.form(Method::PATCH, "/api/v1/accounts/update_credentials", profile).await.ok();
        bob.submit(&format!("/api/v1/accounts/{}/follow", alice.id()), "").await.ok();
        bob.submit(&format!("/api/v1/statuses/{}/favourite", post["id"].as_str().unwrap()), "").await.ok();
        let path = format!("/api/v1/admin/accounts/{}", alice.id());
        ada.call(Method::DELETE, &path, None).await.problem(422);
        act(&ada, &alice, "suspend").await.ok();
        let gone = ada.call(Method::DELETE, &path, None).await.ok();
        assert_eq!((&gone["suspended"], &gone["email"]), (&json!(true), &json!("")));
        assert_eq!(gone["account"]["statuses_count"], 0);
        let id = alice.account.id;
        let left = app.instance.store.read(move |reader| reader.find_account(id)).await.unwrap().unwrap();
        assert_eq!((left.username.as_str(), left.display_name.as_str(), left.note.as_str()), ("alice", "", ""));
        assert_eq!(left.note_source.as_deref(), Some(""));
        assert!(left.fields.is_empty() && left.attribution_domains.is_empty());
        alice.get("/api/v1/preferences").await.problem(401);
        let me = bob.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!(me["following_count"], 0);
        assert_eq!(bob.get("/api/v1/favourites").await.ok(), json!([]));
        let new = users::NewUser {
            username: "alice".into(),
            email: "alice2@acme.test".into(),
            display_name: String::new(),
            role: Role::Member,
            password: None,
            public_pem: "p".into(),
            private_pem: "p".into(),
        };
        assert!(users::create(&app.instance, new).await.is_err(), "a name is never given twice");
        ada.submit(&format!("{path}/unsuspend"), "").await.problem(422);
        ada.call(Method::DELETE, &path, None).await.ok();
    }

    async fn hosts_are_blocked_and_allowed_by_their_tier(app: TestApp) {
        let ada = app.staff_as("ada", Role::Admin).await;
        let block = json!({"domain": "Spam.test", "private_comment": "noise", "reject_reports": true});
        let made = ada.post("/api/v1/admin/domain_blocks", block).await.ok();
        assert_eq!((&made["domain"], &made["severity"]), (&json!("spam.test"), &json!("silence")));
        assert_eq!((&made["private_comment"], &made["public_comment"]), (&json!("noise"), &json!(null)));
        let path = format!("/api/v1/admin/domain_blocks/{}", made["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.ok(), made);
        let changed = ada.call(Method::PUT, &path, Some(json!({"severity": "suspend"}))).await.ok();
        assert_eq!((&changed["severity"], &changed["reject_reports"]), (&json!("suspend"), &json!(true)));
        let hosts = portico_service::partners::peers::list(&app.instance).await.unwrap();
        assert!(hosts.iter().any(|host| host.domain == "spam.test" && host.tier.as_str() == "blocked"));
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "spam.test"})).await.problem(422);
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "sales.acme.test"})).await.problem(422);
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "two words"})).await.problem(422);
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "x.test", "severity": "odd"})).await.problem(422);
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "x.test", "severity": "noop"})).await.problem(422);
        assert_eq!(ada.get("/api/v1/admin/domain_blocks").await.ok().as_array().unwrap().len(), 1);
        ada.call(Method::DELETE, &path, None).await.ok();
        ada.get(&path).await.problem(404);
        assert_eq!(ada.get("/api/v1/admin/domain_blocks").await.ok(), json!([]));

        let allows = ada.get("/api/v1/admin/domain_allows").await.ok();
        assert_eq!(allows[0]["domain"], "sales.acme.test");
        let allow = ada.post("/api/v1/admin/domain_allows", json!({"domain": "partner.test"})).await.ok();
        let again = ada.post("/api/v1/admin/domain_allows", json!({"domain": "partner.test"})).await.ok();
        assert_eq!(allow, again);
        let hosts = portico_service::partners::peers::list(&app.instance).await.unwrap();
        assert!(hosts.iter().any(|host| host.domain == "partner.test" && host.tier.as_str() == "partner"));
        let path = format!("/api/v1/admin/domain_allows/{}", allow["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.ok(), allow);
        ada.call(Method::DELETE, &path, None).await.ok();
        ada.get(&path).await.problem(404);
        let company = format!("/api/v1/admin/domain_allows/{}", allows[0]["id"].as_str().unwrap());
        ada.call(Method::DELETE, &company, None).await.problem(422);
    }

    async fn with_a_blocked_host_every_follow_ends(app: TestApp) {
        let (ada, alice) = (app.staff_as("ada", Role::Admin).await, app.staff("alice").await);
        portico_service::partners::peers::set_tier(&app.instance, "globex.test", portico_domain::model::peer::Tier::Partner, "").await.unwrap();
        let erin = stranger(&app).await;
        let follow = |from: &Account, to: &Account| {
            let (from, to) = (from.id, to.id);
            let follow = portico_domain::model::relationship::Follow {
                id: app.instance.ids.next(app.instance.now()),
                account_id: from,
                target_id: to,
                uri: format!("https://x.test/{from}/{to}"),
                state: portico_domain::model::relationship::FollowState::Accepted,
                show_boosts: true,
                notify: false,
                languages: None,
                created_at: app.instance.now(),
            };
            let instance = app.instance.clone();
            async move {
                instance.store.write(move |tx| tx.insert_follow(&follow)).await.map(drop).map_err(|e: portico_store::Error| e)
            }
        };
        follow(&erin, &alice.account).await.unwrap();
        follow(&alice.account, &erin).await.unwrap();
        let me = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!((&me["following_count"], &me["followers_count"]), (&json!(1), &json!(1)));
        ada.post("/api/v1/admin/domain_blocks", json!({"domain": "globex.test", "severity": "suspend"})).await.ok();
        let me = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!((&me["following_count"], &me["followers_count"]), (&json!(0), &json!(0)));
    }

    async fn figures_are_counted(app: TestApp) {
        let (mona, alice) = (app.staff_as("mona", Role::Moderator).await, app.staff("alice").await);
        let post = alice.posts("first #turbines").await;
        app.advance(86_400);
        let bob = app.staff("bob").await;
        bob.submit(&format!("/api/v1/statuses/{}/favourite", post["id"].as_str().unwrap()), "").await.ok();
        bob.posts("second #turbines").await;
        let report = bob.post("/api/v1/reports", json!({"account_id": alice.id()})).await.ok();
        mona.submit(&format!("/api/v1/admin/reports/{}/resolve", report["id"].as_str().unwrap()), "").await.ok();
        let keys = [
            "active_users", "new_users", "interactions", "opened_reports", "resolved_reports", "tag_accounts",
            "tag_uses", "tag_servers", "instance_accounts", "instance_media_attachments", "instance_reports",
            "instance_statuses", "instance_follows", "instance_followers",
        ];
        let mut asked = json!({"keys": keys, "start_at": "2026-11-01", "end_at": "2026-11-03T12:00:00Z"});
        for key in keys {
            if key.starts_with("tag_") {
                asked[key] = json!({"id": "turbines"});
            } else if key.starts_with("instance_") {
                asked[key] = json!({"domain": "globex.test"});
            }
        }
        stranger(&app).await;
        let counted = mona.post("/api/v1/admin/measures", asked.clone()).await.ok();
        let of = |key: &str| {
            let found = counted.as_array().unwrap().iter().find(|one| one["key"] == key).unwrap();
            let days: Vec<&str> =
                found["data"].as_array().unwrap().iter().map(|day| day["value"].as_str().unwrap()).collect();
            (found["total"].as_str().unwrap().to_owned(), days.join(" "))
        };
        let is = |total: &str, days: &str| (total.to_owned(), days.to_owned());
        assert_eq!(of("active_users"), is("2", "0 1 1"));
        assert_eq!(of("new_users"), is("3", "0 2 1"));
        assert_eq!(of("interactions"), is("1", "0 0 1"));
        assert_eq!(of("opened_reports"), is("1", "0 0 1"));
        assert_eq!(of("resolved_reports"), is("1", "0 0 1"));
        assert_eq!(of("tag_accounts"), is("2", "0 1 1"));
        assert_eq!(of("tag_uses"), is("2", "0 1 1"));
        assert_eq!(of("tag_servers"), is("1", "0 1 1"));
        assert_eq!(of("instance_accounts"), is("1", "0 0 1"));
        for nothing in ["media_attachments", "reports", "statuses", "follows", "followers"] {
            assert_eq!(of(&format!("instance_{nothing}")), is("0", "0 0 0"), "{nothing}");
        }
        assert_eq!(counted[0]["previous_total"], "0");
        assert_eq!(counted[0]["data"][0]["date"], "2026-11-01T00:00:00.000Z");
        asked["tag_uses"] = json!({});
        mona.post("/api/v1/admin/measures", asked).await.problem(400);
        mona.post("/api/v1/admin/measures", json!({"keys": ["odd"]})).await.problem(400);
        let backwards = json!({"keys": ["new_users"], "start_at": "2026-11-03", "end_at": "2026-11-01"});
        mona.post("/api/v1/admin/measures", backwards).await.problem(422);

        let keys = ["languages", "sources", "servers", "space_usage", "software_versions", "tag_servers"];
        let asked = json!({"keys": keys, "tag_servers": {"id": "turbines"}});
        let parts = mona.post("/api/v1/admin/dimensions", asked).await.ok();
        let part = |at: usize| &parts[at]["data"][0];
        assert_eq!((&part(1)["key"], &part(1)["value"]), (&json!("operator"), &json!("3")));
        assert_eq!((&part(2)["key"], &part(2)["value"]), (&json!("engineering.acme.test"), &json!("2")));
        assert_eq!((&part(3)["unit"], &part(4)["key"]), (&json!("bytes"), &json!("portico")));
        assert!(part(3)["value"].as_str().unwrap().parse::<u64>().unwrap() > 10_000);
        assert_eq!(part(5)["value"], "2");
        let of_host = json!({"keys": ["instance_accounts", "instance_languages"],
            "instance_accounts": {"domain": "globex.test"}, "instance_languages": {"domain": "globex.test"}});
        assert_eq!(mona.post("/api/v1/admin/dimensions", of_host).await.ok()[0]["data"], json!([]));

        let span = json!({"start_at": "2026-11-02", "end_at": "2026-11-03", "frequency": "day"});
        let cohorts = mona.post("/api/v1/admin/retention", span).await.ok();
        assert_eq!(cohorts[0]["data"], json!([
            {"date": "2026-11-02T00:00:00.000Z", "rate": 0.5, "value": "1"},
            {"date": "2026-11-03T00:00:00.000Z", "rate": 0.0, "value": "0"},
        ]));
        assert_eq!(cohorts[1]["data"][0]["value"], "1");
        mona.post("/api/v1/admin/retention", json!({"frequency": "hour"})).await.problem(400);
        let member = TestUser { token: alice.token_for("admin:read").await, ..alice };
        member.post("/api/v1/admin/measures", json!({"keys": []})).await.problem(403);
    }

    async fn a_post_that_a_moderator_rejects_does_not_trend(app: TestApp) {
        let mona = app.staff_as("mona", Role::Moderator).await;
        let alice = app.staff("alice").await;
        let post = alice.posts("look at this").await;
        let id = post["id"].as_str().unwrap();
        mona.submit(&format!("/api/v1/statuses/{id}/favourite"), "").await.ok();
        let trending = async || alice.get("/api/v1/trends/statuses").await.ok().as_array().unwrap().len();
        assert_eq!(trending().await, 1);
        mona.submit(&format!("/api/v1/admin/trends/statuses/{id}/reject"), "").await.ok();
        assert_eq!(trending().await, 0);
        assert_eq!(mona.get("/api/v1/admin/trends/statuses").await.ok()[0]["id"], post["id"]);
        mona.submit(&format!("/api/v1/admin/trends/statuses/{id}/approve"), "").await.ok();
        assert_eq!(trending().await, 1);
    }

    async fn moderators_say_what_trends(app: TestApp) {
        let (mona, alice) = (app.staff_as("mona", Role::Moderator).await, app.staff("alice").await);
        alice.posts("#turbines and #gossip").await;
        let trends = async |who: &TestUser, path: &str| {
            let found = who.get(path).await.ok();
            let mut names: Vec<String> =
                found.as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(trends(&alice, "/api/v1/trends/tags").await, ["gossip", "turbines"]);
        let path = "/api/v1/admin/trends/tags";
        assert_eq!(mona.submit(&format!("{path}/gossip/reject"), "").await.ok()["trendable"], false);
        assert_eq!(trends(&alice, "/api/v1/trends/tags").await, ["turbines"]);
        assert_eq!(trends(&mona, path).await, ["gossip", "turbines"]);
        assert_eq!(mona.submit(&format!("{path}/gossip/approve"), "").await.ok()["trendable"], true);
        assert_eq!(trends(&alice, "/api/v1/trends/tags").await, ["gossip", "turbines"]);
        mona.submit(&format!("{path}/nothing/approve"), "").await.problem(404);
        for kind in ["links", "statuses"] {
            assert_eq!(mona.get(&format!("/api/v1/admin/trends/{kind}")).await.ok(), json!([]));
            mona.submit(&format!("/api/v1/admin/trends/{kind}/1/approve"), "").await.problem(404);
            alice.submit(&format!("/api/v1/admin/trends/{kind}/1/approve"), "").await.problem(403);
        }
        alice.get(path).await.problem(403);
    }

    async fn nobody_comes_with_a_blocked_address(app: TestApp) {
        let ada = app.staff_as("ada", Role::Admin).await;
        let add = async |name: &str, email: &str| {
            users::create(&app.instance, users::NewUser {
                username: name.into(),
                email: email.into(),
                display_name: String::new(),
                role: Role::Member,
                password: None,
                public_pem: "p".into(),
                private_pem: "p".into(),
            }).await.map(drop).map_err(|error| error.to_string())
        };
        let domain = ada.post("/api/v1/admin/email_domain_blocks", json!({"domain": "Spam.test"})).await.ok();
        ada.post("/api/v1/admin/email_domain_blocks", json!({"domain": "spam.test"})).await.problem(422);
        ada.post("/api/v1/admin/email_domain_blocks", json!({"domain": "a b"})).await.problem(422);
        let path = format!("/api/v1/admin/email_domain_blocks/{}", domain["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.ok(), domain);
        for email in ["a@spam.test", "a@mail.spam.test"] {
            assert!(add("dora", email).await.unwrap_err().contains("blocked"), "{email}");
        }
        add("dave", "dave@notspam.test").await.unwrap();
        ada.call(Method::DELETE, &path, None).await.ok();
        assert_eq!(ada.get("/api/v1/admin/email_domain_blocks").await.ok(), json!([]));

        let email = json!({"email": "fr.ed+x@acme.test"});
        let made = ada.post("/api/v1/admin/canonical_email_blocks", email.clone()).await.ok();
        assert_eq!(ada.post("/api/v1/admin/canonical_email_blocks/test", email).await.ok(), json!([made]));
        ada.post("/api/v1/admin/canonical_email_blocks", json!({})).await.problem(400);
        ada.post("/api/v1/admin/canonical_email_blocks", json!({"canonical_email_hash": "abc"})).await.problem(422);
        assert!(add("fred", "fred@acme.test").await.is_err());
        let path = format!("/api/v1/admin/canonical_email_blocks/{}", made["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.ok(), made);
        assert_eq!(ada.get("/api/v1/admin/canonical_email_blocks").await.ok(), json!([made]));
        ada.call(Method::DELETE, &path, None).await.ok();
        add("fred", "fred@acme.test").await.unwrap();
    }

    async fn nothing_is_answered_to_a_network_that_is_shut_out(app: TestApp) {
        let ada = app.staff_as("ada", Role::Admin).await;
        let from = async |address: &str, path: &str| {
            let request = app.request(Method::GET, path).header("x-forwarded-for", address);
            app.send(request.header(header::ACCEPT, "application/json").body(Body::empty()).unwrap()).await.status.as_u16()
        };
        let add = async |body: Value| ada.post("/api/v1/admin/ip_blocks", body).await;
        assert_eq!(from("192.0.2.9", "/api/v2/instance").await, 200);
        let made = add(json!({"ip": "192.0.2.77/24", "severity": "no_access", "comment": "scans", "expires_in": 3600})).await.ok();
        assert_eq!((&made["ip"], &made["expires_at"]), (&json!("192.0.2.0/24"), &json!("2026-11-02T10:00:00.000Z")));
        for path in ["/api/v2/instance", "/", "/actor", "/.well-known/nodeinfo"] {
            assert_eq!(from("192.0.2.9", path).await, 403, "{path}");
        }
        assert_eq!(from("192.0.3.9", "/api/v2/instance").await, 200);
        let path = format!("/api/v1/admin/ip_blocks/{}", made["id"].as_str().unwrap());
        assert_eq!(ada.get(&path).await.ok(), made);
        let noted = ada.call(Method::PUT, &path, Some(json!({"severity": "sign_up_block"}))).await.ok();
        assert_eq!((&noted["severity"], &noted["comment"]), (&json!("sign_up_block"), &json!("scans")));
        assert_eq!(from("192.0.2.9", "/api/v2/instance").await, 200);
        ada.call(Method::PUT, &path, Some(json!({"severity": "no_access"}))).await.ok();
        assert_eq!(from("192.0.2.9", "/api/v2/instance").await, 403);
        app.advance(3601);
        assert_eq!(from("192.0.2.9", "/api/v2/instance").await, 200, "it has ended");
        assert_eq!(ada.get("/api/v1/admin/ip_blocks").await.ok(), json!([]));
        add(json!({"ip": "127.0.0.0/8", "severity": "no_access"})).await.problem(422);
        add(json!({"ip": "nowhere", "severity": "no_access"})).await.problem(422);
        add(json!({"ip": "192.0.2.1"})).await.problem(422);
        add(json!({"ip": "192.0.2.1", "severity": "odd"})).await.problem(422);
        let v6 = add(json!({"ip": "2001:db8::/32", "severity": "no_access"})).await.ok();
        add(json!({"ip": "2001:db8::1/32", "severity": "no_access"})).await.problem(422);
        assert_eq!(from("2001:db8::5", "/api/v2/instance").await, 403);
        ada.call(Method::DELETE, &format!("/api/v1/admin/ip_blocks/{}", v6["id"].as_str().unwrap()), None).await.ok();
        assert_eq!(from("2001:db8::5", "/api/v2/instance").await, 200);
    }
}
