//! Narrowed posts: an Update for recipients that may keep the post and whose hosts apply the narrower reach,
//! and a Delete for all other recipients of the earlier version.

use std::collections::HashSet;

use super::{ActivityContext, Outgoing, followers_of, local_status, written};
use crate::Result;
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::addressing::Written;
use portico_domain::model::{Reach, StatusId, Timestamp};
use portico_domain::policy::audience_limits::{Aftermath, aftermath};
use portico_domain::policy::reach::host_allowed;
use portico_service::publishing::audience::RecipientHosts;
use portico_store::{Destination, Tx};

/// Writes the Update and the recall of a narrowed post, and drops its waiting deliveries to hosts that lose
/// it.
pub(super) fn narrowed(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: StatusId,
    at: Timestamp,
) -> Result<Vec<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(Vec::new()) };
    let (uri, limits) = (view.status.uri.clone(), view.status.audience_limits());
    let named = tx.list_addressed(id)?;
    let mut hosts = match limits.reach {
        Reach::Instance => RecipientHosts::default(),
        _ => RecipientHosts::for_status(
            tx,
            speaker.sender(),
            view.account.id,
            &limits,
            view.status.group,
            &named,
        )?,
    };
    let got = tx.list_delivered(&uri)?;
    let had: HashSet<String> = got.iter().map(|(_, host)| host.clone()).collect();
    hosts.add_others(got.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    let (mut updated, mut recalled, mut losing) = (Vec::new(), Vec::new(), Vec::new());
    for (host, tier, bonds, may_have) in hosts.judge(tx, speaker.mode, &limits)? {
        let inboxes = bonds.inboxes.into_iter().map(|inbox| Destination { inbox, host: host.clone() });
        match aftermath(tier, may_have.is_ok()) {
            Aftermath::Updated => updated.extend(inboxes),
            Aftermath::Recalled if had.contains(&host) => {
                if host_allowed(speaker.mode, tier).is_ok() {
                    recalled.extend(inboxes);
                }
                losing.push(host);
            }
            Aftermath::Recalled => {}
        }
    }
    tx.drop_waiting(&uri, &losing)?;
    tx.mark_deliveries_recalled(&uri, &recalled)?;
    let (author, followers) = (&view.account, followers_of(&view.account));
    let mut said = Vec::new();
    if !recalled.is_empty() {
        let activity = activity::write(
            Kind::Delete,
            &format!("{uri}#recall/{}", at.millis()),
            &author.uri,
            activity::tombstone(&uri),
            &Written::to(&[&followers]),
        );
        said.push(Outgoing { from: author.id, activity, brings: None, to: recalled });
    }
    if let Some(note) = written(tx, speaker, &view)?.filter(|_| !updated.is_empty()) {
        let id = format!("{uri}#narrowed/{}", at.millis());
        let activity = activity::with_note(Kind::Update, &id, &author.uri, note, &at.rfc3339());
        said.push(Outgoing { from: author.id, activity, brings: Some(uri), to: updated });
    }
    Ok(said)
}
