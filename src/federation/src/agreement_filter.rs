//! Determines from an activity which parts of an agreement it depends on.

use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::addressing::{self, Addressing, Sender};
use portico_activitystreams::json;
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{actor, note};
use portico_domain::model::Reach;
use portico_domain::model::agreement_grants::GrantSet;
use portico_domain::model::peer::Tier;
use portico_domain::policy::agreements::{Carried, may_go};

/// Returns the content of an activity that agreements regulate. An object that is not embedded is unknown
/// here; it is checked after it was fetched.
pub(super) fn carried(document: &Object, activity: &Activity, sender: &Sender<'_>, tier: Tier) -> Carried {
    let reach = |object: &Addressing| {
        let reach = addressing::audience_limits(object, Some(&activity.addressing), sender, tier).0.reach;
        // An object with a group as its audience and without a wider reach is for the group's members.
        let other = |id: &String| !addressing::is_public(id) && !addressing::is_own_audience(id, sender.uri);
        if reach == Reach::Direct && object.audience.iter().any(other) { Reach::Group } else { reach }
    };
    match activity.kind {
        Some(Kind::Announce) => Carried {
            reach: Some(addressing::audience_limits(&activity.addressing, None, sender, tier).0.reach),
            boost: true,
            // A group's Announce embeds the original activity.
            media: activity.embedded().is_some_and(|handed_on| {
                value::objects(handed_on, "object").first().is_some_and(|object| has_media(object))
            }),
            ..Carried::default()
        },
        Some(Kind::Create | Kind::Update) => match activity.embedded() {
            Some(object) if actor::kind(object).is_some() => {
                Carried { profile: Some(grants_named_in(&activity.id)), ..Carried::default() }
            }
            // A vote answers a poll that was allowed.
            Some(object) if note::read_vote(object).is_some() => Carried::default(),
            Some(object) if note::is_shown(object) => Carried {
                reach: Some(reach(&Addressing::from_object(object))),
                media: has_media(object),
                ..Carried::default()
            },
            _ => Carried::default(),
        },
        Some(Kind::QuoteRequest) => match value::objects(document, "instrument").first() {
            Some(object) => Carried {
                reach: Some(
                    addressing::audience_limits(&Addressing::from_object(object), None, sender, tier).0.reach,
                ),
                media: has_media(object),
                ..Carried::default()
            },
            None => Carried::default(),
        },
        // These carry neither a post nor a profile. The match has no catch-all arm, so that the content of a new
        // type must be decided here.
        Some(
            Kind::Delete
            | Kind::Follow
            | Kind::Accept
            | Kind::Reject
            | Kind::Undo
            | Kind::Like
            | Kind::Block
            | Kind::Flag
            | Kind::EmojiReact
            | Kind::Add
            | Kind::Remove
            | Kind::Move
            | Kind::Read
            | Kind::Invite,
        )
        | None => Carried::default(),
    }
}

fn has_media(object: &Object) -> bool {
    !value::objects(object, "attachment").is_empty()
}

/// Returns the attributes that an Update of one of our profiles may contain, as encoded in its id.
fn grants_named_in(id: &str) -> GrantSet {
    let last = id.rsplit('/').next().unwrap_or_default();
    match last.parse::<u32>() {
        Ok(bits) if id.contains("#updates/") => GrantSet::from_bits(bits),
        _ => GrantSet::USUAL,
    }
}

/// Whether an outgoing activity is still allowed by these grants.
pub(super) fn still_given(gives: GrantSet, body: &[u8]) -> bool {
    if GrantSet::USUAL.is_within(gives) {
        return true;
    }
    let Ok(document) = json::read(body) else { return false };
    let Ok(activity) = Activity::read(&document) else { return false };
    let followers = format!("{}/followers", activity.actor);
    // Our own audience collections are always trusted.
    let sender = Sender { uri: &activity.actor, followers: Some(&followers), own: "" };
    may_go(gives, &carried(&document, &activity, &sender, Tier::Company)).is_ok()
}

/// Whether an outgoing activity is for a group's members.
pub(super) fn is_for_members(body: &[u8]) -> bool {
    let Ok(document) = json::read(body) else { return false };
    let Ok(activity) = Activity::read(&document) else { return false };
    let followers = format!("{}/followers", activity.actor);
    let sender = Sender { uri: &activity.actor, followers: Some(&followers), own: "" };
    carried(&document, &activity, &sender, Tier::Company).reach == Some(Reach::Group)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use portico_domain::model::agreement_grants::Grant;

    const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

    fn create(to: &Value, audience: &Value, more: &Value) -> Vec<u8> {
        let mut note = json!({
            "id": "https://a.example/users/ann/statuses/1", "type": "Note", "content": "x",
            "attributedTo": "https://a.example/users/ann", "to": to, "audience": audience,
        });
        note.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "id": "https://a.example/users/ann/statuses/1/activity", "type": "Create",
            "actor": "https://a.example/users/ann", "to": to, "audience": audience, "object": note,
        })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn the_last_look_knows_what_an_activity_carries() {
        let followers = json!(["https://a.example/users/ann/followers"]);
        let partners = json!("https://a.example/collections/partners");
        let (none, plain) = (json!([]), json!({}));
        let picture = json!({"attachment": [{"type": "Document", "url": "https://a.example/1.png"}]});
        let direct = json!(["https://b.example/users/bob"]);
        let boost = json!({
            "id": "https://a.example/users/ann/statuses/2", "type": "Announce", "to": [PUBLIC],
            "actor": "https://a.example/users/ann", "object": "https://a.example/users/ann/statuses/1",
        });
        let mut handed_on = boost.clone();
        handed_on["object"] = serde_json::from_slice(&create(&json!([PUBLIC]), &none, &picture)).unwrap();
        let question = json!({
            "id": "https://a.example/q", "type": "QuoteRequest", "actor": "https://a.example/users/ann",
            "object": "https://b.example/1",
            "instrument": {"id": "https://a.example/3", "type": "Note", "to": [PUBLIC]},
        });
        let cases = [
            (create(&json!([PUBLIC]), &none, &plain), Grant::Public),
            (create(&followers, &partners, &plain), Grant::Partners),
            (create(&followers, &none, &plain), Grant::Followers),
            (create(&direct, &none, &plain), Grant::Direct),
            (create(&direct, &json!("https://a.example/users/group"), &plain), Grant::Followers),
            (create(&json!([PUBLIC]), &none, &picture), Grant::Media),
            (boost.to_string().into_bytes(), Grant::Boosts),
            (handed_on.to_string().into_bytes(), Grant::Media),
            (question.to_string().into_bytes(), Grant::Public),
        ];
        for (body, grant) in cases {
            assert!(still_given(GrantSet::USUAL, &body));
            assert!(still_given(GrantSet::USUAL.without(Grant::Follows), &body));
            let text = String::from_utf8_lossy(&body).into_owned();
            assert!(!still_given(GrantSet::USUAL.without(grant), &body), "{grant:?} {text}");
        }
        // A retraction is always sent.
        let gone = json!({
            "id": "https://a.example/1#delete", "type": "Delete", "actor": "https://a.example/users/ann",
            "to": [PUBLIC], "object": "https://a.example/users/ann/statuses/1",
        });
        assert!(still_given(GrantSet::NOTHING, gone.to_string().as_bytes()));
        assert!(!still_given(GrantSet::NOTHING, b"{"));
        assert_eq!(grants_named_in("https://a.example/users/ann#updates/17/partner"), GrantSet::USUAL);
        assert_eq!(
            grants_named_in("https://a.example/users/ann#updates/17/partner/255"),
            GrantSet::from_bits(255)
        );
    }

    #[test]
    fn a_profile_update_is_sent_only_within_the_grants() {
        let update = |id: &str| {
            json!({
                "id": id, "type": "Update", "actor": "https://a.example/users/ann",
                "object": {"id": "https://a.example/users/ann", "type": "Person"},
            })
            .to_string()
            .into_bytes()
        };
        let bare = update("https://a.example/users/ann#updates/17/partner/255");
        assert!(still_given(GrantSet::NOTHING.with(Grant::Media), &bare));
        let whole = update("https://a.example/users/ann#updates/17/partner");
        assert!(!still_given(GrantSet::NOTHING.with(Grant::Media), &whole));
        assert_eq!(Reach::ALL.len(), 7);
    }
}
