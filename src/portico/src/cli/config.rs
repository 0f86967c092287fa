//! `portico config`: the configuration file.

use clap::Subcommand;

use super::output;

/// Subcommands of `portico config`.
#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the JSON schema of the configuration file, with which editors complete and check its keys.
    Schema,
}

/// Runs `portico config`. Reads no configuration.
pub(super) fn run(command: &ConfigCommand) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Schema => output::json(&portico_config::schema()),
    }
}
