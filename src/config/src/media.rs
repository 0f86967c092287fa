//! The storage of media files: a folder, or a bucket of an object store.

use std::fmt;
use std::path::{Path, PathBuf};

use super::file::Instance;

/// The default region.
const USUAL_REGION: &str = "us-east-1";

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
    /// The URL of the store; `None` for Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
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
        match &self.endpoint {
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

/// Fills in missing values of a bucket from the `AWS_*` variables.
pub(super) fn borrow_variables(raw: &mut Instance, variable: &impl Fn(&str) -> Option<String>) {
    if !raw.media.as_deref().is_some_and(|media| media.starts_with("s3:")) {
        return;
    }
    let from_environment =
        |names: &[&str]| names.iter().find_map(|name| variable(name)).filter(|value| !value.is_empty());
    let fill = |target: &mut Option<String>, names: &[&str]| {
        if target.is_none() {
            *target = from_environment(names);
        }
    };
    fill(&mut raw.media_endpoint, &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    fill(&mut raw.media_region, &["AWS_REGION", "AWS_DEFAULT_REGION"]);
    // A key id and its secret belong together: never take them from different sources.
    if raw.media_access_key.is_none() && raw.media_secret_key.is_none() {
        raw.media_access_key = from_environment(&["AWS_ACCESS_KEY_ID"]);
        raw.media_secret_key = from_environment(&["AWS_SECRET_ACCESS_KEY"]);
        raw.media_session_token = from_environment(&["AWS_SESSION_TOKEN"]);
    }
}

/// Returns the storage from `media` and the related keys.
pub(super) fn place(raw: &Instance, usual: &str, folder: &Path, faults: &mut Vec<String>) -> MediaPlace {
    let media = raw.media.as_deref().unwrap_or(usual);
    if let Some(path) = media.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return MediaPlace::Folder(folder.join(path));
    }
    if let Some(rest) = media.strip_prefix("s3://") {
        return bucket(raw, rest, faults).map_or(MediaPlace::Folder(PathBuf::new()), MediaPlace::Bucket);
    }
    // Without the whole value: a mistyped URL may contain a key.
    let start = media.split([':', '/']).next().unwrap_or_default();
    faults.push(format!("media starts with {start:?}; it must be \"file:PATH\" or \"s3://BUCKET/PREFIX\""));
    MediaPlace::Folder(PathBuf::new())
}

fn bucket(raw: &Instance, rest: &str, faults: &mut Vec<String>) -> Option<Bucket> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_matches('/');
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    let is_name = (3..=63).contains(&name.len()) && plain(name) && name.starts_with(|c: char| c != '.');
    if !is_name || !plain(prefix) || prefix.split('/').any(|part| part == "." || part == "..") {
        faults
            .push("media is not a valid bucket; it must be \"s3://BUCKET\" or \"s3://BUCKET/PREFIX\"".into());
        return None;
    }
    let endpoint = raw.media_endpoint.as_deref().map(|endpoint| endpoint.trim_end_matches('/').to_owned());
    let is_address = |text: &String| {
        url::Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        })
    };
    if endpoint.as_ref().is_some_and(|endpoint| !is_address(endpoint)) {
        faults.push("media_endpoint must be a URL, such as \"https://s3.acme.example\"".into());
        return None;
    }
    let (Some(access_key), Some(secret_key)) = (raw.media_access_key.clone(), raw.media_secret_key.clone())
    else {
        faults.push(
            "media is a bucket; it needs media_access_key and media_secret_key, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY"
                .into(),
        );
        return None;
    };
    Some(Bucket {
        name: name.to_owned(),
        prefix: prefix.to_owned(),
        endpoint,
        region: raw.media_region.clone().unwrap_or_else(|| USUAL_REGION.to_owned()),
        access_key,
        secret_key,
        session_token: raw.media_session_token.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(raw: &mut Instance, variables: &[(&str, &str)]) -> Result<MediaPlace, String> {
        let found = |name: &str| {
            let pair = variables.iter().find(|(known, _)| *known == name);
            pair.map(|(_, value)| (*value).to_owned())
        };
        borrow_variables(raw, &found);
        let mut faults = Vec::new();
        let place = place(raw, "file:media", Path::new("/etc/portico"), &mut faults);
        if faults.is_empty() { Ok(place) } else { Err(faults.join("\n")) }
    }

    fn raw(media: &str) -> Instance {
        Instance { media: Some(media.to_owned()), ..Instance::default() }
    }

    const KEYS: &[(&str, &str)] =
        &[("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_REGION", "eu-central-1")];

    #[test]
    fn a_bucket_takes_what_is_missing_from_the_usual_variables() {
        let Ok(MediaPlace::Bucket(bucket)) = placed(&mut raw("s3://files/acme/"), KEYS) else { panic!() };
        assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("files", "acme"));
        assert_eq!((bucket.region.as_str(), bucket.secret_key.as_str()), ("eu-central-1", "hush"));
        let own = Instance {
            media_access_key: Some("mine".into()),
            media_secret_key: Some("too".into()),
            media_endpoint: Some("http://127.0.0.1:9000/".into()),
            ..raw("s3://files")
        };
        let Ok(MediaPlace::Bucket(bucket)) = placed(&mut { own }, KEYS) else { panic!() };
        assert_eq!((bucket.access_key.as_str(), bucket.secret_key.as_str()), ("mine", "too"));
        assert_eq!(bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    }

    #[test]
    fn keys_are_never_shown() {
        let place = placed(&mut raw("s3://files/acme"), KEYS).unwrap();
        for shown in [format!("{place:?}"), place.to_string()] {
            assert!(shown.contains("s3://files/acme"), "{shown}");
            assert!(!shown.contains("hush") && !shown.contains("AKIA"), "{shown}");
        }
        let mistyped = placed(&mut raw("s3:/hush@files"), KEYS).unwrap_err();
        assert!(!mistyped.contains("hush"), "{mistyped}");
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for bad in
            ["s3://", "s3://b", "s3://a:b@files", "s3://files/../x", "s3://files/ä", "ftp://x", "file:"]
        {
            assert!(placed(&mut raw(bad), KEYS).is_err(), "{bad}");
        }
        let keyless = placed(&mut raw("s3://files"), &[]).unwrap_err();
        assert!(keyless.contains("AWS_SECRET_ACCESS_KEY"), "{keyless}");
        let half = Instance { media_access_key: Some("mine".into()), ..raw("s3://files") };
        assert!(placed(&mut { half }, KEYS).is_err(), "a key without its own secret");
        let nowhere = Instance { media_endpoint: Some("files.example".into()), ..raw("s3://files") };
        assert!(placed(&mut { nowhere }, KEYS).is_err());
    }
}
