//! Fuzz target (`fuzz/`): any bytes as an uploaded recording. Compiled for the fuzzer and for tests only.

use std::io::Cursor;

use crate::container::inspect;
use crate::sniff::sniff;

/// A video or a sound. What was blanked once has nothing left to blank, and no file changes its size.
pub fn recording(bytes: &[u8]) {
    let Some(format) = sniff(bytes) else { return };
    let mut file = Cursor::new(bytes.to_vec());
    let Ok(first) = inspect(&mut file, format) else { return };
    let blanked = file.into_inner();
    assert_eq!(blanked.len(), bytes.len(), "a file keeps its size");
    assert!(first.changed || blanked == bytes, "a file that is said to be unchanged is unchanged");
    let mut file = Cursor::new(blanked.clone());
    let second = inspect(&mut file, format).ok();
    let facts = second.as_ref().map(|second| &second.facts);
    assert_eq!(facts, Some(&first.facts), "a blanked file has the same properties");
    assert!(file.into_inner() == blanked, "a blanked file has nothing left to blank");
}
