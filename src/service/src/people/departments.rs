//! Calling a department or a division by name (`@sales`): everyone in it is notified as if mentioned, here
//! and on the company's other instances, each for its own people. A call is not a mention: it lets nobody see
//! the post, and replies mention only the author.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::department::{
    DepartmentMention, DepartmentMentioners, DepartmentName, mention_key,
};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::department_mentions::{
    MOST_DEPARTMENTS, MOST_FROM_ELSEWHERE, may_mention, may_mention_here, mention_limits, notifies,
};
use portico_html::AccountHandle;
use portico_store::{Reader, Tx};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// Resolves handles that do not belong to an account to departments and divisions.
pub(crate) async fn resolve(
    instance: &Instance,
    handles: &[AccountHandle],
) -> Result<Vec<(AccountHandle, DepartmentName)>> {
    let own = instance.urls.domain();
    let here = |handle: &&AccountHandle| handle.domain.as_deref().is_none_or(|domain| domain == own);
    let open: Vec<AccountHandle> = handles.iter().filter(here).take(50).cloned().collect();
    if open.is_empty() || instance.settings.department_mentions == DepartmentMentioners::Nobody {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = open.iter().map(|handle| mention_key(&handle.username)).collect();
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_departments(&wanted)?)).await?;
    let unit = |handle: AccountHandle| {
        let how = mention_key(&handle.username);
        let unit = found.iter().find(|(known, _)| *known == how).map(|(_, unit)| unit.clone())?;
        Some((handle, unit))
    };
    Ok(open.into_iter().filter_map(unit).collect())
}

/// Determines which departments and divisions a post of this reach calls, with the local people to notify.
///
/// # Errors
/// `Invalid`, with a sentence for the author, if the author calls too many departments or people.
pub(crate) fn check_calls(
    reader: &mut Reader<'_>,
    callers: DepartmentMentioners,
    author: AccountId,
    reach: Reach,
    units: &[DepartmentName],
) -> Result<Vec<DepartmentMention>> {
    if units.is_empty() || !notifies(reach) {
        return Ok(Vec::new());
    }
    let user = reader.find_user_by_account(author)?.ok_or(Error::NotFound("user"))?;
    if may_mention(callers, user.role).is_err() {
        return Ok(Vec::new());
    }
    if units.len() > MOST_DEPARTMENTS {
        return Err(Error::invalid(format!("A post cannot call more than {MOST_DEPARTMENTS} departments")));
    }
    let most = mention_limits(user.role);
    let before = reader.count_department_mentions(author, reader.now().plus_seconds(-DAY))?;
    if before + i64::try_from(units.len()).unwrap_or(i64::MAX) > most.mentions_per_day {
        return Err(Error::invalid(format!(
            "You cannot call more than {} departments a day",
            most.mentions_per_day
        )));
    }
    let mut found = Vec::new();
    for unit in units {
        let looked_at = i64::try_from(most.people + 2).unwrap_or(i64::MAX);
        let mut people = reader.list_people_in_department(unit, looked_at)?;
        people.retain(|person| *person != author);
        if people.len() > most.people {
            return Err(Error::invalid(format!(
                "{} has more than {} people, which is more than you can call at once",
                unit.name, most.people
            )));
        }
        found.push(DepartmentMention { department: unit.clone(), people });
    }
    Ok(found)
}

/// Notifies the people that a new local status calls, except those that it mentions.
pub(crate) fn notify_called(
    tx: &mut Tx<'_>,
    status: &Status,
    calls: &[DepartmentMention],
    named: &[AccountId],
) -> Result<()> {
    let mut notified: Vec<AccountId> = named.to_vec();
    for call in calls {
        tx.insert_department_mention(
            status.account_id,
            status.id,
            &mention_key(&call.department.key),
            call.people.len(),
        )?;
        for person in &call.people {
            if !notified.contains(person) {
                tx.notify(*person, NotificationKind::Mention, status.account_id, Some(status.id))?;
                notified.push(*person);
            }
        }
    }
    Ok(())
}

/// Notifies the local people that a remote status calls, if the caller's host may do that.
pub(crate) fn notify_called_remotely(
    tx: &mut Tx<'_>,
    author: &Account,
    status: &Status,
    units: &[String],
    named: &[AccountId],
) -> Result<()> {
    if units.is_empty() {
        return Ok(());
    }
    let tier = tx.tier_of_account(author)?;
    let since = tx.now().plus_seconds(-DAY);
    let wanted: Vec<String> = units.iter().take(MOST_DEPARTMENTS).map(|name| mention_key(name)).collect();
    let mut notified: Vec<AccountId> = named.to_vec();
    for (how, unit) in tx.find_departments(&wanted)? {
        let before = tx.count_department_mentions(author.id, since)?;
        if !may_mention_here(tier, status.reach, before) {
            return Ok(());
        }
        let people =
            tx.list_people_in_department(&unit, i64::try_from(MOST_FROM_ELSEWHERE + 1).unwrap_or(i64::MAX))?;
        if people.len() > MOST_FROM_ELSEWHERE
            || !tx.insert_department_mention(author.id, status.id, &how, people.len())?
        {
            continue;
        }
        for person in people {
            if !notified.contains(&person) {
                tx.notify(person, NotificationKind::Mention, author.id, Some(status.id))?;
                notified.push(person);
            }
        }
    }
    Ok(())
}
