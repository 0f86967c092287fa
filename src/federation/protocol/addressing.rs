//! Between addressing and reach.
//!
//! Out: a company or partner post goes to the author's followers and carries an `audience` collection of
//! ours, never as:Public, so that a server which knows nothing of it shows it to followers at most. In: the
//! same collection is believed only of a host that is of the company (or a partner), and only under the
//! author's own origin.

use serde_json::{Value, json};

use super::PUBLIC;
use super::value::{self, Object};
use crate::federation::net::same_origin;
use crate::model::Reach;
use crate::model::peer::Tier;
use crate::model::urls::Urls;
use crate::policy::reach as policy;

const COMPANY_PATH: &str = "/collections/company";
const PARTNERS_PATH: &str = "/collections/partners";

/// Whom an object or activity addresses, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressing {
    /// Primary recipients.
    pub to: Vec<String>,
    /// Secondary recipients.
    pub cc: Vec<String>,
    /// The audience.
    pub audience: Vec<String>,
}

impl Addressing {
    /// Reads the addressing of an object. `bto` and `bcc` are not for us to know.
    pub fn of(object: &Object) -> Self {
        Self {
            to: value::references(object, "to"),
            cc: value::references(object, "cc"),
            audience: value::references(object, "audience"),
        }
    }

    /// Whether it names this id anywhere.
    pub fn names(&self, id: &str) -> bool {
        self.to.iter().chain(&self.cc).chain(&self.audience).any(|named| named == id)
    }

    /// What policy must know of it.
    fn facts(&self, author: &Sender<'_>) -> policy::Addressing {
        let own =
            |path: &str| self.audience.iter().any(|id| id.ends_with(path) && same_origin(id, author.uri));
        policy::Addressing {
            public: self.to.iter().any(|id| is_public(id)),
            unlisted: self.cc.iter().chain(&self.audience).any(|id| is_public(id)),
            followers: author.followers.is_some_and(|followers| self.names(followers)),
            company: own(COMPANY_PATH),
            partners: own(PARTNERS_PATH),
        }
    }
}

/// Who addresses, as far as addressing is judged by it.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The actor id.
    pub uri: &'a str,
    /// The followers collection.
    pub followers: Option<&'a str>,
    /// What its host is to us.
    pub tier: Tier,
}

/// The reach of an object by its own addressing and that of the activity that brought it: the narrower
/// of the two.
pub fn reach(object: &Addressing, activity: Option<&Addressing>, author: &Sender<'_>) -> (Reach, bool) {
    let of = |addressing: &Addressing| policy::inbound_reach(addressing.facts(author), author.tier);
    let inner = of(object);
    match activity.map(of) {
        Some(outer) if (width(outer.0), outer.1) < (width(inner.0), inner.1) => outer,
        _ => inner,
    }
}

const fn width(reach: Reach) -> u8 {
    match reach {
        Reach::Direct => 0,
        Reach::Followers => 1,
        Reach::Instance => 2,
        Reach::Company => 3,
        Reach::Partners => 4,
        Reach::Public => 5,
    }
}

/// Whether an id means everybody, in any of its spellings.
pub fn is_public(id: &str) -> bool {
    matches!(id, PUBLIC | "as:Public" | "Public")
}

/// Whether an id is that of the company or partners audience of an author's own host.
pub fn is_own_audience(id: &str, author: &str) -> bool {
    (id.ends_with(COMPANY_PATH) || id.ends_with(PARTNERS_PATH)) && same_origin(id, author)
}

/// Writes the addressing of something local with this reach; none if it must not leave.
pub fn write(
    reach: Reach,
    listed: bool,
    followers: &str,
    mentions: &[String],
    urls: &Urls,
) -> Option<Written> {
    let followers_first = || vec![followers.to_owned()];
    let mentioned = || mentions.to_vec();
    let with = |first: &str| std::iter::once(first.to_owned()).chain(mentioned()).collect();
    let (to, cc, audience) = match reach {
        Reach::Public if listed => (vec![PUBLIC.to_owned()], with(followers), None),
        Reach::Public => (followers_first(), with(PUBLIC), None),
        Reach::Company => (followers_first(), mentioned(), Some(urls.company_audience())),
        Reach::Partners => (followers_first(), mentioned(), Some(urls.partners_audience())),
        Reach::Followers => (followers_first(), mentioned(), None),
        Reach::Direct => (mentioned(), Vec::new(), None),
        Reach::Instance => return None,
    };
    Some(Written { to, cc, audience })
}

/// Addressing as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    to: Vec<String>,
    cc: Vec<String>,
    audience: Option<String>,
}

impl Written {
    /// To exactly these, and nobody else.
    pub fn to(ids: &[&str]) -> Self {
        Self { to: ids.iter().map(|id| (*id).to_owned()).collect(), cc: Vec::new(), audience: None }
    }

    /// Puts it on an object.
    pub fn put_on(&self, object: &mut Object) {
        object.insert("to".to_owned(), json!(self.to));
        object.insert("cc".to_owned(), json!(self.cc));
        if let Some(audience) = &self.audience {
            object.insert("audience".to_owned(), Value::String(audience.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FOLLOWERS: &str = "https://a.example/users/ann/followers";

    fn addressing(value: Value) -> Addressing {
        Addressing::of(value.as_object().unwrap())
    }

    fn ann(tier: Tier) -> Sender<'static> {
        Sender { uri: "https://a.example/users/ann", followers: Some(FOLLOWERS), tier }
    }

    #[test]
    fn each_form_of_addressing_has_its_reach() {
        let company = "https://a.example/collections/company";
        let partners = "https://a.example/collections/partners";
        for (value, tier, expected) in [
            (json!({"to": [PUBLIC], "cc": [FOLLOWERS]}), Tier::Open, (Reach::Public, true)),
            (json!({"to": "as:Public"}), Tier::Open, (Reach::Public, true)),
            (json!({"to": ["Public"]}), Tier::Open, (Reach::Public, true)),
            (json!({"to": [FOLLOWERS], "cc": [PUBLIC]}), Tier::Open, (Reach::Public, false)),
            (json!({"to": [FOLLOWERS]}), Tier::Open, (Reach::Followers, false)),
            (json!({"to": [], "cc": FOLLOWERS}), Tier::Open, (Reach::Followers, false)),
            (json!({"to": ["https://b.example/users/bob"]}), Tier::Open, (Reach::Direct, false)),
            (json!({}), Tier::Open, (Reach::Direct, false)),
            (json!({"to": [FOLLOWERS], "audience": company}), Tier::Company, (Reach::Company, true)),
            (json!({"to": [FOLLOWERS], "audience": company}), Tier::Partner, (Reach::Followers, false)),
            (json!({"to": [FOLLOWERS], "audience": company}), Tier::Open, (Reach::Followers, false)),
            (json!({"to": [FOLLOWERS], "audience": [partners]}), Tier::Company, (Reach::Partners, true)),
            (json!({"to": [FOLLOWERS], "audience": [partners]}), Tier::Partner, (Reach::Partners, true)),
            (json!({"to": [FOLLOWERS], "audience": [partners]}), Tier::Open, (Reach::Followers, false)),
            (
                json!({"to": [FOLLOWERS], "audience": "https://b.example/collections/company"}),
                Tier::Company,
                (Reach::Followers, false),
            ),
            (json!({"to": [PUBLIC], "audience": company}), Tier::Partner, (Reach::Followers, false)),
        ] {
            assert_eq!(reach(&addressing(value.clone()), None, &ann(tier)), expected, "{value} {tier}");
        }
    }

    /// How the servers in use write each visibility, as their documents show it.
    #[test]
    fn a2_each_peers_way_of_addressing_is_understood() {
        let (bob, community) = ("https://b.example/users/bob", "https://lemmy.example/c/tea");
        let (public, unlisted) = ((Reach::Public, true), (Reach::Public, false));
        let (followers, direct) = ((Reach::Followers, false), (Reach::Direct, false));
        for (server, value, expected) in [
            ("Mastodon public", json!({"to": [PUBLIC], "cc": [FOLLOWERS, bob]}), public),
            ("Mastodon quiet public", json!({"to": [FOLLOWERS], "cc": [PUBLIC, bob]}), unlisted),
            ("Mastodon private", json!({"to": [FOLLOWERS, bob], "cc": []}), followers),
            ("Mastodon direct", json!({"to": [bob], "cc": []}), direct),
            ("GoToSocial public", json!({"to": PUBLIC, "cc": [FOLLOWERS]}), public),
            ("GoToSocial unlocked", json!({"to": FOLLOWERS, "cc": PUBLIC}), unlisted),
            ("GoToSocial private", json!({"to": FOLLOWERS, "cc": bob}), followers),
            ("GoToSocial direct", json!({"to": bob, "cc": null}), direct),
            ("Misskey public", json!({"to": [PUBLIC], "cc": [FOLLOWERS]}), public),
            ("Misskey home", json!({"to": [FOLLOWERS], "cc": [PUBLIC]}), unlisted),
            ("Misskey followers", json!({"to": [FOLLOWERS], "cc": [bob]}), followers),
            ("Misskey specified", json!({"to": [bob], "cc": []}), direct),
            (
                "Pleroma list or local",
                json!({"to": ["https://a.example/#Public"], "cc": [FOLLOWERS]}),
                followers,
            ),
            (
                "Pleroma direct",
                json!({"to": [bob], "cc": [], "bcc": [FOLLOWERS], "directMessage": true}),
                direct,
            ),
            ("Lemmy post", json!({"to": [community, PUBLIC], "cc": [], "audience": community}), public),
            ("Lemmy private message", json!({"to": [bob]}), direct),
            ("PeerTube unlisted", json!({"to": [FOLLOWERS], "cc": [PUBLIC, community]}), unlisted),
            ("WordPress", json!({"to": ["as:Public"], "cc": [FOLLOWERS]}), public),
            ("Threads", json!({"to": [PUBLIC]}), public),
            ("an embedded collection", json!({"to": {"id": FOLLOWERS, "type": "Collection"}}), followers),
            ("the short name", json!({"to": "Public"}), public),
            ("somebody else's followers", json!({"to": ["https://b.example/users/bob/followers"]}), direct),
            ("a name that only ends so", json!({"to": ["https://a.example/as:Public"]}), direct),
            ("hidden recipients alone", json!({"bto": [PUBLIC], "bcc": [PUBLIC]}), direct),
        ] {
            assert_eq!(reach(&addressing(value), None, &ann(Tier::Open)), expected, "{server}");
        }
    }

    #[test]
    fn the_narrower_of_object_and_activity_counts() {
        let public = addressing(json!({"to": [PUBLIC]}));
        let unlisted = addressing(json!({"cc": [PUBLIC]}));
        let followers = addressing(json!({"to": [FOLLOWERS]}));
        let nobody = addressing(json!({}));
        for (object, activity, expected) in [
            (&public, &followers, (Reach::Followers, false)),
            (&followers, &public, (Reach::Followers, false)),
            (&public, &unlisted, (Reach::Public, false)),
            (&public, &nobody, (Reach::Direct, false)),
            (&public, &public, (Reach::Public, true)),
        ] {
            assert_eq!(reach(object, Some(activity), &ann(Tier::Open)), expected);
        }
    }

    #[test]
    fn what_stays_inside_is_never_addressed_to_everybody() {
        let urls = Urls::new("here.example", false);
        for reach in [Reach::Company, Reach::Partners, Reach::Followers, Reach::Direct] {
            let mut object = Object::new();
            write(reach, true, FOLLOWERS, &["https://b.example/u".to_owned()], &urls)
                .unwrap()
                .put_on(&mut object);
            assert!(!Value::Object(object).to_string().contains("Public"), "{reach}");
        }
        assert_eq!(write(Reach::Instance, true, FOLLOWERS, &[], &urls), None);
    }
}
