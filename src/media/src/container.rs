//! Inspection of video and audio containers without decoding. Blanks free-form metadata boxes of MP4 and
//! QuickTime files, where phones store the location; [`webm`] and [`sound`] do so for other formats.

use std::io::{Read, SeekFrom};

use crate::sniff::Format;
use crate::sound;
use crate::span::{Editable, FileSpan, number};
use crate::webm;
use portico_domain::model::media::{Dimensions, MediaFacts, MediaKind};

/// Maximum size of video or audio, in bytes.
pub const MAX_SIZE: u64 = 99 * 1024 * 1024;
/// Maximum number of pixels of a video.
pub const MAX_MATRIX: i64 = 8_294_400;
/// The frame rate limit reported to clients. It is not enforced, because reading it is expensive.
pub const MAX_FRAME_RATE: i64 = 120;
/// Maximum number of boxes inspected.
const MAX_BOXES: usize = 20_000;
/// Number of bytes of a WebM file that are inspected.
const WEBM_HEAD: u64 = 1024 * 1024;

/// The file is damaged, or not of the format that its first bytes claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("File is damaged or of a kind that cannot be shown")]
pub struct Damaged;

impl From<std::io::Error> for Damaged {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// The result of an inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The properties of the file.
    pub facts: MediaFacts,
    /// Whether the file had metadata, which is blank now.
    pub changed: bool,
}

/// Inspects video or audio, and blanks metadata in place. Slow: do not call it from async threads.
pub fn inspect<F: Editable>(file: &mut F, format: Format) -> Result<Inspected, Damaged> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut found = Found::default();
    match format.extension {
        "mp4" | "mov" | "m4a" => {
            let mut walk = Walk { file: &mut *file, left: MAX_BOXES, found: &mut found };
            walk.boxes(0, size, 0)?;
            if !found.has_movie {
                return Err(Damaged);
            }
        }
        "webm" => {
            webm_head(&head(file, WEBM_HEAD)?, &mut found)?;
            let mut span = FileSpan::of(file)?;
            webm::strip(&mut span)?;
            found.changed = span.is_changed();
        }
        _ => {}
    }
    let kind =
        if format.kind == MediaKind::Video && found.is_only_sound() { MediaKind::Audio } else { format.kind };
    let mut sound = sound::Sound::default();
    if kind == MediaKind::Audio {
        let changed;
        (sound, changed) = sound::inspect(file, format.extension)?;
        found.changed |= changed;
    }
    let dimensions =
        found.dimensions.filter(|(width, height)| kind == MediaKind::Video && *width > 0 && *height > 0);
    if dimensions.is_some_and(|(width, height)| width.saturating_mul(height) > MAX_MATRIX) {
        return Err(Damaged);
    }
    let duration = found.duration.or(sound.duration);
    let facts = MediaFacts {
        kind,
        mime: format.mime.to_owned(),
        size: i64::try_from(size).ok(),
        dimensions,
        duration: duration.filter(|millis| (1..=30 * 24 * 3_600_000).contains(millis)),
        sound: sound.facts,
        ..MediaFacts::default()
    };
    Ok(Inspected { facts, changed: found.changed })
}

fn head<F: Editable>(file: &mut F, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::by_ref(file).take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Debug, Default)]
struct Found {
    has_movie: bool,
    has_pictures: bool,
    has_sound: bool,
    dimensions: Option<Dimensions>,
    duration: Option<i64>,
    changed: bool,
}

impl Found {
    fn is_only_sound(&self) -> bool {
        self.has_sound && !self.has_pictures
    }
}

/// A traversal of the boxes of an ISO base media file.
struct Walk<'a, F> {
    file: &'a mut F,
    left: usize,
    found: &'a mut Found,
}

impl<F: Editable> Walk<'_, F> {
    fn boxes(&mut self, start: u64, end: u64, depth: u32) -> Result<(), Damaged> {
        let mut at = start;
        // QuickTime files may end a list with four zero bytes.
        while at + 8 <= end {
            self.left = self.left.checked_sub(1).ok_or(Damaged)?;
            self.file.seek(SeekFrom::Start(at))?;
            let mut head = [0; 16];
            self.file.read_exact(&mut head[..8])?;
            let [a, b, c, d, kind @ ..] = *head.first_chunk::<8>().ok_or(Damaged)?;
            let (size, inner) = match u32::from_be_bytes([a, b, c, d]) {
                0 if depth == 0 => (end - at, 8),
                0 => return Ok(()),
                1 => {
                    let mut long = [0; 8];
                    self.file.read_exact(&mut long)?;
                    (u64::from_be_bytes(long), 16)
                }
                size => (u64::from(size), 8),
            };
            let next = at.checked_add(size).filter(|next| *next <= end && size >= inner).ok_or(Damaged)?;
            self.one(&kind, at, at + inner, next, depth)?;
            at = next;
        }
        Ok(())
    }

    fn one(&mut self, kind: &[u8; 4], at: u64, inner: u64, next: u64, depth: u32) -> Result<(), Damaged> {
        match kind {
            b"moov" if depth == 0 => {
                self.found.has_movie = true;
                self.boxes(inner, next, 1)
            }
            b"trak" if depth == 1 => self.boxes(inner, next, 2),
            b"mdia" if depth == 2 => self.boxes(inner, next, 3),
            b"udta" | b"meta" | b"uuid" if depth <= 2 => self.blank(at, inner, next),
            b"mvhd" if depth == 1 => self.movie_header(inner, next),
            b"tkhd" if depth == 2 => self.track_header(inner, next),
            b"hdlr" if depth == 3 => {
                let bytes = self.bytes(inner, next)?;
                self.found.has_pictures |= bytes.get(8..12) == Some(b"vide");
                self.found.has_sound |= bytes.get(8..12) == Some(b"soun");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reads the start of a box, at most 256 bytes.
    fn bytes(&mut self, inner: u64, next: u64) -> Result<Vec<u8>, Damaged> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(inner))?;
        Read::by_ref(self.file).take((next - inner).min(256)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Turns a box into free space, so that the other boxes keep their offsets.
    fn blank(&mut self, at: u64, inner: u64, next: u64) -> Result<(), Damaged> {
        self.found.changed = true;
        self.file.seek(SeekFrom::Start(at + 4))?;
        self.file.write_all(b"free")?;
        self.file.seek(SeekFrom::Start(inner))?;
        std::io::copy(&mut std::io::repeat(0).take(next - inner), self.file)?;
        Ok(())
    }

    fn movie_header(&mut self, inner: u64, next: u64) -> Result<(), Damaged> {
        let bytes = self.bytes(inner, next)?;
        let (scale, length) = match bytes.first() {
            Some(1) => (number(&bytes, 20, 4), number(&bytes, 24, 8)),
            _ => (number(&bytes, 12, 4), number(&bytes, 16, 4)),
        };
        if let (Some(scale @ 1..), Some(length)) = (scale, length) {
            self.found.duration = i64::try_from(u128::from(length) * 1000 / u128::from(scale)).ok();
        }
        Ok(())
    }

    fn track_header(&mut self, inner: u64, next: u64) -> Result<(), Damaged> {
        let bytes = self.bytes(inner, next)?;
        let (matrix, end) = if bytes.first() == Some(&1) { (52, 88) } else { (40, 76) };
        let (Some(width), Some(height)) = (number(&bytes, end, 4), number(&bytes, end + 4, 4)) else {
            return Ok(());
        };
        let mut dimensions = ((width >> 16) as i64, (height >> 16) as i64);
        // A video recorded upright is stored in landscape, with a quarter turn in its matrix.
        if number(&bytes, matrix, 4) == Some(0) && number(&bytes, matrix + 4, 4) != Some(0) {
            dimensions = (dimensions.1, dimensions.0);
        }
        if dimensions.0 > 0 && dimensions.1 > 0 {
            self.found.dimensions = Some(dimensions);
        }
        Ok(())
    }
}

/// Inspects the elements at the start of a WebM file.
fn webm_head(bytes: &[u8], found: &mut Found) -> Result<(), Damaged> {
    let mut scale = 1_000_000_u64;
    let mut length = None;
    // Master elements are entered, so their children come next; all others are skipped.
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Some((id, size, inner)) = element(bytes, at) else { break };
        let body = size.and_then(|size| bytes.get(inner..inner.checked_add(size)?)).unwrap_or_default();
        match id {
            // Segment, Info, Tracks, TrackEntry, Video.
            0x1853_8067 | 0x1549_a966 | 0x1654_ae6b | 0xae | 0xe0 => {
                found.has_movie |= id == 0x1853_8067;
                at = inner;
                continue;
            }
            0x2a_d7b1 => scale = number(body, 0, body.len().min(8)).unwrap_or(scale),
            0x4489 => length = float(body),
            0x83 => {
                found.has_pictures |= body == [1];
                found.has_sound |= body == [2];
            }
            0xb0 => {
                found.dimensions = Some((small(body), found.dimensions.map_or(0, |dimensions| dimensions.1)))
            }
            0xba => {
                found.dimensions = Some((found.dimensions.map_or(0, |dimensions| dimensions.0), small(body)))
            }
            // The first cluster: only media data follows.
            0x1f43_b675 => break,
            _ => {}
        }
        let Some(next) = size.and_then(|size| inner.checked_add(size)) else { break };
        at = next;
    }
    found.duration = length.map(|ticks| (ticks * scale as f64 / 1_000_000.0) as i64);
    if found.has_movie { Ok(()) } else { Err(Damaged) }
}

fn small(body: &[u8]) -> i64 {
    number(body, 0, body.len().min(4)).map_or(0, |side| side as i64)
}

fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => Some(f64::from(f32::from_bits(number(body, 0, 4)? as u32))),
        8 => Some(f64::from_bits(number(body, 0, 8)?)),
        _ => None,
    }
}

/// Parses an element: its id, its size (`None` if unknown) and the offset of its body.
fn element(bytes: &[u8], at: usize) -> Option<(u64, Option<usize>, usize)> {
    let id_length = usize::try_from(bytes.get(at)?.leading_zeros()).ok()? + 1;
    if id_length > 4 {
        return None;
    }
    let id = number(bytes, at, id_length)?;
    let at = at + id_length;
    let length = usize::try_from(bytes.get(at)?.leading_zeros()).ok()? + 1;
    if length > 8 {
        return None;
    }
    let mask = (1_u64 << (7 * length)) - 1;
    let size = number(bytes, at, length)? & mask;
    let size = if size == mask { None } else { Some(usize::try_from(size).ok()?) };
    Some((id, size, at + length))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::sniff::{FORMATS, sniff};

    fn part(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
        [size.as_slice(), kind, body].concat()
    }

    fn film() -> Vec<u8> {
        let mut header = vec![0; 100];
        header[12..16].copy_from_slice(&1000_u32.to_be_bytes());
        header[16..20].copy_from_slice(&2500_u32.to_be_bytes());
        let mut track = vec![0; 84];
        track[40..44].copy_from_slice(&1_u32.to_be_bytes());
        track[76..80].copy_from_slice(&(640_u32 << 16).to_be_bytes());
        track[80..84].copy_from_slice(&(360_u32 << 16).to_be_bytes());
        let mut handler = vec![0; 24];
        handler[8..12].copy_from_slice(b"vide");
        let media = part(b"mdia", &part(b"hdlr", &handler));
        let track = part(b"trak", &[part(b"tkhd", &track), media].concat());
        let place = part(b"udta", b"+52.5200+013.4050/");
        let movie = part(b"moov", &[part(b"mvhd", &header), track, place].concat());
        [part(b"ftyp", b"isom\0\0\0\0isom"), part(b"mdat", b"pixels"), movie].concat()
    }

    fn look(bytes: &[u8]) -> (Result<MediaFacts, Damaged>, Vec<u8>) {
        let mut file = Cursor::new(bytes.to_vec());
        let inspected = inspect(&mut file, sniff(bytes).unwrap_or(FORMATS[4]));
        (inspected.map(|inspected| inspected.facts), file.into_inner())
    }

    #[test]
    fn a_film_has_dimensions_and_duration_and_loses_its_location() {
        let (facts, after) = look(&film());
        let facts = facts.unwrap();
        assert_eq!(
            (facts.kind, facts.dimensions, facts.duration),
            (MediaKind::Video, Some((640, 360)), Some(2500))
        );
        assert_eq!(after.len(), film().len());
        assert!(!after.windows(8).any(|window| window == b"+52.5200"));
        assert!(after.windows(6).any(|window| window == b"pixels"));
    }

    #[test]
    fn a_container_without_content_is_refused() {
        assert!(look(&part(b"ftyp", b"isom\0\0\0\0")).0.is_err());
        let mut cut = film();
        cut.truncate(cut.len() - 5);
        assert!(look(&cut).0.is_err());
        assert!(look(b"\x1a\x45\xdf\xa3\x84webm").0.is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn spoilt_containers_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..300, byte in any::<u8>()
        ) {
            let mut film = film();
            let place = at % film.len();
            film[place] = byte;
            let _ = look(&film);
            let mut found = Found::default();
            let _ = webm_head(&bytes, &mut found);
            let _ = look(&[b"\0\0\0\x08ftypisom".as_slice(), &bytes].concat());
        }
    }
}
