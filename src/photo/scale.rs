//! Cutting out and scaling in one step.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::frame::Rect;
use super::pixels::{Channels, Pixels};

/// The part of a picture scaled to `width` x `height` (Lanczos). None where the part is not inside the picture.
pub(super) fn scale(pixels: &Pixels, part: Rect, width: u32, height: u32) -> Option<Pixels> {
    let kind = match pixels.channels {
        Channels::Grey => PixelType::U8,
        Channels::Rgb => PixelType::U8x3,
        Channels::Inks => PixelType::U8x4,
    };
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.data, kind).ok()?;
    let mut scaled = Image::new(width, height, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(part.left.into(), part.top.into(), part.width.into(), part.height.into())
        .use_alpha(false);
    Resizer::new().resize(&source, &mut scaled, &options).ok()?;
    Pixels::new(width, height, pixels.channels, scaled.into_vec())
}
