//! Follows, requests, blocks and mutes, between local accounts and with other hosts.

use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::event::Event;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::relationship::Relationship;
use portico_domain::model::{AccountId, Reach};
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::reading::timelines;
use portico_service::social::relationships::{self, FollowOptions};
use portico_service::{Error, Refusal, Viewer};

use portico_testing::elsewhere::{document, events, now, set_tier, somebody};
use portico_testing::{Database, TestApp, TestUser, both_databases};

/// Relationships, as a person changes them.
trait Relates {
    async fn follows(&self, target: &Account) -> Relationship;
    async fn to(&self, other: &Account) -> Relationship;
    async fn home(&self) -> Vec<String>;
    async fn changes(&self, change: ProfileChange) -> Account;
    async fn locks(&self, locked: bool);
}

impl Relates for TestUser {
    async fn follows(&self, target: &Account) -> Relationship {
        let usual = FollowOptions::default();
        relationships::follow(&self.app.instance, &self.account, target.id, usual).await.unwrap()
    }

    async fn to(&self, other: &Account) -> Relationship {
        let ids = vec![other.id];
        relationships::between(&self.app.instance, self.account.id, ids).await.unwrap().remove(0)
    }

    async fn home(&self) -> Vec<String> {
        let page = PageRequest::first(40);
        let shown = timelines::home(&self.app.instance, self.account.id, page).await.unwrap();
        shown.items.into_iter().map(|view| view.status.content).collect()
    }

    async fn changes(&self, change: ProfileChange) -> Account {
        accounts::update_profile(&self.app.instance, self.account.id, change).await.unwrap()
    }

    async fn locks(&self, locked: bool) {
        self.changes(ProfileChange { locked: Some(locked), ..ProfileChange::default() }).await;
    }
}

fn ids(accounts: &[Account]) -> Vec<AccountId> {
    accounts.iter().map(|account| account.id).collect()
}

async fn followers(app: &TestApp, viewer: &TestUser, of: &Account) -> Vec<AccountId> {
    let viewer = Viewer::Local(viewer.account.id);
    let listed = relationships::followers(&app.instance, viewer, of.id, PageRequest::first(40)).await;
    ids(&listed.unwrap().page.items)
}

async fn counts(app: &TestApp, account: &Account) -> (i64, i64) {
    let account = now(app, account).await;
    (account.followers_count, account.following_count)
}

both_databases! {
    async fn a_local_follow_is_in_force_at_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.says("for followers", Reach::Followers).await;

        let seen = bob.follows(&alice.account).await;
        assert!(seen.following && seen.showing_boosts && !seen.notifying && !seen.requested);
        assert!(alice.to(&bob.account).await.followed_by);
        assert_eq!(bob.home().await, ["<p>for followers</p>"]);
        assert_eq!(counts(&app, &alice.account).await, (1, 0));
        assert_eq!(counts(&app, &bob.account).await, (0, 1));

        // Again with other options: one follow, updated.
        let wishes = FollowOptions { show_boosts: Some(false), notify: Some(true), ..FollowOptions::default() };
        let seen = relationships::follow(&app.instance, &bob.account, alice.account.id, wishes).await.unwrap();
        assert!(seen.following && !seen.showing_boosts && seen.notifying);
        let seen = bob.follows(&alice.account).await;
        assert!(!seen.showing_boosts && seen.notifying, "omitted options stay");
        assert_eq!(counts(&app, &alice.account).await, (1, 0));
        assert!(events(&app).await.iter().all(|event| matches!(event, Event::StatusPosted { .. })));

        let seen = relationships::unfollow(&app.instance, &bob.account, alice.account.id).await.unwrap();
        assert!(!seen.following);
        assert_eq!(bob.home().await, Vec::<String>::new());
        assert_eq!(counts(&app, &alice.account).await, (0, 0));
        relationships::unfollow(&app.instance, &bob.account, alice.account.id).await.unwrap();
        assert_eq!(counts(&app, &alice.account).await, (0, 0), "idempotent");
    }

    async fn forbidden_follows_are_refused(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let stranger = somebody(&app, "mallory", "open.test", Tier::Open).await;
        let follow = |me: &TestUser, target: AccountId| {
            let (app, me) = (app.clone(), me.account.clone());
            async move { relationships::follow(&app.instance, &me, target, FollowOptions::default()).await }
        };
        let refusal = |outcome: portico_service::Result<Relationship>| match outcome {
            Err(Error::Refused(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(refusal(follow(&alice, alice.account.id).await), Refusal::Yourself);
        // An instance with an allowlist does not federate with open hosts.
        assert_eq!(refusal(follow(&alice, stranger.id).await), Refusal::Host);
        relationships::block(&app.instance, &bob.account, alice.account.id).await.unwrap();
        assert_eq!(refusal(follow(&alice, bob.account.id).await), Refusal::Blocked);
        assert_eq!(refusal(follow(&bob, alice.account.id).await), Refusal::Blocked);
        relationships::unblock(&app.instance, &bob.account, alice.account.id).await.unwrap();
        app.act(bob.account.id, portico_domain::model::moderation::Action::Suspend).await.unwrap();
        assert_eq!(refusal(follow(&alice, bob.account.id).await), Refusal::Suspended);
        let nobody = follow(&alice, AccountId(1)).await;
        assert!(matches!(nobody, Err(Error::NotFound(_))));
        let server = follow(&alice, app.instance.actor_id).await;
        assert!(matches!(server, Err(Error::NotFound(_))), "the instance actor cannot be followed");
        let emitted = events(&app).await;
        let followed = |event: &Event| !matches!(event, Event::ProfileUpdated { .. });
        assert!(!emitted.iter().any(followed), "only the suspension is notified: {emitted:?}");
    }

    async fn a_locked_account_is_asked(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        alice.locks(true).await;
        alice.says("for followers", Reach::Followers).await;
        for asking in [&bob, &carol] {
            let seen = asking.follows(&alice.account).await;
            assert!(seen.requested && !seen.following);
        }
        assert!(alice.to(&bob.account).await.requested_by);
        assert_eq!(bob.home().await, Vec::<String>::new());
        assert_eq!(followers(&app, &alice, &alice.account).await, []);
        let page = PageRequest::first(40);
        let asking = relationships::follow_requests(&app.instance, alice.account.id, page).await.unwrap();
        assert_eq!(ids(&asking.items), [carol.account.id, bob.account.id], "newest first");

        let seen = relationships::authorize(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert!(seen.followed_by && !seen.requested_by);
        relationships::reject(&app.instance, &alice.account, carol.account.id).await.unwrap();
        assert!(bob.to(&alice.account).await.following);
        assert!(!carol.to(&alice.account).await.requested);
        assert_eq!(bob.home().await, ["<p>for followers</p>"]);
        assert_eq!(carol.home().await, Vec::<String>::new());
        assert_eq!(followers(&app, &bob, &alice.account).await, [bob.account.id]);
        assert_eq!(counts(&app, &alice.account).await, (1, 0));

        // Only requests can be accepted or rejected; a follower is not a request.
        for nothing in [carol.account.id, bob.account.id] {
            let answer = relationships::authorize(&app.instance, &alice.account, nothing).await;
            assert!(matches!(answer, Err(Error::NotFound(_))));
            let answer = relationships::reject(&app.instance, &alice.account, nothing).await;
            assert!(matches!(answer, Err(Error::NotFound(_))));
        }
        let seen = relationships::remove_follower(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert!(!seen.followed_by);
        assert_eq!(bob.home().await, Vec::<String>::new());
        assert_eq!(counts(&app, &alice.account).await, (0, 0));
    }

    async fn unlocking_accepts_waiting_follow_requests(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        alice.locks(true).await;
        bob.follows(&alice.account).await;
        let uri = "https://globex.test/follows/1";
        relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
        events(&app).await;
        alice.locks(false).await;
        assert!(bob.to(&alice.account).await.following);
        assert!(alice.to(&erin).await.followed_by);
        let accepted = |event: &Event| matches!(event, Event::FollowAccepted { .. });
        assert_eq!(events(&app).await.iter().filter(|event| accepted(event)).count(), 1);
    }

    async fn a_block_parts_two_people(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        bob.follows(&alice.account).await;
        alice.follows(&bob.account).await;
        alice.says("by alice", Reach::Followers).await;
        bob.says("by bob", Reach::Followers).await;

        let seen = relationships::block(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert!(seen.blocking && !seen.following && !seen.followed_by);
        let seen = bob.to(&alice.account).await;
        assert!(seen.blocked_by && !seen.following && !seen.followed_by);
        assert_eq!(alice.home().await, ["<p>by alice</p>"]);
        assert_eq!(bob.home().await, ["<p>by bob</p>"]);
        assert_eq!(counts(&app, &alice.account).await, (0, 0));
        let page = PageRequest::first(40);
        let blocked = relationships::blocks(&app.instance, alice.account.id, page).await.unwrap();
        assert_eq!(ids(&blocked.items), [bob.account.id]);

        let seen = relationships::unblock(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert!(!seen.blocking && !seen.following, "follows are not restored");
        let oneself = relationships::block(&app.instance, &alice.account, alice.account.id).await;
        assert!(matches!(oneself, Err(Error::Refused(Refusal::Yourself))));
    }

    async fn blocking_somebody_elsewhere_ends_follows_both_ways(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        alice.follows(&erin).await;
        let theirs = "https://globex.test/follows/1";
        relationships::receive_follow(&app.instance, &erin, alice.account.id, theirs).await.unwrap();
        events(&app).await;
        relationships::block(&app.instance, &alice.account, erin.id).await.unwrap();
        let emitted = events(&app).await;
        assert!(matches!(&emitted[0], Event::Unfollowed { target, .. } if *target == erin.id), "{emitted:?}");
        assert!(matches!(&emitted[1], Event::FollowRejected { uri, .. } if uri == theirs), "{emitted:?}");
        let Event::Blocked { uri: block, .. } = &emitted[2] else { panic!("{emitted:?}") };
        assert!(block.starts_with(&format!("{}#blocks/", alice.account.uri)));
        relationships::block(&app.instance, &alice.account, erin.id).await.unwrap();
        assert_eq!(events(&app).await, [], "idempotent");
        relationships::unblock(&app.instance, &alice.account, erin.id).await.unwrap();
        let emitted = events(&app).await;
        assert!(matches!(&emitted[0], Event::Unblocked { uri, .. } if uri == block), "{emitted:?}");
    }

    async fn a_mute_ends_by_itself(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.follows(&bob.account).await;
        bob.says("loud", Reach::Company).await;
        let seen = relationships::mute(&app.instance, alice.account.id, bob.account.id, true, 60).await.unwrap();
        assert!(seen.muting && seen.muting_notifications && seen.following);
        assert_eq!(seen.muting_expires_at, Some(app.instance.now().plus_seconds(60)));
        assert_eq!(alice.home().await, Vec::<String>::new());
        assert!(!bob.to(&alice.account).await.muting, "the muted account gets no event");
        let muted = |page| relationships::mutes(&app.instance, alice.account.id, page);
        assert_eq!(muted(PageRequest::first(40)).await.unwrap().items.len(), 1);
        app.advance(61);
        assert!(!alice.to(&bob.account).await.muting);
        assert_eq!(muted(PageRequest::first(40)).await.unwrap().items.len(), 0);
        assert_eq!(alice.home().await, ["<p>loud</p>"]);

        let seen = relationships::mute(&app.instance, alice.account.id, bob.account.id, false, 0).await.unwrap();
        assert!(seen.muting && !seen.muting_notifications && seen.muting_expires_at.is_none());
        let seen = relationships::unmute(&app.instance, alice.account.id, bob.account.id).await.unwrap();
        assert!(!seen.muting);
    }

    async fn relationships_keep_the_order_of_the_ids(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        alice.follows(&carol.account).await;
        let asked = vec![carol.account.id, AccountId(7), bob.account.id];
        let seen = relationships::between(&app.instance, alice.account.id, asked).await.unwrap();
        let seen: Vec<_> = seen.iter().map(|one| (one.id, one.following)).collect();
        assert_eq!(seen, [(carol.account.id, true), (bob.account.id, false)]);
    }

    async fn followers_come_in_pages_unless_they_are_hidden(app: TestApp) {
        let alice = app.staff("alice").await;
        let mut all = Vec::new();
        for name in ["bob", "carol", "dave"] {
            let follower = app.staff(name).await;
            follower.follows(&alice.account).await;
            all.insert(0, follower.account.id);
        }
        let viewer = || Viewer::Local(all[0]);
        let first = PageRequest::first(2);
        let listed = relationships::followers(&app.instance, viewer(), alice.account.id, first).await.unwrap();
        assert_eq!((ids(&listed.page.items), listed.total), (all[..2].to_vec(), 3));
        let rest = PageRequest { max_id: listed.page.oldest, ..first };
        let listed = relationships::followers(&app.instance, viewer(), alice.account.id, rest).await.unwrap();
        assert_eq!(ids(&listed.page.items), all[2..]);
        let listed = relationships::following(&app.instance, viewer(), all[0], first).await.unwrap();
        assert_eq!(ids(&listed.page.items), [alice.account.id]);
        let stranger =
            relationships::followers(&app.instance, Viewer::Anonymous, alice.account.id, first).await;
        assert!(matches!(stranger, Err(Error::NotFound(_))));

        alice.changes(ProfileChange { hide_collections: Some(true), ..ProfileChange::default() }).await;
        let hidden = relationships::followers(&app.instance, viewer(), alice.account.id, first).await.unwrap();
        assert_eq!((ids(&hidden.page.items), hidden.total), (vec![], 0));
        assert_eq!(followers(&app, &alice, &alice.account).await, all, "own statuses are not hidden");
    }

    async fn a_follow_of_somebody_elsewhere_waits_for_their_word(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let seen = alice.follows(&erin).await;
        assert!(seen.requested && !seen.following);
        let emitted = events(&app).await;
        let [Event::FollowRequested { follow }] = emitted[..] else { panic!("{emitted:?}") };
        let uri = format!("{}#follows/{follow}", alice.account.uri);
        alice.follows(&erin).await;
        assert_eq!(events(&app).await, [], "a repeated request emits no event");

        // No other account can answer the request: neither with the Follow's id nor with its actor.
        let other = somebody(&app, "mallory", "globex.test", Tier::Partner).await;
        let me = Some(alice.account.id);
        relationships::receive_accept(&app.instance, &other, Some(&uri), me).await.unwrap();
        assert!(!alice.to(&erin).await.following);
        assert!(!alice.to(&other).await.following, "a follow that was never requested is not created");
        relationships::receive_reject(&app.instance, &other, Some(&uri), me).await.unwrap();
        assert!(alice.to(&erin).await.requested);

        relationships::receive_accept(&app.instance, &erin, Some(&uri), None).await.unwrap();
        relationships::receive_accept(&app.instance, &erin, Some(&uri), None).await.unwrap();
        assert!(alice.to(&erin).await.following);
        assert_eq!(counts(&app, &erin).await, (1, 0), "idempotent");

        relationships::unfollow(&app.instance, &alice.account, erin.id).await.unwrap();
        let emitted = events(&app).await;
        assert!(matches!(&emitted[..], [Event::Unfollowed { uri: gone, .. }] if *gone == uri), "{emitted:?}");
        relationships::receive_accept(&app.instance, &erin, Some(&uri), me).await.unwrap();
        assert!(!alice.to(&erin).await.following, "an answer that arrives too late");
    }

    async fn a_stolen_follow_id_keeps_no_answer_away(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let mallory = somebody(&app, "mallory", "initech.test", Tier::Partner).await;
        alice.follows(&erin).await;
        let emitted = events(&app).await;
        let [Event::FollowRequested { follow }] = emitted[..] else { panic!("{emitted:?}") };
        let uri = format!("{}#follows/{follow}", alice.account.uri);
        relationships::receive_follow(&app.instance, &mallory, bob.account.id, &uri).await.unwrap();
        relationships::receive_accept(&app.instance, &erin, Some(&uri), None).await.unwrap();
        assert!(alice.to(&erin).await.following);
        relationships::receive_unfollow(&app.instance, &mallory, Some(&uri), None).await.unwrap();
        assert!(alice.to(&erin).await.following);
        assert!(!bob.to(&mallory).await.followed_by);
    }

    async fn a_refusal_ends_a_follow(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let me = Some(alice.account.id);
        alice.follows(&erin).await;
        relationships::receive_reject(&app.instance, &erin, None, me).await.unwrap();
        assert!(!alice.to(&erin).await.requested);
        alice.follows(&erin).await;
        relationships::receive_accept(&app.instance, &erin, None, me).await.unwrap();
        relationships::receive_reject(&app.instance, &erin, None, me).await.unwrap();
        relationships::receive_reject(&app.instance, &erin, None, me).await.unwrap();
        assert!(!alice.to(&erin).await.following);
        assert_eq!(counts(&app, &alice.account).await, (0, 0));
    }

    async fn a_follow_from_elsewhere_is_answered(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let follow = async |uri: &str| {
            relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
            events(&app).await
        };
        let first = follow("https://globex.test/follows/1").await;
        assert!(matches!(first[..], [Event::FollowAccepted { .. }]), "{first:?}");
        assert_eq!(counts(&app, &alice.account).await, (1, 0));
        // Peers lose answers and ask again with a new id: the answer names the new id.
        let again = follow("https://globex.test/follows/2").await;
        assert_eq!(again, first);
        let Event::FollowAccepted { follow: id } = again[0] else { panic!() };
        let stored = app.instance.store.read(move |reader| reader.find_follow(id)).await.unwrap().unwrap();
        assert_eq!(stored.uri, "https://globex.test/follows/2");
        assert_eq!(counts(&app, &alice.account).await, (1, 0));

        let undo = |uri| relationships::receive_unfollow(&app.instance, &erin, uri, Some(alice.account.id));
        undo(None).await.unwrap();
        undo(None).await.unwrap();
        assert!(!alice.to(&erin).await.followed_by);
        assert_eq!(counts(&app, &alice.account).await, (0, 0));
    }

    async fn an_undo_may_overtake_its_follow(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let other = somebody(&app, "mallory", "globex.test", Tier::Partner).await;
        let uri = "https://globex.test/follows/1";
        let target = alice.account.id;
        relationships::receive_unfollow(&app.instance, &other, Some(uri), Some(target)).await.unwrap();
        relationships::receive_follow(&app.instance, &erin, target, uri).await.unwrap();
        assert!(alice.to(&erin).await.followed_by, "an actor cannot undo another's follow");
        relationships::receive_unfollow(&app.instance, &erin, Some(uri), Some(target)).await.unwrap();

        let uri = "https://globex.test/follows/2";
        relationships::receive_unfollow(&app.instance, &erin, Some(uri), Some(target)).await.unwrap();
        relationships::receive_follow(&app.instance, &erin, target, uri).await.unwrap();
        assert!(!alice.to(&erin).await.followed_by);
        // Interop: some peers use one id for every follow of an account.
        app.advance(2 * 3600);
        relationships::receive_follow(&app.instance, &erin, target, uri).await.unwrap();
        assert!(alice.to(&erin).await.followed_by);
    }

    async fn a_follow_of_a_locked_account_waits_for_its_word(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        alice.locks(true).await;
        events(&app).await;
        let uri = "https://globex.test/follows/1";
        relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
        relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
        assert_eq!(events(&app).await, []);
        assert!(alice.to(&erin).await.requested_by);
        relationships::authorize(&app.instance, &alice.account, erin.id).await.unwrap();
        assert!(alice.to(&erin).await.followed_by);
        assert!(matches!(events(&app).await[..], [Event::FollowAccepted { .. }]));
        relationships::remove_follower(&app.instance, &alice.account, erin.id).await.unwrap();
        let emitted = events(&app).await;
        assert!(matches!(&emitted[..], [Event::FollowRejected { uri: theirs, .. }] if theirs == uri), "{emitted:?}");
    }

    async fn hosts_that_may_not_take_part_are_turned_down(app: TestApp) {
        let alice = app.staff("alice").await;
        let uri = "https://open.test/follows/1";
        for tier in [Tier::Open, Tier::Limited, Tier::Blocked] {
            let mallory = somebody(&app, "mallory", "open.test", tier).await;
            relationships::receive_follow(&app.instance, &mallory, alice.account.id, uri).await.unwrap();
            assert!(matches!(events(&app).await[..], [Event::FollowRejected { .. }]), "{tier}");
            let seen = alice.to(&mallory).await;
            assert!(!seen.followed_by && !seen.requested_by, "{tier}");
        }
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        relationships::block(&app.instance, &alice.account, erin.id).await.unwrap();
        events(&app).await;
        relationships::receive_follow(&app.instance, &erin, alice.account.id, uri).await.unwrap();
        assert!(matches!(events(&app).await[..], [Event::FollowRejected { .. }]), "those of the blocked account, too");
    }

    async fn the_instance_actor_is_for_sisters_alone(app: TestApp) {
        let target = app.instance.actor_id;
        let uri = "https://sales.acme.test/follows/1";
        let sister = async |kind, tier| {
            set_tier(&app, "sales.acme.test", tier).await;
            let actor = portico_domain::model::account::RemoteActor { kind, ..document("sales", "sales.acme.test") };
            let actor = accounts::receive(&app.instance, actor).await.unwrap();
            relationships::receive_follow(&app.instance, &actor, target, uri).await.unwrap();
            let emitted = events(&app).await;
            matches!(emitted[..], [Event::FollowAccepted { .. }])
        };
        assert!(!sister(ActorKind::Person, Tier::Company).await);
        assert!(!sister(ActorKind::Application, Tier::Partner).await);
        assert!(sister(ActorKind::Application, Tier::Company).await);

        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let refused = relationships::follow_company_peer(&app.instance, erin.id).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Host))));
        let theirs = accounts::find_by_uri(&app.instance, "https://sales.acme.test/users/sales").await.unwrap();
        assert!(relationships::follow_company_peer(&app.instance, theirs.id).await.unwrap());
        assert!(!relationships::follow_company_peer(&app.instance, theirs.id).await.unwrap());
        assert!(matches!(events(&app).await[..], [Event::FollowRequested { .. }]));
    }

    async fn a_block_from_elsewhere_parts_too(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let me = alice.account.id;
        alice.follows(&erin).await;
        relationships::receive_accept(&app.instance, &erin, None, Some(me)).await.unwrap();
        relationships::receive_follow(&app.instance, &erin, me, "https://globex.test/follows/1").await.unwrap();
        let uri = "https://globex.test/blocks/1";
        relationships::receive_block(&app.instance, &erin, me, uri).await.unwrap();
        relationships::receive_block(&app.instance, &erin, me, uri).await.unwrap();
        let seen = alice.to(&erin).await;
        assert!(seen.blocked_by && !seen.following && !seen.followed_by);
        assert_eq!(counts(&app, &alice.account).await, (0, 0));

        let other = somebody(&app, "mallory", "globex.test", Tier::Partner).await;
        relationships::receive_unblock(&app.instance, &other, Some(uri), Some(me)).await.unwrap();
        assert!(alice.to(&erin).await.blocked_by, "only the blocker can lift a block");
        relationships::receive_unblock(&app.instance, &erin, Some(uri), None).await.unwrap();
        assert!(!alice.to(&erin).await.blocked_by);

        // The Undo of a block may overtake the block.
        let uri = "https://globex.test/blocks/2";
        relationships::receive_unblock(&app.instance, &erin, Some(uri), Some(me)).await.unwrap();
        relationships::receive_block(&app.instance, &erin, me, uri).await.unwrap();
        assert!(!alice.to(&erin).await.blocked_by);
    }
}

/// On an open instance, follows by a limited host's accounts need approval even for unlocked accounts.
async fn limited(database: Database) {
    let app = TestApp::with(database, |settings| settings.federation = FederationMode::Open).await;
    let alice = app.staff("alice").await;
    for (host, tier, waits) in [("open.test", Tier::Open, false), ("far.test", Tier::Limited, true)] {
        let erin = somebody(&app, "erin", host, tier).await;
        let uri = format!("https://{host}/follows/1");
        relationships::receive_follow(&app.instance, &erin, alice.account.id, &uri).await.unwrap();
        let seen = alice.to(&erin).await;
        assert_eq!((seen.requested_by, seen.followed_by), (waits, !waits), "{tier}");
    }
}

mod limited_hosts_ask_first {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        limited(Database::Sqlite).await;
    }

    #[tokio::test]
    #[ignore = "needs PORTICO_TEST_POSTGRES"]
    async fn postgres() {
        limited(Database::Postgres).await;
    }
}
