//! Decisions about quotes: who may quote what, the reach of a quote, and its visibility for a viewer.
//!
//! A quote never widens an audience. Its reach stays within that of the quoted status, and the visibility
//! of the quoted status is decided separately for each viewer: a viewer who may not see it only learns that
//! there is a quote.

use super::Refusal;
use super::reach::{
    ReachFacts, Scope, Setting, Viewer, check_grant, may_see, open_to_host, reply_reach, scope,
};
use crate::model::peer::{FederationMode, Tier};
use crate::model::quote::{Consent, Quote, QuoteAudience, QuotePolicy, QuoteShown, QuoteState};
use crate::model::{AccountId, Reach};

/// The setting for decisions that do not depend on it: what signed-in staff may see, and what visitors may
/// see where pages are public.
const ANY: Setting = Setting { mode: FederationMode::Closed, public_pages: true };

/// The relation of a quoting person to the quoted author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bonds {
    /// Whether both are the same account.
    pub own: bool,
    /// Whether the person is an accepted follower of the author.
    pub follows: bool,
    /// Whether one of the two blocks the other.
    pub blocked: bool,
}

/// Returns the permission of a person who may see a status of this reach to quote it. A status for chosen
/// people may only be quoted by its author, and a post for a group's members by no one.
pub fn consent(bonds: Bonds, reach: Reach, policy: QuotePolicy) -> Consent {
    let covers =
        |circle| circle == QuoteAudience::Public || (circle == QuoteAudience::Followers && bonds.follows);
    if reach == Reach::Group {
        // Readers of the quote may not be members.
        Consent::Denied
    } else if bonds.own {
        Consent::Given
    } else if bonds.blocked || !reach.is_organisational() {
        Consent::Denied
    } else if covers(policy.automatic) {
        Consent::Given
    } else if covers(policy.manual) {
        Consent::Asked
    } else if policy.automatic == QuoteAudience::Others || policy.manual == QuoteAudience::Others {
        Consent::Unknown
    } else {
        Consent::Denied
    }
}

/// Checks whether the viewer may quote this status. Returns whether its author still has to approve.
///
/// # Errors
/// [`Refusal::Hidden`] if the viewer may not see it, [`Refusal::Reach`] if its reach does not permit
/// quotes, [`Refusal::Blocked`] if one of the two blocks the other, [`Refusal::Consent`] if the author does
/// not permit it.
pub fn may_quote(
    viewer: &Viewer,
    setting: &Setting,
    facts: &ReachFacts,
    policy: QuotePolicy,
    blocked: bool,
) -> Result<Consent, Refusal> {
    may_see(viewer, setting, facts)?;
    let who = match viewer {
        Viewer::Local(id) | Viewer::Actor { id, .. } => *id,
        Viewer::Anonymous | Viewer::Host { .. } => return Err(Refusal::Consent),
    };
    let bonds = Bonds { own: who == facts.author, follows: facts.follows_author, blocked };
    match consent(bonds, facts.reach, policy) {
        Consent::Denied if blocked => Err(Refusal::Blocked),
        Consent::Denied if !facts.reach.is_organisational() => Err(Refusal::Reach),
        Consent::Denied => Err(Refusal::Consent),
        given => Ok(given),
    }
}

/// Returns the reach of a quote: as requested, but never wider than that of the quoted status.
///
/// # Errors
/// [`Refusal::Reach`] for a quote to followers of a status for an organisation, since followers can be
/// anywhere. A reply is then limited to mentioned people; a quote would have no audience.
pub fn quote_reach(quoted: Reach, asked: Reach) -> Result<Reach, Refusal> {
    match reply_reach(quoted, asked) {
        Reach::Direct if quoted != Reach::Direct && asked != Reach::Direct => Err(Refusal::Reach),
        reach => Ok(reach),
    }
}

/// Whether a quote of this reach stays within the quoted status.
pub fn stays_within(quoted: Reach, quote: Reach) -> bool {
    quote_reach(quoted, quote) == Ok(quote)
}

/// Whether an account mentioned in a quote may get the quoted status. `facts` describe the quoted status
/// and that account.
pub fn may_be_named(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> bool {
    match viewer {
        // A status of another host is not served from here, but the mentioned account can get it from
        // there.
        Viewer::Actor { tier, grants, .. } if !facts.author_local() => {
            open_to_host(*tier).contains(&facts.reach)
                && check_grant(grants.gives, facts.reach, false).is_ok()
                && !facts.for_another_partner
        }
        _ => may_see(viewer, setting, facts).is_ok(),
    }
}

/// Whether a quote may be shown without notifying the quoted author's host: only if everyone may quote the
/// status without approval, because its author agreed in advance.
pub fn needs_no_stamp(policy: QuotePolicy) -> bool {
    policy.automatic == QuoteAudience::Public
}

/// Whether to show another host's quote of a third host's status without a QuoteAuthorization. Applies
/// within the company, whose internal quotes are never sent to the quoted host.
pub fn is_internal(tier: Tier, reach: Reach, policy: QuotePolicy) -> bool {
    tier == Tier::Company && matches!(reach, Reach::Company) && needs_no_stamp(policy)
}

/// Returns the scope of quoted statuses that a viewer may see, on any page.
pub fn quoted_scope(viewer: Option<AccountId>) -> Scope {
    scope(&viewer.map_or(Viewer::Anonymous, Viewer::Local), &ANY)
}

/// Whether this person may see a quoted status: the same as [`quoted_scope`], for one status.
pub fn may_see_quoted(viewer: AccountId, facts: &ReachFacts) -> bool {
    may_see(&Viewer::Local(viewer), &ANY, facts).is_ok()
}

/// The relation of a viewer to a quoted author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regard {
    /// Whether the viewer may see the quoted status.
    pub visible: bool,
    /// Whether the viewer blocks its author.
    pub blocks: bool,
    /// Whether the viewer blocks its author's host.
    pub shuns: bool,
    /// Whether the viewer mutes its author.
    pub mutes: bool,
}

/// Returns the visibility of a quote for a viewer.
pub fn shown(quote: &Quote, regard: Regard) -> QuoteShown {
    if quote.state != QuoteState::Accepted {
        QuoteShown::As(quote.state)
    } else if quote.quoted_id.is_none() {
        QuoteShown::As(QuoteState::Deleted)
    } else if !regard.visible {
        QuoteShown::Unauthorized
    } else if regard.blocks {
        QuoteShown::BlockedAccount
    } else if regard.shuns {
        QuoteShown::BlockedDomain
    } else if regard.mutes {
        QuoteShown::MutedAccount
    } else {
        QuoteShown::As(QuoteState::Accepted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::StatusId;
    use crate::model::agreement_grants::{AgreementGrants, PeerStanding};
    use crate::policy::reach::may_deliver;

    const ME: AccountId = AccountId(2);
    const AUTHOR: AccountId = AccountId(1);
    const OPEN: Setting = Setting { mode: FederationMode::Open, public_pages: false };

    fn facts(reach: Reach) -> ReachFacts {
        ReachFacts { mentions_viewer: true, ..ReachFacts::new(StatusId(1), AUTHOR, None, reach) }
    }

    fn quotes(who: AccountId, facts: &ReachFacts, automatic: QuoteAudience) -> Result<Consent, Refusal> {
        may_quote(&Viewer::Local(who), &OPEN, facts, QuotePolicy::automatic_for(automatic), false)
    }

    #[test]
    fn the_author_says_who_may_quote() {
        let stranger = facts(Reach::Public);
        let follower = ReachFacts { follows_author: true, ..facts(Reach::Public) };
        assert_eq!(quotes(ME, &stranger, QuoteAudience::Public), Ok(Consent::Given));
        assert_eq!(quotes(ME, &stranger, QuoteAudience::Followers), Err(Refusal::Consent));
        assert_eq!(quotes(ME, &follower, QuoteAudience::Followers), Ok(Consent::Given));
        assert_eq!(quotes(ME, &follower, QuoteAudience::Nobody), Err(Refusal::Consent));
        assert_eq!(quotes(AUTHOR, &stranger, QuoteAudience::Nobody), Ok(Consent::Given));
        assert_eq!(quotes(ME, &follower, QuoteAudience::Others), Ok(Consent::Unknown));
        let asked = QuotePolicy { automatic: QuoteAudience::Nobody, manual: QuoteAudience::Public };
        assert_eq!(may_quote(&Viewer::Local(ME), &OPEN, &stranger, asked, false), Ok(Consent::Asked));
        let blocked = may_quote(&Viewer::Local(ME), &OPEN, &stranger, asked, true);
        assert_eq!(blocked, Err(Refusal::Blocked));
        let visitor = may_quote(
            &Viewer::Anonymous,
            &ANY,
            &stranger,
            QuotePolicy::automatic_for(QuoteAudience::Public),
            false,
        );
        assert_eq!(visitor, Err(Refusal::Consent));
    }

    #[test]
    fn statuses_for_chosen_people_are_quoted_only_by_their_author() {
        for reach in [Reach::Direct, Reach::Followers] {
            let known = ReachFacts { follows_author: true, ..facts(reach) };
            assert_eq!(quotes(ME, &known, QuoteAudience::Public), Err(Refusal::Reach));
            assert_eq!(quotes(AUTHOR, &known, QuoteAudience::Nobody), Ok(Consent::Given));
        }
    }

    #[test]
    fn the_reach_of_a_quote() {
        use Reach::{Company, Direct, Followers, Public};
        assert_eq!(quote_reach(Company, Public), Ok(Company));
        assert_eq!(quote_reach(Company, Direct), Ok(Direct));
        assert_eq!(quote_reach(Company, Followers), Err(Refusal::Reach));
        assert_eq!(quote_reach(Public, Followers), Ok(Followers));
        assert_eq!(quote_reach(Direct, Public), Ok(Direct));
        assert_eq!(quote_reach(Followers, Public), Ok(Followers));
    }

    #[test]
    fn quotes_of_blocked_and_muted_authors_are_hidden() {
        let quote = |state, quoted_id| Quote {
            status_id: StatusId(2),
            quoted_id,
            quoted_uri: String::new(),
            quoted_url: None,
            quoted_author: None,
            state,
            stamp: None,
        };
        let accepted = quote(QuoteState::Accepted, Some(StatusId(1)));
        let seen = Regard { visible: true, ..Regard::default() };
        let word = |quote: &Quote, regard| shown(quote, regard).as_str();
        assert_eq!(word(&accepted, seen), "accepted");
        assert_eq!(word(&accepted, Regard { blocks: true, mutes: true, ..seen }), "blocked_account");
        assert_eq!(word(&accepted, Regard { shuns: true, ..seen }), "blocked_domain");
        assert_eq!(word(&accepted, Regard { mutes: true, ..seen }), "muted_account");
        assert_eq!(word(&accepted, Regard { blocks: true, ..Regard::default() }), "unauthorized");
        assert_eq!(word(&quote(QuoteState::Accepted, None), seen), "deleted");
        assert_eq!(word(&quote(QuoteState::Pending, None), seen), "pending");
        assert_eq!(word(&quote(QuoteState::Revoked, Some(StatusId(1))), seen), "revoked");
    }

    fn any_reach() -> impl Strategy<Value = Reach> {
        prop::sample::select(Reach::ALL.to_vec())
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(Tier::ALL.to_vec())
    }

    fn any_mode() -> impl Strategy<Value = FederationMode> {
        prop::sample::select(vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open])
    }

    fn any_policy() -> impl Strategy<Value = QuotePolicy> {
        let circle = || prop::sample::select(QuoteAudience::ALL.to_vec());
        (circle(), circle()).prop_map(|(automatic, manual)| QuotePolicy { automatic, manual })
    }

    proptest! {
        /// Every host that gets a quote without being mentioned could also get the quoted status. Followers
        /// of the quoting and quoted author are the same people where it matters, because only the author
        /// quotes statuses for followers.
        #[test]
        fn a_quote_never_widens(
            quoted in any_reach(), asked in any_reach(), mode in any_mode(), tier in any_tier(), follows: bool,
        ) {
            if let Ok(reach) = quote_reach(quoted, asked) {
                prop_assert!(stays_within(quoted, reach));
                if may_deliver(mode, PeerStanding::without_agreement(tier), reach, follows, false).is_ok() {
                    let follows = follows && matches!(quoted, Reach::Followers | Reach::Group);
                    let had = may_deliver(mode, PeerStanding::without_agreement(tier), quoted, follows, false).is_ok();
                    // Followers on hosts that get no deliveries can still fetch public statuses.
                    prop_assert!(had || quoted == Reach::Public, "{quoted} quoted as {reach} reaches {tier}");
                }
            }
        }

        #[test]
        fn nobody_quotes_what_they_may_not_see(
            reach in any_reach(), mode in any_mode(), tier in any_tier(), policy in any_policy(),
            follows: bool, named: bool, blocks: bool, suspended: bool, remote in prop::option::of(any_tier()),
        ) {
            let setting = Setting { mode, public_pages: true };
            let known = ReachFacts {
                author_tier: remote, mentions_viewer: named, follows_author: follows,
                author_blocks_viewer: blocks, author_suspended: suspended, ..facts(reach)
            };
            for viewer in [Viewer::Local(ME), Viewer::Actor { id: ME, tier, grants: AgreementGrants::USUAL }] {
                if may_quote(&viewer, &setting, &known, policy, false).is_ok() {
                    prop_assert!(may_see(&viewer, &setting, &known).is_ok());
                    prop_assert!(reach.is_organisational());
                }
                prop_assert!(may_quote(&viewer, &setting, &known, policy, true).is_err());
            }
        }

        #[test]
        fn nobody_is_named_in_a_quote_of_what_they_may_not_have(
            reach in any_reach(), mode in any_mode(), tier in any_tier(), remote in prop::option::of(any_tier()),
        ) {
            let setting = Setting { mode, public_pages: true };
            let known = ReachFacts { author_tier: remote, mentions_viewer: false, ..facts(reach) };
            let named = Viewer::Actor { id: ME, tier, grants: AgreementGrants::USUAL };
            if may_be_named(&named, &setting, &known) {
                prop_assert!(open_to_host(tier).contains(&reach));
            }
        }
    }
}
