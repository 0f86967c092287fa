//! MPEG audio and ADTS: a sequence of frames, with tags and junk around them.

use super::Sound;
use crate::container::Damaged;
use crate::span::{Editable, FileSpan};
use portico_domain::model::media::SoundFacts;

/// More bytes than a frame and the header of the next have.
const REACH: usize = 8192 + 64;
/// So many zeros are blank, and no sound.
const MANY_ZEROS: usize = 32;

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFrame {
    length: usize,
    samples: u64,
    rate: u64,
    channels: i64,
    codec: &'static str,
}

impl SoundFrame {
    /// Whether both may be of one stream.
    fn is_like(&self, other: &Self) -> bool {
        (self.rate, self.codec) == (other.rate, other.codec)
    }
}

/// Blanks everything outside of the frames. An ID3v2 tag keeps its header and becomes padding.
pub fn strip<F: Editable>(
    span: &mut FileSpan<'_, F>,
    parse: fn(&[u8]) -> Option<SoundFrame>,
) -> Result<Sound, Damaged> {
    let (mut first, mut last): (Option<SoundFrame>, Option<SoundFrame>) = (None, None);
    let (mut samples, mut length) = (0, 0_u64);
    let (mut at, mut gap) = (0, None);
    // The offset of the last tag found inside of what looked like a frame.
    let mut inner_tag = 0;
    while at < span.size() {
        let bytes = span.bytes(at, REACH)?;
        // In a row of frames a header is enough, unless a tag begins before the frame ends: then the frame was cut
        // off. Elsewhere the next frame must be where the header says.
        let frame = parse(bytes).filter(|frame| {
            let in_row = last.is_some_and(|last| last.is_like(frame));
            is_continued(bytes, frame, parse)
                || ((in_row || is_followed(bytes, frame, parse))
                    && !has_tag(bytes, frame, at, &mut inner_tag))
        });
        let tag = if frame.is_none() { tag_length(bytes) } else { None };
        let has_sound = first.is_some() || frame.is_some_and(|frame| !is_index(bytes, &frame));
        if let Some(start) = gap.filter(|_| frame.is_some() || tag.is_some()) {
            span.blank(start, at)?;
            gap = None;
        }
        if let Some(frame) = frame {
            samples += if has_sound { frame.samples } else { 0 };
            length += frame.length as u64;
            first = first.or(Some(frame));
            at += frame.length as u64;
        } else if let Some(tag) = tag {
            // No flags: the padding is neither unsynchronised nor has it an extended header or a footer.
            span.write(at + 5, &[0])?;
            span.blank(at + 10, at + tag)?;
            at += tag;
        } else {
            gap = gap.or(Some(at));
            at += 1;
        }
        last = frame;
    }
    if let Some(start) = gap {
        span.blank(start, span.size())?;
    }
    let first = first.ok_or(Damaged)?;
    let millis = samples * 1000 / first.rate.max(1);
    Ok(Sound {
        duration: i64::try_from(millis).ok().filter(|millis| *millis > 0),
        facts: SoundFacts {
            codec: Some(first.codec.to_owned()),
            bitrate: (length * 8000).checked_div(millis).and_then(|bits| i64::try_from(bits).ok()),
            sample_rate: i64::try_from(first.rate).ok(),
            channels: Some(first.channels).filter(|channels| *channels > 0),
        },
    })
}

/// Whether a frame of the same stream comes directly after a frame.
fn is_continued(bytes: &[u8], frame: &SoundFrame, parse: fn(&[u8]) -> Option<SoundFrame>) -> bool {
    bytes.get(frame.length..).and_then(parse).is_some_and(|next| next.is_like(frame))
}

/// Whether a tag begins inside of the frame at the offset `at`. `known` is the offset of the last tag that this
/// function found, so that no byte is searched twice.
fn has_tag(bytes: &[u8], frame: &SoundFrame, at: u64, known: &mut u64) -> bool {
    if *known <= at {
        let inner = (1..frame.length).find(|inner| bytes.get(*inner..).is_some_and(begins_tag));
        let Some(inner) = inner else { return false };
        *known = at + inner as u64;
    }
    *known < at + frame.length as u64
}

/// Whether the bytes begin with a tag.
fn begins_tag(bytes: &[u8]) -> bool {
    [b"TAG".as_slice(), b"APETAGEX", b"LYRICSBEGIN"].iter().any(|mark| bytes.starts_with(mark))
        || tag_length(bytes).is_some()
}

/// Whether another frame, a tag or the end of the file comes after a frame, or what is blank already.
fn is_followed(bytes: &[u8], frame: &SoundFrame, parse: fn(&[u8]) -> Option<SoundFrame>) -> bool {
    let Some(rest) = bytes.get(frame.length..) else { return false };
    let zeros = rest.iter().take(MANY_ZEROS).take_while(|byte| **byte == 0).count();
    let after = rest.get(zeros..).unwrap_or_default();
    zeros == MANY_ZEROS
        || after.is_empty()
        || begins_tag(after)
        || parse(after).is_some_and(|next| zeros > 0 || next.is_like(frame))
}

/// Whether a frame has an index of the file instead of sound.
fn is_index(bytes: &[u8], frame: &SoundFrame) -> bool {
    let inside = bytes.get(..frame.length.min(64)).unwrap_or(bytes);
    [b"Xing", b"Info", b"VBRI"].iter().any(|mark| inside.windows(4).any(|window| window == *mark))
}

/// The length of the ID3v2 tag that begins here, with its header and without a footer.
fn tag_length(bytes: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', 2..=4, _, _, size @ ..] = *bytes.first_chunk::<10>()? else { return None };
    if size.iter().any(|byte| *byte > 0x7f) {
        return None;
    }
    let length = size.iter().fold(0, |sum: u64, byte| sum << 7 | u64::from(*byte));
    Some(10 + length)
}

/// Parses the header of a frame of MPEG audio, layer 1 to 3. A free bit rate is not supported.
pub fn mpeg(bytes: &[u8]) -> Option<SoundFrame> {
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    const KILOBITS: [[u64; 14]; 5] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [0xff, second, third, fourth] = *bytes.first_chunk::<4>()? else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xe0 != 0xe0 || version == 1 || layer == 0 {
        return None;
    }
    let is_first = version == 3;
    let (row, codec) = match (layer, is_first) {
        (3, true) => (0, "mp1"),
        (2, true) => (1, "mp2"),
        (1, true) => (2, "mp3"),
        (3, false) => (3, "mp1"),
        (2, false) => (4, "mp2"),
        _ => (4, "mp3"),
    };
    let bits = KILOBITS.get(row)?.get(usize::from(third >> 4).checked_sub(1)?)? * 1000;
    // Version 2 has half of the rates, version 2.5 a quarter.
    let rate = RATES.get(usize::from(third >> 2 & 3))?
        >> match version {
            3 => 0,
            2 => 1,
            _ => 2,
        };
    let padding = u64::from(third >> 1 & 1);
    let (samples, length) = match (layer, is_first) {
        (3, _) => (384, (12 * bits / rate + padding) * 4),
        (1, false) => (576, 72 * bits / rate + padding),
        _ => (1152, 144 * bits / rate + padding),
    };
    let channels = if fourth >> 6 == 3 { 1 } else { 2 };
    Some(SoundFrame { length: usize::try_from(length).ok()?, samples, rate, channels, codec })
}

/// Parses the header of a frame of AAC in ADTS.
pub fn adts(bytes: &[u8]) -> Option<SoundFrame> {
    const RATES: [u64; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    let [0xff, second, third, fourth, fifth, sixth, seventh] = *bytes.first_chunk::<7>()? else {
        return None;
    };
    if second & 0xf6 != 0xf0 {
        return None;
    }
    let rate = *RATES.get(usize::from(third >> 2 & 15))?;
    let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    let head = if second & 1 == 1 { 7 } else { 9 };
    if length < head {
        return None;
    }
    let channels = match (third & 1) << 2 | fourth >> 6 {
        7 => 8,
        channels => i64::from(channels),
    };
    Some(SoundFrame { length, samples: 1024 * (u64::from(seventh & 3) + 1), rate, channels, codec: "aac" })
}
