//! Automatic membership: a group's rule enrols every person whose profile matches, on this instance and on
//! the company's others.

use super::manage::add_member;
use super::{find_group, is_member};
use crate::instance::Instance;
use crate::publishing::system_messages::{self, MessageWriter, mention};
use crate::social::relationships;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::event::Event;
use portico_domain::model::group::{GroupRule, RuleAttribute};
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::Attributes;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::policy::groups::may_step_down;
use portico_store::Tx;

/// How many people one transaction processes.
const CHUNK: usize = 200;

/// Returns whether a profile matches a rule.
fn names(rule: &GroupRule, attributes: &Attributes) -> bool {
    let wanted = rule.value.to_lowercase();
    let is = |value: &str| value.trim().to_lowercase() == wanted;
    match rule.attribute {
        RuleAttribute::Department => is(&attributes.department),
        RuleAttribute::Division => is(&attributes.division),
        RuleAttribute::JobTitle => is(&attributes.job_title),
        RuleAttribute::Location => is(&attributes.location),
        RuleAttribute::Skill => attributes.skills.iter().any(|skill| is(skill)),
    }
}

/// Schedules the rules of all groups for a person whose profile has changed, as a remote task after the
/// request.
pub(crate) fn profile_changed(tx: &mut Tx<'_>, who: AccountId) -> Result<()> {
    if tx.has_ruled_groups()? {
        tx.enqueue_remote_task(&RemoteTask::Rules { account: who })?;
    }
    Ok(())
}

/// Applies the rules of all groups. Idempotent.
pub async fn refresh_rules(instance: &Instance) -> Result<()> {
    let groups = instance.store.read(|reader| reader.list_groups()).await?;
    for group in groups {
        let id = group.id;
        // A group without a rule may still have members from an earlier rule.
        if group.rule.is_some() || !instance.store.read(move |reader| reader.list_ruled(id)).await?.is_empty()
        {
            follow_rule(instance, id).await?;
        }
    }
    Ok(())
}

/// Applies a group's rule: enrols everyone who matches, and removes members who joined only by the rule and
/// no longer match.
pub(super) async fn follow_rule(instance: &Instance, id: AccountId) -> Result<()> {
    let writer = MessageWriter::new(instance);
    let everybody = instance
        .store
        .read(move |reader| {
            let mut found: Vec<AccountId> = reader.list_ruled(id)?.into_iter().collect();
            found.extend(reader.list_profiled()?);
            found.sort_unstable();
            found.dedup();
            Ok::<_, Error>(found)
        })
        .await?;
    for some in everybody.chunks(CHUNK) {
        let (some, writer) = (some.to_vec(), writer.clone());
        instance
            .store
            .write(move |tx| {
                let (account, group) = find_group(tx, id)?;
                for who in &some {
                    settle(tx, &writer, &account, group.rule.as_ref(), *who)?;
                }
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(())
}

/// Applies the rules of all groups to one person's current profile.
pub async fn follow_rules(instance: &Instance, who: AccountId) -> Result<()> {
    let writer = MessageWriter::new(instance);
    instance
        .store
        .write(move |tx| {
            for group in tx.list_groups()?.into_iter().filter(|group| group.rule.is_some()) {
                let (account, group) = find_group(tx, group.id)?;
                settle(tx, &writer, &account, group.rule.as_ref(), who)?;
            }
            Ok(())
        })
        .await
}

fn settle(
    tx: &mut Tx<'_>,
    writer: &MessageWriter,
    group: &Account,
    rule: Option<&GroupRule>,
    who: AccountId,
) -> Result<()> {
    let Some(person) = tx.find_account(who)? else { return Ok(()) };
    let is_person = matches!(person.kind, ActorKind::Person) && person.suspended_at.is_none();
    let attributes = tx.find_profile(who)?.attributes;
    let named = is_person && rule.is_some_and(|rule| names(rule, &attributes));
    let ruled = tx.is_ruled(group.id, who)?;
    let inside = is_member(tx, group.id, who)?;
    match (named, inside) {
        (true, false) if !tx.is_blocked_between(group.id, who)? => join(tx, writer, group, &person),
        (false, true) if ruled => {
            let role = tx.group_standings(who, &[group.id.0])?.of(group.id).1;
            let owners = tx.list_group_staff(group.id, portico_domain::model::group::GroupRole::Owner)?.len();
            if may_step_down(role, owners).is_err() {
                return Ok(());
            }
            relationships::reject_request(tx, group.id, &person)?;
            Ok(tx.set_ruled(group.id, who, false)?)
        }
        (false, false) if ruled => {
            tx.delete_invitation(group.id, who)?;
            Ok(tx.set_ruled(group.id, who, false)?)
        }
        _ => Ok(()),
    }
}

/// Enrols a local person directly. Invites a remote person by a message, once; a company instance also makes
/// them follow the group, while others leave the decision to them.
fn join(tx: &mut Tx<'_>, writer: &MessageWriter, group: &Account, person: &Account) -> Result<()> {
    let asks = tx.find_follow_between(person.id, group.id)?.is_some();
    if !asks && tx.is_ruled(group.id, person.id)? {
        // They were enrolled or invited before, and left or declined.
        return Ok(());
    }
    tx.set_ruled(group.id, person.id, true)?;
    if asks || person.is_local() {
        return add_member(tx, person, group);
    }
    let is_new = tx.insert_invitation(group.id, person.id, group.id)?;
    let (name, address) = (group.name(), mention(group));
    let words = if tx.tier_of_account(person)? == Some(Tier::Company) {
        tx.emit(&Event::GroupEnrolled { group: group.id, person: person.id, at: tx.now() })?;
        format!(
            "{name} matches your profile and adds you as a member. If it is not among your groups, follow {address}."
        )
    } else {
        format!("{name} matches your profile. Follow {address} to join.")
    };
    if is_new {
        system_messages::write_message(tx, writer, group, person, &words, &[group])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_matches_profile_attributes() {
        let attributes = Attributes {
            department: "Sales".into(),
            skills: vec!["Rust".into(), "Welding".into()],
            ..Attributes::default()
        };
        for (rule, named) in [
            ("department=sales", true),
            ("department=Sales Europe", false),
            ("skill=welding", true),
            ("skill=weld", false),
            ("division=Sales", false),
        ] {
            assert_eq!(names(&rule.parse().unwrap(), &attributes), named, "{rule}");
        }
    }
}
