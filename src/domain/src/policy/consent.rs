//! Decisions about full-text search: which visible statuses a viewer may find by their words.
//!
//! Visibility does not imply findability. Signed-in users find their own statuses and those they interacted
//! with, listed statuses of colleagues, and listed statuses of remote authors who agreed to be indexed.
//! Others cannot search statuses. The result is a plain value that the store turns into SQL in addition to
//! the scope of [`reach`](super::reach), which it can only narrow.

use super::reach::Viewer;
use crate::model::{AccountId, Reach};

/// The statuses that a viewer may find, among those the viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findable {
    /// The viewer, whose own statuses and library are included.
    pub viewer: AccountId,
    /// The reaches of listed statuses of local authors that are included.
    pub colleagues: &'static [Reach],
    /// The reaches of listed statuses that are included if their author agreed to be indexed.
    pub indexable: &'static [Reach],
}

/// Returns the statuses that this viewer may find; `None` if the viewer may not search statuses.
pub const fn findable(viewer: &Viewer) -> Option<Findable> {
    let Viewer::Local(me) = viewer else { return None };
    Some(Findable {
        viewer: *me,
        colleagues: &[Reach::Instance, Reach::Company, Reach::Partners, Reach::Public],
        indexable: &[Reach::Company, Reach::Partners, Reach::Public],
    })
}
