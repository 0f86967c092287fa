//! `portico group`: teams, projects, communities of practice.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::CliContext;
use super::output;
use portico_domain::model::account::Account;
use portico_domain::model::group::{Group, GroupRole, GroupRule, GroupVisibility, JoinPolicy};
use portico_http_signatures::keys;
use portico_service::instance::Instance;
use portico_service::people::users;
use portico_service::social::groups::{self, GroupInput, NewGroup};

#[derive(Subcommand)]
pub(super) enum GroupCommand {
    /// List every group of the instance.
    List,
    /// Show a group with its owners and moderators.
    Show {
        /// The name of the group.
        name: String,
    },
    /// Create a group.
    Create {
        /// The handle, without @: letters a to z, digits and _.
        name: String,
        /// The user name of the first owner.
        #[arg(long)]
        owner: String,
        /// Create a room: hidden, by invitation, and open to guests from any server.
        #[arg(long)]
        room: bool,
        #[command(flatten)]
        state: GroupProperties,
    },
    /// Change a group.
    Set {
        /// The name of the group.
        name: String,
        #[command(flatten)]
        state: GroupProperties,
    },
    /// List the members of a group.
    Members {
        /// The name of the group.
        name: String,
    },
    /// Add a member. A person of another instance is invited instead.
    Add {
        /// The name of the group.
        name: String,
        /// The account: a user name, or user@host.
        who: String,
        /// The role: member, moderator or owner.
        #[arg(long, value_parser = role)]
        role: Option<GroupRole>,
    },
    /// Remove a member.
    Remove {
        /// The name of the group.
        name: String,
        /// The account: a user name, or user@host.
        who: String,
    },
    /// Close a group permanently. Its posts stay with their authors.
    Close {
        /// The name of the group.
        name: String,
    },
}

/// The properties of a group.
#[derive(clap::Args)]
pub(super) struct GroupProperties {
    /// The display name.
    #[arg(long)]
    display_name: Option<String>,
    /// The description.
    #[arg(long)]
    note: Option<String>,
    /// How people become members: open, request or invite.
    #[arg(long, value_parser = join)]
    join: Option<JoinPolicy>,
    /// Its visibility: instance, company, partners, public, members or hidden.
    #[arg(long, value_parser = visibility)]
    visibility: Option<GroupVisibility>,
    /// Make everyone with this profile attribute a member, such as department=Sales; also division,
    /// job_title, location, skill.
    #[arg(long, value_parser = rule)]
    rule: Option<GroupRule>,
    /// Remove the membership rule.
    #[arg(long, conflicts_with = "rule")]
    no_rule: bool,
}

impl GroupProperties {
    fn draft(self) -> GroupInput {
        GroupInput {
            display_name: self.display_name,
            note: self.note,
            join: self.join,
            visibility: self.visibility,
            rule: if self.no_rule { Some(None) } else { self.rule.map(Some) },
        }
    }
}

fn role(word: &str) -> Result<GroupRole, String> {
    word.parse().map_err(str::to_owned)
}

fn join(word: &str) -> Result<JoinPolicy, String> {
    word.parse().map_err(str::to_owned)
}

fn visibility(word: &str) -> Result<GroupVisibility, String> {
    word.parse().map_err(str::to_owned)
}

fn rule(word: &str) -> Result<GroupRule, String> {
    word.parse().map_err(str::to_owned)
}

fn data(account: &Account, group: &Group) -> Value {
    json!({
        "id": account.id,
        "name": account.username,
        "display_name": account.display_name,
        "note": account.note_source,
        "join": group.join,
        "visibility": group.visibility.as_str(),
        "rule": group.rule.as_ref().map(GroupRule::to_string),
        "room": group.room,
        "members": account.followers_count,
    })
}

fn show(context: &CliContext, account: &Account, group: &Group) -> anyhow::Result<()> {
    if context.json() {
        return output::json(&data(account, group));
    }
    let rule = group.rule.as_ref().map(GroupRule::to_string).unwrap_or_default();
    let rows = [[
        account.username.clone(),
        account.display_name.clone(),
        group.join.as_str().to_owned(),
        group.visibility.as_str().to_owned(),
        rule,
        account.followers_count.to_string(),
    ]];
    output::table(["NAME", "SHOWN AS", "JOIN", "VISIBILITY", "RULE", "MEMBERS"], &rows);
    Ok(())
}

pub(super) async fn run(context: &CliContext, command: GroupCommand) -> anyhow::Result<()> {
    let instance = context.open(None).await?;
    match command {
        GroupCommand::List => list(context, &instance).await,
        GroupCommand::Show { name } => {
            let (account, group) = groups::find_as_operator(&instance, &name).await?;
            show(context, &account, &group)
        }
        GroupCommand::Create { name, owner, room, state } => {
            let (_, owner) = users::find(&instance, &owner).await?;
            let key = tokio::task::spawn_blocking(keys::generate).await??;
            let keys = Some((key.public, key.private));
            let new = NewGroup { name: name.clone(), draft: state.draft(), room, keys };
            groups::create(&instance, owner.id, new).await?;
            let (account, group) = groups::find_as_operator(&instance, &name).await?;
            show(context, &account, &group)
        }
        GroupCommand::Set { name, state } => {
            let (account, _) = groups::find_as_operator(&instance, &name).await?;
            groups::change_as_operator(&instance, account.id, state.draft()).await?;
            let (account, group) = groups::find_as_operator(&instance, &name).await?;
            show(context, &account, &group)
        }
        GroupCommand::Members { name } => members(context, &instance, &name).await,
        GroupCommand::Add { name, who, role } => {
            let (account, _) = groups::find_as_operator(&instance, &name).await?;
            let person = groups::look_up(&instance, &who).await?;
            let inside = groups::add_as_operator(&instance, account.id, person.id).await?;
            if let Some(role) = role {
                groups::set_role_as_operator(&instance, account.id, person.id, role).await?;
            }
            let what = if inside { "is now a member of" } else { "is invited to" };
            output::message(format!("@{} {what} @{}", person.acct(), account.username));
            Ok(())
        }
        GroupCommand::Remove { name, who } => {
            let (account, _) = groups::find_as_operator(&instance, &name).await?;
            let person = groups::look_up(&instance, &who).await?;
            groups::remove_as_operator(&instance, account.id, person.id).await?;
            output::message(format!("@{} is removed from @{}", person.acct(), account.username));
            Ok(())
        }
        GroupCommand::Close { name } => {
            let (account, _) = groups::find_as_operator(&instance, &name).await?;
            groups::close_as_operator(&instance, account.id).await?;
            output::message(format!("the group @{} is closed", account.username));
            Ok(())
        }
    }
}

async fn list(context: &CliContext, instance: &Instance) -> anyhow::Result<()> {
    let all = groups::list_all(instance).await?;
    if context.json() {
        return output::json(&all.iter().map(|(account, group)| data(account, group)).collect::<Vec<_>>());
    }
    let row = |(account, group): &(Account, Group)| {
        [
            account.username.clone(),
            account.display_name.clone(),
            group.join.as_str().to_owned(),
            group.visibility.as_str().to_owned(),
            account.followers_count.to_string(),
        ]
    };
    let rows: Vec<[String; 5]> = all.iter().map(row).collect();
    output::table(["NAME", "SHOWN AS", "JOIN", "VISIBILITY", "MEMBERS"], &rows);
    Ok(())
}

async fn members(context: &CliContext, instance: &Instance, name: &str) -> anyhow::Result<()> {
    let (account, _) = groups::find_as_operator(instance, name).await?;
    let members = groups::members_as_operator(instance, account.id).await?;
    if context.json() {
        let one = |member: &portico_domain::model::group::GroupMember| json!({ "account": member.account.acct(), "role": member.role });
        return output::json(&members.iter().map(one).collect::<Vec<_>>());
    }
    let rows: Vec<[String; 2]> =
        members.iter().map(|member| [member.account.acct(), member.role.as_str().to_owned()]).collect();
    output::table(["MEMBER", "ROLE"], &rows);
    Ok(())
}
