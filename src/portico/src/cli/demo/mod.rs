//! `portico demo`: three instances in one process, with sample users whose follows and posts went through
//! real signed HTTP federation; with agreements between the companies, a group across the divisions, a
//! must-read announcement, a question with an answer, and praise.
//!
//! Everything is kept in the data folder, with a `portico.toml` that every other command accepts. If the
//! demo is stopped before all sample data is complete, the next run adds only the missing data. Once it is
//! complete, nothing is added any more, so that deleted or edited posts stay so.

mod cast;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;

use super::{init, output, serve};
use crate::fleet::{self, Fleet};
use crate::telemetry;
use portico_config::Settings;
use portico_config::write::{self, NewInstance};
use portico_domain::model::user::Role;

use cast::{HOUSES, PEOPLE};
use stage::Stage;

/// The file in the data folder that marks the sample data as complete.
const COMPLETE_MARKER: &str = "sample-data-is-complete";

/// How long to wait for the delivery of the sample posts before reporting that the demo is ready.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(super) struct DemoArguments {
    /// The port on loopback for all three instances.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder for all data.
    #[arg(long, default_value = "./portico-data/demo", value_name = "DIR")]
    data_dir: PathBuf,
}

/// Serves the demo until it is stopped.
pub(super) async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let file = arguments.data_dir.join("portico.toml");
    let settings = settings(&file, arguments.port)?;
    telemetry::init(&settings.log);
    let stop = serve::stop_on_signal()?;
    let fleet = Fleet::open(&settings).await?;
    let (ready, is_ready) = oneshot::channel();
    let (served, serving) = (fleet.clone(), settings.clone());
    let stopping = stop.clone();
    let mut server = tokio::spawn(async move {
        fleet::serve(&served, &serving, stopping, move || {
            let _ = ready.send(());
        })
        .await
    });
    if is_ready.await.is_ok() {
        let play = play(&fleet, arguments.port, arguments.data_dir.join(COMPLETE_MARKER));
        tokio::select! {
            played = play => {
                played.context("the sample data")?;
                print_instructions(&file, arguments.port);
            }
            () = stop.cancelled() => {}
        }
    }
    (&mut server).await??;
    Ok(())
}

/// Creates the sample data, unless it is complete.
async fn play(fleet: &Fleet, port: u16, notice_file: PathBuf) -> anyhow::Result<()> {
    if notice_file.exists() {
        return Ok(());
    }
    let stage = Stage::open(fleet, port)?;
    match tokio::time::timeout(PATIENCE, stage.play()).await {
        Ok(played) => {
            played?;
            std::fs::write(&notice_file, "")
                .with_context(|| format!("cannot write {}", notice_file.display()))
        }
        Err(_) => {
            output::message("Some sample posts are still being delivered.");
            Ok(())
        }
    }
}

/// Returns the demo's configuration: written at the first run, read at every other.
fn settings(file: &Path, port: u16) -> anyhow::Result<Settings> {
    if !file.exists() {
        init::make_folder(file.parent().unwrap_or(Path::new(".")))?;
        let domain = |name: &str| format!("{name}.localhost:{port}");
        let instances: Vec<NewInstance> = HOUSES
            .iter()
            .map(|house| NewInstance {
                domain: domain(house.name),
                title: house.title.into(),
                description: house.description.into(),
                database: format!("sqlite:{}.db", house.name),
                media: format!("file:media/{}", house.name),
                company: house.sisters.iter().map(|sister| domain(sister)).collect(),
                public_pages: false,
            })
            .collect();
        init::write_new(file, &write::text(&format!("127.0.0.1:{port}"), true, &instances))?;
    }
    let settings = portico_config::load(file, |name| {
        (name == "PORTICO_LOG").then(|| std::env::var(name).ok()).flatten()
    })?;
    anyhow::ensure!(
        settings.listen.port() == port,
        "the demo in {} was created for port {}; use that port, or another --data-dir",
        file.display(),
        settings.listen.port()
    );
    Ok(settings)
}

/// Prints the addresses and the users of the demo.
fn print_instructions(file: &Path, port: u16) {
    output::line("Portico's demo is ready.\n");
    for house in HOUSES {
        let names: Vec<String> = PEOPLE
            .iter()
            .filter(|person| person.house == house.name)
            .map(|person| match person.role {
                Role::Admin => format!("{} (administrator)", person.username),
                _ => person.username.to_owned(),
            })
            .collect();
        let address = format!("http://{}.localhost:{port}", house.name);
        output::line(format!("  {address:36} {:20} sign in as {}", house.title, names.join(" or ")));
    }
    output::line(format!("\nThe password of all users is: {}", cast::PASSWORD));
    output::line(format!(
        "A token for a script:  portico --config {} token create --account alice@engineering.localhost:{port} --scopes \"read write follow\"",
        file.display()
    ));
    output::line("Stop it with Ctrl-C. The data is kept.");
}
