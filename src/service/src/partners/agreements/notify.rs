//! Notifies administrators about agreements: what partners did, and approaching end dates. Uses direct posts
//! of the instance actor, so that they show in every client app and count for digest mails.

use crate::instance::Instance;
use crate::publishing::system_messages::{self, MessageWriter};
use crate::{Error, Result};
use portico_domain::model::agreement::{Agreement, State};
use portico_domain::model::moderation::Moderator;
use portico_domain::policy::agreements::ends_soon;
use portico_domain::policy::moderation::{Power, may};
use portico_store::Tx;

/// The event to notify administrators of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AdministratorNotice {
    /// The partner proposed an agreement.
    Proposed,
    /// The partner accepted this instance's proposal.
    Accepted,
    /// The partner rejected this instance's proposal.
    Rejected,
    /// The partner ended the agreement in force.
    Ended,
    /// The agreement will soon reach its end date.
    EndsSoon,
    /// The agreement has reached its end date.
    Expired,
}

impl AdministratorNotice {
    /// Describes the event in a sentence. The link to the page follows it.
    fn describe(self, agreement: &Agreement) -> String {
        let (domain, version) = (&agreement.domain, agreement.text.version);
        let what = if agreement.two_sided { "agreement" } else { "one-sided terms" };
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
                "The {what} with {domain} (version {version}) will end on {ends}. To continue it, propose a new version:"
            ),
            Self::Expired => format!("The {what} with {domain} (version {version}) has expired:"),
        }
    }
}

/// Sends a direct post to every administrator who can sign in.
pub(super) fn notify_administrators(
    tx: &mut Tx<'_>,
    writer: &MessageWriter,
    agreement: &Agreement,
    news: AdministratorNotice,
) -> Result<()> {
    let Some(instance) = tx.find_instance_actor()? else { return Ok(()) };
    let page = writer.page_url(&format!("/agreements/{}", agreement.domain));
    let words = format!("{} {page}", news.describe(agreement));
    for id in tx.list_administrators()? {
        if let Some(administrator) = tx.find_account(id)? {
            system_messages::write_message(tx, writer, &instance, &administrator, &words, &[])?;
        }
    }
    Ok(())
}

/// The agreements that need an administrator's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PendingAgreements {
    /// How many proposals of partners are open.
    pub proposals: i64,
    /// How many agreements in force end within a fortnight.
    pub ending: i64,
}

/// Counts the agreements that need attention.
///
/// # Errors
/// `Refused` when the role does not allow it.
pub async fn count_pending(instance: &Instance, by: &Moderator) -> Result<PendingAgreements> {
    may(by.role, Power::Hosts)?;
    instance
        .store
        .read(|reader| {
            let now = reader.now();
            let in_force = reader.list_agreements(&[State::Accepted])?;
            let ends = in_force.iter().filter_map(|agreement| agreement.text.ends_at());
            let ending = ends.filter(|ends| ends_soon(*ends, now)).count();
            Ok::<_, Error>(PendingAgreements {
                proposals: reader.count_proposals()?,
                ending: i64::try_from(ending).unwrap_or(i64::MAX),
            })
        })
        .await
}
