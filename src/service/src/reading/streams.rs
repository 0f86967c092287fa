//! The content of open streams. It is computed for many viewers at once, with the same policy and read models
//! as for API requests.

use std::collections::{HashMap, HashSet};

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::list::RepliesPolicy;
use portico_domain::model::live::Live;
use portico_domain::model::view::{NotificationView, StatusView};
use portico_domain::model::{AccountId, ListId, NotificationId, Reach, StatusId};
use portico_domain::policy::moderation::may_list;
use portico_domain::policy::reach::{self, Setting};
use portico_store::Reader;

/// Subscribes to the events of the instance, from now on.
pub fn listen(instance: &Instance) -> tokio::sync::broadcast::Receiver<Live> {
    instance.store.listen()
}

/// Waits until [`listen`] receives every event.
pub async fn await_listener(instance: &Instance) {
    instance.store.listening().await;
}

/// Returns a status as seen by each viewer who may see it and does not hide its author.
pub async fn views(
    instance: &Instance,
    status: StatusId,
    viewers: Vec<AccountId>,
) -> Result<HashMap<AccountId, StatusView>> {
    let setting = setting(instance);
    instance.store.read(move |reader| load_views(reader, &setting, status, viewers)).await
}

fn load_views(
    reader: &mut Reader<'_>,
    setting: &Setting,
    status: StatusId,
    mut viewers: Vec<AccountId>,
) -> Result<HashMap<AccountId, StatusView>> {
    let Some(found) = reader.find_status(status)? else { return Ok(HashMap::new()) };
    let mut authors = vec![found.account_id];
    for id in std::iter::once(status).chain(found.boost_of) {
        let facts = reader.reach_facts_for_local(id, &viewers)?;
        authors.extend(facts.first().map(|(_, facts)| facts.author));
        let seeing = facts
            .iter()
            .filter(|(viewer, facts)| reach::may_see(&Viewer::Local(*viewer), setting, facts).is_ok())
            .map(|(viewer, _)| *viewer);
        viewers = seeing.collect();
    }
    let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
    let hiding = reader.filter_hiding(&authors.iter().map(|id| id.0).collect::<Vec<_>>(), &raw)?;
    viewers.retain(|viewer| !hiding.contains(&viewer.0));
    if viewers.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(reader.status_views_for(status, &viewers)?)
}

/// Filters the viewers of a status to those who may see it on public timelines.
pub async fn listed(
    instance: &Instance,
    views: &HashMap<AccountId, StatusView>,
) -> Result<HashSet<AccountId>> {
    let viewers: Vec<AccountId> = views.keys().copied().collect();
    let Some(author) = views.values().next().map(|view| view.account.clone()) else {
        return Ok(HashSet::new());
    };
    let silenced = author.silenced_at.is_some();
    let following = if silenced {
        let asked = viewers.clone();
        instance.store.read(move |reader| reader.filter_following(author.id, &asked)).await?
    } else {
        HashSet::new()
    };
    let may = |viewer: &AccountId| may_list(silenced, following.contains(viewer), *viewer == author.id);
    Ok(viewers.into_iter().filter(may).collect())
}

/// Returns a status as seen by each viewer who has it on the home timeline now.
pub async fn at_home(
    instance: &Instance,
    status: StatusId,
    viewers: Vec<AccountId>,
) -> Result<HashMap<AccountId, StatusView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let there = reader.filter_with_home_entry(status, &viewers)?;
            let Some(found) = reader.find_status(status)? else { return Ok(HashMap::new()) };
            let mut viewers: Vec<AccountId> = viewers.into_iter().filter(|id| there.contains(id)).collect();
            // A viewer who keeps the author to lists does not have the post on the home timeline.
            let kept = reader.filter_keeping_to_lists(found.account_id, &viewers)?;
            viewers.retain(|viewer| !kept.contains(viewer));
            load_views(reader, &setting, status, viewers)
        })
        .await
}

/// Filters lists to those whose timelines contain a status.
pub async fn lists_with(
    instance: &Instance,
    status: StatusId,
    lists: Vec<(AccountId, ListId)>,
) -> Result<Vec<ListId>> {
    instance
        .store
        .read(move |reader| {
            let Some(found) = reader.find_status(status)? else { return Ok(Vec::new()) };
            let holding = reader.find_lists_with_author(found.account_id)?;
            let answered = found.in_reply_to_account_id;
            let first = found.in_reply_to_uri.is_none() || answered == Some(found.account_id);
            let owners: Vec<AccountId> = lists.iter().map(|(owner, _)| *owner).collect();
            let (also_holding, following) = match answered {
                Some(answered) if !first => {
                    (reader.find_lists_with_author(answered)?, reader.filter_following(answered, &owners)?)
                }
                _ => Default::default(),
            };
            let wanted = |list: &(AccountId, ListId)| match holding.get(list) {
                None => false,
                Some(_) if first => true,
                Some(RepliesPolicy::None) => false,
                Some(RepliesPolicy::List) => also_holding.contains_key(list),
                Some(RepliesPolicy::Followed) => following.contains(&list.0),
            };
            Ok::<_, Error>(lists.into_iter().filter(wanted).map(|(_, id)| id).collect())
        })
        .await
}

/// Filters viewers to those who could see a deleted status, judged by what is still known about it.
pub async fn filter_could_see(
    instance: &Instance,
    status: StatusId,
    author: AccountId,
    reach: (Reach, Option<AccountId>),
    named: Vec<AccountId>,
    viewers: Vec<AccountId>,
) -> Result<Vec<AccountId>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let facts = reader.reach_facts_of_gone(status, author, reach, &named, &viewers)?;
            let saw = facts
                .iter()
                .filter(|(viewer, facts)| reach::may_see(&Viewer::Local(*viewer), &setting, facts).is_ok());
            Ok::<_, Error>(saw.map(|(viewer, _)| *viewer).collect())
        })
        .await
}

/// Returns a status as one viewer sees it, with the viewer's own interactions; `None` if the viewer may not
/// see it.
pub async fn own_view(
    instance: &Instance,
    status: StatusId,
    viewer: AccountId,
) -> Result<Option<StatusView>> {
    match crate::publishing::statuses::show(instance, Viewer::Local(viewer), status).await {
        Ok(view) => Ok(Some(view)),
        Err(Error::NotFound(_) | Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Filters viewers to those who could see a status with its former reach, and no longer can.
pub async fn filter_lost(
    instance: &Instance,
    status: StatusId,
    author: AccountId,
    former: Reach,
    named: Vec<AccountId>,
    viewers: Vec<AccountId>,
) -> Result<Vec<AccountId>> {
    let saw = filter_could_see(instance, status, author, (former, None), named, viewers).await?;
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let facts = reader.reach_facts_for_local(status, &saw)?;
            let lost = facts
                .iter()
                .filter(|(viewer, facts)| reach::may_see(&Viewer::Local(*viewer), &setting, facts).is_err());
            Ok::<_, Error>(lost.map(|(viewer, _)| *viewer).collect())
        })
        .await
}

/// Returns a notification as its recipient sees it.
///
/// # Errors
/// `NotFound` also for one that is no longer visible.
pub async fn notification(
    instance: &Instance,
    account: AccountId,
    id: NotificationId,
) -> Result<NotificationView> {
    crate::reading::notifications::show(instance, account, id).await
}
