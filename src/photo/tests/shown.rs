//! What is seen in the finished picture: orientation, crop, colours.

use image::{DynamicImage, ImageFormat};
use jpeg_encoder::ColorType;

use super::super::{Format, PhotoRemark, Treatment};
use super::make::{self, BLUE, GREEN, RED, YELLOW, quarters};
use super::{Crop, decoded, recipe, run};

/// Fails unless the pixel is within `steps` of the colour.
fn near(picture: &image::RgbImage, x: u32, y: u32, colour: [u8; 3], steps: u8, what: &str) {
    let seen = picture.get_pixel(x, y).0;
    let far = seen.iter().zip(colour).any(|(one, other)| one.abs_diff(other) > steps);
    assert!(!far, "{what}: {seen:?} instead of {colour:?} at {x}, {y}");
}

/// The colours a quarter in from each corner, in reading order.
pub(super) fn corners(picture: &image::RgbImage, colours: [[u8; 3]; 4], steps: u8, what: &str) {
    let (width, height) = picture.dimensions();
    let places = [(1, 1), (3, 1), (1, 3), (3, 3)];
    for ((x, y), colour) in places.into_iter().zip(colours) {
        near(picture, width * x / 4, height * y / 4, colour, steps, what);
    }
}

#[test]
fn every_orientation_is_turned_upright() {
    let stored = make::jpeg(&quarters(200, 160));
    for (exif, colours) in [
        (1, [RED, GREEN, BLUE, YELLOW]),
        (2, [GREEN, RED, YELLOW, BLUE]),
        (3, [YELLOW, BLUE, GREEN, RED]),
        (4, [BLUE, YELLOW, RED, GREEN]),
        (5, [RED, BLUE, GREEN, YELLOW]),
        (6, [BLUE, RED, YELLOW, GREEN]),
        (7, [YELLOW, GREEN, BLUE, RED]),
        (8, [GREEN, YELLOW, RED, BLUE]),
    ] {
        let source = make::with_segments(&stored, &[make::exif(exif)]);
        for crop in [Crop::None, Crop::Center] {
            let prepared = run(source.clone(), &recipe(100, crop)).unwrap();
            corners(&decoded(&prepared), colours, 10, &format!("orientation {exif}, crop {crop}"));
            assert_eq!(prepared.notes.contains(&PhotoRemark::Turned), exif != 1);
            let size = if crop == Crop::Center {
                (100, 100)
            } else if exif < 5 {
                (100, 80)
            } else {
                (80, 100)
            };
            assert_eq!((prepared.width, prepared.height), size, "orientation {exif}");
        }
    }
}

#[test]
fn the_upper_crop_is_taken_where_a_person_sees_the_top() {
    // Seen upright: a portrait of 200 x 400 with a red band from row 13 to 53.
    let portrait = image::RgbImage::from_fn(200, 400, |_, y| image::Rgb(if (13..53).contains(&y) { RED } else { BLUE }));
    let lying = image::imageops::rotate270(&portrait);
    let source = make::with_segments(&make::jpeg(&lying), &[make::exif(6)]);
    for (what, source) in [("upright", make::jpeg(&portrait)), ("on its side", source)] {
        let prepared = run(source, &recipe(100, Crop::Upper)).unwrap();
        let seen = decoded(&prepared);
        assert_eq!(seen.dimensions(), (100, 100));
        // The square begins at row 13: a tenth of the 134 rows that are more than 3:4 has.
        near(&seen, 50, 4, RED, 12, what);
        near(&seen, 50, 16, RED, 12, what);
        near(&seen, 50, 24, BLUE, 12, what);
    }
    let seen = decoded(&run(make::jpeg(&portrait), &recipe(100, Crop::Center)).unwrap());
    near(&seen, 50, 4, BLUE, 12, "center");
}

#[test]
fn every_format_shows_the_same() {
    let picture = quarters(160, 160);
    let palette: Vec<u8> = [RED, GREEN, BLUE, YELLOW].concat();
    let indexed: Vec<u8> = (0..160_u32)
        .flat_map(|y| std::iter::once(0).chain((0..160).map(move |x| u8::from(x >= 80) + 2 * u8::from(y >= 80))))
        .collect();
    let sixteen = DynamicImage::from(DynamicImage::from(picture.clone()).into_rgb16());
    for (what, format, source) in [
        ("baseline", Format::Jpeg, make::jpeg(&picture)),
        ("progressive", Format::Jpeg, make::progressive(&picture)),
        ("restarts", Format::Jpeg, make::with_restarts(&picture)),
        ("CMYK", Format::Jpeg, make::printers(&picture, ColorType::Cmyk)),
        ("YCCK", Format::Jpeg, make::printers(&picture, ColorType::CmykAsYcck)),
        ("PNG", Format::Png, make::as_format(picture.clone(), ImageFormat::Png)),
        ("16-bit PNG", Format::Png, make::as_format(sixteen.clone(), ImageFormat::Png)),
        ("palette PNG", Format::Png, make::png(160, 160, 8, 3, &[(b"PLTE", &palette)], &indexed)),
        ("WebP", Format::Webp, make::as_format(picture.clone(), ImageFormat::WebP)),
        ("GIF", Format::Gif, make::as_format(DynamicImage::from(picture.clone()).into_rgba8(), ImageFormat::Gif)),
        ("BMP", Format::Bmp, make::as_format(picture.clone(), ImageFormat::Bmp)),
        ("TIFF", Format::Tiff, make::as_format(picture.clone(), ImageFormat::Tiff)),
        ("16-bit TIFF", Format::Tiff, make::as_format(sixteen, ImageFormat::Tiff)),
    ] {
        let prepared = run(source, &recipe(100, Crop::Upper)).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        assert_eq!((prepared.format, prepared.treatment, prepared.width), (format, Treatment::Encoded, 100), "{what}");
        corners(&decoded(&prepared), [RED, GREEN, BLUE, YELLOW], 12, what);
        assert_eq!(prepared.notes.contains(&PhotoRemark::Cmyk), what == "CMYK" || what == "YCCK", "{what}");
    }
}

#[test]
fn what_is_transparent_is_white() {
    let mut picture = DynamicImage::from(quarters(160, 160)).into_rgba8();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if x >= 80 && y < 80 {
            pixel[3] = 0;
        }
    }
    let deep = DynamicImage::from(DynamicImage::from(picture.clone()).into_rgba16());
    for (what, source) in [
        ("PNG", make::as_format(picture.clone(), ImageFormat::Png)),
        ("16-bit PNG", make::as_format(deep, ImageFormat::Png)),
        ("WebP", make::as_format(picture.clone(), ImageFormat::WebP)),
        ("GIF", make::as_format(picture.clone(), ImageFormat::Gif)),
        ("TIFF", make::as_format(picture, ImageFormat::Tiff)),
    ] {
        let prepared = run(source, &recipe(100, Crop::Upper)).unwrap();
        assert!(prepared.notes.contains(&PhotoRemark::AlphaFlattened), "{what}");
        corners(&decoded(&prepared), [RED, [255; 3], BLUE, YELLOW], 12, what);
    }
    let opaque = make::as_format(DynamicImage::from(quarters(160, 160)).into_rgba8(), ImageFormat::Png);
    assert!(!run(opaque, &recipe(100, Crop::Upper)).unwrap().notes.contains(&PhotoRemark::AlphaFlattened));
}

#[test]
fn grey_stays_grey() {
    let picture = image::RgbImage::from_fn(160, 160, |x, _| image::Rgb([if x < 80 { 40 } else { 200 }; 3]));
    let grey = DynamicImage::from(picture.clone()).into_luma8();
    for (what, source) in [
        ("JPEG", make::grey_jpeg(&picture)),
        ("PNG", make::as_format(grey.clone(), ImageFormat::Png)),
        ("grey and alpha", make::as_format(DynamicImage::from(grey).into_luma_alpha8(), ImageFormat::Png)),
    ] {
        let prepared = run(source, &recipe(100, Crop::Upper)).unwrap();
        let seen = decoded(&prepared);
        near(&seen, 25, 50, [40; 3], 3, what);
        near(&seen, 75, 50, [200; 3], 3, what);
        let layout = super::super::walk::walk(&prepared.jpeg).unwrap();
        assert_eq!(layout.components.len(), 1, "{what}");
    }
}

#[test]
fn small_pictures_are_never_enlarged() {
    let prepared = run(make::as_format(quarters(60, 50), ImageFormat::Png), &recipe(648, Crop::Upper)).unwrap();
    assert_eq!((prepared.width, prepared.height), (50, 50));
    assert_eq!(prepared.notes, [PhotoRemark::Small]);
}

#[test]
fn quality_goes_down_first_and_size_next() {
    let source = make::as_format(make::noise(400, 400, 1), ImageFormat::Png);
    let squeezed = |max_bytes| {
        let recipe = super::Recipe::try_new(400, Crop::Upper, 90, max_bytes).unwrap();
        run(source.clone(), &recipe).unwrap()
    };
    let free = squeezed(3_900_000);
    assert!(!free.notes.iter().any(|note| matches!(note, PhotoRemark::Squeezed { .. })));
    let worse = squeezed(free.jpeg.len() * 2 / 3);
    assert_eq!(worse.width, 400);
    assert!(matches!(worse.notes.as_slice(), [PhotoRemark::Squeezed { quality: 40..90 }]), "{:?}", worse.notes);
    let smaller = squeezed(10_000);
    assert!(smaller.width < 400 && smaller.width >= 48 && smaller.jpeg.len() <= 10_000);
    assert!(matches!(smaller.notes.as_slice(), [PhotoRemark::Squeezed { quality: 40 }]), "{:?}", smaller.notes);
}
