//! Must-read posts: who may request them, who must read them, and who has acknowledged them.

use axum::http::Method;
use portico_domain::model::annotations::{MustRead, Require};
use portico_domain::model::moderation::Action;
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::must_reads::{Facts, is_expected};
use serde_json::{Value, json};

use portico_testing::{TestApp, TestUser, both_databases};

async fn announces(who: &TestUser, more: Value) -> Value {
    let mut wish = json!({"status": "The fire doors stay shut", "must_read": true});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post("/api/v1/statuses", wish).await.ok()
}

fn at(status: &Value, rest: &str) -> String {
    format!("/api/portico/v1/statuses/{}/{rest}", status["id"].as_str().unwrap())
}

async fn unread(who: &TestUser) -> usize {
    who.get("/api/portico/v1/must_reads").await.ok().as_array().unwrap().len()
}

/// Runs the notification job for a must-read post.
async fn notify_readers(app: &TestApp, status: &Value, again: bool) {
    let id: StatusId = status["id"].as_str().unwrap().parse().unwrap();
    let notify = move |tx: &mut portico_store::Tx<'_>| {
        portico_service::publishing::must_reads::notify_readers(tx, id, None, again)
    };
    app.instance.store.write(notify).await.unwrap();
}

async fn notices(who: &TestUser) -> Vec<String> {
    let found = who.get("/api/v1/notifications?types[]=status").await.ok();
    found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn set_profile(who: &TestUser, profile: Value) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

both_databases! {
    async fn a_must_read_is_on_top_until_it_is_acknowledged(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        let post = announces(&alice, json!({"acknowledge_by": "2026-11-05"})).await;
        assert_eq!(post["must_read"], json!({
            "acknowledge_by": "2026-11-05T00:00:00.000Z", "department": null, "group": null,
            "acknowledged": false, "ended": false,
        }));
        assert_eq!((unread(&alice).await, unread(&bob).await, unread(&carol).await), (0, 1, 1));
        notify_readers(&app, &post, false).await;
        assert_eq!((notices(&alice).await.len(), notices(&bob).await.len()), (0, 1));
        let home = carol.get("/api/v1/timelines/home").await.ok();
        assert_eq!(home[0]["id"], post["id"], "it is in the home timeline without a follow");
        // Notifications are sent only once.
        notify_readers(&app, &post, false).await;
        assert_eq!(notices(&bob).await.len(), 1);

        let read = bob.submit(&at(&post, "acknowledge"), "").await.ok();
        assert_eq!(read["must_read"]["acknowledged"], true);
        bob.submit(&at(&post, "acknowledge"), "").await.ok();
        assert_eq!((unread(&bob).await, unread(&carol).await), (0, 1));
        // Works with any app: favouriting acknowledges, and removing the favourite does not undo it.
        let id = post["id"].as_str().unwrap();
        carol.submit(&format!("/api/v1/statuses/{id}/favourite"), "").await.ok();
        carol.submit(&format!("/api/v1/statuses/{id}/unfavourite"), "").await.ok();
        assert_eq!(unread(&carol).await, 0);
        let standing = alice.get(&at(&post, "acknowledgements")).await.ok();
        assert_eq!(
            (&standing["expected"], &standing["acknowledged"], &standing["missing"], &standing["others"]),
            (&json!(2), &json!(2), &json!(0), &json!(0))
        );
        assert_eq!(standing["instances"][0]["domain"], portico_testing::DOMAIN);
    }

    async fn the_operator_sees_who_has_read_what(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, _carol) = (app.staff("bob").await, app.staff("carol").await);
        let (first, second) = (announces(&alice, json!({})).await, announces(&alice, json!({})).await);
        alice.posts("need not be read").await;
        bob.submit(&at(&first, "acknowledge"), "").await.ok();
        alice.call(Method::DELETE, &at(&second, "must_read"), None).await.ok();
        let ids = |found: &[portico_service::publishing::must_reads::MustReadReport]| -> Vec<String> {
            found.iter().map(|one| one.view.status.id.to_string()).collect()
        };
        let id_of = |status: &Value| status["id"].as_str().unwrap().to_owned();
        let open = portico_service::publishing::must_reads::all_as_operator(&app.instance, false).await.unwrap();
        assert_eq!(ids(&open), [id_of(&first)]);
        let all = portico_service::publishing::must_reads::all_as_operator(&app.instance, true).await.unwrap();
        assert_eq!(ids(&all), [id_of(&second), id_of(&first)], "the newest first");
        let id: StatusId = id_of(&first).parse().unwrap();
        let shown = portico_service::publishing::must_reads::show_as_operator(&app.instance, id).await.unwrap();
        let here = &shown.standings.instances[0];
        assert_eq!((here.expected, here.acknowledged), (2, 1));
        let missing = portico_domain::model::annotations::ReaderFilter::Missing;
        let left = portico_service::publishing::must_reads::readers_as_operator(&app.instance, id, missing, 10, 0).await.unwrap();
        let names: Vec<&str> = left.iter().map(|view| view.account.username.as_str()).collect();
        assert_eq!(names, ["carol"]);
        let plain: StatusId = id_of(&alice.posts("hello").await).parse().unwrap();
        assert!(portico_service::publishing::must_reads::show_as_operator(&app.instance, plain).await.is_err());
    }

    async fn only_announcers_require_and_only_authors_look(app: TestApp) {
        let (alice, bob) = (app.staff_as("alice", Role::Moderator).await, app.staff("bob").await);
        let wish = json!({"status": "listen", "must_read": true});
        bob.post("/api/v1/statuses", wish.clone()).await.problem(403);
        for (wish, fault) in [
            (json!({"visibility": "direct"}), "whole organisation"),
            (json!({"visibility": "private"}), "whole organisation"),
            (json!({"acknowledge_by": "2026-11-01"}), "in the future"),
            (json!({"acknowledge_by": "soon"}), "date or a time"),
            (json!({"must_read_department": "Nowhere"}), "Nobody is in"),
            (json!({"must_read_group_id": bob.id()}), "no such group"),
        ] {
            let mut whole = json!({"status": "listen", "must_read": true});
            whole.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
            let error = alice.post("/api/v1/statuses", whole).await.problem(422);
            assert!(error.contains(fault), "{wish}: {error}");
        }
        let post = announces(&alice, json!({})).await;
        let plain = alice.posts("nothing special").await;
        for path in ["acknowledgements", "acknowledgements/people"] {
            bob.get(&at(&post, path)).await.problem(404);
            alice.get(&at(&plain, path)).await.problem(404);
        }
        bob.submit(&at(&post, "remind"), "").await.problem(404);
        bob.call(Method::DELETE, &at(&post, "must_read"), None).await.problem(404);
        bob.submit(&at(&plain, "acknowledge"), "").await.problem(422);
        alice.get(&at(&post, "acknowledgements/people?state=odd")).await.problem(422);
        assert!(plain.get("must_read").is_none(), "ordinary posts look as ever");
    }

    async fn reminders_go_to_those_who_have_not_read_and_once_a_day(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        let post = announces(&alice, json!({})).await;
        notify_readers(&app, &post, false).await;
        bob.submit(&at(&post, "acknowledge"), "").await.ok();
        let (bobs, carols) = (notices(&bob).await, notices(&carol).await);
        app.advance(60);
        let standing = alice.submit(&at(&post, "remind"), "").await.ok();
        assert!(standing["remind_after"].is_string(), "{standing}");
        notify_readers(&app, &post, true).await;
        assert_eq!(notices(&bob).await, bobs, "no reminder after acknowledging");
        let again = notices(&carol).await;
        assert!(again.len() == 1 && again != carols, "{again:?} {carols:?}");
        alice.submit(&at(&post, "remind"), "").await.problem(429);
        app.advance(25 * 3600);
        alice.submit(&at(&post, "remind"), "").await.ok();

        let missing = alice.get(&at(&post, "acknowledgements/people?state=missing")).await.ok();
        assert_eq!(missing.as_array().unwrap().len(), 1);
        assert_eq!(missing[0]["account"]["acct"], "carol");
        let all = alice.get(&at(&post, "acknowledgements/people")).await.ok();
        assert_eq!(all.as_array().unwrap().len(), 2);

        // Ended: nothing is unread any more, past acknowledgements still count.
        let ended = alice.call(Method::DELETE, &at(&post, "must_read"), None).await.ok();
        assert_eq!((&ended["expected"], &ended["acknowledged"]), (&json!(2), &json!(1)));
        assert_eq!(unread(&carol).await, 0);
        alice.submit(&at(&post, "remind"), "").await.problem(422);
        let shown = carol.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap())).await.ok();
        assert_eq!(shown["must_read"]["ended"], true);
    }

    async fn former_and_late_accounts_are_not_expected_readers(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        let post = announces(&alice, json!({"acknowledge_by": "2026-11-03"})).await;
        let expected = async || alice.get(&at(&post, "acknowledgements")).await.ok()["expected"].clone();
        assert_eq!(expected().await, 2);
        app.act(bob.account.id, Action::Disable).await.unwrap();
        assert_eq!(expected().await, 1);
        app.act(carol.account.id, Action::Suspend).await.unwrap();
        assert_eq!(expected().await, 0);
        app.advance(3600);
        let dora = app.staff("dora").await;
        assert_eq!((expected().await, unread(&dora).await), (json!(1), 1));
        app.advance(48 * 3600);
        let erin = app.staff("erin").await;
        assert_eq!((expected().await, unread(&erin).await, unread(&dora).await), (json!(1), 0, 1));
        let standing = alice.get(&at(&post, "acknowledgements")).await.ok();
        assert_eq!((&standing["overdue"], &standing["instances"][0]["overdue"]), (&json!(true), &json!(1)));
    }

    async fn a_department_must_read_and_others_may(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let (bob, carol) = (app.staff("bob").await, app.staff("carol").await);
        set_profile(&bob, json!({"department": "Hot Gas"})).await;
        let post = announces(&alice, json!({"must_read_department": "hot  gas", "reach": "company"})).await;
        assert_eq!((unread(&bob).await, unread(&carol).await), (1, 0));
        carol.submit(&at(&post, "acknowledge"), "").await.ok();
        let standing = alice.get(&at(&post, "acknowledgements")).await.ok();
        assert_eq!(
            (&standing["expected"], &standing["acknowledged"], &standing["others"]),
            (&json!(1), &json!(0), &json!(1))
        );
        let wish = json!({"status": "x", "must_read": true, "must_read_department": "Hot Gas", "reach": "public"});
        assert!(alice.post("/api/v1/statuses", wish).await.problem(422).contains("company"));
    }

    async fn the_store_and_policy_expect_the_same_readers(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let mut people = Vec::new();
        for number in 0..12_i64 {
            app.advance(60);
            let who = app.staff(&format!("person{number}")).await;
            if number % 2 == 0 {
                set_profile(&who, json!({"department": "Sales"})).await;
            }
            if number % 3 == 0 {
                app.act(who.account.id, Action::Disable).await.unwrap();
            }
            if number % 5 == 4 {
                app.act(who.account.id, Action::Suspend).await.unwrap();
            }
            people.push((number, who));
        }
        let end = people[7].1.account.created_at;
        for (department, by, ended) in
            [("", None, None), ("Sales", None, None), ("", Some(end), None), ("Sales", None, Some(end)), ("", Some(Timestamp::from_millis(0)), None)]
        {
            let require = Require { acknowledge_by: by, department: department.into(), group: None };
            let mark = MustRead { status_id: StatusId(1), require, reminded_at: None, ended_at: ended };
            let mut due: Vec<AccountId> = Vec::new();
            for (number, who) in &people {
                let facts = Facts {
                    account: who.account.id,
                    tier: None,
                    is_active: number % 3 != 0 && number % 5 != 4,
                    is_of_department: department.is_empty() || number % 2 == 0,
                    is_member: true,
                    since: who.account.created_at,
                };
                if is_expected(&mark, alice.account.id, Reach::Company, &facts) {
                    due.push(who.account.id);
                }
            }
            let author = alice.account.id;
            let listed = app.instance.store.read(move |reader| {
                reader.list_readers(&mark, (author, Reach::Company), Default::default(), 100, 0)
            });
            let listed: Result<_, portico_store::Error> = listed.await;
            let mut listed: Vec<AccountId> = listed.unwrap().into_iter().map(|view| view.account.id).collect();
            listed.sort_unstable();
            due.sort_unstable();
            assert_eq!(listed, due, "{department:?} {by:?} {ended:?}");
        }
    }

    async fn a_must_read_can_wait_for_its_moment(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let bob = app.staff("bob").await;
        let wish = json!({"status": "tomorrow", "must_read": true, "scheduled_at": "2026-11-02T10:00:00Z"});
        let waiting = alice.post("/api/v1/statuses", wish).await.ok();
        assert_eq!(unread(&bob).await, 0);
        app.advance(3600);
        let id = waiting["id"].as_str().unwrap().parse().unwrap();
        portico_service::publishing::scheduled::publish(&app.instance, id).await.unwrap();
        assert_eq!(unread(&bob).await, 1);
    }
}
