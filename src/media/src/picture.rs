//! Picture processing: decodes uploads within limits, rotates them upright and re-encodes them, so that only
//! pixels of an upload are ever served, and no metadata.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader,
};

use crate::gif;

/// Maximum size of an uploaded picture, in bytes.
pub const MAX_SIZE: u64 = 16 * 1024 * 1024;
/// Maximum number of pixels of an uploaded picture.
pub const MAX_MATRIX: u64 = 33_177_600;
/// Maximum memory for decoding a picture, in bytes.
const MAX_MEMORY: u64 = 300 * 1024 * 1024;
/// Maximum number of pixels of a stored picture; larger ones are scaled down.
const KEPT: u64 = 3840 * 2160;
/// Maximum number of pixels of a preview.
const PREVIEW: u64 = 640 * 360;
/// Maximum number of pixels of an emoji.
const EMBLEM: u64 = 128 * 128;
/// JPEG quality of stored pictures.
const QUALITY: u8 = 90;
/// Maximum size of a colour profile, in bytes. It is kept because it holds no personal data.
const MAX_PROFILE: usize = 64 * 1024;

/// The reason why a picture is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be decoded.
    #[error("File is damaged or not a picture that can be shown")]
    Damaged,
    /// It has too many pixels.
    #[error("File has more pixels than the {MAX_MATRIX} that a picture may have")]
    TooManyPixels,
}

impl From<image::ImageError> for Fault {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::Damaged,
        }
    }
}

/// An encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The extension of its key.
    pub extension: &'static str,
    /// The media type.
    pub mime: &'static str,
    /// Width and height.
    pub dimensions: (u32, u32),
}

/// A picture with its preview and blurhash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The picture.
    pub whole: Sheet,
    /// The preview.
    pub preview: Sheet,
    /// The blurhash.
    pub blurhash: Option<String>,
}

/// A decoded picture: upright, 8 bits per channel.
struct Decoded {
    image: DynamicImage,
    profile: Option<Vec<u8>>,
    is_jpeg: bool,
}

/// Processes an upload into the picture to serve and its preview. Slow: do not call it from async threads.
pub fn treat(bytes: &[u8]) -> Result<Picture, Fault> {
    let decoded = decode(bytes)?;
    let moving = gif::strip(bytes).filter(|moving| moving.frames > 1);
    let whole = match moving {
        Some(moving) => Sheet {
            bytes: moving.bytes,
            extension: "gif",
            mime: "image/gif",
            dimensions: (decoded.image.width(), decoded.image.height()),
        },
        None => encode(&decoded, &within(&decoded.image, KEPT))?,
    };
    let small = within(&decoded.image, PREVIEW);
    let preview = encode(&decoded, &small)?;
    Ok(Picture { whole, preview, blurhash: colours(&small) })
}

/// Creates only a preview, such as a video's thumbnail.
pub fn preview(bytes: &[u8]) -> Result<(Sheet, Option<String>), Fault> {
    let decoded = decode(bytes)?;
    let small = within(&decoded.image, PREVIEW);
    Ok((encode(&decoded, &small)?, colours(&small)))
}

/// Scales and crops a picture to exactly these dimensions. A smaller picture is cropped to the same
/// proportions, but not enlarged.
pub fn cover(bytes: &[u8], width: u32, height: u32) -> Result<Sheet, Fault> {
    let decoded = decode(bytes)?;
    let (own_width, own_height) = (decoded.image.width(), decoded.image.height());
    let scale = f64::min(f64::from(own_width) / f64::from(width), f64::from(own_height) / f64::from(height));
    let shrunk = |side: u32| (f64::from(side) * scale.min(1.0)).round().max(1.0) as u32;
    let filled = decoded.image.resize_to_fill(shrunk(width), shrunk(height), FilterType::Triangle);
    encode(&decoded, &filled)
}

/// Processes an emoji; an animation stays animated.
pub fn emblem(bytes: &[u8]) -> Result<Sheet, Fault> {
    let decoded = decode(bytes)?;
    match gif::strip(bytes).filter(|moving| moving.frames > 1) {
        Some(moving) => Ok(Sheet {
            bytes: moving.bytes,
            extension: "gif",
            mime: "image/gif",
            dimensions: (decoded.image.width(), decoded.image.height()),
        }),
        None => encode(&decoded, &within(&decoded.image, EMBLEM)),
    }
}

fn decode(bytes: &[u8]) -> Result<Decoded, Fault> {
    let format = image::guess_format(bytes).map_err(|_| Fault::Damaged)?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP];
    if !known.contains(&format) {
        return Err(Fault::Damaged);
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Fault::Damaged);
    }
    if pixels > MAX_MATRIX {
        return Err(Fault::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_rgb(profile));
    let image = DynamicImage::from_decoder(decoder)?;
    let mut image = if image.color().has_alpha() && is_seen_through(&image) {
        DynamicImage::ImageRgba8(image.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    image.apply_orientation(orientation);
    Ok(Decoded { image, profile, is_jpeg: format != ImageFormat::Png })
}

/// Whether a colour profile is RGB. A CMYK profile would be wrong after decoding.
fn is_rgb(profile: &[u8]) -> bool {
    profile.len() <= MAX_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

fn is_seen_through(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel.0[3] < u8::MAX),
        _ => true,
    }
}

/// Scales a picture down to at most `most` pixels.
fn within(image: &DynamicImage, most: u64) -> DynamicImage {
    let pixels = u64::from(image.width()) * u64::from(image.height());
    if pixels <= most {
        return image.clone();
    }
    let scale = (most as f64 / pixels as f64).sqrt();
    let side = |side: u32| ((f64::from(side) * scale).floor() as u32).max(1);
    image.resize_exact(side(image.width()), side(image.height()), FilterType::Triangle)
}

/// Encodes a picture: PNG if it was PNG or has transparency, otherwise JPEG.
fn encode(from: &Decoded, image: &DynamicImage) -> Result<Sheet, Fault> {
    let dimensions = (image.width(), image.height());
    let mut bytes = Vec::new();
    let colour = if image.color().has_alpha() { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let profile = from.profile.clone();
    if from.is_jpeg && !image.color().has_alpha() {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        if let Some(profile) = profile {
            // Without its colour profile a picture only looks a little pale.
            let _ = encoder.set_icc_profile(profile);
        }
        encoder.write_image(image.as_bytes(), dimensions.0, dimensions.1, colour)?;
        return Ok(Sheet { bytes, extension: "jpg", mime: "image/jpeg", dimensions });
    }
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
    encoder.write_image(image.as_bytes(), dimensions.0, dimensions.1, colour)?;
    Ok(Sheet { bytes, extension: "png", mime: "image/png", dimensions })
}

fn colours(image: &DynamicImage) -> Option<String> {
    let tiny = image.thumbnail(32, 32).into_rgba8();
    blurhash::encode(4, 3, tiny.width(), tiny.height(), tiny.as_raw()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn each_kind_is_written_anew() {
        for (format, mime) in [
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Png, "image/png"),
            (ImageFormat::WebP, "image/jpeg"),
            (ImageFormat::Gif, "image/jpeg"),
        ] {
            let picture = treat(&sample(format, 40, 30)).unwrap();
            assert_eq!((picture.whole.mime, picture.whole.dimensions), (mime, (40, 30)), "{format:?}");
            assert!(picture.blurhash.is_some());
        }
    }

    #[test]
    fn previews_are_small_and_covers_exact() {
        let wide = sample(ImageFormat::Jpeg, 1200, 600);
        let picture = treat(&wide).unwrap();
        let (width, height) = picture.preview.dimensions;
        assert!(u64::from(width) * u64::from(height) <= PREVIEW && width > 600, "{width}x{height}");
        assert_eq!(cover(&wide, 400, 400).unwrap().dimensions, (400, 400));
        assert_eq!(cover(&sample(ImageFormat::Png, 40, 30), 400, 400).unwrap().dimensions, (30, 30));
    }

    #[test]
    fn s63_a_bomb_is_refused_before_it_is_decoded() {
        let mut png = sample(ImageFormat::Png, 1, 1);
        png[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let sum = crc(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(treat(&png), Err(Fault::TooManyPixels));
    }

    fn crc(bytes: &[u8]) -> u32 {
        let table =
            |byte: u32| (0..8).fold(byte, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 });
        !bytes.iter().fold(u32::MAX, |sum, byte| table((sum ^ u32::from(*byte)) & 0xff) ^ (sum >> 8))
    }

    #[test]
    fn invalid_pictures_are_refused() {
        for bytes in [b"".as_slice(), b"<svg/>", b"\x89PNG\r\n\x1a\n<html>", b"GIF89a", b"\xff\xd8\xff"] {
            assert!(treat(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn cut_and_spoilt_pictures_never_panic(
            which in 0_usize..4, cut in 0_usize..2000, at in 0_usize..2000, byte in any::<u8>()
        ) {
            let format = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP][which];
            let mut bytes = sample(format, 16, 16);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(12));
            let _ = treat(&bytes);
        }
    }
}
