//! `portico init`: creates a configuration, a database and keys.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::context::CliContext;
use super::output;
use crate::fleet::Fleet;
use portico_config::write::{self, NewInstance};

#[derive(clap::Args)]
pub(super) struct InitArguments {
    /// The host name of the instance, which is part of its users' addresses. It cannot be changed later.
    #[arg(long)]
    domain: String,
    /// The folder for the configuration, the database and media.
    #[arg(long, default_value = ".", value_name = "DIR")]
    data_dir: PathBuf,
}

/// Writes a configuration that only its owner can read, and opens the instance once, which creates the
/// database and the keys.
pub(super) async fn run(context: &CliContext, arguments: InitArguments) -> anyhow::Result<()> {
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
    let opened = match portico_config::load(&file, |_| None) {
        Ok(settings) => Fleet::open(&settings).await.map(drop).map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = opened {
        // Do not leave a configuration behind that does not work.
        let _ = fs::remove_file(&file);
        return Err(error);
    }
    output::message(format!(
        "Wrote {}. Next:\n  portico --config {0} account create NAME --email ADDRESS --role admin\n  portico --config {0} serve",
        file.display()
    ));
    Ok(())
}

/// Creates a folder that only its owner can access; an existing one is not changed.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot create the folder {}", folder.display()))
}

/// Writes a new file that only its owner can read. Fails if it exists.
pub(super) fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{shown} already exists; move it away, or set another --data-dir")
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
    };
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))
}
