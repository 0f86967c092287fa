//! Reads the properties of a sound with `lofty`.
//!
//! `lofty` is made for files of one's own. A stranger's file can make it panic (a length of nothing is a divisor) or
//! search for long, so it reads behind a meter, and a panic means that the properties are unknown. The file
//! has been checked before, so unknown properties are no reason to refuse it.

use std::io::{BufReader, Error, Read, Result, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::{AudioFile as _, FileType};
use lofty::probe::Probe;

use super::Sound;
use portico_domain::model::media::SoundFacts;

/// Maximum number of reads and seeks, and of bytes read.
const MAX_CALLS: u32 = 50_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Size of a read, in bytes.
const CHUNK: usize = 4096;

/// Reads the properties of a sound; none if they are unknown.
pub fn read<F: Read + Seek>(file: &mut F, extension: &str, codec: Option<&str>) -> Sound {
    let kind = match (extension, codec) {
        ("mp3", _) => FileType::Mpeg,
        ("aac", _) => FileType::Aac,
        ("flac", _) => FileType::Flac,
        ("wav", _) => FileType::Wav,
        ("m4a" | "mp4" | "mov", _) => FileType::Mp4,
        ("ogg", Some("vorbis")) => FileType::Vorbis,
        ("ogg", Some("opus")) => FileType::Opus,
        ("ogg", Some("speex")) => FileType::Speex,
        _ => return Sound::default(),
    };
    catch_unwind(AssertUnwindSafe(|| parse(file, kind))).ok().flatten().unwrap_or_default()
}

fn parse<F: Read + Seek>(file: &mut F, kind: FileType) -> Option<Sound> {
    file.rewind().ok()?;
    let options =
        ParseOptions::new().read_tags(false).read_cover_art(false).parsing_mode(ParsingMode::Relaxed);
    let reader = BufReader::with_capacity(CHUNK, Metered { file, calls: 0, bytes: 0 });
    let read = Probe::with_file_type(reader, kind).options(options).read().ok()?;
    let found = read.properties();
    let positive = |number: Option<u32>| number.map(i64::from).filter(|number| *number > 0);
    let kilobits = positive(found.audio_bitrate()).or(positive(found.overall_bitrate()));
    Some(Sound {
        duration: i64::try_from(found.duration().as_millis()).ok().filter(|millis| *millis > 0),
        facts: SoundFacts {
            codec: None,
            bitrate: kilobits.map(|kilobits| kilobits.saturating_mul(1000)),
            sample_rate: positive(found.sample_rate()),
            channels: positive(found.channels().map(u32::from)),
        },
    })
}

/// A reader that fails after too much work.
struct Metered<'a, F> {
    file: &'a mut F,
    calls: u32,
    bytes: usize,
}

impl<F> Metered<'_, F> {
    fn count(&mut self) -> Result<()> {
        self.calls += 1;
        if self.calls > MAX_CALLS || self.bytes > MAX_BYTES {
            return Err(Error::other("the properties of the sound cannot be read in time"));
        }
        Ok(())
    }
}

impl<F: Read> Read for Metered<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.count()?;
        let read = self.file.read(buffer)?;
        self.bytes += read;
        Ok(read)
    }
}

impl<F: Seek> Seek for Metered<'_, F> {
    fn seek(&mut self, place: SeekFrom) -> Result<u64> {
        self.count()?;
        self.file.seek(place)
    }
}
