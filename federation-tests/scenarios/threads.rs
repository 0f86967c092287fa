//! A thread on three servers: followers of its first author see every reply that they may see, and no others.

use federation_tests::api::{array, says};
use federation_tests::database::Kind;
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};

use crate::both_databases;
use crate::reach::{Cast, marker};

both_databases! {
    fn a_colleague_sees_the_whole_thread(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let cast = Cast::of(&world);
        let asked = marker("asked");
        cast.alice.post(&asked, "public");
        let carols = cast.carol.sees(&asked);
        let erins = cast.erin.sees(&asked);

        // Erin is of another company, and nobody at sales follows her: engineering forwards her reply.
        let (public, private) = (marker("answered"), marker("private"));
        let at = cast.alice.handle();
        cast.erin.reply(&erins, &format!("{at} {private}"), "direct");
        let answer = cast.erin.reply(&erins, &format!("{at} {public}"), "public");
        let below = |person: &federation_tests::api::Person, status: &serde_json::Value, word: &str| {
            array(person.context(status)["descendants"].clone()).into_iter().find(|reply| says(reply, word))
        };
        let seen = eventually("carol sees erin's answer", || below(&cast.carol, &carols, &public));
        assert_eq!(seen["in_reply_to_id"], carols["id"]);

        // The other direction: nobody at globex follows dave, but his reply reaches erin.
        let daves = eventually("dave sees the question", || cast.dave.look_for_status(&link(&carols)));
        let more = marker("more");
        cast.dave.reply(&daves, &format!("{at} {more}"), "public");
        eventually("erin sees dave's answer", || below(&cast.erin, &erins, &more));

        // A direct reply reached only its addressee.
        cast.alice.is_notified("mention", &cast.erin);
        assert!(!world.sales.database.contains(&private), "A5: a private answer leaked");
        // A deletion reaches all servers.
        cast.erin.delete(&answer);
        eventually("carol sees it no more", || below(&cast.carol, &carols, &public).is_none().then_some(()));
        assert!(!world.has_panicked());
    }
}

fn link(status: &serde_json::Value) -> String {
    status["uri"].as_str().expect("a status has an id").to_owned()
}
