//! Where files are kept: a folder, each file under its key.
//!
//! A key is 128 random bits and the ending of one of the formats we serve, so nobody finds a file who was
//! not given its address, and its type never depends on what an uploader said.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use tempfile::NamedTempFile;
use tokio::sync::Semaphore;

use super::sniff::{FORMATS, Format};
use crate::instance::Rng;
use crate::model::Timestamp;

/// How many pictures are decoded at once: each may take hundreds of megabytes.
const AT_ONCE: usize = 2;
/// The folder of files that are still coming in.
const INCOMING: &str = "incoming";
/// How long a file may take to come in, in milliseconds.
const INCOMING_LIFE: i64 = 24 * 3600 * 1000;

/// The files of one instance.
#[derive(Debug)]
pub struct Depot {
    folder: PathBuf,
    /// Places for decoding pictures.
    pub(super) places: Semaphore,
}

impl Depot {
    /// The files in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, places: Semaphore::new(AT_ONCE) }
    }

    /// A fresh key for a file of this ending.
    pub fn key(rng: &Rng, extension: &str) -> String {
        let name: String = rng.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}.{extension}")
    }

    /// The format that a key stands for; none if it is no key.
    pub fn format(key: &str) -> Option<Format> {
        let (name, extension) = key.split_once('.')?;
        let good = name.len() == 32 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        FORMATS.into_iter().find(|format| good && format.extension == extension)
    }

    /// Where a file is.
    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        Self::format(key)?;
        Some(self.folder.join(key.get(..2)?).join(key))
    }

    /// A file to write to that is gone when it is dropped. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn spool(&self) -> std::io::Result<NamedTempFile> {
        let folder = self.folder.join(INCOMING);
        std::fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    /// Keeps a spooled file under a key; after that it survives a crash. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&self, file: NamedTempFile, key: &str) -> std::io::Result<()> {
        let path = self.path(key).ok_or(std::io::ErrorKind::InvalidInput)?;
        let folder = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        std::fs::File::open(folder)?.sync_all()
    }

    /// Keeps bytes under a key. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn put(&self, bytes: &[u8], key: &str) -> std::io::Result<()> {
        let mut file = self.spool()?;
        file.write_all(bytes)?;
        self.keep(file, key)
    }

    /// Removes a file; one that is not there is removed. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, key: &str) -> std::io::Result<()> {
        let Some(path) = self.path(key) else { return Ok(()) };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what a crash left half-way in. Blocks.
    pub fn sweep(&self, now: Timestamp) {
        let Ok(entries) = std::fs::read_dir(self.folder.join(INCOMING)) else { return };
        for entry in entries.flatten() {
            if is_older(&entry.path(), now.millis() - INCOMING_LIFE) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

fn is_older(path: &Path, moment: i64) -> bool {
    let changed = std::fs::metadata(path).and_then(|facts| facts.modified()).ok();
    let age = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|millis| millis < moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_lead_to_files() {
        let folder = tempfile::tempdir().unwrap();
        let depot = Depot::new(folder.path().join("media"));
        let key = Depot::key(&Rng::seeded(1), "png");
        depot.put(b"bytes", &key).unwrap();
        assert_eq!(std::fs::read(depot.path(&key).unwrap()).unwrap(), b"bytes");
        for wrong in ["", ".", "../x.png", "0123.png", &key.replace("png", "html"), &key.to_uppercase()] {
            assert!(depot.path(wrong).is_none(), "{wrong}");
        }
        depot.remove(&key).unwrap();
        depot.remove(&key).unwrap();
        assert!(!depot.path(&key).unwrap().exists());
    }
}
