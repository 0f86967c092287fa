//! Two divisions, a partner and an unrelated instance as in production: host names, port 443, TLS, and no
//! settings for tests.
//!
//! Everything runs in an isolated network; see [`federation_tests::namespace`].

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
    // Anyone can fetch the stub that signatures need, so mallory can send a follow request; it gets no
    // response.
    let asked = mallory.look_for(&alice.handle()).expect("a stub");
    assert_eq!(asked["statuses_count"], 0);
    mallory.act(&format!("/api/v1/accounts/{}/follow", id(&asked)));
    assert!(mallory.look_for_status(status["uri"].as_str().expect("an id")).is_none());
    // Once a partner has the last post, the unrelated instance would have it, too.
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
