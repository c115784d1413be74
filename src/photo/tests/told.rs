//! What files say about showing a picture, in each place and way of saying it.

use image::ImageFormat;
use moxcms::ColorProfile;

use super::super::{PhotoRemark, Treatment};
use super::make::{self, BLUE, GREEN, RED, YELLOW, quarters};
use super::shown::corners;
use super::{Crop, Reason, decoded, recipe, refused, run};

const QUARTER_TURN: [[u8; 3]; 4] = [BLUE, RED, YELLOW, GREEN];
const AS_STORED: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

fn jpeg_with(segments: &[Vec<u8>]) -> Vec<u8> {
    make::with_segments(&make::jpeg(&quarters(200, 160)), segments)
}

fn exif_segment(block: &[u8]) -> Vec<u8> {
    make::segment(0xE1, &[b"Exif\0\0", block].concat())
}

fn xmp_segment(orientation: u8) -> Vec<u8> {
    make::segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), &xmp(orientation)].concat())
}

fn xmp(orientation: u8) -> Vec<u8> {
    format!("<x:xmpmeta><rdf:Description tiff:Orientation=\"{orientation}\"/></x:xmpmeta>").into_bytes()
}

/// A lossless WebP with one more chunk.
fn webp_with(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let plain = make::as_format(quarters(200, 160), ImageFormat::WebP);
    let chunk = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        [kind, &length, content, &[0][..content.len() % 2]].concat()
    };
    let body = [b"WEBP".as_slice(), &chunk(b"VP8X", &[0x0C, 0, 0, 0, 199, 0, 0, 159, 0, 0]), &plain[12..], &chunk(kind, content)];
    chunk(b"RIFF", &body.concat())
}

fn png_with(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let picture = quarters(200, 160);
    let rows: Vec<u8> = picture.as_raw().chunks(600).flat_map(|row| [&[0], row].concat()).collect();
    make::png(200, 160, 8, 2, &[(kind.first_chunk().unwrap(), content)], &rows)
}

#[test]
fn the_orientation_is_read_in_every_place_and_way_and_applied_once() {
    let mut cases: Vec<(String, Vec<u8>, [[u8; 3]; 4])> = Vec::new();
    for way in 0..6 {
        let block = make::exif_of(6, way);
        let with_letters = [b"Exif\0\0", &block[..]].concat();
        for (place, file) in [
            ("JPEG", jpeg_with(&[exif_segment(&block)])),
            ("PNG", png_with(b"eXIf", &block)),
            ("PNG with letters", png_with(b"eXIf", &with_letters)),
            ("WebP", webp_with(b"EXIF", &block)),
            ("WebP with letters", webp_with(b"EXIF", &with_letters)),
        ] {
            cases.push((format!("{place}, way {way}"), file, QUARTER_TURN));
        }
    }
    let block = |orientation| exif_segment(&make::exif_of(orientation, 0));
    let keyword = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), &xmp(6)].concat();
    for (what, file, shown) in [
        ("XMP in JPEG", jpeg_with(&[xmp_segment(6)]), QUARTER_TURN),
        ("XMP in PNG", png_with(b"iTXt", &keyword), QUARTER_TURN),
        ("XMP in WebP", webp_with(b"XMP ", &xmp(6)), QUARTER_TURN),
        ("Exif before XMP", jpeg_with(&[xmp_segment(3), block(6)]), QUARTER_TURN),
        ("both the same", jpeg_with(&[block(6), xmp_segment(6)]), QUARTER_TURN),
        ("Exif says upright, XMP not", jpeg_with(&[block(1), xmp_segment(6)]), AS_STORED),
        ("Exif without a meaning", jpeg_with(&[block(0), xmp_segment(6)]), QUARTER_TURN),
        ("two of Exif", jpeg_with(&[block(6), block(3)]), QUARTER_TURN),
        ("nine", jpeg_with(&[block(9)]), AS_STORED),
    ] {
        cases.push((what.to_owned(), file, shown));
    }
    for (what, file, shown) in cases {
        let prepared = run(file, &recipe(100, Crop::None)).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        corners(&decoded(&prepared), shown, 12, &what);
        assert_eq!(prepared.notes.contains(&PhotoRemark::Turned), shown == QUARTER_TURN, "{what}");
    }
}

/// Exif with a colour space and an index of interoperability, as cameras write them.
fn colours(space: u16, index: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let directory =
        |entries: &[Vec<u8>]| [&u16::try_from(entries.len()).unwrap().to_le_bytes()[..], &entries.concat(), &[0; 4]].concat();
    let [low, high] = space.to_le_bytes();
    // The first directory takes 18 bytes behind the head of 8, the second 30.
    [
        b"II*\0\x08\0\0\0".to_vec(),
        directory(&[entry(0x8769, 4, 1, [26, 0, 0, 0])]),
        directory(&[entry(0xA001, 3, 1, [low, high, 0, 0]), entry(0xA005, 4, 1, [56, 0, 0, 0])]),
        directory(&[entry(0x0001, 2, 4, *index.first_chunk().unwrap())]),
    ]
    .concat()
}

#[test]
fn adobe_rgb_told_by_exif_alone_is_adobe_rgb() {
    let flat = image::RgbImage::from_pixel(120, 120, image::Rgb([180, 90, 70]));
    let display = ColorProfile::new_display_p3().encode().unwrap();
    let (as_adobe, as_srgb, as_display) = ([205, 90, 67], [180, 90, 70], [193, 83, 63]);
    for (what, block, profile, expected) in [
        ("uncalibrated and R03", colours(65535, b"R03\0"), None, as_adobe),
        ("the value that is not in the standard", colours(2, b"R98\0"), None, as_adobe),
        ("uncalibrated alone", colours(65535, b"R98\0"), None, as_srgb),
        ("sRGB, whatever the index says", colours(1, b"R03\0"), None, as_srgb),
        ("a profile says more", colours(65535, b"R03\0"), Some(&display), as_display),
    ] {
        let icc = profile.map(|profile| make::segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat()));
        let segments: Vec<Vec<u8>> = [exif_segment(&block)].into_iter().chain(icc).collect();
        let rows: Vec<u8> = flat.as_raw().chunks(360).flat_map(|row| [&[0], row].concat()).collect();
        let png = make::png(120, 120, 8, 2, &[(b"eXIf", &block)], &rows);
        let files = [("JPEG", make::with_segments(&make::jpeg(&flat), &segments)), ("PNG", png)];
        for (format, file) in files.into_iter().take(if profile.is_some() { 1 } else { 2 }) {
            let prepared = run(file, &recipe(120, Crop::Upper)).unwrap();
            let seen = decoded(&prepared).get_pixel(60, 60).0;
            let far = seen.iter().zip(expected).any(|(one, other)| one.abs_diff(other) > 4);
            assert!(!far, "{what}, {format}: {seen:?} instead of {expected:?}");
            assert_eq!(prepared.notes.contains(&PhotoRemark::ProfileApplied), expected != as_srgb, "{what}, {format}");
        }
    }
}

#[test]
fn a_whole_picture_without_an_end_mark_is_delivered_with_one() {
    for (what, jpeg) in [
        ("baseline", make::jpeg(&quarters(100, 100))),
        ("progressive", make::progressive(&quarters(100, 100))),
        ("grey", make::grey_jpeg(&quarters(100, 100))),
    ] {
        let open = &jpeg[..jpeg.len() - 2];
        for (tail, content) in [
            ("nothing", &b""[..]),
            ("half an end mark", b"\xFF"),
            ("zeros", &[0; 50]),
            ("a phone's trailer", b"\0\0\x01\x0ASEFH\0\0\0\x01SEFT"),
            ("a trailer with a foreign mark", b"\xFF\x01\xFF\xF3trailer"),
            ("another JPEG", b"\xFF\xD8\xFF\xE0\0\x10JFIF"),
        ] {
            let prepared = run([open, content].concat(), &recipe(120, Crop::Upper)).unwrap();
            assert_eq!(prepared.treatment, Treatment::Stripped, "{what}, then {tail}");
            assert!(prepared.jpeg == jpeg, "{what}, then {tail}");
        }
        // What is scaled is decoded anyway.
        let prepared = run(open.to_vec(), &recipe(60, Crop::Upper)).unwrap();
        assert_eq!(prepared.treatment, Treatment::Encoded, "{what}");
        refused(open[..open.len() - 30].to_vec(), Reason::PhotoCorrupt, "in the middle of the picture data");
    }
}

#[test]
fn what_only_fills_room_does_not_travel() {
    let jpeg = make::jpeg(&quarters(100, 100));
    for filling in [vec![0; 7], vec![0xFF; 7], vec![0, 0, 0xFF, 0xFF]] {
        let filled = make::with_segments(&jpeg, &[filling, make::exif(1)]);
        let prepared = run(filled, &recipe(120, Crop::Upper)).unwrap();
        assert_eq!(prepared.treatment, Treatment::Stripped);
        assert!(prepared.jpeg == jpeg);
    }
}

/// Nobody would decode it before it goes.
#[test]
fn a_cut_picture_that_would_travel_as_it_is_is_held() {
    for jpeg in [make::jpeg(&make::noise(100, 100, 3)), make::progressive(&make::noise(100, 100, 3))] {
        for part in [jpeg.len() * 7 / 10, jpeg.len() - 40] {
            let marked = [&jpeg[..part], &[0xFF, 0xD9]].concat();
            refused(marked, Reason::PhotoCorrupt, "damaged or not complete");
        }
    }
}

#[test]
fn a_picture_of_which_nothing_is_seen_is_held() {
    let clear = |seen: u32, alpha: u8| {
        let mut picture = image::DynamicImage::from(quarters(160, 160)).into_rgba8();
        picture.enumerate_pixels_mut().for_each(|(x, y, pixel)| pixel[3] = if y < seen && x < 80 { alpha } else { 0 });
        picture
    };
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Tiff] {
        for (seen, alpha) in [(0, 255), (4, 255), (160, 3)] {
            let alpha = if format == ImageFormat::Gif { 255 * (alpha / 255) } else { alpha };
            let file = make::as_format(clear(seen, alpha), format);
            let problem = run(file, &recipe(120, Crop::Upper)).expect_err("a white square was taken");
            assert_eq!(problem.reason, Reason::PhotoBlank, "{format:?}: {problem}");
        }
        run(make::as_format(clear(40, 255), format), &recipe(120, Crop::Upper)).unwrap();
    }
    // What counts is what is shown: here it is all in the part that the crop leaves out.
    let wide = image::RgbaImage::from_fn(400, 100, |x, _| image::Rgba([200, 30, 30, if x < 80 { 255 } else { 0 }]));
    let file = make::as_format(wide, ImageFormat::Png);
    refused(file.clone(), Reason::PhotoBlank, "transparent");
    run(file, &recipe(400, Crop::None)).unwrap();
    // One colour all over may be meant, and there is something to be seen.
    let white = image::RgbImage::from_pixel(160, 160, image::Rgb([255; 3]));
    run(make::as_format(white, ImageFormat::Png), &recipe(120, Crop::Upper)).unwrap();
}

/// The files that are kept from the field, each with corners of known colours.
#[test]
fn the_field_s_pictures_have_their_colours() {
    for name in ["three-scans-420", "three-scans-444-restarts", "sampling-luma-coarser", "sampling-410", "sampling-uneven"] {
        let prepared = run(make::photograph(&format!("jpg-{name}.jpg")), &recipe(120, Crop::None)).unwrap();
        let seen = decoded(&prepared);
        let (width, height) = (seen.width(), seen.height());
        let places = [(1, 1), (7, 1), (1, 7), (7, 7)].map(|(x, y)| seen.get_pixel(width * x / 8, height * y / 8).0);
        let [red, green, blue, yellow] = places;
        assert!(red[0] > 150 && red[1] < 100 && red[2] < 100, "{name}: {red:?}");
        assert!(green[0] < 80 && green[1] > 130 && green[2] < 100, "{name}: {green:?}");
        assert!(blue[0] < 100 && blue[1] < 120 && blue[2] > 130, "{name}: {blue:?}");
        assert!(yellow[0] > 195 && yellow[1] > 170 && yellow[2] < 90, "{name}: {yellow:?}");
    }
}
