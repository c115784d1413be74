//! One of each: every kind of file that HR may drop, with what is expected of it.

use image::{DynamicImage, ImageFormat};
use jpeg_encoder::ColorType;

use super::make::{self, BLUE, GREEN, RED, YELLOW, photograph, quarters};
use super::{Crop, Reason, decoded, recipe, run};

/// What is seen in the middle of each quarter, in reading order; or the reason and words of the problem.
enum Expected {
    Shows([[u8; 3]; 4]),
    Taken,
    Refused(Reason, &'static str),
}
use Expected::{Refused, Shows, Taken};

const AS_STORED: Expected = Shows([RED, GREEN, BLUE, YELLOW]);
const QUARTER_TURN: Expected = Shows([BLUE, RED, YELLOW, GREEN]);
const HALVES: Expected = Shows([[40; 3], [200; 3], [40; 3], [200; 3]]);
const BLACK_WHITE: Expected = Shows([[0; 3], [255; 3], [0; 3], [255; 3]]);
const CLEAR_CORNER: Expected = Shows([RED, [255; 3], BLUE, YELLOW]);

type Case = (String, Vec<u8>, Expected);

/// Files kept beside the tests, written by other programs.
fn kept() -> Vec<Case> {
    let unsupported = |words| Refused(Reason::PhotoUnsupported, words);
    let files = [
        ("lossy.webp", AS_STORED),
        ("animated.webp", AS_STORED),
        ("alpha-lossy.webp", CLEAR_CORNER),
        ("turned.webp", QUARTER_TURN),
        ("animated.gif", AS_STORED),
        ("interlaced.gif", AS_STORED),
        ("animated.png", AS_STORED),
        ("turned.png", QUARTER_TURN),
        ("lzw.tif", AS_STORED),
        ("deflate.tif", AS_STORED),
        ("jpeg.tif", AS_STORED),
        ("turned.tif", QUARTER_TURN),
        ("cmyk.tif", AS_STORED),
        ("cmyk.jpg", AS_STORED),
        ("palette.bmp", AS_STORED),
        ("palette.tif", unsupported("this kind of TIFF picture can't be read here")),
        ("lab.tif", unsupported("this kind of TIFF picture can't be read here")),
        ("grey-16.png", HALVES),
        ("grey-float.tif", unsupported("this kind of TIFF picture can't be read here")),
        ("grey.jpg", BLACK_WHITE),
        ("one-bit.png", BLACK_WHITE),
        ("one-bit.tif", BLACK_WHITE),
        ("one-bit.bmp", BLACK_WHITE),
        ("sampling-411.jpg", AS_STORED),
        ("sampling-444.jpg", AS_STORED),
        ("progressive.jpg", AS_STORED),
        ("srgb-profile.jpg", AS_STORED),
        ("restarts.jpg", AS_STORED),
        ("rgb-coded.jpg", AS_STORED),
        ("pair.mpo", AS_STORED),
        ("picture.avif", AS_STORED),
        ("picture.jp2", unsupported("JPEG 2000")),
        ("picture.ico", unsupported("icon")),
        ("picture.pdf", unsupported("PDF")),
        ("picture.eps", unsupported("PostScript")),
        ("PROVENANCE.md", unsupported("this is text")),
        ("astronaut.png", Taken),
        ("camera.png", Taken),
        ("chelsea.png", Taken),
        ("rocket.jpg", Taken),
    ];
    files.map(|(name, expected)| (name.to_owned(), photograph(name), expected)).into()
}

/// Files made here.
fn made() -> Vec<Case> {
    let picture = quarters(160, 160);
    let deep = DynamicImage::from(DynamicImage::from(picture.clone()).into_rgb16());
    let plain = make::jpeg(&picture);
    let png = make::as_format(picture.clone(), ImageFormat::Png);
    let mut cases = vec![
        ("baseline".to_owned(), plain.clone(), AS_STORED),
        ("progressive".to_owned(), make::progressive(&picture), AS_STORED),
        ("CMYK".to_owned(), make::printers(&picture, ColorType::Cmyk), AS_STORED),
        ("YCCK".to_owned(), make::printers(&picture, ColorType::CmykAsYcck), AS_STORED),
        ("16-bit PNG".to_owned(), make::as_format(deep.clone(), ImageFormat::Png), AS_STORED),
        ("16-bit TIFF".to_owned(), make::as_format(deep, ImageFormat::Tiff), AS_STORED),
        ("lossless WebP".to_owned(), make::as_format(picture.clone(), ImageFormat::WebP), AS_STORED),
        ("BMP".to_owned(), make::as_format(picture, ImageFormat::Bmp), AS_STORED),
        ("text after the end".to_owned(), [&plain, b"<script>".as_slice()].concat(), AS_STORED),
        ("fill bytes".to_owned(), make::with_segments(&plain, &[vec![0xFF; 9]]), AS_STORED),
        ("empty".to_owned(), Vec::new(), Refused(Reason::PhotoCorrupt, "empty")),
        ("zeros".to_owned(), vec![0; 100], Refused(Reason::PhotoCorrupt, "zero bytes")),
        ("text".to_owned(), b"photo to follow".to_vec(), Refused(Reason::PhotoUnsupported, "text")),
        ("half a JPEG".to_owned(), plain[..plain.len() / 2].to_vec(), Refused(Reason::PhotoCorrupt, "ends")),
        ("half a PNG".to_owned(), png[..png.len() / 2].to_vec(), Refused(Reason::PhotoCorrupt, "damaged")),
        ("tiny".to_owned(), make::jpeg(&quarters(47, 47)), Refused(Reason::PhotoTooSmall, "47 x 47")),
        ("ribbon".to_owned(), make::jpeg(&quarters(900, 20)), Refused(Reason::PhotoTooSmall, "900 x 20")),
    ];
    let turned = [
        [RED, GREEN, BLUE, YELLOW],
        [GREEN, RED, YELLOW, BLUE],
        [YELLOW, BLUE, GREEN, RED],
        [BLUE, YELLOW, RED, GREEN],
        [RED, BLUE, GREEN, YELLOW],
        [BLUE, RED, YELLOW, GREEN],
        [YELLOW, GREEN, BLUE, RED],
        [GREEN, YELLOW, RED, BLUE],
    ];
    for (exif, colours) in (1..).zip(turned) {
        let source = make::with_segments(&plain, &[make::exif(exif)]);
        cases.push((format!("orientation {exif}"), source, Shows(colours)));
    }
    cases
}

#[test]
fn each_of_more_than_sixty_files_is_shown_or_named() {
    let cases: Vec<Case> = kept().into_iter().chain(made()).collect();
    assert!(cases.len() >= 60, "only {} files", cases.len());
    let mut wrong = Vec::new();
    for (name, source, expected) in cases {
        match (run(source, &recipe(120, Crop::Upper)), expected) {
            (Err(problem), Refused(reason, words)) if problem.reason == reason && problem.detail.contains(words) => {}
            (Ok(prepared), Taken) if (prepared.width, prepared.height) == (120, 120) => drop(decoded(&prepared)),
            (Ok(prepared), Shows(colours)) => {
                let seen = decoded(&prepared);
                let places = [(30, 30), (90, 30), (30, 90), (90, 90)].map(|(x, y)| seen.get_pixel(x, y).0);
                let far = |(one, other): (&u8, &u8)| one.abs_diff(*other) > 14;
                if places.iter().flatten().zip(colours.iter().flatten()).any(far) {
                    wrong.push(format!("{name} shows {places:?} instead of {colours:?}"));
                }
            }
            (outcome, _) => wrong.push(format!("{name}: {outcome:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
