//! The people and posts of the demo: a company with two divisions, and a partner.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_domain::model::user::Role;

/// The password of every user in the demo, which is served on loopback only.
pub(super) const PASSWORD: &str = "portico-demo-2026";

/// An instance of the demo.
pub(super) struct House {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// The company's other instances.
    pub sisters: &'static [&'static str],
    /// The tiers of remote hosts.
    pub peers: &'static [(&'static str, Tier)],
}

pub(super) const HOUSES: &[House] = &[
    House {
        name: "engineering",
        title: "Acme Engineering",
        description: "Where Acme's engineers think aloud.",
        sisters: &["sales"],
        peers: &[("globex", Tier::Partner)],
    },
    House {
        name: "sales",
        title: "Acme Sales",
        description: "Where Acme's sales people trade what customers tell them.",
        sisters: &["engineering"],
        peers: &[("globex", Tier::Partner)],
    },
    House {
        name: "globex",
        title: "Globex",
        description: "Globex builds with Acme's parts, and talks with the people who make them.",
        sisters: &[],
        peers: &[("engineering", Tier::Partner), ("sales", Tier::Partner)],
    },
];

/// A user of the demo.
pub(super) struct DemoPerson {
    pub username: &'static str,
    pub house: &'static str,
    pub display_name: &'static str,
    /// The administrator of the instance has this role, too.
    pub role: Role,
    pub note: &'static str,
    pub fields: &'static [(&'static str, &'static str)],
    /// The title, department, location, and skills separated by commas.
    pub work: [&'static str; 4],
    /// The manager: a user name of the same instance.
    pub manager: Option<&'static str>,
    /// The followed accounts, as user names of the demo.
    pub follows: &'static [&'static str],
}

pub(super) const PEOPLE: &[DemoPerson] = &[
    DemoPerson {
        username: "alice",
        house: "engineering",
        display_name: "Alice Okafor",
        role: Role::Admin,
        note: "Bearings, grease and the physics in between. I answer questions with more questions, then with data.",
        fields: &[("Ask me about", "#tribology, test rigs, vibration")],
        work: ["Lead engineer", "Bearings", "Lyon, building 4", "Tribology, Test rigs, Vibration"],
        manager: None,
        follows: &["bob", "carol", "erin"],
    },
    DemoPerson {
        username: "bob",
        house: "engineering",
        display_name: "Bob Lindqvist",
        role: Role::Member,
        note: "Firmware. If it blinks, I probably broke it first. Keeper of the lab's coffee machine.",
        fields: &[("Ask me about", "#rust, sensors, soldering")],
        work: ["Firmware engineer", "Sensors", "Gothenburg", "Rust, Sensors, Soldering"],
        manager: Some("alice"),
        follows: &["alice", "dave"],
    },
    DemoPerson {
        username: "carol",
        house: "sales",
        display_name: "Carol Mendes",
        role: Role::Admin,
        note: "Key accounts, south. I write down what customers say before I say what we sell.",
        fields: &[("Ask me about", "#customers in food and packaging")],
        work: ["Key account manager", "Key accounts", "Porto", "Negotiation, Food, Packaging"],
        manager: None,
        follows: &["alice", "dave", "erin"],
    },
    DemoPerson {
        username: "dave",
        house: "sales",
        display_name: "Dave Brennan",
        role: Role::Member,
        note: "Pre-sales. Professional translator between \"can it do that?\" and \"it depends\".",
        fields: &[("Ask me about", "#demos, tenders, spreadsheets")],
        work: ["Pre-sales engineer", "Key accounts", "Porto", "Demos, Tenders, Spreadsheets"],
        manager: Some("carol"),
        follows: &["alice", "bob", "carol"],
    },
    DemoPerson {
        username: "erin",
        house: "globex",
        display_name: "Erin Takahashi",
        role: Role::Admin,
        note: "Plant engineer at Globex. 340 conveyor drives, and I know most of them by sound.",
        fields: &[("Ask me about", "#maintenance, conveyors")],
        work: ["Plant engineer", "Maintenance", "", "Maintenance, Conveyors"],
        manager: None,
        follows: &["alice", "carol"],
    },
];

/// The annotation of a post.
pub(super) enum Mark {
    /// No annotation.
    Plain,
    /// Posted to the [`GROUP`].
    Group,
    /// A must-read post.
    MustRead,
    /// Praise of these people; the text mentions them.
    Praise(&'static [&'static str]),
}

/// A post of the demo. `answers` is the index of its parent in the same list.
pub(super) struct CastPost {
    pub by: &'static str,
    pub text: &'static str,
    pub reach: Reach,
    pub answers: Option<usize>,
    pub mark: Mark,
}

const fn post(by: &'static str, reach: Reach, text: &'static str) -> CastPost {
    CastPost { by, text, reach, answers: None, mark: Mark::Plain }
}

const fn answer(by: &'static str, to: usize, reach: Reach, text: &'static str) -> CastPost {
    CastPost { by, text, reach, answers: Some(to), mark: Mark::Plain }
}

/// Creates a post for the company with an annotation.
const fn marked(by: &'static str, mark: Mark, text: &'static str) -> CastPost {
    CastPost { by, text, reach: Reach::Company, answers: None, mark }
}

/// The posts, in order. `{name}` stands for the full address of a user of the demo.
pub(super) const POSTS: &[CastPost] = &[
    post(
        "alice",
        Reach::Company,
        "The new test rig ran through the night: 212 hours at 9,000 rpm and the outer ring still looks like a mirror. Photos of the one that did not make it are in the lab. #tribology",
    ),
    post(
        "bob",
        Reach::Instance,
        "Lab notice: the coffee machine firmware is now version-controlled. Whoever set the water to 98 °C, we need to talk. #lab",
    ),
    post(
        "carol",
        Reach::Company,
        "Three packaging customers this month asked the same thing: can we tell them that a bearing will fail before it does? I would love to answer with something better than \"soon\". #customers",
    ),
    answer(
        "alice",
        2,
        Reach::Company,
        "We can hear it coming, about 40 hours ahead on the rig. On a real line with forklifts passing by? That is what I want to find out. Do you know a plant that would let us listen?",
    ),
    post(
        "erin",
        Reach::Partners,
        "Line 7 stopped twice this week, same drive, same sound: like a coin in a washing machine. Does anybody at Acme recognise it? #maintenance",
    ),
    answer(
        "carol",
        4,
        Reach::Partners,
        "I do not, but I know who does. {alice}, this is the plant you were asking for.",
    ),
    answer(
        "alice",
        4,
        Reach::Partners,
        "A coin in a washing machine is a lovely description of a cracked cage. Please do not run it over the weekend. Can you record it with a phone held against the housing, once with load and once without?",
    ),
    post(
        "dave",
        Reach::Company,
        "Tender season. If I ask you this week whether something \"could in principle\" be done, please answer in principle only. #demos",
    ),
    answer("bob", 7, Reach::Company, "In principle: yes. In practice: which Friday did you promise it for?"),
    post(
        "bob",
        Reach::Company,
        "Wrote up how the vibration sensor decides what is noise. Short version: it listens to the factory for a day and then ignores everything that happens twice. #rust #sensors",
    ),
    post(
        "alice",
        Reach::Partners,
        "For everyone who runs our spindle bearings with the old grease: the change-over table is done. It is one page. I cut eleven. #tribology",
    ),
    post(
        "carol",
        Reach::Followers,
        "Quiet note to the people who follow me: the plant visit is on Thursday, and Globex said yes to microphones.",
    ),
    answer(
        "erin",
        6,
        Reach::Partners,
        "Recorded. With load it sings, without it knocks. I am sending you both, and I stopped the line. You owe my shift leader a cake.",
    ),
    post(
        "alice",
        Reach::Direct,
        "{erin} The knock is at 4.1 times shaft speed: that is the cage. I set two spares aside before sales could promise them to somebody else. Which kind of cake?",
    ),
    post(
        "erin",
        Reach::Public,
        "Stopping a line for a sound nobody else hears is a hard sell. It is cheaper than the other way to find out. #maintenance",
    ),
];

/// The boosts and favourites, by account and index in [`POSTS`].
pub(super) const BOOSTS: &[(&str, usize)] = &[("dave", 0), ("bob", 2), ("carol", 10)];
pub(super) const FAVOURITES: &[(&str, usize)] =
    &[("carol", 0), ("erin", 10), ("alice", 9), ("dave", 9), ("bob", 7), ("alice", 12), ("carol", 12)];

/// The agreements between instances: the proposer, and the accepting instance.
pub(super) const AGREEMENTS: &[(&str, &str)] = &[("engineering", "globex"), ("sales", "globex")];

/// The note in the agreements.
pub(super) const AGREED: &str =
    "Frame contract for bearings and what they tell us. Whoever has a question calls first.";

/// A group across the company's instances.
pub(super) struct CastGroup {
    pub name: &'static str,
    pub display_name: &'static str,
    pub note: &'static str,
    /// The owner.
    pub owner: &'static str,
    /// The other members.
    pub members: &'static [&'static str],
}

pub(super) const GROUP: CastGroup = CastGroup {
    name: "listeners",
    display_name: "Listening to machines",
    note: "What machines sound like before they fail, from everybody who has stood beside one.",
    owner: "alice",
    members: &["bob", "carol", "dave"],
};

/// The posts after [`POSTS`], of every kind.
pub(super) const LATER: &[CastPost] = &[
    post(
        "dave",
        Reach::Company,
        "Before the tender closes: may I promise food-grade grease for the spindle bearings in the wash-down area, or does that cost us the 9,000 rpm? #customers",
    ),
    answer("bob", 0, Reach::Company, "The sensor does not mind. Wait for somebody who does."),
    answer(
        "alice",
        0,
        Reach::Company,
        "Food grade is fine up to 7,500 rpm, with the new seal. Above that it gets too warm, and I would rather lose a tender than a bearing. #tribology",
    ),
    marked(
        "alice",
        Mark::MustRead,
        "Please read this before you book the rig: the test hall is closed on Friday from 8 to 12, while the crane is inspected. Nobody goes in, not even for one quick look.",
    ),
    marked(
        "carol",
        Mark::Praise(&["bob"]),
        "{bob} rewrote the sensor's filter overnight, so that Globex could listen to line 7 on Thursday. Thank you: the customer noticed before I did.",
    ),
    marked(
        "alice",
        Mark::Group,
        "Here we collect what machines sound like before they fail. The first entry: a cracked cage is a coin in a washing machine.",
    ),
    marked("carol", Mark::Group, "A bakery tells me that its mixer \"purrs\" since Monday. Is that good?"),
    answer("bob", 6, Reach::Company, "In cats, yes. Can they record it at two speeds?"),
];

/// The accepted answers: the account of the question's author, and the index in [`LATER`].
pub(super) const ACCEPTED: &[(&str, usize)] = &[("dave", 2)];
/// The acknowledgements of must-read posts, by index in [`LATER`]; one reader is missing.
pub(super) const READ: &[(&str, usize)] = &[("bob", 3), ("carol", 3)];

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> &'static DemoPerson {
        PEOPLE.iter().find(|person| person.username == name).unwrap_or_else(|| panic!("who is {name}?"))
    }

    #[test]
    fn every_person_in_the_script_is_in_the_cast() {
        for list in [POSTS, LATER] {
            for (place, post) in list.iter().enumerate() {
                let author = person(post.by);
                assert!(post.answers.is_none_or(|answered| answered < place), "{}", post.text);
                match post.mark {
                    Mark::Plain => {}
                    Mark::Group => assert!(GROUP.owner == post.by || GROUP.members.contains(&post.by)),
                    // The default for `announcers`.
                    Mark::MustRead => assert!(author.role >= Role::Moderator, "{}", post.by),
                    Mark::Praise(people) => {
                        for praised in people {
                            assert!(post.text.contains(&format!("{{{praised}}}")), "{praised} is not named");
                        }
                    }
                }
            }
        }
        for name in GROUP.members.iter().chain([&GROUP.owner]) {
            assert_ne!(person(name).house, "globex", "the group goes as far as the company");
        }
        for (who, place) in ACCEPTED {
            let question = LATER[*place].answers.unwrap();
            assert_eq!(LATER[question].by, *who, "only who asked accepts");
        }
        for (who, place) in READ {
            assert!(matches!(LATER[*place].mark, Mark::MustRead) && LATER[*place].by != *who);
        }
        let readers = PEOPLE.iter().filter(|person| person.house != "globex").count() - 1;
        assert!(READ.len() < readers, "somebody has not read it, so that there is something to remind of");
    }

    #[test]
    fn every_house_has_somebody_who_runs_it_and_managers_are_colleagues() {
        for house in HOUSES {
            let runs = |one: &&DemoPerson| one.house == house.name && one.role == Role::Admin;
            assert_eq!(PEOPLE.iter().filter(runs).count(), 1, "{}", house.name);
        }
        for one in PEOPLE {
            assert!(one.manager.is_none_or(|manager| person(manager).house == one.house), "{}", one.username);
            assert!(one.work[3].split(", ").count() >= 2, "{} knows something", one.username);
        }
        for (ours, theirs) in AGREEMENTS {
            assert!(HOUSES.iter().any(|house| house.name == *ours) && ours != theirs);
        }
    }
}
