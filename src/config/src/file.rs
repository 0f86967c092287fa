//! The structure of `portico.toml`, and its parser.

use std::io::ErrorKind::NotFound;
use std::path::Path;

use serde::Deserialize;
use toml::Table;

use super::{Error, Settings, check, environment, words};

/// The file as written, before validation.
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
    #[serde(default)]
    pub certificates: Vec<String>,
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
    pub media_endpoint: Option<String>,
    pub media_region: Option<String>,
    pub media_access_key: Option<String>,
    pub media_secret_key: Option<String>,
    /// Only from the environment, because a session token expires within hours.
    #[serde(skip)]
    pub media_session_token: Option<String>,
    pub federation: Option<String>,
    pub default_reach: Option<String>,
    pub highest_reach_member: Option<String>,
    pub highest_reach_moderator: Option<String>,
    pub highest_reach_admin: Option<String>,
    #[serde(default)]
    pub company: Vec<String>,
    pub public_pages: Option<bool>,
    pub max_characters: Option<i64>,
    pub request_limit: Option<i64>,
    pub questions_per_day: Option<i64>,
    #[serde(default)]
    pub rules: Vec<String>,
    pub about: Option<String>,
    pub privacy_policy: Option<String>,
    pub terms_of_service: Option<String>,
    pub contact_account: Option<String>,
    pub link_previews: Option<String>,
    #[serde(default)]
    pub profile_fields: Vec<String>,
    pub translation_url: Option<String>,
    pub translation_key: Option<String>,
    pub translation_reach: Option<String>,
    pub exposure_anonymous: Option<String>,
    pub exposure_limited: Option<String>,
    pub exposure_open: Option<String>,
    pub exposure_partner: Option<String>,
    pub object_proofs: Option<bool>,
    pub bots: Option<String>,
    pub mail_url: Option<String>,
    pub mail_from: Option<String>,
    pub mail_digest: Option<String>,
    pub department_mentions: Option<String>,
    pub announcers: Option<Vec<String>>,
    pub room_sponsors: Option<String>,
}

/// Reads a configuration file and the `PORTICO_*` variables from `variable`, and validates everything.
/// Relative paths start at the file's folder. The file may be missing if `PORTICO_DOMAIN` is set.
///
/// # Errors
/// Every error found, one per line.
pub fn load(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Settings, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // In a container, variables may contain the whole configuration.
        Err(cause) if cause.kind() == NotFound && variable("PORTICO_DOMAIN").is_some() => String::new(),
        Err(cause) => return Err(Error::Unreadable { path: path.to_owned(), cause }),
    };
    let mut faults = Vec::new();
    let mut file =
        parse(&text, &mut faults).map_err(|what| Error::Malformed { path: path.to_owned(), what })?;
    environment::apply(&mut file, &variable, &mut faults);
    // An absolute folder, so that the database does not depend on the working directory.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        std::path::absolute(folder).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;
    match check::check(file, &folder, &mut faults) {
        Some(settings) if faults.is_empty() => Ok(settings),
        _ => Err(Error::Wrong(faults)),
    }
}

fn parse(text: &str, faults: &mut Vec<String>) -> Result<File, String> {
    let mut table: Table = text.parse().map_err(|error| describe_error(&error, text))?;
    words::refuse_unknown(&mut table, faults);
    if faults.is_empty() {
        // Parses the text again, so that a value of the wrong type is reported with its line.
        return toml::from_str(text).map_err(|error| describe_error(&error, text));
    }
    table.try_into().map_err(|error| describe_error(&error, ""))
}

/// Formats a parser error without the text of the file, which may contain a password.
fn describe_error(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
    let what = error.message().replace('\n', ", ");
    match line.filter(|_| !text.is_empty()) {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe_error(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portico.toml");
        std::fs::write(&file, text).unwrap();
        let message = load(&file, |_| None).unwrap_err().to_string();
        message.replace(&format!("{}", file.display()), "FILE")
    }

    #[test]
    fn what_is_not_toml_is_told_in_one_line_without_its_text() {
        let said =
            describe_error("listen = \"127.0.0.1:1\"\n[[instance]]\ndatabase = \"postgres://u:secret@h/d\n");
        assert!(said.starts_with("FILE: line 3: "), "{said}");
        assert!(!said.contains("secret") && said.lines().count() == 1, "{said}");
        let said = describe_error("listen = 8080\n[[instance]]\ndomain = \"a.example\"\n");
        assert!(said.starts_with("FILE: line 1: ") && said.lines().count() == 1, "{said}");
    }

    #[test]
    fn unknown_keys_are_told_together_with_what_else_is_wrong() {
        let said = describe_error("lisen = 1\n[[instance]]\ndomain = \"A\"\ncolour = \"blue\"\n");
        assert_eq!(said.lines().count(), 3, "{said}");
    }

    #[test]
    fn a_file_may_be_missing_where_variables_say_what_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portico.toml");
        assert!(matches!(load(&file, |_| None), Err(Error::Unreadable { .. })));
        let settings = load(&file, |name| (name == "PORTICO_DOMAIN").then(|| "a.example".into())).unwrap();
        assert_eq!(settings.instances[0].domain, "a.example");
    }
}
