//! A company and its partners. Engineering and sales are divisions of one company. Globex is a partner with
//! Portico, frida's server (made with Fedify) a partner on other software; another Fedify server belongs to a
//! customer without an agreement. All chapters run in one world, one chapter per feature.
//!
//! Chapters register words with the stage: secrets that must never reach partners, and words that partners
//! may get but never as public. At the end the stage checks that none of them has leaked.

mod agreements;
mod announcements;
mod day;
mod directory;
mod groups;
mod posts;
mod rooms;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;

use federation_tests::api::{Person, array, id, says, text};
use federation_tests::database::Kind;
use federation_tests::fakepeer::FakePeer;
use federation_tests::http::{self, Request, Response, encode};
use federation_tests::wait::eventually;
use federation_tests::world::{Instance, Layout, PASSWORD, World};
use serde_json::{Value, json};

use crate::both_databases;
use crate::fedify::Fedify;
use crate::reach::{Cast, marker};

both_databases! {
    #[ignore = "needs Node and the package @fedify/fedify"]
    fn a_company_and_its_partners(kind: Kind) {
        let world = World::start(kind, Layout::ThreeProcesses);
        operators_decide(&world.engineering, ENGINEERING);
        let (ada, gus) = (administrator(&world.engineering, "ada"), administrator(&world.globex, "gus"));
        agreements::two_companies_agree(&world, &ada, &gus);
        let stage = Stage::of(world, ada, gus);
        agreements::terms_are_kept(&stage);
        posts::play(&stage);
        directory::play(&stage);
        groups::play(&stage);
        rooms::play(&stage);
        announcements::play(&stage);
        day::play(&stage);
        agreements::an_organisation_is_seen(&stage);
        stage.nothing_left();
        agreements::it_ends(&stage);
    }
}

/// Settings of engineering: members may post to partners at most; partners get some profile fields.
const ENGINEERING: &str = "highest_reach_member = \"partners\"\nprofile_fields = \
                           [\"job_title=partners\", \"department=partners\", \"skills=partners\"]\n";

/// Appends lines to the configuration of an instance, and restarts it.
fn operators_decide(instance: &Instance, lines: &str) {
    let server = instance.server();
    assert!(server.stop(), "{} stops well", instance.domain);
    let before = fs::read_to_string(server.config()).expect("a configuration");
    fs::write(server.config(), format!("{before}\n{lines}")).expect("a configuration");
    server.start();
}

/// Creates an administrator of an instance.
fn administrator(instance: &Instance, name: &str) -> Person {
    let email = format!("{name}@people.example");
    let role = ["account", "create", name, "--email", &email, "--role", "admin", "--password-stdin"];
    instance.command(&role, PASSWORD);
    let token = instance.token(name, "read write follow push admin:read admin:write");
    Person::signed_in(instance.address(), &instance.domain, &token)
}

/// The world with all its people and servers.
struct Stage {
    world: World,
    /// Administrator of engineering.
    ada: Person,
    /// Administrator of globex.
    gus: Person,
    /// People as in other scenarios: bob, carol and erin follow alice, erin follows carol, dave follows
    /// nobody.
    cast: Cast,
    /// A partner on other software, under terms set by engineering alone and the default terms of sales;
    /// frida follows alice.
    fedify: Fedify,
    /// A server without any agreement.
    customer: Fedify,
    /// A fake peer without any agreement, which can send anything.
    stranger: FakePeer,
    secrets: RefCell<Vec<String>>,
    in_rooms: RefCell<Vec<String>>,
    for_partners: RefCell<Vec<String>>,
}

impl Stage {
    fn of(world: World, ada: Person, gus: Person) -> Self {
        let (fedify, customer) = (Fedify::start(), Fedify::start());
        let terms = ["--no-direct-messages", "--contact", "it@acme.example", "--ends", "2030-01-01"];
        let set = ["agreement", "set", fedify.domain.as_str()];
        world.engineering.command(&[&set[..], &terms[..]].concat(), "");
        world.sales.tier(&fedify.domain, "partner");
        let cast = Cast::of(&world);
        fedify.does("follow", &json!({ "actor": cast.alice.actor() }));
        fedify.gets("Accept", "/users/alice");
        Self {
            world,
            ada,
            gus,
            cast,
            fedify,
            customer,
            stranger: FakePeer::start("stranger"),
            secrets: RefCell::default(),
            in_rooms: RefCell::default(),
            for_partners: RefCell::default(),
        }
    }

    /// Creates a word that must never leave the company.
    fn secret(&self, what: &str) -> String {
        noted(&self.secrets, what)
    }

    /// Creates a word that must never leave the company, except to guests of a room.
    fn in_room(&self, what: &str) -> String {
        noted(&self.in_rooms, what)
    }

    /// Creates a word that partners may get, but never as public.
    fn for_partners(&self, what: &str) -> String {
        noted(&self.for_partners, what)
    }

    /// Posts to the company's other instance and to every partner, and waits for the delivery. All earlier
    /// deliveries to them are then done.
    fn fence(&self) {
        let word = self.for_partners("fence");
        for author in [&self.cast.alice, &self.cast.carol] {
            author.post(&format!("{word} {}", author.name), "partners");
            self.cast.erin.sees(&format!("{word} {}", author.name));
        }
        self.cast.carol.sees(&format!("{word} {}", self.cast.alice.name));
        self.fedify.gets("Create", &word);
    }

    /// Checks that no word has leaked.
    fn nothing_left(&self) {
        self.fence();
        let (secrets, in_rooms) = (self.secrets.borrow(), self.in_rooms.borrow());
        assert!(secrets.len() > 20 && in_rooms.len() > 3, "the chapters have noted their words");
        for word in secrets.iter().chain(in_rooms.iter()) {
            assert!(!self.world.globex.database.contains(word), "{word} is in the database of globex");
            assert!(!self.fedify.ever_got(word), "{word} came to the partner on other software");
            assert!(!self.stranger.ever_got(word), "{word} came to a stranger");
        }
        for word in secrets.iter().chain(self.for_partners.borrow().iter()) {
            assert!(!self.customer.ever_got(word), "{word} came to the customer's server");
        }
        for activity in self.fedify.received().iter().map(Value::to_string) {
            let said = self.for_partners.borrow().iter().any(|word| activity.contains(word));
            let public = activity.contains("#Public") || activity.contains("as:Public");
            assert!(!(said && public), "foreign software is told that it is public: {activity}");
        }
        assert!(!self.world.has_panicked());
    }
}

fn noted(list: &RefCell<Vec<String>>, what: &str) -> String {
    let word = marker(what);
    list.borrow_mut().push(word.clone());
    word
}

/// Returns the values of a field of all elements.
fn set_of(list: &Value, key: &str) -> BTreeSet<String> {
    array(list.clone()).iter().map(|element| text(element, key)).collect()
}

/// Returns the delivery log of the author's post, including the hosts that it was withheld from.
fn delivery_log(author: &Person, status: &Value) -> Vec<Value> {
    array(author.get(&format!("/api/portico/v1/statuses/{}/deliveries?withheld=true", id(status))))
}

/// Returns the hosts with this state in a delivery log.
fn hosts_with(log: &[Value], state: &str) -> BTreeSet<String> {
    log.iter().filter(|entry| entry["state"] == state).map(|entry| text(entry, "host")).collect()
}

/// Previews the recipients of a post, posts it, and waits until exactly these hosts have it. Returns the
/// post.
fn posts(author: &Person, wish: &Value) -> Value {
    let foreseen = author.post_json("/api/portico/v1/audience", wish);
    let hosts = set_of(&foreseen["hosts"], "domain");
    let status = author.post_json("/api/v1/statuses", wish);
    assert_eq!(status["reach"], foreseen["reach"], "the reach is as it was foreseen");
    let log = eventually(&format!("{wish} goes to {hosts:?}"), || {
        let log = delivery_log(author, &status);
        hosts.is_subset(&hosts_with(&log, "taken")).then_some(log)
    });
    let others: Vec<&Value> = log.iter().filter(|entry| entry["state"] != "withheld").collect();
    assert!(
        others.iter().all(|entry| hosts.contains(&text(entry, "host"))),
        "more than foreseen: {others:?}"
    );
    status
}

/// Waits until a person gets a notification of this kind about a status with this word.
fn await_notification(who: &Person, kind: &str, word: &str) -> Value {
    eventually(&format!("{} is notified of {word:?} by a {kind}", who.handle()), || {
        who.notifications().into_iter().find(|n| n["type"] == kind && says(&n["status"], word))
    })
}

/// Whether a person has a notification about a status with this word.
fn has_notification_about(who: &Person, word: &str) -> bool {
    who.notifications().iter().any(|notice| says(&notice["status"], word))
}

/// Finds the status with this word on a profile, as another person sees it.
fn on_profile(viewer: &Person, author: &Person, word: &str) -> Value {
    let path = format!("/api/v1/accounts/{}/statuses", id(&viewer.finds(&author.handle())));
    eventually(&format!("{} sees {word:?} on the profile of {}", viewer.handle(), author.handle()), || {
        array(viewer.get(&path)).into_iter().find(|status| says(status, word))
    })
}

/// Sends an anonymous GET request to an instance.
fn fetched(instance: &Instance, address: &str, accept: &str) -> Response {
    let path = address.split_once(instance.domain.as_str()).map_or(address, |(_, path)| path);
    let request = Request::new("GET", path).header("Host", &instance.domain).header("Accept", accept);
    http::send(instance.address(), &request).expect("the instance answers")
}

/// Signs in with name and password, and returns a page.
fn page(instance: &Instance, name: &str, path: &str) -> String {
    let ask = |request: Request| {
        let request = request.header("Host", &instance.domain);
        http::send(instance.address(), &request).expect("the instance answers")
    };
    let form = ask(Request::new("GET", "/sign-in"));
    let body = form.text();
    let (_, secret) = body.split_once("name=\"csrf\" value=\"").expect("the form has a secret");
    let secret = secret.split('"').next().expect("a value ends");
    let typed = format!("csrf={secret}&next=%2F&name={name}&password={}", encode(PASSWORD));
    let signed_in = ask(Request::new("POST", "/sign-in")
        .header("Cookie", &cookie(&form, "portico-form="))
        .body("application/x-www-form-urlencoded", typed));
    let answer = ask(Request::new("GET", path).header("Cookie", &cookie(&signed_in, "portico=")));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

fn cookie(response: &Response, begins: &str) -> String {
    let mut set = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let (_, line) = set.find(|(_, line)| line.starts_with(begins)).expect("the cookie is set");
    line.split(';').next().unwrap_or(line).to_owned()
}
