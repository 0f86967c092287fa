//! `portico init`: a first configuration, database and keys.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::context::Context;
use super::output;
use crate::config;
use crate::config::write::{self, NewInstance};
use crate::fleet::Fleet;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The host name of the instance and of its people's addresses. It can never be changed.
    #[arg(long)]
    domain: String,
    /// The folder for the configuration, the database and media.
    #[arg(long, default_value = ".", value_name = "DIR")]
    data_dir: PathBuf,
}

/// Writes a configuration that only its owner can read, and opens the instance once, which makes the
/// database and the keys.
pub(super) async fn run(context: &Context, arguments: Arguments) -> anyhow::Result<()> {
    let file = match context.common.config.components().count() {
        1 => arguments.data_dir.join(&context.common.config),
        _ => context.common.config.clone(),
    };
    let instance = NewInstance {
        domain: arguments.domain.clone(),
        title: arguments.domain.clone(),
        description: String::new(),
        database: "sqlite:portico.db".into(),
        media: "file:media".into(),
        company: Vec::new(),
        public_pages: false,
    };
    make_folder(&arguments.data_dir)?;
    write_new(&file, &write::text("127.0.0.1:8080", false, &[instance]))?;
    let opened = match config::load(&file, |_| None) {
        Ok(settings) => Fleet::open(&settings).await.map(drop).map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = opened {
        // A configuration that does not work is not left behind.
        let _ = fs::remove_file(&file);
        return Err(error);
    }
    output::message(format!(
        "Wrote {}. Next:\n  portico --config {0} account create NAME --email ADDRESS --role admin\n  portico --config {0} serve",
        file.display()
    ));
    Ok(())
}

/// Makes a folder that only its owner can look into; one that is there stays as it is.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a file that must not be there yet, readable by its owner alone.
pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{shown} is there already; move it away, or give another --data-dir")
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
    };
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))
}
