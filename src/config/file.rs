//! The shape of `portico.toml`, and reading it.

use std::path::Path;

use serde::Deserialize;

use super::{Error, Settings, check, environment};

/// The file as it is written, before any value is judged.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub listen: Option<String>,
    pub admin_listen: Option<String>,
    pub shutdown_seconds: Option<i64>,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub log: Log,
    #[serde(default, rename = "instance")]
    pub instances: Vec<Instance>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    #[serde(default)]
    pub allow_networks: Vec<String>,
    pub insecure_http: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub filter: Option<String>,
    pub format: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instance {
    pub domain: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub contact_email: Option<String>,
    pub database: Option<String>,
    pub media: Option<String>,
    pub federation: Option<String>,
    pub default_reach: Option<String>,
    #[serde(default)]
    pub company: Vec<String>,
    pub public_pages: Option<bool>,
    pub max_characters: Option<i64>,
    pub request_limit: Option<i64>,
}

/// Reads a configuration file and the `PORTICO_*` variables that `variable` knows, and checks them all.
/// Relative paths in it are under the file's folder.
///
/// # Errors
/// Every fault that was found, a line each.
pub fn load(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Settings, Error> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;
    let mut file = parse(&text).map_err(|what| Error::Malformed { path: path.to_owned(), what })?;
    let mut faults = Vec::new();
    environment::apply(&mut file, &variable, &mut faults);
    // An absolute folder, so that a database is the same wherever the process stands.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        std::path::absolute(folder).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;
    match check::check(file, &folder, &mut faults) {
        Some(settings) if faults.is_empty() => Ok(settings),
        _ => Err(Error::Wrong(faults)),
    }
}

fn parse(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
        let what = error.message().replace('\n', ", ");
        line.map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
    })
}
