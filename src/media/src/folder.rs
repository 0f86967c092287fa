//! A folder as an object store: `object_store`'s `LocalFileSystem`, with what it lacks.
//!
//! `LocalFileSystem` writes a file aside as `KEY#1`, syncs it with its folder (`with_fsync`, off by default), and
//! renames it. It lacks three things: its files get the permissions of the process's umask, a crash leaves
//! `KEY#1` behind for good, and its reads are of 8 KiB (see [`media_store`](crate::media_store)).

use std::fs;
use std::io::{ErrorKind, Result};
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
        Ok((Self(path.to_owned()), store.with_fsync(true)))
    }

    /// Creates a temporary file that is removed when dropped. Blocks.
    pub fn spool(&self) -> Result<NamedTempFile> {
        let folder = self.0.join(INCOMING);
        fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    /// Makes a stored file readable by its owner alone. Blocks.
    #[cfg(unix)]
    pub fn protect(&self, path: &object_store::path::Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.0.join(path.as_ref()), fs::Permissions::from_mode(0o600))
    }

    /// Does nothing on systems without Unix permissions.
    #[cfg(not(unix))]
    pub fn protect(&self, _: &object_store::path::Path) -> Result<()> {
        Ok(())
    }

    /// Removes what crashes left of the writes of a file. Blocks.
    pub fn remove_unfinished(&self, path: &object_store::path::Path) -> Result<()> {
        for number in 1.. {
            match fs::remove_file(self.0.join(format!("{path}#{number}"))) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                outcome => outcome?,
            }
        }
        Ok(())
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

fn is_older(path: &Path, moment: i64) -> bool {
    let changed = fs::metadata(path).and_then(|facts| facts.modified()).ok();
    let age = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|millis| millis < moment))
}
