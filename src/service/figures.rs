//! What is counted about an instance, for its public description.

use super::Result;
use crate::instance::Instance;
use crate::model::view::Figures;
use crate::policy::exposure::tells_figures;
use crate::policy::reach::Viewer;

/// How long ago somebody may have been here to count as active: 30 days.
const ACTIVE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Counts people, posts and hosts, for those who may know; for others, everything is zero.
pub async fn count(instance: &Instance, viewer: &Viewer) -> Result<Figures> {
    if !tells_figures(viewer) {
        return Ok(Figures::default());
    }
    instance
        .store
        .read(move |reader| Ok(reader.count_figures(reader.now().plus_seconds(-ACTIVE_SECONDS))?))
        .await
}
