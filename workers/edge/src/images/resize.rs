//! Smaller sizes.

use image::DynamicImage;
use image::imageops::FilterType;

/// The picture with its longer side at most `side` pixels; `None` when it has no more already.
pub(super) fn fit(picture: &DynamicImage, side: u32) -> Option<DynamicImage> {
    if picture.width().max(picture.height()) <= side {
        return None;
    }
    Some(match picture {
        DynamicImage::ImageRgba8(pixels) => {
            // By their weight: what is transparent must not colour the edges of what is not.
            let mut pixels = pixels.clone();
            for pixel in pixels.pixels_mut() {
                let [red, green, blue, alpha] = pixel.0;
                pixel.0 = [times(red, alpha), times(green, alpha), times(blue, alpha), alpha];
            }
            let mut smaller = DynamicImage::from(pixels).resize(side, side, FilterType::Lanczos3).into_rgba8();
            for pixel in smaller.pixels_mut() {
                let [red, green, blue, alpha] = pixel.0;
                pixel.0 = [over(red, alpha), over(green, alpha), over(blue, alpha), alpha];
            }
            smaller.into()
        }
        picture => picture.resize(side, side, FilterType::Lanczos3),
    })
}

/// `value * alpha / 255`, rounded.
fn times(value: u8, alpha: u8) -> u8 {
    narrow((u16::from(value) * u16::from(alpha) + 127) / 255)
}

/// `value * 255 / alpha`, rounded; 0 where there is nothing to see.
fn over(value: u8, alpha: u8) -> u8 {
    let alpha = u16::from(alpha);
    (u16::from(value) * 255 + alpha / 2).checked_div(alpha).map_or(0, narrow)
}

fn narrow(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
