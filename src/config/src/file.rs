//! Reads `portico.toml` and the environment into settings.

use std::io::ErrorKind::NotFound;
use std::path::Path;

use toml::Table;

use crate::error::Error;
use crate::server::Settings;
use crate::{catalogue, environment, unknown};

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
    let mut file: Table = text
        .parse()
        .map_err(|error| Error::Malformed { path: path.to_owned(), what: describe_error(&error, &text) })?;
    // An absolute folder, so that the database does not depend on the working directory.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder =
        std::path::absolute(folder).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;

    let (sections, mut faults) = (catalogue::sections(), Vec::new());
    unknown::refuse_unknown(&mut file, &sections, &mut faults);
    unknown::refuse_types(&file, &sections, &text, &path.display().to_string(), &mut faults);
    environment::apply(&mut file, &sections, &variable, &mut faults);
    let settings = Settings::read(&file, &folder, &variable, &mut faults);
    if faults.is_empty() { Ok(settings) } else { Err(Error::Wrong(faults)) }
}

/// Formats a parser error without the text of the file, which may contain a password.
fn describe_error(error: &toml::de::Error, text: &str) -> String {
    let what = error.message().replace('\n', ", ");
    match error.span() {
        Some(span) => format!("line {}: {what}", unknown::line_at(text, span.start)),
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
    fn invalid_toml_is_reported_in_one_line_without_its_text() {
        let said =
            describe_error("listen = \"127.0.0.1:1\"\n[[instance]]\ndatabase = \"postgres://u:secret@h/d\n");
        assert!(said.starts_with("FILE: line 3: "), "{said}");
        assert!(!said.contains("secret") && said.lines().count() == 1, "{said}");
        let said = describe_error("listen = 8080\n[[instance]]\ndomain = \"a.example\"\n");
        assert!(said.starts_with("FILE: line 1: ") && said.lines().count() == 1, "{said}");
    }

    #[test]
    fn unknown_keys_are_reported_with_all_other_faults() {
        let said = describe_error("lisen = 1\n[[instance]]\ndomain = \"A\"\ncolour = \"blue\"\n");
        assert_eq!(said.lines().count(), 3, "{said}");
    }

    #[test]
    fn a_malformed_list_of_instances_is_reported_once() {
        for text in ["[instance]\ndomain = \"a.example\"\n", "instance = [5]\n", "instance = 5\n"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("portico.toml");
            std::fs::write(&file, text).unwrap();
            for title in [None, Some("Acme")] {
                let set = |name: &str| title.filter(|_| name == "PORTICO_TITLE").map(str::to_owned);
                let said = load(&file, set).unwrap_err().to_string();
                assert!(said.contains("instance must be a list of sections"), "{said}");
                assert_eq!(said.lines().count(), 1, "{said}");
            }
        }
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
