//! Local groups: joined, posted to and read from other servers (FEP-1b12), and closed groups across company
//! instances.

use axum::http::Method;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, app_with, eventually, federated, get_anonymously, on_sqlite, sent_off, status_of,
    worked_off,
};
use portico_testing::{Database, TestApp, TestUser};

/// Creates a group; returns its id and its actor id.
async fn group(owner: &TestUser, name: &str, more: Value) -> (String, String) {
    let mut form = json!({ "name": name });
    for (key, value) in more.as_object().unwrap() {
        form[key] = value.clone();
    }
    let made = owner.post("/api/portico/v1/groups", form).await.ok();
    let uri = owner.app.instance.urls.actor(name);
    (made["id"].as_str().unwrap().to_owned(), uri)
}

async fn posts(who: &TestUser, group: &str, text: &str) -> String {
    let form = json!({ "status": text, "group_id": group });
    who.post("/api/v1/statuses", form).await.ok()["uri"].as_str().unwrap().to_owned()
}

async fn timeline(who: &TestUser, group: &str) -> Vec<String> {
    let page = who.get(&format!("/api/portico/v1/groups/{group}/timeline")).await.ok();
    page.as_array().unwrap().iter().map(|status| status["uri"].as_str().unwrap().to_owned()).collect()
}

fn follow(peer: &Peer, by: &str, group: &str) -> Value {
    peer.activity("Follow", by, &format!("join-{by}"), json!(group))
}

async fn answered(peer: &Peer, kind: &str, follow: &Value) {
    eventually("the follow is answered", || async {
        peer.received_of(kind).iter().any(|answer| answer["object"]["id"] == follow["id"]).then_some(())
    })
    .await;
}

federated! {
    async fn servers_without_groups_join_by_follow_and_post_by_mention(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = Peer::start("partner").await;
        peer.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let (id, tea) = group(&alice, "tea", json!({ "visibility": "partners" })).await;
        let document = peer.get(&app, "ann", "/users/tea").await.ok();
        assert_eq!((&document["type"], &document["audience"]), (&json!("Group"), &json!(app.instance.urls.partners_audience())));
        let join = follow(&peer, "ann", &tea);
        peer.post(&app, "ann", &join).await;
        answered(&peer, "Accept", &join).await;
        // A local post: the post for its author's followers, the group's Announces for its members.
        let said = posts(&alice, &id, "kettle on").await;
        sent_off(&app).await;
        let announces = peer.received_of("Announce");
        let of_id = announces.iter().find(|announce| announce["object"] == json!(said)).unwrap();
        assert_eq!((&of_id["actor"], of_id["to"][0].as_str()), (&json!(tea), Some(format!("{tea}/followers").as_str())));
        let of_create = announces.iter().find(|announce| announce["object"]["type"] == "Create").unwrap();
        assert_eq!(of_create["object"]["object"], json!(said));
        let note = peer.get(&app, "ann", said.strip_prefix(app.instance.urls.origin()).unwrap()).await.ok();
        assert_eq!(note["to"][0], json!(tea));
        assert_eq!(note["audience"], json!([tea, app.instance.urls.partners_audience()]));
        // A member posts by mentioning the group.
        let mut note = peer.note("ann", "1", "@tea milk first", &[PUBLIC], &[&peer.followers("ann"), &tea]);
        note["tag"] = json!([{ "type": "Mention", "href": tea, "name": "@tea" }]);
        peer.serve("/notes/1", note.clone());
        peer.post(&app, "ann", &peer.create("ann", &note)).await;
        // A mention by a non-member has no effect.
        let mut other = peer.note("ben", "2", "@tea spam", &[PUBLIC], &[&tea]);
        other["tag"] = note["tag"].clone();
        peer.post(&app, "ben", &peer.create("ben", &other)).await;
        worked_off(&app).await;
        assert_eq!(timeline(&alice, &id).await, [note["id"].as_str().unwrap(), said.as_str()]);
        sent_off(&app).await;
        assert!(peer.received_of("Announce").iter().any(|announce| announce["object"] == note["id"]));
        assert!(!peer.received_of("Announce").iter().any(|announce| announce["object"] == other["id"]));
        // After its author's Delete, the group undoes its boost.
        peer.post(&app, "ann", &peer.activity("Delete", "ann", "gone", json!(note["id"]))).await;
        worked_off(&app).await;
        assert_eq!(timeline(&alice, &id).await, [said.as_str()]);
        sent_off(&app).await;
        let undone = peer.received_of("Undo");
        assert!(undone.iter().any(|undo| undo["object"]["object"] == note["id"]), "{undone:?}");
        // Leaving.
        peer.post(&app, "ann", &peer.activity("Undo", "ann", "leave", join)).await;
        worked_off(&app).await;
        assert_eq!(alice.get(&format!("/api/portico/v1/groups/{id}")).await.ok()["members_count"], 1);
    }

    async fn a_closed_group_speaks_to_its_members_alone(app: TestApp) {
        let alice = app.staff("alice").await;
        let (peer, other) = (Peer::start("partner").await, Peer::start("other").await);
        for peer in [&peer, &other] {
            peer.is(&app, Tier::Partner).await;
        }
        let _workers = Workers::start(&app);
        let (id, board) = group(&alice, "board", json!({ "visibility": "members", "join_policy": "request" })).await;
        other.follows(&app, "ann", &alice.account).await;
        let join = follow(&peer, "ann", &board);
        peer.post(&app, "ann", &join).await;
        worked_off(&app).await;
        let asking = alice.get(&format!("/api/portico/v1/groups/{id}/requests")).await.ok();
        let who = asking[0]["id"].as_str().unwrap().to_owned();
        let notifications = alice.get("/api/v1/notifications").await.ok();
        assert!(notifications.to_string().contains("asks to join"), "{notifications}");
        let accept = format!("/api/portico/v1/groups/{id}/requests/{who}");
        alice.call(Method::PUT, &accept, Some(json!({}))).await.ok();
        answered(&peer, "Accept", &join).await;
        let said = posts(&alice, &id, "the figures").await;
        sent_off(&app).await;
        // Addressed to the member alone, so that any server shows it to them and to no other account.
        let (inbox, create) =
            peer.received().into_iter().find(|(_, activity)| activity["type"] == "Create").unwrap();
        assert_eq!(inbox, "/users/ann/inbox");
        assert_eq!(create["object"]["to"], json!([board, format!("{board}/followers")]));
        assert_eq!(create["object"]["audience"], json!(board));
        assert!(create["proof"].is_object(), "a group hands it on");
        assert!(!peer.received().iter().any(|(_, activity)| activity.to_string().contains("#Public")));
        assert_eq!(other.received_of("Create"), Vec::<Value>::new(), "to follow the author is not enough");
        let path = said.strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        assert_eq!(peer.get(&app, "ann", &path).await.status, 200);
        assert_eq!(peer.get(&app, "server", &path).await.status, 200, "a member lives there");
        assert_eq!(peer.get(&app, "ben", &path).await.status, 404);
        for by in ["ann", "server"] {
            assert_eq!(other.get(&app, by, &path).await.status, 404);
            let outbox = other.get(&app, by, "/users/alice/outbox?page=true").await.ok();
            assert_eq!(outbox["orderedItems"], json!([]));
            let passed = other.get(&app, by, "/users/board/outbox?page=true").await.ok();
            assert_eq!(passed["orderedItems"], json!([]));
            assert_eq!(other.get(&app, by, "/users/board/followers").await.ok().get("first"), None);
        }
        assert_eq!(get_anonymously(&app, &path).await.status, 404);
        // A member's post addressed only to the group is for its members; a mention in it gives no access.
        let bob = app.staff("bob").await;
        let mut note = peer.note("ann", "1", "agreed", &[&board], &[]);
        note["tag"] = json!([{ "type": "Mention", "href": board, "name": "@board" }]);
        peer.post_to(&app, "/users/board/inbox", "ann", &peer.create("ann", &note)).await;
        worked_off(&app).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((status.reach, status.group.map(|id| id.to_string())), (Reach::Group, Some(id.clone())));
        assert_eq!(timeline(&alice, &id).await.len(), 2);
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", status.id)).await.status, 404);
        // After removal nothing more is sent or served.
        let member = format!("/api/portico/v1/groups/{id}/members/{who}");
        alice.call(Method::DELETE, &member, None).await.ok();
        answered(&peer, "Reject", &join).await;
        sent_off(&app).await;
        let before = peer.received_of("Create").len();
        posts(&alice, &id, "among ourselves").await;
        sent_off(&app).await;
        assert_eq!(peer.received_of("Create").len(), before);
        assert_eq!(peer.get(&app, "ann", &path).await.status, 404);
    }

    async fn a_hidden_group_is_visible_only_to_invited_accounts(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = Peer::start("partner").await;
        peer.is(&app, Tier::Partner).await;
        let _workers = Workers::start(&app);
        let (id, merger) = group(&alice, "merger", json!({ "visibility": "hidden", "join_policy": "invite" })).await;
        let finger = format!("/.well-known/webfinger?resource=acct:merger@{}", app.instance.urls.domain());
        for path in ["/users/merger", "/users/merger/followers", "/users/merger/outbox", finger.as_str()] {
            assert_eq!(peer.get(&app, "ann", path).await.status, 404, "{path}");
        }
        let join = follow(&peer, "ann", &merger);
        peer.post(&app, "ann", &join).await;
        answered(&peer, "Reject", &join).await;
        let ann = peer.known(&app, "ann").await.unwrap();
        let invite = format!("/api/portico/v1/groups/{id}/invitations/{}", ann.id);
        alice.call(Method::PUT, &invite, Some(json!({}))).await.ok();
        sent_off(&app).await;
        let letter = &peer.received_of("Create")[0];
        assert_eq!((&letter["actor"], &letter["object"]["to"]), (&json!(merger), &json!([peer.actor("ann")])));
        assert_eq!(peer.get(&app, "ann", "/users/merger").await.ok()["discoverable"], json!(false));
        let again = peer.activity("Follow", "ann", "join-again", json!(merger));
        peer.post(&app, "ann", &again).await;
        answered(&peer, "Accept", &again).await;
    }
}

/// Instances of one company, each served on loopback, with one person each.
async fn company(names: &[&str]) -> Vec<(TestApp, TestUser, Workers)> {
    let mut listeners = Vec::new();
    for name in names {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("{name}.localhost:{}", listener.local_addr().unwrap().port());
        listeners.push((listener, domain));
    }
    let domains: Vec<String> = listeners.iter().map(|(_, domain)| domain.clone()).collect();
    let mut apps = Vec::new();
    for ((listener, domain), name) in listeners.into_iter().zip(names) {
        let company = domains.iter().filter(|other| **other != domain).cloned().collect();
        let app = app_with(Database::Sqlite, |settings| {
            settings.domain = domain;
            settings.company = company;
        })
        .await;
        let router = app.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let person = app.staff(&format!("p{name}")).await;
        apps.push((app, person));
    }
    // The workers start when every instance answers.
    apps.into_iter()
        .map(|(app, person)| {
            let workers = Workers::start(&app);
            (app, person, workers)
        })
        .collect()
}

/// Makes a person join a group of another instance; returns the group's id there.
async fn joins(who: &TestUser, address: &str) -> String {
    let found = who.get(&format!("/api/v1/search?q={address}&resolve=true&type=accounts")).await.ok();
    let id = found["accounts"][0]["id"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    who.post(&format!("/api/v1/accounts/{id}/follow"), json!({})).await.ok();
    eventually("the member is in", || async {
        let shown = who.get(&format!("/api/portico/v1/groups/{id}")).await;
        (shown.status == 200 && shown.json()["standing"] == "member").then_some(())
    })
    .await;
    id
}

async fn has(who: &TestUser, group: &str, uri: &str) {
    eventually("the post is in the group", || async {
        timeline(who, group).await.iter().any(|known| known == uri).then_some(())
    })
    .await;
}

#[test]
fn a_closed_group_lives_across_the_companys_instances() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let apps = company(&["a", "b", "c"]).await;
        let [(here, alice, _w1), (there, bob, _w2), (third, carol, _w3)] = &apps[..] else { panic!() };
        let (id, uri) = group(alice, "board", json!({ "visibility": "members" })).await;
        let address = format!("@board@{}", here.instance.urls.domain());
        let at_bob = joins(bob, &address).await;
        let at_carol = joins(carol, &address).await;
        let dave = there.staff("dave").await;
        // Posts on the group's own instance.
        let said = posts(alice, &id, "from a").await;
        has(bob, &at_bob, &said).await;
        has(carol, &at_carol, &said).await;
        let copy = status_of(there, &said).await.unwrap();
        assert_eq!(copy.reach, Reach::Group);
        assert_eq!(dave.get(&format!("/api/v1/statuses/{}", copy.id)).await.status, 404);
        sent_off(here).await;
        worked_off(there).await;
        let home = bob.get("/api/v1/timelines/home").await.ok();
        let seen =
            home.as_array().unwrap().iter().filter(|one| one["uri"] == said || one["reblog"]["uri"] == said);
        assert_eq!(seen.count(), 1, "at home, once");
        // Posts from another instance arrive by the group with their author's proof: nothing is fetched from
        // the author's server.
        let answer = posts(bob, &at_bob, "from b").await;
        has(alice, &id, &answer).await;
        has(carol, &at_carol, &answer).await;
        let copy = status_of(third, &answer).await.unwrap();
        assert_eq!((copy.reach, copy.content.as_str()), (Reach::Group, "<p>from b</p>"));
        let author = third.instance.store.read(move |reader| reader.find_account(copy.account_id)).await;
        let author: Result<_, portico_store::Error> = author;
        assert_eq!(author.unwrap().unwrap().uri, bob.account.uri);
        let path = answer.strip_prefix(there.instance.urls.origin()).unwrap();
        assert_eq!(get_anonymously(there, path).await.status, 404);
        // A reply to it arrives in the same way.
        let status = status_of(third, &answer).await.unwrap();
        let reply = json!({ "status": "from c", "in_reply_to_id": status.id.to_string() });
        let reply = carol.post("/api/v1/statuses", reply).await.ok();
        assert_eq!((&reply["reach"], &reply["group"]["acct"]), (&json!("group"), &json!(&address[1..])));
        has(bob, &at_bob, reply["uri"].as_str().unwrap()).await;
        assert_eq!(dave.get("/api/v1/timelines/public").await.ok(), json!([]));
        // A removed member is removed on every instance.
        let members = alice.get(&format!("/api/portico/v1/groups/{id}/members")).await.ok();
        let bobs = members.as_array().unwrap().iter().find(|one| one["account"]["username"] == "pb").unwrap();
        let path = format!("/api/portico/v1/groups/{id}/members/{}", bobs["account"]["id"].as_str().unwrap());
        alice.call(Method::DELETE, &path, None).await.ok();
        eventually("bob is out", || async {
            let shown = bob.get(&format!("/api/portico/v1/groups/{at_bob}")).await.ok();
            (shown["standing"] == "none").then_some(())
        })
        .await;
        let copy = status_of(there, &said).await.unwrap();
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", copy.id)).await.status, 404);
        assert!(uri.ends_with("/users/board"));
    });
}

#[test]
fn members_on_other_software_read_in_words_of_the_group_what_members_elsewhere_say() {
    on_sqlite(async |_| {
        let apps = company(&["a", "b"]).await;
        let [(here, alice, _w1), (there, bob, _w2)] = &apps[..] else { panic!() };
        let (id, uri) = group(alice, "board", json!({ "visibility": "members" })).await;
        let at_bob = joins(bob, &format!("@board@{}", here.instance.urls.domain())).await;
        let peer = Peer::start("partner").await;
        peer.is(here, Tier::Partner).await;
        let join = follow(&peer, "ann", &uri);
        peer.post(here, "ann", &join).await;
        answered(&peer, "Accept", &join).await;
        let said = posts(bob, &at_bob, "from b").await;
        has(alice, &id, &said).await;
        let copy = eventually("the group's words arrive", || async {
            let creates = peer.received_of("Create").into_iter();
            creates.map(|create| create["object"].clone()).find(|note| note["copyOf"] == said.as_str())
        })
        .await;
        assert_eq!(copy["attributedTo"], json!(uri));
        assert_eq!(copy["to"], json!([uri, format!("{uri}/followers")]));
        let words = copy["content"].as_str().unwrap();
        assert!(words.contains("from b") && words.contains("PB"), "{copy}");
        // When everything that the group sends has arrived, the company instance has the post itself, and no
        // copy beside it.
        has(bob, &at_bob, &said).await;
        sent_off(here).await;
        worked_off(there).await;
        assert_eq!(timeline(bob, &at_bob).await, std::slice::from_ref(&said));
        let copy = copy["id"].as_str().unwrap();
        assert_eq!(status_of(there, copy).await, None);
        // A report of the copy is about the group's boost.
        peer.post(here, "ann", &peer.activity("Flag", "ann", "flag", json!([uri, copy]))).await;
        worked_off(here).await;
        let moderator = here.staff_as("mo", portico_domain::model::user::Role::Moderator).await;
        let reports = moderator.get("/api/v1/admin/reports").await.ok();
        assert_eq!(reports[0]["target_account"]["account"]["acct"], "board");
        assert_eq!(reports[0]["statuses"][0]["reblog"]["uri"], said.as_str(), "{reports}");
    });
}

federated! {
    async fn a_group_of_the_company_takes_people_in_and_no_other_does(app: TestApp) {
        let alice = app.staff("alice").await;
        let (sister, partner) = (Peer::start("sister").await, Peer::start("partner").await);
        for (peer, tier) in [(&sister, Tier::Company), (&partner, Tier::Partner)] {
            peer.is(&app, tier).await;
            let mut group = peer.person("ben");
            group["type"] = json!("Group");
            peer.serve("/users/ben", group);
        }
        let _workers = Workers::start(&app);
        let invites = |peer: &Peer, by: &str, id: &str, into: String| {
            let mut invite = peer.activity("Invite", by, id, json!(into));
            invite["target"] = json!(alice.account.uri);
            invite
        };
        // A partner's group may not enrol, nor may a person, nor a group into another group.
        partner.post(&app, "ben", &invites(&partner, "ben", "i1", partner.actor("ben"))).await;
        sister.post(&app, "ann", &invites(&sister, "ann", "i2", sister.actor("ann"))).await;
        sister.post(&app, "ben", &invites(&sister, "ben", "i3", partner.actor("ben"))).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert_eq!((partner.received_of("Follow"), sister.received_of("Follow")), (vec![], vec![]));
        // A second Invite has no effect.
        for id in ["i4", "i5"] {
            sister.post(&app, "ben", &invites(&sister, "ben", id, sister.actor("ben"))).await;
        }
        worked_off(&app).await;
        sent_off(&app).await;
        let follows = sister.received_of("Follow");
        assert_eq!(follows.len(), 1);
        assert_eq!((&follows[0]["actor"], &follows[0]["object"]), (&json!(alice.account.uri), &json!(sister.actor("ben"))));
        // A person who left is not enrolled again, unless the group has removed them since.
        let ben = sister.known(&app, "ben").await.unwrap().id;
        let follows_then = async |id: &str| {
            sister.post(&app, "ben", &invites(&sister, "ben", id, sister.actor("ben"))).await;
            worked_off(&app).await;
            sent_off(&app).await;
            sister.received_of("Follow")
        };
        alice.post(&format!("/api/v1/accounts/{ben}/unfollow"), json!({})).await.ok();
        assert_eq!(follows_then("i7").await.len(), 1);
        alice.post(&format!("/api/v1/accounts/{ben}/follow"), json!({})).await.ok();
        sent_off(&app).await;
        let own = sister.received_of("Follow").pop().unwrap();
        sister.post(&app, "ben", &sister.activity("Reject", "ben", "r", own)).await;
        worked_off(&app).await;
        assert_eq!(follows_then("i8").await.len(), 3);
        // Only people are enrolled, not local groups.
        let (_, tea) = group(&alice, "tea", json!({})).await;
        let mut invite = invites(&sister, "ben", "i9", sister.actor("ben"));
        invite["target"] = json!(tea);
        sister.post(&app, "ben", &invite).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert_eq!(sister.received_of("Follow").len(), 3);
        // A person who has blocked the group is not enrolled.
        let bob = app.staff("bob").await;
        bob.post(&format!("/api/v1/accounts/{ben}/block"), json!({})).await.ok();
        let mut invite = invites(&sister, "ben", "i6", sister.actor("ben"));
        invite["target"] = json!(bob.account.uri);
        sister.post(&app, "ben", &invite).await;
        worked_off(&app).await;
        sent_off(&app).await;
        assert_eq!(sister.received_of("Follow").len(), 3);
    }
}

#[test]
fn a_group_cannot_say_anything_in_somebodys_name() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let (groups, authors) = (Peer::start("groups").await, Peer::start("authors").await);
        for peer in [&groups, &authors] {
            peer.is(&app, Tier::Company).await;
        }
        let mut closed = groups.person("ben");
        closed["type"] = json!("Group");
        closed["audience"] = json!(groups.followers("ben"));
        groups.serve("/users/ben", closed);
        let _workers = Workers::start(&app);
        let found = app.instance.remote.get().unwrap().by_url(&groups.actor("ben")).await.unwrap();
        assert!(found.is_some());
        let ben = groups.known(&app, "ben").await.unwrap();
        alice.post(&format!("/api/v1/accounts/{}/follow", ben.id), json!({})).await.ok();
        eventually("the follow is sent", || async { groups.received_of("Follow").pop() }).await;
        let follow = groups.received_of("Follow").pop().unwrap();
        groups.post(&app, "ben", &groups.activity("Accept", "ben", "a", follow)).await;
        worked_off(&app).await;
        let id = ben.id.to_string();
        // Without a proof, or with another author's proof, the embedded post is not used; it is fetched,
        // which fails.
        let mut note = authors.note("ann", "1", "forged", &[&groups.actor("ben")], &[]);
        note["audience"] = json!(groups.actor("ben"));
        let mut create = authors.create("ann", &note);
        for n in 0..2 {
            let mut announce = groups.activity("Announce", "ben", &format!("n{n}"), create.clone());
            announce["to"] = json!([groups.followers("ben")]);
            groups.post(&app, "ben", &announce).await;
            create["proof"] = json!({ "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
                "proofPurpose": "assertionMethod", "created": "2026-11-02T08:00:00Z", "proofValue": "z1",
                "verificationMethod": authors.key_id("ann") });
        }
        worked_off(&app).await;
        assert_eq!(status_of(&app, note["id"].as_str().unwrap()).await, None);
        assert_eq!(timeline(&alice, &id).await, Vec::<String>::new());
        // Sent by its author, it is for the members, and appears in the group only when the group announces
        // it.
        authors.post(&app, "ann", &authors.create("ann", &note)).await;
        worked_off(&app).await;
        let status = status_of(&app, note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!((status.reach, status.group), (Reach::Group, Some(ben.id)));
        // A relay copy of a known post is not stored; a copy of an unknown post is.
        for (copy, original, shown) in
            [("c1", &note["id"], false), ("c2", &json!(authors.at("/notes/9")), true)]
        {
            let mut words = groups.note("ben", copy, "ann said", &[&groups.followers("ben")], &[]);
            words["copyOf"] = original.clone();
            groups.post(&app, "ben", &groups.create("ben", &words)).await;
            worked_off(&app).await;
            assert_eq!(status_of(&app, words["id"].as_str().unwrap()).await.is_some(), shown, "{copy}");
        }
        assert_eq!(timeline(&alice, &id).await, Vec::<String>::new());
        let bob = app.staff("bob").await;
        assert_eq!(bob.get(&format!("/api/v1/statuses/{}", status.id)).await.status, 404);
        assert_eq!(alice.get(&format!("/api/v1/statuses/{}", status.id)).await.status, 200);
        let mut announce = groups.activity("Announce", "ben", "n3", note["id"].clone());
        announce["to"] = json!([groups.followers("ben")]);
        groups.post(&app, "ben", &announce).await;
        worked_off(&app).await;
        assert_eq!(timeline(&alice, &id).await.len(), 1);
    });
}
