//! Markers: how far a user has read each timeline, shared by all devices.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::view::Marker;

/// The timelines that have a marker.
pub const TIMELINES: [&str; 2] = ["home", "notifications"];

/// Returns the markers of these timelines; leaves out unset ones and unknown timelines.
pub async fn list(instance: &Instance, me: AccountId, timelines: Vec<String>) -> Result<Vec<Marker>> {
    instance.store.read(move |reader| Ok(reader.list_markers(me, &timelines)?)).await
}

/// Sets markers, given as timeline and last read id, and returns them.
///
/// # Errors
/// `Invalid` if a value is not an id.
pub async fn set(
    instance: &Instance,
    me: AccountId,
    marks: Vec<(&'static str, String)>,
) -> Result<Vec<Marker>> {
    for (timeline, id) in &marks {
        if id.is_empty() || id.len() > 19 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid(format!("{timeline}.last_read_id is not an id")));
        }
    }
    instance
        .store
        .write(move |tx| {
            for (timeline, id) in &marks {
                tx.set_marker(me, timeline, id)?;
            }
            let timelines: Vec<String> = marks.iter().map(|(timeline, _)| (*timeline).to_owned()).collect();
            Ok(tx.list_markers(me, &timelines)?)
        })
        .await
}
