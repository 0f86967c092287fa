//! How far a post may go. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::Circle;
use crate::model::Reach;
use crate::model::reach::Extent;
use crate::service::statuses::Offer;

/// How far the caller may make a new post go.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reaches {
    /// Each, the narrowest first.
    reaches: Vec<ReachChoice>,
    /// The caller's circles.
    circles: Vec<Circle>,
}

/// How far a post may go.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ReachChoice {
    /// What to post with.
    reach: Reach,
    /// The partner to post with, of those for one of them.
    partner: Option<String>,
    /// What people call it.
    label: String,
    /// The same in a sentence.
    description: String,
    /// Whether a post goes so far if nothing is said.
    usual: bool,
}

impl ReachChoice {
    fn of(extent: &Extent, offer: &Offer) -> Self {
        let partner = extent.partner.as_ref().map(|partner| partner.domain.clone());
        let (label, description) = match &partner {
            Some(domain) => (
                format!("Company and {domain}"),
                format!("Everyone in the company and at {domain} can see this post"),
            ),
            None => (extent.reach.label().to_owned(), extent.reach.explanation().to_owned()),
        };
        Self { reach: extent.reach, partner, label, description, usual: offer.usual.as_ref() == Some(extent) }
    }
}

impl Reaches {
    /// Renders what may be chosen.
    pub fn render(offer: &Offer) -> Self {
        Self {
            reaches: offer.extents.iter().map(|extent| ReachChoice::of(extent, offer)).collect(),
            circles: offer.circles.iter().map(Circle::render).collect(),
        }
    }
}
