//! Strips animated GIFs: keeps the frames unchanged and drops everything else between them.

/// Maximum number of frames.
const MAX_FRAMES: usize = 3000;

/// A GIF without comments and unknown extension blocks.
pub struct Stripped {
    /// The file.
    pub bytes: Vec<u8>,
    /// The number of frames.
    pub frames: usize,
}

/// Copies the blocks needed to show a GIF; `None` if it is not a valid GIF.
pub fn strip(file: &[u8]) -> Option<Stripped> {
    let mut rest = Cut(file);
    let head = rest.take(13)?;
    if !head.starts_with(b"GIF8") {
        return None;
    }
    let (width, height) = (pair(head, 6)?, pair(head, 8)?);
    let mut bytes = head.to_vec();
    bytes.extend_from_slice(rest.take(table_size(*head.get(10)?))?);
    let mut frames = 0;
    loop {
        match rest.take(1)? {
            [0x21] => {
                let label = *rest.take(1)?.first()?;
                let body = rest.sub_blocks()?;
                let looping = label == 0xff && body.starts_with(b"\x0bNETSCAPE2.0");
                if label == 0xf9 || looping {
                    bytes.extend_from_slice(&[0x21, label]);
                    bytes.extend_from_slice(body);
                }
            }
            [0x2c] => {
                frames += 1;
                let place = rest.take(9)?;
                let right = u32::from(pair(place, 0)?) + u32::from(pair(place, 4)?);
                let top = u32::from(pair(place, 2)?) + u32::from(pair(place, 6)?);
                if frames > MAX_FRAMES || right > u32::from(width) || top > u32::from(height) {
                    return None;
                }
                bytes.push(0x2c);
                bytes.extend_from_slice(place);
                bytes.extend_from_slice(rest.take(table_size(*place.get(8)?))?);
                bytes.extend_from_slice(rest.take(1)?);
                bytes.extend_from_slice(rest.sub_blocks()?);
            }
            [0x3b] => break,
            _ => return None,
        }
    }
    bytes.push(0x3b);
    Some(Stripped { bytes, frames })
}

fn pair(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Returns the length of the colour table that these flags announce.
fn table_size(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The unread rest of the file.
struct Cut<'a>(&'a [u8]);

impl<'a> Cut<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes a chain of sub-blocks with their lengths and the empty terminator.
    fn sub_blocks(&mut self) -> Option<&'a [u8]> {
        let whole = self.0;
        let mut length = 0;
        loop {
            let size = usize::from(*self.take(1)?.first()?);
            self.take(size)?;
            length += 1 + size;
            if size == 0 {
                return whole.get(..length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::gif::{GifEncoder, Repeat};
    use proptest::prelude::*;

    use super::*;

    fn moving() -> Vec<u8> {
        let mut bytes = Vec::new();
        {
            let mut encoder = GifEncoder::new(&mut bytes);
            encoder.set_repeat(Repeat::Infinite).unwrap();
            for shade in [0, 120, 250] {
                let frame = image::RgbaImage::from_pixel(8, 8, image::Rgba([shade, 10, 10, 255]));
                encoder.encode_frame(image::Frame::new(frame)).unwrap();
            }
        }
        bytes
    }

    #[test]
    fn comments_go_and_frames_stay() {
        let mut spoken = moving();
        assert_eq!(spoken.pop(), Some(0x3b));
        spoken.extend_from_slice(b"\x21\xfe\x06secret\x00\x3b");
        let stripped = strip(&spoken).unwrap();
        assert_eq!(stripped.frames, 3);
        assert!(!stripped.bytes.windows(6).any(|window| window == b"secret"));
        assert!(stripped.bytes.windows(11).any(|window| window == b"NETSCAPE2.0"));
        assert!(image::load_from_memory(&stripped.bytes).is_ok());
        assert_eq!(strip(&stripped.bytes).unwrap().bytes, stripped.bytes);
    }

    proptest! {
        #[test]
        fn spoilt_ones_never_panic(cut in 0_usize..400, at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = moving();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut);
            let _ = strip(&bytes);
        }
    }
}
