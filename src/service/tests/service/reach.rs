//! Posting, and who can see which posts, through the services.

use portico_domain::model::page::PageRequest;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_service::publishing::statuses::{self, NewStatus, StatusEditInput};
use portico_service::publishing::{PostAuthor, submit_now};
use portico_service::publishing::{boosts, favourites};
use portico_service::reading::timelines;
use portico_service::{Error, Viewer};
use portico_store::Origin;

use portico_testing::{TestApp, TestUser, both_databases};

async fn seen_by(app: &TestApp, viewer: Viewer) -> Vec<String> {
    let page = PageRequest::first(40);
    let shown = timelines::public(&app.instance, viewer, Origin::Any, false, page).await.unwrap();
    shown.items.into_iter().map(|view| view.status.content).collect()
}

both_databases! {
    async fn organisational_posts_show_to_staff_and_to_nobody_else(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        for &reach in Reach::ALL {
            alice.says(reach.as_str(), reach).await;
        }
        let expected = ["<p>public</p>", "<p>partners</p>", "<p>company</p>", "<p>instance</p>"];
        assert_eq!(seen_by(&app, Viewer::Local(bob.account.id)).await, expected);
        assert_eq!(seen_by(&app, Viewer::Anonymous).await, Vec::<String>::new());
    }

    async fn direct_posts_show_only_to_mentioned_accounts(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        let post = alice.says("@bob psst", Reach::Direct).await;
        let show = |who: AccountId| statuses::show(&app.instance, Viewer::Local(who), post.status.id);
        assert!(show(bob.account.id).await.is_ok());
        assert!(matches!(show(carol.account.id).await, Err(Error::Refused(_))));
    }

    async fn an_answer_never_goes_further_than_what_it_answers(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = alice.says("for us alone", Reach::Instance).await;
        let answer = NewStatus {
            text: "I tell everyone".into(),
            in_reply_to: Some(post.status.id),
            asked: Some(portico_domain::policy::reach::RequestedReach::Reach(Reach::Public)),
            ..NewStatus::default()
        };
        let answer = submit_now(&app.instance, PostAuthor::own(&bob.account), answer).await.unwrap();
        assert_eq!(answer.status.reach, Reach::Instance);
        let thread = statuses::context(&app.instance, Viewer::Local(alice.account.id), post.status.id).await;
        assert_eq!(thread.unwrap().0.descendants.len(), 1);
    }

    async fn a_thread_goes_on_below_a_hidden_reply(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        let root = alice.says("root", Reach::Company).await.status.id;
        let reply = async |by: &TestUser, parent: StatusId, text: &str| {
            let new = NewStatus {
                text: text.into(),
                in_reply_to: Some(parent),
                asked: Some(portico_domain::policy::reach::RequestedReach::Reach(Reach::Direct)),
                ..NewStatus::default()
            };
            submit_now(&app.instance, PostAuthor::own(&by.account), new).await.unwrap().status.id
        };
        let hidden = reply(&bob, root, "@alice psst").await;
        let below = reply(&alice, hidden, "@bob @carol should know").await;
        let answer = reply(&carol, below, "@alice I see").await;
        let thread = statuses::context(&app.instance, Viewer::Local(carol.account.id), root).await.unwrap();
        let seen: Vec<StatusId> = thread.0.descendants.iter().map(|view| view.status.id).collect();
        assert_eq!(seen, [below, answer]);
        // The hidden reply and its author are not named: what is below it hangs on the requested post.
        let parents: Vec<_> = thread
            .0
            .descendants
            .iter()
            .map(|view| (view.status.in_reply_to_id, view.status.in_reply_to_account_id))
            .collect();
        let author = Some(alice.account.id);
        assert_eq!(parents, [(Some(root), author), (Some(below), author)]);
    }

    async fn hidden_replies_take_no_place_of_visible_ones(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let root = alice.says("root", Reach::Company).await.status;
        let replies: Vec<Status> = (0..=400)
            .map(|number| Status {
                local: true,
                in_reply_to_id: Some(root.id),
                conversation_id: root.conversation_id,
                ..Status::new(
                    StatusId(root.id.0 + 1 + number),
                    format!("https://a.example/replies/{number}"),
                    alice.account.id,
                    if number < 400 { Reach::Direct } else { Reach::Public },
                    root.created_at,
                )
            })
            .collect();
        let last = replies[400].id;
        let written = app.instance.store.write(move |tx| {
            for reply in &replies {
                tx.insert_status(reply, &[])?;
            }
            Ok::<_, portico_store::Error>(())
        });
        written.await.unwrap();
        let thread = statuses::context(&app.instance, Viewer::Local(bob.account.id), root.id).await.unwrap();
        let seen: Vec<StatusId> = thread.0.descendants.iter().map(|view| view.status.id).collect();
        assert_eq!(seen, [last]);
    }

    async fn a_key_makes_one_post(app: TestApp) {
        let alice = app.staff("alice").await;
        let new = NewStatus { text: "once".into(), idempotency_key: Some("k".into()), ..NewStatus::default() };
        let first = submit_now(&app.instance, PostAuthor::own(&alice.account), new.clone()).await.unwrap();
        let again = submit_now(&app.instance, PostAuthor::own(&alice.account), new.clone()).await.unwrap();
        assert_eq!(first.status.id, again.status.id);
        app.advance(2 * 3600);
        let later = submit_now(&app.instance, PostAuthor::own(&alice.account), new).await.unwrap();
        assert_ne!(first.status.id, later.status.id);
    }

    async fn favouriting_twice_counts_once(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = alice.says("hello", Reach::Company).await;
        favourites::add(&app.instance, bob.account.id, post.status.id).await.unwrap();
        let seen = favourites::add(&app.instance, bob.account.id, post.status.id).await.unwrap();
        assert_eq!(seen.status.favourites_count, 1);
        assert!(seen.viewer.unwrap().favourited);
        let seen = favourites::remove(&app.instance, bob.account.id, post.status.id).await.unwrap();
        assert_eq!(seen.status.favourites_count, 0);
    }

    async fn a_boost_has_the_reach_of_what_it_boosts(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let post = alice.says("for the division", Reach::Instance).await;
        let boost = boosts::add(&app.instance, &bob.account, post.status.id).await.unwrap();
        assert_eq!(boost.status.reach, Reach::Instance);
        assert_eq!(boost.boosted.unwrap().status.boosts_count, 1);
        let private = alice.says("for followers", Reach::Followers).await;
        assert!(boosts::add(&app.instance, &bob.account, private.status.id).await.is_err());
        boosts::add(&app.instance, &alice.account, private.status.id).await.unwrap();
    }

    async fn edits_keep_their_history_and_deletes_leave_nothing(app: TestApp) {
        let alice = app.staff("alice").await;
        let post = alice.says("frist #typo", Reach::Company).await;
        app.advance(60);
        let edit = StatusEditInput { text: "first #fixed".into(), ..StatusEditInput::default() };
        let edited = statuses::edit(&app.instance, &alice.account, post.status.id, edit).await.unwrap();
        assert_eq!(edited.tags, ["fixed"]);
        let viewer = Viewer::Local(alice.account.id);
        let (_, versions, _, _) = statuses::history(&app.instance, viewer.clone(), post.status.id).await.unwrap();
        assert_eq!(versions.len(), 2);
        assert!(versions[0].content.contains("frist"));
        statuses::delete(&app.instance, &alice.account, post.status.id).await.unwrap();
        assert!(statuses::show(&app.instance, viewer.clone(), post.status.id).await.is_err());
        assert!(timelines::home(&app.instance, alice.account.id, PageRequest::first(20)).await.unwrap().items.is_empty());
    }

    async fn pages_join_without_gap_or_overlap(app: TestApp) {
        let alice = app.staff("alice").await;
        let mut posted = Vec::new();
        for number in 0..7 {
            app.advance(1);
            posted.push(alice.says(&format!("post {number}"), Reach::Company).await.status.id);
        }
        posted.reverse();
        let home = |request| timelines::home(&app.instance, alice.account.id, request);
        let first = home(PageRequest::first(3)).await.unwrap();
        let second = home(PageRequest { max_id: first.oldest, ..PageRequest::first(3) }).await.unwrap();
        let third = home(PageRequest { max_id: second.oldest, ..PageRequest::first(3) }).await.unwrap();
        assert!(first.full && second.full && !third.full);
        let read: Vec<_> = [first, second, third].into_iter().flat_map(|page| page.items).map(|v| v.status.id).collect();
        assert_eq!(read, posted);
        let newer = home(PageRequest { min_id: Some(posted[6].0), ..PageRequest::first(2) }).await.unwrap();
        let ids: Vec<_> = newer.items.iter().map(|view| view.status.id).collect();
        assert_eq!(ids, [posted[4], posted[5]]);
    }
}
