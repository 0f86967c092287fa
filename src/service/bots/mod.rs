//! Bots: accounts that programs speak for, each with a person who answers for it and a ceiling that none of
//! its posts passes. They are spoken for by access tokens with few scopes, and by [`hooks`].

pub mod hooks;

use super::users::{self, NewUser};
use super::{Error, Result, accounts, secrets, text};
use crate::instance::Instance;
use crate::model::account::{Account, ActorKind, Field};
use crate::model::bot::{Bot, Hook, MOST_BOTS};
use crate::model::event::Event;
use crate::model::oauth::{Scopes, Token};
use crate::model::user::{Role, User};
use crate::model::{AccountId, Reach, TokenId};
use crate::policy::Refusal;
use crate::policy::bots::{bounded, highest, is_within, may_make, may_tend, may_write_to};
use crate::service::text::Handle;
use crate::store::{Reader, StoredToken, Tx};

/// What the row of a bot's profile is called that names who answers for it.
const OWNER_ROW: &str = "Owner";
/// How long a name and a description may be, in characters.
const MAX_NAME: usize = 60;
const MAX_NOTE: usize = 1_000;
/// What tokens of bots may do: read, post, and what goes with it. A bot's profile and relations are its
/// owner's to change.
const GRANTABLE: &str = "read write:statuses write:media write:favourites write:bookmarks write:notifications write:conversations push profile";

/// A bot as those who tend it see it.
#[derive(Debug, Clone)]
pub struct BotView {
    /// The bot.
    pub bot: Bot,
    /// Its account.
    pub account: Account,
    /// Who answers for it.
    pub owner: Account,
    /// Its webhooks, the newest first.
    pub hooks: Vec<Hook>,
}

/// Who tends a bot: somebody of this instance, or an operator on the command line.
#[derive(Debug, Clone, Copy)]
pub struct Tender {
    /// Their account; none on the command line.
    pub account: Option<AccountId>,
    /// What they may do.
    pub role: Role,
}

impl Tender {
    /// Somebody who is signed in.
    pub const fn of(user: &User) -> Self {
        Self { account: Some(user.account_id), role: user.role }
    }

    /// An operator on the command line.
    pub const fn console() -> Self {
        Self { account: None, role: Role::Admin }
    }
}

/// A bot to be made, or changed: what is not said is as usual, or stays.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The name shown.
    pub display_name: Option<String>,
    /// What it is for.
    pub note: Option<String>,
    /// How far it may go.
    pub ceiling: Option<Reach>,
    /// The address of the person who answers for it.
    pub owner: Option<String>,
}

fn checked(instance: &Instance, by: Tender, wish: &Wish) -> Result<()> {
    let mut faults = Vec::new();
    if wish.display_name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
        faults.push(format!("Display name is too long (maximum is {MAX_NAME} characters)"));
    }
    if wish.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        faults.push(format!("Note is too long (maximum is {MAX_NOTE} characters)"));
    }
    let most = highest(by.role, instance.settings.default_reach);
    if let Some(ceiling) = wish.ceiling
        && !is_within(ceiling, most)
    {
        faults.push(format!("Reach must be an organisation's, and no further than {most}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Makes a bot, for its maker to answer for or, on the command line, for whom the wish names.
///
/// # Errors
/// `Refused` for somebody who may make none, `Invalid` with a sentence for each fault, `Conflict` for a name that
/// is taken, `NotFound` for an owner who cannot sign in here.
pub async fn create(instance: &Instance, by: Tender, username: &str, wish: Wish) -> Result<BotView> {
    may_make(instance.settings.bots, by.role)?;
    checked(instance, by, &wish)?;
    let owner = owner(instance, by, wish.owner.as_deref()).await?;
    let (public_pem, private_pem) = keys(instance).await?;
    let ceiling = wish.ceiling.unwrap_or_else(|| highest(Role::Member, instance.settings.default_reach));
    let new = NewUser {
        username: username.to_owned(),
        // Nobody reads it: the top-level domain is reserved, and without a password nobody signs in by it.
        email: format!("{username}@bots.invalid"),
        display_name: wish.display_name.clone().unwrap_or_default(),
        role: Role::Member,
        password: None,
        public_pem,
        private_pem,
    };
    let row = owner_row(instance, &owner);
    let (source, html) = described(instance, wish.note.as_deref().unwrap_or_default());
    let answers = owner.id;
    let dress = move |account: &mut Account| {
        account.kind = ActorKind::Service;
        account.fields = vec![row];
        account.note_source = Some(source);
        account.note = html;
    };
    let finish = move |tx: &mut Tx<'_>, account: &Account| {
        if tx.list_bots(Some(answers))?.len() >= MOST_BOTS {
            return Err(Error::invalid(format!("Nobody can answer for more than {MOST_BOTS} bots")));
        }
        let bot = Bot { account_id: account.id, owner_id: answers, ceiling, created_at: tx.now() };
        Ok(tx.insert_bot(&bot)?)
    };
    let (_, account) = users::create_as(instance, new, dress, finish).await?;
    show(instance, by, account.id).await
}

fn described(instance: &Instance, note: &str) -> (String, String) {
    (note.to_owned(), text::format(note, &[], &instance.urls))
}

/// The row of a bot's profile that names who answers for it.
fn owner_row(instance: &Instance, owner: &Account) -> Field {
    let handle = Handle { username: owner.username.clone(), domain: None };
    let typed = format!("@{}", owner.username);
    let value = text::inline(&text::format(&typed, &[(handle, owner.clone())], &instance.urls));
    Field { name: OWNER_ROW.to_owned(), value }
}

/// Who is to answer for a bot: a person who can sign in here. Only administrators name somebody else.
async fn owner(instance: &Instance, by: Tender, named: Option<&str>) -> Result<Account> {
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
        (None, None) => return Err(Error::invalid("Say who answers for it")),
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

async fn keys(instance: &Instance) -> Result<(String, String)> {
    let make = instance.make_keys;
    let made = tokio::task::spawn_blocking(make).await;
    let broken = |what: &str| Error::Internal(crate::store::Error::Backend(what.to_owned()));
    made.map_err(|_| broken("keys cannot be made"))?.map_err(|fault| broken(&fault))
}

/// A bot, for those who may tend it.
fn tended(reader: &mut Reader<'_>, by: Tender, id: AccountId) -> Result<(Bot, User, Account)> {
    let found = reader.find_whole_bot(id)?.ok_or(Error::NotFound("bot"))?;
    may_tend(by.account == Some(found.0.owner_id), by.role)?;
    // One that was removed is gone for everybody.
    if found.1.disabled_at.is_some() { Err(Error::NotFound("bot")) } else { Ok(found) }
}

fn view(reader: &mut Reader<'_>, bot: Bot, account: Account) -> Result<BotView> {
    let owner = reader.find_account(bot.owner_id)?.ok_or(Error::NotFound("account"))?;
    let hooks = reader.list_hooks(bot.account_id)?;
    Ok(BotView { bot, account, owner, hooks })
}

/// The bots that somebody tends: one's own, or of everybody for administrators who ask for all.
pub async fn list(instance: &Instance, by: Tender, all: bool) -> Result<Vec<BotView>> {
    let owner = by.account.filter(|_| !all || by.role != Role::Admin);
    instance
        .store
        .read(move |reader| {
            let found = reader.list_bots(owner)?;
            found.into_iter().map(|(bot, account)| view(reader, bot, account)).collect()
        })
        .await
}

/// One bot.
///
/// # Errors
/// `NotFound`, also for whoever may not tend it.
pub async fn show(instance: &Instance, by: Tender, id: AccountId) -> Result<BotView> {
    instance
        .store
        .read(move |reader| {
            let (bot, _, account) = tended(reader, by, id)?;
            view(reader, bot, account)
        })
        .await
}

/// The bot with this user name.
///
/// # Errors
/// `NotFound`, also for whoever may not tend it.
pub async fn find(instance: &Instance, by: Tender, name: &str) -> Result<BotView> {
    let (_, account) = users::find(instance, name).await?;
    show(instance, by, account.id).await
}

/// Changes a bot. A ceiling that is lowered lowers its webhooks, too.
///
/// # Errors
/// `NotFound` as [`show`], `Invalid`, `Refused`.
pub async fn change(instance: &Instance, by: Tender, id: AccountId, wish: Wish) -> Result<BotView> {
    show(instance, by, id).await?;
    checked(instance, by, &wish)?;
    let owner = match &wish.owner {
        Some(name) => Some(owner(instance, by, Some(name)).await?),
        None => None,
    };
    let row = owner.as_ref().map(|owner| owner_row(instance, owner));
    let note = wish.note.as_deref().map(|note| described(instance, note));
    instance
        .store
        .write(move |tx| {
            let (mut bot, _, mut account) = tended(tx, by, id)?;
            let before = account.clone();
            bot.ceiling = wish.ceiling.unwrap_or(bot.ceiling);
            if let (Some(owner), Some(row)) = (&owner, &row) {
                bot.owner_id = owner.id;
                account.fields.retain(|field| field.name != OWNER_ROW);
                account.fields.insert(0, row.clone());
            }
            if let Some(name) = &wish.display_name {
                account.display_name = text::clean_line(name, MAX_NAME);
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
            view(tx, bot, account)
        })
        .await
}

/// Removes a bot: its tokens and webhooks end, what it posted stays, and its name stays taken.
///
/// # Errors
/// `NotFound` as [`show`].
pub async fn remove(instance: &Instance, by: Tender, id: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let (_, user, account) = tended(tx, by, id)?;
            tx.delete_hooks(id)?;
            tx.update_user_disabled(user.id, Some(tx.now()))?;
            tx.revoke_access(user.id)?;
            tx.emit(&Event::ProfileUpdated { account: account.id, at: tx.now() })?;
            Ok(())
        })
        .await
}

/// Makes a token that speaks for a bot; its secret is told this once. `granted` is what the caller's own token
/// may do: nobody hands out more than they hold.
///
/// # Errors
/// `NotFound` as [`show`], `Invalid` for scopes that bots cannot have, `Refused` for such as the caller lacks.
pub async fn issue_token(
    instance: &Instance,
    by: Tender,
    id: AccountId,
    scopes: Scopes,
    granted: Option<&Scopes>,
) -> Result<(Token, String)> {
    let grantable = Scopes::parse(GRANTABLE).unwrap_or_default();
    if !grantable.cover(&scopes) {
        return Err(Error::invalid(format!("Scopes must be among {grantable}, or parts of them")));
    }
    if granted.is_some_and(|granted| !granted.cover(&scopes)) {
        return Err(Refusal::NotYours.into());
    }
    let user = instance.store.read(move |reader| Ok::<_, Error>(tended(reader, by, id)?.1.id)).await?;
    super::tokens::issue_for_user(instance, user, scopes).await
}

/// The tokens of a bot that work, the newest first.
///
/// # Errors
/// `NotFound` as [`show`].
pub async fn tokens(instance: &Instance, by: Tender, id: AccountId) -> Result<Vec<StoredToken>> {
    instance
        .store
        .read(move |reader| {
            let user = tended(reader, by, id)?.1;
            Ok(reader.list_tokens(user.id)?.into_iter().map(|(token, _)| token).collect())
        })
        .await
}

/// Ends a token of a bot.
///
/// # Errors
/// `NotFound` as [`show`], and for a token that is not the bot's.
pub async fn revoke_token(instance: &Instance, by: Tender, id: AccountId, token: TokenId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let user = tended(tx, by, id)?.1;
            let known = tx.list_tokens(user.id)?.iter().any(|(stored, _)| stored.token.id == token);
            if known { Ok(tx.revoke_token(token)?) } else { Err(Error::NotFound("token")) }
        })
        .await
}

/// Whether an account that is no bot, or whose owner can sign in, may be spoken for.
pub(super) fn may_speak(reader: &mut Reader<'_>, account: &Account) -> Result<bool> {
    if account.kind != ActorKind::Service {
        return Ok(true);
    }
    let Some(bot) = reader.find_bot(account.id)? else { return Ok(true) };
    let owner = reader.find_user_by_account(bot.owner_id)?.zip(reader.find_account(bot.owner_id)?);
    Ok(owner.is_some_and(|(user, account)| user.disabled_at.is_none() && account.suspended_at.is_none()))
}

/// The reach of a post of somebody's: for a bot, within its ceiling.
///
/// # Errors
/// `Refused` for one of a bot that would go to chosen people where its ceiling does not go.
pub(super) fn within_ceiling(
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

/// Keeps on a bot's profile what tells that it is one, and who answers for it, whatever its program says.
pub(super) fn keep_marks(reader: &mut Reader<'_>, account: &mut Account, before: &Account) -> Result<()> {
    if before.kind != ActorKind::Service || reader.find_bot(account.id)?.is_none() {
        return Ok(());
    }
    account.kind = ActorKind::Service;
    account.fields.retain(|field| field.name != OWNER_ROW);
    account.fields.splice(0..0, before.fields.iter().filter(|field| field.name == OWNER_ROW).cloned());
    Ok(())
}

/// The addresses of people as they are kept: each known here.
async fn addresses(instance: &Instance, by: Tender, named: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let viewer = super::Viewer::Staff(by.account.unwrap_or(instance.actor_id));
    for address in named {
        let account = accounts::lookup(instance, viewer.clone(), address).await;
        let account = account.map_err(|error| match error {
            Error::NotFound(_) => Error::invalid(format!("{address} is not known here")),
            error => error,
        })?;
        if !found.contains(&account.acct()) {
            found.push(account.acct());
        }
    }
    Ok(found)
}

/// A new secret and its hash.
fn secret(instance: &Instance) -> (String, String) {
    let secret = instance.rng.secret();
    let hash = secrets::hash(&secret);
    (secret, hash)
}
