//! The rules for posts from other hosts, without HTTP: what is admitted, with which reach and in which group.

use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::agreement_grants::{AgreementGrants, Grant, GrantSet};
use portico_domain::model::emoji::Emoji;
use portico_domain::model::group::{GroupVisibility, Guest};
use portico_domain::model::media::{Media, RemoteMedia};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::PageRequest;
use portico_domain::model::peer::{HostRules, Tier};
use portico_domain::model::question::Askers;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, AgreementId, Reach, StatusId};
use portico_domain::policy::audience_limits::StatedAudience;
use portico_domain::policy::reach::ReachAddressing;
use portico_service::people::accounts;
use portico_service::publishing::questions;
use portico_service::publishing::receive::{
    self, Arrival, PostAddressing, PostDelivery, ReceivedUpdate, RemotePost,
};
use portico_service::reading::notifications::{self, NotificationFilter};
use portico_service::social::groups::{self, GroupInput, NewGroup};
use portico_service::{Error, Refusal};
use portico_store::StoredGrants;

use portico_testing::elsewhere::{document, set_tier, somebody};
use portico_testing::{TestApp, TestUser, both_databases};

const NOBODY: ReachAddressing = ReachAddressing {
    public: false,
    unlisted: false,
    followers: false,
    company: false,
    partners: false,
    one_partner: None,
};
const PUBLIC: ReachAddressing = ReachAddressing { public: true, ..NOBODY };
const FOLLOWERS: ReachAddressing = ReachAddressing { followers: true, ..NOBODY };
const COMPANY: ReachAddressing = ReachAddressing { followers: true, company: true, ..NOBODY };
const PARTNERS: ReachAddressing = ReachAddressing { followers: true, partners: true, ..NOBODY };

fn stating(facts: ReachAddressing) -> PostAddressing {
    PostAddressing { stated: StatedAudience { facts, partner: None }, ..PostAddressing::default() }
}

/// Builds the addressing of a post to these actors alone.
fn to(uris: &[&Account]) -> PostAddressing {
    PostAddressing { to: uris.iter().map(|account| account.uri.clone()).collect(), ..stating(NOBODY) }
}

/// Builds the post `name` of an author.
fn post(author: &Account, name: &str, addressing: PostAddressing) -> RemotePost {
    let uri = format!("{}/statuses/{name}", author.uri);
    RemotePost { uri, content: format!("<p>{name}</p>"), addressing, ..RemotePost::default() }
}

fn delivered() -> Arrival {
    Arrival::Delivered(PostDelivery::default())
}

/// Receives a post by delivery. Returns its id if it is stored.
async fn deliver(app: &TestApp, author: &Account, post: RemotePost) -> Result<Option<StatusId>, Error> {
    let received = receive::receive_post(&app.instance, author, post, delivered()).await?;
    Ok(received.map(|post| post.id))
}

async fn find(app: &TestApp, id: StatusId) -> Status {
    let found = app.instance.store.read(move |reader| Ok::<_, Error>(reader.find_status(id)?));
    found.await.unwrap().unwrap()
}

/// Receives a post that is stored, and returns its row.
async fn stored(app: &TestApp, author: &Account, post: RemotePost) -> Status {
    let id = deliver(app, author, post).await.unwrap().unwrap();
    find(app, id).await
}

async fn media_of(app: &TestApp, id: StatusId) -> Vec<Media> {
    app.instance.store.read(move |reader| Ok::<_, Error>(reader.media_of(id)?)).await.unwrap()
}

async fn mentions_of(app: &TestApp, id: StatusId) -> Vec<AccountId> {
    app.instance.store.read(move |reader| Ok::<_, Error>(reader.list_mentioned(id)?)).await.unwrap()
}

/// Returns the statuses in which a mention notified an account, newest first.
async fn notified_of(who: &TestUser) -> Vec<StatusId> {
    let (filter, page) = (NotificationFilter::default(), PageRequest::first(40));
    let listed = notifications::list(&who.app.instance, who.account.id, filter, page).await.unwrap();
    let mentions = listed.items.iter().filter(|view| view.notification.kind == NotificationKind::Mention);
    mentions.filter_map(|view| view.status.as_ref().map(|about| about.status.id)).collect()
}

/// Makes an agreement that takes these grants from a partner.
async fn take(app: &TestApp, domain: &str, takes: GrantSet) {
    let stored = StoredGrants {
        domain: domain.to_owned(),
        agreement: AgreementId(1),
        starts_at: None,
        ends_at: None,
        stopped: false,
        grants: AgreementGrants { gives: GrantSet::USUAL, takes },
        follows_given: Vec::new(),
        follows_taken: Vec::new(),
        changed_at: app.instance.now(),
    };
    let written = app.instance.store.write(move |tx| Ok::<_, Error>(tx.set_agreement_grants(&stored)?));
    written.await.unwrap();
}

/// Creates a group of `owner`: a room, or an open one for the company.
async fn group(app: &TestApp, owner: &TestUser, name: &str, room: bool) -> Account {
    let visibility = (!room).then_some(GroupVisibility::Within(Reach::Company));
    let new = NewGroup {
        name: name.to_owned(),
        draft: GroupInput { visibility, ..GroupInput::default() },
        room,
        keys: Some(("PEM".to_owned(), "PEM".to_owned())),
    };
    groups::create(&app.instance, owner.account.id, new).await.unwrap();
    let uri = app.instance.urls.actor(name);
    accounts::find_by_uri(&app.instance, &uri).await.unwrap()
}

/// Makes an account a guest of a room for an hour.
async fn invite(app: &TestApp, room: &Account, sponsor: &TestUser, guest: &Account) {
    let now = app.instance.now();
    let guest = Guest {
        group: room.id,
        account: guest.id,
        sponsor: sponsor.account.id,
        until: now.plus_seconds(3600),
        accepted_at: Some(now),
        created_at: now,
    };
    app.instance.store.write(move |tx| Ok::<_, Error>(tx.set_guest(&guest)?)).await.unwrap();
}

both_databases! {
    async fn nothing_is_accepted_from_a_host_that_is_not_federated_with(app: TestApp) {
        let ann = somebody(&app, "ann", "open.test", Tier::Open).await;
        for addressing in [stating(PUBLIC), stating(FOLLOWERS), stating(NOBODY)] {
            let refused = deliver(&app, &ann, post(&ann, "one", addressing)).await.unwrap_err();
            assert!(matches!(refused, Error::Refused(Refusal::Host)), "{refused}");
        }
        let alice = app.staff("alice").await;
        let local = deliver(&app, &alice.account, post(&ann, "one", stating(PUBLIC))).await.unwrap_err();
        assert!(matches!(local, Error::Invalid(_)), "{local}");
    }

    async fn the_reach_follows_from_addressing_and_tier(app: TestApp) {
        let colleague = somebody(&app, "cora", "company.test", Tier::Company).await;
        let partner = somebody(&app, "pat", "partner.test", Tier::Partner).await;
        for (author, facts, expected) in [
            (&colleague, PUBLIC, (Reach::Public, true)),
            (&colleague, ReachAddressing { unlisted: true, ..NOBODY }, (Reach::Public, false)),
            (&colleague, COMPANY, (Reach::Company, true)),
            (&colleague, PARTNERS, (Reach::Partners, true)),
            (&colleague, FOLLOWERS, (Reach::Followers, false)),
            (&colleague, NOBODY, (Reach::Direct, false)),
            (&partner, COMPANY, (Reach::Followers, false)),
            (&partner, PARTNERS, (Reach::Partners, true)),
        ] {
            let name = format!("{facts:?}");
            let status = stored(&app, author, post(author, &name, stating(facts))).await;
            assert_eq!((status.reach, status.listed), expected, "{name} by {}", author.acct());
        }
        // The narrower of the post's addressing and that of its activity counts.
        let delivery = PostDelivery { addressing: Some(stating(FOLLOWERS)), ..PostDelivery::default() };
        let wide = post(&colleague, "wide", stating(PUBLIC));
        let received = receive::receive_post(&app.instance, &colleague, wide, Arrival::Delivered(delivery)).await;
        let id = received.unwrap().unwrap().id;
        assert_eq!(find(&app, id).await.reach, Reach::Followers);
    }

    async fn the_partner_of_a_post_is_kept(app: TestApp) {
        let colleague = somebody(&app, "cora", "company.test", Tier::Company).await;
        let facts = ReachAddressing { one_partner: Some(false), ..PARTNERS };
        let stated = StatedAudience { facts, partner: Some("globex.test".to_owned()) };
        let addressing = PostAddressing { stated, ..PostAddressing::default() };
        let status = stored(&app, &colleague, post(&colleague, "one", addressing)).await;
        assert_eq!(status.reach, Reach::Partners);
        assert_eq!(status.partner.unwrap().domain, "globex.test");
    }

    async fn media_comes_only_from_hosts_that_may_send_it(app: TestApp) {
        let usual = somebody(&app, "una", "usual.test", Tier::Partner).await;
        let rejected = somebody(&app, "rae", "rejected.test", Tier::Partner).await;
        let rules = HostRules { reject_media: true, ..HostRules::default() };
        let written = app.instance.store.write(move |tx| {
            Ok::<_, Error>(tx.set_host_rules("rejected.test", &rules)?)
        });
        written.await.unwrap();
        let bound = somebody(&app, "bo", "bound.test", Tier::Partner).await;
        take(&app, "bound.test", GrantSet::USUAL.without(Grant::Media)).await;
        for (author, accepted) in [(&usual, true), (&rejected, false), (&bound, false)] {
            let media = RemoteMedia { url: format!("{}/a.png", author.uri), ..RemoteMedia::default() };
            let emoji = Emoji { shortcode: "party".into(), url: format!("{}/b.png", author.uri) };
            let post = RemotePost {
                media: vec![media],
                emojis: vec![emoji],
                ..post(author, "picture", stating(PARTNERS))
            };
            let status = stored(&app, author, post).await;
            assert_eq!(!media_of(&app, status.id).await.is_empty(), accepted, "{}", author.acct());
            assert_eq!(!status.emojis.is_empty(), accepted, "{}", author.acct());
        }
    }

    async fn an_agreement_decides_which_posts_are_accepted(app: TestApp) {
        let pat = somebody(&app, "pat", "partner.test", Tier::Partner).await;
        take(&app, "partner.test", GrantSet::USUAL.without(Grant::Public).without(Grant::Direct)).await;
        assert!(deliver(&app, &pat, post(&pat, "partners", stating(PARTNERS))).await.unwrap().is_some());
        for facts in [PUBLIC, NOBODY] {
            let refused = deliver(&app, &pat, post(&pat, "other", stating(facts))).await.unwrap_err();
            assert!(matches!(refused, Error::Refused(Refusal::Agreement)), "{refused}");
        }
    }

    async fn a_guest_is_heard_in_the_room_alone(app: TestApp) {
        let alice = app.staff("alice").await;
        let room = group(&app, &alice, "project", true).await;
        let gus = somebody(&app, "gus", "open.test", Tier::Open).await;
        invite(&app, &room, &alice, &gus).await;
        let other = somebody(&app, "olga", "open.test", Tier::Open).await;
        let said = stored(&app, &gus, post(&gus, "hello", to(&[&room]))).await;
        assert_eq!((said.reach, said.group), (Reach::Group, Some(room.id)));
        for (author, name, addressing) in [
            (&gus, "public", stating(PUBLIC)),
            (&gus, "direct", to(&[&alice.account])),
            (&gus, "aside", to(&[&room, &app.staff("bob").await.account])),
            (&other, "uninvited", to(&[&room])),
        ] {
            assert_eq!(deliver(&app, author, post(author, name, addressing)).await.unwrap(), None, "{name}");
        }
        // A guest of a partner needs no agreement in the room, and has no more rights outside of it.
        let pat = somebody(&app, "pat", "partner.test", Tier::Partner).await;
        take(&app, "partner.test", GrantSet::NOTHING).await;
        invite(&app, &room, &alice, &pat).await;
        let said = stored(&app, &pat, post(&pat, "hello", to(&[&room]))).await;
        assert_eq!(said.reach, Reach::Group);
        assert_eq!(deliver(&app, &pat, post(&pat, "public", stating(PUBLIC))).await.unwrap(), None);
        app.advance(3600);
        let late = deliver(&app, &gus, post(&gus, "late", to(&[&room]))).await.unwrap_err();
        assert!(matches!(late, Error::Refused(Refusal::Host)), "{late}");
    }

    async fn a_group_is_found_by_its_address(app: TestApp) {
        let alice = app.staff("alice").await;
        let team = group(&app, &alice, "team", false).await;
        let cora = somebody(&app, "cora", "company.test", Tier::Company).await;
        let addressed = |ids: PostAddressing| PostAddressing { stated: stating(COMPANY).stated, ..ids };
        let outside = stored(&app, &cora, post(&cora, "outside", addressed(to(&[&team])))).await;
        assert_eq!((outside.group, outside.reach), (None, Reach::Company), "only members post in a group");
        // A remote group counts only in `audience`, because a mention also stands in `to`.
        let mut there = document("club", "company.test");
        there.kind = ActorKind::Group;
        let club = accounts::receive(&app.instance, there).await.unwrap();
        let mentioned = stored(&app, &cora, post(&cora, "mentioned", addressed(to(&[&club])))).await;
        assert_eq!(mentioned.group, None);
        let audience = PostAddressing { audience: vec![club.uri.clone()], ..addressed(to(&[])) };
        let posted = stored(&app, &cora, post(&cora, "posted", audience)).await;
        assert_eq!(posted.group, Some(club.id));
        // The group's own copy of that post is no second post.
        let copy = RemotePost { copy_of: Some(posted.uri.clone()), ..post(&club, "copy", stating(PUBLIC)) };
        assert_eq!(deliver(&app, &club, copy.clone()).await.unwrap(), None);
        let delivery = PostDelivery::default();
        let updated = receive::receive_update(&app.instance, &club, copy, delivery).await.unwrap();
        assert_eq!(updated, ReceivedUpdate::Ignored);
    }

    async fn a_mention_counts_if_its_account_is_addressed(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await.account, app.staff("bob").await.account);
        let cora = somebody(&app, "cora", "company.test", Tier::Company).await;
        let pat = somebody(&app, "pat", "partner.test", Tier::Partner).await;
        let named = |author: &Account, name: &str, addressing: PostAddressing| RemotePost {
            mentions: vec![alice.uri.clone()],
            ..post(author, name, addressing)
        };
        let aside = stored(&app, &cora, named(&cora, "aside", stating(PUBLIC))).await;
        assert!(mentions_of(&app, aside.id).await.is_empty(), "a tag without an address");
        let both = stored(&app, &cora, named(&cora, "both", to(&[&alice, &bob]))).await;
        assert_eq!(mentions_of(&app, both.id).await, [alice.id], "the other is a member of a circle");
        assert!(both.addressed);
        let single = stored(&app, &pat, post(&pat, "single", to(&[&bob]))).await;
        assert_eq!(mentions_of(&app, single.id).await, [bob.id]);
        assert!(!single.addressed);
        // A direct post without a known recipient is for the owner of the inbox.
        let delivery = PostDelivery { recipient: Some(alice.id), ..PostDelivery::default() };
        let blind = post(&cora, "blind", stating(NOBODY));
        let received = receive::receive_post(&app.instance, &cora, blind, Arrival::Delivered(delivery)).await;
        assert_eq!(mentions_of(&app, received.unwrap().unwrap().id).await, [alice.id]);
    }

    async fn an_update_edits_narrows_or_brings_the_post(app: TestApp) {
        let cora = somebody(&app, "cora", "company.test", Tier::Company).await;
        let update = async |post: RemotePost| {
            receive::receive_update(&app.instance, &cora, post, PostDelivery::default()).await.unwrap()
        };
        let ReceivedUpdate::Stored(first) = update(post(&cora, "one", stating(PUBLIC))).await else {
            panic!("an unknown post is stored");
        };
        app.advance(60);
        let company = PostAddressing { to: vec![format!("{}/followers", cora.uri)], ..stating(COMPANY) };
        let edit = RemotePost { content: "<p>two</p>".into(), ..post(&cora, "one", company) };
        assert_eq!(update(edit).await, ReceivedUpdate::Known);
        let edited = find(&app, first.id).await;
        assert_eq!((edited.content.as_str(), edited.reach), ("<p>two</p>", Reach::Company));
        // An edit never widens, and one without addressing changes no reach.
        for addressing in [stating(PUBLIC), stating(NOBODY)] {
            update(post(&cora, "one", addressing)).await;
            assert_eq!(find(&app, first.id).await.reach, Reach::Company);
        }
        receive::receive_delete(&app.instance, &cora, &edited.uri).await.unwrap();
        assert_eq!(update(post(&cora, "one", stating(PUBLIC))).await, ReceivedUpdate::Ignored);
    }

    async fn a_host_that_was_blocked_meanwhile_is_not_heard(app: TestApp) {
        let cora = somebody(&app, "cora", "company.test", Tier::Company).await;
        let first = stored(&app, &cora, post(&cora, "one", stating(PUBLIC))).await;
        set_tier(&app, "company.test", Tier::Blocked).await;
        let edit = RemotePost { content: "<p>two</p>".into(), ..post(&cora, "one", stating(PUBLIC)) };
        let refused = receive::receive_edit(&app.instance, &cora, edit).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Host)), "{refused}");
        assert_eq!(find(&app, first.id).await.content, first.content);
    }

    async fn a_second_create_adds_mentions_by_the_rules_of_the_first(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let carol = app.staff("carol").await;
        let room = group(&app, &alice, "project", true).await;
        let gus = somebody(&app, "gus", "company.test", Tier::Company).await;
        let again = |name: &str, mentioned: &TestUser| {
            let uri = mentioned.account.uri.clone();
            let addressing = PostAddressing { to: vec![uri.clone()], ..stating(PUBLIC) };
            RemotePost { mentions: vec![uri], ..post(&gus, name, addressing) }
        };
        let wide = stored(&app, &gus, post(&gus, "wide", stating(PUBLIC))).await;
        assert_eq!(deliver(&app, &gus, again("wide", &alice)).await.unwrap(), Some(wide.id));
        assert_eq!(mentions_of(&app, wide.id).await, [alice.account.id]);
        assert_eq!(notified_of(&alice).await, [wide.id]);
        let fetched = receive::receive_post(&app.instance, &gus, again("wide", &bob), Arrival::Fetched).await;
        assert_eq!(fetched.unwrap().map(|post| post.id), Some(wide.id));
        assert!(mentions_of(&app, wide.id).await.contains(&bob.account.id));
        assert!(notified_of(&bob).await.is_empty(), "a fetched post is only stored");
        let uri = format!("{}/statuses/boost", gus.uri);
        let boost = Status {
            boost_of: Some(wide.id),
            ..Status::new(StatusId(1), uri, gus.id, Reach::Public, app.instance.now())
        };
        let written = app.instance.store.write(move |tx| Ok::<_, Error>(tx.insert_status(&boost, &[])?));
        assert!(written.await.unwrap());
        assert_eq!(deliver(&app, &gus, again("boost", &carol)).await.unwrap(), None, "a boost is no post");
        assert!(mentions_of(&app, StatusId(1)).await.is_empty());

        // A guest adds mentions in the room alone, while the invitation lasts; only members are notified.
        set_tier(&app, "company.test", Tier::Open).await;
        invite(&app, &room, &alice, &gus).await;
        assert_eq!(deliver(&app, &gus, again("wide", &carol)).await.unwrap(), Some(wide.id));
        assert!(!mentions_of(&app, wide.id).await.contains(&carol.account.id));
        let said = stored(&app, &gus, post(&gus, "hello", to(&[&room]))).await;
        let call = |mentioned: &TestUser| RemotePost {
            mentions: vec![mentioned.account.uri.clone()],
            ..post(&gus, "hello", to(&[&room, &mentioned.account]))
        };
        for mentioned in [&alice, &carol] {
            assert_eq!(deliver(&app, &gus, call(mentioned)).await.unwrap(), Some(said.id));
            assert!(mentions_of(&app, said.id).await.contains(&mentioned.account.id));
        }
        assert!(notified_of(&alice).await.contains(&said.id));
        assert!(notified_of(&carol).await.is_empty(), "carol is no member");
        app.advance(1800);
        let olga = somebody(&app, "olga", "company.test", Tier::Open).await;
        invite(&app, &room, &alice, &olga).await;
        app.advance(1800);
        assert_eq!(deliver(&app, &gus, call(&bob)).await.unwrap(), Some(said.id));
        assert!(!mentions_of(&app, said.id).await.contains(&bob.account.id), "the invitation has expired");
    }

    async fn a_question_reaches_nobody_by_a_later_activity_who_may_not_be_asked(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await.account, app.staff("bob").await.account);
        let (carol, dora) = (app.staff("carol").await.account, app.staff("dora").await.account);
        let (closed, most) = (alice.id, app.instance.settings.questions_per_day);
        let written = app.instance.store.write(move |tx| {
            Ok::<_, Error>(tx.set_askers(closed, Askers::Nobody)?)
        });
        written.await.unwrap();
        let cora = somebody(&app, "cora", "company.test", Tier::Company).await;
        let question = |name: &str, mentioned: &[&Account]| RemotePost {
            mentions: mentioned.iter().map(|account| account.uri.clone()).collect(),
            tags: vec![questions::TAG.to_owned()],
            ..post(&cora, name, to(mentioned))
        };
        let asked = async |id: AccountId| {
            let since = app.instance.now().plus_seconds(-3600);
            let counted = app.instance.store.read(move |reader| {
                Ok::<_, Error>(reader.count_recent_questions(&[id], since)?)
            });
            counted.await.unwrap().get(&id).copied().unwrap_or(0)
        };
        // Dora has been asked as often as a day allows.
        for round in 0..most {
            stored(&app, &cora, question(&format!("before{round}"), &[&dora])).await;
        }
        let first = stored(&app, &cora, question("one", &[&alice, &bob, &dora])).await;
        assert_eq!(mentions_of(&app, first.id).await, [bob.id]);
        app.advance(60);
        let everyone = [&alice, &bob, &carol, &dora];
        let edit = RemotePost { content: "<p>two</p>".into(), ..question("one", &everyone) };
        let delivery = PostDelivery::default();
        let updated = receive::receive_update(&app.instance, &cora, edit, delivery).await.unwrap();
        assert_eq!(updated, ReceivedUpdate::Known);
        assert_eq!(find(&app, first.id).await.content, "<p>two</p>");
        let mut mentioned = mentions_of(&app, first.id).await;
        mentioned.sort_unstable();
        let mut expected = [bob.id, carol.id];
        expected.sort_unstable();
        assert_eq!(mentioned, expected);

        let second = stored(&app, &cora, question("two", &[&bob])).await;
        assert_eq!(deliver(&app, &cora, question("two", &everyone)).await.unwrap(), Some(second.id));
        assert_eq!(mentions_of(&app, second.id).await, expected);
        for (account, expected) in [(&alice, 0), (&bob, 2), (&carol, 2), (&dora, most)] {
            assert_eq!(asked(account.id).await, expected, "{}", account.username);
        }
    }

    async fn a_guest_only_narrows_an_earlier_post(app: TestApp) {
        let alice = app.staff("alice").await;
        let room = group(&app, &alice, "project", true).await;
        let gus = somebody(&app, "gus", "company.test", Tier::Company).await;
        let wide = stored(&app, &gus, post(&gus, "wide", stating(PUBLIC))).await;
        set_tier(&app, "company.test", Tier::Open).await;
        invite(&app, &room, &alice, &gus).await;
        app.advance(60);
        let update = async |facts: ReachAddressing, to: String| {
            let addressing = PostAddressing { to: vec![to.clone()], ..stating(facts) };
            let edit = RemotePost {
                content: "<p>two</p>".into(),
                mentions: vec![to],
                ..post(&gus, "wide", addressing)
            };
            let delivery = PostDelivery::default();
            let updated = receive::receive_update(&app.instance, &gus, edit, delivery).await.unwrap();
            assert_eq!(updated, ReceivedUpdate::Known);
            find(&app, wide.id).await
        };
        let followers = format!("{}/followers", gus.uri);
        let same = update(PUBLIC, followers.clone()).await;
        assert_eq!((same.reach, &same.content), (Reach::Public, &wide.content));
        let narrowed = update(FOLLOWERS, followers.clone()).await;
        assert_eq!((narrowed.reach, &narrowed.content), (Reach::Followers, &wide.content));
        // Nobody gains access: an edit neither widens the post nor adds a mention.
        for (facts, to) in [(PUBLIC, followers), (FOLLOWERS, alice.account.uri.clone())] {
            let after = update(facts, to).await;
            assert_eq!((after.reach, &after.content), (Reach::Followers, &wide.content));
        }
        assert!(mentions_of(&app, wide.id).await.is_empty());
    }
}
