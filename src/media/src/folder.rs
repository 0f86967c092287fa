//! A folder as an object store: `object_store`'s `LocalFileSystem` finds, reads and removes files.
//!
//! Files are written here. An upload is in a temporary file of the same folder, which its owner alone may read, so it
//! is synced and renamed. `LocalFileSystem` would copy it, with the permissions of the process's umask, and leave
//! an unfinished copy behind after a crash. Its reads are of 8 KiB (see [`media_store`](crate::media_store)).

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use object_store::local::LocalFileSystem;
use tempfile::NamedTempFile;

use portico_domain::model::Timestamp;

/// The folder of files that are still being uploaded.
const INCOMING: &str = "incoming";
/// Milliseconds after which an unfinished upload is removed.
const INCOMING_LIFE: i64 = 24 * 3600 * 1000;

/// A folder of media files.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Opens a folder; creates it if it is missing. Blocks.
    pub fn open(path: &Path) -> Result<(Self, LocalFileSystem)> {
        fs::create_dir_all(path)?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(super::media_store::from_storage)?;
        Ok((Self(path.to_owned()), store))
    }

    /// Creates a temporary file that is removed when dropped. Blocks.
    pub fn spool(&self) -> Result<NamedTempFile> {
        let folder = self.0.join(INCOMING);
        fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    /// Moves a temporary file of [`spool`](Self::spool) to its place, atomically and durably. Blocks.
    pub fn keep(&self, file: NamedTempFile, path: &object_store::path::Path) -> Result<()> {
        let target = self.0.join(path.as_ref());
        let folder = target.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        sync(folder)?;
        // It may have a new folder.
        sync(&self.0)
    }

    /// Removes unfinished uploads that a crash left behind. Blocks.
    pub fn sweep(&self, now: Timestamp) {
        let Ok(entries) = fs::read_dir(self.0.join(INCOMING)) else { return };
        for entry in entries.flatten() {
            if is_older(&entry.path(), now.millis() - INCOMING_LIFE) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Makes the names in a folder durable, where a folder can be opened.
fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn is_older(path: &Path, moment: i64) -> bool {
    let changed = fs::metadata(path).and_then(|facts| facts.modified()).ok();
    let age = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|millis| millis < moment))
}
