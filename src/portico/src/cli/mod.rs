//! The command line. Each command parses its arguments, calls a service on an opened instance, and prints
//! the result.
//!
//! Data goes to standard output, messages to standard error. Exit codes: 0 for success, 1 for failure, 2
//! for wrong usage. Every command can run beside a running server, on the same database.

mod account;
mod agreement;
mod announcement;
mod bot;
mod config;
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
use std::pin::Pin;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::CliContext;
use portico_api::openapi;

/// A federated ActivityPub server for company-internal social networking.
#[derive(Parser)]
#[command(name = "portico", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// The options of every command.
#[derive(clap::Args, Clone)]
struct Common {
    /// The configuration file.
    #[arg(long, global = true, env = "PORTICO_CONFIG", default_value = "portico.toml", value_name = "FILE")]
    config: PathBuf,
    /// The instance to work on, if several are configured.
    #[arg(long, global = true, value_name = "DOMAIN")]
    instance: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run three instances with sample users, on loopback, to try everything out.
    Demo(demo::DemoArguments),
    /// Write a configuration, and create the database and keys of a new instance.
    Init(init::InitArguments),
    /// Run every instance of the configuration.
    Serve,
    /// Migrate the databases, without serving.
    Migrate,
    /// Manage local users and their accounts.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Import and export the profiles of many users.
    #[command(subcommand)]
    People(people::PeopleCommand),
    /// Manage access tokens for scripts.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Manage bots and their webhooks.
    #[command(subcommand)]
    Bot(bot::BotCommand),
    /// Manage announcements to everyone on the instance.
    #[command(subcommand)]
    Announcement(announcement::AnnouncementCommand),
    /// Show must-read posts, and who has acknowledged them.
    #[command(subcommand)]
    MustRead(must_read::MustReadCommand),
    /// Manage groups: teams, projects, communities of practice.
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Manage custom emoji.
    #[command(subcommand)]
    Emoji(emoji::EmojiCommand),
    /// Show and resolve reports, and show the moderation log.
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Manage the tiers of remote hosts.
    #[command(subcommand)]
    Peer(peer::PeerCommand),
    /// Manage agreements with partners.
    #[command(subcommand)]
    Agreement(agreement::AgreementCommand),
    /// Describe the configuration file.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check the setup, and suggest what to do about each problem.
    Doctor,
    /// Print the OpenAPI document of the client API.
    Openapi,
}

/// The number of concurrent queries and password hashes; more would only cost memory.
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
    // Boxed, because `block_on` compiles a future three times, and this one contains every command.
    let command: Pin<Box<dyn Future<Output = anyhow::Result<()>>>> = Box::pin(run(arguments));
    match runtime.block_on(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&error),
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let context = CliContext::new(arguments.common);
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
        Command::Config(command) => config::run(&command),
        Command::Doctor => doctor::run(&context).await,
        Command::Openapi => output::json(&openapi::document(portico_api::documented())),
    }
}
