//! Statuses: posting, editing, deleting, reading, and receiving remote ones.

mod attach;
mod compose;
mod delete;
mod delivery_preview;
mod edit;
mod narrow;
mod post;
mod reach_options;
mod receive;
mod show;

pub use attach::AttachmentEdit;
pub(crate) use compose::compose_note;
pub use delete::{delete, delete_by_operator, delete_with_media};
pub(crate) use delivery_preview::preview;
pub use delivery_preview::{DeliveryPreview, HostPreview, deliveries};
pub use edit::{StatusEdit, edit};
pub use narrow::{may_say_direct, narrow, narrower};
pub use post::NewStatus;
pub(crate) use post::{check, post};
pub use reach_options::{ReachOptions, list_reach_options};
pub use receive::{Arrival, receive, receive_delete, receive_edit};
pub use show::{
    boosted_by, context, embeddable, favourited_by, filter_by_grants, history, show, show_many, source,
};
