//! Sounds: everything in the file that is no sound is blanked in place, and `lofty` reads the length.
//!
//! An allow list names the parts that stay. Everything else goes, also unknown kinds of metadata: tags, pictures,
//! places and notes of ID3, APE, Lyrics3, Vorbis comments, FLAC blocks and RIFF chunks. Every file keeps its
//! size and its offsets. `lofty` removes tags as well, but only those that it knows, and its writers hold whole
//! files in memory.

mod frames;
mod ogg;
mod properties;

use crate::container::Damaged;
use crate::span::{Editable, FileSpan, little, number};
use portico_domain::model::media::SoundFacts;

/// Maximum number of blocks of a FLAC file or chunks of a WAV file.
const MAX_BLOCKS: usize = 20_000;
/// Maximum number of tags after the sound of a FLAC or WAV file.
const MAX_TRAILERS: usize = 16;

/// The properties of a sound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sound {
    /// The duration in milliseconds.
    pub duration: Option<i64>,
    /// The codec and its parameters.
    pub facts: SoundFacts,
}

/// Blanks what is no sound in a file of this extension, and reads the properties of the sound. Returns also
/// whether the file was changed.
pub fn inspect<F: Editable>(file: &mut F, extension: &str) -> Result<(Sound, bool), Damaged> {
    let mut span = FileSpan::of(file)?;
    let known = match extension {
        "mp3" => frames::strip(&mut span, frames::mpeg)?,
        "aac" => frames::strip(&mut span, frames::adts)?,
        "ogg" => ogg::strip(&mut span)?,
        "flac" => flac(&mut span)?,
        "wav" => wav(&mut span)?,
        _ => Sound::default(),
    };
    let changed = span.is_changed();
    let read = properties::read(file, extension, known.facts.codec.as_deref());
    Ok((read.completed_by(known), changed))
}

impl Sound {
    /// Takes what `known` says about the sound, and keeps the rest.
    fn completed_by(self, known: Self) -> Self {
        Self {
            duration: known.duration.or(self.duration),
            facts: SoundFacts {
                codec: known.facts.codec.or(self.facts.codec),
                bitrate: known.facts.bitrate.or(self.facts.bitrate),
                sample_rate: known.facts.sample_rate.or(self.facts.sample_rate),
                channels: known.facts.channels.or(self.facts.channels),
            },
        }
    }

    fn of_codec(codec: &str) -> Self {
        Self {
            facts: SoundFacts { codec: Some(codec.to_owned()), ..SoundFacts::default() },
            ..Self::default()
        }
    }
}

/// Keeps the blocks of a FLAC file with the stream's properties and its seek table. The others become padding.
fn flac<F: Editable>(span: &mut FileSpan<'_, F>) -> Result<Sound, Damaged> {
    let mut at = 4;
    for index in 0..MAX_BLOCKS {
        let head = span.bytes(at, 4)?;
        let (kind, length) = (*head.first().ok_or(Damaged)?, number(head, 1, 3).ok_or(Damaged)?);
        let next = at + 4 + length;
        if next > span.size() || (kind & 0x7f == 0) != (index == 0) {
            return Err(Damaged);
        }
        if !matches!(kind & 0x7f, 0 | 3) {
            span.write(at, &[kind & 0x80 | 1])?;
            span.blank(at + 4, next)?;
        }
        at = next;
        if kind & 0x80 != 0 {
            blank_trailers(span, at)?;
            return Ok(Sound::of_codec("flac"));
        }
    }
    Err(Damaged)
}

/// Blanks the tags at the end of a file whose sound begins at `start`.
fn blank_trailers<F: Editable>(span: &mut FileSpan<'_, F>, start: u64) -> Result<(), Damaged> {
    let mut end = span.size();
    for _ in 0..MAX_TRAILERS {
        let length = end.saturating_sub(start).min(128);
        let Some(tag) = trailer_length(span.bytes(end - length, length as usize)?) else { return Ok(()) };
        let at = end.saturating_sub(tag).max(start);
        span.blank(at, end)?;
        end = at;
    }
    Err(Damaged)
}

/// The length of the ID3v1, APE, Lyrics3 or appended ID3v2 tag that ends with these (at most 128) bytes.
fn trailer_length(bytes: &[u8]) -> Option<u64> {
    let last = |count: usize| bytes.len().checked_sub(count).and_then(|from| bytes.get(from..));
    if last(128).is_some_and(|tag| tag.starts_with(b"TAG")) {
        return Some(128);
    }
    if let Some(footer) = last(32).filter(|footer| footer.starts_with(b"APETAGEX")) {
        // The size of a tag covers its footer, and not the header of as many bytes.
        return Some(little(footer, 12, 4)? + 32);
    }
    if let Some([digits @ .., b'L', b'Y', b'R', b'I', b'C', b'S', b'2', b'0', b'0']) = last(15) {
        // The size covers neither its own six digits nor the mark.
        let size: Option<u64> = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        return Some(size.unwrap_or_default() + 15);
    }
    if let Some([b'3', b'D', b'I', _, _, _, size @ ..]) = last(10) {
        // The size covers neither the header nor the footer.
        return Some(size.iter().fold(0, |sum: u64, byte| sum << 7 | u64::from(byte & 0x7f)) + 20);
    }
    None
}

/// Keeps the chunks of a WAV file with the format and the sound. The others become junk.
fn wav<F: Editable>(span: &mut FileSpan<'_, F>) -> Result<Sound, Damaged> {
    let (mut at, mut sound) = (12, None);
    for _ in 0..MAX_BLOCKS {
        let head = span.bytes(at, 8)?;
        let (Some(kind), Some(length)) = (head.first_chunk::<4>().copied(), little(head, 4, 4)) else {
            return Err(Damaged);
        };
        let next = at + 8 + length + length % 2;
        match &kind {
            // A recorder that was cut off leaves 0, or more than there is.
            b"data" if length == 0 || next > span.size() => {
                blank_trailers(span, at + 8)?;
                return sound.ok_or(Damaged);
            }
            b"data" => {
                blank_chunks(span, next)?;
                return sound.ok_or(Damaged);
            }
            b"fmt " => {
                // Whole numbers, fractions, and either with more channels.
                let is_pcm = matches!(little(span.bytes(at + 8, 2)?, 0, 2), Some(1 | 3 | 0xfffe));
                sound = Some(if is_pcm { Sound::of_codec("pcm") } else { Sound::default() });
            }
            b"fact" => {}
            _ => blank_chunk(span, at, next)?,
        }
        at = next;
    }
    Err(Damaged)
}

/// Blanks all chunks that follow the sound of a WAV file.
fn blank_chunks<F: Editable>(span: &mut FileSpan<'_, F>, start: u64) -> Result<(), Damaged> {
    let mut at = start;
    for _ in 0..MAX_BLOCKS {
        let Some(length) = little(span.bytes(at, 8)?, 4, 4) else {
            return Ok(span.blank(at, span.size())?);
        };
        let next = at + 8 + length + length % 2;
        blank_chunk(span, at, next)?;
        at = next;
    }
    Err(Damaged)
}

fn blank_chunk<F: Editable>(span: &mut FileSpan<'_, F>, at: u64, next: u64) -> Result<(), Damaged> {
    span.write(at, b"JUNK")?;
    Ok(span.blank(at + 8, next)?)
}

#[cfg(test)]
mod tests;
