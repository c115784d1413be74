//! Cutting out and scaling in one step.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::frame::Rect;
use super::pixels::{Channels, Pixels};

/// For these pixels alone: the scaler for any kind brings the code for all thirteen along.
fn resize<P: PixelTrait>(source: &ImageRef<'_>, scaled: &mut Image<'_>, options: &ResizeOptions) -> Option<()> {
    Resizer::new().resize_typed(&source.typed_image::<P>()?, &mut scaled.typed_image_mut::<P>()?, options).ok()
}

/// The part of a picture scaled to `width` x `height` (Lanczos). None where the part is not inside the picture.
pub(super) fn scale(pixels: &Pixels, part: Rect, width: u32, height: u32) -> Option<Pixels> {
    scale_reduced(pixels, 1, part, width, height)
}

/// The same of a picture of which each pixel stands for `reduction` x `reduction`; `part` counts the original ones.
pub(super) fn scale_reduced(pixels: &Pixels, reduction: u32, part: Rect, width: u32, height: u32) -> Option<Pixels> {
    let kind = match pixels.channels {
        Channels::Grey => PixelType::U8,
        Channels::Rgb => PixelType::U8x3,
        Channels::Inks => PixelType::U8x4,
    };
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.data, kind).ok()?;
    let mut scaled = Image::new(width, height, kind);
    let shrunk = |side: u32| f64::from(side) / f64::from(reduction);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(shrunk(part.left), shrunk(part.top), shrunk(part.width), shrunk(part.height))
        .use_alpha(false);
    match pixels.channels {
        Channels::Grey => resize::<U8>(&source, &mut scaled, &options),
        Channels::Rgb => resize::<U8x3>(&source, &mut scaled, &options),
        Channels::Inks => resize::<U8x4>(&source, &mut scaled, &options),
    }?;
    Pixels::new(width, height, pixels.channels, scaled.into_vec())
}
