//! `portico account`: people who can sign in.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::output;
use crate::federation::Federation;
use crate::federation::signatures::keys;
use crate::instance::Instance;
use crate::model::Timestamp;
use crate::model::account::Account;
use crate::model::moderation::{Action, Moderator};
use crate::model::user::{Role, User};
use crate::service::accounts::{self, OldKeys};
use crate::service::moderation::{self, Order};
use crate::service::moves;
use crate::service::users::{self, NewUser};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add somebody. Without --password-stdin a password is made up and printed.
    Create {
        /// The user name: a to z, 0 to 9 and _; or NAME@DOMAIN.
        name: String,
        /// Where mail reaches them; also a sign-in name.
        #[arg(long)]
        email: String,
        /// The name shown.
        #[arg(long, default_value = "")]
        display_name: String,
        /// What they may do.
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Show everybody.
    List,
    /// Show one person.
    Show {
        /// Their user name, NAME@DOMAIN, or e-mail address.
        name: String,
    },
    /// Take sign-in away: sessions and tokens end at once.
    Disable {
        /// Their user name, NAME@DOMAIN, or e-mail address.
        name: String,
    },
    /// Give sign-in back.
    Enable {
        /// Their user name, NAME@DOMAIN, or e-mail address.
        name: String,
    },
    /// Do something about an account, from here or elsewhere; its owner here is told.
    Moderate {
        /// NAME, NAME@DOMAIN, or NAME@HOST for somebody from elsewhere.
        name: String,
        /// warn, silence, sensitize, suspend, disable; unsilence, unsensitize, unsuspend, enable.
        #[arg(value_parser = action)]
        action: Action,
        /// Why, for its owner and for the record.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Erase what a suspended account has said and done, for good; its name stays taken.
    Erase {
        /// NAME, NAME@DOMAIN, or NAME@HOST for somebody from elsewhere.
        name: String,
    },
    /// What a profile tells of somebody's work.
    #[command(subcommand)]
    Profile(super::people::ProfileCommand),
    /// Set a new password; every session ends.
    ResetPassword {
        /// Their user name, NAME@DOMAIN, or e-mail address.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Say that somebody's account elsewhere is theirs, so that it can move here.
    Alias {
        /// Their user name, or NAME@DOMAIN.
        name: String,
        /// The other account: NAME@HOST or its actor id. Without it, the aliases are shown.
        other: Option<String>,
        /// Say so no longer.
        #[arg(long, requires = "other")]
        remove: bool,
    },
    /// Move somebody's account to another, which must name theirs as its alias; followers come along.
    Move {
        /// Their user name, or NAME@DOMAIN.
        name: String,
        /// The new account: NAME@HOST or its actor id.
        #[arg(required_unless_present = "undo")]
        to: Option<String>,
        /// Take the redirect away; followers do not come back.
        #[arg(long, conflicts_with = "to")]
        undo: bool,
    },
    /// Give somebody new keys. Peers are told; what the old ones signed can be verified for two more days.
    RotateKeys {
        /// Their user name, or NAME@DOMAIN.
        #[arg(required_unless_present = "server")]
        name: Option<String>,
        /// The keys of the instance itself, which sign what it fetches.
        #[arg(long, conflicts_with = "name")]
        server: bool,
        /// The old keys may be known to others: they are gone at once, and what they signed counts no more.
        #[arg(long)]
        now: bool,
    },
    /// Set what somebody may do.
    SetRole {
        /// Their user name, NAME@DOMAIN, or e-mail address.
        name: String,
        /// admin, moderator or member.
        #[arg(value_parser = role)]
        role: Role,
    },
}

fn action(word: &str) -> Result<Action, String> {
    let known = Action::ALL.map(Action::as_str).join(", ");
    Action::parse(word).ok_or_else(|| format!("must be one of {known}"))
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "must be one of admin, moderator, member".to_owned())
}

pub(super) async fn run(context: &Context, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, email, display_name, role, password_stdin } => {
            let (instance, name) = context.open_for(&name).await?;
            let (password, made_up) = password(&instance, password_stdin)?;
            let (user, account) = create(&instance, &name, &email, &display_name, role, &password).await?;
            created(context, &instance, &user, &account, made_up.then_some(password))
        }
        Command::List => list(context).await,
        Command::Show { name } => {
            let (instance, name) = context.open_for(&name).await?;
            let (user, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
            show(context, &instance, &user, &account)
        }
        Command::Disable { name } => {
            let (instance, user) = find(context, &name).await?;
            let order = Order::plain(Action::Disable);
            moderation::act(&instance, &Moderator::console(), user.account_id, order).await?;
            done("sign-in is taken away; sessions and tokens have ended")
        }
        Command::Enable { name } => {
            let (instance, user) = find(context, &name).await?;
            let order = Order::plain(Action::Enable);
            moderation::act(&instance, &Moderator::console(), user.account_id, order).await?;
            done("sign-in works again")
        }
        Command::Moderate { name, action, note } => {
            let by = Moderator::console();
            let (instance, name) = context.open_for(&name).await?;
            let person = moderation::find(&instance, &by, &name).await.with_context(|| name.clone())?;
            let order = Order { action, note, report: None };
            moderation::act(&instance, &by, person.account.id, order).await?;
            done(&format!("{}: {} is done", person.account.acct(), action.as_str()))
        }
        Command::Erase { name } => {
            let by = Moderator::console();
            let (instance, name) = context.open_for(&name).await?;
            let person = moderation::find(&instance, &by, &name).await.with_context(|| name.clone())?;
            moderation::erase(&instance, &by, person.account.id).await?;
            done(&format!("{} is erased", person.account.acct()))
        }
        Command::Profile(command) => super::people::profile(context, command).await,
        Command::ResetPassword { name, password_stdin } => {
            let (instance, user) = find(context, &name).await?;
            let (password, made_up) = password(&instance, password_stdin)?;
            users::set_password(&instance, user.id, &password).await?;
            if made_up {
                output::line(password);
            }
            done("the password is set; every session has ended")
        }
        Command::Alias { name, other, remove } => {
            let (instance, me, _federation) = find_with_peers(context, &name).await?;
            let account = match other {
                None => me,
                Some(other) if remove => moves::remove_alias(&instance, me.id, &other).await?,
                Some(other) => moves::add_alias(&instance, me.id, &other).await?,
            };
            aliases(context, &account)
        }
        Command::Move { name, to, undo } => {
            let (instance, me, _federation) = find_with_peers(context, &name).await?;
            match to {
                Some(to) if !undo => {
                    let moved = moves::begin(&instance, me.id, &to).await?;
                    done(&format!("{} has moved to {}", moved.username, moved.moved_to.unwrap_or_default()))
                }
                _ => {
                    moves::take_back(&instance, me.id).await?;
                    done("the redirect is gone; whoever followed the new account goes on following it")
                }
            }
        }
        Command::RotateKeys { name, server: _, now } => {
            rotate_keys(context, name, if now { OldKeys::Drop } else { OldKeys::Fade }).await
        }
        Command::SetRole { name, role } => {
            let (instance, user) = find(context, &name).await?;
            moderation::set_role(&instance, &Moderator::console(), user.id, role).await?;
            done("the role is set")
        }
    }
}

fn done(text: &str) -> anyhow::Result<()> {
    output::message(text);
    Ok(())
}

async fn find(context: &Context, name: &str) -> anyhow::Result<(std::sync::Arc<Instance>, User)> {
    let (instance, name) = context.open_for(name).await?;
    let (user, _) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    Ok((instance, user))
}

/// Somebody's account, on an instance that can ask other servers as long as its federation is held.
async fn find_with_peers(
    context: &Context,
    name: &str,
) -> anyhow::Result<(std::sync::Arc<Instance>, Account, std::sync::Arc<Federation>)> {
    let (instance, name) = context.open_for(name).await?;
    let federation = Federation::start(std::sync::Arc::clone(&instance))?;
    let (_, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    Ok((instance, account, federation))
}

fn aliases(context: &Context, account: &Account) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&json!(account.also_known_as));
    }
    for alias in &account.also_known_as {
        output::line(alias);
    }
    Ok(())
}

/// Adds a person with a fresh key.
pub(super) async fn create(
    instance: &Instance,
    name: &str,
    email: &str,
    display_name: &str,
    role: Role,
    password: &str,
) -> anyhow::Result<(User, Account)> {
    let key = tokio::task::spawn_blocking(keys::generate).await??;
    let new = NewUser {
        username: name.to_owned(),
        email: email.to_owned(),
        display_name: display_name.to_owned(),
        role,
        password: Some(password.to_owned()),
        public_pem: key.public,
        private_pem: key.private,
    };
    Ok(users::create(instance, new).await?)
}

/// New keys for somebody, or for the instance itself.
async fn rotate_keys(context: &Context, name: Option<String>, old: OldKeys) -> anyhow::Result<()> {
    let key = tokio::task::spawn_blocking(keys::generate).await??;
    let (instance, account) = match name {
        Some(name) => {
            let (instance, name) = context.open_for(&name).await?;
            let (_, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
            (instance, account.id)
        }
        None => {
            let instance = context.open(None).await?;
            let actor = instance.actor_id;
            (instance, actor)
        }
    };
    accounts::replace_keys(&instance, account, key.public, key.private, old).await?;
    done(match old {
        OldKeys::Fade => {
            "the keys are new; a running server signs with them within a minute, and what the old ones signed can be \
             verified for two more days"
        }
        OldKeys::Drop => {
            "the keys are new and the old ones gone; a running server signs with them within a minute"
        }
    })
}

/// The password from standard input, or one made up (then the second part is true).
fn password(instance: &Instance, from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((instance.rng.secret().chars().take(20).collect(), true));
    }
    if std::io::stdin().is_terminal() {
        return Ok((rpassword::prompt_password("Password: ")?, false));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("there is no password on standard input");
    }
    Ok((password, false))
}

fn created(
    context: &Context,
    instance: &Instance,
    user: &User,
    account: &Account,
    password: Option<String>,
) -> anyhow::Result<()> {
    if context.json() {
        let mut data = data(instance, user, account);
        if let (Some(password), Some(data)) = (password, data.as_object_mut()) {
            data.insert("password".into(), Value::String(password));
        }
        return output::json(&data);
    }
    output::message(format!("{}@{} can sign in", account.username, instance.settings.domain));
    if let Some(password) = password {
        output::message("The password, shown this once:");
        output::line(password);
    }
    Ok(())
}

fn data(instance: &Instance, user: &User, account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.username,
        "address": format!("{}@{}", account.username, instance.settings.domain),
        "display_name": account.display_name,
        "email": user.email,
        "role": user.role.as_str(),
        "disabled_at": user.disabled_at.map(Timestamp::rfc3339),
        "created_at": user.created_at.rfc3339(),
        "last_sign_in_at": user.last_sign_in_at.map(Timestamp::rfc3339),
        "statuses": account.statuses_count,
        "followers": account.followers_count,
        "following": account.following_count,
    })
}

fn show(context: &Context, instance: &Instance, user: &User, account: &Account) -> anyhow::Result<()> {
    let data = data(instance, user, account);
    if context.json() {
        return output::json(&data);
    }
    for (key, value) in data.as_object().into_iter().flatten() {
        let text = match value {
            Value::Null => "never".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        output::line(format!("{key:16} {text}"));
    }
    Ok(())
}

async fn list(context: &Context) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    let people = users::list(&instance).await?;
    if context.json() {
        return output::json(
            &people.iter().map(|(user, account)| data(&instance, user, account)).collect::<Vec<_>>(),
        );
    }
    let state = |user: &User| if user.disabled_at.is_some() { "disabled" } else { "active" };
    let rows: Vec<[String; 4]> = people
        .iter()
        .map(|(user, account)| {
            [account.username.clone(), user.email.clone(), user.role.as_str().into(), state(user).into()]
        })
        .collect();
    output::table(["NAME", "EMAIL", "ROLE", "SIGN-IN"], &rows);
    Ok(())
}
