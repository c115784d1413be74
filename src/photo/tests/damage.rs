//! Every unusable picture is a problem with a plain reason; none is delivered, none breaks anything.

use image::{DynamicImage, ImageFormat};

use super::make::{self, noise, quarters};
use super::{Crop, Limits, Reason, recipe, refused, run};
use crate::photo::prepare;

#[test]
fn a_truncated_picture_is_never_taken() {
    let picture = noise(160, 160, 2);
    let fits = noise(100, 100, 2);
    let rgba = DynamicImage::from(picture.clone()).into_rgba8();
    for (what, source) in [
        ("baseline", make::jpeg(&picture)),
        ("baseline that fits", make::jpeg(&fits)),
        ("progressive", make::progressive(&picture)),
        ("progressive that fits", make::progressive(&fits)),
        ("restarts", make::with_restarts(&picture)),
        ("Exif", make::with_segments(&make::jpeg(&picture), &[make::exif(1)])),
        ("PNG", make::as_format(picture.clone(), ImageFormat::Png)),
        ("WebP", make::as_format(picture.clone(), ImageFormat::WebP)),
        ("GIF", make::as_format(rgba, ImageFormat::Gif)),
        ("BMP", make::as_format(picture.clone(), ImageFormat::Bmp)),
        ("TIFF", make::as_format(picture, ImageFormat::Tiff)),
    ] {
        for tenth in 1..10 {
            let part = source[..source.len() * tenth / 10].to_vec();
            let outcome = run(part, &recipe(120, Crop::Upper));
            let problem = outcome.expect_err(&format!("{what} cut at {tenth}0 % was taken"));
            assert_eq!(problem.reason, Reason::PhotoCorrupt, "{what} cut at {tenth}0 %: {problem}");
        }
    }
}

/// Decoders read the zero bytes that were to be overwritten as a picture, if its tables allow it.
#[test]
fn a_copy_that_took_its_room_and_stopped_is_never_taken() {
    let webp = make::as_format(noise(160, 160, 2), ImageFormat::WebP);
    let extended: &[u8] = b"VP8X\x0A\0\0\0\0\0\0\0\x9F\0\0\x9F\0\0";
    let with_extras = [&webp[..12], extended, &webp[12..]].concat();
    let mut sources = vec![
        ("WebP", webp),
        ("WebP with extras", with_extras),
        ("BMP", make::as_format(noise(160, 160, 2), ImageFormat::Bmp)),
        ("TIFF", make::as_format(noise(160, 160, 2), ImageFormat::Tiff)),
    ];
    for quality in [40, 60, 75, 85, 90, 92, 95, 98, 100] {
        for picture in [noise(160, 160, 2), quarters(160, 160)] {
            let mut jpeg = Vec::new();
            jpeg_encoder::Encoder::new(&mut jpeg, quality).encode(&picture, 160, 160, jpeg_encoder::ColorType::Rgb).unwrap();
            sources.push(("JPEG", jpeg));
        }
    }
    for (what, source) in sources {
        for eighth in 1..8 {
            let mut part = source.clone();
            let place = (source.len() * eighth / 8).min(source.len() - 600);
            part[place..].fill(0);
            let problem =
                run(part, &recipe(120, Crop::Upper)).expect_err(&format!("{what}, zeros from {place} of {}", source.len()));
            // Where its directory stands at the end, nothing is left to tell what it was.
            let lost = what == "TIFF" && problem.reason == Reason::PhotoUnsupported;
            assert!(lost || problem.reason == Reason::PhotoCorrupt, "{what}, zeros from {place}: {problem}");
        }
        // Room behind the end does no harm.
        if what == "JPEG" {
            run([source, vec![0; 5_000]].concat(), &recipe(120, Crop::Upper)).unwrap();
        }
    }
}

/// Where some were overwritten, blocks are found too early, and what is left of the data belongs to nothing.
#[test]
fn much_that_is_left_behind_the_last_block_is_damage() {
    let source = make::jpeg(&noise(160, 160, 2));
    let end = source.len() - 2;
    for (left, taken) in [(40, true), (400, true), (600, false), (4_000, false)] {
        let copied = source[end - 4_000..end - 4_000 + left].to_vec();
        let part = [&source[..end], &copied, &source[end..]].concat();
        let outcome = run(part, &recipe(120, Crop::Upper));
        assert_eq!(outcome.is_ok(), taken, "{left} bytes: {:?}", outcome.err());
    }
}

/// Black above or below is no room: few lines of it, or in pictures whose zeros are something else.
#[test]
fn black_is_not_taken_for_room() {
    let mut black = noise(160, 160, 2);
    for line in (0..10).chain(150..160) {
        (0..160).for_each(|column| black.put_pixel(column, line, image::Rgb([0, 0, 0])));
    }
    let glass = DynamicImage::from(image::RgbaImage::from_fn(160, 160, |_, line| {
        if line < 80 { image::Rgba([0, 0, 0, 0]) } else { image::Rgba([200, 90, 60, 255]) }
    }));
    for (what, source) in [
        ("BMP", make::as_format(black.clone(), ImageFormat::Bmp)),
        ("TIFF", make::as_format(black, ImageFormat::Tiff)),
        ("BMP with glass", make::as_format(glass, ImageFormat::Bmp)),
    ] {
        run(source, &recipe(120, Crop::Upper)).unwrap_or_else(|problem| panic!("{what}: {problem}"));
    }
}

/// A copy that stopped in the middle and was "repaired" with an end mark must not be shown half grey.
#[test]
fn a_picture_cut_in_the_middle_and_given_an_end_is_not_taken() {
    for (what, picture) in [("noise", noise(160, 160, 2)), ("flat", quarters(160, 160))] {
        for (kind, source) in [("plain", make::jpeg(&picture)), ("restarts", make::with_restarts(&picture))] {
            let data = source.windows(2).position(|mark| mark == [0xFF, 0xDA]).unwrap() + 14;
            for tenth in 1..8 {
                let mut part = source[..data + (source.len() - data) * tenth / 10].to_vec();
                part.extend([0xFF, 0xD9]);
                let outcome = run(part, &recipe(120, Crop::Upper));
                let problem = outcome.expect_err(&format!("{what} with {kind} cut at {tenth}0 % was taken"));
                assert_eq!(problem.reason, Reason::PhotoCorrupt, "{problem}");
            }
        }
    }
}

/// The other way round: pictures of very little data are whole, whatever the decoder reads ahead.
#[test]
fn flat_pictures_of_any_size_are_whole() {
    for side in (120..300).step_by(29) {
        for colour in [[0; 3], [255; 3], [128; 3], [200, 30, 90]] {
            let picture = image::RgbImage::from_pixel(side, side + side % 9, image::Rgb(colour));
            for source in
                [make::jpeg(&picture), make::progressive(&picture), make::with_restarts(&picture), make::grey_jpeg(&picture)]
            {
                run(source, &recipe(100, Crop::Upper)).unwrap();
            }
        }
    }
}

#[test]
fn a_truncated_jpeg_says_where_it_ends() {
    let source = make::jpeg(&noise(160, 160, 2));
    let half = source[..source.len() / 2].to_vec();
    let words =
        format!("in the middle of the picture data ({} of its bytes are there)", crate::photo::format::grouped(half.len()));
    refused(half, Reason::PhotoCorrupt, &words);
    refused(source[..100].to_vec(), Reason::PhotoCorrupt, "before the picture data");
}

#[test]
fn what_is_no_picture_is_named() {
    for (source, words) in [
        (b"Hello, please find my photo attached.\r\n".to_vec(), "this is text, not a picture"),
        (b"<!DOCTYPE html><html>404</html>".to_vec(), "this is text"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(), "video"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "SVG"),
        (b"%PDF-1.7\n%\xE2\xE3".to_vec(), "PDF"),
        (b"8BPS\0\x01\0\0".to_vec(), "Photoshop"),
        (b"PK\x03\x04\x14\0".to_vec(), "ZIP"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1".to_vec(), "Office"),
        (b"\0\0\x01\0\x01\0\x10\x10".to_vec(), "icon"),
        (b"II*\0\x10\0\0\0CR\x02\0".to_vec(), "raw"),
        (b"\xFF\x0A\x01\x02".to_vec(), "JPEG XL"),
        (vec![1, 2, 3, 4, 5, 6, 7, 8], "not a picture of any format known here"),
    ] {
        refused(source, Reason::PhotoUnsupported, words);
    }
    refused(Vec::new(), Reason::PhotoCorrupt, "the file is empty");
    refused(vec![0; 5000], Reason::PhotoCorrupt, "zero bytes only");
    refused(vec![0xFF, 0xD8], Reason::PhotoCorrupt, "before the picture data");
    refused(b"\x89PNG\r\n\x1A\n".to_vec(), Reason::PhotoCorrupt, "PNG picture is damaged");
}

#[test]
fn too_small_is_told_with_its_size() {
    let words = "40 x 40 pixels; Microsoft 365 takes 48 x 48 or more";
    refused(make::jpeg(&quarters(40, 40)), Reason::PhotoTooSmall, words);
    refused(make::as_format(quarters(40, 40), ImageFormat::Png), Reason::PhotoTooSmall, words);
    refused(make::jpeg(&quarters(600, 47)), Reason::PhotoTooSmall, "600 x 47");
    let ribbon = run(make::jpeg(&quarters(2000, 50)), &recipe(120, Crop::None)).unwrap_err();
    assert_eq!(ribbon.reason, Reason::PhotoTooSmall);
    assert!(ribbon.detail.contains("become 120 x 3"), "{ribbon}");
}

#[test]
fn limits_are_asked_before_anything_is_decoded() {
    let source = bytes::Bytes::from(make::jpeg(&quarters(200, 200)));
    let limits = |max_source_bytes, max_pixels| Limits { max_source_bytes, max_pixels, ..Limits::default() };
    let problem = prepare(source.clone(), &recipe(120, Crop::Upper), &limits(1000, 1_000_000), &|| false).unwrap_err();
    assert_eq!(problem.reason, Reason::PhotoTooLarge);
    assert!(problem.detail.contains("the limit is 1,000"), "{problem}");
    let problem = prepare(source.clone(), &recipe(120, Crop::Upper), &limits(1_000_000, 39_999), &|| false).unwrap_err();
    assert_eq!(problem.detail, "200 x 200 pixels are 40,000 in all; the limit is 39,999");
    assert!(prepare(source, &recipe(120, Crop::Upper), &limits(1_000_000, 40_000), &|| false).is_ok());
}

/// Replaces the size that a JPEG's header tells.
fn claiming(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let header = jpeg.windows(2).position(|mark| mark == [0xFF, 0xC0] || mark == [0xFF, 0xC2]).unwrap();
    jpeg[header + 5..header + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[header + 7..header + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

#[test]
fn bombs_are_refused_from_their_headers() {
    let small = make::jpeg(&quarters(100, 100));
    refused(claiming(small.clone(), 65_535, 65_535), Reason::PhotoCorrupt, "65,535 x 65,535");
    refused(claiming(small, 10_000, 10_000), Reason::PhotoCorrupt, "bytes of picture data");
    refused(claiming(make::progressive(&quarters(100, 100)), 10_000, 10_000), Reason::PhotoCorrupt, "10,000 x 10,000");
    refused(make::png(20_000, 20_000, 8, 6, &[], &[0; 1000]), Reason::PhotoTooLarge, "400,000,000");
    refused(make::png(10_900, 11_000, 16, 6, &[], &[0; 1000]), Reason::PhotoTooLarge, "memory");
    refused(make::png(u32::MAX >> 1, u32::MAX >> 1, 8, 2, &[], &[0; 1000]), Reason::PhotoTooLarge, "");
    let mut bmp = make::as_format(quarters(100, 100), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0x20, 0x4E, 0, 0, 0x20, 0x4E, 0, 0]);
    refused(bmp, Reason::PhotoTooLarge, "20,000 x 20,000");
}

/// Repeats the last scan.
fn with_scans(progressive: &[u8], more: usize) -> Vec<u8> {
    let last = progressive.windows(2).rposition(|mark| mark == [0xFF, 0xDA]).unwrap();
    let (file, end) = progressive.split_at(progressive.len() - 2);
    [file, &file[last..].repeat(more), end].concat()
}

#[test]
fn too_many_scans_are_refused() {
    let small = make::progressive(&quarters(200, 200));
    refused(with_scans(&small, 5000), Reason::PhotoCorrupt, "more than 100 scans");
    let large = make::progressive(&quarters(4000, 4000));
    refused(with_scans(&large, 80), Reason::PhotoTooLarge, "would take too long");
}

#[test]
fn stray_and_wrong_marks_are_refused() {
    let plain = make::jpeg(&quarters(100, 100));
    let end = plain.len() - 2;
    let middle = end / 2 + end / 4;
    let mut odd = plain.clone();
    odd[middle..middle + 2].copy_from_slice(&[0xFF, 0xD0]);
    refused(odd, Reason::PhotoCorrupt, "unknown mark D0");
    let arithmetic = claiming_process(&plain, 0xC9);
    refused(arithmetic, Reason::PhotoUnsupported, "rare coding process");
    refused(make::with_segments(&plain, &[make::segment(0xFE, b""), vec![1, 2, 3]]), Reason::PhotoCorrupt, "stray bytes");
    refused(make::with_segments(&plain, &[vec![0xFF, 0xE1, 0, 1]]), Reason::PhotoCorrupt, "without length");
}

fn claiming_process(jpeg: &[u8], process: u8) -> Vec<u8> {
    let mut jpeg = jpeg.to_vec();
    let header = jpeg.windows(2).position(|mark| mark == [0xFF, 0xC0]).unwrap();
    jpeg[header + 1] = process;
    jpeg
}

#[test]
fn broken_metadata_does_not_stop_a_whole_picture() {
    let plain = make::jpeg(&quarters(200, 200));
    for content in [
        b"Exif\0\0II*\0\xFF\xFF\xFF\xFF".as_slice(),
        b"Exif\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xFF\xFF",
        b"",
        b"ICC_PROFILE\0\x01\x01nonsense",
    ] {
        for mark in [0xE1, 0xE2, 0xED, 0xE0, 0xEE] {
            let source = make::with_segments(&plain, &[make::segment(mark, content)]);
            let prepared = run(source, &recipe(120, Crop::Upper)).unwrap();
            assert_eq!(prepared.width, 120);
        }
    }
}

#[test]
fn a_file_of_five_megabytes_is_made_small() {
    let source = make::jpeg(&noise(1800, 1700, 4));
    assert!(source.len() > 3_000_000, "{} bytes", source.len());
    let prepared = run(source, &recipe(648, Crop::Upper)).unwrap();
    assert_eq!((prepared.width, prepared.height), (648, 648));
    assert!(prepared.jpeg.len() < 1_000_000);
}
