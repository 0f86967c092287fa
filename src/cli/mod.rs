//! The command line. Each command parses, calls a service on an opened instance, and prints.
//!
//! Data goes to standard output, messages to standard error; exit 0 is done, 1 failed, 2 wrong usage. Every
//! command works beside a running server, on the same database.

mod account;
mod agreement;
mod announcement;
mod bot;
mod context;
mod demo;
mod doctor;
mod emoji;
mod group;
mod host_list;
mod init;
mod must_read;
mod output;
mod peer;
mod people;
mod report;
mod serve;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::api::{self, openapi};
use context::Context;

/// A federated ActivityPub server for company-internal social networking.
#[derive(Parser)]
#[command(name = "portico", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args, Clone)]
struct Common {
    /// The configuration file.
    #[arg(long, global = true, env = "PORTICO_CONFIG", default_value = "portico.toml", value_name = "FILE")]
    config: PathBuf,
    /// The instance to work on, where more than one is configured.
    #[arg(long, global = true, value_name = "DOMAIN")]
    instance: Option<String>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run three instances with sample staff, on loopback, to try everything out.
    Demo(demo::Arguments),
    /// Write a configuration and make the database and keys of a new instance.
    Init(init::Arguments),
    /// Run every instance of the configuration.
    Serve,
    /// Bring the databases up to date, without serving.
    Migrate,
    /// People who can sign in.
    #[command(subcommand)]
    Account(account::Command),
    /// What people's profiles tell, for many at once.
    #[command(subcommand)]
    People(people::Command),
    /// Access tokens for scripts.
    #[command(subcommand)]
    Token(token::Command),
    /// Accounts that programs speak for, and their webhooks.
    #[command(subcommand)]
    Bot(bot::Command),
    /// What is told to everybody here.
    #[command(subcommand)]
    Announcement(announcement::Command),
    /// What must be read and acknowledged, and who has.
    #[command(subcommand)]
    MustRead(must_read::Command),
    /// Groups: teams, projects, communities of practice.
    #[command(subcommand)]
    Group(group::Command),
    /// Emoji that are pictures.
    #[command(subcommand)]
    Emoji(emoji::Command),
    /// What people have reported, and the record of who did what about it.
    #[command(subcommand)]
    Report(report::Command),
    /// What other hosts are to us.
    #[command(subcommand)]
    Peer(peer::Command),
    /// What is agreed with partners.
    #[command(subcommand)]
    Agreement(agreement::Command),
    /// Check that everything is as it should be, and say what to do where it is not.
    Doctor,
    /// Print the OpenAPI document of the client API.
    Openapi,
}

/// How many queries and password hashes run at once; more would only cost memory.
const BLOCKING_THREADS: usize = 32;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().max_blocking_threads(BLOCKING_THREADS);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failure(&error.into()),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&error),
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let context = Context::new(arguments.common);
    match arguments.command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Init(arguments) => init::run(&context, arguments).await,
        Command::Serve => serve::run(&context).await,
        Command::Migrate => serve::migrate(&context).await,
        Command::Account(command) => account::run(&context, command).await,
        Command::People(command) => people::run(&context, command).await,
        Command::Token(command) => token::run(&context, command).await,
        Command::Bot(command) => bot::run(&context, command).await,
        Command::Announcement(command) => announcement::run(&context, command).await,
        Command::MustRead(command) => must_read::run(&context, command).await,
        Command::Group(command) => group::run(&context, command).await,
        Command::Emoji(command) => emoji::run(&context, command).await,
        Command::Report(command) => report::run(&context, command).await,
        Command::Peer(command) => peer::run(&context, command).await,
        Command::Agreement(command) => agreement::run(&context, command).await,
        Command::Doctor => doctor::run(&context).await,
        Command::Openapi => output::json(&openapi::document(api::documented())),
    }
}
