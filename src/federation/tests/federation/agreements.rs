//! Agreements: concluded between two instances over real sockets, enforced on every path, and safe against
//! forgery.

use axum::http::Method;
use portico_activitystreams::object_proofs;
use portico_config::InstanceSettings;
use portico_domain::model::agreement::{Agreement, Follows, State, Terms, Text};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::model::{AccountId, Reach};
use portico_http_signatures::{KeyPem, SigningKey, keys};
use portico_service::maintenance;
use portico_service::partners::agreements::{self, AgreementDraft, AgreementHistory};
use portico_service::publishing::boosts;
use portico_service::social::relationships::{self, FollowOptions};
use serde_json::{Value, json};

use portico_testing::peer::{
    ACTIVITY, PUBLIC, Peer, Workers, app_with, eventually, on_sqlite, sent_off, status_of, worked_off,
};
use portico_testing::{Database, TestApp, TestUser};

/// Two instances of two companies, each served on loopback, without any knowledge of each other.
async fn pair() -> (TestApp, TestApp) {
    let mut apps = Vec::new();
    for name in ["acme", "globex"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("{name}.localhost:{}", listener.local_addr().unwrap().port());
        let app =
            app_with(Database::Sqlite, |settings: &mut InstanceSettings| settings.domain = domain).await;
        let router = app.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        apps.push(app);
    }
    let globex = apps.pop().unwrap();
    (apps.pop().unwrap(), globex)
}

fn domain(app: &TestApp) -> String {
    app.instance.urls.domain().to_owned()
}

async fn dealings(app: &TestApp, with: &str) -> Option<AgreementHistory> {
    agreements::show(&app.instance, &Moderator::console(), with).await.ok()
}

async fn propose(app: &TestApp, to: &str, draft: AgreementDraft) -> Agreement {
    agreements::propose(&app.instance, &Moderator::console(), to, draft).await.unwrap()
}

async fn tier(app: &TestApp, host: &str) -> Tier {
    let host = host.to_owned();
    let found: Result<Tier, portico_store::Error> =
        app.instance.store.read(move |reader| reader.tier_of(&host)).await;
    found.unwrap()
}

/// Waits until the newest agreement with a host has a state.
async fn comes_to(app: &TestApp, with: &str, state: State) -> Agreement {
    eventually(&format!("the agreement with {with} is {state}"), || async {
        let texts = dealings(app, with).await?.texts;
        texts.into_iter().next().filter(|newest| newest.state == state)
    })
    .await
}

/// Makes an agreement between the two instances, proposed by the first.
async fn agree(acme: &TestApp, globex: &TestApp, draft: AgreementDraft) -> Agreement {
    let proposed = propose(acme, &domain(globex), draft).await;
    let read = comes_to(globex, &domain(acme), State::Proposed).await;
    assert_eq!(read.text, proposed.text, "both read the same");
    let by = Moderator::console();
    agreements::accept(&globex.instance, &by, &domain(acme), &read.digest).await.unwrap();
    comes_to(acme, &domain(globex), State::Accepted).await
}

async fn account_there(app: &TestApp, name: &str, of: &TestApp) -> AccountId {
    let remote = app.instance.remote.get().unwrap();
    remote.account_by_handle(name, &domain(of)).await.unwrap()
}

/// Follows an account of the other instance and waits for the Accept.
async fn follow(follower: &TestUser, name: &str, of: &TestApp) {
    let id = account_there(&follower.app, name, of).await;
    relationships::follow(&follower.app.instance, &follower.account, id, FollowOptions::default())
        .await
        .unwrap();
    eventually("the follow is accepted", || async {
        let account = follower.account.id;
        let found: Result<_, portico_store::Error> =
            follower.app.instance.store.read(move |reader| reader.find_follow_between(account, id)).await;
        found
            .unwrap()
            .filter(|follow| follow.state == portico_domain::model::relationship::FollowState::Accepted)
    })
    .await;
}

async fn settled(apps: [&TestApp; 2]) {
    for app in apps {
        sent_off(app).await;
    }
    for app in apps {
        worked_off(app).await;
        sent_off(app).await;
    }
}

#[test]
fn f4_nothing_flows_before_both_have_accepted_and_after_one_has_ended_it() {
    on_sqlite(async |_unused| {
        let (acme, globex) = pair().await;
        let _workers = (Workers::start(&acme), Workers::start(&globex));
        let (alice, erin) = (acme.staff("alice").await, globex.staff("erin").await);
        let proposed = propose(&acme, &domain(&globex), AgreementDraft::default()).await;
        assert_eq!((proposed.text.version, proposed.state), (1, State::Proposed));
        let read = comes_to(&globex, &domain(&acme), State::Proposed).await;
        assert_eq!((&read.text, &read.digest), (&proposed.text, &proposed.digest));
        assert!(!read.by_us && read.their_proof.is_some());
        for (app, other) in [(&acme, &globex), (&globex, &acme)] {
            assert_eq!(tier(app, &domain(other)).await, Tier::Open, "nothing flows yet");
        }
        let remote = acme.instance.remote.get().unwrap();
        assert!(remote.account_by_handle("erin", &domain(&globex)).await.is_err());

        let by = Moderator::console();
        let wrong = agreements::accept(&globex.instance, &by, &domain(&acme), &"0".repeat(64)).await;
        assert!(wrong.is_err(), "only what was read is accepted");
        agreements::accept(&globex.instance, &by, &domain(&acme), &read.digest).await.unwrap();
        let signed = comes_to(&acme, &domain(&globex), State::Accepted).await;
        assert!(signed.our_proof.is_some() && signed.their_proof.is_some());
        assert_eq!(tier(&acme, &domain(&globex)).await, Tier::Partner);

        follow(&erin, "alice", &acme).await;
        let posted = alice.says("for partners", Reach::Partners).await;
        eventually("the post arrives", || status_of(&globex, &posted.status.uri)).await;

        agreements::end(&globex.instance, &by, &domain(&acme), "no more").await.unwrap();
        let ended = comes_to(&acme, &domain(&globex), State::Ended).await;
        assert_eq!(ended.digest, signed.digest);
        let after = alice.says("too late", Reach::Partners).await;
        settled([&acme, &globex]).await;
        assert!(status_of(&globex, &after.status.uri).await.is_none());
        let events = dealings(&acme, &domain(&globex)).await.unwrap().events;
        let changes: Vec<(&str, bool)> =
            events.iter().rev().map(|event| (&*event.what, event.by_us)).collect();
        assert_eq!(changes, [("proposed", true), ("accepted", false), ("ended", false)]);
        assert!(events.iter().all(|event| event.version == 1 && event.digest == signed.digest));
    });
}

fn only(change: impl Fn(&mut Terms)) -> Option<Terms> {
    let mut terms = Terms::usual();
    change(&mut terms);
    Some(terms)
}

#[test]
fn f4_only_what_was_agreed_flows() {
    on_sqlite(async |_unused| {
        let (acme, globex) = pair().await;
        let _workers = (Workers::start(&acme), Workers::start(&globex));
        let (alice, bob, erin) =
            (acme.staff("alice").await, acme.staff("bob").await, globex.staff("erin").await);
        let gives = only(|terms| {
            terms.reaches = vec![Reach::Partners];
            terms.boosts = false;
            terms.direct_messages = false;
            terms.follows = Follows::Only(["alice".to_owned()].into());
        });
        agree(&acme, &globex, AgreementDraft { gives, ..AgreementDraft::default() }).await;
        follow(&erin, "alice", &acme).await;
        // The other side grants no follows, and clients get the error at once.
        let bob_there = account_there(&globex, "bob", &acme).await;
        let asked =
            relationships::follow(&globex.instance, &erin.account, bob_there, FollowOptions::default()).await;
        assert!(asked.is_err());

        let yes = alice.says("for partners", Reach::Partners).await;
        let no = [
            alice.says("for everybody", Reach::Public).await,
            alice.says("for followers", Reach::Followers).await,
            alice.says(&format!("@erin@{} for you", domain(&globex)), Reach::Direct).await,
            alice.says("for the company", Reach::Company).await,
        ];
        let boosted = bob.says("boost me", Reach::Partners).await;
        let boost = boosts::add(&acme.instance, &alice.account, boosted.status.id).await.unwrap();
        settled([&acme, &globex]).await;
        assert!(status_of(&globex, &yes.status.uri).await.is_some());
        for post in no.iter().chain([&boost]) {
            assert!(status_of(&globex, &post.status.uri).await.is_none(), "{}", post.status.content);
        }
        // A fetch of them is refused too.
        let remote = globex.instance.remote.get().unwrap();
        for post in &no {
            assert!(!matches!(remote.by_url(&post.status.uri).await, Ok(Some(_))), "{}", post.status.content);
        }
        assert!(matches!(remote.by_url(&boosted.status.uri).await, Ok(Some(_))));
    });
}

#[test]
fn f4_a_change_takes_the_place_of_the_agreement_and_an_emergency_stops_all() {
    on_sqlite(async |_unused| {
        let (acme, globex) = pair().await;
        let _workers = (Workers::start(&acme), Workers::start(&globex));
        let (alice, erin) = (acme.staff("alice").await, globex.staff("erin").await);
        let first = agree(&acme, &globex, AgreementDraft::default()).await;
        follow(&erin, "alice", &acme).await;
        let before = alice.says("before", Reach::Partners).await;
        eventually("the post arrives", || status_of(&globex, &before.status.uri)).await;

        // The other side proposes a change: the current version stays in force until the new one is accepted.
        let takes = only(|terms| terms.follows = Follows::Nobody);
        let change =
            propose(&globex, &domain(&acme), AgreementDraft { takes, ..AgreementDraft::default() }).await;
        assert_eq!((&change.text.id, change.text.version), (&first.text.id, 2));
        comes_to(&acme, &domain(&globex), State::Proposed).await;
        assert_eq!(tier(&acme, &domain(&globex)).await, Tier::Partner);
        let by = Moderator::console();
        agreements::accept(&acme.instance, &by, &domain(&globex), &change.digest).await.unwrap();
        comes_to(&globex, &domain(&acme), State::Accepted).await;
        let texts = dealings(&acme, &domain(&globex)).await.unwrap().texts;
        let states: Vec<(i64, State)> = texts.iter().map(|text| (text.text.version, text.state)).collect();
        assert_eq!(states, [(2, State::Accepted), (1, State::Replaced)]);
        // Follows that it does not grant end on both sides.
        eventually("the follow ends", || async {
            let id = alice.account.id;
            let left: Result<Vec<String>, portico_store::Error> =
                acme.instance.store.read(move |reader| reader.list_remote_followers(id)).await;
            left.unwrap().is_empty().then_some(())
        })
        .await;

        let seen = |id: &str| {
            let (uri, me) = (id.to_owned(), erin.account.id);
            let (instance, setting) = (globex.instance.clone(), portico_service::setting(&globex.instance));
            async move {
                let found: Result<bool, portico_store::Error> = instance
                    .store
                    .read(move |reader| {
                        let viewer = portico_service::Viewer::Local(me);
                        let Some(status) = reader.find_status_by_uri(&uri)? else { return Ok(false) };
                        let facts = reader.reach_facts(&viewer, status.id)?.unwrap();
                        let scope = portico_domain::policy::reach::scope(&viewer, &setting);
                        let listed = !reader.filter_visible(&scope, &[status.id])?.is_empty();
                        let alone = portico_domain::policy::reach::may_see(&viewer, &setting, &facts).is_ok();
                        assert_eq!(listed, alone);
                        Ok(alone)
                    })
                    .await;
                found.unwrap()
            }
        };
        assert!(seen(&before.status.uri).await);
        agreements::stop(&globex.instance, &by, &domain(&acme), "a breach").await.unwrap();
        assert!(!seen(&before.status.uri).await, "what came before is hidden at once");
        assert_eq!(tier(&globex, &domain(&acme)).await, Tier::Blocked);
        comes_to(&acme, &domain(&globex), State::Ended).await;
        // Setting the host's tier again does not restore the agreement.
        let again =
            portico_service::partners::peers::set_tier(&globex.instance, &domain(&acme), Tier::Partner, "")
                .await;
        assert!(again.is_err());
    });
}

#[test]
fn f4_it_begins_and_ends_at_its_moments() {
    on_sqlite(async |_unused| {
        let (acme, globex) = pair().await;
        let _workers = (Workers::start(&acme), Workers::start(&globex));
        let (starts, ends) = (Some("2026-11-02T10:00:00Z".into()), Some("2026-11-02T11:00:00Z".into()));
        agree(&acme, &globex, AgreementDraft { starts, ends, ..AgreementDraft::default() }).await;
        let there = domain(&globex);
        assert_eq!(tier(&acme, &there).await, Tier::Open);
        acme.advance(3600);
        assert_eq!(tier(&acme, &there).await, Tier::Partner);
        acme.advance(3600);
        assert_eq!(tier(&acme, &there).await, Tier::Open, "by the clock, without anybody's doing");
        maintenance::run(&acme.instance).await.unwrap();
        let record = dealings(&acme, &there).await.unwrap();
        assert_eq!((record.texts[0].state, &*record.events[0].what), (State::Ended, "expired"));
    });
}

/// A peer whose instance actor has a proof key and is named by its NodeInfo.
async fn partner(name: &str) -> (Peer, SigningKey) {
    let peer = Peer::start(name).await;
    let made: KeyPem = keys::generate_ed25519().unwrap();
    let id = peer.actor("server");
    let method = format!("{id}#ed25519-key");
    let mut server = peer.person("server");
    server["type"] = json!("Application");
    server["assertionMethod"] = json!([{
        "id": method, "type": "Multikey", "controller": id,
        "publicKeyMultibase": keys::multikey_of_pem(&made.public).unwrap(),
    }]);
    peer.serve("/users/server", server);
    let links = json!({"links": [{"rel": "https://www.w3.org/ns/activitystreams#Application", "href": id}]});
    peer.serve_as(
        "/.well-known/nodeinfo",
        axum::http::StatusCode::OK,
        "application/jrd+json",
        &links.to_string(),
    );
    (peer, SigningKey::from_pem(method, &made.private).unwrap())
}

fn text(app: &TestApp, peer: &Peer, version: i64) -> Text {
    let party = |domain: &str| portico_domain::model::agreement::Party {
        domain: domain.to_owned(),
        contact: "it".to_owned(),
        gives: Terms::usual().tidy(),
    };
    Text {
        id: peer.at("/agreements/1"),
        version,
        parties: [party(&peer.domain), party(app.instance.urls.domain())],
        starts: None,
        ends: None,
        note: String::new(),
    }
}

/// Writes the text as it is sent, with the context of `like`, signed with `key`.
fn signed(app: &TestApp, text: &Text, key: &SigningKey, like: &Value) -> Value {
    let mut object = serde_json::to_value(text).unwrap().as_object().unwrap().clone();
    object.insert("@context".into(), like["@context"].clone());
    object.insert("type".into(), json!("Agreement"));
    object.insert("digest".into(), json!(agreements::digest(text).unwrap()));
    object_proofs::sign(&mut object, key, app.instance.now()).unwrap();
    Value::Object(object)
}

/// An agreement as written by the instance itself, used as a template.
async fn specimen(app: &TestApp, peer: &Peer) -> Value {
    propose(app, &peer.domain, AgreementDraft::default()).await;
    let offer =
        eventually("the offer comes", || async { peer.received_of("Offer").into_iter().next() }).await;
    agreements::end(&app.instance, &Moderator::console(), &peer.domain, "").await.unwrap();
    offer["object"].clone()
}

#[test]
fn f4_a_proposal_counts_only_as_its_instance_actor_signed_it() {
    on_sqlite(async |app| {
        let _workers = Workers::start(&app);
        let (peer, key) = partner("globex").await;
        let (other, other_key) = partner("initech").await;
        let like = specimen(&app, &peer).await;
        let offer = |id: &str, object: Value| peer.activity("Offer", "server", id, object);
        let good = signed(&app, &text(&app, &peer, 7), &key, &like);

        let mut tampered = good.clone();
        tampered["parties"][1]["gives"]["directory"] = json!(true);
        let mut forged = tampered.clone();
        let changed: Text = serde_json::from_value(json!({
            "id": tampered["id"], "version": 7, "parties": tampered["parties"],
        }))
        .unwrap();
        forged["digest"] = json!(agreements::digest(&changed).unwrap());
        let mut unsigned = good.clone();
        unsigned.as_object_mut().unwrap().remove("proof");
        let mut unknown = good.clone();
        unknown["parties"][0]["gives"]["telepathy"] = json!(true);
        let of_another = signed(&app, &text(&app, &peer, 7), &other_key, &like);
        let mut elsewhere = text(&app, &peer, 7);
        elsewhere.parties[1].domain = other.domain.clone();
        let between_others = signed(&app, &elsewhere, &key, &like);
        let mut foreign = text(&app, &peer, 7);
        foreign.id = other.at("/agreements/1");
        let foreign = signed(&app, &foreign, &key, &like);
        let mut ours = text(&app, &peer, 7);
        ours.parties.reverse();
        let in_our_name = signed(&app, &ours, &key, &like);
        for (what, object) in [
            ("tampered", tampered),
            ("forged", forged),
            ("unsigned", unsigned),
            ("unknown terms", unknown),
            ("of another", of_another),
            ("between others", between_others),
            ("with a foreign id", foreign),
            ("in our name", in_our_name),
        ] {
            let reply = peer.post(&app, "server", &offer(what.split(' ').next().unwrap(), object)).await;
            assert!(reply.status.is_client_error(), "{what}: {} {}", reply.status, reply.body);
        }
        // Only the instance actor may send agreements for a host; no other host may.
        let by_ann = peer.activity("Offer", "ann", "by-ann", good.clone());
        assert!(peer.post(&app, "ann", &by_ann).await.status.is_client_error());
        let by_other = other.activity("Offer", "server", "by-other", good.clone());
        assert!(other.post(&app, "server", &by_other).await.status.is_client_error());
        let open = dealings(&app, &peer.domain).await.unwrap().open;
        assert_eq!(open, None, "nothing of all that was taken");
        assert!(dealings(&app, &other.domain).await.is_none());

        let reply = peer.post(&app, "server", &offer("good", good)).await;
        assert_eq!(reply.status, 202, "{}", reply.body);
        let open = dealings(&app, &peer.domain).await.unwrap().open.unwrap();
        assert_eq!(open.text.version, 7);
        let older = signed(&app, &text(&app, &peer, 6), &key, &like);
        assert_eq!(peer.post(&app, "server", &offer("older", older)).await.status, 400);
        assert_eq!(dealings(&app, &peer.domain).await.unwrap().open.unwrap().digest, open.digest);
        assert_eq!(peer.known(&app, "server").await, None, "nobody became an account for it");
    });
}

#[test]
fn f4_nobody_accepts_what_was_not_proposed_and_nothing_is_said_twice() {
    on_sqlite(async |app| {
        let _workers = Workers::start(&app);
        let (peer, key) = partner("globex").await;
        let like = specimen(&app, &peer).await;
        let accept = |id: &str, object: Value| peer.activity("Accept", "server", id, object);
        // Accepting our own revoked text has no effect: the other side gets a notice that it has ended.
        let taken_back: Text = serde_json::from_value(json!({
            "id": like["id"], "version": like["version"], "parties": like["parties"],
        }))
        .unwrap();
        let late = signed(&app, &taken_back, &key, &like);
        assert_eq!(peer.post(&app, "server", &accept("late", late)).await.status, 202);
        assert_eq!(tier(&app, &peer.domain).await, Tier::Open);
        let never = signed(&app, &text(&app, &peer, 1), &key, &like);
        assert!(peer.post(&app, "server", &accept("never", never)).await.status.is_client_error());

        let ours = propose(&app, &peer.domain, AgreementDraft::default()).await;
        let yes = accept("yes", signed(&app, &ours.text, &key, &like));
        assert_eq!(peer.post(&app, "server", &yes).await.status, 202);
        assert_eq!(tier(&app, &peer.domain).await, Tier::Partner);
        let undo = |id: &str, digest: &str| {
            let named = json!({"type": "Agreement", "id": ours.text.id, "version": ours.text.version, "digest": digest});
            peer.activity("Undo", "server", id, named)
        };
        assert!(peer.post(&app, "server", &undo("wrong", &"0".repeat(64))).await.status.is_client_error());
        assert_eq!(tier(&app, &peer.domain).await, Tier::Partner);
        let over = undo("right", &ours.digest);
        assert_eq!(peer.post(&app, "server", &over).await.status, 202);
        assert_eq!(tier(&app, &peer.domain).await, Tier::Open);
        // An old Accept does not restore it, and an old Undo does not end its successor.
        assert_eq!(peer.post(&app, "server", &yes).await.status, 202);
        assert_eq!(tier(&app, &peer.domain).await, Tier::Open);
        let next =
            propose(&app, &peer.domain, AgreementDraft { note: "again".into(), ..AgreementDraft::default() })
                .await;
        let yes = accept("again", signed(&app, &next.text, &key, &like));
        assert_eq!(peer.post(&app, "server", &yes).await.status, 202);
        assert_eq!(peer.post(&app, "server", &over).await.status, 202);
        assert_eq!(tier(&app, &peer.domain).await, Tier::Partner);
    });
}

#[test]
fn f18_partners_get_the_violated_rule_and_strangers_no_details() {
    on_sqlite(async |app| {
        let _workers = Workers::start(&app);
        let alice = app.staff("alice").await;
        let (peer, key) = partner("globex").await;
        let like = specimen(&app, &peer).await;
        let takes = only(|terms| {
            terms.reaches = vec![Reach::Partners];
            terms.boosts = false;
        });
        let gives = only(|terms| terms.follows = Follows::Nobody);
        let contact = Some("partners@acme.test".to_owned());
        let ours = propose(
            &app,
            &peer.domain,
            AgreementDraft { gives, takes, contact, ..AgreementDraft::default() },
        )
        .await;
        let yes = peer.activity("Accept", "server", "yes", signed(&app, &ours.text, &key, &like));
        assert_eq!(peer.post(&app, "server", &yes).await.status, 202);

        let public = peer.create("ann", &peer.note("ann", "1", "hello", &[PUBLIC], &[]));
        let boost = peer.activity("Announce", "ann", "2", json!("https://nowhere.test/1"));
        let follow = peer.activity("Follow", "ann", "3", json!(alice.account.uri));
        for (rule, activity) in [
            ("agreement/reach/public", public.clone()),
            ("agreement/boosts", boost),
            ("agreement/follows", follow),
        ] {
            let reply = peer.post(&app, "ann", &activity).await;
            assert_eq!(reply.status, 403, "{rule}: {}", reply.body);
            assert_eq!(reply.header("content-type"), Some("application/problem+json"));
            let problem = reply.json();
            assert_eq!(problem["rule"], rule);
            assert_eq!(problem["contact"], "partners@acme.test");
            assert_eq!(problem["agreement"], ours.text.id);
        }
        let mut for_partners = peer.note("ann", "4", "hello partners", &[&peer.followers("ann")], &[]);
        for_partners["audience"] = json!(peer.at("/collections/partners"));
        for_partners["attachment"] =
            json!([{"type": "Image", "url": peer.at("/1.png"), "mediaType": "image/png"}]);
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &for_partners)).await.status, 202);
        worked_off(&app).await;
        assert!(status_of(&app, &peer.at("/notes/4")).await.is_some());
        assert!(status_of(&app, &peer.at("/notes/1")).await.is_none());

        agreements::end(&app.instance, &Moderator::console(), &peer.domain, "").await.unwrap();
        let reply = peer.post(&app, "ann", &public).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["rule"]), (403, &json!("agreement/not-in-force")));

        let stranger = Peer::start("stranger").await;
        let note = stranger.note("ann", "1", "hello", &[PUBLIC], &[]);
        let reply = stranger.post(&app, "ann", &stranger.create("ann", &note)).await;
        assert_eq!(reply.status, 403);
        assert_eq!(reply.json()["rule"], Value::Null);
        // A host that only claims to be the partner gets no explanation either.
        let mut headers = stranger.signed(&app, "ann", &Method::POST, "/inbox", Some(b"{}"));
        let lie = headers["signature"].to_str().unwrap().replace(&stranger.domain, &peer.domain);
        headers.insert("signature", lie.parse().unwrap());
        headers.insert("content-type", ACTIVITY.parse().unwrap());
        let forged = stranger.post_raw(&app, "/inbox", headers, "{}").await;
        assert_eq!((forged.status, forged.body), (reply.status, reply.body));
    });
}

#[test]
fn f4_waiting_deliveries_are_checked_again() {
    on_sqlite(async |app| {
        let (alice, peer) = (app.staff("alice").await, Peer::start("globex").await);
        peer.is(&app, Tier::Partner).await;
        let workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        sent_off(&app).await;
        peer.answer_with(500, &[]);
        let posted = [Reach::Public, Reach::Partners].map(|reach| (reach, format!("waits {reach}")));
        for (reach, text) in &posted {
            alice.says(text, *reach).await;
        }
        eventually("both were tried in vain", || async {
            let left: Result<_, portico_store::Error> = app
                .instance
                .store
                .read(|reader| Ok((reader.count_jobs("federate")?.0, reader.count_deliveries()?.0)))
                .await;
            (left.unwrap() == (0, 2) && !peer.received_of("Create").is_empty()).then_some(())
        })
        .await;
        workers.end().await;
        let before = peer.received_of("Create").len();
        // A change of our own grants affects waiting deliveries.
        let gives = only(|terms| terms.reaches = vec![Reach::Partners]);
        let by = Moderator::console();
        agreements::set(
            &app.instance,
            &by,
            &peer.domain,
            AgreementDraft { gives, ..AgreementDraft::default() },
        )
        .await
        .unwrap();
        peer.answer_with(202, &[]);
        app.advance(7200);
        let _workers = Workers::start(&app);
        sent_off(&app).await;
        let got = peer.received_of("Create").into_iter().skip(before);
        let got: Vec<String> = got.map(|it| it["object"]["content"].to_string()).collect();
        assert!(got.iter().any(|text| text.contains("waits partners")), "{got:?}");
        assert!(!got.iter().any(|text| text.contains("waits public")), "{got:?}");
    });
}

#[test]
fn agreements_are_not_for_closed_houses_and_the_company() {
    on_sqlite(async |app| {
        let by = Moderator::console();
        for (host, set) in [("sister.test", Tier::Company), ("bad.test", Tier::Blocked)] {
            let (host, name) = (host.to_owned(), host);
            let written: Result<(), portico_store::Error> =
                app.instance.store.write(move |tx| tx.set_tier(&host, set, "")).await;
            written.unwrap();
            assert!(
                agreements::propose(&app.instance, &by, name, AgreementDraft::default()).await.is_err(),
                "{name}"
            );
        }
        let closed =
            app_with(Database::Sqlite, |settings| settings.federation = FederationMode::Closed).await;
        assert!(
            agreements::propose(&closed.instance, &by, "a.test", AgreementDraft::default()).await.is_err()
        );
        let (peer, key) = partner("globex").await;
        let like = json!({"@context": "https://www.w3.org/ns/activitystreams"});
        let object = signed(&closed, &text(&closed, &peer, 1), &key, &like);
        let offer = peer.activity("Offer", "server", "1", object);
        assert_eq!(peer.post(&closed, "server", &offer).await.status, 403);
        assert!(!peer.asked().iter().any(|path| path.contains("nodeinfo")), "nobody is asked for a stranger");
    });
}
