//! An isolated machine for a test, made with Linux namespaces: a network with only loopback, a hosts file
//! with the names of a world over TLS, and a small disk. The test starts itself again inside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server;
use crate::world::{SECURE_NAMES, secure_address};

const INSIDE: &str = "PORTICO_TEST_INSIDE";

/// The isolated machine, seen from inside.
#[derive(Debug)]
pub struct Machine {
    hosts: PathBuf,
}

/// Inside, returns the machine. Outside, runs the test (by its full name) inside, and returns `None`.
pub fn inside(test: &str) -> Option<Machine> {
    if let Some(hosts) = std::env::var_os(INSIDE) {
        return Some(Machine { hosts: hosts.into() });
    }
    let folder = tempfile::TempDir::with_prefix("portico-names-").expect("a folder");
    let (hosts, disk) = (folder.path().join("hosts"), folder.path().join("disk"));
    fs::write(&hosts, names(|_| true)).expect("a file");
    fs::create_dir(&disk).expect("a folder");
    let script = r#"ip link set lo up && mount --bind "$0" /etc/hosts && mount -t tmpfs -o size=160m disk "$1" &&
        export TMPDIR="$1" && shift && exec "$@""#;
    let status = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "sh", "-c", script])
        .arg(&hosts)
        .arg(&disk)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(INSIDE, &hosts)
        .env("PORTICO_BIN", server::binary())
        .status()
        .expect("unshare is here");
    assert!(status.success(), "inside the network: {status}");
    None
}

impl Machine {
    /// Makes these names unresolvable, and all others resolvable.
    pub fn forgets(&self, unknown: &[&str]) {
        fs::write(&self.hosts, names(|name| !unknown.contains(&name))).expect("the hosts file");
    }

    /// Fills the disk to the last byte. Dropping the result frees the space.
    pub fn fills_up(&self) -> Filled {
        let path = std::env::temp_dir().join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![0_u8; size];
            while std::io::Write::write_all(&mut file, &block).is_ok() {}
        }
        Filled(path)
    }
}

/// A full disk.
#[derive(Debug)]
pub struct Filled(PathBuf);

impl Filled {
    /// Returns the path of the file that fills it.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn names(known: impl Fn(&str) -> bool) -> String {
    let lines = (0u8..).zip(SECURE_NAMES).filter(|(_, name)| known(name));
    let lines = lines.map(|(number, name)| format!("{} {name}\n", secure_address(number)));
    std::iter::once("127.0.0.1 localhost\n".to_owned()).chain(lines).collect()
}
