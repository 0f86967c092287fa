//! Ogg: pages of packets, of one or more streams.
//!
//! Comment packets keep their length: they become comments without a vendor and entries, and zeros. Pages that
//! change get a new checksum. Streams that are no sound are blanked.

use super::Sound;
use crate::container::Damaged;
use crate::span::{Editable, FileSpan, little};

/// Maximum number of streams in a file.
const MAX_STREAMS: usize = 64;
/// Length of the header of a page, before its table of segments.
const HEAD: usize = 27;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Vorbis,
    Opus,
    Speex,
    Flac,
    /// No sound.
    Other,
}

impl Codec {
    fn of(packet: &[u8]) -> Self {
        let marks = [
            (b"\x01vorbis".as_slice(), Self::Vorbis),
            (b"OpusHead", Self::Opus),
            (b"Speex   ", Self::Speex),
            (b"\x7fFLAC", Self::Flac),
        ];
        marks.iter().find(|(mark, _)| packet.starts_with(mark)).map_or(Self::Other, |(_, codec)| *codec)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Vorbis => "vorbis",
            Self::Opus => "opus",
            Self::Speex => "speex",
            Self::Flac => "flac",
            Self::Other => "",
        }
    }

    /// The bytes of comments without a vendor and entries.
    const fn no_comments(self) -> &'static [u8] {
        match self {
            Self::Vorbis => b"\x03vorbis\0\0\0\0\0\0\0\0\x01",
            Self::Opus => b"OpusTags\0\0\0\0\0\0\0\0",
            _ => b"\0\0\0\0\0\0\0\0",
        }
    }
}

/// A stream of the file.
#[derive(Debug)]
struct Stream {
    serial: u64,
    codec: Codec,
    /// The number of complete packets, and the length of the packet that continues.
    packets: usize,
    length: usize,
    /// Whether metadata may follow.
    in_headers: bool,
    /// Whether the block of FLAC that continues is kept.
    is_kept: bool,
}

/// Blanks what is no sound.
pub fn strip<F: Editable>(span: &mut FileSpan<'_, F>) -> Result<Sound, Damaged> {
    let mut streams: Vec<Stream> = Vec::new();
    let (mut at, mut gap) = (0, None);
    while at < span.size() {
        let Some((head, length)) = page(span.bytes(at, HEAD + 255)?) else {
            gap = gap.or(Some(at));
            at += 1;
            continue;
        };
        if let Some(start) = gap.take() {
            span.blank(start, at)?;
        }
        let serial = little(&head, 14, 4).ok_or(Damaged)?;
        let begins = head.get(5).is_some_and(|flags| flags & 2 != 0);
        let known = streams.iter().position(|stream| stream.serial == serial);
        let place = match known.filter(|_| !begins) {
            Some(place) => place,
            None if !begins || streams.len() >= MAX_STREAMS => return Err(Damaged),
            None => {
                let codec = Codec::of(span.bytes(at + head.len() as u64, 16)?);
                streams.retain(|stream| stream.serial != serial);
                streams.push(Stream::new(serial, codec));
                streams.len() - 1
            }
        };
        let stream = streams.get_mut(place).ok_or(Damaged)?;
        let whole = head.len() + length;
        if stream.in_headers || stream.codec == Codec::Other {
            let mut bytes = span.bytes(at, whole)?.to_vec();
            let (head, body) = bytes.split_at_mut_checked(head.len()).ok_or(Damaged)?;
            stream.treat(head.get(HEAD..).unwrap_or_default(), body)?;
            // A page keeps its checksum unless it changes.
            if span.bytes(at, whole)? != bytes {
                if let Some(place) = bytes.get_mut(22..26) {
                    place.fill(0);
                }
                let sum = checksum(&bytes).to_le_bytes();
                if let Some(place) = bytes.get_mut(22..26) {
                    place.copy_from_slice(&sum);
                }
                span.write(at, &bytes)?;
            }
        }
        at += whole as u64;
    }
    if let Some(start) = gap {
        span.blank(start, span.size())?;
    }
    let sound = streams.iter().find(|stream| stream.codec != Codec::Other && !stream.in_headers);
    Ok(Sound::of_codec(sound.ok_or(Damaged)?.codec.name()))
}

/// Reads the header of a page with its table of segments, and the length of its body. The last page of a file
/// may be cut off.
fn page(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    if !bytes.starts_with(b"OggS\0") {
        return None;
    }
    let head = bytes.get(..HEAD + usize::from(*bytes.get(HEAD - 1)?))?;
    Some((head.to_vec(), head.get(HEAD..)?.iter().map(|length| usize::from(*length)).sum()))
}

impl Stream {
    fn new(serial: u64, codec: Codec) -> Self {
        Self { serial, codec, packets: 0, length: 0, in_headers: true, is_kept: true }
    }

    /// Blanks the metadata in the body of a page.
    fn treat(&mut self, table: &[u8], body: &mut [u8]) -> Result<(), Damaged> {
        if self.codec == Codec::Other {
            body.fill(0);
            return Ok(());
        }
        let mut rest = body;
        let mut length = 0;
        for (index, lace) in table.iter().enumerate() {
            length += usize::from(*lace);
            let ends = *lace < 255;
            if ends || index + 1 == table.len() {
                let (piece, after) = rest.split_at_mut_checked(length).ok_or(Damaged)?;
                (rest, length) = (after, 0);
                self.piece(piece, ends)?;
            }
        }
        Ok(())
    }

    /// Blanks the metadata in a piece of a packet.
    fn piece(&mut self, piece: &mut [u8], ends: bool) -> Result<(), Damaged> {
        if self.in_headers {
            match self.codec {
                Codec::Flac => self.flac_block(piece)?,
                codec if self.packets == 1 => {
                    let empty = codec.no_comments();
                    // The signature must be there, unless the packet began on an earlier page.
                    let mark = empty.get(..empty.len().min(7)).unwrap_or_default();
                    if codec != Codec::Speex && self.length == 0 && !piece.starts_with(mark) {
                        return Err(Damaged);
                    }
                    piece.fill(0);
                    let left = empty.get(self.length..).unwrap_or_default();
                    piece.iter_mut().zip(left).for_each(|(byte, new)| *byte = *new);
                    if ends && self.length + piece.len() < empty.len() {
                        return Err(Damaged);
                    }
                }
                _ => {}
            }
        }
        self.length += piece.len();
        if ends {
            (self.packets, self.length) = (self.packets + 1, 0);
            if self.codec != Codec::Flac && self.packets > 1 {
                self.in_headers = false;
            }
        }
        Ok(())
    }

    /// Turns a block of metadata into padding. The first packet has the properties of the stream.
    fn flac_block(&mut self, piece: &mut [u8]) -> Result<(), Damaged> {
        if self.packets == 0 {
            return Ok(());
        }
        let mut content = piece;
        if self.length == 0 {
            let kind = content.first_mut().ok_or(Damaged)?;
            if *kind == 0xff {
                self.in_headers = false;
                return Ok(());
            }
            self.is_kept = matches!(*kind & 0x7f, 0 | 3);
            if !self.is_kept {
                *kind = *kind & 0x80 | 1;
            }
            content = content.get_mut(4..).ok_or(Damaged)?;
        }
        if !self.is_kept {
            content.fill(0);
        }
        Ok(())
    }
}

/// The checksum of a page, whose own field is zero. Only pages that change are summed up, so bit by bit will do.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ogg() {
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/recording");
        let file = std::fs::read(seeds.join("opus")).unwrap();
        let (head, length) = page(&file).unwrap();
        let mut bytes = file[..head.len() + length].to_vec();
        let sum = u32::from_le_bytes(*bytes[22..26].first_chunk().unwrap());
        bytes[22..26].fill(0);
        assert_eq!(checksum(&bytes), sum);
    }
}
