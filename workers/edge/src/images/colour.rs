//! Colours of other profiles brought to sRGB, because the profile goes with the rest of the metadata and phones take
//! pictures in wider ones.

use image::DynamicImage;
use moxcms::{CmsError, ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Brings a picture of 8 bits a channel from the profile `icc` to sRGB. One in grey, or with a profile that can't be used,
/// stays as it is.
pub(super) fn to_srgb(picture: &mut DynamicImage, icc: &[u8]) {
    let _ = match picture {
        DynamicImage::ImageRgb8(pixels) => transform(pixels, icc, Layout::Rgb),
        DynamicImage::ImageRgba8(pixels) => transform(pixels, icc, Layout::Rgba),
        _ => Ok(()),
    };
}

fn transform(pixels: &mut [u8], icc: &[u8], layout: Layout) -> Result<(), CmsError> {
    let profile = ColorProfile::new_from_slice(icc)?;
    if profile.color_space != DataColorSpace::Rgb {
        return Err(CmsError::InvalidProfile);
    }
    let transform =
        profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), layout, TransformOptions::default())?;
    let before = pixels.to_vec();
    transform.transform(&before, pixels)
}
