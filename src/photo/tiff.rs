//! From TIFF to pixels. TIFF is many kinds of files under one name: what this room can show right is listed here, and
//! everything else is named as what it is, a kind that can't be read, before it is decoded.

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

use super::colour::adobe_rgb;
use super::decoded::{Decoded, MAX_MEMORY_BYTES, check_memory, shown_inks, unreadable};
use super::exif::{Exif, oriented, xmp_orientation};
use super::pixels::{Channels, Pixels, flatten};
use super::sniff::Format;
use super::whole::{ROOM_FOR_THE_REST, ends_in_black};
use crate::model::{Problem, Reason};

type File<'a> = Decoder<Cursor<&'a [u8]>>;

const FORMAT: Format = Format::Tiff;
const INK_SET: Tag = Tag::Unknown(332);
/// A compression.
const JPEG: u64 = 7;
const XMP: Tag = Tag::Unknown(700);
const DNG_VERSION: Tag = Tag::Unknown(50706);

/// What stands beside the colours of a pixel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExtraSample {
    Nothing,
    /// Something that is not about showing the picture.
    Unknown,
    Alpha,
    /// The colours are weighed with it already.
    Premultiplied,
}

/// A kind of TIFF that is shown right.
struct Kind {
    channels: Channels,
    beside: ExtraSample,
    bits: u16,
}

/// Decodes the first picture; `check` judges its size before anything of that size is made.
pub(super) fn decode(source: &[u8], check: impl FnOnce(u32, u32) -> Result<(), Problem>) -> Result<Decoded, Problem> {
    let mut file = Decoder::new(Cursor::new(source)).map_err(|error| in_header(&error))?;
    let (width, height) = file.dimensions().map_err(|error| in_header(&error))?;
    check(width, height)?;
    let kind = kind(&mut file)?;
    check_complete(&mut file, source.len())?;
    let pixels = u64::from(width) * u64::from(height);
    check_memory(kind.memory(pixels), width, height)?;
    let mut limits = Limits::default();
    let most = usize::try_from(MAX_MEMORY_BYTES).unwrap_or(usize::MAX);
    (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (most, most);
    let mut file = file.with_limits(limits);

    let number = file.find_tag_unsigned::<u32>(Tag::Orientation).ok().flatten();
    let mut xmp = || file.get_tag(XMP).ok().and_then(|xmp| xmp.into_u8_vec().ok());
    let orientation = number.and_then(oriented).or_else(|| xmp().and_then(|xmp| xmp_orientation(&xmp)));
    let profile = file.get_tag_u8_vec(Tag::IccProfile).ok().filter(|profile| !profile.is_empty());
    let profile = profile.or_else(|| Exif::read(source).adobe_rgb.then(adobe_rgb).flatten());

    let plain = first_number(&mut file, Tag::Compression, 1).is_ok_and(|number| number == 1);
    let data = samples(&mut file, &kind, width, height)?;
    let zeros = data.iter().rev().take_while(|value| **value == 0).count();
    if plain && kind.channels == Channels::Rgb && kind.beside == ExtraSample::Nothing && ends_in_black(zeros, data.len()) {
        return Err(Problem::new(Reason::PhotoCorrupt, ROOM_FOR_THE_REST));
    }
    let of_inks = kind.channels == Channels::Inks;
    let (data, alpha) = kind.without_beside(data, pixels);
    let pixels = Pixels::new(width, height, kind.channels, data)
        .and_then(|pixels| shown_inks(pixels, profile.as_deref()))
        .ok_or_else(|| Problem::new(Reason::PhotoCorrupt, format!("the {FORMAT} has other data than its header says")))?;
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    Ok(Decoded { pixels, full: (width, height), reduction: 1, orientation, profile, alpha, of_inks })
}

/// Bytes that decoding takes; none where the file is refused before.
pub(super) fn memory(source: &[u8], admitted: impl Fn(u32, u32) -> Option<u64>) -> Option<u64> {
    let mut file = Decoder::new(Cursor::new(source)).ok()?;
    let (width, height) = file.dimensions().ok()?;
    let pixels = admitted(width, height)?;
    let inside = if first_number(&mut file, Tag::Compression, 1).is_ok_and(|number| number == JPEG) {
        most_jpeg_pixels(source)
    } else {
        0
    };
    Some(kind(&mut file).ok()?.memory(pixels).saturating_add(inside.saturating_mul(Channels::Inks.bytes() as u64)))
}

/// The most pixels that a JPEG within the file says it has: its decoder goes by that, whatever the TIFF says. In coded data
/// no such mark can stand.
fn most_jpeg_pixels(source: &[u8]) -> u64 {
    let sizes = memchr::memchr_iter(0xFF, source).filter_map(|at| match source.get(at + 1..at + 9)? {
        [0xC0..=0xC2, _, _, 8, high, low, wide, narrow] => {
            Some(u64::from(u16::from_be_bytes([*high, *low])) * u64::from(u16::from_be_bytes([*wide, *narrow])))
        }
        _ => None,
    });
    sizes.max().unwrap_or(0)
}

/// The kind, where it is one that is shown right.
fn kind(file: &mut File<'_>) -> Result<Kind, Problem> {
    let mut number = |tag: Tag, usual: u64| first_number(file, tag, usual);
    let (colours, channels) = match number(Tag::PhotometricInterpretation, u64::MAX)? {
        0 | 1 => (1, Channels::Grey),
        2 => (3, Channels::Rgb),
        3 => return Err(unreadable(FORMAT, "a palette")),
        5 if number(INK_SET, 1)? == 1 => (4, Channels::Inks),
        5 => return Err(unreadable(FORMAT, "other inks than cyan, magenta, yellow and black")),
        6 => return Err(unreadable(FORMAT, "brightness and colour differences")),
        8..=10 => return Err(unreadable(FORMAT, "Lab colours")),
        other => return Err(unreadable(FORMAT, format!("colours of kind {other}"))),
    };
    let is_negative = number(Tag::PhotometricInterpretation, 1)? == 0;
    let samples = number(Tag::SamplesPerPixel, 1)?;
    let compression = number(Tag::Compression, 1)?;
    let predictor = number(Tag::Predictor, 1)?;
    if !matches!(compression, 1 | 4 | 5 | 7 | 8 | 32946 | 32773) {
        return Err(unreadable(FORMAT, format!("compression {compression}")));
    }
    let fill_order = number(Tag::FillOrder, 1)?;
    let is_planar = number(Tag::PlanarConfiguration, 1)? != 1 && samples > 1;
    let is_tiled = number(Tag::TileWidth, 0)? > 0;
    let is_copy = number(Tag::NewSubfileType, 0)? & 1 == 1;
    if is_copy || numbers(file, DNG_VERSION)?.is_some() {
        return Err(unreadable(FORMAT, "a camera's raw data, or a small copy before the picture"));
    }
    let bits = numbers(file, Tag::BitsPerSample)?.unwrap_or_else(|| vec![1]);
    // The decoder takes the lowest tiles of the second plane for higher ones, and loses its place in LZW where a tile
    // reaches over the edge.
    if is_tiled && (is_planar || compression == 5) {
        return Err(unreadable(FORMAT, "tiles with LZW compression, or one colour after the other"));
    }
    let [bits, others @ ..] = bits.as_slice() else { return Err(unreadable(FORMAT, "no bits")) };
    let formats = numbers(file, Tag::SampleFormat)?.unwrap_or_default();
    if others.iter().any(|other| other != bits) || formats.iter().any(|format| *format != 1) {
        return Err(unreadable(FORMAT, "numbers that are not all whole, positive and of one size"));
    }
    let extra = numbers(file, Tag::ExtraSamples)?.unwrap_or_default();
    let beside = match (samples.checked_sub(colours), extra.as_slice()) {
        (Some(0), _) => ExtraSample::Nothing,
        // Programs that leave the meaning out mean an alpha.
        (Some(1), [2]) => ExtraSample::Alpha,
        (Some(1), []) if channels == Channels::Rgb => ExtraSample::Alpha,
        (Some(1), [1]) => ExtraSample::Premultiplied,
        (Some(1), [0]) => ExtraSample::Unknown,
        _ => return Err(unreadable(FORMAT, format!("{samples} values a pixel"))),
    };
    let alone = beside == ExtraSample::Nothing;
    let shown = match (bits, channels) {
        // Fax is for black and white.
        (bits, _) if compression == 4 => *bits == 1 && channels == Channels::Grey && alone,
        (1 | 2 | 4, Channels::Grey) => alone && predictor == 1 && compression != 7 && !is_tiled,
        (8 | 16, Channels::Grey) => alone || !is_negative,
        (8 | 16, Channels::Rgb) => beside != ExtraSample::Unknown || (predictor == 1 && !is_tiled),
        (8 | 16, Channels::Inks) => alone,
        _ => false,
    };
    if !shown || !matches!(predictor, 1 | 2) || fill_order != 1 || (compression == 7 && *bits != 8) {
        let what = format!("{samples} values a pixel of {bits} bits, compression {compression}, predictor {predictor}");
        return Err(unreadable(FORMAT, what));
    }
    Ok(Kind { channels, beside, bits: u16::try_from(*bits).unwrap_or(u16::MAX) })
}

fn numbers(file: &mut File<'_>, tag: Tag) -> Result<Option<Vec<u64>>, Problem> {
    file.find_tag_unsigned_vec(tag).map_err(|error| in_header(&error))
}

fn first_number(file: &mut File<'_>, tag: Tag, usual: u64) -> Result<u64, Problem> {
    Ok(numbers(file, tag)?.and_then(|all| all.first().copied()).unwrap_or(usual))
}

impl Kind {
    /// Bytes for so many pixels: as they come, in eight bits, and put together.
    fn memory(&self, pixels: u64) -> u64 {
        pixels.saturating_mul(u64::from(self.bits.div_ceil(8)) * self.samples() + 2 * self.samples())
    }

    /// Values a pixel has in the file.
    fn samples(&self) -> u64 {
        self.channels.bytes() as u64 + u64::from(self.beside != ExtraSample::Nothing)
    }

    /// The colours alone, laid on white where something shines through, and the alpha.
    fn without_beside(&self, mut data: Vec<u8>, pixels: u64) -> (Vec<u8>, Option<Vec<u8>>) {
        if self.channels == Channels::Inks {
            // A TIFF tells how much ink there is, JPEG how little.
            for ink in &mut data {
                *ink = 255 - *ink;
            }
        }
        let premultiplied = self.beside == ExtraSample::Premultiplied;
        match (self.beside, self.channels) {
            (ExtraSample::Unknown, _) if data.len() as u64 == pixels * self.samples() => {
                let colours = self.channels.bytes();
                (data.chunks_exact(colours + 1).flat_map(|pixel| &pixel[..colours]).copied().collect(), None)
            }
            (ExtraSample::Nothing | ExtraSample::Unknown, _) => (data, None),
            (_, Channels::Grey) => flatten::<1>(data, premultiplied),
            _ => flatten::<3>(data, premultiplied),
        }
    }
}

/// Each strip or tile has to lie inside the file: the decoder reads what is there and calls it a picture.
fn check_complete(file: &mut File<'_>, length: usize) -> Result<(), Problem> {
    let mut places = |one: Tag, other: Tag| -> Result<Vec<u64>, Problem> {
        let of_strips = numbers(file, one)?;
        Ok(if of_strips.is_some() { of_strips } else { numbers(file, other)? }.unwrap_or_default())
    };
    let starts = places(Tag::StripOffsets, Tag::TileOffsets)?;
    let lengths = places(Tag::StripByteCounts, Tag::TileByteCounts)?;
    let length = length as u64;
    if starts.iter().zip(&lengths).all(|(start, bytes)| start.checked_add(*bytes).is_some_and(|end| end <= length)) {
        return Ok(());
    }
    Err(Problem::new(Reason::PhotoCorrupt, format!("the {FORMAT} is not complete: its picture data lies behind its end")))
}

/// The values of all pixels in eight bits, those of a pixel beside each other.
fn samples(file: &mut File<'_>, kind: &Kind, width: u32, height: u32) -> Result<Vec<u8>, Problem> {
    let mut result = DecodingResult::U8(Vec::new());
    let layout = file.read_image_to_buffer(&mut result).map_err(|error| in_data(&error))?;
    let is_whole = result.as_buffer(0).as_bytes().len() >= layout.complete_len;
    let data = match result {
        DecodingResult::U8(data) if kind.bits < 8 => unpacked(&data, kind.bits, width as usize),
        DecodingResult::U8(data) => data,
        DecodingResult::U16(data) => {
            data.iter().map(|value| u8::try_from((u32::from(*value) + 128) / 257).unwrap_or(u8::MAX)).collect()
        }
        _ => return Err(unreadable(FORMAT, "numbers of a rare kind")),
    };
    if !is_whole {
        return Err(in_data(&TiffError::LimitsExceeded));
    }
    if layout.planes < 2 {
        return Ok(data);
    }
    let pixels = width as usize * height as usize;
    let mut joined = Vec::with_capacity(data.len());
    for pixel in 0..pixels {
        joined.extend((0..layout.planes).filter_map(|plane| data.get(plane * pixels + pixel)));
    }
    Ok(joined)
}

/// One byte a value, from rows in which several share a byte.
fn unpacked(data: &[u8], bits: u16, width: usize) -> Vec<u8> {
    let each = usize::from(8 / bits.max(1));
    let most = u8::MAX >> (8 - bits);
    let rows = data.chunks_exact(width.div_ceil(each).max(1));
    let value = |row: &[u8], x: usize| (row[x / each] >> (8 - bits as usize * (x % each + 1)) & most) * (u8::MAX / most);
    rows.flat_map(|row| (0..width).map(move |x| value(row, x))).collect()
}

/// What an error means that is met before the picture data: a file that ends there is damaged; one that is put together
/// in another way than the decoder knows is not.
fn in_header(error: &TiffError) -> Problem {
    match error {
        TiffError::IoError(_) => in_data(error),
        TiffError::LimitsExceeded => too_large(),
        _ => unreadable(FORMAT, error),
    }
}

fn in_data(error: &TiffError) -> Problem {
    match error {
        TiffError::UnsupportedError(_) | TiffError::UsageError(_) => unreadable(FORMAT, error),
        TiffError::LimitsExceeded => too_large(),
        _ => Problem::new(Reason::PhotoCorrupt, format!("the {FORMAT} is damaged or not complete ({error})")),
    }
}

fn too_large() -> Problem {
    Problem::new(Reason::PhotoTooLarge, format!("the {FORMAT} would take too much memory to decode"))
        .with_cure("Use a smaller picture, or save it as a plain JPEG.")
}
