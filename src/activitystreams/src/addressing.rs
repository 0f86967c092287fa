//! Translates between ActivityPub addressing and reach.
//!
//! Outgoing: a post for the company, its partners or one partner is addressed to the author's followers and
//! to an `audience` collection of this instance, never to as:Public, so that a server that does not know the
//! collection shows the post to followers at most. Incoming: such a collection is trusted only from a host of
//! the company (or a partner), and only if it has the author's origin.

use serde_json::{Value, json};

use super::PUBLIC;
use super::value::{self, Object};
use portico_domain::model::Reach;
use portico_domain::model::group::GroupAudience;
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::urls::Urls;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::audience_limits::{StatedAudience, inbound_limits};
use portico_domain::policy::reach as policy;

const COMPANY_PATH: &str = "/collections/company";
const PARTNERS_PATH: &str = "/collections/partners";
/// The path prefix of the audience of one partner.
const PARTNER_PATH: &str = "/collections/partners/";

/// The recipients of an object or activity, as written.
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
    /// Reads the addressing of an object. `bto` and `bcc` are ignored: they are not meant for us.
    pub fn from_object(object: &Object) -> Self {
        Self {
            to: value::references(object, "to"),
            cc: value::references(object, "cc"),
            audience: value::references(object, "audience"),
        }
    }

    /// Whether it has no recipients at all.
    pub fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty() && self.audience.is_empty()
    }

    /// Whether it contains this id anywhere.
    pub fn names(&self, id: &str) -> bool {
        self.to.iter().chain(&self.cc).chain(&self.audience).any(|named| named == id)
    }

    /// Returns the audience that it states: the facts that policy needs.
    pub fn stated(&self, author: &Sender<'_>) -> StatedAudience {
        let own =
            |path: &str| self.audience.iter().any(|id| id.ends_with(path) && same_origin(id, author.uri));
        let partner = self.partner(author);
        let facts = policy::ReachAddressing {
            public: self.to.iter().any(|id| is_public(id)),
            unlisted: self.cc.iter().chain(&self.audience).any(|id| is_public(id)),
            followers: author.followers.is_some_and(|followers| self.names(followers)),
            company: own(COMPANY_PATH),
            partners: own(PARTNERS_PATH),
            one_partner: partner.map(|domain| domain == author.own),
        };
        StatedAudience { facts, partner: partner.map(str::to_owned) }
    }

    /// Returns the domain of the partner whose audience collection at the author's host it contains.
    fn partner(&self, author: &Sender<'_>) -> Option<&str> {
        self.audience.iter().filter(|id| same_origin(id, author.uri)).find_map(|id| partner_of(id))
    }
}

/// Returns the audience of posts to a group, from the group document's `audience`; collections of another
/// origin are ignored.
pub fn group_audience(document: &Object, uri: &str, members: Option<&str>) -> GroupAudience {
    let named = value::references(document, "audience");
    let own = |path: &str| named.iter().any(|id| id.ends_with(path) && same_origin(id, uri));
    if members.is_some_and(|members| named.iter().any(|id| id == members)) {
        GroupAudience::Members
    } else if own(COMPANY_PATH) {
        GroupAudience::Company
    } else if own(PARTNERS_PATH) {
        GroupAudience::Partners
    } else {
        GroupAudience::Everybody
    }
}

/// The sender of an object, as far as its addressing depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The actor id.
    pub uri: &'a str,
    /// The followers collection.
    pub followers: Option<&'a str>,
    /// Our own domain.
    pub own: &'a str,
}

/// Returns the audience of an object from a host of this tier, and whether it is listed: the narrower of its
/// own addressing and that of the activity that delivered it.
pub fn audience_limits(
    object: &Addressing,
    activity: Option<&Addressing>,
    author: &Sender<'_>,
    tier: Tier,
) -> (AudienceLimits, bool) {
    let outer = activity.map(|activity| activity.stated(author));
    inbound_limits(&object.stated(author), outer.as_ref(), tier)
}

/// Whether an id is the public collection, in any of its spellings.
pub fn is_public(id: &str) -> bool {
    matches!(id, PUBLIC | "as:Public" | "Public")
}

/// Whether an id is a company or partners audience of the author's own host.
pub fn is_own_audience(id: &str, author: &str) -> bool {
    let known = id.ends_with(COMPANY_PATH) || id.ends_with(PARTNERS_PATH) || partner_of(id).is_some();
    known && same_origin(id, author)
}

/// Returns the domain in the id of a single partner's audience.
fn partner_of(id: &str) -> Option<&str> {
    let (_, domain) = id.split_once(PARTNER_PATH)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    (!domain.is_empty() && domain.len() <= 255 && domain.chars().all(plain)).then_some(domain)
}

/// Writes the addressing for a local object's audience; `None` if it must not leave the instance.
pub fn write(
    limits: &AudienceLimits,
    listed: bool,
    followers: &str,
    mentions: &[String],
    urls: &Urls,
) -> Option<Written> {
    let followers_first = || vec![followers.to_owned()];
    let mentioned = || mentions.to_vec();
    let with = |first: &str| std::iter::once(first.to_owned()).chain(mentioned()).collect();
    let partners = limits
        .partner
        .as_ref()
        .map_or_else(|| urls.partners_audience(), |one| urls.partner_audience(&one.domain));
    let (to, cc, audience) = match limits.reach {
        Reach::Public if listed => (vec![PUBLIC.to_owned()], with(followers), None),
        Reach::Public => (followers_first(), with(PUBLIC), None),
        Reach::Company => (followers_first(), mentioned(), Some(urls.company_audience())),
        Reach::Partners => (followers_first(), mentioned(), Some(partners)),
        // For a post to a group's members, `followers` is the group's collection.
        Reach::Followers | Reach::Group => (followers_first(), mentioned(), None),
        Reach::Direct => (mentioned(), Vec::new(), None),
        Reach::Instance => return None,
    };
    Some(Written { to, cc, audience, group: None })
}

/// Addressing of an outgoing object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    to: Vec<String>,
    cc: Vec<String>,
    audience: Option<String>,
    group: Option<String>,
}

impl Written {
    /// Adds a group as the first recipient and as audience.
    #[must_use]
    pub fn and_group(mut self, group: &str) -> Self {
        self.to.retain(|id| id != group);
        self.cc.retain(|id| id != group);
        self.to.insert(0, group.to_owned());
        self.group = Some(group.to_owned());
        self
    }

    /// Addresses exactly these ids.
    pub fn to(ids: &[&str]) -> Self {
        Self {
            to: ids.iter().map(|id| (*id).to_owned()).collect(),
            cc: Vec::new(),
            audience: None,
            group: None,
        }
    }

    /// Writes the addressing into an object.
    pub fn put_on(&self, object: &mut Object) {
        object.insert("to".to_owned(), json!(self.to));
        object.insert("cc".to_owned(), json!(self.cc));
        match (&self.audience, &self.group) {
            (Some(one), None) | (None, Some(one)) => {
                object.insert("audience".to_owned(), Value::String(one.clone()));
            }
            (Some(audience), Some(group)) => {
                object.insert("audience".to_owned(), json!([group, audience]));
            }
            (None, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use portico_domain::model::reach::Partner;

    const FOLLOWERS: &str = "https://a.example/users/ann/followers";

    fn addressing(value: Value) -> Addressing {
        Addressing::from_object(value.as_object().unwrap())
    }

    fn ann() -> Sender<'static> {
        Sender { uri: "https://a.example/users/ann", followers: Some(FOLLOWERS), own: "here.example" }
    }

    fn reach(object: &Addressing, activity: Option<&Addressing>, tier: Tier) -> (Reach, bool) {
        let (limits, listed) = audience_limits(object, activity, &ann(), tier);
        (limits.reach, listed)
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
            assert_eq!(reach(&addressing(value.clone()), None, tier), expected, "{value} {tier}");
        }
    }

    /// How the servers in use write each visibility, taken from their documents.
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
            assert_eq!(reach(&addressing(value), None, Tier::Open), expected, "{server}");
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
            assert_eq!(reach(object, Some(activity), Tier::Open), expected);
        }
    }

    #[test]
    fn company_hosts_may_name_any_partner_and_partners_only_this_instance() {
        let to_us = "https://a.example/collections/partners/here.example";
        let to_globex = "https://a.example/collections/partners/globex.example";
        let partners = "https://a.example/collections/partners";
        let one = |domain| (AudienceLimits::new(Reach::Partners, Some(Partner::named(domain))), true);
        let followers = (AudienceLimits::from(Reach::Followers), false);
        for (audience, tier, expected) in [
            (json!(to_us), Tier::Partner, one("here.example")),
            (json!(to_us), Tier::Company, one("here.example")),
            (json!(to_globex), Tier::Company, one("globex.example")),
            (json!(to_globex), Tier::Partner, followers.clone()),
            (json!(to_us), Tier::Open, followers.clone()),
            (json!([partners, to_us]), Tier::Partner, one("here.example")),
            (json!([partners, to_globex]), Tier::Partner, followers.clone()),
            (json!("https://b.example/collections/partners/here.example"), Tier::Partner, followers.clone()),
            (json!("https://a.example/collections/partners/a/b"), Tier::Partner, followers),
        ] {
            let object = addressing(json!({"to": [FOLLOWERS], "audience": audience}));
            assert_eq!(audience_limits(&object, None, &ann(), tier), expected, "{audience} {tier}");
            let whole = addressing(json!({"to": [FOLLOWERS], "audience": partners}));
            let (carried, _) = audience_limits(&whole, Some(&object), &ann(), tier);
            assert_eq!(carried, expected.0, "carried by {audience} {tier}");
        }
    }

    #[test]
    fn narrow_reaches_never_address_the_public_collection() {
        let urls = Urls::new("here.example", false);
        for reach in [Reach::Company, Reach::Partners, Reach::Followers, Reach::Group, Reach::Direct] {
            let mut object = Object::new();
            write(&reach.into(), true, FOLLOWERS, &["https://b.example/u".to_owned()], &urls)
                .unwrap()
                .put_on(&mut object);
            assert!(!Value::Object(object).to_string().contains("Public"), "{reach}");
        }
        assert_eq!(write(&Reach::Instance.into(), true, FOLLOWERS, &[], &urls), None);
    }
}
