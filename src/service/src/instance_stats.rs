//! Statistics for the public description of an instance.

use crate::Result;
use crate::instance::Instance;
use portico_domain::model::view::Figures;
use portico_domain::policy::exposure::tells_figures;
use portico_domain::policy::reach::Viewer;

/// How recently a user must have been active to count as active: 30 days.
const ACTIVE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Counts users, posts and hosts. Returns zeros for viewers who may not see the statistics.
pub async fn count(instance: &Instance, viewer: &Viewer) -> Result<Figures> {
    if !tells_figures(viewer) {
        return Ok(Figures::default());
    }
    instance
        .store
        .read(move |reader| Ok(reader.count_figures(reader.now().plus_seconds(-ACTIVE_SECONDS))?))
        .await
}
