//! Reach: may this viewer or host see or receive this status? Everything asks here: delivery, fetches,
//! collections, boosts, search, notifications, pages.
//!
//! For one status the question is [`may_see`]; for a list it is [`scope`], a plain value that the store
//! turns into SQL, with a property test that both agree.

use super::Refusal;
use crate::model::peer::{FederationMode, Tier};
use crate::model::{AccountId, Reach, StatusId};

/// Who is looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A visitor who has not signed in.
    Anonymous,
    /// A signed-in person of this instance.
    Staff(AccountId),
    /// Another host, by its instance actor's verified signature.
    Host {
        /// Its domain.
        domain: String,
        /// What it is to us.
        tier: Tier,
    },
    /// A remote actor, by its verified signature.
    Actor {
        /// Its account here.
        id: AccountId,
        /// What its host is to us.
        tier: Tier,
    },
}

impl Viewer {
    /// The signed-in person, if it is one.
    pub const fn staff(&self) -> Option<AccountId> {
        match self {
            Self::Staff(id) => Some(*id),
            _ => None,
        }
    }
}

/// What policy must know of the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// With whom it federates.
    pub mode: FederationMode,
    /// Whether visitors may see public posts.
    pub public_pages: bool,
}

/// What must be known of a status and its viewer to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachFacts {
    /// The status.
    pub status: StatusId,
    /// Who wrote it.
    pub author: AccountId,
    /// What the author's host is to us; none for an author of this instance.
    pub author_tier: Option<Tier>,
    /// How far it may go.
    pub reach: Reach,
    /// Whether it names the viewer (for a host: somebody there).
    pub mentions_viewer: bool,
    /// Whether the viewer (for a host: somebody there) follows the author and was accepted.
    pub follows_author: bool,
    /// Whether the author blocks the viewer.
    pub author_blocks_viewer: bool,
    /// Whether the author is suspended.
    pub author_suspended: bool,
}

impl ReachFacts {
    /// Whether the author is of this instance.
    pub const fn author_local(&self) -> bool {
        self.author_tier.is_none()
    }
}

/// May anything be exchanged with a host of this tier?
///
/// # Errors
/// [`Refusal::Host`] when not.
pub const fn host_allowed(mode: FederationMode, tier: Tier) -> Result<(), Refusal> {
    let allowed = match tier {
        Tier::Blocked => false,
        Tier::Company => true,
        Tier::Partner => matches!(mode, FederationMode::Allowlist | FederationMode::Open),
        Tier::Open | Tier::Limited => matches!(mode, FederationMode::Open),
    };
    if allowed { Ok(()) } else { Err(Refusal::Host) }
}

/// The reaches by which every signed-in person here may see an author's statuses, by what the author's
/// host is to us (none: this instance). Of a limited host nothing is for everybody.
pub const fn open_to_staff(author_tier: Option<Tier>) -> &'static [Reach] {
    match author_tier {
        None => &[Reach::Instance, Reach::Company, Reach::Partners, Reach::Public],
        Some(Tier::Company) => &[Reach::Company, Reach::Partners, Reach::Public],
        Some(Tier::Partner) => &[Reach::Partners, Reach::Public],
        Some(Tier::Open) => &[Reach::Public],
        Some(Tier::Limited | Tier::Blocked) => &[],
    }
}

/// The reaches by which everybody on a host of this tier may have this instance's statuses.
pub const fn open_to_host(tier: Tier) -> &'static [Reach] {
    match tier {
        Tier::Company => &[Reach::Company, Reach::Partners, Reach::Public],
        Tier::Partner => &[Reach::Partners, Reach::Public],
        Tier::Open => &[Reach::Public],
        Tier::Limited | Tier::Blocked => &[],
    }
}

/// Whether those who follow an author (or are named) may see this reach on account of it. Of a status
/// that is for a whole organisation they need more: to belong to it.
const fn open_to_followers(reach: Reach) -> bool {
    matches!(reach, Reach::Followers | Reach::Public)
}

const fn open_to_named(reach: Reach) -> bool {
    matches!(reach, Reach::Direct | Reach::Followers | Reach::Public)
}

/// May this viewer see this status?
///
/// # Errors
/// [`Refusal::Hidden`] when not: the viewer must not learn that it exists.
pub fn may_see(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    let visible = match viewer {
        Viewer::Anonymous => {
            setting.public_pages
                && facts.author_local()
                && facts.reach == Reach::Public
                && !facts.author_suspended
        }
        Viewer::Staff(me) if *me == facts.author => true,
        Viewer::Staff(_) => !shut_out(facts) && (facts.mentions_viewer || staff_reach(facts)),
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
            facts.author_local()
                && !shut_out(facts)
                && may_deliver(setting.mode, *tier, facts.reach, facts.follows_author, facts.mentions_viewer)
                    .is_ok()
        }
    };
    if visible { Ok(()) } else { Err(Refusal::Hidden) }
}

/// May another server, or a visitor, be told the id of a status where a thread of ours is listed? Of this
/// instance's statuses, those they may see. Of others', only what its reach opens to the asker's whole host
/// anyway: an id grants nothing, but that there is an answer for chosen people is theirs alone to know.
///
/// # Errors
/// [`Refusal::Hidden`] when not.
pub fn may_be_told_of(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    let Some(author_tier) = facts.author_tier else { return may_see(viewer, setting, facts) };
    let everybody = open_to_staff(Some(author_tier)).contains(&facts.reach);
    let told = match viewer {
        Viewer::Anonymous => setting.public_pages && facts.reach == Reach::Public,
        Viewer::Staff(_) => return may_see(viewer, setting, facts),
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
            // A partner's partners are not ours.
            let shared = matches!(author_tier, Tier::Company) || facts.reach == Reach::Public;
            host_allowed(setting.mode, *tier).is_ok() && shared && open_to_host(*tier).contains(&facts.reach)
        }
    };
    if told && everybody && !shut_out(facts) { Ok(()) } else { Err(Refusal::Hidden) }
}

fn shut_out(facts: &ReachFacts) -> bool {
    facts.author_suspended || facts.author_blocks_viewer || facts.author_tier == Some(Tier::Blocked)
}

fn staff_reach(facts: &ReachFacts) -> bool {
    open_to_staff(facts.author_tier).contains(&facts.reach)
        || (facts.follows_author && open_to_followers(facts.reach))
}

/// May a status of this instance be given to a host of this tier? `has_follower`: somebody there follows
/// the author and was accepted; `names_someone`: it names somebody there.
///
/// # Errors
/// [`Refusal::Host`] when nothing may be exchanged with it, [`Refusal::Reach`] when this may not.
pub fn may_deliver(
    mode: FederationMode,
    tier: Tier,
    reach: Reach,
    has_follower: bool,
    names_someone: bool,
) -> Result<(), Refusal> {
    host_allowed(mode, tier)?;
    let allowed = open_to_host(tier).contains(&reach)
        || (has_follower && open_to_followers(reach))
        || (names_someone && open_to_named(reach));
    if allowed { Ok(()) } else { Err(Refusal::Reach) }
}

/// What a viewer may see in lists, as a plain value. A status is in it when the author is neither
/// suspended, nor on a blocked host, nor blocks the viewer, and one of the clauses holds; the viewer's own
/// statuses always are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The person or actor whose own, followed and naming statuses are in it.
    pub viewer: Option<AccountId>,
    /// Whether other hosts' statuses can be in it at all.
    pub remote_authors: bool,
    /// Reaches that are in it whoever wrote them here.
    pub local_reaches: &'static [Reach],
    /// Reaches that are in it when their author is on a host of the tier.
    pub remote_reaches: &'static [(Tier, &'static [Reach])],
    /// Reaches that are in it when the viewer follows the author.
    pub followed_reaches: &'static [Reach],
    /// Reaches that are in it when they name the viewer.
    pub named_reaches: &'static [Reach],
}

const REMOTE_FOR_STAFF: &[(Tier, &[Reach])] = &[
    (Tier::Company, open_to_staff(Some(Tier::Company))),
    (Tier::Partner, open_to_staff(Some(Tier::Partner))),
    (Tier::Open, open_to_staff(Some(Tier::Open))),
];

/// What this viewer may see in lists; agrees with [`may_see`]. Of a host's lists only what everybody there
/// may have is in it.
pub fn scope(viewer: &Viewer, setting: &Setting) -> Scope {
    let nothing = Scope {
        viewer: None,
        remote_authors: false,
        local_reaches: &[],
        remote_reaches: &[],
        followed_reaches: &[],
        named_reaches: &[],
    };
    match viewer {
        Viewer::Anonymous if setting.public_pages => Scope { local_reaches: &[Reach::Public], ..nothing },
        Viewer::Anonymous => nothing,
        Viewer::Staff(me) => Scope {
            viewer: Some(*me),
            remote_authors: true,
            local_reaches: open_to_staff(None),
            remote_reaches: REMOTE_FOR_STAFF,
            followed_reaches: &[Reach::Followers, Reach::Public],
            named_reaches: &Reach::ALL,
        },
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. }
            if host_allowed(setting.mode, *tier).is_err() =>
        {
            nothing
        }
        Viewer::Host { tier, .. } => Scope { local_reaches: open_to_host(*tier), ..nothing },
        Viewer::Actor { id, tier } => Scope {
            viewer: Some(*id),
            local_reaches: open_to_host(*tier),
            followed_reaches: &[Reach::Followers, Reach::Public],
            named_reaches: &[Reach::Direct, Reach::Followers, Reach::Public],
            ..nothing
        },
    }
}

/// How far someone asks a status to go: by Mastodon's words, or by ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// `public`: up to the instance's default reach, listed.
    Public,
    /// `unlisted`: the same, not listed.
    Unlisted,
    /// `private`: followers.
    Private,
    /// `direct`: whom it names.
    Direct,
    /// `local_only`: this instance.
    LocalOnly,
    /// Exactly this.
    Reach(Reach),
}

/// The reach asked for, and whether public timelines list it.
pub const fn asked_reach(asked: Asked, default: Reach) -> (Reach, bool) {
    match asked {
        Asked::Public => (default, default.is_organisational()),
        Asked::Unlisted => (default, false),
        Asked::Private => (Reach::Followers, false),
        Asked::Direct => (Reach::Direct, false),
        Asked::LocalOnly => (Reach::Instance, true),
        Asked::Reach(reach) => (reach, reach.is_organisational()),
    }
}

/// The reach of an answer: what is asked for, but never further than what it answers. The author's
/// followers can be anywhere, so "followers" goes further than any organisation but the world, and an
/// answer to a status for an organisation asked to go to followers goes to those it names alone.
pub const fn reply_reach(parent: Reach, asked: Reach) -> Reach {
    use Reach::{Company, Direct, Followers, Instance, Partners, Public};
    match (parent, asked) {
        (Direct, _) | (_, Direct) => Direct,
        (Public, asked) => asked,
        (Followers, _) => Followers,
        (Instance | Company | Partners, Followers) => Direct,
        (Instance, _) | (_, Instance) => Instance,
        (Company, _) | (_, Company) => Company,
        (Partners, _) => Partners,
    }
}

/// How a status from elsewhere is addressed, as far as its reach goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressing {
    /// To everybody, first of all (as:Public in `to`).
    pub public: bool,
    /// To everybody, on the side (as:Public in `cc`).
    pub unlisted: bool,
    /// To the author's followers.
    pub followers: bool,
    /// Its `audience` is the author's host's company collection.
    pub company: bool,
    /// Its `audience` is the author's host's partners collection.
    pub partners: bool,
}

/// The reach of a status from elsewhere, and whether it is listed: by its addressing and by what its host
/// is to us. A company or partners audience counts only from a host of that tier; otherwise the status is
/// for the author's followers at most.
pub const fn inbound_reach(addressing: Addressing, tier: Tier) -> (Reach, bool) {
    if addressing.company && matches!(tier, Tier::Company) {
        (Reach::Company, true)
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

    const TIERS: [Tier; 5] = Tier::ALL;
    const MODES: [FederationMode; 3] =
        [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];

    fn facts(author_tier: Option<Tier>, reach: Reach) -> ReachFacts {
        ReachFacts {
            status: StatusId(1),
            author: AccountId(1),
            author_tier,
            reach,
            mentions_viewer: false,
            follows_author: false,
            author_blocks_viewer: false,
            author_suspended: false,
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
        ) -> ReachFacts {
            ReachFacts {
                mentions_viewer,
                follows_author,
                author_blocks_viewer,
                author_suspended,
                ..facts(author_tier, reach)
            }
        }
    }

    fn any_asker() -> impl Strategy<Value = Viewer> {
        prop_oneof![
            Just(Viewer::Anonymous),
            any_tier().prop_map(|tier| Viewer::Host { domain: "x.example".into(), tier }),
            any_tier().prop_map(|tier| Viewer::Actor { id: AccountId(7), tier }),
        ]
    }

    proptest! {
        /// Nobody is told of an answer for chosen people, unless they may see it; nor of one that their
        /// whole host could not have had from its author.
        #[test]
        fn a5_nobody_is_told_of_what_is_for_others(
            asker in any_asker(), facts in any_facts(), mode in any_mode(), public_pages: bool,
        ) {
            let setting = Setting { mode, public_pages };
            let told = may_be_told_of(&asker, &setting, &facts).is_ok();
            if facts.author_local() {
                prop_assert_eq!(told, may_see(&asker, &setting, &facts).is_ok());
            } else if told {
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

    /// The design's table, written out a second time: which tiers may ever get a reach for everybody there.
    #[test]
    fn each_cell_of_the_table() {
        let everyone = |mode, reach| -> Vec<Tier> {
            TIERS.into_iter().filter(|tier| may_deliver(mode, *tier, reach, false, false).is_ok()).collect()
        };
        for mode in MODES {
            for never in [Reach::Direct, Reach::Followers, Reach::Instance] {
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
        let bob = Viewer::Staff(AccountId(2));
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
        let company =
            Addressing { public: false, unlisted: false, followers: true, company: true, partners: false };
        assert_eq!(inbound_reach(company, Tier::Company), (Reach::Company, true));
        assert_eq!(inbound_reach(company, Tier::Partner), (Reach::Followers, false));
        let partners = Addressing { company: false, partners: true, ..company };
        assert_eq!(inbound_reach(partners, Tier::Partner), (Reach::Partners, true));
        assert_eq!(inbound_reach(partners, Tier::Open), (Reach::Followers, false));
        let nobody = Addressing { followers: false, company: false, ..company };
        assert_eq!(inbound_reach(nobody, Tier::Company), (Reach::Direct, false));
    }

    /// The hosts that get a status without knowing anyone.
    fn gets_all(mode: FederationMode, reach: Reach) -> Vec<Tier> {
        TIERS.into_iter().filter(|tier| may_deliver(mode, *tier, reach, false, false).is_ok()).collect()
    }

    proptest! {
        #[test]
        fn an_instance_status_never_leaves(mode in any_mode(), tier in any_tier(), follows: bool, named: bool) {
            prop_assert!(may_deliver(mode, tier, Reach::Instance, follows, named).is_err());
        }

        #[test]
        fn a_company_status_never_reaches_another_tier(
            mode in any_mode(), tier in any_tier(), follows: bool, named: bool,
        ) {
            let given = may_deliver(mode, tier, Reach::Company, follows, named).is_ok();
            prop_assert_eq!(given, tier == Tier::Company);
        }

        #[test]
        fn a_blocked_host_gets_nothing(mode in any_mode(), reach in any_reach(), follows: bool, named: bool) {
            prop_assert!(may_deliver(mode, Tier::Blocked, reach, follows, named).is_err());
        }

        #[test]
        fn more_bonds_never_hide(facts in any_facts(), mode in any_mode(), tier in any_tier()) {
            let setting = Setting { mode, public_pages: false };
            for viewer in [Viewer::Staff(AccountId(2)), Viewer::Actor { id: AccountId(2), tier }] {
                if may_see(&viewer, &setting, &facts).is_ok() {
                    let more = ReachFacts { mentions_viewer: true, follows_author: true, ..facts.clone() };
                    prop_assert!(may_see(&viewer, &setting, &more).is_ok());
                }
            }
        }

        #[test]
        fn a_remote_viewer_sees_nothing_that_would_not_be_delivered(
            facts in any_facts(), mode in any_mode(), tier in any_tier(),
        ) {
            let setting = Setting { mode, public_pages: true };
            let viewer = Viewer::Actor { id: AccountId(2), tier };
            if may_see(&viewer, &setting, &facts).is_ok() {
                let given = may_deliver(mode, tier, facts.reach, facts.follows_author, facts.mentions_viewer);
                prop_assert!(given.is_ok() && facts.author_local() && !facts.author_blocks_viewer);
            }
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
            // An answer to a status for an organisation stays in it: its author's followers may be anywhere.
            if matches!(parent, Reach::Instance | Reach::Company | Reach::Partners) {
                prop_assert!(answer != Reach::Followers && answer != Reach::Public);
            }
            if parent == Reach::Direct || asked == Reach::Direct {
                prop_assert_eq!(answer, Reach::Direct);
            }
        }
    }
}
