//! Search: accounts, hashtags, and objects by URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use portico::fleet;
use portico_domain::model::account::{Account, RemoteActor};
use portico_domain::model::peer::Tier;
use portico_domain::model::random::Rng;
use portico_domain::model::time::Clock;
use portico_domain::model::view::SearchView;
use portico_domain::model::{AccountId, Reach};
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::ports::{RemoteFetch, RemoteObject};
use portico_service::reading::search::{self, SearchKind, SearchQuery};
use portico_service::social::relationships::{self, FollowOptions};
use portico_service::{Error, Result, Viewer};

use portico_testing::elsewhere::{document, set_tier, somebody};
use portico_testing::{TestUser, both_databases};

fn query(text: &str) -> SearchQuery {
    SearchQuery { text: text.into(), limit: 20, ..SearchQuery::default() }
}

async fn finds(who: &TestUser, query: SearchQuery) -> SearchView {
    search::search(&who.app.instance, Viewer::Local(who.account.id), query).await.unwrap()
}

async fn people(who: &TestUser, query: SearchQuery) -> Vec<String> {
    let viewer = Viewer::Local(who.account.id);
    let found = search::accounts(&who.app.instance, viewer, query).await.unwrap();
    found.iter().map(Account::acct).collect()
}

/// A stand-in for another server's lookups.
struct Elsewhere {
    account: AccountId,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl RemoteFetch for Elsewhere {
    async fn account_by_handle(&self, username: &str, host: &str) -> Result<AccountId> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if (username, host) == ("erin", "globex.test") {
            Ok(self.account)
        } else {
            Err(Error::Upstream(host.into()))
        }
    }

    async fn by_url(&self, url: &str) -> Result<Option<RemoteObject>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok((url == "https://globex.test/somewhere").then_some(RemoteObject::Account(self.account)))
    }

    async fn guest_by_handle(&self, username: &str, host: &str) -> Result<AccountId> {
        self.account_by_handle(username, host).await
    }

    async fn new_key_pair(&self) -> Result<(String, String)> {
        Err(Error::NotFound("key"))
    }

    async fn refresh(&self, _: AccountId) -> Result<()> {
        Ok(())
    }

    async fn refresh_now(&self, _: AccountId) -> Result<()> {
        Ok(())
    }
}

fn names(found: SearchView) -> Vec<String> {
    found.tags.into_iter().map(|tag| tag.name).collect()
}

both_databases! {
    async fn people_are_found_by_what_they_are_called(app: TestApp) {
        let alice = app.staff("alice").await;
        let name = ProfileChange { display_name: Some("Dr. Alina Weiß".into()), ..ProfileChange::default() };
        accounts::update_profile(&app.instance, app.staff("bob").await.account.id, name).await.unwrap();
        app.staff("al").await;
        app.staff("a_lice").await;
        somebody(&app, "alice", "globex.test", Tier::Partner).await;
        somebody(&app, "erin", "globex.test", Tier::Partner).await;

        // The exact username first, local accounts before remote ones, then prefixes, then display names.
        assert_eq!(people(&alice, query("AL")).await, ["al", "alice", "alice@globex.test", "bob"]);
        assert_eq!(people(&alice, query("alina")).await, ["bob"]);
        assert_eq!(people(&alice, query("a_")).await, ["a_lice"], "an underscore is not a wildcard");
        assert_eq!(people(&alice, query("%")).await, Vec::<String>::new());
        assert_eq!(people(&alice, query("@alice@glo")).await, ["alice@globex.test"]);
        assert_eq!(people(&alice, query("@alice")).await, ["alice", "alice@globex.test"]);
        let own = format!("@alice@{}", portico_testing::DOMAIN);
        assert_eq!(people(&alice, query(&own)).await[0], "alice");
        assert_eq!(people(&alice, query("  ")).await, Vec::<String>::new());
        let cut = SearchQuery { limit: 1, offset: 1, ..query("al") };
        assert_eq!(people(&alice, cut).await, ["alice"]);

        let visitor = search::search(&app.instance, Viewer::Anonymous, query("alice")).await.unwrap();
        assert_eq!(visitor, SearchView::default());
    }

    async fn the_nearest_come_first(app: TestApp) {
        let al = app.staff("al").await;
        app.staff("alice").await;
        let zoe = app.staff("zoe").await;
        let named = ProfileChange { display_name: Some("Zoe de Almeida".into()), ..ProfileChange::default() };
        accounts::update_profile(&app.instance, zoe.account.id, named).await.unwrap();
        somebody(&app, "al", "globex.test", Tier::Partner).await;
        somebody(&app, "alan", "globex.test", Tier::Partner).await;
        let everybody = ["al", "al@globex.test", "alice", "alan@globex.test", "zoe"];
        assert_eq!(people(&al, query("AL")).await, everybody);
        let second = SearchQuery { limit: 2, offset: 2, ..query("@al") };
        assert_eq!(people(&al, second).await, everybody[2..4]);
    }

    async fn signs_of_the_database_mean_themselves(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob_2").await;
        let named = ProfileChange { display_name: Some("100% Bob \\o/".into()), ..ProfileChange::default() };
        accounts::update_profile(&app.instance, bob.account.id, named).await.unwrap();
        for (typed, found) in [("%", 1), ("_lice", 0), ("b%b", 0), ("bob_", 1), ("\\o", 1)] {
            assert_eq!(people(&alice, query(typed)).await.len(), found, "{typed}");
        }
        for odd in ["", "   ", "@", "'; --", "\u{0}", "@@@", "a@", &"x".repeat(10_000)] {
            assert_eq!(finds(&alice, query(odd)).await, SearchView::default(), "{odd:?}");
        }
    }

    async fn some_people_are_not_found(app: TestApp) {
        let alice = app.staff("alice").await;
        let bob = app.staff("bob").await;
        somebody(&app, "erin", "globex.test", Tier::Partner).await;
        assert_eq!(people(&alice, query("erin")).await, ["erin@globex.test"]);
        set_tier(&app, "globex.test", Tier::Blocked).await;
        assert_eq!(people(&alice, query("erin")).await, Vec::<String>::new());
        app.act(bob.account.id, portico_domain::model::moderation::Action::Suspend).await.unwrap();
        assert_eq!(people(&alice, query("bob")).await, Vec::<String>::new());
        let own = app.instance.store.read(|reader| reader.find_instance_actor()).await.unwrap().unwrap();
        assert_eq!(people(&alice, query(&own.username)).await, Vec::<String>::new());
    }

    async fn search_can_be_limited_to_followed_people(app: TestApp) {
        let alice = app.staff("alice").await;
        let (barbara, _) = (app.staff("barbara").await, app.staff("bart").await);
        let usual = FollowOptions::default();
        relationships::follow(&app.instance, &alice.account, barbara.account.id, usual).await.unwrap();
        assert_eq!(people(&alice, query("bar")).await, ["barbara", "bart"]);
        let followed = SearchQuery { following: true, ..query("bar") };
        assert_eq!(people(&alice, followed).await, ["barbara"]);
    }

    async fn hashtags_show_as_far_as_their_posts_do(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.says("#Rust #rustfmt", Reach::Company).await;
        alice.says("@carol #rustyoldsecret", Reach::Direct).await;
        let tags = async |who: &TestUser, text| names(finds(who, query(text)).await);
        assert_eq!(tags(&bob, "#RUST").await, ["rust", "rustfmt"]);
        assert_eq!(tags(&bob, "rustf").await, ["rustfmt"]);
        assert_eq!(tags(&alice, "rusty").await, ["rustyoldsecret"]);
        assert_eq!(tags(&alice, "rust y").await, Vec::<String>::new());
        let only = SearchQuery { only: Some(SearchKind::Accounts), ..query("rust") };
        assert_eq!(names(finds(&bob, only).await), Vec::<String>::new());
        let second = SearchQuery { limit: 1, offset: 1, ..query("rust") };
        assert_eq!(names(finds(&bob, second).await), ["rustfmt"]);
    }

    async fn an_address_finds_what_stands_behind_it(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let post = alice.says("hello", Reach::Company).await.status;
        for url in [post.uri.clone(), post.url.clone().unwrap()] {
            let found = finds(&bob, query(&url)).await;
            assert_eq!(found.statuses.iter().map(|view| view.status.id).collect::<Vec<_>>(), [post.id], "{url}");
            let other_kind = SearchQuery { only: Some(SearchKind::Accounts), ..query(&url) };
            assert_eq!(finds(&bob, other_kind).await, SearchView::default());
        }
        for url in [erin.uri.clone(), erin.url.clone().unwrap()] {
            assert_eq!(finds(&bob, query(&url)).await.accounts[0].id, erin.id, "{url}");
        }
        let secret = alice.says("psst", Reach::Direct).await.status;
        assert_eq!(finds(&bob, query(&secret.uri)).await, SearchView::default());
        assert_eq!(finds(&alice, query(&secret.uri)).await.statuses.len(), 1);
        set_tier(&app, "globex.test", Tier::Blocked).await;
        assert_eq!(finds(&bob, query(&erin.uri)).await, SearchView::default());
    }

    async fn another_host_is_asked_only_if_wanted(app: TestApp) {
        let me = Viewer::Local(app.staff("alice").await.account.id);
        // The same database, opened once more without federation, so that the test can set its remote port.
        let later = Clock::fixed(app.instance.now().plus_seconds(3600));
        let (settings, network) = (&app.instance.settings, &app.instance.network);
        let instance = fleet::open(settings, network, later, Rng::seeded(2)).await.unwrap();
        let unnamed = RemoteActor { username: "e".into(), ..document("erin", "globex.test") };
        let account = accounts::receive(&instance, unnamed).await.unwrap().id;
        let asked = Arc::new(AtomicUsize::new(0));
        let port = Elsewhere { account, asked: Arc::clone(&asked) };
        assert!(instance.remote.set(Arc::new(port)).is_ok());
        let count = || asked.load(Ordering::SeqCst);
        let resolve = |text: &str| SearchQuery { resolve: true, ..query(text) };
        let finds = async |query| search::search(&instance, me.clone(), query).await.unwrap();

        finds(query("@erin@globex.test")).await;
        finds(query("https://globex.test/somewhere")).await;
        let visitor = search::search(&instance, Viewer::Anonymous, resolve("@erin@globex.test")).await;
        assert_eq!(visitor.unwrap(), SearchView::default());
        finds(resolve("erin")).await;
        finds(resolve(&format!("https://{}/nothing", portico_testing::DOMAIN))).await;
        assert_eq!(count(), 0);

        finds(resolve("@erin@globex.test")).await;
        assert_eq!(count(), 1);
        let found = finds(resolve("https://globex.test/somewhere")).await;
        assert_eq!((found.accounts[0].id, count()), (account, 2));
        assert_eq!(finds(resolve("https://globex.test/nowhere")).await, SearchView::default());
        assert_eq!(finds(resolve("@nobody@globex.test")).await, SearchView::default());
        assert_eq!(count(), 4);
        // A known account is not looked up again.
        accounts::receive(&instance, document("erin", "globex.test")).await.unwrap();
        let found = finds(resolve("@erin@globex.test")).await;
        assert_eq!((found.accounts[0].id, count()), (account, 4));
    }
}
