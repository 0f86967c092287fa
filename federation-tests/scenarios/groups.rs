//! A closed group with members on two instances: nobody else gets its posts.

use federation_tests::api::{Person, array, says, text};
use federation_tests::database::Kind;
use federation_tests::wait::eventually;
use federation_tests::world::{Layout, World};
use serde_json::json;

use crate::both_databases;
use crate::reach::{Cast, marker};

both_databases! {
    fn a_closed_group_lives_across_processes(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        let cast = Cast::of(&world);
        let form = json!({ "name": "board", "visibility": "members" });
        let made = cast.alice.post_json("/api/portico/v1/groups", &form);
        let id = made["id"].as_str().expect("a group has an id").to_owned();
        let address = format!("@board@{}", cast.alice.handle().rsplit('@').next().expect("a handle has a host"));
        let there = text(&cast.carol.follows_handle(&address), "id");
        eventually("carol is in", || {
            let shown = cast.carol.get(&format!("/api/portico/v1/groups/{there}"));
            (shown["standing"] == "member").then_some(())
        });
        let timeline = |person: &Person, group: &str, word: &str| {
            let page = array(person.get(&format!("/api/portico/v1/groups/{group}/timeline")));
            page.into_iter().find(|status| says(status, word))
        };
        let (ours, theirs) = (marker("ours"), marker("theirs"));
        cast.alice.post_json("/api/v1/statuses", &json!({ "status": ours, "group_id": id }));
        eventually("carol reads it", || timeline(&cast.carol, &there, &ours));
        cast.carol.post_json("/api/v1/statuses", &json!({ "status": theirs, "group_id": there }));
        eventually("alice reads it", || timeline(&cast.alice, &id, &theirs));
        assert!(timeline(&cast.dave, &there, &ours).is_none(), "dave is no member");
        // After these posts, everything that was sent to globex before has arrived there.
        let fence = marker("fence");
        for author in [&cast.alice, &cast.carol] {
            author.post(&format!("{fence} {}", author.name), "public");
            cast.erin.sees(&format!("{fence} {}", author.name));
        }
        assert!(!world.globex.database.contains(&ours) && !world.globex.database.contains(&theirs));
        assert!(!world.has_panicked());
    }
}
