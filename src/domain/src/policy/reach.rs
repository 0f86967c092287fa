//! Visibility: whether a viewer or host may see or receive a status. Used by delivery, fetches,
//! collections, boosts, search, notifications and pages.
//!
//! [`may_see`] decides for one status. For lists, [`scope`] returns a plain value that the store turns into
//! SQL; a property test checks that both agree.

use super::Refusal;
use crate::model::agreement_grants::{AgreementGrants, Grant, GrantSet, PeerStanding};
use crate::model::group::GroupVisibility;
use crate::model::peer::{FederationMode, Tier};
use crate::model::reach::Partner;
use crate::model::{AccountId, Reach, StatusId};

/// The viewer of a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A visitor who has not signed in.
    Anonymous,
    /// A signed-in local user.
    Local(AccountId),
    /// Another host, by its instance actor's verified signature.
    Host {
        /// The domain.
        domain: String,
        /// The tier.
        tier: Tier,
        /// The grants of the agreement with it.
        grants: AgreementGrants,
    },
    /// A remote actor, by its verified signature.
    Actor {
        /// The account.
        id: AccountId,
        /// The tier of its host.
        tier: Tier,
        /// The grants of the agreement with its host.
        grants: AgreementGrants,
    },
}

impl Viewer {
    /// Returns the account if the viewer is a signed-in user.
    pub const fn local_account(&self) -> Option<AccountId> {
        match self {
            Self::Local(id) => Some(*id),
            _ => None,
        }
    }

    /// Returns the grants to the viewer's host. Local users and visitors are not restricted by an
    /// agreement.
    pub const fn granted(&self) -> GrantSet {
        match self {
            Self::Anonymous | Self::Local(_) => GrantSet::ALL,
            Self::Host { grants, .. } | Self::Actor { grants, .. } => grants.gives,
        }
    }
}

/// The settings of the instance that decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The federation mode.
    pub mode: FederationMode,
    /// Whether visitors may see public posts.
    pub public_pages: bool,
}

/// The facts about a status and its viewer that decide its visibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachFacts {
    /// The status.
    pub status: StatusId,
    /// The author.
    pub author: AccountId,
    /// The tier of the author's host; `None` for a local author.
    pub author_tier: Option<Tier>,
    /// The grants of the agreement with the author's host.
    pub author_grants: AgreementGrants,
    /// Whether it is a boost.
    pub boost: bool,
    /// The reach.
    pub reach: Reach,
    /// Whether it mentions the viewer (for a host: someone there).
    pub mentions_viewer: bool,
    /// Whether the viewer (for a host: someone there) is an accepted follower of the author.
    pub follows_author: bool,
    /// Whether the author blocks the viewer.
    pub author_blocks_viewer: bool,
    /// Whether the author is suspended.
    pub author_suspended: bool,
    /// Whether it is addressed to one partner.
    pub one_partner: bool,
    /// Whether it is addressed to one partner and the viewer's host is neither that partner nor included
    /// with it.
    pub for_another_partner: bool,
    /// The group it was posted to.
    pub group: Option<AccountId>,
    /// Whether the viewer (for a host: someone there) is a member of that group, or is the group.
    pub in_group: bool,
    /// Whether the viewer is a guest of that group, and the invitation has not expired.
    pub guest: bool,
    /// Whether that is a local group, and the author is a guest of it rather than a member.
    pub author_guest: bool,
}

impl ReachFacts {
    /// Creates the facts of a status in no group, for a viewer without any relation to it or its author.
    pub const fn new(status: StatusId, author: AccountId, author_tier: Option<Tier>, reach: Reach) -> Self {
        Self {
            status,
            author,
            author_tier,
            author_grants: AgreementGrants::USUAL,
            boost: false,
            reach,
            mentions_viewer: false,
            follows_author: false,
            author_blocks_viewer: false,
            author_suspended: false,
            one_partner: false,
            for_another_partner: false,
            group: None,
            in_group: false,
            guest: false,
            author_guest: false,
        }
    }

    /// Whether the author is local.
    pub const fn author_local(&self) -> bool {
        self.author_tier.is_none()
    }

    /// Whether the viewer is a follower in the sense of the reach: a member for a post to a group's
    /// members, otherwise a follower of the author.
    const fn follows(&self) -> bool {
        match self.reach {
            Reach::Group => self.in_group,
            _ => self.follows_author,
        }
    }
}

/// Checks whether anything may be exchanged with a host of this tier.
pub const fn host_allowed(mode: FederationMode, tier: Tier) -> Result<(), Refusal> {
    let allowed = match tier {
        Tier::Blocked => false,
        Tier::Company => true,
        Tier::Partner => matches!(mode, FederationMode::Allowlist | FederationMode::Open),
        Tier::Open | Tier::Limited => matches!(mode, FederationMode::Open),
    };
    if allowed { Ok(()) } else { Err(Refusal::Host) }
}

/// Checks whether an account on a host of this tier may be a guest of a room. The federation mode does not
/// matter, because one person is invited rather than their host. Only blocked hosts are excluded.
pub const fn may_be_guest(tier: Tier) -> Result<(), Refusal> {
    match tier {
        Tier::Blocked => Err(Refusal::Host),
        Tier::Company | Tier::Partner | Tier::Open | Tier::Limited => Ok(()),
    }
}

/// Checks whether to accept activities from a host: federated hosts, and hosts of current room guests.
/// [`may_see`] and [`guest_may_have`] decide on the content that the guest and the host may get.
pub const fn host_heard(mode: FederationMode, tier: Tier, has_guests: bool) -> Result<(), Refusal> {
    match (host_allowed(mode, tier), may_be_guest(tier), has_guests) {
        (Ok(()), _, _) | (Err(_), Ok(()), true) => Ok(()),
        _ => Err(Refusal::Host),
    }
}

/// Returns the reaches that make an author's statuses visible to every local user, by the tier of the
/// author's host (`None`: this instance). Statuses of a limited host are never visible to everyone.
pub const fn open_to_local(author_tier: Option<Tier>) -> &'static [Reach] {
    match author_tier {
        None => &[Reach::Instance, Reach::Company, Reach::Partners, Reach::Public],
        Some(Tier::Company) => &[Reach::Company, Reach::Partners, Reach::Public],
        Some(Tier::Partner) => &[Reach::Partners, Reach::Public],
        Some(Tier::Open) => &[Reach::Public],
        Some(Tier::Limited | Tier::Blocked) => &[],
    }
}

/// Returns the reaches that make local statuses available to everyone on a host of this tier.
pub const fn open_to_host(tier: Tier) -> &'static [Reach] {
    match tier {
        Tier::Company => &[Reach::Company, Reach::Partners, Reach::Public],
        Tier::Partner => &[Reach::Partners, Reach::Public],
        Tier::Open => &[Reach::Public],
        Tier::Limited | Tier::Blocked => &[],
    }
}

/// Whether a status for one partner may go to a host: the partner itself, and the company unless it is
/// excluded. Every other condition still applies.
pub fn lets_in(partner: &Partner, domain: &str, tier: Tier) -> bool {
    partner.domain == domain || (tier == Tier::Company && !partner.alone)
}

/// Whether followers may see a status of this reach as followers. Organisational reaches require membership
/// of the organisation instead.
const fn open_to_followers(reach: Reach) -> bool {
    matches!(reach, Reach::Followers | Reach::Public | Reach::Group)
}

const fn open_to_named(reach: Reach) -> bool {
    matches!(reach, Reach::Direct | Reach::Followers | Reach::Public)
}

/// A mention makes every status visible to local users, except posts for a group's members.
const fn open_to_named_local(reach: Reach) -> bool {
    !matches!(reach, Reach::Group)
}

/// Checks whether a room guest may have this status: only posts to the members of that room. The tier of
/// the guest's host does not matter unless it is blocked.
pub fn guest_may_have(tier: Tier, facts: &ReachFacts) -> Result<(), Refusal> {
    may_be_guest(tier)?;
    if facts.reach == Reach::Group && facts.guest { Ok(()) } else { Err(Refusal::Reach) }
}

/// Checks whether this viewer may see this status.
///
/// # Errors
/// [`Refusal::Hidden`]: the viewer must not learn that the status exists.
pub fn may_see(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    let visible = match viewer {
        Viewer::Anonymous => {
            setting.public_pages
                && facts.author_local()
                && facts.reach == Reach::Public
                && !facts.author_suspended
        }
        Viewer::Local(me) if *me == facts.author => true,
        Viewer::Local(_) => {
            let named = facts.mentions_viewer && open_to_named_local(facts.reach);
            !shut_out(facts) && (named || local_reach(facts)) && taken(facts)
        }
        Viewer::Host { tier, grants, .. } => {
            let there = PeerStanding { tier: *tier, grants: *grants };
            facts.author_local() && !shut_out(facts) && given_to(setting.mode, there, facts)
        }
        Viewer::Actor { tier, grants, .. } => {
            let there = PeerStanding { tier: *tier, grants: *grants };
            // An invitation applies to one person and does not depend on an agreement with the person's
            // host.
            let invited = guest_may_have(*tier, facts).is_ok();
            facts.author_local() && !shut_out(facts) && (given_to(setting.mode, there, facts) || invited)
        }
    };
    if visible { Ok(()) } else { Err(Refusal::Hidden) }
}

/// Checks whether the id of a status may be listed in a local thread for another server or a visitor. Local
/// statuses must be visible to them; remote ones must have a reach that includes the whole host. An id
/// grants no access, but the existence of a reply to chosen people is private to them.
pub fn may_list_in_thread(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    let Some(author_tier) = facts.author_tier else { return may_see(viewer, setting, facts) };
    let everybody = open_to_local(Some(author_tier)).contains(&facts.reach);
    let is_visible = match viewer {
        Viewer::Anonymous => setting.public_pages && facts.reach == Reach::Public,
        Viewer::Local(_) => return may_see(viewer, setting, facts),
        Viewer::Host { tier, grants, .. } | Viewer::Actor { tier, grants, .. } => {
            // A partner's posts to its own partners are not listed: those are not partners of this instance.
            let shared = matches!(author_tier, Tier::Company) || facts.reach == Reach::Public;
            host_allowed(setting.mode, *tier).is_ok()
                && shared
                && !facts.for_another_partner
                && open_to_host(*tier).contains(&facts.reach)
                && check_grant(grants.gives, facts.reach, facts.boost).is_ok()
        }
    };
    if is_visible && everybody && !shut_out(facts) { Ok(()) } else { Err(Refusal::Hidden) }
}

fn shut_out(facts: &ReachFacts) -> bool {
    facts.author_suspended || facts.author_blocks_viewer || facts.author_tier == Some(Tier::Blocked)
}

fn local_reach(facts: &ReachFacts) -> bool {
    open_to_local(facts.author_tier).contains(&facts.reach)
        || (facts.follows() && open_to_followers(facts.reach))
}

/// Whether the agreement with the author's host grants this status to this instance. Local statuses and
/// guests' posts in their room need no agreement.
fn taken(facts: &ReachFacts) -> bool {
    let takes = facts.author_grants.takes;
    let by_guest = facts.reach == Reach::Group && facts.author_guest;
    facts.author_local()
        || (by_guest && (!facts.boost || takes.has(Grant::Boosts)))
        || check_grant(takes, facts.reach, facts.boost).is_ok()
}

/// Whether a host of this standing may have a local status, given its followers and mentions there.
fn given_to(mode: FederationMode, there: PeerStanding, facts: &ReachFacts) -> bool {
    !facts.for_another_partner
        && check_grant(there.grants.gives, facts.reach, facts.boost).is_ok()
        && may_deliver(mode, there, facts.reach, facts.follows(), facts.mentions_viewer).is_ok()
}

/// Checks whether the grants of one direction include statuses of this reach.
pub fn check_grant(granted: GrantSet, reach: Reach, boost: bool) -> Result<(), Refusal> {
    if granted.allows_reach(reach) && (!boost || granted.has(Grant::Boosts)) {
        Ok(())
    } else {
        Err(Refusal::Agreement)
    }
}

/// Checks whether a local status may be delivered to a host of this standing. `has_follower`: an accepted
/// follower of the author is there (for a post to a group's members: a member); `names_someone`: it
/// mentions someone there.
///
/// # Errors
/// [`Refusal::Host`] if nothing may be exchanged with the host, [`Refusal::Reach`] if the reach excludes
/// it, [`Refusal::Agreement`] if the agreement does not grant it.
pub fn may_deliver(
    mode: FederationMode,
    PeerStanding { tier, grants }: PeerStanding,
    reach: Reach,
    has_follower: bool,
    names_someone: bool,
) -> Result<(), Refusal> {
    host_allowed(mode, tier)?;
    let allowed = open_to_host(tier).contains(&reach)
        || (has_follower && open_to_followers(reach))
        || (names_someone && open_to_named(reach));
    if allowed { check_grant(grants.gives, reach, false) } else { Err(Refusal::Reach) }
}

/// The statuses that a viewer may see in lists, as a plain value. A status is included if one of the
/// clauses holds, the agreement with the author's host grants it, and the author is not suspended, not on a
/// blocked host, and does not block the viewer. The viewer's own statuses are always included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The account whose own, followed and mentioning statuses are included.
    pub viewer: Option<AccountId>,
    /// Whether statuses of other hosts can be included at all.
    pub remote_authors: bool,
    /// The reaches that are included for every local author.
    pub local_reaches: &'static [Reach],
    /// The included statuses of those for one partner.
    pub partners: OnePartner,
    /// The reaches that are included for authors on hosts of a tier.
    pub remote_reaches: &'static [(Tier, &'static [Reach])],
    /// The reaches that are included if the viewer follows the author.
    pub followed_reaches: &'static [Reach],
    /// The reaches that are included if the status mentions the viewer.
    pub named_reaches: &'static [Reach],
    /// The reaches that are included if the viewer is a member of the group it was posted to.
    pub member_reaches: &'static [Reach],
    /// The grants to the viewer's host, which limit everything above.
    pub granted: GrantSet,
}

/// The statuses for one partner that a scope includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnePartner {
    /// All of them: local users see statuses for every partner.
    All,
    /// Those that may go to a host with these properties: see [`lets_in`].
    Host {
        /// The domain; `None` for that of the scope's viewer.
        domain: Option<String>,
        /// Whether the host belongs to the company.
        company: bool,
    },
}

const REMOTE_FOR_STAFF: &[(Tier, &[Reach])] = &[
    (Tier::Company, open_to_local(Some(Tier::Company))),
    (Tier::Partner, open_to_local(Some(Tier::Partner))),
    (Tier::Open, open_to_local(Some(Tier::Open))),
];

/// Returns the statuses that this viewer may see in lists; agrees with [`may_see`]. For a host it includes
/// only statuses available to everyone there. Guests have no lists: they only get deliveries.
pub fn scope(viewer: &Viewer, setting: &Setting) -> Scope {
    let nothing = Scope {
        viewer: None,
        remote_authors: false,
        local_reaches: &[],
        partners: OnePartner::All,
        remote_reaches: &[],
        followed_reaches: &[],
        named_reaches: &[],
        member_reaches: &[],
        granted: viewer.granted(),
    };
    let of_host =
        |domain: Option<String>, tier: Tier| OnePartner::Host { domain, company: tier == Tier::Company };
    match viewer {
        Viewer::Anonymous if setting.public_pages => Scope { local_reaches: &[Reach::Public], ..nothing },
        Viewer::Anonymous => nothing,
        Viewer::Local(me) => Scope {
            viewer: Some(*me),
            remote_authors: true,
            local_reaches: open_to_local(None),
            partners: OnePartner::All,
            remote_reaches: REMOTE_FOR_STAFF,
            followed_reaches: &[Reach::Followers, Reach::Public],
            named_reaches: &Reach::CHOICES,
            member_reaches: &[Reach::Group],
            ..nothing
        },
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. }
            if host_allowed(setting.mode, *tier).is_err() =>
        {
            nothing
        }
        Viewer::Host { domain, tier, .. } => Scope {
            local_reaches: open_to_host(*tier),
            partners: of_host(Some(domain.clone()), *tier),
            ..nothing
        },
        Viewer::Actor { id, tier, .. } => Scope {
            viewer: Some(*id),
            local_reaches: open_to_host(*tier),
            partners: of_host(None, *tier),
            followed_reaches: &[Reach::Followers, Reach::Public],
            named_reaches: &[Reach::Direct, Reach::Followers, Reach::Public],
            member_reaches: &[Reach::Group],
            ..nothing
        },
    }
}

/// The requested audience of a status, as a Mastodon visibility or as a reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestedReach {
    /// `public`: up to the instance's default reach, listed.
    Public,
    /// `unlisted`: the same, not listed.
    Unlisted,
    /// `private`: followers.
    Private,
    /// `direct`: mentioned people.
    Direct,
    /// `local_only`: this instance.
    LocalOnly,
    /// Exactly this reach.
    Reach(Reach),
}

/// Returns the rank of an organisational reach; `None` for chosen people.
const fn breadth(reach: Reach) -> Option<u8> {
    match reach {
        Reach::Direct | Reach::Followers | Reach::Group => None,
        Reach::Instance => Some(0),
        Reach::Company => Some(1),
        Reach::Partners => Some(2),
        Reach::Public => Some(3),
    }
}

/// Whether a user with this ceiling may post with this reach. The ceiling does not limit posts for chosen
/// people; who may be followed or mentioned is decided elsewhere.
pub const fn is_under(reach: Reach, ceiling: Reach) -> bool {
    match (breadth(reach), breadth(ceiling)) {
        (Some(reach), Some(ceiling)) => reach <= ceiling,
        _ => true,
    }
}

/// Returns a default reach, limited to a ceiling.
pub const fn lowered(usual: Reach, ceiling: Reach) -> Reach {
    if is_under(usual, ceiling) { usual } else { ceiling }
}

/// Returns the requested reach within a ceiling, and whether public timelines list it. Mastodon
/// visibilities mean the widest permitted reach.
///
/// # Errors
/// [`Refusal::Role`] if an explicit reach exceeds the ceiling.
pub fn asked_within(asked: RequestedReach, default: Reach, ceiling: Reach) -> Result<(Reach, bool), Refusal> {
    let (reach, listed) = asked_reach(asked, lowered(default, ceiling));
    if is_under(reach, ceiling) { Ok((reach, listed)) } else { Err(Refusal::Role) }
}

/// Returns the requested reach, and whether public timelines list it.
pub const fn asked_reach(asked: RequestedReach, default: Reach) -> (Reach, bool) {
    match asked {
        RequestedReach::Public => (default, default.is_organisational()),
        RequestedReach::Unlisted => (default, false),
        RequestedReach::Private => (Reach::Followers, false),
        RequestedReach::Direct => (Reach::Direct, false),
        RequestedReach::LocalOnly => (Reach::Instance, true),
        RequestedReach::Reach(reach) => (reach, reach.is_organisational()),
    }
}

/// Returns the reach of a reply: as requested, but never wider than that of its parent. Followers can be
/// anywhere, so "followers" is wider than any organisation; a reply for followers to a status for an
/// organisation goes to mentioned people only.
pub const fn reply_reach(parent: Reach, asked: Reach) -> Reach {
    use Reach::{Company, Direct, Followers, Group, Instance, Partners, Public};
    match (parent, asked) {
        (Direct, _) | (_, Direct) => Direct,
        (Group, _) => Group,
        (Public, asked) => asked,
        // Members of a group can be anywhere, too.
        (_, Group) => Direct,
        (Followers, _) => Followers,
        (Instance | Company | Partners, Followers) => Direct,
        (Instance, _) | (_, Instance) => Instance,
        (Company, _) | (_, Company) => Company,
        (Partners, _) => Partners,
    }
}

/// Returns the reach of a post to a group, and whether it appears in the group. In a closed group it always
/// goes to the members; otherwise as far as the group's visibility, or less far if requested. A post for
/// chosen people that mentions a group is not posted to it.
pub const fn posted_to(visibility: GroupVisibility, asked: Option<Reach>) -> (Reach, bool) {
    match (visibility.reach(), asked) {
        (Reach::Group, _) => (Reach::Group, true),
        (reach, None) => (reach, true),
        (reach, Some(asked)) => match reply_reach(reach, asked) {
            Reach::Direct => (Reach::Direct, false),
            Reach::Followers => (Reach::Followers, false),
            narrowed => (narrowed, true),
        },
    }
}

/// Returns the group of a reply: that of its parent, unless the reply has a different audience.
pub fn answered_in(parent: Option<AccountId>, parent_reach: Reach, reach: Reach) -> Option<AccountId> {
    parent
        .filter(|_| reach == Reach::Group || (reach.is_organisational() && parent_reach.is_organisational()))
}

/// The addressing of a remote status, as far as it determines the reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReachAddressing {
    /// Public (as:Public in `to`).
    pub public: bool,
    /// Unlisted (as:Public in `cc`).
    pub unlisted: bool,
    /// To the author's followers.
    pub followers: bool,
    /// Its `audience` is the author's host's company collection.
    pub company: bool,
    /// Its `audience` is the author's host's partners collection.
    pub partners: bool,
    /// Its `audience` is the author's host's collection of one partner; true if that partner is this
    /// instance.
    pub one_partner: Option<bool>,
}

/// Returns the reach of a remote status, and whether it is listed, from its addressing and the tier of its
/// host. A company or partners audience is only accepted from a host of that tier; otherwise the status is
/// for the author's followers at most.
pub const fn inbound_reach(addressing: ReachAddressing, tier: Tier) -> (Reach, bool) {
    if addressing.company && matches!(tier, Tier::Company) {
        (Reach::Company, true)
    } else if let Some(ours) = addressing.one_partner {
        // A partner's posts for another partner are not accepted as such; the company's are.
        if matches!(tier, Tier::Company) || (matches!(tier, Tier::Partner) && ours) {
            (Reach::Partners, true)
        } else {
            (Reach::Followers, false)
        }
    } else if addressing.partners && matches!(tier, Tier::Company | Tier::Partner) {
        (Reach::Partners, true)
    } else if addressing.company || addressing.partners {
        (Reach::Followers, false)
    } else if addressing.public {
        (Reach::Public, true)
    } else if addressing.unlisted {
        (Reach::Public, false)
    } else if addressing.followers {
        (Reach::Followers, false)
    } else {
        (Reach::Direct, false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIERS: &[Tier] = Tier::ALL;
    const MODES: [FederationMode; 3] =
        [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];

    fn facts(author_tier: Option<Tier>, reach: Reach) -> ReachFacts {
        ReachFacts {
            group: (reach == Reach::Group).then_some(AccountId(5)),
            ..ReachFacts::new(StatusId(1), AccountId(1), author_tier, reach)
        }
    }

    fn any_reach() -> impl Strategy<Value = Reach> {
        prop::sample::select(Reach::ALL.to_vec())
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(TIERS.to_vec())
    }

    fn any_mode() -> impl Strategy<Value = FederationMode> {
        prop::sample::select(MODES.to_vec())
    }

    prop_compose! {
        fn any_facts()(
            author_tier in prop::option::of(any_tier()),
            reach in any_reach(),
            mentions_viewer: bool,
            follows_author: bool,
            author_blocks_viewer: bool,
            author_suspended: bool,
            for_another_partner: bool,
            in_group: bool,
            guest: bool,
        ) -> ReachFacts {
            ReachFacts {
                in_group: in_group && reach == Reach::Group,
                guest: guest && reach == Reach::Group,
                mentions_viewer,
                follows_author,
                author_blocks_viewer,
                author_suspended,
                one_partner: for_another_partner,
                for_another_partner,
                ..facts(author_tier, reach)
            }
        }
    }

    fn any_asker() -> impl Strategy<Value = Viewer> {
        prop_oneof![
            Just(Viewer::Anonymous),
            any_tier().prop_map(|tier| Viewer::Host {
                domain: "x.example".into(),
                tier,
                grants: AgreementGrants::USUAL
            }),
            any_tier().prop_map(|tier| Viewer::Actor {
                id: AccountId(7),
                tier,
                grants: AgreementGrants::USUAL
            }),
        ]
    }

    proptest! {
        /// The id of a reply for chosen people is only listed for viewers who may see it, and a remote
        /// reply only if the viewer's whole host could have had it from its author.
        #[test]
        fn a5_threads_list_only_statuses_open_to_the_viewer(
            asker in any_asker(), facts in any_facts(), mode in any_mode(), public_pages: bool,
        ) {
            let setting = Setting { mode, public_pages };
            let is_visible = may_list_in_thread(&asker, &setting, &facts).is_ok();
            if facts.author_local() {
                prop_assert_eq!(is_visible, may_see(&asker, &setting, &facts).is_ok());
            } else if is_visible {
                prop_assert!(matches!(facts.reach, Reach::Company | Reach::Partners | Reach::Public));
                prop_assert!(!facts.author_suspended && !facts.author_blocks_viewer);
                prop_assert!(facts.author_tier != Some(Tier::Blocked));
                match &asker {
                    Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
                        prop_assert!(host_allowed(mode, *tier).is_ok());
                        prop_assert!(open_to_host(*tier).contains(&facts.reach));
                        prop_assert!(facts.reach == Reach::Public || facts.author_tier == Some(Tier::Company));
                    }
                    _ => prop_assert!(public_pages && facts.reach == Reach::Public),
                }
            }
        }
    }

    /// Restates the table of the design: the tiers whose hosts get a reach for everyone there.
    #[test]
    fn each_cell_of_the_table() {
        let everyone = |mode, reach| -> Vec<Tier> {
            TIERS
                .iter()
                .copied()
                .filter(|tier| {
                    may_deliver(mode, PeerStanding::without_agreement(*tier), reach, false, false).is_ok()
                })
                .collect()
        };
        for mode in MODES {
            for never in [Reach::Direct, Reach::Followers, Reach::Instance, Reach::Group] {
                assert_eq!(everyone(mode, never), [], "{mode:?} {never}");
            }
            assert_eq!(everyone(mode, Reach::Company), [Tier::Company]);
        }
        assert_eq!(everyone(FederationMode::Closed, Reach::Partners), [Tier::Company]);
        assert_eq!(everyone(FederationMode::Allowlist, Reach::Partners), [Tier::Company, Tier::Partner]);
        assert_eq!(everyone(FederationMode::Allowlist, Reach::Public), [Tier::Company, Tier::Partner]);
        assert_eq!(everyone(FederationMode::Open, Reach::Partners), [Tier::Company, Tier::Partner]);
        assert_eq!(everyone(FederationMode::Open, Reach::Public), [Tier::Company, Tier::Partner, Tier::Open]);
    }

    #[test]
    fn staff_see_what_is_theirs_to_see() {
        let setting = Setting { mode: FederationMode::Allowlist, public_pages: false };
        let bob = Viewer::Local(AccountId(2));
        let sees = |facts: ReachFacts| may_see(&bob, &setting, &facts).is_ok();
        assert!(sees(facts(None, Reach::Instance)) && sees(facts(None, Reach::Company)));
        assert!(!sees(facts(None, Reach::Followers)) && !sees(facts(None, Reach::Direct)));
        assert!(sees(ReachFacts { follows_author: true, ..facts(None, Reach::Followers) }));
        assert!(!sees(ReachFacts { follows_author: true, ..facts(None, Reach::Direct) }));
        assert!(sees(ReachFacts { mentions_viewer: true, ..facts(None, Reach::Direct) }));
        assert!(!sees(facts(Some(Tier::Partner), Reach::Company)));
        assert!(sees(facts(Some(Tier::Partner), Reach::Partners)));
        assert!(!sees(facts(Some(Tier::Limited), Reach::Public)));
        assert!(sees(ReachFacts { follows_author: true, ..facts(Some(Tier::Limited), Reach::Public) }));
    }

    #[test]
    fn an_audience_counts_only_from_a_host_of_its_tier() {
        let company = ReachAddressing {
            public: false,
            unlisted: false,
            followers: true,
            company: true,
            partners: false,
            one_partner: None,
        };
        assert_eq!(inbound_reach(company, Tier::Company), (Reach::Company, true));
        assert_eq!(inbound_reach(company, Tier::Partner), (Reach::Followers, false));
        let partners = ReachAddressing { company: false, partners: true, ..company };
        assert_eq!(inbound_reach(partners, Tier::Partner), (Reach::Partners, true));
        assert_eq!(inbound_reach(partners, Tier::Open), (Reach::Followers, false));
        for (ours, tier, expected) in [
            (true, Tier::Partner, (Reach::Partners, true)),
            (false, Tier::Partner, (Reach::Followers, false)),
            (false, Tier::Company, (Reach::Partners, true)),
            (true, Tier::Open, (Reach::Followers, false)),
        ] {
            let one = ReachAddressing { company: false, partners: true, one_partner: Some(ours), ..company };
            assert_eq!(inbound_reach(one, tier), expected, "{tier} {ours}");
        }
        let nobody = ReachAddressing { followers: false, company: false, ..company };
        assert_eq!(inbound_reach(nobody, Tier::Company), (Reach::Direct, false));
    }

    /// Returns the tiers of hosts that get a status without followers or mentions there.
    fn gets_all(mode: FederationMode, reach: Reach) -> Vec<Tier> {
        TIERS
            .iter()
            .copied()
            .filter(|tier| {
                may_deliver(mode, PeerStanding::without_agreement(*tier), reach, false, false).is_ok()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn an_instance_status_never_leaves(mode in any_mode(), tier in any_tier(), follows: bool, named: bool) {
            prop_assert!(may_deliver(mode, PeerStanding::without_agreement(tier), Reach::Instance, follows, named).is_err());
        }

        #[test]
        fn a_company_status_never_reaches_another_tier(
            mode in any_mode(), tier in any_tier(), follows: bool, named: bool,
        ) {
            let given = may_deliver(mode, PeerStanding::without_agreement(tier), Reach::Company, follows, named).is_ok();
            prop_assert_eq!(given, tier == Tier::Company);
        }

        /// A status for one partner is only visible to that partner and, unless excluded, the company; to
        /// no other host, whatever its followers or mentions.
        #[test]
        fn a_status_for_one_partner_is_hidden_from_others(
            mode in any_mode(), tier in any_tier(), follows: bool, named: bool, alone: bool, theirs: bool,
        ) {
            let partner = Partner { domain: "globex.test".into(), alone };
            let domain = if theirs { "globex.test" } else { "initech.test" };
            let known = ReachFacts {
                follows_author: follows,
                mentions_viewer: named,
                one_partner: true,
                for_another_partner: !lets_in(&partner, domain, tier),
                ..facts(None, Reach::Partners)
            };
            let setting = Setting { mode, public_pages: true };
            let host = Viewer::Host { domain: domain.into(), tier, grants: AgreementGrants::USUAL };
            for viewer in [host, Viewer::Actor { id: AccountId(7), tier, grants: AgreementGrants::USUAL }] {
                let sees = may_see(&viewer, &setting, &known).is_ok();
                prop_assert!(!sees || theirs || (tier == Tier::Company && !alone));
                prop_assert!(!sees || may_deliver(mode, PeerStanding::without_agreement(tier), Reach::Partners, follows, named).is_ok());
            }
            prop_assert!(may_see(&Viewer::Local(AccountId(2)), &setting, &known).is_ok());
            prop_assert!(may_see(&Viewer::Anonymous, &setting, &known).is_err());
        }

        #[test]
        fn a_blocked_host_gets_nothing(mode in any_mode(), reach in any_reach(), follows: bool, named: bool) {
            prop_assert!(may_deliver(mode, PeerStanding::without_agreement(Tier::Blocked), reach, follows, named).is_err());
        }

        #[test]
        fn more_bonds_never_hide(facts in any_facts(), mode in any_mode(), tier in any_tier()) {
            let setting = Setting { mode, public_pages: false };
            for viewer in [Viewer::Local(AccountId(2)), Viewer::Actor { id: AccountId(2), tier, grants: AgreementGrants::USUAL }] {
                if may_see(&viewer, &setting, &facts).is_ok() {
                    let more = ReachFacts {
                        mentions_viewer: true,
                        follows_author: true,
                        in_group: true,
                        guest: true,
                        ..facts.clone()
                    };
                    prop_assert!(may_see(&viewer, &setting, &more).is_ok());
                }
            }
        }

        #[test]
        fn a_remote_viewer_sees_nothing_that_would_not_be_delivered(
            facts in any_facts(), mode in any_mode(), tier in any_tier(),
        ) {
            let setting = Setting { mode, public_pages: true };
            let viewer = Viewer::Actor { id: AccountId(2), tier, grants: AgreementGrants::USUAL };
            if may_see(&viewer, &setting, &facts).is_ok() {
                let there = PeerStanding::without_agreement(tier);
                let given = may_deliver(mode, there, facts.reach, facts.follows(), facts.mentions_viewer);
                prop_assert!(given.is_ok() || guest_may_have(tier, &facts).is_ok());
                prop_assert!(facts.author_local() && !facts.author_blocks_viewer);
            }
        }

        /// No post exceeds the ceiling of its author's role; Mastodon visibilities never fail.
        #[test]
        fn no_post_goes_over_its_authors_ceiling(
            reach in any_reach(), default in any_reach(), ceiling in any_reach(), word in 0..6_usize,
            mode in any_mode(), tier in any_tier(),
        ) {
            prop_assume!(default.is_organisational() && ceiling.is_organisational());
            let asked = [
                RequestedReach::Public, RequestedReach::Unlisted, RequestedReach::Private, RequestedReach::Direct, RequestedReach::LocalOnly, RequestedReach::Reach(reach),
            ][word];
            match asked_within(asked, default, ceiling) {
                Ok((reach, _)) => {
                    let (gets, may) = (gets_all(mode, reach), gets_all(mode, ceiling));
                    prop_assert!(!gets.contains(&tier) || may.contains(&tier));
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::Role);
                    prop_assert!(matches!(asked, RequestedReach::Reach(_)));
                }
            }
        }

        /// A post for a group's members is invisible to everyone else, even followers of its author and
        /// mentioned people.
        #[test]
        fn group_statuses_are_only_for_members_and_guests(
            facts in any_facts(), mode in any_mode(), public_pages: bool, asker in any_asker(), staff: bool,
        ) {
            let facts = ReachFacts { reach: Reach::Group, ..facts };
            let setting = Setting { mode, public_pages };
            let asker = if staff { Viewer::Local(AccountId(7)) } else { asker };
            if may_see(&asker, &setting, &facts).is_ok() {
                prop_assert!(facts.in_group || facts.guest);
                prop_assert!(!matches!(asker, Viewer::Anonymous));
            }
            for &tier in TIERS {
                prop_assert!(may_deliver(mode, PeerStanding::without_agreement(tier), Reach::Group, false, true).is_err());
            }
        }

        /// A guest sees the posts of the room, and otherwise no more than without the invitation; on a
        /// blocked host, nothing.
        #[test]
        fn a_guest_gets_the_posts_of_the_room_and_nothing_else(
            facts in any_facts(), mode in any_mode(), tier in any_tier(),
        ) {
            let setting = Setting { mode, public_pages: false };
            let viewer = Viewer::Actor { id: AccountId(2), tier, grants: AgreementGrants::USUAL };
            let invited = ReachFacts { guest: true, ..facts.clone() };
            let stranger = ReachFacts { guest: false, ..facts };
            let (with, without) =
                (may_see(&viewer, &setting, &invited), may_see(&viewer, &setting, &stranger));
            if tier == Tier::Blocked {
                prop_assert!(with.is_err());
            } else if invited.reach == Reach::Group {
                prop_assert_eq!(with.is_ok(), invited.author_local() && !shut_out(&invited));
            } else {
                prop_assert_eq!(with, without);
            }
            // An invitation applies to one person: the host gets nothing because of it.
            let host = Viewer::Host { domain: "x.example".into(), tier, grants: AgreementGrants::USUAL };
            prop_assert_eq!(may_see(&host, &setting, &invited), may_see(&host, &setting, &stranger));
        }

        /// Activities from a host with guests are accepted unless it is blocked, but it gets nothing more
        /// for that.
        #[test]
        fn a_host_with_guests_is_heard_and_no_more(
            mode in any_mode(), tier in any_tier(), reach in any_reach(), follows: bool, named: bool,
        ) {
            prop_assert_eq!(host_heard(mode, tier, false).is_ok(), host_allowed(mode, tier).is_ok());
            prop_assert_eq!(host_heard(mode, tier, true).is_ok(), tier != Tier::Blocked);
            if host_allowed(mode, tier).is_err() {
                prop_assert!(may_deliver(mode, PeerStanding::without_agreement(tier), reach, follows, named).is_err());
            }
        }

        #[test]
        fn nothing_goes_further_than_the_group_it_is_posted_to(
            visibility in prop::sample::select(GroupVisibility::ALL.to_vec()),
            asked in prop::option::of(any_reach()), mode in any_mode(),
        ) {
            let (reach, within) = posted_to(visibility, asked);
            if visibility.is_closed() {
                prop_assert_eq!((reach, within), (Reach::Group, true));
            }
            if within {
                for tier in gets_all(mode, reach) {
                    prop_assert!(gets_all(mode, visibility.reach()).contains(&tier));
                }
                prop_assert!(reach == Reach::Group || reach.is_organisational());
            }
        }

        /// A reply to a post for a group's members goes to them or to chosen people only.
        #[test]
        fn an_answer_never_leaves_the_group(asked in any_reach()) {
            let answer = reply_reach(Reach::Group, asked);
            prop_assert!(matches!(answer, Reach::Group | Reach::Direct));
            let group = answered_in(Some(AccountId(5)), Reach::Group, answer);
            prop_assert_eq!(group.is_some(), answer == Reach::Group);
        }

        #[test]
        fn visitors_see_public_posts_of_open_houses_alone(facts in any_facts(), mode in any_mode()) {
            let closed = Setting { mode, public_pages: false };
            prop_assert!(may_see(&Viewer::Anonymous, &closed, &facts).is_err());
            let open = Setting { mode, public_pages: true };
            if may_see(&Viewer::Anonymous, &open, &facts).is_ok() {
                prop_assert!(facts.reach == Reach::Public && facts.author_local());
            }
        }

        #[test]
        fn an_answer_never_goes_further_than_what_it_answers(
            parent in any_reach(), asked in any_reach(), mode in any_mode(),
        ) {
            let answer = reply_reach(parent, asked);
            for tier in gets_all(mode, answer) {
                prop_assert!(gets_all(mode, parent).contains(&tier));
                prop_assert!(gets_all(mode, asked).contains(&tier));
            }
            // A reply to a status for an organisation stays in it, because its author's followers may be
            // anywhere.
            if matches!(parent, Reach::Instance | Reach::Company | Reach::Partners) {
                prop_assert!(answer != Reach::Followers && answer != Reach::Public);
            }
            if parent == Reach::Direct || asked == Reach::Direct {
                prop_assert_eq!(answer, Reach::Direct);
            }
        }
    }
}
