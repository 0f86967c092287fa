//! Work attributes of profiles as sent to each host; the directory, and how fast a departed person
//! disappears.

use axum::http::Method;
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{AgreementGrants, Grant, GrantSet};
use portico_domain::model::moderation::Action;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::profile::{Attribute, FieldReaches};
use portico_domain::model::{AccountId, AgreementId, Reach};
use portico_store::StoredGrants;
use serde_json::{Value, json};

use portico_testing::peer::{
    Peer, Workers, app_with, eventually, eventually_is, federated, get_anonymously, on_sqlite, sent_off,
    sisters, worked_off,
};
use portico_testing::{Database, TestApp, TestUser};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

async fn set_profile(who: &TestUser, profile: Value) {
    who.call(Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
}

/// An open instance that shows titles to everyone and departments to partners.
async fn app() -> TestApp {
    app_with(Database::Sqlite, |settings| {
        settings.federation = FederationMode::Open;
        settings.profile_reaches = FieldReaches(
            [(Attribute::JobTitle, Reach::Public), (Attribute::Department, Reach::Partners)].into(),
        );
    })
    .await
}

const PROFILE: &str = r#"{"job_title": "Head of R&D", "department": "Turbines", "division": "Energy", "location": "Berlin",
    "skills": ["Hot gas"], "contacts": [{"name": "Phone", "value": "1"}], "reaches": {"contacts": "instance"}}"#;

fn attribute_names(document: &Value) -> Vec<&str> {
    let all = ["jobTitle", "worksFor", "workLocation", "knowsAbout", "contactPoint"];
    all.into_iter().filter(|term| !document[term].is_null()).collect()
}

#[test]
fn each_host_gets_what_is_for_it_and_no_more() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = app().await;
        let alice = app.staff("alice").await;
        set_profile(&alice, serde_json::from_str(PROFILE).unwrap()).await;
        let sister = peer(&app, "sister", Tier::Company).await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let open = peer(&app, "open", Tier::Open).await;
        let limited = peer(&app, "limited", Tier::Limited).await;
        let blocked = peer(&app, "blocked", Tier::Blocked).await;
        for (asker, terms) in [
            (&sister, vec!["jobTitle", "worksFor", "workLocation", "knowsAbout"]),
            (&partner, vec!["jobTitle", "worksFor"]),
            (&open, vec!["jobTitle"]),
            (&limited, vec![]),
        ] {
            let document = asker.get(&app, "server", "/users/alice").await.ok();
            assert_eq!(attribute_names(&document), terms, "{}", asker.domain);
            assert_eq!(
                attribute_names(&asker.get(&app, "ann", "/users/alice").await.ok()),
                terms,
                "{}",
                asker.domain
            );
            let secret = document.to_string().contains("Phone");
            assert!(!secret, "what is for the instance stays there");
        }
        let document = partner.get(&app, "server", "/users/alice").await.ok();
        assert_eq!(document["worksFor"]["department"]["name"], "Turbines");
        assert_eq!(document["worksFor"]["name"], Value::Null, "the division is the company's alone");
        assert_eq!(attribute_names(&get_anonymously(&app, "/users/alice").await.json()), Vec::<&str>::new());
        assert_eq!(
            attribute_names(&blocked.get(&app, "server", "/users/alice").await.json()),
            Vec::<&str>::new()
        );

        // An Update contains the same as the document for the same host.
        let _workers = Workers::start(&app);
        for peer in [&sister, &partner, &open] {
            peer.follows(&app, "ann", &alice.account).await;
        }
        set_profile(&alice, json!({"job_title": "Chief"})).await;
        sent_off(&app).await;
        for (peer, terms) in [
            (&sister, vec!["jobTitle", "worksFor", "workLocation", "knowsAbout"]),
            (&partner, vec!["jobTitle", "worksFor"]),
            (&open, vec!["jobTitle"]),
        ] {
            let updates = peer.received_of("Update");
            let last = updates.last().unwrap();
            assert_eq!(attribute_names(&last["object"]), terms, "{}", peer.domain);
            assert_eq!(last["object"]["jobTitle"], "Chief");
        }
        let document = sister.get(&app, "server", "/users/alice").await.ok();
        let mut document: Value = serde_json::from_str(
            &document.to_string().replace(&app.instance.settings.domain, "here.example"),
        )
        .unwrap();
        document["publicKey"]["publicKeyPem"] = json!("(key)");
        document["assertionMethod"][0]["publicKeyMultibase"] = json!("(key)");
        assert_json_snapshot!(document);
    });
}

async fn profile_of(app: &TestApp, account: &Account) -> Value {
    let id = account.id;
    let found: Result<_, portico_service::Error> =
        app.instance.store.read(move |reader| Ok(reader.find_profile(id)?.attributes)).await;
    serde_json::to_value(found.unwrap()).unwrap()
}

federated! {
    async fn a_host_is_believed_by_its_tier(app: TestApp) {
        let alice = app.staff("alice").await;
        for (name, tier) in [("sister", Tier::Company), ("partner", Tier::Partner)] {
            let peer = peer(&app, name, tier).await;
            let mut ann = peer.person("ann");
            for (term, value) in [
                ("jobTitle", json!("Head\u{202e} of <b>")),
                ("worksFor", json!({"type": "schema:Organization", "name": "Energy", "department": {"name": "Turbines"}})),
                ("knowsAbout", json!(["Rust", 7, {"x": 1}, "Rust"])),
                ("knowsLanguage", json!("de")),
                ("reportsTo", json!(peer.actor("ben"))),
                ("workLocation", json!([{"type": "Place", "name": "Berlin"}])),
                ("timeZone", json!("not a zone")),
                ("attachment", json!([
                    {"type": "PropertyValue", "propertyID": "job_title", "name": "Title", "value": "Head"},
                    {"type": "PropertyValue", "name": "Site", "value": "x"},
                ])),
            ] {
                ann[term] = value;
            }
            peer.serve("/users/ann", ann);
            let path = format!("/api/v2/search?resolve=true&q=ann@{}", peer.domain);
            peer.serve_as("/.well-known/webfinger", axum::http::StatusCode::OK, "application/jrd+json",
                &json!({"subject": format!("acct:ann@{}", peer.domain),
                    "links": [{"rel": "self", "type": "application/activity+json", "href": peer.actor("ann")}]}).to_string());
            alice.get(&path).await.ok();
            let known = peer.known(&app, "ann").await.unwrap();
            assert_eq!(known.fields.len(), 1, "what is said again is not kept as a row");
            assert_eq!(profile_of(&app, &known).await, json!({
                "job_title": "Head of <b>", "division": "Energy", "department": "Turbines", "skills": ["Rust"],
                "languages": ["de"], "manager": peer.actor("ben"), "location": "Berlin",
            }), "{name}");
            // An attribute missing from the document is removed; all are removed when the account is
            // suspended.
            let mut ann = peer.person("ann");
            ann["jobTitle"] = json!("Chief");
            peer.serve("/users/ann", ann.clone());
            let update = peer.activity("Update", "ann", "u1", json!(peer.actor("ann")));
            let _workers = Workers::start(&app);
            peer.post(&app, "ann", &update).await;
            worked_off(&app).await;
            assert_eq!(profile_of(&app, &known).await, json!({"job_title": "Chief"}));
            ann["suspended"] = json!(true);
            peer.serve("/users/ann", ann);
            peer.post(&app, "ann", &peer.activity("Update", "ann", "u2", json!(peer.actor("ann")))).await;
            worked_off(&app).await;
            assert_eq!(profile_of(&app, &known).await, json!({}));
        }
    }

    async fn the_directory_is_for_the_companys_servers(app: TestApp) {
        let sister = peer(&app, "sister", Tier::Company).await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let alice = app.staff("alice").await;
        app.advance(60);
        let bob = app.staff("bob").await;
        let path = "/collections/directory?since=0";
        for (peer, by) in [(&sister, "ann"), (&partner, "server"), (&partner, "ann")] {
            assert_eq!(peer.get(&app, by, path).await.status, 404, "{} {by}", peer.domain);
        }
        assert_eq!(get_anonymously(&app, path).await.status, 404);
        let listed = async |path: &str| -> Vec<(String, String)> {
            let page = sister.get(&app, "server", path).await.ok();
            let items = page["orderedItems"].as_array().unwrap().clone();
            let entry = |item: &Value| (item["type"].as_str().unwrap().to_owned(), item["id"].as_str().unwrap().to_owned());
            items.iter().map(entry).collect()
        };
        let person = |who: &TestUser| ("Person".to_owned(), who.account.uri.clone());
        assert_eq!(listed(path).await, [person(&alice), person(&bob)]);
        let root = sister.get(&app, "server", "/collections/directory").await.ok();
        assert_eq!(root["first"], app.instance.urls.at(path));
        // Lists only changes since then; the latest change is last.
        let later = format!("/collections/directory?since={}", app.instance.now().millis());
        assert_eq!(listed(&later).await, [person(&bob)]);
        app.advance(60);
        set_profile(&alice, json!({"job_title": "Head"})).await;
        assert_eq!(listed(path).await, [person(&bob), person(&alice)]);
        app.advance(60);
        app.act(bob.account.id, Action::Disable).await.unwrap();
        let gone = ("Tombstone".to_owned(), bob.account.uri.clone());
        assert_eq!(listed(path).await, [person(&alice), gone.clone()]);
        app.act(bob.account.id, Action::Enable).await.unwrap();
        app.act(alice.account.id, Action::Suspend).await.unwrap();
        assert_eq!(listed(path).await, [("Tombstone".to_owned(), alice.account.uri.clone()), person(&bob)]);
        assert_eq!(sister.get(&app, "server", "/collections/directory?since=x").await.status, 404);
    }
}

/// How the other instance's people see an account: listed, found by a post, and shown in the timeline.
async fn visible_fields(by: &TestUser, acct: &str) -> (bool, bool, bool) {
    let people = by.get("/api/portico/v1/people").await.ok();
    let listed = people.as_array().unwrap().iter().any(|person| person["account"]["acct"] == acct);
    let home = by.get("/api/v1/timelines/home").await.ok();
    let shown = |page: &Value| page.as_array().unwrap().iter().any(|post| post["account"]["acct"] == acct);
    let public = by.get("/api/v1/timelines/public").await.ok();
    (listed, shown(&home), shown(&public))
}

/// Two instances of one company; alice of the first is followed by kim of the second, and has posted.
async fn staged() -> (TestApp, TestApp, TestUser, TestUser, String) {
    let (engineering, sales) = sisters().await;
    for (app, other) in [(&engineering, &sales), (&sales, &engineering)] {
        let domain = other.instance.settings.domain.clone();
        let set: Result<(), portico_store::Error> =
            app.instance.store.write(move |tx| tx.set_tier(&domain, Tier::Company, "")).await;
        set.unwrap();
    }
    let (alice, kim) = (engineering.staff("alice").await, sales.staff("kim").await);
    set_profile(&alice, json!({"skills": ["Needles"], "department": "Turbines"})).await;
    let acct = format!("alice@{}", engineering.instance.settings.domain);
    (engineering, sales, alice, kim, acct)
}

async fn found_by_skill(by: &TestUser) -> usize {
    by.get("/api/portico/v1/people?skill=needles").await.ok().as_array().unwrap().len()
}

/// Acceptance: a person disabled on one instance disappears from another instance's directory, sessions and
/// timelines within a minute.
#[test]
fn a_disabled_account_is_gone_from_the_sister_instances() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engineering, sales, alice, kim, acct) = staged().await;
        let workers = (Workers::start(&engineering), Workers::start(&sales));
        // There are no follows: the directory brings alice and her skills to the other instance.
        eventually("alice is in the sister's directory", || async {
            (found_by_skill(&kim).await == 1).then_some(())
        })
        .await;
        let found = kim.get(&format!("/api/v1/accounts/lookup?acct={acct}")).await.ok();
        let id = found["id"].as_str().unwrap().to_owned();
        kim.submit(&format!("/api/v1/accounts/{id}/follow"), "").await.ok();
        eventually("the follow is accepted", || async {
            let bond = kim.get(&format!("/api/v1/accounts/relationships?id[]={id}")).await.ok();
            (bond[0]["following"] == true).then_some(())
        })
        .await;
        alice.says("here I am", Reach::Company).await;
        eventually("the post arrives", || async {
            (visible_fields(&kim, &acct).await == (true, true, true)).then_some(())
        })
        .await;

        // The clock does not move: it takes no longer than the deliveries.
        engineering.act(alice.account.id, Action::Disable).await.unwrap();
        assert_eq!(alice.get("/api/v1/timelines/home").await.status, 401, "the session is over at home");
        eventually("alice is gone", || async {
            (visible_fields(&kim, &acct).await == (false, false, false)).then_some(())
        })
        .await;
        assert_eq!(found_by_skill(&kim).await, 0);
        let shown = kim.get(&format!("/api/portico/v1/people/{id}")).await.ok();
        assert_eq!(shown["profile"]["skills"], json!([]));

        // A re-enabled person is listed again.
        engineering.advance(1);
        sales.advance(1);
        engineering.act(alice.account.id, Action::Enable).await.unwrap();
        eventually("alice is back", || async { (visible_fields(&kim, &acct).await.0).then_some(()) }).await;
        eventually_is("the number of people with the skill", 1, || found_by_skill(&kim)).await;
        drop(workers);
    });
}

#[test]
fn the_directory_makes_up_for_missing_deliveries() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (engineering, sales, alice, kim, _) = staged().await;
        // The first instance sends nothing: its workers are stopped.
        let first = Workers::start(&sales);
        eventually("alice is known", || async { (found_by_skill(&kim).await == 1).then_some(()) }).await;
        first.end().await;
        engineering.advance(30);
        sales.advance(30);
        engineering.act(alice.account.id, Action::Disable).await.unwrap();
        assert_eq!(found_by_skill(&kim).await, 1);
        let _again = Workers::start(&sales);
        eventually("alice is gone", || async { (found_by_skill(&kim).await == 0).then_some(()) }).await;
        let uri = alice.account.uri.clone();
        let known: Result<Option<Account>, portico_store::Error> =
            sales.instance.store.read(move |reader| reader.find_account_by_uri(&uri)).await;
        let known = known.unwrap().unwrap();
        assert!(known.suspended_by_origin && known.suspended_at.is_some());
    });
}

#[test]
fn a_sister_speaks_of_its_own_people_alone() {
    on_sqlite(async |app| {
        let rogue = Peer::start("rogue").await;
        let other = peer(&app, "other", Tier::Company).await;
        let alice = app.staff("alice").await;
        // A person of another company instance is known here.
        let actor = portico_domain::model::account::RemoteActor {
            uri: other.actor("ann"),
            ..portico_testing::elsewhere::document("ann", &other.domain)
        };
        portico_service::people::accounts::receive(&app.instance, actor).await.unwrap();
        let page = "/collections/directory";
        rogue.serve(
            page,
            json!({
                "id": rogue.at("/collections/directory?since=0"), "type": "OrderedCollectionPage",
                "orderedItems": [
                    {"type": "Tombstone", "id": other.actor("ann"), "deleted": "2026-11-02T08:00:00Z"},
                    {"type": "Tombstone", "id": alice.account.uri, "deleted": "2026-11-02T08:00:00Z"},
                    {"type": "Person", "id": rogue.actor("ann"), "updated": "2026-11-02T08:00:00Z"},
                ],
            }),
        );
        rogue.is(&app, Tier::Company).await;
        let federation = portico_federation::Federation::start(std::sync::Arc::clone(&app.instance)).unwrap();
        federation.read_directory(&rogue.domain).await.unwrap();
        assert!(rogue.known(&app, "ann").await.is_some(), "its own people are taken in");
        assert!(other.known(&app, "ann").await.unwrap().suspended_at.is_none());
        let id: AccountId = alice.account.id;
        let mine: Result<_, portico_service::Error> =
            app.instance.store.read(move |r| Ok(r.find_account(id)?)).await;
        assert!(mine.unwrap().unwrap().suspended_at.is_none());
    });
}

#[test]
fn a_partners_directory_is_read_while_an_agreement_gives_it() {
    on_sqlite(async |app| {
        let federation = portico_federation::Federation::start(std::sync::Arc::clone(&app.instance)).unwrap();
        let grants = |domain: &str, number, takes, ends_at| StoredGrants {
            domain: domain.to_owned(),
            agreement: AgreementId(number),
            starts_at: None,
            ends_at,
            stopped: false,
            grants: AgreementGrants { gives: GrantSet::USUAL, takes },
            follows_given: Vec::new(),
            follows_taken: Vec::new(),
            changed_at: app.instance.now(),
        };
        let all = GrantSet::USUAL.with(Grant::Directory);
        let soon = app.instance.now().plus_seconds(3600);
        let stored = [
            grants("globex.test", 1, all, Some(soon)),
            grants("usual.test", 2, GrantSet::USUAL, None),
            grants("blocked.test", 3, all, None),
        ];
        for (row, tier) in stored.into_iter().zip([Tier::Partner, Tier::Partner, Tier::Blocked]) {
            let written: Result<(), portico_store::Error> = app
                .instance
                .store
                .write(move |tx| {
                    tx.set_tier(&row.domain, tier, "test")?;
                    tx.set_agreement_grants(&row)
                })
                .await;
            written.unwrap();
        }
        assert_eq!(federation.directories_given().await.unwrap(), ["globex.test"]);
        app.advance(3600);
        assert!(federation.directories_given().await.unwrap().is_empty(), "it has ended");
    });
}
