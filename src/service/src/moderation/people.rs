//! Accounts in the admin API, and moderation actions on them.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result};
use lookup::split_address;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::moderation::{Action, ModeratedPerson, Moderator};
use portico_domain::model::notification::SeveranceCause;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, ReportId, UserId};
use portico_domain::policy::moderation::{ModerationTarget, Power, may, may_moderate};
use portico_store::{Reader, Tx};

pub use portico_store::{PersonFilter, PersonState};

/// Maximum number of posts erased in one transaction.
const ERASED_AT_ONCE: i64 = 100;
/// Maximum length of a moderator's note, in characters.
const MAX_NOTE: usize = 2_000;

/// Lists accounts, newest first.
pub async fn list(
    instance: &Instance,
    by: &Moderator,
    filter: PersonFilter,
    page: PageRequest,
) -> Result<Page<ModeratedPerson>> {
    may(by.role, Power::People)?;
    Ok(instance.store.read(move |reader| reader.person_page(&filter, &page)).await?)
}

/// Returns one account.
pub async fn show(instance: &Instance, by: &Moderator, id: AccountId) -> Result<ModeratedPerson> {
    may(by.role, Power::People)?;
    let found = instance.store.read(move |reader| reader.find_person(id)).await?;
    found.filter(|person| !person.account.is_instance_actor).ok_or(Error::NotFound("account"))
}

/// Finds a local or remote account by its address (`@name` or `@name@host`).
pub async fn find(instance: &Instance, by: &Moderator, address: &str) -> Result<ModeratedPerson> {
    may(by.role, Power::People)?;
    let (name, domain) = split_address(address, instance.urls.domain()).ok_or(Error::NotFound("account"))?;
    let found = instance
        .store
        .read(move |reader| match reader.find_account_by_handle(&name, domain.as_deref())? {
            Some(account) => reader.find_person(account.id),
            None => Ok(None),
        })
        .await?;
    found.filter(|person| !person.account.is_instance_actor).ok_or(Error::NotFound("account"))
}

/// A moderation action with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionInput {
    /// The action.
    pub action: Action,
    /// The reason; the account's owner sees it.
    pub note: String,
    /// The report that the action resolves.
    pub report: Option<ReportId>,
}

impl ActionInput {
    /// An action without a note or a report.
    pub fn plain(action: Action) -> Self {
        Self { action, note: String::new(), report: None }
    }
}

/// Applies a moderation action; idempotent.
///
/// # Errors
/// `Refused` if the moderator may not act on this account; `Invalid` for disabling or enabling sign-in of an
/// account without a local user.
pub async fn act(
    instance: &Instance,
    by: &Moderator,
    id: AccountId,
    order: ActionInput,
) -> Result<ModeratedPerson> {
    if order.note.chars().count() > MAX_NOTE {
        return Err(Error::invalid(format!("Text is longer than {MAX_NOTE} characters")));
    }
    let by = by.clone();
    instance
        .store
        .write(move |tx| {
            let person = find_person(tx, id)?;
            may_moderate(by.account, by.role, &target_of(&person))?;
            let changed = apply(tx, &person, order.action)?;
            let account = &person.account;
            if changed || !order.note.is_empty() {
                let word = order.action.as_str();
                let entry = tx.log(&by, word, &account.acct(), Some(account.id), &order.note)?;
                if order.action.is_measure() {
                    tx.notify_of_warning(account.id, entry)?;
                }
            }
            if let Some(report) = order.report {
                super::report_queue::settle(tx, &by, report, account.id)?;
            }
            find_person(tx, id)
        })
        .await
}

fn find_person(tx: &mut Reader<'_>, id: AccountId) -> Result<ModeratedPerson> {
    tx.find_person(id)?.ok_or(Error::NotFound("account"))
}

fn target_of(person: &ModeratedPerson) -> ModerationTarget {
    ModerationTarget {
        id: person.account.id,
        role: person.user.as_ref().map(|user| user.role),
        is_instance_actor: person.account.is_instance_actor,
    }
}

/// Applies an action. Returns whether it changed anything.
fn apply(tx: &mut Tx<'_>, person: &ModeratedPerson, action: Action) -> Result<bool> {
    let (account, now) = (&person.account, tx.now());
    match action {
        Action::Warn => Ok(true),
        Action::Disable => set_disabled(tx, person, true),
        Action::Enable => set_disabled(tx, person, false),
        Action::Sensitize | Action::Unsensitize => {
            let on = action == Action::Sensitize;
            if account.sensitized_at.is_some() != on {
                tx.set_sensitized(account.id, on.then_some(now))?;
            }
            Ok(account.sensitized_at.is_some() != on)
        }
        Action::Silence | Action::Unsilence => {
            let on = action == Action::Silence;
            if account.silenced_at.is_some() != on {
                tx.set_silenced(account.id, on.then_some(now))?;
            }
            Ok(account.silenced_at.is_some() != on)
        }
        Action::Suspend | Action::Unsuspend => set_suspended(tx, person, action == Action::Suspend),
    }
}

fn set_disabled(tx: &mut Tx<'_>, person: &ModeratedPerson, on: bool) -> Result<bool> {
    let Some(user) = &person.user else {
        return Err(Error::invalid("The account has no local user"));
    };
    if user.disabled_at.is_some() == on {
        return Ok(false);
    }
    tx.update_user_disabled(user.id, on.then_some(tx.now()))?;
    if on {
        tx.revoke_access(user.id)?;
    }
    // Other hosts see the account as gone, or back.
    tx.emit(&Event::ProfileUpdated { account: person.account.id, at: tx.now() })?;
    Ok(true)
}

/// Suspends or unsuspends an account; other hosts learn of it from a profile update.
fn set_suspended(tx: &mut Tx<'_>, person: &ModeratedPerson, on: bool) -> Result<bool> {
    let account = &person.account;
    // If the account's origin has suspended it, this adds a local suspension.
    if account.suspended_at.is_some() == on && !(on && account.suspended_by_origin) {
        return Ok(false);
    }
    if !on && account.is_local() && person.user.is_none() {
        return Err(Error::invalid("The account was erased"));
    }
    tx.set_suspended(account.id, on.then_some(tx.now()))?;
    tx.end_streams_of(account)?;
    if account.is_local() {
        tx.emit(&Event::ProfileUpdated { account: account.id, at: tx.now() })?;
    }
    Ok(true)
}

/// Sets a user's role, on the command line.
pub async fn set_role(instance: &Instance, by: &Moderator, user: UserId, role: Role) -> Result<()> {
    let by = by.clone();
    instance
        .store
        .write(move |tx| {
            let (_, account) = tx.find_user_and_account(user)?.ok_or(Error::NotFound("account"))?;
            tx.update_user_role(user, role)?;
            tx.log(&by, &format!("role {}", role.as_str()), &account.acct(), Some(account.id), "")?;
            Ok(())
        })
        .await
}

/// Erases the posts and the profile of a suspended account permanently; its name stays reserved and
/// suspended. Other hosts are asked to delete a local account. Works in chunks, so that no transaction is
/// long, and can be repeated after an interruption.
///
/// # Errors
/// `Invalid` if the account is not suspended.
pub async fn erase(instance: &Instance, by: &Moderator, id: AccountId) -> Result<ModeratedPerson> {
    may(by.role, Power::Erase)?;
    let moderator = by.clone();
    let person = instance
        .store
        .write(move |tx| {
            let person = find_person(tx, id)?;
            may_moderate(moderator.account, moderator.role, &target_of(&person))?;
            if person.account.suspended_at.is_none() {
                return Err(Error::invalid("The account must be suspended first"));
            }
            tx.log(&moderator, "erase", &person.account.acct(), None, "")?;
            Ok(person)
        })
        .await?;
    erase_content(instance, &person.account, true).await?;
    instance.store.read(move |reader| find_person(reader, id)).await
}

/// Erases an account and its posts, but keeps its name. `federate` says whether to send the deletion to other
/// hosts; for an account that few hosts know, the message would reveal that it existed.
pub(crate) async fn erase_content(instance: &Instance, account: &Account, federate: bool) -> Result<()> {
    let author = account.clone();
    while {
        let author = author.clone();
        instance.store.write(move |tx| erase_posts(tx, &author)).await?
    } {}
    instance
        .store
        .write(move |tx| {
            let account = erased_account(&author, tx.now());
            let keys = tx.find_own_keys(account.id)?;
            tx.end_streams_of(&account)?;
            if !account.is_local() {
                emit_severed(tx, &account)?;
            }
            tx.uncount_follows(account.id)?;
            tx.delete_account(account.id)?;
            tx.insert_account(&account)?;
            if let Some(keys) = keys {
                tx.insert_key_pair(account.id, &keys.http)?;
                if let Some(proof) = &keys.proof {
                    tx.insert_proof_pair(account.id, proof)?;
                }
                if federate {
                    tx.emit(&Event::AccountErased { account: account.id })?;
                }
            }
            Ok(())
        })
        .await
}

/// Notifies local followers and followees of a remote account that their relationship has ended.
fn emit_severed(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    for (person, follows) in tx.list_bonds(account.id)? {
        let (lost, left) = if follows { (0, 1) } else { (1, 0) };
        tx.insert_severance(person, SeveranceCause::Suspension, &account.acct(), lost, left)?;
    }
    Ok(())
}

/// Erases a chunk of posts. Returns whether there may be more.
fn erase_posts(tx: &mut Tx<'_>, author: &Account) -> Result<bool> {
    let posts = tx.some_statuses_of(author.id, ERASED_AT_ONCE)?;
    for status in &posts {
        tx.delete_media_of(status.id)?;
        tx.delete_status(status, &author.uri)?;
    }
    Ok(!posts.is_empty())
}

/// Returns the tombstone of an erased account: its name and addresses, so that they are never assigned again, and
/// what moderators decided. It lists every field, so that a new one is not kept by mistake.
fn erased_account(account: &Account, now: portico_domain::model::Timestamp) -> Account {
    Account {
        id: account.id,
        username: account.username.clone(),
        domain: account.domain.clone(),
        uri: account.uri.clone(),
        url: account.url.clone(),
        kind: account.kind,
        is_instance_actor: account.is_instance_actor,
        display_name: String::new(),
        note: String::new(),
        note_source: account.note_source.as_ref().map(|_| String::new()),
        fields: Vec::new(),
        avatar_url: None,
        header_url: None,
        locked: account.locked,
        discoverable: Some(false),
        indexable: false,
        hide_collections: account.hide_collections,
        attribution_domains: Vec::new(),
        endpoints: account.endpoints.clone(),
        created_at: account.created_at,
        fetched_at: account.fetched_at,
        suspended_at: account.suspended_at.or(Some(now)),
        suspended_by_origin: account.suspended_by_origin,
        silenced_at: account.silenced_at,
        sensitized_at: account.sensitized_at,
        last_status_at: None,
        statuses_count: 0,
        followers_count: 0,
        following_count: 0,
        emojis: Vec::new(),
        also_known_as: Vec::new(),
        moved_to: None,
        moved_at: None,
    }
}
