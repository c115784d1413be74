//! One HEVC picture by itself: its bytes are wrapped as a file of one picture for the decoder, so that what a file says
//! of its pictures is read in one place only, [`super::items`], and each of them is judged before it is decoded.

use heic_decoder::{DecodeOptions, DecodedImage, HeifError};

use super::boxes::Bytes;
use super::items::Fault;

/// Coded pictures are a multiple of their blocks, the largest of which are so wide and high.
const LARGEST_BLOCK: u32 = 64;
/// The unit that says how pictures are coded.
const SEQUENCE_PARAMETERS: u8 = 33;

/// Decodes a picture that is said to have this size. `config` is the property `hvcC`.
pub(super) fn decode(config: &[u8], data: &[u8], width: u32, height: u32) -> Result<DecodedImage, Fault> {
    let (coded_width, coded_height) = coded_size(config).ok_or(Fault::Damaged("it doesn't say how it is coded"))?;
    let fits = |coded: u32, told: u32| coded <= told.saturating_add(LARGEST_BLOCK);
    if !fits(coded_width, width) || !fits(coded_height, height) {
        return Err(Fault::Damaged("it is coded larger than it says"));
    }
    let file = wrapped(config, data, width, height);
    heic_decoder::decode_with(&file, &DecodeOptions { apply_transforms: false }).map_err(|error| match error {
        HeifError::Unsupported(why) | HeifError::LimitExceeded(why) => Fault::Unreadable(why),
        HeifError::MalformedBox(why) | HeifError::MalformedHevc(why) | HeifError::CabacDesync(why) => Fault::Damaged(why),
        HeifError::Truncated { .. } | HeifError::NotHeif(_) => Fault::Damaged("its picture data ends early"),
    })
}

/// The size by the sequence parameters, of which the decoder takes the first.
fn coded_size(config: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(config);
    bytes.take(22)?;
    for _ in 0..bytes.byte()? {
        let kind = bytes.byte()? & 0x3F;
        for _ in 0..bytes.short()? {
            let length = bytes.short()?;
            let unit = bytes.take(length.into())?;
            if kind == SEQUENCE_PARAMETERS {
                return Bits::new(unit.get(2..)?).size();
            }
        }
    }
    None
}

/// Bits from the front, without the bytes that only keep marks from appearing.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(unit: &[u8]) -> Self {
        let mut bytes: Vec<u8> = Vec::with_capacity(unit.len());
        let mut zeros = 0;
        for &byte in unit {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            bytes.push(byte);
        }
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// A number with as many zeros before it as it has bits after its first.
    fn counted(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }

    fn size(&mut self) -> Option<(u32, u32)> {
        self.take(4)?;
        let layers = self.take(3)? as usize;
        // The nesting flag, then the profile and level of the whole.
        self.at += 1 + 88 + 8;
        let mut told = Vec::new();
        for _ in 0..layers {
            told.push((self.take(1)? == 1, self.take(1)? == 1));
        }
        if layers > 0 {
            self.at += 2 * (8 - layers);
        }
        for (profile, level) in told {
            self.at += if profile { 88 } else { 0 } + if level { 8 } else { 0 };
        }
        self.counted()?;
        if self.counted()? == 3 {
            self.take(1)?;
        }
        Some((self.counted()?, self.counted()?))
    }
}

/// A file of one picture.
fn wrapped(config: &[u8], data: &[u8], width: u32, height: u32) -> Vec<u8> {
    let numbers = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let properties = [named(*b"hvcC", config), named(*b"ispe", &[&[0; 4], numbers.as_slice()].concat())].concat();
    let of_item = [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 0x81, 2];
    let properties = named(*b"iprp", &[named(*b"ipco", &properties), named(*b"ipma", &of_item)].concat());
    let handler = named(*b"hdlr", b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let entry = named(*b"infe", b"\x02\0\0\0\0\x01\0\0hvc1\0");
    let entries = named(*b"iinf", &[b"\0\0\0\0\0\x01", entry.as_slice()].concat());
    let primary = named(*b"pitm", &[0, 0, 0, 0, 0, 1]);
    let contents = |offset: u32| {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
        let place = [b"\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01", offset.to_be_bytes().as_slice(), &length].concat();
        let all = [&[0; 4], handler.as_slice(), &primary, &entries, &named(*b"iloc", &place), &properties].concat();
        named(*b"meta", &all)
    };
    let kind = named(*b"ftyp", b"heic\0\0\0\0mif1heic");
    let before = kind.len() + contents(0).len() + 8;
    [kind, contents(u32::try_from(before).unwrap_or(u32::MAX)), named(*b"mdat", data)].concat()
}

fn named(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap_or(u32::MAX);
    [size.to_be_bytes().as_slice(), &name, content].concat()
}
