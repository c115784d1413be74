//! From a file's bytes to pixels. The header is asked first, so that nothing large is made for what is refused.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::colour::is_for_inks;
use super::layout::{Layout, Process};
use super::pixels::{Channels, Pixels, differences_to_inks, flatten};
use super::sniff::Format;
use super::strip::strip;
use super::words::{grouped, size};
use crate::model::{Problem, Reason};

/// Most memory that decoding one picture may take. 120 megapixels of plain JPEG fit.
const MAX_MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// Whether this build decodes JPEGs at a fraction of their size.
pub(super) const REDUCES: bool = cfg!(feature = "fast-jpeg");

/// What the JPEG decoder reads ahead at most, doubled.
const READ_AHEAD_BYTES: usize = 16;
const END_MARK_BYTES: usize = 2;

/// A picture as stored, with what its file says about showing it.
pub(super) struct Decoded {
    pub(super) pixels: Pixels,
    /// The size as stored, before the reduction.
    pub(super) full: (u32, u32),
    /// How many of the file's pixels one of these stands for, along each side: 1, 2, 4 or 8.
    pub(super) reduction: u32,
    pub(super) orientation: Orientation,
    pub(super) profile: Option<Vec<u8>>,
    pub(super) alpha_flattened: bool,
}

/// Runs a decoder. Decoders meet hostile bytes and are not ours: a panic in one is a damaged picture, no more.
pub(super) fn guarded<T>(format: Format, decode: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(Problem::new(Reason::PhotoCorrupt, format!("the decoder broke on this {format}"))))
}

/// Decodes a JPEG that was walked already, with its sides divided by `reduction` if this build can do that; says
/// by how much they are.
pub(super) fn jpeg(source: Bytes, layout: &Layout, reduction: u32) -> Result<(Pixels, u32), Problem> {
    #[cfg(feature = "fast-jpeg")]
    if let Some(pixels) = try_fast(&source, layout, reduction)? {
        return Ok((pixels, reduction));
    }
    let _ = reduction;
    let file = for_decoder(&source, layout);
    drop(source);
    guarded(Format::Jpeg, || whole_jpeg(&file, layout)).map(|pixels| (pixels, 1))
}

/// None where the file is odd or damaged: then the usual decoder says what is to be said.
#[cfg(feature = "fast-jpeg")]
fn try_fast(source: &Bytes, layout: &Layout, reduction: u32) -> Result<Option<Pixels>, Problem> {
    check_jpeg_memory(layout, usize::from(layout.components))?;
    Ok(catch_unwind(AssertUnwindSafe(|| super::fast::reduced(source, layout, reduction))).unwrap_or(None))
}

fn whole_jpeg(file: &[u8], layout: &Layout) -> Result<Pixels, Problem> {
    let (channels, colours) = match layout.components {
        1 => (Channels::Grey, ColorSpace::Luma),
        4 if layout.profile.as_deref().is_some_and(is_for_inks) => {
            (Channels::Inks, if layout.coded_inks { ColorSpace::YCCK } else { ColorSpace::CMYK })
        }
        _ => (Channels::Rgb, ColorSpace::RGB),
    };
    check_jpeg_memory(layout, channels.bytes())?;

    // Strict, because the default fills what is missing with grey and calls it a picture.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(colours);
    let mut data = JpegDecoder::new_with_options(ZCursor::new(file), options)
        .decode()
        .map_err(|error| Problem::new(Reason::PhotoCorrupt, format!("the JPEG's picture data is damaged ({error})")))?;
    if colours == ColorSpace::YCCK {
        differences_to_inks(&mut data);
    }
    Pixels::new(layout.width, layout.height, channels, data)
        .ok_or_else(|| Problem::new(Reason::PhotoCorrupt, "the JPEG has other data than its header says"))
}

fn check_jpeg_memory(layout: &Layout, bytes_each: usize) -> Result<(), Problem> {
    let pixels = u64::from(layout.width) * u64::from(layout.height);
    // Several scans are collected, two bytes for each value of each component, until the last one is there.
    let scans = if layout.process == Process::Progressive || !layout.one_scan {
        pixels.saturating_mul(2 * u64::from(layout.components))
    } else {
        0
    };
    check_memory(pixels.saturating_mul(bytes_each as u64).saturating_add(scans), layout.width, layout.height)
}

/// The file as the decoder should get it: without metadata, which it need not understand, and in the usual case without
/// the end mark. At an end mark the decoder fills what is missing with grey, even when asked to be strict; where the
/// data simply stops it says so. The few zero bytes are for its reading ahead.
fn for_decoder(source: &Bytes, layout: &Layout) -> Bytes {
    let file = strip(source, layout);
    if layout.process == Process::Progressive || !layout.one_scan {
        return file;
    }
    let open = file.get(..file.len().saturating_sub(END_MARK_BYTES)).unwrap_or_default();
    [open, &[0; READ_AHEAD_BYTES]].concat().into()
}

/// Decodes any other format; `check` judges the size before anything of that size is made.
pub(super) fn other(
    source: &[u8],
    format: Format,
    check: impl FnOnce(u32, u32) -> Result<(), Problem>,
) -> Result<Decoded, Problem> {
    let kind = match format {
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        _ => ImageFormat::Tiff,
    };
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_MEMORY_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(source), kind);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| judged(&error, format))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Problem::new(Reason::PhotoCorrupt, format!("the {format} says that it has no pixels")));
    }
    check(width, height)?;
    check_memory(decoder.total_bytes(), width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or(None).filter(|profile| !profile.is_empty());
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| judged(&error, format))?;
    let (channels, data, alpha_flattened) = plain(picture);
    let pixels = Pixels::new(width, height, channels, data)
        .ok_or_else(|| Problem::new(Reason::PhotoCorrupt, format!("the {format} has other data than its header says")))?;
    Ok(Decoded { pixels, full: (width, height), reduction: 1, orientation, profile, alpha_flattened })
}

/// Eight bits, no alpha, and grey only where the picture is stored so.
fn plain(picture: DynamicImage) -> (Channels, Vec<u8>, bool) {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => (Channels::Grey, picture.into_luma8().into_raw(), false),
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageLumaA16(_) => {
            let (data, shone) = flatten::<1>(picture.into_luma_alpha8().into_raw());
            (Channels::Grey, data, shone)
        }
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => {
            (Channels::Rgb, picture.into_rgb8().into_raw(), false)
        }
        _ => {
            let (data, shone) = flatten::<3>(picture.into_rgba8().into_raw());
            (Channels::Rgb, data, shone)
        }
    }
}

fn check_memory(bytes: u64, width: u32, height: u32) -> Result<(), Problem> {
    if bytes <= MAX_MEMORY_BYTES {
        return Ok(());
    }
    let detail = format!(
        "{} would take {} bytes of memory to decode; the limit is {}",
        size(width, height),
        grouped(bytes),
        grouped(MAX_MEMORY_BYTES)
    );
    Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Use a smaller picture, or save it as a plain JPEG."))
}

fn judged(error: &image::ImageError, format: Format) -> Problem {
    match error {
        image::ImageError::Unsupported(_) => {
            Problem::new(Reason::PhotoUnsupported, format!("a {format} of a rare kind; it can't be decoded here ({error})"))
        }
        image::ImageError::Limits(_) => {
            Problem::new(Reason::PhotoTooLarge, format!("the {format} would take too much memory to decode"))
                .with_cure("Use a smaller picture, or save it as a plain JPEG.")
        }
        _ => Problem::new(Reason::PhotoCorrupt, format!("the {format} is damaged or not complete ({error})")),
    }
}
