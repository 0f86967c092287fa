//! Unmodified third-party clients, from registration to notifications.

use std::process::Command;

use federation_tests::database::Kind;
use federation_tests::world::{Layout, PASSWORD, World};
use federation_tests::{server, tools};

/// Runs a driver with the addresses and tokens it needs. It acts as alice; bob is another account.
fn driven(mut command: Command, world: &World) {
    world.engineering.account("alice");
    world.engineering.account("bob");
    let carol = world.sales.person("carol");
    operated(&mut command, world);
    command
        .env("PORTICO_EMAIL", "alice@people.example")
        .env("PORTICO_PASSWORD", PASSWORD)
        .env("PORTICO_BOB_TOKEN", world.engineering.token("bob", "read write follow push"))
        .env("PORTICO_SISTER_HANDLE", carol.handle());
    tools::run(command);
    assert!(!world.has_panicked());
}

/// Passes the instance and its command line to a driver.
fn operated(command: &mut Command, world: &World) {
    let domain = &world.engineering.domain;
    command
        .env("PORTICO_ORIGIN", format!("http://{domain}"))
        .env("PORTICO_DOMAIN", domain)
        .env("PORTICO_BIN", server::binary())
        .env("PORTICO_CONFIG_FILE", world.engineering.server().config());
}

#[test]
#[ignore = "needs Python and the tests of the package toot"]
fn the_tests_that_toot_ships_pass() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let mut command = tools::python("clients/toot_suite.py");
    operated(&mut command, &world);
    command.env("PORTICO_TOOT_SUITE", tools::toot_suite());
    tools::run(command);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Python and the package schemathesis"]
fn every_answer_is_documented_and_none_is_a_fault() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    world.engineering.account("alice");
    world.engineering.account("bob");
    let name = "quinn";
    world.engineering.command(
        &[
            "account",
            "create",
            name,
            "--email",
            "quinn@people.example",
            "--role",
            "admin",
            "--password-stdin",
        ],
        PASSWORD,
    );
    let mut command = tools::python("clients/schema.py");
    operated(&mut command, &world);
    command
        .env("PORTICO_TOKEN", world.engineering.token(name, "read write follow push admin:read admin:write"));
    tools::run(command);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Python and the package Mastodon.py"]
fn every_method_of_mastodon_py_works() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let home = &world.engineering;
    home.command(
        &[
            "account",
            "create",
            "grace",
            "--email",
            "grace@people.example",
            "--role",
            "admin",
            "--password-stdin",
        ],
        PASSWORD,
    );
    home.command(&["announcement", "add", "The canteen is closed on #friday"], "");
    let third = home.person("third");
    for name in ["alice", "bob"] {
        home.account(name);
    }
    let mut command = tools::python("clients/mastodon_py_every.py");
    operated(&mut command, &world);
    let plain = "read write follow push profile";
    let tokens = [("ALICE", "alice"), ("BOB", "bob")].map(|(label, name)| (label, home.token(name, plain)));
    for (label, token) in tokens {
        command.env(format!("PORTICO_{label}_TOKEN"), token);
    }
    command
        .env("PORTICO_ROOT_TOKEN", home.token("grace", &format!("{plain} admin:read admin:write")))
        .env("PORTICO_THIRD_ID", &third.id);
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
#[ignore = "needs Node and the package megalodon"]
fn every_method_of_megalodon_works() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let home = &world.engineering;
    home.command(&["announcement", "add", "The canteen is closed on #friday"], "");
    let mut command = tools::node("clients/megalodon_every.mjs");
    operated(&mut command, &world);
    for (label, name) in [("ALICE", "alice"), ("BOB", "bob")] {
        home.account(name);
        command.env(format!("PORTICO_{label}_TOKEN"), home.token(name, "read write follow push"));
    }
    command.env("PORTICO_TOOT_SUITE", tools::toot_suite());
    tools::run(command);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Node and the package masto"]
fn every_method_of_masto_works() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    let home = &world.engineering;
    let root = ["account", "create", "grace", "--email", "grace@people.example", "--role", "admin"];
    home.command(&[&root[..], &["--password-stdin"]].concat(), PASSWORD);
    home.command(&["announcement", "add", "The canteen is closed on #friday"], "");
    let third = home.person("third");
    let mut command = tools::node("clients/masto_every.mjs");
    operated(&mut command, &world);
    let plain = "read write follow push profile";
    for (label, name) in [("ALICE", "alice"), ("BOB", "bob")] {
        home.account(name);
        command.env(format!("PORTICO_{label}_TOKEN"), home.token(name, plain));
    }
    command
        .env("PORTICO_ROOT_TOKEN", home.token("grace", &format!("{plain} admin:read admin:write")))
        .env("PORTICO_THIRD_ID", &third.id)
        .env("PORTICO_TOOT_SUITE", tools::toot_suite());
    tools::run(command);
    assert!(!world.has_panicked());
}

#[test]
#[ignore = "needs Node and the package masto"]
fn masto_works_unchanged() {
    let world = World::start(Kind::Sqlite, Layout::OneProcess);
    driven(tools::node("clients/masto.mjs"), &world);
}
