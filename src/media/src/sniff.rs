//! Detects file formats by their first bytes. File names and declared types are never trusted.

use portico_domain::model::media::MediaKind;

/// A supported file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The media type to serve it with.
    pub mime: &'static str,
    /// The extension of its keys.
    pub extension: &'static str,
    /// The kind of media.
    pub kind: MediaKind,
}

const fn format(mime: &'static str, extension: &'static str, kind: MediaKind) -> Format {
    Format { mime, extension, kind }
}

/// All formats that are accepted or stored.
pub const FORMATS: [Format; 13] = [
    format("image/jpeg", "jpg", MediaKind::Image),
    format("image/png", "png", MediaKind::Image),
    format("image/gif", "gif", MediaKind::Image),
    format("image/webp", "webp", MediaKind::Image),
    format("video/mp4", "mp4", MediaKind::Video),
    format("video/quicktime", "mov", MediaKind::Video),
    format("video/webm", "webm", MediaKind::Video),
    format("audio/mpeg", "mp3", MediaKind::Audio),
    format("audio/ogg", "ogg", MediaKind::Audio),
    format("audio/flac", "flac", MediaKind::Audio),
    format("audio/wav", "wav", MediaKind::Audio),
    format("audio/mp4", "m4a", MediaKind::Audio),
    format("audio/aac", "aac", MediaKind::Audio),
];

/// Number of leading bytes that [`sniff`] needs.
pub const HEAD: usize = 4096;

fn by(mime: &str) -> Option<Format> {
    FORMATS.into_iter().find(|format| format.mime == mime)
}

/// Detects the format of a file that starts with `head`; `None` if it is not supported.
pub fn sniff(head: &[u8]) -> Option<Format> {
    by(match head {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => of_brand(brand.get(..4)?)?,
        [0x1a, 0x45, 0xdf, 0xa3, ..] if has(head, b"webm") => "video/webm",
        [b'O', b'g', b'g', b'S', ..] if ogg_sound(head) => "audio/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
        [0xff, second, third, ..] if second & 0xe6 == 0xe2 && third >> 4 != 15 && third & 0x0c != 0x0c => {
            "audio/mpeg"
        }
        _ => return None,
    })
}

/// Detects the format of an ISO base media file by its brand. Still pictures are not supported.
fn of_brand(brand: &[u8]) -> Option<&'static str> {
    match brand {
        b"qt  " => Some("video/quicktime"),
        b"M4A " | b"M4B " | b"M4P " => Some("audio/mp4"),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"avif" | b"avis"
        | b"crx " => None,
        _ => Some("video/mp4"),
    }
}

fn ogg_sound(head: &[u8]) -> bool {
    let sound = [b"OpusHead".as_slice(), b"\x01vorbis", b"Speex   ", b"\x7fFLAC"];
    sound.iter().any(|mark| has(head, mark)) && !has(head, b"theora")
}

fn has(head: &[u8], mark: &[u8]) -> bool {
    head.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mime(head: &[u8]) -> Option<&'static str> {
        sniff(head).map(|format| format.mime)
    }

    #[test]
    fn files_are_known_by_their_first_bytes() {
        assert_eq!(mime(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(mime(b"\0\0\0\x20ftypisomrest"), Some("video/mp4"));
        assert_eq!(mime(b"\0\0\0\x20ftypqt  rest"), Some("video/quicktime"));
        assert_eq!(mime(b"\0\0\0\x20ftypM4A rest"), Some("audio/mp4"));
        assert_eq!(mime(b"ID3\x04rest"), Some("audio/mpeg"));
        assert_eq!(mime(b"\xff\xfb\x90\x00"), Some("audio/mpeg"));
        assert_eq!(mime(b"OggS...OpusHead"), Some("audio/ogg"));
        assert_eq!(mime(b"RIFF....WAVEfmt "), Some("audio/wav"));
    }

    #[test]
    fn s63_files_that_browsers_might_run_are_not_media() {
        for head in [
            b"<svg xmlns='http://www.w3.org/2000/svg'>".as_slice(),
            b"<!DOCTYPE html><script>",
            b"%PDF-1.7",
            b"PK\x03\x04",
            b"MZ",
            b"\0\0\0\x20ftypheic",
            b"\x1a\x45\xdf\xa3....matroska",
            b"OggS..theora",
            b"{\"type\": \"Note\"}",
            b"",
            b"GIF",
        ] {
            assert_eq!(sniff(head), None, "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer(head in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = sniff(&head);
        }
    }
}
