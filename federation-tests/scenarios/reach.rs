//! Posts are visible on other instances as far as their reach goes; reactions, edits and deletions are
//! federated.

use std::time::{Duration, Instant};

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::database::Kind;
use federation_tests::fakepeer::FakePeer;
use federation_tests::http::{self, Request};
use federation_tests::wait::eventually;
use federation_tests::world::{Instance, Layout, World};

use crate::both_databases;

/// The cast: alice and bob at engineering, carol and dave at sales, erin at globex. Bob, carol and erin
/// follow alice; erin follows carol; dave follows nobody.
pub struct Cast {
    pub alice: Person,
    pub bob: Person,
    pub carol: Person,
    pub dave: Person,
    pub erin: Person,
}

impl Cast {
    pub fn of(world: &World) -> Self {
        let cast = Self {
            alice: world.engineering.person("alice"),
            bob: world.engineering.person("bob"),
            carol: world.sales.person("carol"),
            dave: world.sales.person("dave"),
            erin: world.globex.person("erin"),
        };
        cast.bob.follows(&cast.alice);
        cast.carol.follows(&cast.alice);
        cast.erin.follows(&cast.alice);
        cast.erin.follows(&cast.carol);
        cast
    }
}

/// Returns a unique word.
pub fn marker(what: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("zq{}x{}x{what}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

both_databases! {
    fn three_processes_keep_each_reach(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        plays_everything(&world);
    }

    fn one_process_keeps_each_reach(kind: Kind) {
        let world = World::start(kind, Layout::OneProcess);
        plays_everything(&world);
    }
}

/// Runs all checks of reach, for any layout.
pub fn plays_everything(world: &World) {
    let cast = Cast::of(world);
    posts_go_as_far_as_their_reach(world, &cast);
    the_company_hears_without_following(&cast);
    edits_and_deletes_follow(&cast);
    favourites_and_boosts_come_back(&cast);
    replies_come_back(&cast);
    no_boost_or_reply_widens_a_company_post(world, &cast);
    nobody_fetches_what_they_may_not_see(world, &cast);
    assert!(!world.has_panicked());
}

fn posts_go_as_far_as_their_reach(world: &World, cast: &Cast) {
    // reach, visible to carol on the company's other instance, visible to erin at the partner
    let table = [
        ("public", true, true),
        ("partners", true, true),
        ("company", true, false),
        ("followers", true, true),
        ("instance", false, false),
        ("direct", false, false),
    ];
    let mut withheld = Vec::new();
    let mut slowest = Duration::ZERO;
    for (reach, sister, partner) in table {
        let word = marker(reach);
        let status = cast.alice.post(&format!("A word to {reach}: {word}"), reach);
        assert_eq!(text(&status, "reach"), reach);
        let posted = Instant::now();
        if reach != "direct" {
            cast.bob.sees(&word);
        }
        if sister {
            let seen = cast.carol.sees(&word);
            slowest = slowest.max(posted.elapsed());
            assert_eq!(text(&seen["account"], "acct"), cast.carol.acct_of(&cast.alice));
            // Exactly the same, not only no wider: the company's other instance understands `reach`.
            assert_eq!(text(&seen, "reach"), reach, "carol is shown the reach");
        } else {
            withheld.push((&world.sales, &cast.carol, word.clone()));
        }
        if partner {
            cast.erin.sees(&word);
            slowest = slowest.max(posted.elapsed());
        } else {
            withheld.push((&world.globex, &cast.erin, word));
        }
    }
    println!("the slowest post was seen everywhere after {slowest:?}");
    // A direct post reaches only the people it mentions.
    let word = marker("named");
    cast.alice.post(&format!("{} only for you: {word}", cast.carol.handle()), "direct");
    let notice = cast.carol.is_notified("mention", &cast.alice);
    assert!(says(&notice["status"], &word), "{notice}");
    withheld.push((&world.globex, &cast.erin, word));

    // A later post has arrived, so earlier ones that are missing were not sent.
    let last = marker("fence");
    cast.alice.post(&last, "public");
    cast.carol.sees(&last);
    cast.erin.sees(&last);
    for (instance, person, word) in withheld {
        never_reached(instance, person, &word);
    }
}

fn never_reached(instance: &Instance, person: &Person, word: &str) {
    assert!(person.finds_at_home(word).is_none(), "{} sees {word}", person.handle());
    assert!(!instance.database.contains(word), "{word} is in the database of {}", instance.domain);
}

fn the_company_hears_without_following(cast: &Cast) {
    let word = marker("unasked");
    cast.bob.post(&word, "company");
    let bob = cast.dave.finds(&cast.bob.handle());
    let path = format!("/api/v1/accounts/{}/statuses", id(&bob));
    eventually("dave, who follows nobody, sees bob's company post on his profile", || {
        array(cast.dave.get(&path)).into_iter().find(|status| says(status, &word))
    });
}

fn edits_and_deletes_follow(cast: &Cast) {
    let (before, after) = (marker("before"), marker("after"));
    let status = cast.alice.post(&before, "public");
    let (carols, erins) = (cast.carol.sees(&before), cast.erin.sees(&before));
    assert!(carols["edited_at"].is_null());
    cast.alice.edit(&status, &after);
    for (person, copy) in [(&cast.carol, &carols), (&cast.erin, &erins)] {
        let edited =
            eventually("the edit arrives", || person.status(&id(copy)).filter(|status| says(status, &after)));
        assert!(edited["edited_at"].is_string(), "{edited}");
        assert!(!says(&edited, &before));
    }
    let history = array(cast.carol.get(&format!("/api/v1/statuses/{}/history", id(&carols))));
    assert_eq!(history.len(), 2, "carol sees what it said before: {history:?}");

    cast.alice.delete(&status);
    for (person, copy) in [(&cast.carol, &carols), (&cast.erin, &erins)] {
        eventually("the deletion arrives", || person.status(&id(copy)).is_none().then_some(()));
        assert!(person.finds_at_home(&after).is_none());
    }
}

fn favourites_and_boosts_come_back(cast: &Cast) {
    let word = marker("liked");
    let status = cast.alice.post(&word, "public");
    let (carols, erins) = (cast.carol.sees(&word), cast.erin.sees(&word));
    let count = |key: &str| {
        cast.alice.status(&id(&status)).unwrap_or_else(|| panic!("alice sees her post"))[key].clone()
    };

    let favourited = cast.carol.on_status(&carols, "favourite");
    assert_eq!(favourited["favourited"], true);
    cast.erin.on_status(&erins, "favourite");
    eventually("both favourites are counted", || (count("favourites_count") == 2).then_some(()));
    cast.alice.is_notified("favourite", &cast.carol);
    cast.alice.is_notified("favourite", &cast.erin);
    cast.carol.on_status(&carols, "unfavourite");
    eventually("the favourite is taken back", || (count("favourites_count") == 1).then_some(()));

    cast.carol.on_status(&carols, "reblog");
    eventually("the boost is counted", || (count("reblogs_count") == 1).then_some(()));
    cast.alice.is_notified("reblog", &cast.carol);
    // Erin follows carol, too, and sees the boost among carol's posts.
    let carol = cast.erin.finds(&cast.carol.handle());
    let carols_posts = format!("/api/v1/accounts/{}/statuses", id(&carol));
    let boosted = || {
        array(cast.erin.get(&carols_posts)).into_iter().find(|s| says(&s["reblog"], &word) || says(s, &word))
    };
    eventually("the boost reaches erin", boosted);
    cast.carol.on_status(&carols, "unreblog");
    eventually("the boost is taken back", || (count("reblogs_count") == 0).then_some(()));
    eventually("erin hears that too", || boosted().is_none().then_some(()));
}

fn replies_come_back(cast: &Cast) {
    let word = marker("asked");
    let status = cast.alice.post(&word, "public");
    let carols = cast.carol.sees(&word);
    let answer = marker("answered");
    cast.carol.reply(&carols, &format!("{} {answer}", cast.alice.handle()), "public");
    let notice = eventually("alice is notified of the answer", || {
        cast.alice.notifications().into_iter().find(|n| n["type"] == "mention" && says(&n["status"], &answer))
    });
    assert_eq!(notice["status"]["in_reply_to_id"], status["id"]);
    let after = array(cast.alice.context(&status)["descendants"].clone());
    assert!(after.iter().any(|reply| says(reply, &answer)), "{after:?}");
    assert_eq!(cast.alice.status(&id(&status)).expect("hers")["replies_count"], 1);
    // Alice replies, and carol finds the reply below her own post.
    let back = marker("thanks");
    cast.alice.reply(&notice["status"], &format!("{} {back}", cast.carol.handle()), "public");
    eventually("carol finds the thread", || {
        array(cast.carol.context(&carols)["descendants"].clone()).into_iter().find(|reply| says(reply, &back))
    });
}

fn no_boost_or_reply_widens_a_company_post(world: &World, cast: &Cast) {
    let word = marker("internal");
    cast.alice.post(&word, "company");
    let carols = cast.carol.sees(&word);
    // The boost may be rejected or kept within the company, but must not leave it.
    let boost = cast.carol.request("POST", &format!("/api/v1/statuses/{}/reblog", id(&carols)));
    let boost = cast.carol.send(&boost);
    assert!(matches!(boost.status, 200 | 403 | 404 | 422), "{} {}", boost.status, boost.text());
    let reply = cast.carol.request("POST", "/api/v1/statuses").body(
        "application/json",
        serde_json::json!({
            "status": format!("{} see {word}", cast.erin.handle()),
            "reach": "public",
            "in_reply_to_id": carols["id"],
        })
        .to_string(),
    );
    let reply = cast.carol.send(&reply);
    assert!(reply.status < 500, "{} {}", reply.status, reply.text());
    let fence = marker("fence");
    cast.carol.post(&fence, "public");
    cast.alice.post(&format!("{fence} too"), "public");
    cast.erin.sees(&fence);
    cast.erin.sees(&format!("{fence} too"));
    // Carol chooses the reach of her reply, but alice's post must not leave with it.
    let alices = "/users/alice/statuses/";
    let stolen = array(cast.erin.get("/api/v1/timelines/home?limit=40")).into_iter().find(|s| {
        says(s, &word) && s.to_string().contains(alices) && text(&s["account"], "username") == "alice"
    });
    assert!(stolen.is_none(), "{stolen:?}");
    if reply.status != 200 {
        never_reached(&world.globex, &cast.erin, &word);
    }
}

fn nobody_fetches_what_they_may_not_see(world: &World, cast: &Cast) {
    for reach in ["instance", "company", "followers", "direct"] {
        let word = marker("fetched");
        let status = cast.alice.post(&word, reach);
        let uri = text(&status, "uri");
        let path = uri.split_once(&world.engineering.domain).expect("ours").1;
        for accept in ["application/activity+json", "application/json", "text/html"] {
            let ask =
                Request::new("GET", path).header("Host", &world.engineering.domain).header("Accept", accept);
            let answer = http::send(world.engineering.address(), &ask).expect("it answers");
            assert!(!answer.text().contains(&word), "{reach} is shown to strangers as {accept}");
            assert!(answer.status < 500, "{} {}", answer.status, answer.text());
        }
        if matches!(reach, "instance" | "company" | "direct") {
            assert!(cast.erin.look_for_status(&uri).is_none(), "erin fetches a post of reach {reach}");
            assert!(!world.globex.database.contains(&word));
        }
        let outbox = Request::new("GET", "/users/alice/outbox?page=true")
            .header("Host", &world.engineering.domain)
            .header("Accept", "application/activity+json");
        let outbox = http::send(world.engineering.address(), &outbox).expect("it answers");
        assert!(!outbox.text().contains(&word), "the outbox lists a post of reach {reach}");
    }
}

/// An open instance sends only public posts to an unrelated host.
#[test]
fn a_stranger_gets_nothing_from_an_allowlist() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let alice = world.engineering.person("alice");
    let stranger = FakePeer::start("stranger");
    let actor = stranger.actor("mallory");
    let follow = serde_json::json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{actor}#follow"),
        "type": "Follow",
        "actor": actor,
        "object": alice.actor(),
    });
    let inbox = format!("{}/inbox", alice.actor());
    let answer = stranger.send(&actor, &inbox, world.engineering.address(), &follow).expect("it answers");
    assert!(matches!(answer.status, 202 | 401 | 403), "{} {}", answer.status, answer.text());
    let words: Vec<String> = ["public", "partners", "company", "followers", "instance"]
        .iter()
        .map(|reach| {
            let word = marker(reach);
            alice.post(&word, reach);
            word
        })
        .collect();
    // Once another peer has the last post, the unrelated host would have it, too.
    let carol = world.sales.person("carol");
    carol.follows(&alice);
    let fence = marker("fence");
    alice.post(&fence, "public");
    carol.sees(&fence);
    for word in words.iter().chain([&fence]) {
        assert!(!stranger.ever_got(word), "the stranger got {word}");
    }
    assert_eq!(array(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id))).len(), 1);
}
