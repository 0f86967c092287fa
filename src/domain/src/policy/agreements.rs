//! Decisions about agreements: which may be proposed and accepted, and what an activity may carry under
//! one.

use super::Refusal;
use super::reach::check_grant;
use crate::model::agreement::{Agreement, AgreementEvent, State, Text};
use crate::model::agreement_grants::{Grant, GrantSet};
use crate::model::peer::{FederationMode, Tier};
use crate::model::{Reach, Timestamp};

/// How long before the end of an agreement administrators are notified, in seconds.
const WARNING: i64 = 14 * 24 * 3600;
/// How long a repeated proposal of a partner causes no further notification while it is unanswered, in
/// seconds.
const QUIET: i64 = 24 * 3600;

/// The contents of an activity that agreements restrict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// The reach of its post; `None` if it carries no post.
    pub reach: Option<Reach>,
    /// Whether it is a boost.
    pub boost: bool,
    /// Whether it has attachments.
    pub media: bool,
    /// The attributes of its profile; `None` if it carries no profile.
    pub profile: Option<GrantSet>,
}

/// The rule of an agreement that an activity violates. Its name is sent to the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgreementRule {
    /// Posts of this reach are not granted.
    Reach(Reach),
    /// Boosts are not granted.
    Boosts,
    /// Attachments are not granted.
    Media,
    /// Profile attributes are not granted.
    Attributes,
    /// The account may not be followed.
    Follows,
    /// The agreement has not begun, or has ended.
    NotInForce,
    /// The agreement was stopped.
    Stopped,
}

impl AgreementRule {
    /// Returns the name sent to the peer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reach(Reach::Partners) => "agreement/reach/partners",
            Self::Reach(Reach::Public) => "agreement/reach/public",
            Self::Reach(Reach::Followers | Reach::Group) => "agreement/reach/followers",
            Self::Reach(Reach::Direct) => "agreement/direct-messages",
            Self::Reach(Reach::Instance | Reach::Company) => "agreement/reach",
            Self::Boosts => "agreement/boosts",
            Self::Media => "agreement/media",
            Self::Attributes => "agreement/attributes",
            Self::Follows => "agreement/follows",
            Self::NotInForce => "agreement/not-in-force",
            Self::Stopped => "agreement/stopped",
        }
    }
}

/// Checks whether an incoming activity is granted. Attachments that are not granted are removed later
/// rather than refused, because other software would not understand the refusal.
pub fn may_come(takes: GrantSet, carried: &Carried) -> Result<(), AgreementRule> {
    if carried.boost && !takes.has(Grant::Boosts) {
        return Err(AgreementRule::Boosts);
    }
    match carried.reach {
        Some(reach) if check_grant(takes, reach, carried.boost).is_err() => Err(AgreementRule::Reach(reach)),
        _ => Ok(()),
    }
}

/// Checks whether an outgoing activity is granted. This is the last check before sending, against the
/// agreement in force at that time.
pub fn may_go(gives: GrantSet, carried: &Carried) -> Result<(), AgreementRule> {
    may_come(gives, carried)?;
    if carried.media && !gives.has(Grant::Media) {
        return Err(AgreementRule::Media);
    }
    match carried.profile {
        Some(attributes) if !attributes.attributes_within(gives) => Err(AgreementRule::Attributes),
        _ => Ok(()),
    }
}

/// Checks whether an agreement with a host of this tier is possible at all. It is not in closed federation,
/// within the company, or with a limited or blocked host.
pub const fn may_agree(mode: FederationMode, tier: Tier) -> Result<(), Refusal> {
    match (mode, tier) {
        (FederationMode::Closed, _) | (_, Tier::Company | Tier::Limited | Tier::Blocked) => {
            Err(Refusal::Host)
        }
        (_, Tier::Partner | Tier::Open) => Ok(()),
    }
}

/// The treatment of a proposal of the other party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reception {
    /// A new proposal, which replaces any open one.
    Take,
    /// Already known.
    Known,
    /// Older than a known version, or the loser against one of the same version.
    Stale,
    /// A different agreement is in force; the partner should propose a new version of that one.
    Another,
}

/// Decides on a proposal from all known agreements with its host. When both parties propose the same
/// version at once, each keeps the one with the smaller digest, so that they agree without further
/// messages.
pub fn receive<'a>(text: &Text, digest: &str, known: impl IntoIterator<Item = &'a Agreement>) -> Reception {
    let mut reception = Reception::Take;
    for agreement in known {
        if agreement.digest == digest {
            let open = matches!(agreement.state, State::Proposed | State::Accepted);
            return if open { Reception::Known } else { Reception::Stale };
        }
        let in_force = agreement.state == State::Accepted && agreement.two_sided;
        if agreement.text.id != text.id {
            if in_force {
                reception = Reception::Another;
            }
            continue;
        }
        let wins = agreement.state == State::Proposed
            && agreement.text.version == text.version
            && digest < agreement.digest.as_str();
        if agreement.text.version >= text.version && !wins {
            return Reception::Stale;
        }
    }
    reception
}

/// Whether an agreement ends so soon that administrators are notified.
pub fn ends_soon(ends: Timestamp, now: Timestamp) -> bool {
    ends > now && ends <= now.plus_seconds(WARNING)
}

/// Whether to notify administrators of another proposal of a host, given the earlier events, newest first.
/// Repeated proposals cause one notification until this instance answers or the host sends none for a day;
/// the page always shows the latest proposal.
pub fn is_news(before: &[AgreementEvent], now: Timestamp) -> bool {
    let since = now.plus_seconds(-QUIET);
    let mut unanswered = before.iter().take_while(|event| !event.by_us);
    !unanswered.any(|event| event.what == "proposed" && event.at > since)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::agreement::{Party, Terms};
    use crate::model::agreement_grants::{AgreementGrants, PeerStanding};
    use crate::model::{AccountId, AgreementId, StatusId};
    use crate::policy::interaction::may_relay;
    use crate::policy::reach::{
        ReachFacts, Setting, Viewer, may_deliver, may_list_in_thread, may_see, scope,
    };

    fn any_grants() -> impl Strategy<Value = GrantSet> {
        any::<u32>().prop_map(GrantSet::from_bits)
    }

    fn any_mode() -> impl Strategy<Value = FederationMode> {
        prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open])
    }

    prop_compose! {
        fn any_facts()(
            author_tier in prop::option::of(prop::sample::select(Tier::ALL.to_vec())),
            bits: u32,
            takes: u32,
            reach in prop::sample::select(Reach::ALL.to_vec()),
            (boost, mentions_viewer, follows_author, author_blocks_viewer, author_suspended)
                in any::<(bool, bool, bool, bool, bool)>(),
            (in_group, for_another_partner) in any::<(bool, bool)>(),
        ) -> ReachFacts {
            ReachFacts {
                author_grants: match author_tier {
                    None => AgreementGrants::USUAL,
                    Some(_) => AgreementGrants { gives: GrantSet::from_bits(bits), takes: GrantSet::from_bits(takes) },
                },
                boost,
                mentions_viewer,
                follows_author,
                author_blocks_viewer,
                author_suspended,
                one_partner: for_another_partner,
                for_another_partner,
                group: (reach == Reach::Group).then_some(AccountId(5)),
                in_group,
                ..ReachFacts::new(StatusId(1), AccountId(1), author_tier, reach)
            }
        }
    }

    proptest! {
        /// No host gets anything that its agreement does not grant, whatever other reasons it has to get
        /// it, and never more than with its tier alone.
        #[test]
        fn f4_no_host_gets_what_was_not_agreed(
            facts in any_facts(), mode in any_mode(), gives in any_grants(), takes in any_grants(),
            tier in prop::sample::select(Tier::ALL.to_vec()),
        ) {
            let setting = Setting { mode, public_pages: true };
            let grants = AgreementGrants { gives, takes };
            let host = |grants| Viewer::Host { domain: "x.example".into(), tier, grants };
            let actor = |grants| Viewer::Actor { id: AccountId(7), tier, grants };
            let whole = AgreementGrants { gives: GrantSet::ALL, takes: GrantSet::ALL };
            for (viewer, without) in [(host(grants), host(whole)), (actor(grants), actor(whole))] {
                for question in [may_see, may_list_in_thread] {
                    if question(&viewer, &setting, &facts).is_ok() {
                        prop_assert!(gives.allows_reach(facts.reach));
                        prop_assert!(!facts.boost || gives.has(Grant::Boosts));
                        prop_assert!(question(&without, &setting, &facts).is_ok());
                    }
                }
                let scope = scope(&viewer, &setting);
                prop_assert_eq!(scope.granted, gives);
                prop_assert!(!scope.remote_authors);
            }
            let (follows, named) = (facts.follows_author, facts.mentions_viewer);
            let there = PeerStanding { tier, grants };
            if may_deliver(mode, there, facts.reach, follows, named).is_ok() {
                prop_assert!(gives.allows_reach(facts.reach));
                prop_assert!(may_deliver(mode, PeerStanding::without_agreement(tier), facts.reach, follows, named).is_ok());
            }
            if may_relay(&actor(grants), &setting, &facts).is_ok() {
                prop_assert!(takes.has(Grant::Boosts) && takes.allows_reach(facts.reach));
            }
        }

        /// Local people see no posts that the partner may not send, except their own.
        #[test]
        fn f4_nobody_here_sees_what_was_not_agreed(facts in any_facts(), mode in any_mode()) {
            let setting = Setting { mode, public_pages: true };
            if may_see(&Viewer::Local(AccountId(2)), &setting, &facts).is_ok() && !facts.author_local() {
                prop_assert!(facts.author_grants.takes.allows_reach(facts.reach));
                prop_assert!(!facts.boost || facts.author_grants.takes.has(Grant::Boosts));
            }
        }

        /// More grants never allow less, and the last check before sending passes nothing that is not
        /// granted.
        #[test]
        fn f4_more_terms_never_give_less(
            less in any_grants(), more in any_grants(), boost: bool, media: bool, attributes in any_grants(),
            reach in prop::option::of(prop::sample::select(Reach::ALL.to_vec())),
        ) {
            let carried = Carried { reach, boost, media, profile: Some(attributes) };
            let both = GrantSet::from_bits(less.bits() | more.bits());
            if may_go(less, &carried).is_ok() {
                prop_assert!(may_go(both, &carried).is_ok());
                prop_assert!(reach.is_none_or(|reach| less.allows_reach(reach)));
                prop_assert!(!media || less.has(Grant::Media));
                prop_assert!(!boost || less.has(Grant::Boosts));
                prop_assert!(attributes.attributes_within(less));
            }
        }
    }

    fn agreement(id: &str, version: i64, digest: &str, state: State) -> Agreement {
        let party = |domain: &str| Party {
            domain: domain.to_owned(),
            contact: "it".to_owned(),
            gives: Terms::usual(),
        };
        Agreement {
            id: AgreementId(1),
            domain: "b.example".to_owned(),
            text: Text {
                id: id.to_owned(),
                version,
                parties: [party("b.example"), party("a.example")],
                starts: None,
                ends: None,
                note: String::new(),
            },
            digest: digest.to_owned(),
            by_us: false,
            two_sided: true,
            state,
            our_proof: None,
            their_proof: None,
            created_at: Timestamp::from_millis(0),
            changed_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn f4_an_older_version_is_nothing_new() {
        let new = |version, digest: &str| agreement("https://b.example/1", version, digest, State::Proposed);
        let receive =
            |known: &[Agreement], version, digest: &str| receive(&new(version, digest).text, digest, known);
        assert_eq!(receive(&[], 1, "5"), Reception::Take);
        for &state in State::ALL {
            let known = [agreement("https://b.example/1", 2, "5", state)];
            assert_eq!(receive(&known, 3, "9"), Reception::Take, "{state}");
            assert_eq!(receive(&known, 1, "9"), Reception::Stale, "{state}");
            assert_eq!(receive(&known, 2, "9"), Reception::Stale, "{state}");
            let again = if matches!(state, State::Proposed | State::Accepted) {
                Reception::Known
            } else {
                Reception::Stale
            };
            assert_eq!(receive(&known, 2, "5"), again, "{state}");
            // Only a proposal that is still open can lose against another of its version.
            let wins = if state == State::Proposed { Reception::Take } else { Reception::Stale };
            assert_eq!(receive(&known, 2, "1"), wins, "{state}");
        }
        let another = [agreement("https://a.example/7", 2, "5", State::Accepted)];
        assert_eq!(receive(&another, 1, "9"), Reception::Another);
        let ended = [agreement("https://a.example/7", 2, "5", State::Ended)];
        assert_eq!(receive(&ended, 1, "9"), Reception::Take);
    }

    #[test]
    fn an_agreement_ends_soon_from_two_weeks_before() {
        let ends = Timestamp::parse("2027-01-31T00:00:00Z").unwrap();
        for (now, soon) in [
            ("2027-01-16T23:59:59Z", false),
            ("2027-01-17T00:00:00Z", true),
            ("2027-01-30T23:59:59Z", true),
            ("2027-01-31T00:00:00Z", false),
        ] {
            assert_eq!(ends_soon(ends, Timestamp::parse(now).unwrap()), soon, "{now}");
        }
    }

    #[test]
    fn repeated_proposals_are_notified_once() {
        let event = |what: &str, by_us: bool, hour: i64| AgreementEvent {
            domain: "b.example".to_owned(),
            uri: "https://b.example/1".to_owned(),
            version: 1,
            digest: "5".to_owned(),
            what: what.to_owned(),
            by_us,
            actor: "b.example".to_owned(),
            note: String::new(),
            at: Timestamp::from_millis(hour * 3_600_000),
        };
        let now = Timestamp::from_millis(100 * 3_600_000);
        assert!(is_news(&[], now));
        assert!(!is_news(&[event("withdrawn", false, 99), event("proposed", false, 98)], now));
        assert!(is_news(&[event("proposed", false, 70)], now), "that was more than a day ago");
        assert!(is_news(&[event("rejected", true, 99), event("proposed", false, 98)], now));
    }

    #[test]
    fn agreements_are_for_partners() {
        for &tier in Tier::ALL {
            assert!(may_agree(FederationMode::Closed, tier).is_err());
            for mode in [FederationMode::Allowlist, FederationMode::Open] {
                let may = may_agree(mode, tier).is_ok();
                assert_eq!(may, matches!(tier, Tier::Partner | Tier::Open), "{tier}");
            }
        }
    }
}
