//! Statistics for the public description of an instance.

use crate::Result;
use crate::instance::Instance;
use portico_domain::model::view::InstanceStats;
use portico_domain::policy::exposure::shows_counts;
use portico_domain::policy::reach::Viewer;

/// How recently a user must have been active to count as active: 30 days.
const ACTIVE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Counts users, posts and hosts. Returns zeros for viewers who may not see the statistics.
pub async fn count(instance: &Instance, viewer: &Viewer) -> Result<InstanceStats> {
    if !shows_counts(viewer) {
        return Ok(InstanceStats::default());
    }
    instance
        .store
        .read(move |reader| Ok(reader.count_instance_stats(reader.now().plus_seconds(-ACTIVE_SECONDS))?))
        .await
}
