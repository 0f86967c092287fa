//! The reaches that a post may have. An extension of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::Circle;
use portico_domain::model::Reach;
use portico_domain::model::reach::AudienceLimits;
use portico_service::publishing::statuses::ReachOptions;

/// The reaches and circles that the caller may choose for a new post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reaches {
    /// The reaches, narrowest first.
    reaches: Vec<ReachChoice>,
    /// The caller's circles.
    circles: Vec<Circle>,
}

/// One reach that a post may have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ReachChoice {
    /// The value of `reach` to post with.
    reach: Reach,
    /// The value of `partner` to post with, for a post to a single partner.
    partner: Option<String>,
    /// The label for people.
    label: String,
    /// A description for people.
    description: String,
    /// Whether this is the default.
    usual: bool,
}

impl ReachChoice {
    fn from_offer(limits: &AudienceLimits, offer: &ReachOptions) -> Self {
        let partner = limits.partner.as_ref().map(|partner| partner.domain.clone());
        let (label, description) = match &partner {
            Some(domain) => (
                format!("Company and {domain}"),
                format!("Everyone in the company and at {domain} can see this post"),
            ),
            None => (limits.reach.label().to_owned(), limits.reach.explanation().to_owned()),
        };
        Self { reach: limits.reach, partner, label, description, usual: offer.usual.as_ref() == Some(limits) }
    }
}

impl Reaches {
    /// Renders the choices.
    pub fn render(offer: &ReachOptions) -> Self {
        Self {
            reaches: offer.choices.iter().map(|limits| ReachChoice::from_offer(limits, offer)).collect(),
            circles: offer.circles.iter().map(Circle::render).collect(),
        }
    }
}
