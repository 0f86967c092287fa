//! Consent: which of the statuses that somebody may see may also be found by searching for their words.
//!
//! Being shown a post where it belongs is not being found by any word of it. Staff find what is theirs or
//! what they have had to do with; what colleagues listed for the organisation; and the listed posts of
//! people elsewhere who agreed to be found. Nobody else searches posts. What may be found is a plain value
//! that the store turns into SQL beside [`reach`](super::reach)'s scope, which it can only narrow.

use super::reach::Viewer;
use crate::model::{AccountId, Reach};

/// What a person may find, of what they may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findable {
    /// Whose own statuses, and whose library, are in it.
    pub viewer: AccountId,
    /// Listed statuses of this instance's people with these reaches are in it.
    pub colleagues: &'static [Reach],
    /// Listed statuses with these reaches are in it when their author agreed to be found.
    pub indexable: &'static [Reach],
}

/// What this viewer may find; none who may not search posts.
pub const fn findable(viewer: &Viewer) -> Option<Findable> {
    let Viewer::Staff(me) = viewer else { return None };
    Some(Findable {
        viewer: *me,
        colleagues: &[Reach::Instance, Reach::Company, Reach::Partners, Reach::Public],
        indexable: &[Reach::Company, Reach::Partners, Reach::Public],
    })
}
