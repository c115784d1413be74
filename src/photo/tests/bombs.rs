//! Pictures within pictures that are larger than what is around them: what they take is known before they are decoded.

use image::ImageFormat;

use super::super::memory;
use super::make::{self, quarters};

const MANY: u64 = 200_000_000;

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&kind[..], &u32::try_from(content.len()).unwrap().to_le_bytes(), content].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP".as_slice(), &chunks.concat()].concat())
}

#[test]
fn frames_of_a_webp_count_though_they_are_larger_than_it() {
    let canvas = |flags: u8| chunk(*b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
    let lossy = chunk(*b"VP8 ", &[0, 0, 0, 0x9D, 1, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F, 0, 0]);
    let lossless = chunk(*b"VP8L", &[0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0]);
    let frame = chunk(*b"ANMF", &[&[0; 16][..], &lossy].concat());
    for (parts, is_large) in [
        (vec![canvas(0)], false),
        (vec![canvas(0), lossy.clone()], true),
        (vec![canvas(0), lossless], true),
        (vec![canvas(2), frame], true),
    ] {
        assert_eq!(memory(&webp(&parts), 1_000_000) > MANY, is_large, "{} parts", parts.len());
    }
    // What is refused for its size anyway takes nothing.
    assert!(memory(&webp(&[lossy]), 1_000_000) < MANY);
}

#[test]
fn a_jpeg_within_a_tiff_counts_though_it_is_larger_than_it() {
    let mut jpeg = make::jpeg(&quarters(64, 64));
    let header = jpeg.windows(2).position(|mark| mark == [0xFF, 0xC0]).unwrap();
    jpeg[header + 5..header + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    let tiff = |jpeg: &[u8], compression: u8| {
        let entry = |tag: u16, value: u32| [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat();
        let length = u32::try_from(jpeg.len()).unwrap();
        let entries = [
            entry(256, 64),
            entry(257, 64),
            entry(258, 8),
            entry(259, compression.into()),
            entry(262, 1),
            entry(273, 8 + 2 + 9 * 12 + 4),
            entry(277, 1),
            entry(278, 64),
            entry(279, length),
        ];
        [b"II*\0\x08\0\0\0\x09\0".as_slice(), &entries.concat(), &[0; 4], jpeg].concat()
    };
    assert!(memory(&tiff(&jpeg, 7), 1_000_000) > MANY);
    assert!(memory(&tiff(&jpeg, 1), 1_000_000) < MANY);
    assert!(memory(&tiff(&make::jpeg(&quarters(64, 64)), 7), 1_000_000) < MANY);
}

#[test]
fn what_is_around_a_small_picture_takes_as_much_as_it_is_long() {
    let file = [make::as_format(quarters(64, 64), ImageFormat::Png), vec![7; 5_000_000]].concat();
    let extra = memory(&file, 1_000_000) - memory(&file[..file.len() - 5_000_000], 1_000_000);
    assert_eq!(extra, 5_000_000);
}

#[test]
fn what_a_phones_picture_takes_is_known_before_it_is_decoded() {
    let few = 20_000_000;
    for name in ["plain.heic", "grid.heic", "alpha.avif"] {
        assert!(memory(&make::photograph(&format!("heif/{name}")), 1_000_000) < few, "{name}");
    }
    let huge = make::photograph("heif/says-huge.heic");
    assert!(memory(&huge, u64::MAX) > MANY && memory(&huge, 1_000_000) < few);
}
