//! The relationship of the viewer to another account.

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::{Timestamp, relationship};

/// The relationship of the viewer to another account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Relationship {
    id: String,
    following: bool,
    showing_reblogs: bool,
    notifying: bool,
    languages: Option<Vec<String>>,
    followed_by: bool,
    blocking: bool,
    blocked_by: bool,
    muting: bool,
    muting_notifications: bool,
    muting_expires_at: Option<String>,
    requested: bool,
    requested_by: bool,
    domain_blocking: bool,
    endorsed: bool,
    note: String,
}

impl Relationship {
    /// Renders a relationship.
    pub fn render(relationship: &relationship::Relationship) -> Self {
        Self {
            id: relationship.id.to_string(),
            following: relationship.following,
            showing_reblogs: relationship.showing_boosts,
            notifying: relationship.notifying,
            languages: relationship.languages.clone(),
            followed_by: relationship.followed_by,
            blocking: relationship.blocking,
            blocked_by: relationship.blocked_by,
            muting: relationship.muting,
            muting_notifications: relationship.muting_notifications,
            muting_expires_at: relationship.muting_expires_at.map(Timestamp::rfc3339),
            requested: relationship.requested,
            requested_by: relationship.requested_by,
            domain_blocking: relationship.domain_blocking,
            endorsed: relationship.endorsed,
            note: relationship.note.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn relationship() {
        insta::assert_json_snapshot!(Relationship::render(&relationship::Relationship {
            id: samples::erin().id,
            following: true,
            showing_boosts: true,
            notifying: false,
            followed_by: true,
            blocking: false,
            blocked_by: false,
            muting: true,
            muting_notifications: true,
            muting_expires_at: Some(samples::moment()),
            requested: false,
            requested_by: false,
            domain_blocking: false,
            endorsed: true,
            note: "met in Graz".into(),
            languages: Some(vec!["de".into()]),
        }));
    }
}
