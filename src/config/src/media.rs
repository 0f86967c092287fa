//! The storage of media files: a folder, or a bucket of an object store.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Table;

use crate::keys::{self, Section};
use crate::values::described;

/// The storage of media files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaPlace {
    /// `file:PATH`.
    Folder(PathBuf),
    /// `s3://BUCKET/PREFIX`.
    Bucket(Bucket),
}

/// A bucket of an object store with the S3 API.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The name.
    pub name: String,
    /// The prefix of every key; may be empty.
    pub prefix: String,
    /// The access to it.
    pub access: BucketAccess,
}

/// The access to a bucket.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct BucketAccess {
    /// The URL of the object store, such as `https://s3.acme.example`; otherwise `AWS_ENDPOINT_URL`.
    #[serde(default, rename = "media_endpoint")]
    #[schemars(extend("x-default" = "Amazon's"))]
    pub endpoint: Option<String>,
    /// The region of the bucket; otherwise `AWS_REGION`.
    #[serde(default = "usual_region", rename = "media_region")]
    pub region: String,
    /// The access key id for the bucket; otherwise `AWS_ACCESS_KEY_ID`.
    #[serde(default, rename = "media_access_key")]
    #[schemars(extend("x-default" = "none"))]
    pub access_key: String,
    /// The secret access key for the bucket; otherwise `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN`.
    #[serde(default, rename = "media_secret_key")]
    #[schemars(extend("x-default" = "none"))]
    pub secret_key: String,
    /// The session token of temporary credentials. Only from the environment, because it expires within hours.
    #[serde(skip)]
    pub session_token: Option<String>,
}

impl Section for BucketAccess {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "A bucket for media";
}

impl Default for BucketAccess {
    fn default() -> Self {
        keys::defaults()
    }
}

fn usual_region() -> String {
    "us-east-1".to_owned()
}

/// Without the keys, because this is written to logs and terminals.
impl fmt::Debug for BucketAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().unwrap_or("Amazon");
        f.debug_struct("BucketAccess").field("endpoint", &endpoint).finish_non_exhaustive()
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Without the keys, because this is written to logs and terminals.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.name)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        match &self.access.endpoint {
            Some(endpoint) => write!(f, " at {endpoint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for MediaPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl Default for MediaPlace {
    fn default() -> Self {
        Self::Folder(PathBuf::new())
    }
}

/// Without the access to a bucket, which [`BucketAccess::read`] reads.
impl<'de> Deserialize<'de> for MediaPlace {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let text = String::deserialize(value)?;
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Ok(Self::Folder(path.into()));
        }
        let Some(rest) = text.strip_prefix("s3://") else {
            // Without the whole value: a mistyped URL may contain a key.
            let start = text.split([':', '/']).next().unwrap_or_default();
            let fault = format!("starts with {start:?}; it must be \"file:PATH\" or \"s3://BUCKET/PREFIX\"");
            return Err(D::Error::custom(fault));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
        let is_name = (3..=63).contains(&name.len()) && plain(name) && name.starts_with(|c: char| c != '.');
        if !is_name || !plain(prefix) || prefix.split('/').any(|part| part == "." || part == "..") {
            return Err(D::Error::custom(
                "is not a valid bucket; it must be \"s3://BUCKET\" or \"s3://BUCKET/PREFIX\"",
            ));
        }
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        Ok(Self::Bucket(Bucket { name, prefix, access: BucketAccess::default() }))
    }
}

described!(MediaPlace, { "type": "string" });

impl MediaPlace {
    /// Lets a relative path start at `folder`.
    pub(crate) fn start_at(&mut self, folder: &Path) {
        if let Self::Folder(path) = self {
            *path = folder.join(&*path);
        }
    }
}

impl BucketAccess {
    /// Reads the access to a bucket, with the `AWS_*` variables for missing keys.
    pub(crate) fn read(
        table: &mut Table,
        variable: &dyn Fn(&str) -> Option<String>,
        faults: &mut Vec<String>,
    ) -> Self {
        let session_token = borrow_variables(table, variable);
        let has_keys = table.contains_key("media_access_key") && table.contains_key("media_secret_key");
        let mut access: Self = keys::read(table, faults);
        access.session_token = session_token;
        access.endpoint = access.endpoint.map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        let is_address = |text: &String| {
            url::Url::parse(text).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
            })
        };
        if access.endpoint.as_ref().is_some_and(|endpoint| !is_address(endpoint)) {
            faults.push("media_endpoint must be a URL, such as \"https://s3.acme.example\"".into());
        }
        if !has_keys {
            faults.push(
                "media is a bucket; it needs media_access_key and media_secret_key, or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
                    .into(),
            );
        }
        access
    }
}

/// Adds missing keys from the `AWS_*` variables, and returns the session token that belongs to them.
fn borrow_variables(table: &mut Table, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let find =
        |names: &[&str]| names.iter().find_map(|name| variable(name)).filter(|value| !value.is_empty());
    let mut fill = |key: &str, names: &[&str]| {
        if let (false, Some(value)) = (table.contains_key(key), find(names)) {
            table.insert(key.to_owned(), value.into());
        }
    };
    fill("media_endpoint", &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    fill("media_region", &["AWS_REGION", "AWS_DEFAULT_REGION"]);
    // A key id and its secret belong together: never take them from different sources.
    if table.contains_key("media_access_key") || table.contains_key("media_secret_key") {
        return None;
    }
    let mut fill = |key: &str, name: &str| {
        if let Some(value) = find(&[name]) {
            table.insert(key.to_owned(), value.into());
        }
    };
    fill("media_access_key", "AWS_ACCESS_KEY_ID");
    fill("media_secret_key", "AWS_SECRET_ACCESS_KEY");
    find(&["AWS_SESSION_TOKEN"])
}

#[cfg(test)]
mod tests {
    use toml::Value;

    use super::*;
    use crate::instance::InstanceSettings;
    use crate::keys::CheckContext;

    fn placed(table: &Table, variables: &[(&str, &str)]) -> Result<MediaPlace, String> {
        let found = |name: &str| {
            let pair = variables.iter().find(|(known, _)| *known == name);
            pair.map(|(_, value)| (*value).to_owned())
        };
        let (mut faults, mut table) = (Vec::new(), table.clone());
        table.insert("domain".into(), "a.example".into());
        let context =
            CheckContext { folder: Path::new("/etc/portico"), variable: &found, insecure_http: false };
        let instance = InstanceSettings::read(&table, &context, &mut faults);
        if faults.is_empty() { Ok(instance.media) } else { Err(faults.join("\n")) }
    }

    fn raw(media: &str) -> Table {
        raw_with(media, &[])
    }

    fn raw_with(media: &str, more: &[(&str, &str)]) -> Table {
        let place = ("media", media);
        let keys = more.iter().chain([&place]);
        keys.map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
    }

    const KEYS: &[(&str, &str)] =
        &[("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_REGION", "eu-central-1")];

    #[test]
    fn a_bucket_takes_what_is_missing_from_the_usual_variables() {
        let Ok(MediaPlace::Bucket(bucket)) = placed(&raw("s3://files/acme/"), KEYS) else { panic!() };
        assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("files", "acme"));
        assert_eq!(
            (bucket.access.region.as_str(), bucket.access.secret_key.as_str()),
            ("eu-central-1", "hush")
        );
        let own = [
            ("media_access_key", "mine"),
            ("media_secret_key", "too"),
            ("media_endpoint", "http://127.0.0.1:9000/"),
        ];
        let Ok(MediaPlace::Bucket(bucket)) = placed(&raw_with("s3://files", &own), KEYS) else { panic!() };
        assert_eq!((bucket.access.access_key.as_str(), bucket.access.secret_key.as_str()), ("mine", "too"));
        assert_eq!(bucket.access.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    }

    #[test]
    fn keys_are_never_shown() {
        let place = placed(&raw("s3://files/acme"), KEYS).unwrap();
        for shown in [format!("{place:?}"), place.to_string()] {
            assert!(shown.contains("s3://files/acme"), "{shown}");
            assert!(!shown.contains("hush") && !shown.contains("AKIA"), "{shown}");
        }
        let mistyped = placed(&raw("s3:/hush@files"), KEYS).unwrap_err();
        assert!(!mistyped.contains("hush"), "{mistyped}");
    }

    #[test]
    fn invalid_buckets_are_refused() {
        for bad in
            ["s3://", "s3://b", "s3://a:b@files", "s3://files/../x", "s3://files/ä", "ftp://x", "file:"]
        {
            assert!(placed(&raw(bad), KEYS).is_err(), "{bad}");
        }
        let keyless = placed(&raw("s3://files"), &[]).unwrap_err();
        assert!(keyless.contains("AWS_SECRET_ACCESS_KEY"), "{keyless}");
        let half = raw_with("s3://files", &[("media_access_key", "mine")]);
        assert!(placed(&half, KEYS).is_err(), "a key without its own secret");
        let nowhere = raw_with("s3://files", &[("media_endpoint", "files.example")]);
        assert!(placed(&nowhere, KEYS).is_err());
    }
}
