//! Quotes across servers: QuoteRequests, answers, QuoteAuthorizations, and forgeries of each.

use portico_domain::model::quote::{QuoteAudience, QuotePolicy, QuoteState};
use portico_domain::model::status::Status;
use portico_domain::model::{Reach, StatusId, peer::Tier};
use portico_domain::policy::reach::RequestedReach;
use portico_service::Viewer;
use portico_service::publishing::statuses::NewStatus;
use portico_service::publishing::{PostAuthor, submit_now};
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, eventually, federated, get_anonymously, on_sqlite, sent_off, sisters, status_of,
    worked_off,
};
use portico_testing::{TestApp, TestUser};

async fn peer(app: &TestApp, name: &str, tier: Tier) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, tier).await;
    peer
}

/// A public note that everyone may quote.
fn quotable(peer: &Peer, by: &str, id: &str) -> Value {
    let mut note = peer.note(by, id, "the turbine is up", &[PUBLIC], &[&peer.followers(by)]);
    note["interactionPolicy"] = json!({"canQuote": {"automaticApproval": [PUBLIC]}});
    note
}

/// A public note that quotes a post, with or without a QuoteAuthorization.
fn quoting(peer: &Peer, id: &str, quoted: &str, stamp: Option<&str>) -> Value {
    let mut note = peer.note("ann", id, "look at this", &[PUBLIC], &[&peer.followers("ann")]);
    note["quote"] = json!(quoted);
    if let Some(stamp) = stamp {
        note["quoteAuthorization"] = json!(stamp);
    }
    note
}

async fn takes(app: &TestApp, peer: &Peer, by: &str, note: &Value) -> Status {
    assert_eq!(peer.post(app, by, &peer.create(by, note)).await.status, 202);
    worked_off(app).await;
    status_of(app, note["id"].as_str().unwrap()).await.unwrap()
}

async fn quotes(who: &TestUser, quoted: StatusId, reach: Reach) -> portico_service::Result<Status> {
    let new = NewStatus {
        text: "look at this".into(),
        quoted: Some(quoted),
        asked: Some(RequestedReach::Reach(reach)),
        ..NewStatus::default()
    };
    Ok(submit_now(&who.app.instance, PostAuthor::own(&who.account), new).await?.status)
}

async fn state(app: &TestApp, id: StatusId) -> (QuoteState, Option<String>) {
    let found: Result<_, portico_store::Error> =
        app.instance.store.read(move |reader| reader.find_quote(id)).await;
    found.unwrap().map(|quote| (quote.state, quote.stamp)).unwrap()
}

async fn becomes(app: &TestApp, id: StatusId, wanted: QuoteState) {
    eventually(wanted.as_str(), || async { (state(app, id).await.0 == wanted).then_some(()) }).await;
}

/// Waits until every quote was checked.
async fn looked_at(app: &TestApp) {
    eventually("all quotes are looked at", || async {
        let left: Result<_, portico_store::Error> =
            app.instance.store.read(|reader| reader.count_jobs("quotes")).await;
        (left.unwrap().0 == 0).then_some(())
    })
    .await;
}

/// A QuoteRequest by ann with her note embedded.
fn question(peer: &Peer, id: &str, quoted: &str, note: &Value) -> Value {
    let mut question = peer.activity("QuoteRequest", "ann", id, json!(quoted));
    question["instrument"] = note.clone();
    question
}

federated! {
    async fn the_author_elsewhere_is_asked(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let quoted = takes(&app, &partner, "ben", &quotable(&partner, "ben", "1")).await;
        let quote = quotes(&alice, quoted.id, Reach::Public).await.unwrap();
        assert_eq!(state(&app, quote.id).await, (QuoteState::Pending, None));
        sent_off(&app).await;
        let asked = partner.received_of("QuoteRequest").pop().unwrap();
        assert_eq!((&asked["object"], &asked["instrument"]["quote"]), (&json!(quoted.uri), &json!(quoted.uri)));
        assert_eq!(asked["instrument"]["id"], json!(quote.uri));

        // Only the author may answer, with a QuoteAuthorization of the author's own server.
        let stamp = partner.at("/stamps/1");
        let answer = |kind: &str, by: &str, id: &str, result: &str| {
            let mut answer = partner.activity(kind, by, id, asked.clone());
            answer["result"] = json!(result);
            answer
        };
        for (by, id, result) in [("ann", "a1", stamp.as_str()), ("ben", "a2", "http://evil.localhost/stamps/1")] {
            partner.post(&app, by, &answer("Accept", by, id, result)).await;
        }
        partner.post(&app, "ann", &answer("Reject", "ann", "a3", "")).await;
        worked_off(&app).await;
        assert_eq!(state(&app, quote.id).await, (QuoteState::Pending, None));
        partner.post(&app, "ben", &answer("Accept", "ben", "a4", &stamp)).await;
        worked_off(&app).await;
        assert_eq!(state(&app, quote.id).await, (QuoteState::Accepted, Some(stamp.clone())));
        sent_off(&app).await;
        let update = partner.received_of("Update").pop().unwrap();
        assert_eq!((&update["object"]["id"], &update["object"]["quoteAuthorization"]), (&json!(quote.uri), &json!(stamp)));

        // Only the author can revoke a QuoteAuthorization.
        let gone = json!({"id": stamp, "type": "QuoteAuthorization"});
        partner.post(&app, "ann", &partner.activity("Delete", "ann", "d1", gone.clone())).await;
        worked_off(&app).await;
        assert_eq!(state(&app, quote.id).await.0, QuoteState::Accepted);
        partner.post(&app, "ben", &partner.activity("Delete", "ben", "d2", gone)).await;
        worked_off(&app).await;
        assert_eq!(state(&app, quote.id).await, (QuoteState::Revoked, None));
        sent_off(&app).await;
        let update = partner.received_of("Update").pop().unwrap();
        assert!(update["object"].get("quote").is_none() && !update.to_string().contains("RE:"), "{update}");
    }

    async fn a_no_is_a_no(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        let mut asks = quotable(&partner, "ann", "1");
        asks["interactionPolicy"] = json!({"canQuote": {"manualApproval": [PUBLIC]}});
        let quoted = takes(&app, &partner, "ann", &asks).await;
        let quote = quotes(&alice, quoted.id, Reach::Public).await.unwrap();
        sent_off(&app).await;
        let asked = partner.received_of("QuoteRequest").pop().unwrap();
        partner.post(&app, "ann", &partner.activity("Reject", "ann", "r", asked["id"].clone())).await;
        worked_off(&app).await;
        assert_eq!(state(&app, quote.id).await, (QuoteState::Rejected, None));
        // No policy means no permission.
        let silent = partner.note("ann", "2", "hello", &[PUBLIC], &[]);
        let silent = takes(&app, &partner, "ann", &silent).await;
        assert_eq!(silent.quote_policy, QuotePolicy::default());
        assert!(quotes(&alice, silent.id, Reach::Public).await.is_err());
    }

    async fn quote_requests_are_answered(app: TestApp) {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        let quoted = alice.says("the turbine is up", Reach::Public).await.status;
        let note = quoting(&partner, "1", &quoted.uri, None);
        partner.post(&app, "ann", &question(&partner, "q1", &quoted.uri, &note)).await;
        worked_off(&app).await;
        sent_off(&app).await;
        let quote = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let (found, stamp) = state(&app, quote.id).await;
        let stamp = stamp.unwrap();
        let accept = partner.received_of("Accept").pop().unwrap();
        assert_eq!((found, &accept["result"]), (QuoteState::Accepted, &json!(stamp)));
        assert_eq!(accept["object"]["id"], partner.at("/activities/q1"));
        let notifications = alice.get("/api/v1/notifications?types[]=quote").await.ok();
        assert_eq!(notifications[0]["status"]["id"], quote.id.to_string());
        // The QuoteAuthorization is served to viewers of the quoted post.
        let path = stamp.strip_prefix(app.instance.urls.origin()).unwrap();
        let document = partner.get(&app, "ben", path).await.ok();
        assert_eq!(
            (&document["type"], &document["attributedTo"], &document["interactingObject"], &document["interactionTarget"]),
            (&json!("QuoteAuthorization"), &json!(alice.account.uri), &note["id"], &json!(quoted.uri)),
        );
        assert_eq!(get_anonymously(&app, path).await.status, 404);
        assert_eq!(partner.get(&app, "ben", &path.replace("alice", "bob")).await.status, 404);
        // A second request gets the same answer; the following Create changes nothing.
        partner.post(&app, "ann", &question(&partner, "q2", &quoted.uri, &json!(note["id"]))).await;
        takes(&app, &partner, "ann", &note).await;
        sent_off(&app).await;
        assert_eq!(partner.received_of("Accept").pop().unwrap()["result"], json!(stamp));
        assert_eq!(state(&app, quote.id).await.0, QuoteState::Accepted);
        // A revoked quote stays revoked.
        portico_service::publishing::quotes::revoke(&app.instance, &alice.account, quoted.id, quote.id).await.unwrap();
        sent_off(&app).await;
        let gone = partner.received_of("Delete").pop().unwrap();
        assert_eq!((&gone["object"]["id"], &gone["object"]["type"]), (&json!(stamp), &json!("QuoteAuthorization")));
        assert_eq!(partner.get(&app, "ben", path).await.status, 404);
        partner.post(&app, "ann", &question(&partner, "q3", &quoted.uri, &note)).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert_eq!(partner.received_of("Reject").pop().unwrap()["object"]["id"], partner.at("/activities/q3"));
        assert_eq!(state(&app, quote.id).await, (QuoteState::Revoked, None));
    }

    async fn stamps_of_others_are_checked_where_they_were_made(app: TestApp) {
        let (partner, author) = (peer(&app, "partner", Tier::Partner).await, peer(&app, "author", Tier::Partner).await);
        let _workers = Workers::start(&app);
        let quoted = quotable(&author, "ann", "1");
        author.serve("/notes/1", quoted.clone());
        let uri = quoted["id"].as_str().unwrap();
        let stamp = |at: String, quote: &str, who: &str, target: &str| json!({
            "id": at, "type": "QuoteAuthorization", "attributedTo": who,
            "interactingObject": partner.at(&format!("/notes/{quote}")), "interactionTarget": target,
        });
        let ann = author.actor("ann");
        // A valid one; one of the quoting server; one for another quote; of another author; for another post.
        author.serve("/stamps/good", stamp(author.at("/stamps/good"), "good", &ann, uri));
        partner.serve("/stamps/own", stamp(partner.at("/stamps/own"), "own", &ann, uri));
        author.serve("/stamps/other", stamp(author.at("/stamps/other"), "good", &ann, uri));
        author.serve("/stamps/ben", stamp(author.at("/stamps/ben"), "ben", &author.actor("ben"), uri));
        author.serve("/stamps/target", stamp(author.at("/stamps/target"), "target", &ann, &author.at("/notes/2")));
        author.serve("/stamps/note", quoted.clone());
        for (id, at, wanted) in [
            ("own", partner.at("/stamps/own"), QuoteState::Pending),
            ("other", author.at("/stamps/other"), QuoteState::Pending),
            ("ben", author.at("/stamps/ben"), QuoteState::Pending),
            ("target", author.at("/stamps/target"), QuoteState::Pending),
            ("note", author.at("/stamps/note"), QuoteState::Pending),
            ("missing", author.at("/stamps/missing"), QuoteState::Pending),
            ("good", author.at("/stamps/good"), QuoteState::Accepted),
        ] {
            let quote = takes(&app, &partner, "ann", &quoting(&partner, id, uri, Some(&at))).await;
            looked_at(&app).await;
            assert_eq!(state(&app, quote.id).await.0, wanted, "{id}");
        }
        assert!(!partner.asked().contains(&"/stamps/own".to_owned()), "not even asked for");
        // Without one the quote is pending; a quote of one's own post needs none; an Update adds it later, or
        // removes it.
        let mut late = quoting(&partner, "late", uri, None);
        let quote = takes(&app, &partner, "ann", &late).await;
        looked_at(&app).await;
        assert_eq!(state(&app, quote.id).await.0, QuoteState::Pending);
        author.serve("/stamps/late", stamp(author.at("/stamps/late"), "late", &ann, uri));
        late["quoteAuthorization"] = json!(author.at("/stamps/late"));
        partner.post(&app, "ann", &partner.activity("Update", "ann", "u1", late.clone())).await;
        becomes(&app, quote.id, QuoteState::Accepted).await;
        author.post(&app, "ann", &author.activity("Delete", "ann", "d1", json!(author.at("/stamps/late")))).await;
        becomes(&app, quote.id, QuoteState::Revoked).await;
        let own = takes(&app, &partner, "ann", &quoting(&partner, "self", &partner.at("/notes/good"), None)).await;
        assert_eq!(state(&app, own.id).await.0, QuoteState::Accepted);
    }
}

#[test]
fn s60_nobody_asks_for_another_and_nobody_learns_what_is_there() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let partner = peer(&app, "partner", Tier::Partner).await;
        let _workers = Workers::start(&app);
        partner.follows(&app, "ann", &alice.account).await;
        let answered = async |id: &str, quoted: &str, note: Value| {
            partner.post(&app, "ann", &question(&partner, id, quoted, &note)).await;
            worked_off(&app).await;
            sent_off(&app).await;
            let id = partner.at(&format!("/activities/{id}"));
            ["Accept", "Reject"]
                .into_iter()
                .find(|kind| partner.received_of(kind).iter().any(|answer| answer["object"]["id"] == id))
        };
        let open = alice.says("the turbine is up", Reach::Public).await.status;
        // Not the requester's own post, not a quote of the object, of another server, of ours.
        let mut bens = quoting(&partner, "b", &open.uri, None);
        bens["attributedTo"] = json!(partner.actor("ben"));
        assert_eq!(answered("q1", &open.uri, bens).await, None);
        let other = alice.says("something else", Reach::Public).await.status;
        assert_eq!(answered("q2", &open.uri, quoting(&partner, "o", &other.uri, None)).await, None);
        let mut foreign = quoting(&partner, "f", &open.uri, None);
        foreign["id"] = json!("http://other.localhost/notes/f");
        assert_eq!(answered("q3", &open.uri, foreign).await, None);
        assert_eq!(answered("q4", &open.uri, json!(open.uri)).await, None);
        assert_eq!(answered("q5", &open.uri, json!(null)).await, None);
        // A post that the partner may not see gets no answer at all.
        for (id, reach) in [("h1", Reach::Company), ("h2", Reach::Instance), ("h3", Reach::Direct)] {
            let hidden = alice.says("the turbine is down", reach).await.status;
            assert_eq!(
                answered(id, &hidden.uri, quoting(&partner, id, &hidden.uri, None)).await,
                None,
                "{reach}"
            );
        }
        // A Reject for a post that must not be quoted, or whose quote would go further.
        for (id, reach) in [("n1", Reach::Followers), ("n2", Reach::Partners)] {
            let narrow = alice.says("the turbine is down", reach).await.status;
            let note = quoting(&partner, id, &narrow.uri, None);
            assert_eq!(answered(id, &narrow.uri, note).await, Some("Reject"), "{reach}");
        }
        portico_service::publishing::quotes::set_policy(
            &app.instance,
            alice.account.id,
            other.id,
            QuoteAudience::Nobody,
        )
        .await
        .unwrap();
        assert_eq!(
            answered("n3", &other.uri, quoting(&partner, "n3", &other.uri, None)).await,
            Some("Reject")
        );
        // A Reject is not permanent: a new request after a policy change gets an Accept.
        portico_service::publishing::quotes::set_policy(
            &app.instance,
            alice.account.id,
            other.id,
            QuoteAudience::Public,
        )
        .await
        .unwrap();
        assert_eq!(
            answered("n4", &other.uri, quoting(&partner, "n3", &other.uri, None)).await,
            Some("Accept")
        );
        // A blocked requester gets no answer.
        let ann = partner.known(&app, "ann").await.unwrap();
        portico_service::social::relationships::block(&app.instance, &alice.account, ann.id).await.unwrap();
        assert_eq!(answered("k", &open.uri, quoting(&partner, "k", &open.uri, None)).await, None);
    });
}

#[test]
fn s39_a_quote_does_not_disclose_company_posts() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (partner, sister) =
            (peer(&app, "partner", Tier::Partner).await, peer(&app, "sister", Tier::Company).await);
        let _workers = Workers::start(&app);
        for peer in [&partner, &sister] {
            peer.follows(&app, "ann", &alice.account).await;
        }
        // A company quote of a partner's post sends nothing to the partner, so it needs automatic approval.
        let open = takes(&app, &partner, "ann", &quotable(&partner, "ann", "1")).await;
        let quote = quotes(&alice, open.id, Reach::Company).await.unwrap();
        assert_eq!(state(&app, quote.id).await, (QuoteState::Accepted, None));
        let mut asks = quotable(&partner, "ann", "2");
        asks["interactionPolicy"] = json!({"canQuote": {"manualApproval": [PUBLIC]}});
        let asks = takes(&app, &partner, "ann", &asks).await;
        let refused = quotes(&alice, asks.id, Reach::Company).await.unwrap_err();
        assert!(matches!(refused, portico_service::Error::Invalid(_)), "{refused}");
        sent_off(&app).await;
        let heard = partner.received().iter().any(|(_, activity)| activity.to_string().contains(&quote.uri));
        assert!(!heard, "the partner has heard of a company post");
        // Nor may a quote of a company post mention a partner's account.
        let company = alice.says("the turbine is down", Reach::Company).await.status;
        let new = NewStatus {
            text: format!("@ann@{} look", partner.domain),
            quoted: Some(company.id),
            asked: Some(RequestedReach::Direct),
            ..NewStatus::default()
        };
        let refused = submit_now(&app.instance, PostAuthor::own(&alice.account), new).await.unwrap_err();
        assert!(matches!(refused, portico_service::Error::Invalid(_)), "{refused}");
        // The company has it, addressed only to the company, also in its quote policy.
        sent_off(&app).await;
        let said = sister.received_of("Create").pop().unwrap();
        assert_eq!(said["object"]["id"], json!(company.uri));
        assert!(!said["object"].to_string().contains("#Public"), "{said}");
    });
}

#[test]
fn sister_instances_quote_each_other() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (engineering, sales) = sisters().await;
        let (alice, bob, carol) =
            (engineering.staff("alice").await, sales.staff("bob").await, engineering.staff("carol").await);
        let _workers = (Workers::start(&engineering), Workers::start(&sales));
        let linked = async |app: &TestApp, domain: &str| {
            let id = app.instance.actor_id;
            let found: Result<_, portico_store::Error> =
                app.instance.store.read(move |r| r.list_follower_inboxes(id)).await;
            found.unwrap().iter().any(|to| to.host == domain)
        };
        eventually("they follow each other", || async {
            let both = linked(&engineering, &sales.instance.settings.domain).await
                && linked(&sales, &engineering.instance.settings.domain).await;
            both.then_some(())
        })
        .await;
        let company = alice.says("for the company", Reach::Company).await.status;
        let there = eventually("the post arrives", || status_of(&sales, &company.uri)).await;
        assert_eq!(there.quote_policy, QuotePolicy::automatic_for(QuoteAudience::Public));
        let quote = quotes(&bob, there.id, Reach::Public).await.unwrap();
        assert_eq!(quote.reach, Reach::Company);
        becomes(&sales, quote.id, QuoteState::Accepted).await;
        let back = eventually("the quote comes back", || status_of(&engineering, &quote.uri)).await;
        becomes(&engineering, back.id, QuoteState::Accepted).await;
        let shown = portico_service::publishing::statuses::show(
            &engineering.instance,
            Viewer::Local(carol.account.id),
            back.id,
        )
        .await;
        let quoted = shown.unwrap().quote.unwrap().status.unwrap();
        assert_eq!(quoted.status.id, company.id);
        // A quote between two accounts of one instance is verified on the other by its QuoteAuthorization.
        let inside = quotes(&carol, company.id, Reach::Company).await.unwrap();
        let seen = eventually("carol's quote arrives", || status_of(&sales, &inside.uri)).await;
        becomes(&sales, seen.id, QuoteState::Accepted).await;
        portico_service::publishing::quotes::revoke(
            &engineering.instance,
            &alice.account,
            company.id,
            inside.id,
        )
        .await
        .unwrap();
        becomes(&sales, seen.id, QuoteState::Revoked).await;
    });
}
