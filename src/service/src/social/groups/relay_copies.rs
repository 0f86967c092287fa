//! Ids of the relay copies that a local group publishes of remote members' posts, and the lookup from copy to
//! original.

use crate::Result;
use portico_domain::model::status::Status;
use portico_store::Reader;

const COPY: &str = "/copy";

/// Returns the id of the copy that a group sends for a boost.
pub fn copy_of(boost: &str) -> String {
    format!("{boost}{COPY}")
}

/// Returns the boost to which a copy belongs, or the id unchanged. A report of a copy is about the group's
/// boost.
pub fn boost_of(id: &str) -> &str {
    id.strip_suffix(COPY).unwrap_or(id)
}

/// Returns the original of a copy. A reply to a copy, or a Like of it, is about the original.
pub(crate) fn original_of(reader: &mut Reader<'_>, copy: &str) -> Result<Option<Status>> {
    let Some(boost) = copy.strip_suffix(COPY) else { return Ok(None) };
    let Some(boost) = reader.find_status_by_uri(boost)?.filter(|boost| boost.local) else { return Ok(None) };
    Ok(boost.boost_of.map(|id| reader.find_status(id)).transpose()?.flatten())
}
