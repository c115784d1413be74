//! What already fits travels bit for bit; metadata never travels.

use image::ImageFormat;

use super::super::{PhotoRemark, Treatment};
use super::make::{self, noise, quarters};
use super::{Crop, Recipe, decoded, recipe, run};
use crate::testing::untrusted::jpeg_surgery;

/// Words that stand for what must not leave the house.
const SECRETS: [&[u8]; 6] = [b"SECRET", b"Exif", b"ns.adobe.com", b"Photoshop", b"GPS", b"ICC_PROFILE"];

fn holds_a_secret(bytes: &[u8]) -> bool {
    SECRETS.iter().any(|secret| bytes.windows(secret.len()).any(|window| window == *secret))
}

/// Everything that cameras and programs put into a JPEG.
fn metadata(orientation: u8) -> Vec<Vec<u8>> {
    vec![
        make::exif(orientation),
        make::segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET</x:xmpmeta>"),
        make::segment(0xED, b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x08SECRET!!"),
        make::segment(0xE2, b"MPF\0SECRET"),
        make::segment(0xE0, b"JFXX\0\x13SECRET"),
        make::segment(0xFE, b"SECRET comment"),
    ]
}

#[test]
fn a_picture_that_fits_travels_byte_for_byte() {
    let picture = quarters(120, 120);
    for source in [make::jpeg(&picture), make::progressive(&picture), make::with_restarts(&picture), make::grey_jpeg(&picture)] {
        let given = source.clone();
        let prepared = run(source, &recipe(120, Crop::Upper)).unwrap();
        assert_eq!((prepared.treatment, prepared.notes.as_slice()), (Treatment::Untouched, [].as_slice()));
        assert!(prepared.jpeg == given);
    }
    let small = run(make::jpeg(&quarters(90, 90)), &recipe(120, Crop::Upper)).unwrap();
    assert_eq!((small.treatment, small.notes.as_slice()), (Treatment::Untouched, [PhotoRemark::Small].as_slice()));
    let oblong = run(make::jpeg(&quarters(120, 90)), &recipe(120, Crop::None)).unwrap();
    assert_eq!(oblong.treatment, Treatment::Untouched);
}

#[test]
fn metadata_is_cut_out_and_the_rest_stays() {
    let plain = make::jpeg(&quarters(120, 120));
    let mut source = make::with_segments(&plain, &metadata(1));
    source.extend(b"SECRET after the end \xFF\xD8\xFF");
    let prepared = run(source, &recipe(120, Crop::Upper)).unwrap();
    assert_eq!(prepared.treatment, Treatment::Stripped);
    assert!(prepared.jpeg == plain);
}

#[test]
fn what_does_not_fit_is_encoded() {
    let fitting = quarters(120, 120);
    let tight = Recipe::try_new(120, Crop::Upper, 90, 10_000).unwrap();
    let usual = recipe(120, Crop::Upper);
    for (what, source, recipe) in [
        ("too large", make::jpeg(&quarters(121, 121)), &usual),
        ("not square", make::jpeg(&quarters(120, 100)), &usual),
        ("turned", make::with_segments(&make::jpeg(&fitting), &[make::exif(6)]), &usual),
        ("too many bytes", make::jpeg(&noise(120, 120, 3)), &tight),
        ("CMYK", make::printers(&fitting, jpeg_encoder::ColorType::Cmyk), &usual),
        ("PNG", make::as_format(fitting.clone(), ImageFormat::Png), &usual),
    ] {
        let prepared = run(source, recipe).unwrap();
        assert_eq!(prepared.treatment, Treatment::Encoded, "{what}");
        assert!(prepared.jpeg.len() <= recipe.max_bytes());
    }
}

#[test]
fn no_metadata_is_in_any_output() {
    for (orientation, side) in [(1, 100), (1, 300), (6, 100), (6, 300)] {
        let mut source = make::with_segments(&make::jpeg(&quarters(side, side)), &metadata(orientation));
        source.extend(b"SECRET");
        assert!(holds_a_secret(&source));
        let prepared = run(source, &recipe(120, Crop::Upper)).unwrap();
        assert!(!holds_a_secret(&prepared.jpeg), "orientation {orientation}, {side} pixels");
        decoded(&prepared);
    }
    let text = (b"tEXt", b"Comment\0SECRET".as_slice());
    let rows: Vec<u8> = (0..100).flat_map(|_| std::iter::once(0).chain([90; 300])).collect();
    let png = make::png(100, 100, 8, 2, &[text, (b"eXIf", &make::exif(3)[10..])], &rows);
    let prepared = run(png, &recipe(120, Crop::Upper)).unwrap();
    assert!(!holds_a_secret(&prepared.jpeg));
    assert!(prepared.notes.contains(&PhotoRemark::Turned));
}

#[test]
fn the_same_bytes_and_recipe_give_the_same_bytes() {
    let sources = [
        make::jpeg(&noise(300, 200, 5)),
        make::as_format(noise(200, 300, 6), ImageFormat::Png),
        make::with_segments(&make::progressive(&noise(200, 300, 7)), &metadata(8)),
    ];
    let all = || sources.clone().map(|source| run(source, &recipe(120, Crop::Upper)).unwrap().jpeg);
    let once = all();
    let threads: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(threads.iter().all(|again| *again == once));
}

/// Whatever bit flips on its way here: what leaves is whole, clean and the same picture, or nothing does.
#[test]
fn a_bit_that_flips_in_the_head_of_a_jpeg_brings_no_other_picture() {
    for file in [make::jpeg(&quarters(48, 48)), make::progressive(&quarters(48, 48)), make::grey_jpeg(&quarters(48, 48))] {
        let scan = file.windows(2).position(|mark| mark == [0xFF, 0xDA]).unwrap();
        for at in 2..scan + 14 {
            for bit in 0..8 {
                let mut flipped = file.clone();
                flipped[at] ^= 1 << bit;
                jpeg_surgery(&flipped);
            }
        }
    }
}
