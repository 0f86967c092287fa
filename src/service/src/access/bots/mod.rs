//! Bots: accounts that programs post with. Each has a human owner and a ceiling, the widest reach that its
//! posts may have. Programs act through access tokens with few scopes, or through [`webhooks`].

pub mod webhooks;

use crate::access::secrets;
use crate::instance::Instance;
use crate::people::accounts;
use crate::people::users::{self, NewUser};
use crate::{Error, Result};
use portico_domain::model::account::{Account, ActorKind, Field};
use portico_domain::model::bot::{Bot, Hook, MOST_BOTS};
use portico_domain::model::event::Event;
use portico_domain::model::oauth::{Scopes, Token};
use portico_domain::model::user::{Role, User};
use portico_domain::model::{AccountId, Reach, TokenId};
use portico_domain::policy::Refusal;
use portico_domain::policy::bots::{bounded, highest, is_within, may_make, may_tend, may_write_to};
use portico_html::AccountHandle;
use portico_store::{Reader, StoredToken, Tx};

/// The name of the profile field that links to a bot's owner.
const OWNER_ROW: &str = "Owner";
/// Maximum lengths of a bot's name and description, in characters.
const MAX_NAME: usize = 60;
const MAX_NOTE: usize = 1_000;
/// The scopes that a bot's token may have: reading, posting and related actions. Only the owner changes a
/// bot's profile and relationships.
const GRANTABLE: &str = "read write:statuses write:media write:favourites write:bookmarks write:notifications write:conversations push profile";

/// A bot as its owner and administrators see it.
#[derive(Debug, Clone)]
pub struct BotView {
    /// The bot.
    pub bot: Bot,
    /// The bot's account.
    pub account: Account,
    /// The owner's account.
    pub owner: Account,
    /// The bot's webhooks, the newest first.
    pub webhooks: Vec<Hook>,
}

/// The person who manages a bot: a local user, or an operator on the command line.
#[derive(Debug, Clone, Copy)]
pub struct BotManager {
    /// Their account; `None` on the command line.
    pub account: Option<AccountId>,
    /// Their role.
    pub role: Role,
}

impl BotManager {
    /// Returns the manager for a signed-in user.
    pub const fn from_user(user: &User) -> Self {
        Self { account: Some(user.account_id), role: user.role }
    }

    /// Returns the manager for an operator on the command line, who acts as an administrator.
    pub const fn operator() -> Self {
        Self { account: None, role: Role::Admin }
    }
}

/// The input to create or change a bot. For a new bot `None` means the default; for a change it means
/// unchanged.
#[derive(Debug, Clone, Default)]
pub struct BotInput {
    /// The display name.
    pub display_name: Option<String>,
    /// The description.
    pub note: Option<String>,
    /// The widest reach that its posts may have.
    pub ceiling: Option<Reach>,
    /// The address of the owner.
    pub owner: Option<String>,
}

fn check_input(instance: &Instance, by: BotManager, input: &BotInput) -> Result<()> {
    let mut faults = Vec::new();
    if input.display_name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
        faults.push(format!("Display name is too long (maximum is {MAX_NAME} characters)"));
    }
    if input.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        faults.push(format!("Note is too long (maximum is {MAX_NOTE} characters)"));
    }
    let most = highest(by.role, instance.settings.default_reach);
    if let Some(ceiling) = input.ceiling
        && !is_within(ceiling, most)
    {
        faults.push(format!("Reach must be instance, company, partners or public, and no wider than {most}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Creates a bot. Its owner is the caller or, on the command line, the account named in `input`.
///
/// # Errors
/// `Refused` for a role that may not create bots, `Invalid` with one sentence for each fault, `Conflict` for
/// a name that is taken, `NotFound` for an unknown owner.
pub async fn create(instance: &Instance, by: BotManager, username: &str, input: BotInput) -> Result<BotView> {
    may_make(instance.settings.bots, by.role)?;
    check_input(instance, by, &input)?;
    let owner = find_owner(instance, by, input.owner.as_deref()).await?;
    let (public_pem, private_pem) = generate_keys(instance).await?;
    let ceiling = input.ceiling.unwrap_or_else(|| highest(Role::Member, instance.settings.default_reach));
    let new = NewUser {
        username: username.to_owned(),
        // Unused address: the top-level domain is reserved (RFC 2606), and without a password no one can sign
        // in with it.
        email: format!("{username}@bots.invalid"),
        display_name: input.display_name.clone().unwrap_or_default(),
        role: Role::Member,
        password: None,
        public_pem,
        private_pem,
    };
    let row = owner_field(instance, &owner);
    let (source, html) = format_note(instance, input.note.as_deref().unwrap_or_default());
    let answers = owner.id;
    let dress = move |account: &mut Account| {
        account.kind = ActorKind::Service;
        account.fields = vec![row];
        account.note_source = Some(source);
        account.note = html;
    };
    let finish = move |tx: &mut Tx<'_>, account: &Account| {
        if tx.list_bots(Some(answers))?.len() >= MOST_BOTS {
            return Err(Error::invalid(format!("An account cannot own more than {MOST_BOTS} bots")));
        }
        let bot = Bot { account_id: account.id, owner_id: answers, ceiling, created_at: tx.now() };
        Ok(tx.insert_bot(&bot)?)
    };
    let (_, account) = users::create_as(instance, new, dress, finish).await?;
    show(instance, by, account.id).await
}

fn format_note(instance: &Instance, note: &str) -> (String, String) {
    (note.to_owned(), portico_html::format(note, &[], &instance.urls))
}

/// Builds the profile field that links to the bot's owner.
fn owner_field(instance: &Instance, owner: &Account) -> Field {
    let handle = AccountHandle { username: owner.username.clone(), domain: None };
    let typed = format!("@{}", owner.username);
    let value =
        portico_html::inline(&portico_html::format(&typed, &[(handle, owner.clone())], &instance.urls));
    Field { name: OWNER_ROW.to_owned(), value }
}

/// Resolves the owner of a bot: a person who can sign in here. Only administrators may name someone else.
async fn find_owner(instance: &Instance, by: BotManager, named: Option<&str>) -> Result<Account> {
    let named = named.map(str::trim).filter(|name| !name.is_empty());
    let (user, account) = match (named, by.account) {
        (Some(name), _) => users::find(instance, name).await?,
        (None, Some(me)) => {
            let found = instance.store.read(move |reader| {
                let user = reader.find_user_by_account(me)?;
                Ok::<_, Error>(user.zip(reader.find_account(me)?))
            });
            found.await?.ok_or(Error::NotFound("account"))?
        }
        (None, None) => return Err(Error::invalid("Name the owner of the bot")),
    };
    if by.role != Role::Admin && by.account != Some(account.id) {
        return Err(Refusal::Role.into());
    }
    let stands = user.disabled_at.is_none() && account.suspended_at.is_none();
    if !stands || account.kind != ActorKind::Person {
        return Err(Error::invalid("The owner must be a person who can sign in here"));
    }
    Ok(account)
}

async fn generate_keys(instance: &Instance) -> Result<(String, String)> {
    let make = instance.make_keys;
    let made = tokio::task::spawn_blocking(make).await;
    let broken = |what: &str| Error::Internal(portico_store::Error::Backend(what.to_owned()));
    made.map_err(|_| broken("keys cannot be made"))?.map_err(|fault| broken(&fault))
}

/// Finds a bot that `by` may manage, with its user and account.
fn find_managed(reader: &mut Reader<'_>, by: BotManager, id: AccountId) -> Result<(Bot, User, Account)> {
    let found = reader.find_bot_with_user(id)?.ok_or(Error::NotFound("bot"))?;
    may_tend(by.account == Some(found.0.owner_id), by.role)?;
    // A removed bot is hidden from administrators, too.
    if found.1.disabled_at.is_some() { Err(Error::NotFound("bot")) } else { Ok(found) }
}

fn load_view(reader: &mut Reader<'_>, bot: Bot, account: Account) -> Result<BotView> {
    let owner = reader.find_account(bot.owner_id)?.ok_or(Error::NotFound("account"))?;
    let webhooks = reader.list_hooks(bot.account_id)?;
    Ok(BotView { bot, account, owner, webhooks })
}

/// Lists one's own bots, or every bot if an administrator asks for `all`.
pub async fn list(instance: &Instance, by: BotManager, all: bool) -> Result<Vec<BotView>> {
    let owner = by.account.filter(|_| !all || by.role != Role::Admin);
    instance
        .store
        .read(move |reader| {
            let found = reader.list_bots(owner)?;
            found.into_iter().map(|(bot, account)| load_view(reader, bot, account)).collect()
        })
        .await
}

/// Returns a bot.
///
/// # Errors
/// `NotFound` also for an account that may not manage it.
pub async fn show(instance: &Instance, by: BotManager, id: AccountId) -> Result<BotView> {
    instance
        .store
        .read(move |reader| {
            let (bot, _, account) = find_managed(reader, by, id)?;
            load_view(reader, bot, account)
        })
        .await
}

/// Finds a bot by its user name.
///
/// # Errors
/// `NotFound` also for an account that may not manage it.
pub async fn find(instance: &Instance, by: BotManager, name: &str) -> Result<BotView> {
    let (_, account) = users::find(instance, name).await?;
    show(instance, by, account.id).await
}

/// Changes a bot. A lower ceiling also limits its webhooks.
pub async fn change(instance: &Instance, by: BotManager, id: AccountId, input: BotInput) -> Result<BotView> {
    show(instance, by, id).await?;
    check_input(instance, by, &input)?;
    let owner = match &input.owner {
        Some(name) => Some(find_owner(instance, by, Some(name)).await?),
        None => None,
    };
    let row = owner.as_ref().map(|owner| owner_field(instance, owner));
    let note = input.note.as_deref().map(|note| format_note(instance, note));
    instance
        .store
        .write(move |tx| {
            let (mut bot, _, mut account) = find_managed(tx, by, id)?;
            let before = account.clone();
            bot.ceiling = input.ceiling.unwrap_or(bot.ceiling);
            if let (Some(owner), Some(row)) = (&owner, &row) {
                bot.owner_id = owner.id;
                account.fields.retain(|field| field.name != OWNER_ROW);
                account.fields.insert(0, row.clone());
            }
            if let Some(name) = &input.display_name {
                account.display_name = portico_html::clean_line(name, MAX_NAME);
            }
            if let Some((source, html)) = &note {
                account.note_source = Some(source.clone());
                account.note.clone_from(html);
            }
            tx.update_bot(&bot)?;
            if account != before {
                tx.update_account(&account)?;
                tx.emit(&Event::ProfileUpdated { account: id, at: tx.now() })?;
            }
            load_view(tx, bot, account)
        })
        .await
}

/// Removes a bot: revokes its tokens and webhooks. Its posts stay, and its name stays taken.
pub async fn remove(instance: &Instance, by: BotManager, id: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let (_, user, account) = find_managed(tx, by, id)?;
            tx.delete_hooks(id)?;
            tx.update_user_disabled(user.id, Some(tx.now()))?;
            tx.revoke_access(user.id)?;
            tx.emit(&Event::ProfileUpdated { account: account.id, at: tx.now() })?;
            Ok(())
        })
        .await
}

/// Issues an access token for a bot. The secret is returned only this once. `granted` is the scope of the
/// caller's own token, which the new token cannot exceed.
///
/// # Errors
/// `Invalid` for scopes that bots cannot have, `Refused` for scopes that the caller lacks.
pub async fn issue_token(
    instance: &Instance,
    by: BotManager,
    id: AccountId,
    scopes: Scopes,
    granted: Option<&Scopes>,
) -> Result<(Token, String)> {
    let grantable = Scopes::parse(GRANTABLE).unwrap_or_default();
    if !grantable.cover(&scopes) {
        return Err(Error::invalid(format!("Scopes must be among {grantable}, or narrower")));
    }
    if granted.is_some_and(|granted| !granted.cover(&scopes)) {
        return Err(Refusal::NotYours.into());
    }
    let user = instance.store.read(move |reader| Ok::<_, Error>(find_managed(reader, by, id)?.1.id)).await?;
    crate::access::tokens::issue_for_user(instance, user, scopes).await
}

/// Lists the valid tokens of a bot, the newest first.
pub async fn tokens(instance: &Instance, by: BotManager, id: AccountId) -> Result<Vec<StoredToken>> {
    instance
        .store
        .read(move |reader| {
            let user = find_managed(reader, by, id)?.1;
            Ok(reader.list_tokens(user.id)?.into_iter().map(|(token, _)| token).collect())
        })
        .await
}

/// Revokes a token of a bot.
///
/// # Errors
/// `NotFound` also for a token of another account.
pub async fn revoke_token(instance: &Instance, by: BotManager, id: AccountId, token: TokenId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let user = find_managed(tx, by, id)?.1;
            let known = tx.list_tokens(user.id)?.iter().any(|(stored, _)| stored.token.id == token);
            if known { Ok(tx.revoke_token(token)?) } else { Err(Error::NotFound("token")) }
        })
        .await
}

/// Returns whether programs may act for this account. False only for a bot whose owner cannot sign in.
pub(crate) fn may_act(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    if account.kind != ActorKind::Service {
        return Ok(true);
    }
    let Some(bot) = reader.find_bot(account.id)? else { return Ok(true) };
    let owner = reader.find_user_by_account(bot.owner_id)?.zip(reader.find_account(bot.owner_id)?);
    Ok(owner.is_some_and(|(user, account)| user.disabled_at.is_none() && account.suspended_at.is_none()))
}

/// Returns the reach of a new post. For a bot it is limited to the bot's ceiling.
///
/// # Errors
/// `Refused` for a bot's direct post to recipients outside its ceiling.
pub(crate) fn limit_reach(
    reader: &mut Reader<'_>,
    author: &Account,
    asked: Reach,
    named: &[AccountId],
) -> Result<Reach> {
    if author.kind != ActorKind::Service {
        return Ok(asked);
    }
    let Some(bot) = reader.find_bot(author.id)? else { return Ok(asked) };
    let reach = bounded(bot.ceiling, asked);
    if !reach.is_organisational() {
        let raw: Vec<i64> = named.iter().map(|id| id.0).collect();
        for person in reader.accounts_by_id(&raw)?.values() {
            may_write_to(bot.ceiling, reader.tier_of_account(person)?)?;
        }
    }
    Ok(reach)
}

/// Restores the actor type and the owner field of a bot's profile after its program has changed the profile.
pub(crate) fn restore_bot_fields(
    reader: &mut Reader<'_>,
    account: &mut Account,
    before: &Account,
) -> Result<()> {
    if before.kind != ActorKind::Service || reader.find_bot(account.id)?.is_none() {
        return Ok(());
    }
    account.kind = ActorKind::Service;
    account.fields.retain(|field| field.name != OWNER_ROW);
    account.fields.splice(0..0, before.fields.iter().filter(|field| field.name == OWNER_ROW).cloned());
    Ok(())
}

/// Resolves each address to a known account and returns the canonical addresses without duplicates.
async fn resolve_addresses(instance: &Instance, by: BotManager, named: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let viewer = crate::Viewer::Local(by.account.unwrap_or(instance.actor_id));
    for address in named {
        let account = accounts::lookup(instance, viewer.clone(), address).await;
        let account = account.map_err(|error| match error {
            Error::NotFound(_) => Error::invalid(format!("{address} is not a known account")),
            error => error,
        })?;
        if !found.contains(&account.acct()) {
            found.push(account.acct());
        }
    }
    Ok(found)
}

/// Returns a new secret and its hash.
fn new_secret(instance: &Instance) -> (String, String) {
    let secret = instance.rng.secret();
    let hash = secrets::hash(&secret);
    (secret, hash)
}
