//! How much memory a picture takes at most while it is prepared, as its header tells before anything is made.

use image::{ImageDecoder, ImageFormat};

use super::chunks::webp_sizes;
use super::decoded::guarded;
use super::sniff::{Format, sniff};
use super::walk::walk;
use super::{careful, decode, heif, tiff};

/// Small copies, tables and the finished picture.
const BESIDE: u64 = 16 << 20;

/// Bytes for each pixel of a WebP: planes and a canvas beside what is handed out.
const WEBP_PIXEL: u64 = 13;

/// Bytes besides the file itself. Little for what is refused before it is decoded, as more than `max_pixels` are.
pub(crate) fn memory(source: &[u8], max_pixels: u64) -> u64 {
    let format = sniff(source).unwrap_or(Format::Text);
    // Headers are hostile, too.
    let of_header = guarded(format, || Ok(of_header(source, format, max_pixels))).unwrap_or_default();
    of_header.unwrap_or(0).saturating_add(BESIDE)
}

fn of_header(source: &[u8], format: Format, max_pixels: u64) -> Option<u64> {
    let admitted = |width: u32, height: u32| Some(u64::from(width) * u64::from(height)).filter(|pixels| *pixels <= max_pixels);
    let file = source.len() as u64;
    let kind = match format {
        Format::Jpeg => {
            let layout = walk(source).ok()?;
            let pixels = admitted(layout.width, layout.height)?;
            // Inks are turned into colours beside them.
            let coloured = if layout.components.len() == 4 { pixels.saturating_mul(3) } else { 0 };
            return Some(
                decode::jpeg_memory(&layout).max(careful::memory(&layout)).saturating_add(file).saturating_add(coloured),
            );
        }
        Format::Heic | Format::Avif => return Some(heif::memory(source, admitted)?.saturating_add(file)),
        Format::Tiff => return Some(tiff::memory(source, admitted)?.saturating_add(file)),
        Format::Png => ImageFormat::Png,
        Format::Webp => {
            let ((width, height), most) = webp_sizes(source)?;
            return Some(admitted(width, height)?.max(most).saturating_mul(WEBP_PIXEL).saturating_add(file));
        }
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        _ => return None,
    };
    let decoder = decode::header(source, kind).ok()?;
    let (width, height) = decoder.dimensions();
    let pixels = admitted(width, height)?;
    let bytes = decoder.total_bytes();
    // Decoders keep a canvas, planes or rows beside what they hand out; sixteen bits become eight beside them, and an alpha
    // is kept by itself.
    let beside = match kind {
        ImageFormat::Gif => pixels.saturating_mul(6),
        _ => (bytes / 2).saturating_add(pixels),
    };
    Some(bytes.saturating_add(beside).saturating_add(file))
}
