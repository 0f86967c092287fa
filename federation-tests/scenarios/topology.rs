//! Two divisions, a partner and a stranger as in real life: names, port 443, TLS by an authority of their own,
//! and no switch for tests.
//!
//! Everything runs in a network of its own, see [`federation_tests::namespace`].

use federation_tests::api::{array, id};
use federation_tests::database::Kind;
use federation_tests::namespace::inside;
use federation_tests::world::World;

use crate::reach::{marker, plays_everything};

#[test]
#[ignore = "needs namespaces: unshare and ip"]
fn everything_works_over_tls_and_a_stranger_gets_nothing() {
    if inside("topology::everything_works_over_tls_and_a_stranger_gets_nothing").is_none() {
        return;
    }
    let (world, stranger) = World::secure(Kind::Sqlite);
    plays_everything(&world);

    let (alice, mallory) = (world.engineering.person("alma"), stranger.person("mallory"));
    let word = marker("public");
    let status = alice.post(&word, "public");
    // What signatures need is for everybody, so that there is somebody to ask; the answer never comes.
    let asked = mallory.look_for(&alice.handle()).expect("a stub");
    assert_eq!(asked["statuses_count"], 0);
    mallory.act(&format!("/api/v1/accounts/{}/follow", id(&asked)));
    assert!(mallory.look_for_status(status["uri"].as_str().expect("an id")).is_none());
    // Once a partner has the last one, the stranger would have it too.
    let erin = world.globex.person("emil");
    erin.follows(&alice);
    let fence = marker("fence");
    alice.post(&fence, "public");
    erin.sees(&fence);
    assert_eq!(mallory.relationship(&asked)["following"], false);
    let followers = array(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)));
    assert_eq!(followers.len(), 1, "emil alone: {followers:?}");
    for word in [&word, &fence] {
        assert!(!stranger.database.contains(word), "the stranger got {word}");
    }
    assert!(status["uri"].as_str().is_some_and(|uri| uri.starts_with("https://engineering.acme.test/")));
    for instance in world.instances().into_iter().chain([&stranger]) {
        let settings = std::fs::read_to_string(instance.server().config()).expect("a configuration");
        assert!(!settings.contains("insecure"), "{settings}");
    }
    assert!(!world.has_panicked());
}
