//! `portico account`: local users and their accounts.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::Timestamp;
use portico_domain::model::account::Account;
use portico_domain::model::moderation::{Action, Moderator};
use portico_domain::model::user::{Role, User};
use portico_federation::Federation;
use portico_http_signatures::keys;
use portico_service::instance::Instance;
use portico_service::moderation::{self, ActionInput};
use portico_service::people::accounts::{self, OldKeys};
use portico_service::people::users::{self, NewUser};
use portico_service::social::account_moves;

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Create a user. Without --password-stdin, a password is generated and printed.
    Create {
        /// The user name (a to z, 0 to 9 and _), or NAME@DOMAIN.
        name: String,
        /// The mail address; also a sign-in name.
        #[arg(long)]
        email: String,
        /// The display name.
        #[arg(long, default_value = "")]
        display_name: String,
        /// The role: admin, moderator or member.
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List every user.
    List,
    /// Show one user.
    Show {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
    },
    /// Disable sign-in: sessions and tokens end at once.
    Disable {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
    },
    /// Enable sign-in again.
    Enable {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
    },
    /// Take action on a local or remote account. The owner of a local account is notified.
    Moderate {
        /// NAME, NAME@DOMAIN, or NAME@HOST for a remote account.
        name: String,
        /// The action: warn, silence, sensitize, suspend, disable; unsilence, unsensitize, unsuspend,
        /// enable.
        #[arg(value_parser = action)]
        action: Action,
        /// The reason, for the owner and the moderation log.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Erase the data of a suspended account permanently. Its name stays taken.
    Erase {
        /// NAME, NAME@DOMAIN, or NAME@HOST for a remote account.
        name: String,
    },
    /// Show or set the profile attributes of a user.
    #[command(subcommand)]
    Profile(super::people::ProfileCommand),
    /// Set a new password; all sessions end.
    ResetPassword {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List or change the aliases of an account, from which it can be moved here.
    Alias {
        /// The user name, or NAME@DOMAIN.
        name: String,
        /// The other account: NAME@HOST or its actor id. Without it, the aliases are listed.
        other: Option<String>,
        /// Remove the alias.
        #[arg(long, requires = "other")]
        remove: bool,
    },
    /// Move an account to another, which must list it as an alias. Its followers are moved, too.
    Move {
        /// The user name, or NAME@DOMAIN.
        name: String,
        /// The new account: NAME@HOST or its actor id.
        #[arg(required_unless_present = "undo")]
        to: Option<String>,
        /// Remove the redirect. Followers stay with the new account.
        #[arg(long, conflicts_with = "to")]
        undo: bool,
    },
    /// Rotate the keys of an account. Peers are informed; old signatures stay valid for two more days.
    RotateKeys {
        /// The user name, or NAME@DOMAIN.
        #[arg(required_unless_present = "server")]
        name: Option<String>,
        /// Rotate the keys of the instance itself, which sign its fetches.
        #[arg(long, conflicts_with = "name")]
        server: bool,
        /// Revoke the old keys at once, because they may be compromised: old signatures become invalid.
        #[arg(long)]
        now: bool,
    },
    /// Set the role of a user.
    SetRole {
        /// The user name, NAME@DOMAIN, or mail address.
        name: String,
        /// The role: admin, moderator or member.
        #[arg(value_parser = role)]
        role: Role,
    },
}

fn action(word: &str) -> Result<Action, String> {
    let known = Action::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    word.parse::<Action>().map_err(|_| format!("must be one of {known}"))
}

fn role(word: &str) -> Result<Role, String> {
    word.parse::<Role>().map_err(|_| "must be one of admin, moderator, member".to_owned())
}

pub(super) async fn run(context: &CliContext, command: AccountCommand) -> anyhow::Result<()> {
    match command {
        AccountCommand::Create { name, email, display_name, role, password_stdin } => {
            let (instance, name) = context.open_for(&name).await?;
            let (password, made_up) = password(&instance, password_stdin)?;
            let (user, account) = create(&instance, &name, &email, &display_name, role, &password).await?;
            created(context, &instance, &user, &account, made_up.then_some(password))
        }
        AccountCommand::List => list(context).await,
        AccountCommand::Show { name } => {
            let (instance, name) = context.open_for(&name).await?;
            let (user, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
            show(context, &instance, &user, &account)
        }
        AccountCommand::Disable { name } => {
            let (instance, user) = find(context, &name).await?;
            let order = ActionInput::plain(Action::Disable);
            moderation::act(&instance, &Moderator::console(), user.account_id, order).await?;
            done("sign-in is disabled; sessions and tokens have ended")
        }
        AccountCommand::Enable { name } => {
            let (instance, user) = find(context, &name).await?;
            let order = ActionInput::plain(Action::Enable);
            moderation::act(&instance, &Moderator::console(), user.account_id, order).await?;
            done("sign-in is enabled")
        }
        AccountCommand::Moderate { name, action, note } => {
            let by = Moderator::console();
            let (instance, name) = context.open_for(&name).await?;
            let person = moderation::find(&instance, &by, &name).await.with_context(|| name.clone())?;
            let order = ActionInput { action, note, report: None };
            moderation::act(&instance, &by, person.account.id, order).await?;
            done(&format!("{}: {} applied", person.account.acct(), action.as_str()))
        }
        AccountCommand::Erase { name } => {
            let by = Moderator::console();
            let (instance, name) = context.open_for(&name).await?;
            let person = moderation::find(&instance, &by, &name).await.with_context(|| name.clone())?;
            moderation::erase(&instance, &by, person.account.id).await?;
            done(&format!("{} is erased", person.account.acct()))
        }
        AccountCommand::Profile(command) => super::people::profile(context, command).await,
        AccountCommand::ResetPassword { name, password_stdin } => {
            let (instance, user) = find(context, &name).await?;
            let (password, made_up) = password(&instance, password_stdin)?;
            users::set_password(&instance, user.id, &password).await?;
            if made_up {
                output::line(password);
            }
            done("the password is set; all sessions have ended")
        }
        AccountCommand::Alias { name, other, remove } => {
            let (instance, me, _federation) = find_with_peers(context, &name).await?;
            let account = match other {
                None => me,
                Some(other) if remove => account_moves::remove_alias(&instance, me.id, &other).await?,
                Some(other) => account_moves::add_alias(&instance, me.id, &other).await?,
            };
            aliases(context, &account)
        }
        AccountCommand::Move { name, to, undo } => {
            let (instance, me, _federation) = find_with_peers(context, &name).await?;
            match to {
                Some(to) if !undo => {
                    let moved = account_moves::start(&instance, me.id, &to).await?;
                    done(&format!("{} has moved to {}", moved.username, moved.moved_to.unwrap_or_default()))
                }
                _ => {
                    account_moves::cancel(&instance, me.id).await?;
                    done("the redirect is removed; followers stay with the new account")
                }
            }
        }
        AccountCommand::RotateKeys { name, server: _, now } => {
            rotate_keys(context, name, if now { OldKeys::Drop } else { OldKeys::Fade }).await
        }
        AccountCommand::SetRole { name, role } => {
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

async fn find(context: &CliContext, name: &str) -> anyhow::Result<(std::sync::Arc<Instance>, User)> {
    let (instance, name) = context.open_for(name).await?;
    let (user, _) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    Ok((instance, user))
}

/// Finds a local account, on an instance that can reach other servers while the returned federation is
/// held.
async fn find_with_peers(
    context: &CliContext,
    name: &str,
) -> anyhow::Result<(std::sync::Arc<Instance>, Account, std::sync::Arc<Federation>)> {
    let (instance, name) = context.open_for(name).await?;
    let federation = Federation::start(std::sync::Arc::clone(&instance))?;
    let (_, account) = users::find(&instance, &name).await.with_context(|| name.clone())?;
    Ok((instance, account, federation))
}

fn aliases(context: &CliContext, account: &Account) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&json!(account.also_known_as));
    }
    for alias in &account.also_known_as {
        output::line(alias);
    }
    Ok(())
}

/// Creates a user with a new key pair.
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

/// Rotates the keys of an account, or of the instance actor.
async fn rotate_keys(context: &CliContext, name: Option<String>, old: OldKeys) -> anyhow::Result<()> {
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
            "the keys are rotated; a running server uses the new ones within a minute, and signatures of the \
             old ones stay valid for two more days"
        }
        OldKeys::Drop => {
            "the keys are rotated and the old ones revoked; a running server uses the new ones within a minute"
        }
    })
}

/// Reads the password from standard input, or generates one. The second value is true for a generated
/// password.
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
        bail!("standard input contains no password");
    }
    Ok((password, false))
}

fn created(
    context: &CliContext,
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
        output::message("The password (it cannot be shown again):");
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

fn show(context: &CliContext, instance: &Instance, user: &User, account: &Account) -> anyhow::Result<()> {
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

async fn list(context: &CliContext) -> anyhow::Result<()> {
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
