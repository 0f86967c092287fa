//! Statuses: posting, editing, narrowing, deleting and reading them. [`receive`](super::receive) has the remote
//! ones.

mod attach;
mod compose;
mod delete;
mod delivery_preview;
mod edit;
mod narrow;
mod post;
mod reach_options;
mod show;

pub use attach::AttachmentEdit;
pub(crate) use compose::compose_note;
pub use delete::{delete, delete_by_operator, delete_with_media};
pub(crate) use delivery_preview::preview;
pub use delivery_preview::{DeliveryPreview, HostPreview, deliveries};
pub(super) use edit::notify_of_edit;
pub use edit::{StatusEditInput, edit};
pub(super) use narrow::{follow_narrowing, may_say_direct};
pub use narrow::{narrow, narrower};
pub use post::NewStatus;
pub(crate) use post::{check, post};
pub use reach_options::{ReachOptions, list_reach_options};
pub use show::{
    boosted_by, context, embeddable, favourited_by, filter_by_grants, history, show, show_many, source,
};
