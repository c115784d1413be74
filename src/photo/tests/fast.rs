//! Both builds show the same: what is decoded at a fraction of its size against what is decoded whole.

use image::imageops::FilterType;
use image::{ImageFormat, RgbImage};

use super::super::{fast, walk};
use super::make::{self, photograph};
use super::{Crop, decoded, recipe, run};

/// No eye sees a difference beyond.
const SAME_DB: f64 = 38.0;

fn psnr(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let squares: f64 = one.iter().zip(other.iter()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * f64::from(one.width() * one.height() * 3) / squares.max(1.0)).log10()
}

/// A photograph as a camera of so many pixels would have taken it.
fn taken(name: &str, width: u32, height: u32) -> RgbImage {
    let photograph = image::load_from_memory(&photograph(name)).unwrap();
    photograph.resize_to_fill(width, height, FilterType::CatmullRom).into_rgb8()
}

#[test]
fn both_builds_show_the_same() {
    let sizes = [(1500, 1200), (1301, 1733), (2609, 1999)];
    let crops = [Crop::Upper, Crop::None, Crop::Face];
    for ((name, (width, height)), crop) in ["astronaut.png", "chelsea.png", "rocket.jpg"].into_iter().zip(sizes).zip(crops) {
        let picture = taken(name, width, height);
        for (what, jpeg) in [
            ("baseline", make::jpeg(&picture)),
            ("progressive", make::progressive(&picture)),
            ("grey", make::grey_jpeg(&picture)),
            ("turned", make::with_segments(&make::jpeg(&picture), &[make::exif(6)])),
        ] {
            // The same pixels in a format that is always decoded whole.
            let whole = image::load_from_memory(&jpeg).unwrap();
            let whole = if what == "turned" { whole.rotate90() } else { whole };
            let whole = run(make::as_format(whole, ImageFormat::Png), &recipe(300, crop)).unwrap();
            let quick = run(jpeg, &recipe(300, crop)).unwrap();
            let db = psnr(&decoded(&whole), &decoded(&quick));
            assert!(db >= SAME_DB, "{name}, {what}, crop {crop}: {db:.1} dB");
        }
    }
}

#[test]
fn the_picture_is_decoded_at_a_fraction_of_its_size() {
    let picture = taken("chelsea.png", 801, 603);
    for jpeg in [make::jpeg(&picture), make::progressive(&picture), make::with_restarts(&picture), make::grey_jpeg(&picture)] {
        let layout = walk::walk(&jpeg).unwrap();
        for (reduction, size) in [(1, (801, 603)), (2, (401, 302)), (4, (201, 151)), (8, (101, 76))] {
            let pixels = fast::reduced(&jpeg, &layout, reduction).unwrap();
            assert_eq!((pixels.width, pixels.height), size);
        }
    }
}

#[test]
fn a_damaged_picture_is_left_to_the_usual_decoder() {
    let mut jpeg = make::jpeg(&taken("chelsea.png", 800, 600));
    let middle = jpeg.len() / 2;
    jpeg[middle..middle + 400].fill(0x5A);
    let layout = walk::walk(&jpeg).unwrap();
    let attempt = std::panic::catch_unwind(|| fast::reduced(&jpeg, &layout, 2).is_some());
    assert!(!matches!(attempt, Ok(true)), "damage was painted over");
    let printed = make::printers(&taken("chelsea.png", 300, 300), jpeg_encoder::ColorType::Cmyk);
    assert!(fast::reduced(&printed, &walk::walk(&printed).unwrap(), 1).is_none(), "inks are not for libjpeg");
}
