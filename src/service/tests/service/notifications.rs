//! Notifications: created by actions, listed, counted and deleted.

use portico_domain::model::notification::NotificationKind::{self, *};
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::Tier;
use portico_domain::model::view::NotificationView;
use portico_domain::model::{NotificationId, Reach, StatusId};
use portico_service::Error;
use portico_service::people::accounts::{self, ProfileChange};
use portico_service::publishing::{boosts, favourites, statuses};
use portico_service::reading::markers;
use portico_service::reading::notifications::{self, NotificationFilter};
use portico_service::social::relationships::{self, FollowOptions};

use portico_testing::elsewhere::{set_tier, somebody};
use portico_testing::{TestUser, both_databases};

async fn listed(of: &TestUser, filter: NotificationFilter, page: PageRequest) -> Vec<NotificationView> {
    notifications::list(&of.app.instance, of.account.id, filter, page).await.unwrap().items
}

/// Returns the notifications of an account, newest first: their kinds and senders.
async fn notifications_of(of: &TestUser) -> Vec<(NotificationKind, String)> {
    let all = listed(of, NotificationFilter::default(), PageRequest::first(40)).await;
    all.into_iter().map(|view| (view.notification.kind, view.account.username)).collect()
}

async fn unread(of: &TestUser, limit: i64) -> usize {
    let all = NotificationFilter::default();
    notifications::unread_count(&of.app.instance, of.account.id, all, limit).await.unwrap()
}

async fn follow(by: &TestUser, of: &TestUser, notify: bool) {
    let options = FollowOptions { notify: Some(notify), ..FollowOptions::default() };
    relationships::follow(&by.app.instance, &by.account, of.account.id, options).await.unwrap();
    by.app.advance(1);
}

async fn favourite(by: &TestUser, id: StatusId) {
    favourites::add(&by.app.instance, by.account.id, id).await.unwrap();
    by.app.advance(1);
}

fn by(kind: NotificationKind, who: &str) -> (NotificationKind, String) {
    (kind, who.to_owned())
}

both_databases! {
    async fn each_action_is_notified_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follow(&bob, &alice, true).await;
        let post = alice.says("hello @bob", Reach::Company).await.status.id;
        app.advance(1);
        favourite(&bob, post).await;
        favourite(&bob, post).await;
        boosts::add(&app.instance, &bob.account, post).await.unwrap();
        app.advance(1);
        bob.says("@alice thanks", Reach::Company).await;

        let expected = [by(Mention, "bob"), by(Boost, "bob"), by(Favourite, "bob"), by(Follow, "bob")];
        assert_eq!(notifications_of(&alice).await, expected);
        let bobs = notifications_of(&bob).await;
        assert!(bobs.contains(&by(Mention, "alice")), "{bobs:?}");
        let page = PageRequest::first(40);
        let views = listed(&alice, NotificationFilter::default(), page).await;
        let about = |view: &NotificationView| view.status.as_ref().map(|status| status.status.id);
        assert_eq!(about(&views[1]), Some(post), "a boost is shown with the boosted status");
        assert_eq!((about(&views[2]), about(&views[3])), (Some(post), None));
        assert!(views[2].status.as_ref().unwrap().viewer.is_some());

        // Undone actions are no longer notified.
        favourites::remove(&app.instance, bob.account.id, post).await.unwrap();
        boosts::remove(&app.instance, &bob.account, post).await.unwrap();
        relationships::unfollow(&app.instance, &bob.account, alice.account.id).await.unwrap();
        assert_eq!(notifications_of(&alice).await, [by(Mention, "bob")]);
    }

    async fn subscribed_followers_are_notified_of_every_post(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        follow(&bob, &alice, true).await;
        follow(&carol, &alice, false).await;
        alice.says("news", Reach::Company).await;
        assert_eq!(notifications_of(&bob).await, [by(Status, "alice")]);
        assert_eq!(notifications_of(&carol).await, []);
    }

    async fn a_request_becomes_a_follow(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let locked = ProfileChange { locked: Some(true), ..ProfileChange::default() };
        accounts::update_profile(&app.instance, alice.account.id, locked).await.unwrap();
        follow(&bob, &alice, false).await;
        assert_eq!(notifications_of(&alice).await, [by(FollowRequest, "bob")]);
        relationships::authorize(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert_eq!(notifications_of(&alice).await, [by(Follow, "bob")]);
    }

    async fn kinds_and_people_can_be_chosen(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        let post = alice.says("hello", Reach::Company).await.status.id;
        follow(&bob, &alice, false).await;
        favourite(&bob, post).await;
        favourite(&carol, post).await;
        let chosen = async |filter: NotificationFilter| -> Vec<(NotificationKind, String)> {
            let views = listed(&alice, filter, PageRequest::first(40)).await;
            views.into_iter().map(|view| (view.notification.kind, view.account.username)).collect()
        };
        let usual = NotificationFilter::default;
        let only = NotificationFilter { kinds: Some(vec![Follow, Mention]), ..usual() };
        assert_eq!(chosen(only).await, [by(Follow, "bob")]);
        let none = NotificationFilter { kinds: Some(vec![]), ..usual() };
        assert_eq!(chosen(none).await, [], "an empty list of kinds selects no notification");
        let except = NotificationFilter { except: vec![Favourite], ..usual() };
        assert_eq!(chosen(except).await, [by(Follow, "bob")]);
        let from = NotificationFilter { from: Some(bob.account.id), ..usual() };
        assert_eq!(chosen(from.clone()).await, [by(Favourite, "bob"), by(Follow, "bob")]);
        assert_eq!(chosen(NotificationFilter { except: vec![Follow], ..from }).await, [by(Favourite, "bob")]);
    }

    async fn pages_follow_on_each_other(app: TestApp) {
        let alice = app.staff("alice").await;
        let post = alice.says("hello", Reach::Company).await.status.id;
        for name in ["bob", "carol", "dave", "erin", "frank"] {
            favourite(&app.staff(name).await, post).await;
        }
        let all = NotificationFilter::default;
        let page = async |page| {
            let me = alice.account.id;
            let page = notifications::list(&app.instance, me, all(), page).await.unwrap();
            let names = page.items.iter().map(|view| view.account.username.clone()).collect::<Vec<_>>();
            (names.join(" "), page.newest, page.oldest)
        };
        let (names, newest, oldest) = page(PageRequest::first(2)).await;
        assert_eq!(names, "frank erin");
        let (names, ..) = page(PageRequest { max_id: oldest, ..PageRequest::first(2) }).await;
        assert_eq!(names, "dave carol");
        let (names, ..) = page(PageRequest { since_id: oldest, ..PageRequest::first(5) }).await;
        assert_eq!(names, "frank");
        let (_, _, last) = page(PageRequest::first(5)).await;
        let (names, ..) = page(PageRequest { min_id: last, ..PageRequest::first(2) }).await;
        assert_eq!(names, "dave carol", "the page just above, newest first");
        let (names, ..) = page(PageRequest { since_id: newest, ..PageRequest::first(2) }).await;
        assert_eq!(names, "");
    }

    async fn a_page_is_not_cut_short_by_what_is_not_shown(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        follow(&bob, &alice, false).await;
        let carol = app.staff("carol").await;
        let mut mallory = Vec::new();
        for number in 0..7 {
            mallory.push(carol.says(&format!("@alice {number}"), Reach::Direct).await.status.id);
            app.advance(1);
        }
        for id in mallory {
            statuses::delete(&app.instance, &carol.account, id).await.unwrap();
        }
        for number in 0..7 {
            carol.says(&format!("@alice again {number}"), Reach::Company).await;
            app.advance(1);
        }
        relationships::mute(&app.instance, alice.account.id, carol.account.id, true, 0).await.unwrap();
        let first = listed(&alice, NotificationFilter::default(), PageRequest::first(2)).await;
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].account.username, "bob");
        assert_eq!(unread(&alice, 100).await, 1);
        // A mute without hidden notifications does not affect them.
        relationships::mute(&app.instance, alice.account.id, carol.account.id, false, 0).await.unwrap();
        assert_eq!(unread(&alice, 100).await, 8);
    }

    async fn hidden_accounts_and_statuses_cause_no_notification(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let post = alice.says("hello", Reach::Partners).await.status.id;
        favourites::receive(&app.instance, &erin, post, "https://globex.test/likes/1").await.unwrap();
        favourite(&bob, post).await;
        assert_eq!(notifications_of(&alice).await.len(), 2);
        set_tier(&app, "globex.test", Tier::Blocked).await;
        assert_eq!(notifications_of(&alice).await, [by(Favourite, "bob")]);
        app.act(bob.account.id, portico_domain::model::moderation::Action::Suspend).await.unwrap();
        assert_eq!(notifications_of(&alice).await, []);
        app.act(bob.account.id, portico_domain::model::moderation::Action::Unsuspend).await.unwrap();
        statuses::delete(&app.instance, &alice.account, post).await.unwrap();
        assert_eq!(notifications_of(&alice).await, []);

        // Posts for followers are not notified to former followers.
        follow(&bob, &alice, true).await;
        alice.says("for followers", Reach::Followers).await;
        let warned = by(NotificationKind::ModerationWarning, "bob");
        assert_eq!(notifications_of(&bob).await, [by(Status, "alice"), warned.clone()]);
        relationships::remove_follower(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert_eq!(notifications_of(&bob).await, [warned]);
    }

    async fn blocked_and_muted_accounts_cause_no_notification(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        let post = alice.says("hello", Reach::Company).await.status.id;
        favourite(&bob, post).await;
        relationships::block(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert_eq!(notifications_of(&alice).await, [], "a block deletes earlier notifications");
        relationships::unblock(&app.instance, &alice.account, bob.account.id).await.unwrap();
        assert_eq!(notifications_of(&alice).await, [], "for good");
        relationships::mute(&app.instance, alice.account.id, carol.account.id, true, 60).await.unwrap();
        favourite(&carol, post).await;
        app.advance(100);
        assert_eq!(notifications_of(&alice).await, [], "muted actions are not notified later");
    }

    async fn one_limited_host_disturbs_its_followers_only(app: TestApp) {
        let alice = app.staff("alice").await;
        let erin = somebody(&app, "erin", "globex.test", Tier::Partner).await;
        let post = alice.says("hello", Reach::Public).await.status.id;
        set_tier(&app, "globex.test", Tier::Limited).await;
        let uri = "https://globex.test/likes/1";
        let _ = favourites::receive(&app.instance, &erin, post, uri).await;
        assert_eq!(notifications_of(&alice).await, []);
    }

    async fn notifications_are_taken_away_by_their_owner(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = alice.says("hello", Reach::Company).await.status.id;
        follow(&bob, &alice, false).await;
        favourite(&bob, post).await;
        let views = listed(&alice, NotificationFilter::default(), PageRequest::first(40)).await;
        let id = views[0].notification.id;
        let (me, other) = (alice.account.id, bob.account.id);
        assert_eq!(notifications::show(&app.instance, me, id).await.unwrap(), views[0]);
        for (who, id) in [(other, id), (me, NotificationId(0)), (me, NotificationId(i64::MAX))] {
            let shown = notifications::show(&app.instance, who, id).await;
            assert!(matches!(shown, Err(Error::NotFound(_))), "{id}");
            let gone = notifications::dismiss(&app.instance, who, id).await;
            assert!(matches!(gone, Err(Error::NotFound(_))), "{id}");
        }
        notifications::dismiss(&app.instance, me, id).await.unwrap();
        assert_eq!(notifications_of(&alice).await, [by(Follow, "bob")]);
        follow(&alice, &bob, false).await;
        notifications::clear(&app.instance, me).await.unwrap();
        assert_eq!(notifications_of(&alice).await, []);
        assert_eq!(notifications_of(&bob).await, [by(Follow, "alice")], "only one's own notifications");
    }

    async fn unread_is_what_came_after_the_marker(app: TestApp) {
        let alice = app.staff("alice").await;
        let post = alice.says("hello", Reach::Company).await.status.id;
        for name in ["bob", "carol", "dave"] {
            favourite(&app.staff(name).await, post).await;
        }
        assert_eq!((unread(&alice, 100).await, unread(&alice, 2).await), (3, 2));
        let views = listed(&alice, NotificationFilter::default(), PageRequest::first(40)).await;
        let read = views[1].notification.id.to_string();
        markers::set(&app.instance, alice.account.id, vec![("notifications", read)]).await.unwrap();
        assert_eq!(unread(&alice, 100).await, 1);
    }
}
