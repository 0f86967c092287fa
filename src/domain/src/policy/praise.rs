//! Decisions about praise: whose praise is accepted, and who may hide it from a profile.

use super::Refusal;
use crate::model::AccountId;
use crate::model::peer::Tier;

/// Checks whether an author may praise this account: any account but their own.
pub fn may_praise(author: AccountId, praised: AccountId) -> Result<(), Refusal> {
    if author == praised { Err(Refusal::Yourself) } else { Ok(()) }
}

/// Whether praise from a host of this tier is shown on local profiles: only from the company and its
/// partners.
pub const fn is_believed(tier: Tier) -> bool {
    matches!(tier, Tier::Company | Tier::Partner)
}

/// Whether a profile shows praise to this viewer. Hidden praise is shown to the owner of the profile only.
pub fn is_shown(viewer: Option<AccountId>, praised: AccountId, hidden: bool) -> bool {
    !hidden || viewer == Some(praised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn praise_is_of_others_and_by_those_we_know() {
        assert_eq!(may_praise(AccountId(1), AccountId(1)), Err(Refusal::Yourself));
        assert!(may_praise(AccountId(1), AccountId(2)).is_ok());
        let believed = Tier::ALL.iter().copied().filter(|tier| is_believed(*tier)).collect::<Vec<_>>();
        assert_eq!(believed.len(), 2);
        assert!(!is_believed(Tier::Open) && !is_believed(Tier::Limited) && !is_believed(Tier::Blocked));
    }

    #[test]
    fn hidden_praise_shows_only_to_its_owner() {
        let owner = AccountId(1);
        assert!(is_shown(Some(owner), owner, true));
        assert!(!is_shown(Some(AccountId(2)), owner, true) && !is_shown(None, owner, true));
        assert!(is_shown(None, owner, false));
    }
}
