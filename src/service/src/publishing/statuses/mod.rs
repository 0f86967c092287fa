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
pub use delivery_preview::{DeliveryPreview, HostPreview, deliveries, preview};
pub use edit::{StatusEditInput, edit};
pub use narrow::{may_say_direct, narrow, narrower};
pub(crate) use post::check;
pub use post::{NewStatus, post};
pub use reach_options::{ReachOptions, list_reach_options};
pub use receive::{Arrival, receive, receive_delete, receive_edit};
pub use show::{
    boosted_by, context, embeddable, favourited_by, filter_by_grants, history, show, show_many, source,
};
