//! From an untrusted file to the pictures that are stored.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use serde_json::{Value, json};

use super::{LARGEST_OBJECT, colour, jpeg, resize};

/// The longest side that is decoded, in pixels.
const LONGEST_SIDE: u32 = 8000;
/// The most pixels that are decoded.
const MOST_PIXELS: u64 = 40_000_000;
/// What a decoder may take, in bytes: eight for each pixel, and its own needs.
const MOST_MEMORY: u64 = 384 * 1024 * 1024;
/// The longer side of the largest size that is stored, in pixels.
const FULL: u32 = 2400;
/// The smaller sizes: their names, and their longer sides in pixels.
const SMALLER: [(&str, u32); 2] = [("800", 800), ("320", 320)];
/// What an opaque picture may take without loss, in bytes, before it counts as a photo.
const LARGEST_GRAPHIC: usize = 1024 * 1024;
const JPEG_QUALITY: u8 = 85;

/// Why a file is not taken. The text is the reason that the client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidPicture {
    /// Another type, or none.
    #[error("must be a JPEG, PNG or WebP picture")]
    Unknown,
    /// More frames than one.
    #[error("must not be animated")]
    Animated,
    /// It would take too much memory.
    #[error("must have at most 8000 pixels a side, and 40 million in all")]
    TooManyPixels,
    /// It can't be decoded.
    #[error("is damaged or incomplete")]
    Damaged,
    /// It would take too much room.
    #[error("takes more than 10 MB without loss: make it smaller, or a JPEG")]
    TooDetailed,
}

impl InvalidPicture {
    /// The same for programs: a code of `private.fault_codes` and its parameters.
    pub(super) fn code(self) -> Value {
        match self {
            Self::Unknown => json!(["one_of", "image/jpeg", "image/png", "image/webp"]),
            Self::Animated => json!(["unavailable"]),
            Self::TooManyPixels => json!(["above", 8000]),
            Self::Damaged => json!(["pattern", "image/jpeg"]),
            Self::TooDetailed => json!(["too_long", 10_000_000]),
        }
    }
}

impl From<ImageError> for InvalidPicture {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::Damaged,
        }
    }
}

/// The types that are taken and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }
}

/// A picture as it is stored.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) format: Format,
    /// The largest first.
    pub(super) sizes: Vec<Size>,
}

/// One size of a picture.
#[derive(Debug)]
pub(super) struct Size {
    pub(super) name: &'static str,
    /// Pixels.
    pub(super) width: u32,
    /// Pixels.
    pub(super) height: u32,
    pub(super) content: Bytes,
}

/// The memory that a file's picture takes at the most while it is worked on, in bytes, from its header; 0 where the file
/// will be refused without any.
pub(super) fn memory(file: &[u8]) -> u64 {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
    let dimensions = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    dimensions.map_or(0, |(width, height)| memory_of(width, height))
}

/// The same from its dimensions: what takes the most has four channels.
pub(super) fn memory_of(width: u32, height: u32) -> u64 {
    let [width, height, full] = [width, height, FULL].map(u64::from);
    let pixels = width * height;
    if pixels == 0 || pixels > MOST_PIXELS || width.max(height) > u64::from(LONGEST_SIDE) {
        return 0;
    }
    // Two bytes a channel, brought to one; a progressive JPEG takes its decoder less.
    let decoding = pixels * (8 + 4);
    // Two copies of one byte a channel, and the rows that are left in floating point.
    let rows = (height * full).div_ceil(width.max(height)).min(height);
    let sizing = pixels * (4 + 4) + width * rows * 16;
    decoding.max(sizing)
}

/// Checks, decodes, sizes and encodes a picture.
pub(super) fn prepare(file: &[u8]) -> Result<Picture, InvalidPicture> {
    let (format, full) = decode(file)?;
    let (format, content) = encode_full(&full, format)?;
    let size = |name, picture: &DynamicImage, content: Vec<u8>| Size {
        name,
        width: picture.width(),
        height: picture.height(),
        content: content.into(),
    };
    let mut sizes = vec![size("full", &full, content)];
    for (name, side) in SMALLER {
        if let Some(smaller) = resize::fit(&full, side) {
            sizes.push(size(name, &smaller, encode(&smaller, format)?));
        }
    }
    Ok(Picture { format, sizes })
}

/// The file's type and the picture in it: upright, in sRGB, no larger than [`FULL`], 8 bits a channel.
fn decode(file: &[u8]) -> Result<(Format, DynamicImage), InvalidPicture> {
    let cursor = Cursor::new(file);
    match image::guess_format(file) {
        Ok(ImageFormat::Jpeg) if !jpeg::is_complete(file) => Err(InvalidPicture::Damaged),
        Ok(ImageFormat::Jpeg) => Ok((Format::Jpeg, read(JpegDecoder::new(cursor)?)?)),
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(cursor, limits())?;
            if decoder.is_apng()? { Err(InvalidPicture::Animated) } else { Ok((Format::Png, read(decoder)?)) }
        }
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(cursor)?;
            if decoder.has_animation() { Err(InvalidPicture::Animated) } else { Ok((Format::WebP, read(decoder)?)) }
        }
        _ => Err(InvalidPicture::Unknown),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

fn read(mut decoder: impl ImageDecoder) -> Result<DynamicImage, InvalidPicture> {
    // From the header: nothing is decoded before.
    decoder.set_limits(limits())?;
    let (width, height) = decoder.dimensions();
    match u64::from(width) * u64::from(height) {
        0 => return Err(InvalidPicture::Damaged),
        pixels if pixels > MOST_PIXELS => return Err(InvalidPicture::TooManyPixels),
        _ => {}
    }
    // Metadata that can't be read is of no use, and of no harm.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();

    let picture = DynamicImage::from_decoder(decoder)?;
    let mut picture = match (picture.color().has_color(), picture.color().has_alpha()) {
        (_, true) => DynamicImage::from(picture.into_rgba8()),
        (true, false) => DynamicImage::from(picture.into_rgb8()),
        (false, false) => DynamicImage::from(picture.into_luma8()),
    };
    if let Some(fitted) = resize::fit(&picture, FULL) {
        picture = fitted;
    }
    if let DynamicImage::ImageRgba8(pixels) = &picture
        && pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX)
    {
        picture = DynamicImage::from(picture.into_rgb8());
    }
    if let Some(icc) = icc {
        colour::to_srgb(&mut picture, &icc);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The largest size, and the type that suits the picture.
fn encode_full(picture: &DynamicImage, format: Format) -> Result<(Format, Vec<u8>), InvalidPicture> {
    let content = encode(picture, format)?;
    let is_photo = format != Format::Jpeg && !picture.color().has_alpha() && content.len() > LARGEST_GRAPHIC;
    let (format, content) = if is_photo { (Format::Jpeg, encode(picture, Format::Jpeg)?) } else { (format, content) };
    if content.len() as u64 > LARGEST_OBJECT { Err(InvalidPicture::TooDetailed) } else { Ok((format, content)) }
}

fn encode(picture: &DynamicImage, format: Format) -> Result<Vec<u8>, InvalidPicture> {
    let mut content = Vec::new();
    match format {
        Format::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut content, JPEG_QUALITY)),
        Format::Png => picture.write_with_encoder(PngEncoder::new_with_quality(
            &mut content,
            CompressionType::Default,
            FilterType::Adaptive,
        )),
        Format::WebP => picture.write_with_encoder(WebPEncoder::new_lossless(&mut content)),
    }?;
    Ok(content)
}

#[cfg(test)]
mod tests;
