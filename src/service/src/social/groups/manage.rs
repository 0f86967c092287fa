//! Creating, changing and closing groups.

use super::{find_group, load_managed};
use crate::instance::Instance;
use crate::people::users::{check_username, local_account};
use crate::publishing::statuses::compose_note;
use crate::social::relationships::{self, FollowOptions};
use crate::{Error, Result, moderation};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::event::Event;
use portico_domain::model::group::{Group, GroupRole, GroupRule, GroupView, GroupVisibility, JoinPolicy};
use portico_domain::model::keys::KeyPair;
use portico_domain::model::relationship::FollowState;
use portico_domain::model::{AccountId, Reach};
use portico_domain::policy::{Refusal, groups as policy};
use portico_store::Tx;

/// Maximum lengths of a group's name and description, in characters.
const LONGEST_NAME: usize = 100;
const LONGEST_NOTE: usize = 2_000;

/// The input to create or change a group. `None` means the default for a new group, and unchanged otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupInput {
    /// The display name.
    pub display_name: Option<String>,
    /// The description, as typed.
    pub note: Option<String>,
    /// How accounts become members.
    pub join: Option<JoinPolicy>,
    /// The visibility of the group and its posts.
    pub visibility: Option<GroupVisibility>,
    /// The rule that enrols members automatically; `Some(None)` for no rule.
    pub rule: Option<Option<GroupRule>>,
}

/// A group to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its handle, without @: `a` to `z`, digits and `_`.
    pub name: String,
    /// Its settings.
    pub draft: GroupInput,
    /// Whether it is a room: guests from any server may be invited.
    pub room: bool,
    /// Its key pair as PEM, public and private, if the caller has generated one.
    pub keys: Option<(String, String)>,
}

/// Creates a group; `owner` becomes its first owner.
///
/// # Errors
/// `Refused` for a room if the owner's role does not suffice; `Invalid` with one sentence for each fault;
/// `Conflict` if the name is taken.
pub async fn create(instance: &Instance, owner: AccountId, new: NewGroup) -> Result<GroupView> {
    let mut faults = draft_faults(&new.draft, instance.settings.default_reach);
    check_username(&new.name, &mut faults);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if new.room {
        let least = instance.settings.room_sponsors;
        let user = instance.store.read(move |reader| reader.find_user_by_account(owner)).await?;
        if user.is_none_or(|user| user.role < least) {
            return Err(Refusal::Role.into());
        }
    }
    let (public_pem, private_pem) = match (&new.keys, instance.remote.get()) {
        (Some(keys), _) => keys.clone(),
        (None, Some(remote)) => remote.new_key_pair().await?,
        (None, None) => return Err(Error::Unavailable("federation")),
    };
    let note = new.draft.note.clone().unwrap_or_default();
    let shown = compose_note(instance, &note).await?;
    let now = instance.now();
    let closed =
        if new.room { GroupVisibility::Hidden } else { GroupVisibility::Within(default_reach(instance)) };
    let group = Group {
        id: instance.ids.next(now),
        join: new.draft.join.unwrap_or(if new.room { JoinPolicy::Invite } else { JoinPolicy::Open }),
        visibility: new.draft.visibility.unwrap_or(closed),
        rule: new.draft.rule.clone().flatten(),
        room: new.room,
        created_by: Some(owner),
        created_at: now,
    };
    if new.room && (group.join != JoinPolicy::Invite || !group.visibility.is_closed() || group.rule.is_some())
    {
        return Err(Error::invalid("A room must be invite-only and closed to non-members"));
    }
    let name = new.draft.display_name.as_deref().map(|name| portico_html::clean_line(name, LONGEST_NAME));
    let base = local_account(instance, &new.name, &name.unwrap_or_default(), now);
    let account =
        with_settings(Account { id: group.id, note: shown, note_source: Some(note), ..base }, &group);
    let key = KeyPair { uri: instance.urls.key(&new.name), public_pem, private_pem };
    let made = group.clone();
    instance
        .store
        .write(move |tx| {
            if tx.find_user_by_name(&account.username)?.is_some() || !tx.insert_account(&account)? {
                return Err(Error::Conflict("the name is taken"));
            }
            tx.insert_key_pair(account.id, &key)?;
            tx.set_group(&group)?;
            let owner = tx.find_account(owner)?.ok_or(Error::NotFound("account"))?;
            add_member(tx, &owner, &account)?;
            tx.set_group_role(group.id, owner.id, GroupRole::Owner)?;
            Ok(())
        })
        .await?;
    if made.rule.is_some() {
        super::auto::follow_rule(instance, made.id).await?;
    }
    super::show(instance, made.created_by.unwrap_or(made.id), made.id).await
}

/// Returns the default reach of posts in a new group: the instance's default, but no wider than the company.
fn default_reach(instance: &Instance) -> Reach {
    match instance.settings.default_reach {
        Reach::Instance => Reach::Instance,
        _ => Reach::Company,
    }
}

/// Applies a group's settings to its account.
fn with_settings(account: Account, group: &Group) -> Account {
    Account {
        kind: ActorKind::Group,
        locked: group.join != JoinPolicy::Open,
        discoverable: Some(group.visibility != GroupVisibility::Hidden),
        hide_collections: group.visibility.is_closed(),
        ..account
    }
}

/// Makes an account a member at once, whatever the join policy says.
pub(super) fn add_member(tx: &mut Tx<'_>, who: &Account, group: &Account) -> Result<()> {
    tx.delete_invitation(group.id, who.id)?;
    match tx.find_follow_between(who.id, group.id)? {
        Some(follow) if follow.state == FollowState::Accepted => Ok(()),
        Some(follow) => relationships::accept_request(tx, &follow, who),
        None => {
            let open = Account { locked: false, ..group.clone() };
            let bold = Account { silenced_at: None, ..who.clone() };
            let follow =
                relationships::draft(tx.next_id(), &bold, &open, &FollowOptions::default(), tx.now());
            relationships::begin(tx, &follow, group)
        }
    }
}

fn draft_faults(draft: &GroupInput, default_reach: Reach) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(name) = &draft.display_name
        && (name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control))
    {
        faults.push(format!("Name must have at most {LONGEST_NAME} characters"));
    }
    if draft.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        faults.push(format!("Description must have at most {LONGEST_NOTE} characters"));
    }
    if let Some(GroupVisibility::Within(reach)) = draft.visibility
        && !reach.is_organisational()
    {
        faults.push(format!("Visibility cannot be {default_reach}"));
    }
    faults
}

/// Changes a group.
///
/// # Errors
/// `Refused` unless `me` is an owner.
pub async fn change(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    draft: GroupInput,
) -> Result<GroupView> {
    write(instance, Some(me), id, draft).await?;
    super::show(instance, me, id).await
}

/// Changes a group, on the command line.
pub async fn change_as_operator(instance: &Instance, id: AccountId, draft: GroupInput) -> Result<()> {
    write(instance, None, id, draft).await
}

async fn write(instance: &Instance, me: Option<AccountId>, id: AccountId, draft: GroupInput) -> Result<()> {
    let faults = draft_faults(&draft, instance.settings.default_reach);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let shown = match &draft.note {
        Some(note) => Some(compose_note(instance, note).await?),
        None => None,
    };
    let ruled = draft.rule.is_some();
    instance
        .store
        .write(move |tx| {
            if let Some(me) = me {
                policy::may_own(load_managed(tx, me, id)?.role)?;
            }
            let (account, before) = find_group(tx, id)?;
            let group = Group {
                join: draft.join.unwrap_or(before.join),
                visibility: draft.visibility.unwrap_or(before.visibility),
                rule: draft.rule.clone().unwrap_or_else(|| before.rule.clone()),
                ..before.clone()
            };
            let closed = group.join == JoinPolicy::Invite && group.visibility.is_closed();
            if group.room && !(closed && group.rule.is_none()) {
                return Err(Error::invalid("A room must be invite-only and closed to non-members"));
            }
            if before.visibility.is_closed() != group.visibility.is_closed() {
                // Earlier posts keep their audience, so closed and open groups cannot turn into each other.
                return Err(Error::invalid(
                    "The visibility cannot change between members only and a wider reach",
                ));
            }
            tx.set_group(&group)?;
            let name = draft.display_name.as_deref().map(|name| portico_html::clean_line(name, LONGEST_NAME));
            let after = with_settings(
                Account {
                    display_name: name.unwrap_or_else(|| account.display_name.clone()),
                    note: shown.clone().unwrap_or_else(|| account.note.clone()),
                    note_source: draft.note.clone().or_else(|| account.note_source.clone()),
                    ..account.clone()
                },
                &group,
            );
            // The actor document also states the reach of the group's posts.
            if after != account || group.visibility != before.visibility {
                tx.update_account(&after)?;
                tx.emit(&Event::ProfileUpdated { account: id, at: tx.now() })?;
            }
            if account.locked && !after.locked {
                relationships::accept_all_requests(tx, id)?;
            }
            Ok(())
        })
        .await?;
    if ruled {
        super::auto::follow_rule(instance, id).await?;
    }
    Ok(())
}

/// Closes a group permanently, here and on other servers. Its posts stay with their authors.
///
/// # Errors
/// `Refused` unless `me` is an owner.
pub async fn close(instance: &Instance, me: AccountId, id: AccountId) -> Result<()> {
    instance
        .store
        .read(move |reader| Ok::<_, Error>(policy::may_own(load_managed(reader, me, id)?.role)?))
        .await?;
    close_as_operator(instance, id).await
}

/// Closes a group permanently, on the command line.
pub async fn close_as_operator(instance: &Instance, id: AccountId) -> Result<()> {
    let (account, group) = instance
        .store
        .write(move |tx| {
            let (account, group) = find_group(tx, id)?;
            // Removes remote members explicitly, even if the deletion does not reach every server.
            for follower in tx.list_remote_followers(id)? {
                if let Some(follower) = tx.find_account_by_uri(&follower)? {
                    relationships::reject_request(tx, id, &follower)?;
                }
            }
            Ok::<_, Error>((account, group))
        })
        .await?;
    moderation::erase_content(instance, &account, !group.visibility.is_closed()).await
}
