//! The reach choices for a new post, for the compose form and for clients.

use super::post::to_partner;
use crate::instance::Instance;
use crate::social::circles;
use crate::{Error, Result};
use portico_domain::model::circle::Circle;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::status::Status;
use portico_domain::model::user::User;
use portico_domain::model::{Reach, StatusId};
use portico_domain::policy::audience_limits::{ParentOrigin, quote_limits, reply_limits};
use portico_domain::policy::reach::{is_under, lowered};
use portico_store::Reader;

/// The extents available for a new post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReachOptions {
    /// The available extents, narrowest first.
    pub choices: Vec<AudienceLimits>,
    /// The default extent.
    pub usual: Option<AudienceLimits>,
    /// The author's circles.
    pub circles: Vec<Circle>,
    /// For a reply to a post that was addressed to accounts without mentioning them: the number of other
    /// recipients, if the reply can go to all of them.
    pub addressed: Option<usize>,
}

/// The status that is replied to or quoted, with its extent and its author's origin.
struct LimitingStatus {
    status: Status,
    limits: AudienceLimits,
    tier: Option<portico_domain::model::peer::Tier>,
    host: Option<String>,
}

impl LimitingStatus {
    fn find(reader: &mut Reader<'_>, id: Option<StatusId>) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        let Some(status) = reader.find_status(id)? else { return Ok(None) };
        let Some(author) = reader.find_account(status.account_id)? else { return Ok(None) };
        let tier = reader.tier_of_account(&author)?;
        Ok(Some(Self { limits: status.audience_limits(), status, tier, host: author.domain }))
    }

    fn origin(&self) -> ParentOrigin<'_> {
        self.tier.zip(self.host.as_deref())
    }
}

/// Returns the extents available to a user for a new post that may reply to or quote a status.
pub async fn list_reach_options(
    instance: &Instance,
    user: &User,
    answered: Option<StatusId>,
    quoted: Option<StatusId>,
) -> Result<ReachOptions> {
    let (me, ceiling) = (user.account_id, instance.settings.ceilings.of(user.role));
    let usual = user.default_reach.unwrap_or(instance.settings.default_reach);
    let wanted = AudienceLimits::from(lowered(usual, ceiling));
    instance
        .store
        .read(move |reader| {
            let (answered, quoted) =
                (LimitingStatus::find(reader, answered)?, LimitingStatus::find(reader, quoted)?);
            // The effective extent, if this one is requested.
            let become_of = |asked: &AudienceLimits| {
                let mut limits = asked.clone();
                if let Some(outer) = &answered {
                    limits = reply_limits(&outer.limits, outer.origin(), &limits)?;
                }
                if let Some(outer) = &quoted {
                    limits = quote_limits(&outer.limits, outer.origin(), &limits)?;
                }
                Ok::<_, portico_domain::policy::Refusal>(limits)
            };
            let in_group = answered.as_ref().is_some_and(|outer| outer.limits.reach == Reach::Group);
            let asked: Vec<AudienceLimits> = if in_group {
                vec![Reach::Group.into(), Reach::Direct.into()]
            } else {
                let one = reader.list_partners()?.into_iter().map(|domain| to_partner(&domain));
                let mut asked: Vec<AudienceLimits> =
                    Reach::CHOICES.into_iter().map(AudienceLimits::from).collect();
                asked.retain(|limits| is_under(limits.reach, ceiling));
                if let Some(after) = asked.iter().position(|limits| limits.reach == Reach::Partners) {
                    asked.splice(after..after, one);
                }
                asked
            };
            let mut choices: Vec<AudienceLimits> = Vec::new();
            for limits in &asked {
                // An extent that would be narrowed to a partner is offered in its narrowed form, once. Any
                // other is offered only if it stays unchanged.
                let became = become_of(limits).ok();
                let became = became.filter(|became| became == limits || became.partner.is_some());
                let new = became.filter(|became| !choices.contains(became));
                choices.extend(new);
            }
            let usual = become_of(&wanted).ok().filter(|usual| choices.contains(usual));
            let usual = usual.or_else(|| choices.last().cloned());
            let everybody = match &answered {
                Some(outer) => circles::list_recipients(reader, me, &outer.status)?,
                None => None,
            };
            let addressed = everybody.map(|everybody| everybody.len().saturating_sub(1));
            Ok::<_, Error>(ReachOptions { choices, usual, circles: reader.list_circles(me)?, addressed })
        })
        .await
}
