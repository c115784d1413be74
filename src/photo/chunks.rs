//! What PNG and WebP keep beside the picture: both are a row of chunks, each with four letters and a length.

use image::metadata::Orientation;

use super::colour::adobe_rgb;
use super::exif::{Exif, xmp_orientation};
use super::sniff::Format;

/// XMP in a PNG is text under this name.
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// The bit of a lossless WebP's header that tells of an alpha.
const LOSSLESS_ALPHA: u8 = 0x10;

/// What the chunks say about showing the picture.
#[derive(Default)]
pub(super) struct ChunkInfo {
    exif: Exif,
    xmp: Option<Orientation>,
    /// The file says that its colours are those of sRGB.
    is_srgb: bool,
    /// Something may shine through a WebP, whatever its header says.
    pub(super) has_alpha: bool,
    /// The file ends where one of its chunks does.
    pub(super) is_whole: bool,
}

impl ChunkInfo {
    /// Reads the chunks of a PNG or WebP; other formats have none.
    pub(super) fn of(format: Format, source: &[u8]) -> Self {
        let mut beside = Self::default();
        beside.is_whole = match format {
            Format::Png => chunks(source, 8, &mut |kind, content| match kind {
                b"eXIf" => beside.hear(content),
                b"iTXt" if content.starts_with(PNG_XMP) => beside.hear_xmp(content),
                b"sRGB" => beside.is_srgb = true,
                _ => {}
            }),
            Format::Webp => within(source).is_some_and(|source| {
                chunks(source, 12, &mut |kind, content| match kind {
                    b"EXIF" => beside.hear(content),
                    b"XMP " => beside.hear_xmp(content),
                    // A frame may be smaller than the picture.
                    b"ALPH" | b"ANMF" => beside.has_alpha = true,
                    b"VP8L" => beside.has_alpha |= content.get(4).is_some_and(|bits| bits & LOSSLESS_ALPHA > 0),
                    _ => {}
                })
            }),
            _ => true,
        };
        beside
    }

    fn hear(&mut self, exif: &[u8]) {
        let more = Exif::read(exif);
        self.exif.orientation = self.exif.orientation.or(more.orientation);
        self.exif.adobe_rgb |= more.adobe_rgb;
    }

    fn hear_xmp(&mut self, xmp: &[u8]) {
        self.xmp = self.xmp.or_else(|| xmp_orientation(xmp));
    }

    /// How to hold the picture: as Exif says, or XMP where Exif says nothing.
    pub(super) fn orientation(&self) -> Orientation {
        self.exif.orientation.or(self.xmp).unwrap_or(Orientation::NoTransforms)
    }

    /// Adobe RGB's profile, where Exif alone says that it is needed.
    pub(super) fn profile(&self) -> Option<Vec<u8>> {
        if self.exif.adobe_rgb && !self.is_srgb { adobe_rgb() } else { None }
    }
}

/// The size that a WebP's first chunk tells, and the most pixels that any of its pictures says it has: frames need not keep to
/// the size, and are decoded before anybody notices.
pub(super) fn webp_sizes(source: &[u8]) -> Option<((u32, u32), u64)> {
    let (mut told, mut most) = (None, 0);
    let mut hear = |kind: &[u8; 4], content: &[u8]| {
        let Some((width, height)) = webp_size(*kind, content) else { return };
        told = told.or(Some((width, height)));
        most = most.max(u64::from(width) * u64::from(height));
    };
    let mut frames = Vec::new();
    chunks(source, 12, &mut |kind, content| {
        hear(kind, content);
        if kind == b"ANMF" {
            frames.extend(content.get(16..));
        }
    });
    for frame in frames {
        chunks(frame, 0, &mut hear);
    }
    Some((told?, most))
}

/// The size that a chunk of a WebP tells.
fn webp_size(kind: [u8; 4], content: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize, bytes: usize| {
        let bytes = content.get(at..at + bytes)?.iter().rev();
        Some(bytes.fold(0, |number, byte| number << 8 | u32::from(*byte)))
    };
    match &kind {
        b"VP8X" => Some((number(4, 3)? + 1, number(7, 3)? + 1)),
        b"VP8 " => Some((number(6, 2)? & 0x3FFF, number(8, 2)? & 0x3FFF)),
        b"VP8L" => number(1, 4).map(|sides| ((sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1)),
        _ => None,
    }
}

/// The WebP without what follows its end; none where the file ends before.
fn within(webp: &[u8]) -> Option<&[u8]> {
    let length = u32::from_le_bytes(*webp.get(4..)?.first_chunk()?);
    webp.get(..usize::try_from(length).ok()?.checked_add(8)?)
}

/// Gives each whole chunk behind `start`, and says whether the last one is. A PNG keeps the length before the letters and
/// a checksum behind the content; a WebP keeps it behind them, with the other byte order, and fills odd lengths up.
fn chunks<'a>(source: &'a [u8], start: usize, hear: &mut dyn FnMut(&'a [u8; 4], &'a [u8])) -> bool {
    let is_png = start == 8;
    let mut rest = source.get(start..).unwrap_or_default();
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let (Some(first), Some(second)) = (head.first_chunk::<4>(), head.last_chunk::<4>()) else { return false };
        let (kind, length) = if is_png { (second, u32::from_be_bytes(*first)) } else { (first, u32::from_le_bytes(*second)) };
        if is_png && kind == b"IEND" {
            return true;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((content, behind)) = behind.split_at_checked(length) else { return false };
        hear(kind, content);
        let padding = if is_png { 4 } else { length % 2 };
        rest = match behind.get(padding..) {
            Some(rest) => rest,
            // The last odd length may be left as it is.
            None => return !is_png,
        };
    }
    rest.is_empty()
}
