//! A file that is edited in place: its bytes are read through a window, and written only where they change.

use std::io::{Read, Result, Seek, SeekFrom, Write};

/// Size of the window, in bytes. More than any page of Ogg or frame of sound.
const WINDOW: usize = 256 * 1024;

/// A file that may be edited in place.
pub trait Editable: Read + Write + Seek {}

impl<T: Read + Write + Seek> Editable for T {}

/// The bytes of a file, with a window on those around the last read.
pub struct FileSpan<'a, F> {
    file: &'a mut F,
    size: u64,
    start: u64,
    window: Vec<u8>,
    changed: bool,
}

impl<'a, F: Editable> FileSpan<'a, F> {
    /// Reads the size of a file.
    pub fn of(file: &'a mut F) -> Result<Self> {
        let size = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, size, start: 0, window: Vec::new(), changed: false })
    }

    /// The size of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether a write has changed the file.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Returns the bytes from `at`, at most `most` of them (and of a window); fewer at the end of the file.
    pub fn bytes(&mut self, at: u64, most: usize) -> Result<&[u8]> {
        let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let most = most.min(left).min(WINDOW);
        let known = self.window.len() as u64;
        if at < self.start || at + most as u64 > self.start + known {
            self.file.seek(SeekFrom::Start(at))?;
            self.window.clear();
            Read::by_ref(self.file).take(WINDOW as u64).read_to_end(&mut self.window)?;
            self.start = at;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        let read = self.window.get(from..).unwrap_or_default();
        Ok(read.get(..most).unwrap_or(read))
    }

    /// Writes bytes that lie within the file, unless they are there already.
    pub fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        if self.bytes(at, bytes.len())? == bytes {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(bytes)?;
        self.changed = true;
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        match self.window.get_mut(from..from.saturating_add(bytes.len())) {
            Some(window) => window.copy_from_slice(bytes),
            None => self.window.clear(),
        }
        Ok(())
    }

    /// Overwrites the bytes `start..end` with zeros.
    pub fn blank(&mut self, start: u64, end: u64) -> Result<()> {
        const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
        let (mut at, end) = (start, end.min(self.size));
        while at < end {
            let count = usize::try_from(end - at).unwrap_or(usize::MAX).min(ZEROS.len());
            self.write(at, ZEROS.get(..count).unwrap_or(&ZEROS))?;
            at += count as u64;
        }
        Ok(())
    }
}

/// Reads a big-endian number of `length` (at most 8) bytes.
pub fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)))
}

/// Reads a little-endian number of `length` (at most 8) bytes.
pub fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().rev().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)))
}
