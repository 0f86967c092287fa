//! What a group of ours repeats in words of its own: the ids of these copies, and what each is of.

use super::Result;
use crate::model::status::Status;
use crate::store::Reader;

const COPY: &str = "/copy";

/// The id of the copy that a group sends of what it boosts.
pub(super) fn copy_of(boost: &str) -> String {
    format!("{boost}{COPY}")
}

/// The boost whose copy this is, or else the id as it is: whoever reports a copy means what the group has passed on.
pub(super) fn boost_of(id: &str) -> &str {
    id.strip_suffix(COPY).unwrap_or(id)
}

/// What a copy is of: whoever answers or likes that means what the group was sent.
pub(super) fn original_of(reader: &mut Reader<'_>, copy: &str) -> Result<Option<Status>> {
    let Some(boost) = copy.strip_suffix(COPY) else { return Ok(None) };
    let Some(boost) = reader.find_status_by_uri(boost)?.filter(|boost| boost.local) else { return Ok(None) };
    Ok(boost.reblog_of.map(|id| reader.find_status(id)).transpose()?.flatten())
}
