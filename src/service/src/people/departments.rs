//! Calling a department or a division by name (`@sales`): everyone in it is notified as if mentioned, here
//! and on the company's other instances, each for its own people. A call is not a mention: it lets nobody see
//! the post, and replies mention only the author.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::unit::{Call, Callers, UnitName, called};
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::calling::{
    MOST_FROM_ELSEWHERE, MOST_UNITS, calls, limits, may_call, may_call_here,
};
use portico_html::Handle;
use portico_store::{Reader, Tx};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// Resolves handles that do not belong to an account to departments and divisions.
pub(crate) async fn resolve(instance: &Instance, handles: &[Handle]) -> Result<Vec<(Handle, UnitName)>> {
    let own = instance.urls.domain();
    let here = |handle: &&Handle| handle.domain.as_deref().is_none_or(|domain| domain == own);
    let open: Vec<Handle> = handles.iter().filter(here).take(50).cloned().collect();
    if open.is_empty() || instance.settings.department_mentions == Callers::Nobody {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = open.iter().map(|handle| called(&handle.username)).collect();
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_units(&wanted)?)).await?;
    let unit = |handle: Handle| {
        let how = called(&handle.username);
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
    callers: Callers,
    author: AccountId,
    reach: Reach,
    units: &[UnitName],
) -> Result<Vec<Call>> {
    if units.is_empty() || !calls(reach) {
        return Ok(Vec::new());
    }
    let user = reader.find_user_by_account(author)?.ok_or(Error::NotFound("user"))?;
    if may_call(callers, user.role).is_err() {
        return Ok(Vec::new());
    }
    if units.len() > MOST_UNITS {
        return Err(Error::invalid(format!("A post cannot call more than {MOST_UNITS} departments")));
    }
    let most = limits(user.role);
    let before = reader.count_calls(author, reader.now().plus_seconds(-DAY))?;
    if before + i64::try_from(units.len()).unwrap_or(i64::MAX) > most.calls {
        return Err(Error::invalid(format!("You cannot call more than {} departments a day", most.calls)));
    }
    let mut found = Vec::new();
    for unit in units {
        let looked_at = i64::try_from(most.people + 2).unwrap_or(i64::MAX);
        let mut people = reader.people_of_unit(unit, looked_at)?;
        people.retain(|person| *person != author);
        if people.len() > most.people {
            return Err(Error::invalid(format!(
                "{} has more than {} people, which is more than you can call at once",
                unit.name, most.people
            )));
        }
        found.push(Call { unit: unit.clone(), people });
    }
    Ok(found)
}

/// Notifies the people that a new local status calls, except those that it mentions.
pub(crate) fn notify_called(
    tx: &mut Tx<'_>,
    status: &Status,
    calls: &[Call],
    named: &[AccountId],
) -> Result<()> {
    let mut told: Vec<AccountId> = named.to_vec();
    for call in calls {
        tx.insert_call(status.account_id, status.id, &called(&call.unit.key), call.people.len())?;
        for person in &call.people {
            if !told.contains(person) {
                tx.notify(*person, NotificationKind::Mention, status.account_id, Some(status.id))?;
                told.push(*person);
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
    let wanted: Vec<String> = units.iter().take(MOST_UNITS).map(|name| called(name)).collect();
    let mut told: Vec<AccountId> = named.to_vec();
    for (how, unit) in tx.find_units(&wanted)? {
        let before = tx.count_calls(author.id, since)?;
        if !may_call_here(tier, status.reach, before) {
            return Ok(());
        }
        let people = tx.people_of_unit(&unit, i64::try_from(MOST_FROM_ELSEWHERE + 1).unwrap_or(i64::MAX))?;
        if people.len() > MOST_FROM_ELSEWHERE || !tx.insert_call(author.id, status.id, &how, people.len())? {
            continue;
        }
        for person in people {
            if !told.contains(&person) {
                tx.notify(person, NotificationKind::Mention, author.id, Some(status.id))?;
                told.push(person);
            }
        }
    }
    Ok(())
}
