//! Statuses: posting, editing, deleting, reading, and receiving remote ones.

mod attach;
mod compose;
mod delete;
mod edit;
mod narrow;
mod offer;
mod post;
mod reached;
mod receive;
mod show;

pub use attach::MediaNote;
pub(crate) use compose::compose_note;
pub use delete::{delete, delete_by_operator, delete_with_media};
pub use edit::{Edit, edit};
pub use narrow::{may_say_direct, narrow, narrower};
pub use offer::{Offer, offer};
pub(crate) use post::check;
pub use post::{NewStatus, post};
pub use reached::{HostGets, Preview, deliveries, preview};
pub use receive::{Arrival, receive, receive_delete, receive_edit};
pub(crate) use show::seen;
pub use show::{as_given, boosted_by, context, embeddable, favourited_by, history, show, show_many, source};
