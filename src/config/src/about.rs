//! The information about an instance, besides its title.

use std::path::{Path, PathBuf};

use portico_domain::model::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use toml::Table;

use crate::keys::{self, Section};
use crate::values::described;

/// The maximum number of rules, and the maximum length of each, in bytes.
const MOST_RULES: usize = 50;
const LONGEST_RULE: usize = 500;
/// The maximum length of a document of the operator, in bytes.
const LONGEST_DOCUMENT: u64 = 200_000;

/// The information about an instance, besides its title.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub struct About {
    /// The rules of the instance, one sentence each (at most 50, of up to 500 bytes). Reports can refer to them.
    /// As a variable: one rule per line.
    #[serde(default)]
    #[schemars(extend("x-lines" = true))]
    pub rules: Vec<String>,
    /// A Markdown file with the long description, shown on `/about` and in apps. This file and the next two are
    /// read at start.
    #[serde(default, rename = "about")]
    pub description: Option<Document>,
    /// A Markdown file with the privacy policy, shown on `/privacy-policy` and in apps.
    #[serde(default)]
    pub privacy_policy: Option<Document>,
    /// A Markdown file with the terms of service, shown on `/terms-of-service` and in apps.
    #[serde(default)]
    pub terms_of_service: Option<Document>,
    /// The user name of the contact person; apps show it next to the mail address.
    #[serde(default)]
    pub contact_account: Option<String>,
}

impl Section for About {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "About the instance";
}

impl About {
    pub(crate) fn read(table: &Table, folder: &Path, faults: &mut Vec<String>) -> Self {
        let mut about: Self = keys::read(table, faults);
        about.contact_account = about.contact_account.map(|name| name.trim_start_matches('@').to_owned());
        about.rules = check_rules(&about.rules, faults);
        for (key, document) in [
            ("about", &mut about.description),
            ("privacy_policy", &mut about.privacy_policy),
            ("terms_of_service", &mut about.terms_of_service),
        ] {
            if let Some(document) = document {
                document.load(key, folder, faults);
            }
        }
        about
    }
}

fn check_rules(texts: &[String], faults: &mut Vec<String>) -> Vec<String> {
    let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
    if texts.len() > MOST_RULES || texts.iter().any(|text| text.is_empty() || text.len() > LONGEST_RULE) {
        faults.push(format!(
            "rules has {} entries; it may have at most {MOST_RULES}, of 1 to {LONGEST_RULE} bytes each",
            texts.len()
        ));
    }
    texts
}

/// A document of the operator, as read at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file.
    pub path: PathBuf,
    /// The Markdown text.
    pub text: String,
    /// When its file was last changed.
    pub changed_at: Timestamp,
}

/// Takes the path; [`About::read`] loads the text.
impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let path = PathBuf::deserialize(value)?;
        Ok(Self { path, text: String::new(), changed_at: Timestamp::from_millis(0) })
    }
}

described!(Document, { "type": "string" });

impl Document {
    fn load(&mut self, key: &str, folder: &Path, faults: &mut Vec<String>) {
        self.path = folder.join(&self.path);
        let read = || {
            let about = std::fs::metadata(&self.path)?;
            if about.len() > LONGEST_DOCUMENT {
                return Err(std::io::Error::other(format!("it is longer than {LONGEST_DOCUMENT} bytes")));
            }
            Ok((std::fs::read_to_string(&self.path)?, about.modified()?))
        };
        match read() {
            Ok((text, changed)) => {
                let since = changed.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                self.changed_at = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0));
                self.text = text;
            }
            Err(cause) => faults.push(format!(
                "{key} is {:?}, which cannot be read ({cause}); it must be a text file in UTF-8",
                self.path.display()
            )),
        }
    }
}
