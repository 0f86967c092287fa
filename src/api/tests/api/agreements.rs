//! Agreements in the API and on their pages, and the view of an organisation.

use axum::http::Method;
use portico_domain::model::agreement::Reference;
use portico_domain::model::agreement::{Agreement, Party, Terms, Text};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::user::Role;
use portico_service::maintenance;
use portico_service::partners::agreements;
use portico_service::partners::agreements::AgreementDraft;
use portico_service::people::accounts;
use serde_json::{Value, json};

use portico_testing::browser::Browser;
use portico_testing::elsewhere::document;
use portico_testing::{DOMAIN, TestApp, TestUser, both_databases};

const PARTNER: &str = "globex.test";
const ONE: &str = "/api/portico/v1/admin/agreements/globex.test";

/// A proposal of the partner's administrators, as if it had been received.
async fn proposed(app: &TestApp, version: i64) -> String {
    let party = |domain: &str| Party {
        domain: domain.to_owned(),
        contact: format!("it@{domain}"),
        gives: Terms::usual().tidy(),
    };
    let text = Text {
        id: format!("https://{PARTNER}/agreements/1"),
        version,
        parties: [party(PARTNER), party(DOMAIN)],
        starts: None,
        ends: None,
        note: "A <b>note".to_owned(),
    };
    let digest = agreements::digest(&text).unwrap();
    agreements::receive_offer(&app.instance, PARTNER, text, "{}".to_owned()).await.unwrap();
    digest
}

async fn tier_of(admin: &TestUser) -> Value {
    admin.get(ONE).await.ok()["tier"].clone()
}

/// The instance's messages to a user, newest first.
async fn agreement_messages(who: &TestUser) -> Vec<String> {
    let all = who.get("/api/v1/notifications").await.ok();
    let letters = all.as_array().unwrap().iter().filter(|one| one["account"]["acct"] == DOMAIN);
    letters.map(|one| one["status"]["content"].as_str().unwrap().to_owned()).collect()
}

fn reference(agreement: &Agreement) -> Reference {
    Reference {
        uri: agreement.text.id.clone(),
        version: agreement.text.version,
        digest: agreement.digest.clone(),
    }
}

both_databases! {
    async fn administrators_are_notified_of_proposals(app: TestApp) {
        let admin = app.staff_as("chief", Role::Admin).await;
        let (marshal, alice) = (app.staff_as("marshal", Role::Moderator).await, app.staff("alice").await);
        // The policy for strangers does not apply to the instance actor.
        let policy = json!({ "for_not_following": "drop", "for_private_mentions": "drop", "for_bots": "drop" });
        admin.call(Method::PATCH, "/api/v2/notifications/policy", Some(policy)).await.ok();
        proposed(&app, 1).await;
        let all = admin.get("/api/v1/notifications").await.ok();
        assert_eq!((&all[0]["type"], &all[0]["account"]["acct"]), (&json!("mention"), &json!(DOMAIN)));
        assert_eq!(all[0]["status"]["visibility"], "direct");
        let letters = agreement_messages(&admin).await;
        assert!(letters[0].contains("proposes an agreement (version 1)"), "{letters:?}");
        assert!(letters[0].contains("/agreements/globex.test"), "{letters:?}");
        assert!(agreement_messages(&marshal).await.is_empty() && agreement_messages(&alice).await.is_empty());
        let home = Browser::signed_in(&admin).await.get("/").await.body;
        assert!(home.contains("1 proposal pending"), "{home}");
        assert!(!Browser::signed_in(&alice).await.get("/").await.body.contains("/agreements"));
        // Repeated proposals cause one notification, until one is answered.
        proposed(&app, 2).await;
        assert_eq!(agreement_messages(&admin).await.len(), 1);
        admin.post(&format!("{ONE}/reject"), json!({})).await.ok();
        proposed(&app, 3).await;
        assert_eq!(agreement_messages(&admin).await.len(), 2);
    }

    async fn administrators_are_notified_of_answers_and_endings(app: TestApp) {
        let (admin, by) = (app.staff_as("chief", Role::Admin).await, Moderator::console());
        let propose = async |note: &str| {
            let draft = AgreementDraft { note: note.to_owned(), ..AgreementDraft::default() };
            agreements::propose(&app.instance, &by, PARTNER, draft).await.unwrap()
        };
        let first = propose("one").await;
        assert!(agreement_messages(&admin).await.is_empty(), "actions of this instance cause no notification");
        agreements::receive_reject(&app.instance, PARTNER, reference(&first)).await.unwrap();
        let letters = agreement_messages(&admin).await;
        assert!(letters[0].contains("globex.test has rejected the agreement"), "{letters:?}");
        let second = propose("two").await;
        let (text, proof) = (second.text.clone(), "{}".to_owned());
        agreements::receive_accept(&app.instance, PARTNER, text, proof).await.unwrap();
        let letters = agreement_messages(&admin).await;
        assert!(letters[0].contains("globex.test has accepted the agreement"), "{letters:?}");
        agreements::receive_undo(&app.instance, PARTNER, reference(&second)).await.unwrap();
        let letters = agreement_messages(&admin).await;
        assert!(letters[0].contains("globex.test has ended the agreement"), "{letters:?}");
        assert_eq!(letters.len(), 3);
    }

    async fn administrators_are_notified_two_weeks_before_the_end(app: TestApp) {
        let admin = app.staff_as("chief", Role::Admin).await;
        admin.call(Method::PUT, ONE, Some(json!({ "ends": "2026-11-20" }))).await.ok();
        maintenance::run(&app.instance).await.unwrap();
        assert!(agreement_messages(&admin).await.is_empty());
        app.advance(4 * 86_400);
        maintenance::run(&app.instance).await.unwrap();
        maintenance::run(&app.instance).await.unwrap();
        let letters = agreement_messages(&admin).await;
        assert!(letters.len() == 1 && letters[0].contains("will end on 2026-11-20"), "{letters:?}");
        let home = Browser::signed_in(&admin).await.get("/").await.body;
        assert!(home.contains("1 ends soon"), "{home}");
        app.advance(14 * 86_400);
        maintenance::run(&app.instance).await.unwrap();
        let letters = agreement_messages(&admin).await;
        assert!(letters.len() == 2 && letters[0].contains("has expired"), "{letters:?}");
        let shown = admin.get(ONE).await.ok();
        let changes: Vec<&Value> = shown["changes"].as_array().unwrap().iter().map(|it| &it["what"]).collect();
        assert_eq!(changes, ["expired", "ends soon", "set"]);
    }

    async fn administrators_set_and_end_terms_of_their_own(app: TestApp) {
        let admin = app.staff_as("chief", Role::Admin).await;
        assert_eq!(admin.get("/api/portico/v1/admin/agreements").await.ok(), json!([]));
        admin.get(ONE).await.problem(404);
        let terms = json!({
            "ends": "2026-12-01", "gives": {"reaches": ["public", "partners"], "follows": ["Carol", "@dave"]},
            "takes": {"reaches": ["partners"], "attributes": ["skills"], "follows": "everybody"},
        });
        let set = admin.call(Method::PUT, ONE, Some(terms)).await.ok();
        assert_eq!((&set["state"], &set["two_sided"], &set["version"]), (&json!("accepted"), &json!(false), &json!(1)));
        assert_eq!(set["ends_at"], "2026-12-01T00:00:00.000Z");
        assert_eq!(set["parties"][0]["gives"]["reaches"], json!(["partners", "public"]));
        assert_eq!(set["parties"][0]["gives"]["follows"], json!(["carol", "dave"]));
        assert_eq!(set["parties"][0]["contact"], "it@acme.test");
        assert_eq!(tier_of(&admin).await, "partner");
        for wrong in [
            json!({"ends": "never"}),
            json!({"ends": "2020-01-01"}),
            json!({"gives": {"reaches": ["company"]}}),
            json!({"gives": {"follows": "some"}}),
            json!({"gives": {"telepathy": true}}),
        ] {
            let reply = admin.call(Method::PUT, ONE, Some(wrong.clone())).await;
            assert_eq!(reply.status, 422, "{wrong}: {}", reply.body);
        }
        let again = admin.call(Method::PUT, ONE, Some(json!({"note": "wider"}))).await.ok();
        assert_eq!((&again["version"], &again["uri"]), (&json!(2), &set["uri"]));
        let peer = async || admin.get("/api/portico/v1/admin/peers").await.ok()[0].clone();
        assert_eq!((&peer().await["domain"], &peer().await["lapsed"]), (&json!(PARTNER), &Value::Null));
        let ended = admin.call(Method::DELETE, &format!("{ONE}?note=over"), None).await.ok();
        assert_eq!(ended["state"], "ended");
        assert_eq!(tier_of(&admin).await, "open");
        assert_eq!((&peer().await["tier"], &peer().await["lapsed"]), (&json!("partner"), &json!("ended")));
        let page = Browser::signed_in(&admin).await.get("/agreements").await.body;
        assert!(page.contains("globex.test</a>: ended"), "{page}");
        let page = Browser::signed_in(&admin).await.get("/organisations/globex.test").await.body;
        assert!(page.contains("A partner whose agreement has ended"), "{page}");
        let peers = admin.get("/api/v1/instance/peers").await.ok();
        assert!(!peers.as_array().unwrap().contains(&json!(PARTNER)), "nothing is exchanged with it: {peers}");
        let moderator = app.staff_as("marshal", Role::Moderator).await;
        assert_eq!(moderator.get("/api/portico/v1/admin/peers").await.status, 403);
        let shown = admin.get(ONE).await.ok();
        let changes: Vec<&Value> = shown["changes"].as_array().unwrap().iter().map(|it| &it["what"]).collect();
        assert_eq!(changes, ["ended", "set", "set"]);
        assert_eq!((&shown["changes"][0]["note"], &shown["changes"][0]["by"]), (&json!("over"), &json!("chief")));
        admin.call(Method::DELETE, ONE, None).await.problem(404);
    }

    async fn accepting_requires_the_digest_of_the_current_proposal(app: TestApp) {
        let admin = app.staff_as("chief", Role::Admin).await;
        admin.post(&format!("{ONE}/accept"), json!({"digest": "0"})).await.problem(404);
        let first = proposed(&app, 1).await;
        let second = proposed(&app, 2).await;
        admin.post(&format!("{ONE}/accept"), json!({"digest": first})).await.problem(409);
        assert_eq!(tier_of(&admin).await, "open");
        let accepted = admin.post(&format!("{ONE}/accept"), json!({"digest": second})).await.ok();
        assert_eq!((&accepted["state"], &accepted["version"]), (&json!("accepted"), &json!(2)));
        assert_eq!(tier_of(&admin).await, "partner");
        admin.call(Method::PUT, ONE, Some(json!({}))).await.problem(422);
        let stopped = admin.post(&format!("{ONE}/stop"), json!({"note": "a breach"})).await.ok();
        assert_eq!(stopped["state"], "stopped");
        assert_eq!(tier_of(&admin).await, "blocked");
        proposed(&app, 3).await;
        assert_eq!(admin.post(&format!("{ONE}/reject"), json!({})).await.ok()["state"], "rejected");
        admin.post(&format!("{ONE}/reject"), json!({})).await.problem(404);
        for (name, role) in [("marshal", Role::Moderator), ("mia", Role::Member)] {
            let other = app.staff_as(name, role).await;
            assert_eq!(other.get(ONE).await.status, 403, "{role:?}");
            assert_eq!(other.post(&format!("{ONE}/stop"), json!({})).await.status, 403, "{role:?}");
            assert_eq!(Browser::signed_in(&other).await.get("/agreements").await.status, 403, "{role:?}");
        }
    }

    async fn the_page_shows_the_text_and_takes_an_answer(app: TestApp) {
        let admin = app.staff_as("chief", Role::Admin).await;
        let digest = proposed(&app, 1).await;
        let browser = Browser::signed_in(&admin).await;
        let list = browser.get("/agreements").await.body;
        assert!(list.contains(PARTNER) && list.contains("proposed by them"), "{list}");
        let page = browser.get("/agreements/globex.test").await;
        for part in [digest.as_str(), "it@globex.test", "posts for partners", "A &#60;b&#62;note", "Accept agreement"] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        let forged = browser.post("/agreements/globex.test", &[("what".into(), "accept".into())], &[]).await;
        assert_eq!(forged.status, 403);
        let done = browser.send_form(&page, "/agreements/globex.test", &[("what", "accept")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(tier_of(&admin).await, "partner");
        let page = browser.get("/agreements/globex.test").await;
        assert!(page.body.contains("Stop all exchange now") && !page.body.contains("Accept agreement"));
        let done = browser.send_form(&page, "/agreements/globex.test", &[("what", "end"), ("note", "over")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        assert_eq!(tier_of(&admin).await, "open");
        let list = browser.get("/agreements").await;
        let typed = [("domain", "initech.test"), ("media", "on"), ("ends", "2027-01-31")];
        let done = browser.send_form(&list, "/agreements", &typed).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let page = browser.get("/agreements/initech.test").await.body;
        assert!(page.contains("no boosts") && page.contains("until 2027-01-31"), "{page}");
    }

    async fn an_organisation_is_seen_as_far_as_one_may(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let path = "/api/portico/v1/organisations/globex.test";
        alice.get(path).await.problem(404);
        let digest = proposed(&app, 1).await;
        let admin = app.staff_as("chief", Role::Admin).await;
        admin.post(&format!("{ONE}/accept"), json!({"digest": digest})).await.ok();
        let shown = alice.get(path).await.ok();
        assert_eq!((&shown["tier"], &shown["agreement"]["version"]), (&json!("partner"), &json!(1)));
        assert_eq!(shown["agreement"]["their_contact"], "it@globex.test");
        let erin = accounts::receive(&app.instance, document("erin", PARTNER)).await.unwrap();
        let (me, id) = (bob.account.clone(), erin.id);
        portico_service::social::relationships::follow(&app.instance, &me, id, Default::default()).await.unwrap();
        portico_service::social::relationships::receive_accept(&app.instance, &erin, None, Some(me.id)).await.unwrap();
        bob.says("@erin@globex.test openly", portico_domain::model::Reach::Partners).await;
        bob.says("@erin@globex.test in private", portico_domain::model::Reach::Direct).await;
        let shown = alice.get(path).await.ok();
        assert_eq!(shown["people"][0]["account"]["acct"], "erin@globex.test");
        assert_eq!(shown["following"][0]["acct"], "bob");
        assert_eq!(shown["talking"][0]["acct"], "bob");
        let texts = shown["statuses"].to_string();
        assert!(texts.contains("openly") && !texts.contains("in private"), "{texts}");
        assert!(bob.get(path).await.ok()["statuses"].to_string().contains("in private"));
        let page = Browser::signed_in(&alice).await.get("/organisations/globex.test").await.body;
        for part in ["A partner", "<h2>Agreement</h2>", "openly", "erin", "it@globex.test"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(app.get(path).await.status, 401);
        admin.post(&format!("{ONE}/stop"), json!({})).await.ok();
        alice.get(path).await.problem(404);
    }
}
