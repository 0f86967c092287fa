//! Accounts: looked up, changed, received from remote hosts, suspended and deleted.

use portico_domain::model::account::{Account, ActorKind, Field, RemoteActor, RemoteKey};
use portico_domain::model::event::Event;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, Reach};
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::publishing::{boosts, favourites};
use portico_service::reading::timelines;
use portico_service::social::relationships::{self, FollowOptions};
use portico_service::{Error, Refusal, Viewer};

use portico_testing::elsewhere::{document, events, now, set_tier, somebody};
use portico_testing::{Database, TestApp, both_databases};

async fn change(app: &TestApp, me: AccountId, change: ProfileChange) -> Account {
    accounts::update_profile(&app.instance, me, change).await.unwrap()
}

async fn faults(app: &TestApp, me: AccountId, change: ProfileChange) -> Vec<String> {
    match accounts::update_profile(&app.instance, me, change).await {
        Err(Error::Invalid(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

fn usernames(accounts: Vec<Account>) -> Vec<String> {
    accounts.into_iter().map(|account| account.username).collect()
}

both_databases! {
    async fn an_actor_first_seen_by_many_at_once_is_stored_once(app: TestApp) {
        for number in 0..20 {
            let seen = (0..8).map(|_| accounts::receive(&app.instance, document(&format!("new{number}"), "globex.test")));
            let stored = futures_util::future::join_all(seen).await;
            let ids: Vec<_> = stored.into_iter().map(|account| account.unwrap().id).collect();
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
    }

    async fn people_are_found_by_id_and_by_address(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let staff = || Viewer::Local(alice.account.id);
        let own = format!("@Alice@{}", portico_testing::DOMAIN);
        for (address, id) in [
            ("alice", alice.account.id),
            (" @ALICE ", alice.account.id),
            (own.as_str(), alice.account.id),
            ("erin@globex.test", erin.id),
            ("@Erin@GLOBEX.test", erin.id),
        ] {
            let found = accounts::lookup(&app.instance, staff(), address).await.unwrap();
            assert_eq!(found.id, id, "{address}");
        }
        for address in ["erin", "alice@globex.test", "", "@", "engineering.acme.test"] {
            let found = accounts::lookup(&app.instance, staff(), address).await;
            assert!(matches!(found, Err(Error::NotFound(_))), "{address}: {found:?}");
        }
        let ids = vec![erin.id, AccountId(3), app.instance.actor_id, alice.account.id];
        let found = accounts::show_many(&app.instance, staff(), ids.clone()).await.unwrap();
        assert_eq!(usernames(found), ["erin", "alice"]);
        assert_eq!(accounts::find_by_uri(&app.instance, &erin.uri).await.unwrap().id, erin.id);

        // Visitors of a company's instance cannot see any account, by any request.
        assert_eq!(accounts::show_many(&app.instance, Viewer::Anonymous, ids).await.unwrap(), []);
        let found = accounts::get(&app.instance, Viewer::Anonymous, alice.account.id).await;
        assert!(matches!(found, Err(Error::NotFound(_))));
        let found = accounts::lookup(&app.instance, Viewer::Anonymous, "alice").await;
        assert!(matches!(found, Err(Error::NotFound(_))));
        assert!(accounts::get(&app.instance, staff(), app.instance.actor_id).await.is_err());
    }

    async fn people_of_blocked_hosts_are_not_there(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let staff = || Viewer::Local(alice.account.id);
        assert!(accounts::get(&app.instance, staff(), erin.id).await.is_ok());
        set_tier(&app, "globex.test", Tier::Blocked).await;
        assert!(accounts::get(&app.instance, staff(), erin.id).await.is_err());
        assert!(accounts::lookup(&app.instance, staff(), "erin@globex.test").await.is_err());
        assert_eq!(accounts::show_many(&app.instance, staff(), vec![erin.id]).await.unwrap(), []);
        let followers =
            relationships::followers(&app.instance, staff(), erin.id, PageRequest::first(5)).await;
        assert!(matches!(followers, Err(Error::NotFound(_))));
    }

    async fn a_profile_is_written_and_shown(app: TestApp) {
        let (alice, _bob) = (app.staff("alice").await, app.staff("bob").await);
        let me = alice.account.id;
        let account = change(&app, me, ProfileChange {
            display_name: Some("  Alice\u{202e} A. ".into()),
            note: Some("Ask @bob <b>about</b> #rust\n\nhttps://acme.test".into()),
            bot: Some(true),
            discoverable: Some(true),
            indexable: Some(true),
            fields: Some(vec![
                ("Site".into(), "https://acme.test/a".into()),
                (String::new(), String::new()),
                ("Office".into(), "3 <b>".into()),
            ]),
            ..ProfileChange::default()
        })
        .await;
        assert_eq!(now(&app, &account).await, account);
        assert!(account.display_name.starts_with("Alice") && account.display_name.ends_with("A."));
        assert_eq!(account.kind, ActorKind::Service);
        assert!(account.indexable && account.discoverable == Some(true) && !account.locked);
        assert!(account.note.contains(r#"class="u-url mention">@<span>bob</span></a>"#), "{}", account.note);
        assert!(account.note.contains("&lt;b&gt;") && account.note.contains("/tags/rust"), "{}", account.note);
        assert!(account.note_source.unwrap().starts_with("Ask @bob <b>"));
        let [site, office] = &account.fields[..] else { panic!("{:?}", account.fields) };
        assert_eq!(site.name, "Site");
        assert!(site.value.starts_with(r#"<a href="https://acme.test/a""#), "{}", site.value);
        assert_eq!(*office, Field { name: "Office".into(), value: "3 &lt;b&gt;".into() });
        assert_eq!(events(&app).await, [Event::ProfileUpdated { account: me, at: app.instance.now() }]);

        // Omitted fields stay, and no event is emitted if nothing changes.
        change(&app, me, ProfileChange { bot: Some(true), ..ProfileChange::default() }).await;
        assert_eq!(events(&app).await, []);
        let account = change(&app, me, ProfileChange { bot: Some(false), ..ProfileChange::default() }).await;
        assert_eq!((account.kind, account.fields.len()), (ActorKind::Person, 2));
        let account = change(&app, me, ProfileChange { fields: Some(vec![]), ..ProfileChange::default() }).await;
        assert!(account.fields.is_empty() && account.note.contains("#<span>rust"));
    }

    async fn a_profile_has_its_measure(app: TestApp) {
        let alice = app.staff("alice").await;
        let me = alice.account.id;
        let family = "👨‍👩‍👧";
        let most = ProfileChange {
            display_name: Some(family.repeat(accounts::MAX_DISPLAY_NAME)),
            note: Some(family.repeat(accounts::MAX_NOTE)),
            fields: Some(vec![("n".repeat(accounts::MAX_FIELD), "v".repeat(accounts::MAX_FIELD)); accounts::MAX_FIELDS]),
            ..ProfileChange::default()
        };
        let account = change(&app, me, most.clone()).await;
        assert_eq!(account.display_name, most.display_name.clone().unwrap(), "limits count visible letters");
        let longer = |text: Option<String>| text.map(|text| text + "x");
        let fields = most.fields.clone().map(|mut rows| {
            rows.push(("n".into(), "v".repeat(accounts::MAX_FIELD + 1)));
            rows
        });
        let more = ProfileChange {
            display_name: longer(most.display_name),
            note: longer(most.note),
            fields,
            ..ProfileChange::default()
        };
        assert_eq!(faults(&app, me, more).await.len(), 4);
    }

    async fn an_actor_is_its_id_and_not_its_handle(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        relationships::follow(&app.instance, &alice.account, erin.id, FollowOptions::default()).await.unwrap();

        // The same id: the same account, updated.
        let uri = format!("{}#second", erin.uri);
        let second = RemoteKey { uri, public_pem: "NEW".into(), expires_at: None };
        let newer = RemoteActor {
            display_name: "Erin E.".into(),
            locked: true,
            keys: vec![second.clone()],
            ..document("erin", "globex.test")
        };
        let again = accounts::receive(&app.instance, newer).await.unwrap();
        assert_eq!((again.id, again.display_name.as_str(), again.locked), (erin.id, "Erin E.", true));
        assert_eq!(now(&app, &erin).await, again);
        let key = |uri: String| app.instance.store.read(move |reader| reader.find_key(&uri));
        assert_eq!(key(format!("{}#main-key", erin.uri)).await.unwrap(), None, "the old key is gone");
        let held = key(format!("{}#second", erin.uri)).await.unwrap();
        assert_eq!(held, Some((erin.id, second)));

        // Another id with the same handle: another account, without the relations of the first.
        let other = RemoteActor { uri: "https://globex.test/users/99".into(), ..document("erin", "globex.test") };
        let other = accounts::receive(&app.instance, RemoteActor { keys: vec![], ..other }).await.unwrap();
        assert_ne!(other.id, erin.id);
        let between = relationships::between(&app.instance, alice.account.id, vec![erin.id, other.id]).await;
        let asked: Vec<bool> = between.unwrap().iter().map(|one| one.requested).collect();
        assert_eq!(asked, [true, false]);
        let viewer = Viewer::Local(alice.account.id);
        let found = accounts::lookup(&app.instance, viewer, "erin@globex.test").await.unwrap();
        assert_eq!(found.id, other.id, "the handle belongs to the newer account");
    }

    async fn nobody_elsewhere_is_one_of_us(app: TestApp) {
        let alice = app.staff("alice").await;
        let handle = document("alice", portico_testing::DOMAIN);
        let refused = accounts::receive(&app.instance, handle).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotYours))));
        let id = RemoteActor { uri: alice.account.uri.clone(), ..document("alice", "globex.test") };
        let refused = accounts::receive(&app.instance, id).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotYours))));
        assert_eq!(now(&app, &alice.account).await, alice.account);
    }

    async fn an_agreed_handle_survives_a_refresh(app: TestApp) {
        let split = RemoteActor { domain: "Globex.test".into(), ..document("erin", "social.globex.test") };
        let erin = accounts::receive(&app.instance, split).await.unwrap();
        assert_eq!(erin.acct(), "erin@globex.test");
        // The document alone only proves the host of its id.
        let again = accounts::receive(&app.instance, document("erin", "social.globex.test")).await.unwrap();
        assert_eq!((again.id, again.acct()), (erin.id, "erin@globex.test".to_owned()));
    }

    async fn a_deleted_actor_never_comes_back(app: TestApp) {
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        accounts::receive_deletion(&app.instance, &erin.uri).await.unwrap();
        let again = accounts::receive(&app.instance, document("erin", "globex.test")).await;
        assert!(matches!(again, Err(Error::Gone(_))), "{again:?}");
    }

    async fn a_suspension_hides_and_only_who_made_it_lifts_it(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.says("hello", Reach::Company).await;
        let home = || timelines::of_account(
            &app.instance,
            Viewer::Local(bob.account.id),
            alice.account.id,
            portico_store::AccountFilter::default(),
            PageRequest::first(5),
        );
        assert_eq!(home().await.unwrap().items.len(), 1);
        app.act(alice.account.id, portico_domain::model::moderation::Action::Suspend).await.unwrap();
        assert_eq!(home().await.unwrap().items.len(), 0);
        app.act(alice.account.id, portico_domain::model::moderation::Action::Unsuspend).await.unwrap();
        assert_eq!(home().await.unwrap().items.len(), 1);
        assert!(app.act(AccountId(5), portico_domain::model::moderation::Action::Suspend).await.is_err());

        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        app.act(erin.id, portico_domain::model::moderation::Action::Suspend).await.unwrap();
        let again = accounts::receive(&app.instance, document("erin", "globex.test")).await.unwrap();
        assert!(again.suspended_at.is_some(), "the actor cannot lift it");
    }

    async fn posts_of_one_moment_get_different_ids(app: TestApp) {
        let alice = app.staff("alice").await;
        let taken = alice.says("hello", Reach::Company).await.status.id;
        let at = portico_domain::model::Timestamp::from_millis(taken.0 >> 21);
        let noise = u32::try_from(taken.0 & 0x1f_ffff).unwrap();
        let free = app.instance.store.read(move |reader| reader.free_status_id(at, noise)).await.unwrap();
        assert_eq!(free.0, taken.0 + 1);
    }

    async fn an_actor_that_is_gone_takes_everything_along(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let uri = "https://globex.test/follows/1";
        relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
        let post = alice.says("hello", Reach::Partners).await.status;
        favourites::receive(&app.instance, &erin, post.id, "https://globex.test/likes/1").await.unwrap();
        let at = app.instance.now();
        boosts::receive(&app.instance, &erin, post.id, "https://globex.test/boosts/1", at).await.unwrap();
        let counts = async || {
            let id = post.id;
            let status = app.instance.store.read(move |reader| reader.find_status(id)).await.unwrap().unwrap();
            let followers = now(&app, &alice.account).await.followers_count;
            (status.favourites_count, status.boosts_count, followers)
        };
        assert_eq!(counts().await, (1, 1, 1));

        accounts::receive_deletion(&app.instance, &erin.uri).await.unwrap();
        accounts::receive_deletion(&app.instance, &erin.uri).await.unwrap();
        assert!(accounts::find_by_uri(&app.instance, &erin.uri).await.is_err());
        assert_eq!(counts().await, (0, 0, 0));
        let uri = erin.uri.clone();
        assert!(app.instance.store.read(move |reader| reader.is_deleted(&uri)).await.unwrap());

        accounts::receive_deletion(&app.instance, &alice.account.uri).await.unwrap();
        assert_eq!(now(&app, &alice.account).await.id, alice.account.id, "a remote actor cannot delete local accounts");
    }
}

/// With public pages, visitors can see local accounts, but no remote ones.
async fn visitors(database: Database) {
    let app = TestApp::with(database, |settings| settings.public_pages = true).await;
    let alice = app.staff("alice").await;
    let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
    relationships::receive_follow(&app.instance, &erin, alice.account.id, "https://globex.test/1")
        .await
        .unwrap();
    let ids = vec![erin.id, alice.account.id];
    let found = accounts::show_many(&app.instance, Viewer::Anonymous, ids).await.unwrap();
    assert_eq!(usernames(found), ["alice"]);
    assert!(accounts::lookup(&app.instance, Viewer::Anonymous, "erin@globex.test").await.is_err());
    let page = PageRequest::first(5);
    let listed =
        relationships::followers(&app.instance, Viewer::Anonymous, alice.account.id, page).await.unwrap();
    assert_eq!((listed.page.items.len(), listed.total), (0, 1));
}

mod visitors_see_who_is_here {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        visitors(Database::Sqlite).await;
    }

    #[tokio::test]
    #[ignore = "needs PORTICO_TEST_POSTGRES"]
    async fn postgres() {
        visitors(Database::Postgres).await;
    }
}
