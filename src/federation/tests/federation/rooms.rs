//! Rooms: guests from servers that are otherwise not federated with, until a date.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::user::Role;
use serde_json::json;

use portico_testing::peer::{
    PUBLIC, Peer, Workers, app_with, eventually, federated, on_sqlite, sent_off, sisters, status_of,
    worked_off,
};
use portico_testing::{Database, Reply, TestApp, TestUser};

const MONTH: &str = "2026-12-01";

async fn room(owner: &TestUser, name: &str) -> (String, String) {
    let made = owner.post("/api/portico/v1/groups", json!({ "name": name, "room": true })).await.ok();
    assert_eq!(
        (&made["room"], &made["visibility"], &made["join_policy"]),
        (&json!(true), &json!("hidden"), &json!("invite"))
    );
    (made["id"].as_str().unwrap().to_owned(), owner.app.instance.urls.actor(name))
}

async fn invites(who: &TestUser, room: &str, acct: &str, until: &str) -> Reply {
    let form = json!({ "acct": acct, "until": until });
    who.post(&format!("/api/portico/v1/groups/{room}/guests"), form).await
}

async fn posts(who: &TestUser, room: &str, text: &str) -> String {
    let form = json!({ "status": text, "group_id": room });
    who.post("/api/v1/statuses", form).await.ok()["uri"].as_str().unwrap().to_owned()
}

/// A server without a tier: in the modes closed and allowlist it is not federated with.
async fn customer() -> Peer {
    customer_named("customer").await
}

async fn customer_named(name: &str) -> Peer {
    let peer = Peer::start(name).await;
    let jrd = json!({
        "subject": format!("acct:ann@{}", peer.domain),
        "links": [{ "rel": "self", "type": "application/activity+json", "href": peer.actor("ann") }],
    });
    let ok = axum::http::StatusCode::OK;
    peer.serve_as("/.well-known/webfinger", ok, "application/jrd+json", &jrd.to_string());
    peer
}

fn path_of(app: &TestApp, uri: &str) -> String {
    uri.strip_prefix(app.instance.urls.origin()).unwrap().to_owned()
}

federated! {
    async fn a_guest_gets_the_room_and_nothing_else(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = customer().await;
        let _workers = Workers::start(&app);
        let (id, uri) = room(&alice, "deal").await;
        // Before the invitation the server is refused.
        let early = peer.activity("Follow", "ann", "early", json!(uri));
        assert_eq!(peer.post(&app, "ann", &early).await.status, 403);
        for until in ["", "2026-11-01", "2028-01-01"] {
            assert_eq!(invites(&alice, &id, &format!("@ann@{}", peer.domain), until).await.status, 422, "{until}");
        }
        let guest = invites(&alice, &id, &format!("@ann@{}", peer.domain), MONTH).await.ok();
        assert_eq!((&guest["state"], &guest["sponsor"]["acct"]), (&json!("invited"), &json!("alice")));
        sent_off(&app).await;
        let (inbox, letter) = peer.received().pop().unwrap();
        assert_eq!((inbox.as_str(), &letter["actor"], &letter["type"]), ("/users/ann/inbox", &json!(uri), &json!("Create")));
        assert_eq!(letter["object"]["to"], json!([peer.actor("ann")]));
        // Nothing is sent before they accept.
        let before = posts(&alice, &id, "before").await;
        sent_off(&app).await;
        assert_eq!(peer.received_of("Create").len(), 1);
        assert_eq!(peer.get(&app, "ann", &path_of(&app, &before)).await.status, 404);
        let follow = peer.activity("Follow", "ann", "f", json!(uri));
        assert_eq!(peer.post(&app, "ann", &follow).await.status, 202);
        eventually("they are taken in", || async {
            peer.received_of("Accept").iter().any(|accept| accept["object"]["id"] == follow["id"]).then_some(())
        })
        .await;
        // From now on they get the room's posts, addressed to them by name so that any server shows them.
        let said = posts(&alice, &id, "our offer").await;
        let public = alice.says("for the world", Reach::Public).await.status.uri;
        let staff = alice.says("for the company", Reach::Company).await.status.uri;
        sent_off(&app).await;
        let create = peer.received_of("Create").pop().unwrap();
        assert_eq!(create["object"]["id"], json!(said));
        assert!(create["object"]["to"].as_array().unwrap().contains(&json!(peer.actor("ann"))), "{create}");
        assert!(!create.to_string().contains("#Public"));
        assert_eq!(peer.received_of("Create").len(), 2);
        assert_eq!(peer.get(&app, "ann", &path_of(&app, &said)).await.status, 200);
        for hidden in [&public, &staff] {
            assert_eq!(peer.get(&app, "ann", &path_of(&app, hidden)).await.status, 404, "{hidden}");
        }
        for by in ["ben", "server"] {
            assert_eq!(peer.get(&app, by, &path_of(&app, &said)).await.status, 404, "{by} is nobody's guest");
        }
        for path in ["/users/deal/followers", "/users/deal/outbox?page=true", "/users/alice/outbox?page=true"] {
            let list = peer.get(&app, "ann", path).await;
            assert!(list.status == 404 || list.json()["orderedItems"] == json!([]) || list.json().get("first").is_none(), "{path} {}", list.body);
        }
        // They reply in the room, and cannot post anywhere else.
        let mut answer = peer.note("ann", "1", "too dear", &[&alice.account.uri], &[]);
        answer["inReplyTo"] = json!(said);
        peer.post(&app, "ann", &peer.create("ann", &answer)).await;
        let mut loud = peer.note("ann", "2", "hear me", &[PUBLIC, &alice.account.uri], &[]);
        loud["tag"] = json!([{ "type": "Mention", "href": alice.account.uri, "name": "@alice" }]);
        peer.post(&app, "ann", &peer.create("ann", &loud)).await;
        let mut neighbour = peer.note("ben", "3", "me too", &[&uri], &[]);
        neighbour["inReplyTo"] = json!(said);
        peer.post(&app, "ben", &peer.create("ben", &neighbour)).await;
        let like = peer.activity("Like", "ann", "like", json!(public));
        peer.post(&app, "ann", &like).await;
        let follow = peer.activity("Follow", "ann", "f2", json!(alice.account.uri));
        peer.post(&app, "ann", &follow).await;
        worked_off(&app).await;
        let inside = status_of(&app, answer["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((inside.reach, inside.group.map(|id| id.to_string())), (Reach::Group, Some(id.clone())));
        for outside in [&loud, &neighbour] {
            assert_eq!(status_of(&app, outside["id"].as_str().unwrap()).await, None);
        }
        assert_eq!(status_of(&app, &public).await.unwrap().favourites_count, 0);
        eventually("the follow is refused", || async {
            peer.received_of("Reject").iter().any(|reject| reject["object"]["id"] == follow["id"]).then_some(())
        })
        .await;
        let page = alice.get(&format!("/api/portico/v1/groups/{id}/timeline")).await.ok();
        assert_eq!(page[0]["content"], "<p>too dear</p>");
        let bob = app.staff("bob").await;
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", inside.id)).await.status, 404);
        // After the date nothing is sent, served or accepted any more.
        app.advance(40 * 24 * 3600);
        let late = posts(&alice, &id, "among us").await;
        sent_off(&app).await;
        assert!(!peer.received_of("Create").iter().any(|create| create["object"]["id"] == json!(late)));
        for uri in [&said, &late] {
            assert_eq!(peer.get(&app, "ann", &path_of(&app, uri)).await.status, 404);
        }
        let after = peer.note("ann", "4", "still here?", &[&uri], &[]);
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &after)).await.status, 403);
        let guests = alice.get(&format!("/api/portico/v1/groups/{id}/guests")).await.ok();
        assert_eq!(guests[0]["state"], "over");
    }

    async fn a_stay_ends_when_it_is_ended_or_the_guest_leaves(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = customer().await;
        let _workers = Workers::start(&app);
        let (id, uri) = room(&alice, "deal").await;
        let address = format!("@ann@{}", peer.domain);
        invites(&alice, &id, &address, MONTH).await.ok();
        app.advance(61);
        // A post to the room also accepts the invitation.
        let hello = peer.note("ann", "1", "hello", &[&uri], &[]);
        peer.post(&app, "ann", &peer.create("ann", &hello)).await;
        worked_off(&app).await;
        assert!(status_of(&app, hello["id"].as_str().unwrap()).await.is_some());
        let guests = alice.get(&format!("/api/portico/v1/groups/{id}/guests")).await.ok();
        assert_eq!(guests[0]["state"], "present");
        let who = guests[0]["account"]["id"].as_str().unwrap();
        let said = posts(&alice, &id, "welcome").await;
        sent_off(&app).await;
        let path = format!("/api/portico/v1/groups/{id}/guests/{who}");
        alice.call(Method::DELETE, &path, None).await.ok();
        assert_eq!(peer.get(&app, "ann", &path_of(&app, &said)).await.status, 404);
        let again = peer.note("ann", "2", "hello?", &[&uri], &[]);
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &again)).await.status, 403);
        // Invited again, and left on their own.
        invites(&alice, &id, &address, MONTH).await.ok();
        let follow = peer.activity("Follow", "ann", "f", json!(uri));
        peer.post(&app, "ann", &follow).await;
        worked_off(&app).await;
        peer.post(&app, "ann", &peer.activity("Undo", "ann", "u", follow)).await;
        worked_off(&app).await;
        let guests = alice.get(&format!("/api/portico/v1/groups/{id}/guests")).await.ok();
        assert_eq!(guests, json!([]));
        // An open invitation ends when the host becomes one of the company.
        invites(&alice, &id, &address, MONTH).await.ok();
        peer.is(&app, Tier::Company).await;
        peer.post(&app, "ann", &peer.activity("Follow", "ann", "f2", json!(uri))).await;
        worked_off(&app).await;
        let guests = alice.get(&format!("/api/portico/v1/groups/{id}/guests")).await.ok();
        assert_eq!(guests[0]["state"], "invited");
        // Accounts of a blocked host cannot be guests.
        peer.is(&app, Tier::Blocked).await;
        assert!(invites(&alice, &id, &address, MONTH).await.status.is_client_error());
    }
}

#[test]
fn the_operator_decides_who_invites_guests() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = app_with(Database::Sqlite, |settings| settings.room_sponsors = Role::Moderator).await;
        let (alice, mona) = (app.staff("alice").await, app.staff_as("mona", Role::Moderator).await);
        let peer = customer().await;
        let address = format!("@ann@{}", peer.domain);
        let refused = alice.post("/api/portico/v1/groups", json!({ "name": "deal", "room": true })).await;
        assert_eq!(refused.status, 403);
        let (id, _) = room(&mona, "deal").await;
        let invite = format!("/api/portico/v1/groups/{id}/invitations/{}", alice.account.id);
        mona.call(Method::PUT, &invite, Some(json!({}))).await.ok();
        alice.post(&format!("/api/portico/v1/groups/{id}/join"), json!({})).await.ok();
        let role = format!("/api/portico/v1/groups/{id}/members/{}/role", alice.account.id);
        mona.call(Method::PUT, &role, Some(json!({ "role": "moderator" }))).await.ok();
        assert_eq!(invites(&alice, &id, &address, MONTH).await.status, 403);
        invites(&mona, &id, &address, MONTH).await.ok();
        // Other groups have no guests, and a room stays closed.
        let made = mona.post("/api/portico/v1/groups", json!({ "name": "tea" })).await.ok();
        let tea = made["id"].as_str().unwrap().to_owned();
        assert_eq!(invites(&mona, &tea, &address, MONTH).await.status, 403);
        let path = format!("/api/portico/v1/groups/{id}");
        let open = mona.call(Method::PUT, &path, Some(json!({ "join_policy": "open" }))).await;
        assert_eq!(open.status, 422);
    });
}

#[test]
fn posts_of_remote_colleagues_reach_the_guest_through_the_room() {
    on_sqlite(async |_| {
        let (here, there) = sisters().await;
        let (alice, carol) = (here.staff("alice").await, there.staff("carol").await);
        let _workers = (Workers::start(&here), Workers::start(&there));
        let peer = customer().await;
        let (id, uri) = room(&alice, "deal").await;
        invites(&alice, &id, &format!("@ann@{}", peer.domain), MONTH).await.ok();
        peer.post(&here, "ann", &peer.activity("Follow", "ann", "f", json!(uri))).await;
        worked_off(&here).await;
        let found = here.instance.remote.get().unwrap().by_url(&carol.account.uri).await.unwrap();
        assert!(found.is_some());
        let carols = carol.account.uri.clone();
        let account = here.instance.store.read(move |reader| reader.find_account_by_uri(&carols)).await;
        let account: Result<_, portico_store::Error> = account;
        let invite = format!("/api/portico/v1/groups/{id}/invitations/{}", account.unwrap().unwrap().id);
        alice.call(Method::PUT, &invite, Some(json!({}))).await.ok();
        let room_there = eventually("the invitation has arrived", || async {
            let notifications = carol.get("/api/v1/notifications").await.ok();
            Some(notifications[0]["account"]["id"].as_str()?.to_owned())
        })
        .await;
        carol.post(&format!("/api/v1/accounts/{room_there}/follow"), json!({})).await.ok();
        eventually("carol is in", || async {
            let shown = carol.get(&format!("/api/portico/v1/groups/{room_there}")).await;
            (shown.status == 200 && shown.json()["standing"] == "member").then_some(())
        })
        .await;
        posts(&carol, &room_there, "a word from sales").await;
        let copy = eventually("the room's copy arrives", || async {
            let creates = peer.received_of("Create");
            creates
                .into_iter()
                .find(|create| create["object"]["content"].to_string().contains("a word from sales"))
        })
        .await;
        assert_eq!((&copy["actor"], &copy["object"]["to"]), (&json!(uri), &json!([peer.actor("ann")])));
        assert!(copy["object"]["content"].as_str().unwrap().contains("CAROL"), "{copy}");
    });
}

federated! {
    async fn posts_and_edits_of_a_guest_reach_remote_colleagues_through_the_room(app: TestApp) {
        let alice = app.staff("alice").await;
        let _workers = Workers::start(&app);
        let (guest, other, sister) = (customer().await, customer_named("client").await, customer_named("sister").await);
        sister.is(&app, Tier::Company).await;
        let (id, uri) = room(&alice, "deal").await;
        for peer in [&guest, &other] {
            invites(&alice, &id, &format!("@ann@{}", peer.domain), MONTH).await.ok();
            peer.post(&app, "ann", &peer.activity("Follow", "ann", "f", json!(uri))).await;
        }
        sister.follows(&app, "ben", &alice.account).await;
        let colleague = invites(&alice, &id, &format!("@ann@{}", sister.domain), MONTH).await;
        assert!(colleague.problem(422).contains("as members, not as guests"), "{}", colleague.body);
        let ben = sister.known(&app, "ben").await.unwrap().id;
        let invite = format!("/api/portico/v1/groups/{id}/invitations/{ben}");
        alice.call(Method::PUT, &invite, Some(json!({}))).await.ok();
        sister.post(&app, "ben", &sister.activity("Follow", "ben", "f", json!(uri))).await;
        worked_off(&app).await;
        let mut note = guest.note("ann", "1", "too dear", &[&alice.account.uri], &[]);
        note["to"] = json!([uri, alice.account.uri]);
        guest.post(&app, "ann", &guest.create("ann", &note)).await;
        worked_off(&app).await;
        sent_off(&app).await;
        let copy_at = |peer: &Peer, kind: &str, word: &str| {
            peer.received_of(kind).into_iter().find(|activity| activity["object"]["content"].to_string().contains(word))
        };
        let copy = copy_at(&sister, "Create", "too dear").expect("a colleague gets the room's words");
        assert_eq!((&copy["actor"], &copy["object"]["attributedTo"]), (&json!(uri), &json!(uri)));
        assert!(copy["object"]["to"].to_string().contains(&format!("{uri}/followers")), "{copy}");
        assert!(copy["object"]["content"].as_str().unwrap().contains(&format!("ann@{}", guest.domain)), "it says whose they are: {copy}");
        assert!(copy_at(&other, "Create", "too dear").is_some(), "so does the other guest");
        // A reply to the copy is a reply to its original.
        let mut answer = sister.note("ben", "2", "how much, then?", &[&uri], &[]);
        answer["inReplyTo"] = copy["object"]["id"].clone();
        sister.post(&app, "ben", &sister.create("ben", &answer)).await;
        worked_off(&app).await;
        let parent = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        let reply = status_of(&app, answer["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((reply.in_reply_to_id, reply.reach), (Some(parent.id), Reach::Group));
        // An edit reaches recipients of the copy who are still guests.
        let gone = other.known(&app, "ann").await.unwrap().id;
        let out = format!("/api/portico/v1/groups/{id}/guests/{gone}");
        alice.call(Method::DELETE, &out, None).await.ok();
        note["content"] = json!("far too dear");
        note["updated"] = json!(app.instance.now().plus_seconds(1).rfc3339());
        app.advance(2);
        guest.post(&app, "ann", &guest.activity("Update", "ann", "edit", note.clone())).await;
        worked_off(&app).await;
        sent_off(&app).await;
        let edit = copy_at(&sister, "Update", "far too dear").expect("the colleague gets the edit");
        assert_eq!(edit["object"]["id"], copy["object"]["id"]);
        assert!(copy_at(&other, "Update", "far too dear").is_none(), "who is out does not");
        // A removed guest cannot post to the room, nor edit earlier posts.
        let gone = guest.known(&app, "ann").await.unwrap().id;
        let out = format!("/api/portico/v1/groups/{id}/guests/{gone}");
        alice.call(Method::DELETE, &out, None).await.ok();
        note["content"] = json!("look at my shop");
        note["updated"] = json!(app.instance.now().plus_seconds(1).rfc3339());
        app.advance(2);
        guest.post(&app, "ann", &guest.activity("Update", "ann", "spam", note)).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert!(copy_at(&sister, "Update", "shop").is_none());
        let kept = status_of(&app, parent.uri.as_str()).await.unwrap();
        assert_eq!(kept.content, "far too dear");
    }
}
