//! From a file's bytes to pixels. The header is asked first, so that nothing large is made for what is refused.

use std::borrow::Cow;
use std::io::Cursor;
#[cfg(feature = "fast-jpeg")]
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::chunks::ChunkInfo;
use super::decoded::{Decoded, check_memory, guarded, shown_inks, unreadable};
use super::layout::{Layout, Process};
use super::pixels::{Channels, Pixels, flatten};
use super::sniff::Format;
use super::strip::strip;
use super::{careful, tiff};
use crate::model::{Problem, Reason};

/// Profiles of printers have two megabytes.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// Whether this build decodes JPEGs at a fraction of their size.
pub(super) const REDUCES: bool = cfg!(feature = "fast-jpeg");

/// Decodes a JPEG that was walked already, and checked if its layout is ordinary, with its sides divided by `reduction` if
/// this build can do that; says by how much they are.
pub(super) fn jpeg(source: &Bytes, layout: &Layout, reduction: u32) -> Result<(Pixels, u32), Problem> {
    #[cfg(feature = "fast-jpeg")]
    if layout.ordinary
        && let Some(pixels) = try_fast(source, layout, reduction)?
    {
        return Ok((pixels, reduction));
    }
    let _ = reduction;
    if !layout.ordinary {
        return guarded(Format::Jpeg, || careful_jpeg(source, layout)).map(|pixels| (pixels, 1));
    }
    let file = strip(source, layout);
    let pixels = guarded(Format::Jpeg, || ordinary_jpeg(&file, layout)).or_else(|problem| match problem.reason {
        Reason::PhotoTooLarge => Err(problem),
        // Bytes between the scans, for one, are no damage.
        _ => guarded(Format::Jpeg, || careful_jpeg(source, layout)).map_err(|_| problem),
    })?;
    Ok((pixels, 1))
}

/// The file with an end mark, where that was all it lacked; none where it has one.
pub(super) fn closed_jpeg(source: &[u8], layout: &Layout) -> Result<Option<Bytes>, Problem> {
    let Some(wrong) = &layout.open else { return Ok(None) };
    let closed = guarded(Format::Jpeg, || careful::closed(source, layout).ok_or_else(|| wrong.clone()))?;
    Ok(Some(closed))
}

fn careful_jpeg(source: &[u8], layout: &Layout) -> Result<Pixels, Problem> {
    check_memory(careful::memory(layout), layout.width, layout.height)?;
    let channels = match layout.components.len() {
        1 => Channels::Grey,
        4 => Channels::Inks,
        _ => Channels::Rgb,
    };
    careful::decode(source, layout)
        .and_then(|data| Pixels::new(layout.width, layout.height, channels, data))
        .and_then(|pixels| shown_inks(pixels, layout.profile.as_deref()))
        .ok_or_else(incomplete)
}

/// Refuses a JPEG whose picture data is damaged or not all there; says whether nothing else stands between it. Quick
/// decoders fill with grey what an end mark cuts off, even when asked to be strict.
pub(super) fn check_jpeg(source: &[u8], layout: &Layout) -> Result<bool, Problem> {
    guarded(Format::Jpeg, || careful::is_pure(source, layout).ok_or_else(incomplete))
}

fn incomplete() -> Problem {
    Problem::new(Reason::PhotoCorrupt, "the JPEG's picture data is damaged or not complete")
}

/// None where the file is odd or damaged: then the usual decoder says what is to be said.
#[cfg(feature = "fast-jpeg")]
fn try_fast(source: &Bytes, layout: &Layout, reduction: u32) -> Result<Option<Pixels>, Problem> {
    check_jpeg_memory(layout)?;
    Ok(catch_unwind(AssertUnwindSafe(|| super::fast::reduced(source, layout, reduction))).unwrap_or(None))
}

fn ordinary_jpeg(file: &[u8], layout: &Layout) -> Result<Pixels, Problem> {
    check_jpeg_memory(layout)?;
    let (channels, colours) =
        if layout.components.len() == 1 { (Channels::Grey, ColorSpace::Luma) } else { (Channels::Rgb, ColorSpace::RGB) };
    // Strict, because the default paints over damage and calls it a picture.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(colours);
    let data = JpegDecoder::new_with_options(ZCursor::new(file), options)
        .decode()
        .map_err(|error| Problem::new(Reason::PhotoCorrupt, format!("the JPEG's picture data is damaged ({error})")))?;
    Pixels::new(layout.width, layout.height, channels, data)
        .ok_or_else(|| Problem::new(Reason::PhotoCorrupt, "the JPEG has other data than its header says"))
}

fn check_jpeg_memory(layout: &Layout) -> Result<(), Problem> {
    check_memory(jpeg_memory(layout), layout.width, layout.height)
}

/// Bytes that the quick decoder takes.
pub(super) fn jpeg_memory(layout: &Layout) -> u64 {
    let pixels = u64::from(layout.width) * u64::from(layout.height);
    // Several scans are collected, two bytes for each value of each component, until the last one is there.
    let each = if layout.process == Process::Progressive { 3 } else { 1 };
    pixels.saturating_mul(each * layout.components.len() as u64)
}

/// Decodes any other format; `check` judges the size before anything of that size is made.
pub(super) fn other(
    source: &[u8],
    format: Format,
    check: impl FnOnce(u32, u32) -> Result<(), Problem>,
) -> Result<Decoded, Problem> {
    let kind = match format {
        Format::Png if source.get(12..16) == Some(b"CgBI") => return Err(unreadable(format, "Apple's own, for apps")),
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        _ => return tiff::decode(source, check),
    };
    let beside = ChunkInfo::of(format, source);
    let source = without_promises(source, beside.has_alpha);
    let mut decoder = header(&source, kind).map_err(|error| judged(&error, format))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Problem::new(Reason::PhotoCorrupt, format!("the {format} says that it has no pixels")));
    }
    check(width, height)?;
    check_memory(decoder.total_bytes(), width, height)?;
    // What is missing may be what says how to hold it.
    if !beside.is_whole {
        let detail = format!("the {format} is damaged or not complete (it ends in the middle of one of its parts)");
        return Err(Problem::new(Reason::PhotoCorrupt, detail));
    }
    // A GIF's frame may be larger than the GIF.
    decoder.set_limits(limit(decoder.total_bytes().saturating_mul(2))).map_err(|error| judged(&error, format))?;
    let profile = decoder.icc_profile().unwrap_or(None).filter(|profile| !profile.is_empty());
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| judged(&error, format))?;
    let (channels, data, alpha) = plain(picture, format);
    let pixels = Pixels::new(width, height, channels, data)
        .ok_or_else(|| Problem::new(Reason::PhotoCorrupt, format!("the {format} has other data than its header says")))?;
    let (orientation, profile) = (beside.orientation(), profile.or_else(|| beside.profile()));
    Ok(Decoded { pixels, full: (width, height), reduction: 1, orientation, profile, alpha, of_inks: false })
}

/// A decoder that has read what stands before the picture, and has not blown it up: a profile of 400 MB takes 400 KB in a PNG.
pub(super) fn header(source: &[u8], kind: ImageFormat) -> image::ImageResult<impl ImageDecoder + '_> {
    let mut reader = ImageReader::with_format(Cursor::new(source), kind);
    reader.limits(limit(source.len() as u64));
    reader.into_decoder()
}

/// So many bytes, and room for tables and a profile.
fn limit(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(bytes.saturating_add(MAX_HEADER_BYTES));
    limits
}

/// A WebP says at its beginning whether Exif, XMP and an alpha follow, and the decoder believes it: it refuses one in which
/// they don't, as other programs leave them, and shows no alpha that isn't told of. Here the first two are read without
/// it, and the third is what was found.
fn without_promises(source: &[u8], has_alpha: bool) -> Cow<'_, [u8]> {
    const PROMISES: u8 = 0x1C;
    const ALPHA: u8 = 0x10;
    match source {
        [b'R', b'I', b'F', b'F', .., _] if source.get(12..16) == Some(b"VP8X") && source.len() > 20 => {
            let mut source = source.to_vec();
            source[20] = source[20] & !PROMISES | if has_alpha { ALPHA } else { 0 };
            source.into()
        }
        _ => source.into(),
    }
}

/// Eight bits, no alpha, and grey only where the picture is stored so; and what the alpha was.
fn plain(picture: DynamicImage, format: Format) -> (Channels, Vec<u8>, Option<Vec<u8>>) {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => (Channels::Grey, picture.into_luma8().into_raw(), None),
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageLumaA16(_) => {
            let (data, alpha) = flatten::<1>(picture.into_luma_alpha8().into_raw(), false);
            (Channels::Grey, data, alpha)
        }
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => {
            (Channels::Rgb, picture.into_rgb8().into_raw(), None)
        }
        _ => {
            let mut data = picture.into_rgba8().into_raw();
            // Many programs leave the fourth byte of a bitmap zero and mean nothing by it.
            if format == Format::Bmp && data.iter().skip(3).step_by(4).all(|alpha| *alpha == 0) {
                data.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = u8::MAX);
            }
            let (data, alpha) = flatten::<3>(data, false);
            (Channels::Rgb, data, alpha)
        }
    }
}

fn judged(error: &image::ImageError, format: Format) -> Problem {
    match error {
        image::ImageError::Unsupported(_) => unreadable(format, error),
        image::ImageError::Limits(_) => {
            Problem::new(Reason::PhotoTooLarge, format!("the {format} would take too much memory to decode"))
                .with_cure("Use a smaller picture, or save it as a plain JPEG.")
        }
        _ => Problem::new(Reason::PhotoCorrupt, format!("the {format} is damaged or not complete ({error})")),
    }
}
