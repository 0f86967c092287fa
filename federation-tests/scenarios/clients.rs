//! Clients that others wrote, unchanged, from registration to notifications.

use std::process::Command;

use federation_tests::database::Kind;
use federation_tests::tools;
use federation_tests::world::{Layout, PASSWORD, World};

/// Tells a driver where everything is; alice signs in, bob is there to be talked to.
fn driven(mut command: Command, world: &World) {
    world.engineering.account("alice");
    world.engineering.account("bob");
    let carol = world.sales.person("carol");
    command
        .env("PORTICO_ORIGIN", format!("http://{}", world.engineering.domain))
        .env("PORTICO_EMAIL", "alice@people.example")
        .env("PORTICO_PASSWORD", PASSWORD)
        .env("PORTICO_BOB_TOKEN", world.engineering.token("bob", "read write follow push"))
        .env("PORTICO_SISTER_HANDLE", carol.handle());
    tools::run(command);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Python and the package Mastodon.py"]
fn mastodon_py_works_unchanged() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    driven(tools::python("clients/mastodon_py.py"), &world);
}

#[test]
#[ignore = "needs Node and the package masto"]
fn masto_works_unchanged() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    driven(tools::node("clients/masto.mjs"), &world);
}
