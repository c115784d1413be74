//! What Exif and XMP say about showing a picture: how to hold it, and whether its colours are Adobe RGB's.
//!
//! Exif is a TIFF directory, wherever it is kept. The orientation is one short number by its standard; other programs
//! write it as a long one, a byte, or with a sign, and readers take them all.

use image::metadata::Orientation;

/// What an XMP segment of a JPEG begins with.
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

const ORIENTATION: u16 = 0x0112;
const EXIF_DIRECTORY: u16 = 0x8769;
const COLOUR_SPACE: u16 = 0xA001;
const INTEROP_DIRECTORY: u16 = 0xA005;
const INTEROP_INDEX: u16 = 0x0001;
/// "None of the standard's own", of which sRGB is one.
const UNCALIBRATED: u32 = 0xFFFF;
/// No value of the standard; some programs write it for Adobe RGB.
const ADOBE_RGB: u32 = 2;

/// What was read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Exif {
    /// None where it isn't told, or no value that has a meaning.
    pub(super) orientation: Option<Orientation>,
    /// The colours are Adobe RGB's, if no profile says more.
    pub(super) adobe_rgb: bool,
}

impl Exif {
    /// Reads the block, with or without the letters that JPEG puts before it. What can't be read says nothing.
    pub(super) fn read(block: &[u8]) -> Self {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        let little = match block.get(..4) {
            Some(b"II*\0") => true,
            Some(b"MM\0*") => false,
            _ => return Self::default(),
        };
        let tiff = Tiff { bytes: block, little };
        let main = tiff.long(4).unwrap_or(0);
        let orientation = tiff.numbers(main, ORIENTATION).find_map(oriented);
        let exif = tiff.numbers(main, EXIF_DIRECTORY).next();
        let colours = exif.and_then(|exif| tiff.numbers(exif, COLOUR_SPACE).next());
        let interop = exif.and_then(|exif| tiff.numbers(exif, INTEROP_DIRECTORY).next());
        // The index is text of four bytes, which stand in the entry itself.
        let index = || interop.and_then(|interop| tiff.entries(interop).find(|entry| entry.tag == INTEROP_INDEX));
        let adobe_rgb = match colours {
            Some(ADOBE_RGB) => true,
            Some(UNCALIBRATED) => index().is_some_and(|index| index.value.starts_with(b"R03")),
            _ => false,
        };
        Self { orientation, adobe_rgb }
    }
}

/// The orientation of a number from 1 to 8.
pub(super) fn oriented(number: u32) -> Option<Orientation> {
    u8::try_from(number).ok().and_then(Orientation::from_exif)
}

/// The orientation that XMP tells, as an attribute or an element.
pub(super) fn xmp_orientation(xmp: &[u8]) -> Option<Orientation> {
    const NAME: &[u8] = b"tiff:Orientation";
    let at = xmp.windows(NAME.len()).position(|window| window == NAME)?;
    let rest = xmp.get(at + NAME.len()..)?;
    let between = |byte: &u8| matches!(byte, b'=' | b'"' | b'\'' | b'>') || byte.is_ascii_whitespace();
    let rest = rest.get(rest.iter().take_while(|byte| between(byte)).count()..)?;
    match rest {
        [_, b'0'..=b'9', ..] | [] => None,
        [digit, ..] => oriented(u32::from(digit.wrapping_sub(b'0'))),
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

struct Entry<'a> {
    tag: u16,
    kind: u16,
    value: &'a [u8; 4],
}

impl<'a> Tiff<'a> {
    fn short(&self, place: usize) -> Option<u16> {
        let bytes = *self.bytes.get(place..)?.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, place: usize) -> Option<u32> {
        let bytes = *self.bytes.get(place..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// The entries of a directory, as far as they are there.
    fn entries(&self, directory: u32) -> impl Iterator<Item = Entry<'a>> {
        let start = usize::try_from(directory).unwrap_or(usize::MAX).saturating_add(2);
        let count = self.short(start - 2).unwrap_or(0);
        (0..usize::from(count)).map_while(move |number| {
            let place = start + number * 12;
            Some(Entry {
                tag: self.short(place)?,
                kind: self.short(place + 2)?,
                value: self.bytes.get(place + 8..)?.first_chunk()?,
            })
        })
    }

    /// The whole numbers of a directory that go by this tag.
    fn numbers(&self, directory: u32, tag: u16) -> impl Iterator<Item = u32> {
        self.entries(directory).filter(move |entry| entry.tag == tag).filter_map(|Entry { kind, value, .. }| {
            let [one, two, ..] = *value;
            Some(match kind {
                1 | 6 | 7 => u32::from(one),
                3 | 8 if self.little => u32::from(u16::from_le_bytes([one, two])),
                3 | 8 => u32::from(u16::from_be_bytes([one, two])),
                4 | 9 | 13 if self.little => u32::from_le_bytes(*value),
                4 | 9 | 13 => u32::from_be_bytes(*value),
                _ => return None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xmp_tells_the_orientation_in_every_way_of_writing() {
        for (xmp, told) in [
            ("<rdf:Description tiff:Orientation=\"6\"/>", Some(6)),
            ("<rdf:Description tiff:Orientation = '8' x='1'/>", Some(8)),
            ("<tiff:Orientation>3</tiff:Orientation>", Some(3)),
            ("<tiff:Orientation>0</tiff:Orientation>", None),
            ("<tiff:Orientation>9</tiff:Orientation>", None),
            ("tiff:Orientation=\"66\"", None),
            ("tiff:Orientation", None),
            ("<x/>", None),
        ] {
            assert_eq!(xmp_orientation(xmp.as_bytes()).map(Orientation::to_exif), told, "{xmp}");
        }
    }

    #[test]
    fn what_is_no_exif_says_nothing() {
        for block in [
            &b""[..],
            b"Exif\0\0",
            b"II*\0",
            b"II*\0\xFF\xFF\xFF\xFF",
            b"MM\0*\0\0\0\x08\xFF\xFF",
            b"II*\0\x08\0\0\0\x02\0\x12\x01",
        ] {
            assert_eq!(Exif::read(block), Exif::default(), "{block:?}");
        }
    }
}
