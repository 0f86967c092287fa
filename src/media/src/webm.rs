//! Blanks the metadata of WebM files in place: tags, attached files, chapters, and titles and names. Each becomes a
//! void element of the same length.

use crate::container::Damaged;
use crate::span::{Editable, FileSpan, number};

/// Maximum number of elements inspected. A live recording has one for each block of sound.
const MAX_ELEMENTS: usize = 4_000_000;
/// The longest header of an element, in bytes.
const MAX_HEADER: usize = 12;

const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;
const INFO: u64 = 0x1549_a966;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK: u64 = 0xae;

/// Whether the element holds the elements that concern us.
const fn is_entered(id: u64) -> bool {
    matches!(id, SEGMENT | INFO | TRACKS | TRACK)
}

/// Whether the element is metadata.
const fn is_metadata(id: u64) -> bool {
    matches!(
        id,
        // Tags, attachments and chapters.
        0x1254_c367 | 0x1941_a469 | 0x1043_a770
        // Title, date, and the names of this and other files.
        | 0x7ba9 | 0x4461 | 0x7384 | 0x3c_83ab | 0x3e_83bb
        // The name of a track.
        | 0x536e
        // A checksum, which would not hold any more.
        | 0xbf
    )
}

/// An element: its id, the offset of its body, and its size (`None` if unknown).
struct Element {
    id: u64,
    body: u64,
    size: Option<u64>,
}

/// Blanks the metadata. A file that cannot be read to its end is damaged, because metadata may follow.
pub fn strip<F: Editable>(span: &mut FileSpan<'_, F>) -> Result<(), Damaged> {
    let mut at = 0;
    for _ in 0..MAX_ELEMENTS {
        let head = span.bytes(at, MAX_HEADER)?;
        let is_end = head.len() < MAX_HEADER;
        let Some(element) = element(head, at) else {
            // A recording may be cut off within a header.
            return if is_end { Ok(()) } else { Err(Damaged) };
        };
        let end = element.size.and_then(|size| element.body.checked_add(size));
        at = match end {
            _ if is_entered(element.id) => element.body,
            // The blocks of a live recording come one by one.
            None if element.id == CLUSTER => element.body,
            None => return Err(Damaged),
            Some(end) => {
                if is_metadata(element.id) {
                    blank(span, at, element.body, end)?;
                }
                end
            }
        };
    }
    Err(Damaged)
}

/// Turns an element into a void one.
fn blank<F: Editable>(span: &mut FileSpan<'_, F>, at: u64, body: u64, end: u64) -> std::io::Result<()> {
    let end = end.min(span.size());
    let Some(width) = body.checked_sub(at + 1).filter(|width| *width > 0).map(|width| width.min(8)) else {
        return Ok(());
    };
    let start = at + 1 + width;
    let size = end.saturating_sub(start) | 1 << (7 * width);
    let size = size.to_be_bytes();
    let width = usize::try_from(width).unwrap_or(size.len());
    let size = size.get(size.len() - width..).unwrap_or_default();
    span.write(at, &[[0xec].as_slice(), size].concat())?;
    span.blank(start, end)
}

fn element(bytes: &[u8], at: u64) -> Option<Element> {
    let id_length = usize::try_from(bytes.first()?.leading_zeros()).ok()? + 1;
    if id_length > 4 {
        return None;
    }
    let length = usize::try_from(bytes.get(id_length)?.leading_zeros()).ok()? + 1;
    if length > 8 {
        return None;
    }
    let mask = (1_u64 << (7 * length)) - 1;
    let size = number(bytes, id_length, length)? & mask;
    Some(Element {
        id: number(bytes, 0, id_length)?,
        body: at + (id_length + length) as u64,
        size: Some(size).filter(|size| *size != mask),
    })
}
