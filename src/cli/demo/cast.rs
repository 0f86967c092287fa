//! Who is in the demo, and what they have to say: a company with two divisions, and a partner.

use crate::model::Reach;
use crate::model::peer::Tier;

/// Everybody's password in the demo, which is served on loopback alone.
pub(super) const PASSWORD: &str = "portico-demo-2026";

/// One instance.
pub(super) struct House {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// The company's other instances.
    pub sisters: &'static [&'static str],
    /// What other hosts are to it.
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

/// Somebody who works there.
pub(super) struct Person {
    pub username: &'static str,
    pub house: &'static str,
    pub display_name: &'static str,
    pub note: &'static str,
    pub fields: &'static [(&'static str, &'static str)],
    /// What they do: title, department, location, skills parted by commas.
    pub work: [&'static str; 4],
    /// For whom they work: a user name of the same house.
    pub manager: Option<&'static str>,
    /// Whom they follow, as user names of this cast.
    pub follows: &'static [&'static str],
}

pub(super) const PEOPLE: &[Person] = &[
    Person {
        username: "alice",
        house: "engineering",
        display_name: "Alice Okafor",
        note: "Bearings, grease and the physics in between. I answer questions with more questions, then with data.",
        fields: &[("Ask me about", "#tribology, test rigs, vibration")],
        work: ["Lead engineer", "Bearings", "Lyon, building 4", "Tribology, Test rigs, Vibration"],
        manager: None,
        follows: &["bob", "carol", "erin"],
    },
    Person {
        username: "bob",
        house: "engineering",
        display_name: "Bob Lindqvist",
        note: "Firmware. If it blinks, I probably broke it first. Keeper of the lab's coffee machine.",
        fields: &[("Ask me about", "#rust, sensors, soldering")],
        work: ["Firmware engineer", "Sensors", "Gothenburg", "Rust, Sensors, Soldering"],
        manager: Some("alice"),
        follows: &["alice", "dave"],
    },
    Person {
        username: "carol",
        house: "sales",
        display_name: "Carol Mendes",
        note: "Key accounts, south. I write down what customers say before I say what we sell.",
        fields: &[("Ask me about", "#customers in food and packaging")],
        work: ["Key account manager", "Key accounts", "Porto", "Negotiation, Food, Packaging"],
        manager: None,
        follows: &["alice", "dave", "erin"],
    },
    Person {
        username: "dave",
        house: "sales",
        display_name: "Dave Brennan",
        note: "Pre-sales. Professional translator between \"can it do that?\" and \"it depends\".",
        fields: &[("Ask me about", "#demos, tenders, spreadsheets")],
        work: ["Pre-sales engineer", "Key accounts", "Porto", "Demos, Tenders, Spreadsheets"],
        manager: Some("carol"),
        follows: &["alice", "bob", "carol"],
    },
    Person {
        username: "erin",
        house: "globex",
        display_name: "Erin Takahashi",
        note: "Plant engineer at Globex. 340 conveyor drives, and I know most of them by sound.",
        fields: &[("Ask me about", "#maintenance, conveyors")],
        work: ["Plant engineer", "Maintenance", "", "Maintenance, Conveyors"],
        manager: None,
        follows: &["alice", "carol"],
    },
];

/// Something somebody posts. `answers` is the place in [`POSTS`] of what it answers.
pub(super) struct Post {
    pub by: &'static str,
    pub text: &'static str,
    pub reach: Reach,
    pub answers: Option<usize>,
}

const fn post(by: &'static str, reach: Reach, text: &'static str) -> Post {
    Post { by, text, reach, answers: None }
}

const fn answer(by: &'static str, to: usize, reach: Reach, text: &'static str) -> Post {
    Post { by, text, reach, answers: Some(to) }
}

/// What was said, in order. `{name}` stands for the full address of somebody in the cast.
pub(super) const POSTS: &[Post] = &[
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

/// Who boosts and who favourites what, by its place in [`POSTS`].
pub(super) const BOOSTS: &[(&str, usize)] = &[("dave", 0), ("bob", 2), ("carol", 10)];
pub(super) const FAVOURITES: &[(&str, usize)] =
    &[("carol", 0), ("erin", 10), ("alice", 9), ("dave", 9), ("bob", 7), ("alice", 12), ("carol", 12)];
