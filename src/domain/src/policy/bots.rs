//! Decisions about bots: who may create them, and their reach, which never exceeds that of their owner or
//! the operator's limit.

use super::Refusal;
use super::reach::{open_to_host, reply_reach};
use crate::model::Reach;
use crate::model::bot::Makers;
use crate::model::peer::Tier;
use crate::model::user::Role;

/// Checks whether a user with this role may create bots.
pub fn may_make(makers: Makers, role: Role) -> Result<(), Refusal> {
    let least = match makers {
        Makers::Staff => Role::Member,
        Makers::Moderators => Role::Moderator,
        Makers::Admins => Role::Admin,
    };
    if role >= least { Ok(()) } else { Err(Refusal::Role) }
}

/// Checks whether a user may manage a bot: its owner or an administrator. Others get [`Refusal::Hidden`],
/// so that they do not learn that the bot exists.
pub fn may_tend(is_owner: bool, role: Role) -> Result<(), Refusal> {
    if is_owner || role == Role::Admin { Ok(()) } else { Err(Refusal::Hidden) }
}

/// Returns the widest ceiling that a user with this role may give a bot: any for administrators, the
/// default reach of the instance for everyone else.
pub const fn highest(role: Role, default_reach: Reach) -> Reach {
    match role {
        Role::Admin => Reach::Public,
        Role::Moderator | Role::Member => default_reach,
    }
}

/// Whether one ceiling is within another.
pub const fn is_within(ceiling: Reach, highest: Reach) -> bool {
    ceiling.is_organisational()
        && matches!(
            (highest, ceiling),
            (Reach::Public, _)
                | (Reach::Partners, Reach::Partners | Reach::Company | Reach::Instance)
                | (Reach::Company, Reach::Company | Reach::Instance)
                | (Reach::Instance, Reach::Instance)
        )
}

/// Returns the reach of a bot's post: the requested one, limited to the bot's ceiling. Under any ceiling
/// but public, a post for followers goes to mentioned people only, because a bot's followers can be
/// anywhere.
pub const fn bounded(ceiling: Reach, asked: Reach) -> Reach {
    reply_reach(ceiling, asked)
}

/// Checks whether a bot may address chosen people on a host of this tier (`None`: this instance). Its
/// ceiling must include that host.
pub fn may_write_to(ceiling: Reach, tier: Option<Tier>) -> Result<(), Refusal> {
    let allowed = match tier {
        None => true,
        Some(_) if matches!(ceiling, Reach::Public) => true,
        Some(tier) => open_to_host(tier).contains(&ceiling),
    };
    if allowed { Ok(()) } else { Err(Refusal::Reach) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_decides_who_makes_bots() {
        for (makers, allowed) in [(Makers::Staff, 3), (Makers::Moderators, 2), (Makers::Admins, 1)] {
            let may = Role::ALL.iter().copied().filter(|role| may_make(makers, *role).is_ok()).count();
            assert_eq!(may, allowed, "{makers:?}");
        }
        assert!(may_tend(true, Role::Member).is_ok() && may_tend(false, Role::Admin).is_ok());
        assert_eq!(may_tend(false, Role::Moderator), Err(Refusal::Hidden));
    }

    #[test]
    fn nobody_lets_a_bot_go_further_than_they_may() {
        assert!(is_within(Reach::Company, highest(Role::Member, Reach::Company)));
        assert!(!is_within(Reach::Partners, highest(Role::Moderator, Reach::Company)));
        assert!(is_within(Reach::Public, highest(Role::Admin, Reach::Instance)));
        for chosen in [Reach::Direct, Reach::Followers] {
            assert!(!is_within(chosen, Reach::Public), "a ceiling is an organisation or more");
        }
    }

    #[test]
    fn a_bot_stays_below_its_ceiling() {
        use Reach::{Company, Direct, Followers, Instance, Partners, Public};
        for (ceiling, asked, got) in [
            (Instance, Public, Instance),
            (Company, Partners, Company),
            (Company, Instance, Instance),
            (Company, Followers, Direct),
            (Partners, Public, Partners),
            (Public, Followers, Followers),
            (Public, Public, Public),
            (Instance, Direct, Direct),
        ] {
            assert_eq!(bounded(ceiling, asked), got, "{ceiling} {asked}");
        }
        assert!(may_write_to(Instance, None).is_ok());
        assert!(may_write_to(Instance, Some(Tier::Company)).is_err());
        assert!(may_write_to(Company, Some(Tier::Company)).is_ok());
        assert!(may_write_to(Company, Some(Tier::Partner)).is_err());
        assert!(may_write_to(Partners, Some(Tier::Partner)).is_ok());
        assert!(may_write_to(Public, Some(Tier::Limited)).is_ok());
    }
}
