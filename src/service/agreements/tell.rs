//! Administrators are told what partners do about agreements, and that one is about to end: by a direct post of the
//! instance's own. So it shows in whatever app they use, and counts for the mail of what they missed.

use crate::instance::Instance;
use crate::model::agreement::{Agreement, State};
use crate::model::moderation::Moderator;
use crate::policy::agreements::ends_soon;
use crate::policy::moderation::{Power, may};
use crate::service::letters::{self, Pen};
use crate::service::{Error, Result};
use crate::store::Tx;

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// The partner proposes.
    Proposed,
    /// The partner has accepted what this instance proposed.
    Accepted,
    /// The partner does not want it.
    Rejected,
    /// The partner has ended what was in force.
    Ended,
    /// It ends by its date before long.
    EndsSoon,
    /// It has ended by its date.
    Expired,
}

impl News {
    /// In a sentence, to be followed by the address of the page.
    fn in_words(self, agreement: &Agreement) -> String {
        let (domain, version) = (&agreement.domain, agreement.text.version);
        let what = if agreement.two_sided { "agreement" } else { "terms of our own" };
        let ends = agreement.text.ends_at().map(|ends| ends.date()).unwrap_or_default();
        match self {
            Self::Proposed => {
                format!(
                    "{domain} proposes an agreement (version {version}). Read it, and accept or reject it:"
                )
            }
            Self::Accepted => {
                format!("{domain} has accepted the agreement that we proposed (version {version}):")
            }
            Self::Rejected => {
                format!("{domain} has rejected the agreement that we proposed (version {version}):")
            }
            Self::Ended => format!("{domain} has ended the agreement (version {version}):"),
            Self::EndsSoon => format!(
                "The {what} with {domain} (version {version}) will end on {ends}. If it shall go on, make a new version:"
            ),
            Self::Expired => format!("The {what} with {domain} (version {version}) has ended by its date:"),
        }
    }
}

/// Tells every administrator who can sign in.
pub(super) fn tell(tx: &mut Tx<'_>, pen: &Pen, agreement: &Agreement, news: News) -> Result<()> {
    let Some(instance) = tx.find_instance_actor()? else { return Ok(()) };
    let page = pen.page(&format!("/agreements/{}", agreement.domain));
    let words = format!("{} {page}", news.in_words(agreement));
    for id in tx.list_administrators()? {
        if let Some(administrator) = tx.find_account(id)? {
            letters::write(tx, pen, &instance, &administrator, &words, &[])?;
        }
    }
    Ok(())
}

/// What of agreements waits for an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Matters {
    /// How many proposals of partners wait for an answer.
    pub proposals: i64,
    /// How many agreements that are in force end within a fortnight.
    pub ending: i64,
}

/// What of agreements waits for an administrator.
///
/// # Errors
/// `Refused` when the role does not allow it.
pub async fn matters(instance: &Instance, by: &Moderator) -> Result<Matters> {
    may(by.role, Power::Hosts)?;
    instance
        .store
        .read(|reader| {
            let now = reader.now();
            let in_force = reader.list_agreements(&[State::Accepted])?;
            let ends = in_force.iter().filter_map(|agreement| agreement.text.ends_at());
            let ending = ends.filter(|ends| ends_soon(*ends, now)).count();
            Ok::<_, Error>(Matters {
                proposals: reader.count_proposals()?,
                ending: i64::try_from(ending).unwrap_or(i64::MAX),
            })
        })
        .await
}
