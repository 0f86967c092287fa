//! Decides which links may be looked up: fetching a page reveals to its host that its address was posted
//! here.

use crate::model::Reach;
use crate::model::card::LinkPreviews;

/// Whether the link of a post with this reach may be looked up. Never for posts to chosen people, since the
/// address itself may be secret.
pub const fn may_look_up(allowed: LinkPreviews, reach: Reach) -> bool {
    match allowed {
        LinkPreviews::Off => false,
        LinkPreviews::Public => matches!(reach, Reach::Public),
        LinkPreviews::Organisation => reach.is_organisational(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_operator_allows_is_looked_up() {
        for &reach in Reach::ALL {
            assert!(!may_look_up(LinkPreviews::Off, reach));
            assert_eq!(may_look_up(LinkPreviews::Public, reach), reach == Reach::Public, "{reach}");
            let chosen = matches!(reach, Reach::Direct | Reach::Followers | Reach::Group);
            assert_eq!(may_look_up(LinkPreviews::Organisation, reach), !chosen, "{reach}");
        }
        assert_eq!(LinkPreviews::default(), LinkPreviews::Public);
    }
}
