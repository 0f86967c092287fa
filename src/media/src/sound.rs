//! Sounds: everything in the file that is no sound is blanked in place, and `lofty` reads the length.
//!
//! What is kept is listed, and the rest goes, so that unknown kinds of metadata go as well: tags, pictures,
//! places and notes of ID3, APE, Lyrics3, Vorbis comments, FLAC blocks and RIFF chunks. Every file keeps its
//! size and its offsets. `lofty` removes tags as well, but only those that it knows, and its writers hold whole
//! files in memory.

mod frames;
mod ogg;
mod properties;

use crate::container::Damaged;
use crate::span::{Editable, Span, little, number};
use portico_domain::model::media::SoundFacts;

/// Maximum number of blocks of a FLAC file or chunks of a WAV file.
const MAX_BLOCKS: usize = 20_000;

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
    let mut span = Span::of(file)?;
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
fn flac<F: Editable>(span: &mut Span<'_, F>) -> Result<Sound, Damaged> {
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
            blank_trailer(span, at)?;
            return Ok(Sound::of_codec("flac"));
        }
    }
    Err(Damaged)
}

/// Blanks an ID3v1 tag, and an APE tag, at the end of a file whose sound begins at `start`.
fn blank_trailer<F: Editable>(span: &mut Span<'_, F>, start: u64) -> Result<(), Damaged> {
    let mut end = span.size();
    if let Some(at) = end.checked_sub(128).filter(|at| *at >= start)
        && span.bytes(at, 3)? == b"TAG"
    {
        span.blank(at, end)?;
        end = at;
    }
    if let Some(footer) = end.checked_sub(32).filter(|at| *at >= start) {
        let bytes = span.bytes(footer, 32)?;
        if bytes.starts_with(b"APETAGEX") {
            // The size of a tag covers its footer, and not the header of as many bytes.
            let length = little(bytes, 12, 4).ok_or(Damaged)? + 32;
            span.blank(end.saturating_sub(length).max(start), end)?;
        }
    }
    Ok(())
}

/// Keeps the chunks of a WAV file with the format and the sound. The others become junk.
fn wav<F: Editable>(span: &mut Span<'_, F>) -> Result<Sound, Damaged> {
    let (mut at, mut sound) = (12, None);
    for _ in 0..MAX_BLOCKS {
        let head = span.bytes(at, 8)?;
        let (Some(kind), Some(length)) = (head.first_chunk::<4>().copied(), little(head, 4, 4)) else {
            return Err(Damaged);
        };
        let next = at + 8 + length + length % 2;
        match &kind {
            // A recorder that was cut off leaves 0, or more than there is.
            b"data" if length == 0 || next >= span.size() => return sound.ok_or(Damaged),
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
fn blank_chunks<F: Editable>(span: &mut Span<'_, F>, start: u64) -> Result<(), Damaged> {
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

fn blank_chunk<F: Editable>(span: &mut Span<'_, F>, at: u64, next: u64) -> Result<(), Damaged> {
    span.write(at, b"JUNK")?;
    Ok(span.blank(at + 8, next)?)
}

#[cfg(test)]
mod tests;
