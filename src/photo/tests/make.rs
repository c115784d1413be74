//! Makes pictures of every kind.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

pub(super) const RED: [u8; 3] = [220, 30, 30];
pub(super) const GREEN: [u8; 3] = [30, 180, 30];
pub(super) const BLUE: [u8; 3] = [30, 30, 220];
pub(super) const YELLOW: [u8; 3] = [230, 220, 40];

/// Red and green above, blue and yellow below.
pub(super) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => YELLOW,
        })
    })
}

/// Colours that don't compress well.
pub(super) fn noise(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut random = fastrand::Rng::with_seed(seed);
    RgbImage::from_fn(width, height, |_, _| image::Rgb([random.u8(..), random.u8(..), random.u8(..)]))
}

pub(super) fn encoder(jpeg: &mut Vec<u8>) -> Encoder<&mut Vec<u8>> {
    let mut encoder = Encoder::new(jpeg, 92);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder
}

pub(super) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder(&mut jpeg).encode(picture, width, height, ColorType::Rgb).unwrap();
    jpeg
}

pub(super) fn progressive(picture: &RgbImage) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = encoder(&mut jpeg);
    encoder.set_progressive(true);
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture, width, height, ColorType::Rgb).unwrap();
    jpeg
}

pub(super) fn with_restarts(picture: &RgbImage) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = encoder(&mut jpeg);
    encoder.set_restart_interval(4);
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture, width, height, ColorType::Rgb).unwrap();
    jpeg
}

/// In printer's colours, plain or turned into brightness and differences.
pub(super) fn printers(picture: &RgbImage, kind: ColorType) -> Vec<u8> {
    let inks: Vec<u8> = picture.pixels().flat_map(|pixel| [255 - pixel[0], 255 - pixel[1], 255 - pixel[2], 0]).collect();
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 95);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(&inks, width, height, kind).unwrap();
    jpeg
}

/// With the tables that it needs, and none for colours.
pub(super) fn grey_jpeg(picture: &RgbImage) -> Vec<u8> {
    as_format(DynamicImage::from(picture.clone()).into_luma8(), ImageFormat::Jpeg)
}

/// A file kept beside the tests.
pub(super) fn photograph(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)).unwrap()
}

/// In any format that image writes.
pub(super) fn as_format(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A segment of the given mark.
pub(super) fn segment(mark: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, mark], &length[..], content].concat()
}

/// The JPEG with segments put in after its first mark.
pub(super) fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// Exif that tells the orientation (1 to 8), where the picture was taken, and a word to search for.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend([1, 0, 1, 0, 2, 0, 2, 0, 0, 0, b'N', 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"SECRETGPS");
    segment(0xE1, &[b"Exif\0\0", tiff.as_slice()].concat())
}

/// Exif's block with the orientation as another program writes it: as a short or long number, a byte, or with a sign, and
/// in either byte order.
pub(super) fn exif_of(orientation: u8, way: u8) -> Vec<u8> {
    let (kind, bytes) = [(3, 2), (4, 4), (1, 1), (8, 2), (9, 4), (3, 2)][usize::from(way % 6)];
    let little = way.is_multiple_of(2);
    let number = |value: u32, bytes: usize| {
        if little { value.to_le_bytes()[..bytes].to_vec() } else { value.to_be_bytes()[4 - bytes..].to_vec() }
    };
    let mut value = number(orientation.into(), bytes);
    value.resize(4, 0);
    let head = if little { b"II*\0" } else { b"MM\0*" };
    [head.to_vec(), number(8, 4), number(1, 2), number(0x0112, 2), number(kind, 2), number(1, 4), value, number(0, 4)].concat()
}

/// Exif's block with an orientation, and colours that are Adobe RGB's by their number alone.
pub(super) fn adobe_exif(orientation: u8) -> Vec<u8> {
    let entry = |tag: [u8; 2], kind: u8, value: u8| {
        [&tag[..], &[0, kind, 0, 0, 0, 1]].concat().into_iter().chain(match kind {
            3 => [0, value, 0, 0],
            _ => [0, 0, 0, value],
        })
    };
    let main = entry([0x01, 0x12], 3, orientation).chain(entry([0x87, 0x69], 4, 38));
    let head = b"MM\0*\0\0\0\x08\0\x02".iter().copied();
    head.chain(main).chain([0; 4]).chain([0, 1]).chain(entry([0xA0, 0x01], 3, 2)).chain([0; 4]).collect()
}

/// A PNG written by hand, so that every kind of it can be made. Rows come with their filter byte.
pub(super) fn png(width: u32, height: u32, depth: u8, colour: u8, chunks: &[(&[u8; 4], &[u8])], rows: &[u8]) -> Vec<u8> {
    let zlib = zlib(rows);
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    let first: [(&[u8; 4], &[u8]); 1] = [(b"IHDR", &header)];
    let last: [(&[u8; 4], &[u8]); 2] = [(b"IDAT", &zlib), (b"IEND", b"")];
    png_of(&[&first[..], chunks, &last].concat())
}

/// A PNG of these chunks.
pub(super) fn png_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    for (name, content) in chunks {
        file.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        let body = [&name[..], content].concat();
        file.extend(&body);
        file.extend(checksum(&body).to_be_bytes());
    }
    file
}

/// The picture as a PNG with a colour profile.
pub(super) fn png_with_profile(picture: &RgbImage, profile: &[u8]) -> Vec<u8> {
    let rows: Vec<u8> = picture.rows().flat_map(|row| std::iter::once(0).chain(row.flat_map(|pixel| pixel.0))).collect();
    let chunk = [b"profile\0\0", zlib(profile).as_slice()].concat();
    png(picture.width(), picture.height(), 8, 2, &[(b"iCCP", &chunk)], &rows)
}

/// Stored as it is, in the wrapping that PNG asks for.
pub(super) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut zlib = vec![0x78, 0x01];
    let mut blocks = content.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        zlib.push(u8::from(blocks.peek().is_none()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    let (one, two) = content.iter().fold((1_u32, 0_u32), |(one, two), &byte| {
        let one = (one + u32::from(byte)) % 65_521;
        (one, (two + one) % 65_521)
    });
    zlib.extend((two << 16 | one).to_be_bytes());
    zlib
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}
