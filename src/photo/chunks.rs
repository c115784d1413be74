//! What PNG and WebP keep beside the picture: both are a row of chunks, each with four letters and a length.

use image::metadata::Orientation;

use super::colour::adobe_rgb;
use super::exif::{Exif, xmp_orientation};
use super::sniff::Format;

/// XMP in a PNG is text under this name.
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// What the chunks say about showing the picture.
#[derive(Default)]
pub(super) struct Beside {
    exif: Exif,
    xmp: Option<Orientation>,
    /// The file says that its colours are those of sRGB.
    is_srgb: bool,
}

impl Beside {
    /// Reads the chunks of a PNG or WebP; other formats have none.
    pub(super) fn of(format: Format, source: &[u8]) -> Self {
        let mut beside = Self::default();
        match format {
            Format::Png => chunks(source, 8, &mut |kind, content| match kind {
                b"eXIf" => beside.hear(content),
                b"iTXt" if content.starts_with(PNG_XMP) => beside.hear_xmp(content),
                b"sRGB" => beside.is_srgb = true,
                _ => {}
            }),
            Format::Webp => chunks(source, 12, &mut |kind, content| match kind {
                b"EXIF" => beside.hear(content),
                b"XMP " => beside.hear_xmp(content),
                _ => {}
            }),
            _ => {}
        }
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

/// Gives each whole chunk behind `start`. A PNG keeps the length before the letters and a checksum behind the content;
/// a WebP keeps it behind them, with the other byte order, and fills odd lengths up.
fn chunks(source: &[u8], start: usize, hear: &mut dyn FnMut(&[u8; 4], &[u8])) {
    let is_png = start == 8;
    let mut rest = source.get(start..).unwrap_or_default();
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let (Some(first), Some(second)) = (head.first_chunk::<4>(), head.last_chunk::<4>()) else { return };
        let (kind, length) = if is_png { (second, u32::from_be_bytes(*first)) } else { (first, u32::from_le_bytes(*second)) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(content) = behind.get(..length) else { return };
        hear(kind, content);
        let padding = if is_png { 4 } else { length % 2 };
        rest = behind.get(length + padding..).unwrap_or_default();
    }
}
