//! An agreement between two companies by command line: nothing is exchanged before both have accepted it, and
//! nothing after one of them has ended it.

use federation_tests::api::Person;
use federation_tests::database::Kind;
use federation_tests::wait::eventually;
use federation_tests::world::Instance;
use serde_json::Value;

use crate::both_databases;
use crate::reach::marker;

fn shown(by: &Instance, partner: &Instance) -> Value {
    let text = by.command(&["agreement", "show", &partner.domain, "--json"], "");
    serde_json::from_str(&text).expect("the command answers in JSON")
}

fn comes_to(by: &Instance, partner: &Instance, place: &str, state: &str) -> Value {
    eventually(&format!("{} has an agreement that is {state}", by.domain), || {
        let known = by.command(&["agreement", "list"], "").contains(&partner.domain);
        let found = if known { shown(by, partner)[place].clone() } else { Value::Null };
        (found["state"] == state).then_some(found)
    })
}

fn finds(person: &Person, other: &Person) -> bool {
    person.look_for(&other.handle()).is_some()
}

both_databases! {
    fn two_companies_agree_by_command_line(kind: Kind) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let acme = Instance::alone(kind, folder.path(), "acme", "allowlist");
        let globex = Instance::alone(kind, folder.path(), "globex", "allowlist");
        let (alice, erin) = (acme.person("alice"), globex.person("erin"));
        assert!(!finds(&alice, &erin), "they do not know each other");

        let terms = "contact = \"it@acme.example\"\n[gives]\nreaches = [\"partners\"]\nfollows = [\"alice\"]\n\
                     [takes]\nreaches = [\"partners\"]\nfollows = \"everybody\"\n";
        acme.command(&["agreement", "propose", &globex.domain, "--terms", "-"], terms);
        let proposed = comes_to(&globex, &acme, "open", "proposed");
        assert!(!finds(&alice, &erin), "nothing flows before both have accepted");
        let digest = proposed["digest"].as_str().expect("it has a digest").to_owned();
        let ours = &shown(&acme, &globex)["open"];
        assert_eq!((&ours["digest"], &ours["text"]), (&proposed["digest"], &proposed["text"]));

        globex.command(&["agreement", "accept", &acme.domain, "--digest", &digest[..8]], "");
        let signed = comes_to(&acme, &globex, "current", "accepted");
        assert_eq!((&signed["signed_by_us"], &signed["signed_by_them"]), (&true.into(), &true.into()));
        erin.follows(&alice);
        let (yes, no) = (marker("partners"), marker("public"));
        alice.post(&no, "public");
        alice.post(&yes, "partners");
        erin.sees(&yes);
        assert!(erin.finds_at_home(&no).is_none(), "public posts were not agreed");

        globex.command(&["agreement", "stop", &acme.domain, "--note", "a breach"], "");
        assert!(erin.finds_at_home(&yes).is_none(), "what came before is hidden at once");
        let ended = eventually("the other side has heard", || {
            let texts = shown(&acme, &globex)["texts"].clone();
            (texts[0]["state"] == "ended").then_some(texts[0].clone())
        });
        assert_eq!(ended["digest"], signed["digest"]);
        assert!(!acme.server().has_panicked() && !globex.server().has_panicked());
    }
}
