//! `WebP`s of every kind: lossy and lossless, with alpha, wrapped in every way, turned, animated, cut. Each is shown as it
//! was made or held; none is shown wrong.
//!
//! Lossless ones are written here. Lossy ones are kept beside the tests; `PHOTOSYNCD_CWEBP` names libwebp's program, which
//! then writes a new one each time.
#![expect(clippy::print_stdout, reason = "counts what was held, for whoever asks")]

use std::collections::BTreeMap;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

use super::super::PhotoRemark;
use super::make::{self, photograph, quarters};
use super::random_jpegs::setting;
use super::{Crop, card, recipe, run};

const VARIANTS: u64 = 300;
/// Lossy cards beside the tests, and whether they have an alpha.
const KEPT: [(&str, bool); 4] =
    [("card.webp", false), ("card-coarse.webp", false), ("card-alpha.webp", true), ("card-alpha-raw.webp", true)];

/// How much of a row of the card is seen.
fn alpha(v: f64) -> u8 {
    card::at(v, 128, |row| u8::try_from(255 - row).unwrap())
}

fn card_of(width: u32, height: u32, has_alpha: bool) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = card::pixel(x as usize, y as usize, width as usize, height as usize);
        let v = (f64::from(y) + 0.5) / f64::from(height);
        Rgba([red, green, blue, if has_alpha { alpha(v) } else { 255 }])
    })
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&name[..], &length, content, &[0; 1][..content.len() % 2]].concat()
}

fn three(number: u32) -> [u8; 3] {
    number.to_le_bytes()[..3].try_into().unwrap()
}

/// The chunks with the picture in them, of a file that any program wrote.
fn picture_chunks(file: &[u8]) -> Vec<u8> {
    if &file[12..16] == b"VP8X" { file[30..].to_vec() } else { file[12..].to_vec() }
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP", chunks].concat())
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Kind {
    has_alpha: bool,
    /// The picture alone, without anything beside it.
    plain: bool,
    orientation: u8,
    turned_by: &'static str,
    /// The first frame is at this place of a larger one.
    frame: Option<(u32, u32)>,
    animated: bool,
    /// What the header promises, rightly or not.
    promises: u8,
    cut: bool,
}

struct Variant {
    kind: Kind,
    file: Vec<u8>,
    /// The picture, and what it lies on.
    size: (u32, u32),
    canvas: (u32, u32),
}

fn lossy(random: &mut fastrand::Rng) -> (Vec<u8>, bool, (u32, u32)) {
    let Ok(program) = std::env::var("PHOTOSYNCD_CWEBP") else {
        let (name, has_alpha) = KEPT[random.usize(..KEPT.len())];
        let file = photograph(name);
        let size = image::load_from_memory(&file).unwrap();
        return (picture_chunks(&file), has_alpha, (size.width(), size.height()));
    };
    let place = tempfile::tempdir().unwrap();
    let (size, has_alpha) = ((random.u32(48..140), random.u32(48..140)), random.bool());
    card_of(size.0, size.1, has_alpha).save(place.path().join("card.png")).unwrap();
    let number = |random: &mut fastrand::Rng, from: u8, to: u8| random.u8(from..=to).to_string();
    let mut command = std::process::Command::new(program);
    command.args(["-quiet", "-exact", "-q", &number(random, 75, 100), "-m", &number(random, 0, 6)]);
    command.args(["-segments", &number(random, 1, 4), "-f", &number(random, 0, 60), "-alpha_method", &number(random, 0, 1)]);
    command.args(["-alpha_filter", random.choice(["none", "fast", "best"]).unwrap(), "-partition_limit", "0"]);
    let to = place.path().join("card.webp");
    let done = command.arg(place.path().join("card.png")).arg("-o").arg(&to).status().unwrap();
    assert!(done.success());
    (picture_chunks(&std::fs::read(to).unwrap()), has_alpha, size)
}

fn variant(random: &mut fastrand::Rng) -> Variant {
    let is_lossy = random.bool();
    let (picture, has_alpha, size) = if is_lossy {
        lossy(random)
    } else {
        // Whole blocks, so that what a frame lies on has sharp edges in a JPEG, too.
        let (has_alpha, size) = (random.bool(), (random.u32(3..9) * 16, random.u32(3..9) * 16));
        let card = card_of(size.0, size.1, has_alpha);
        let card = if has_alpha { DynamicImage::from(card) } else { DynamicImage::from(card).into_rgb8().into() };
        (picture_chunks(&make::as_format(card, ImageFormat::WebP)), has_alpha, size)
    };
    let animated = random.u8(..3) == 0;
    let frame = (animated && !is_lossy && random.bool()).then(|| (random.u32(0..3) * 16, random.u32(0..3) * 16));
    let canvas = frame.map_or(size, |place| (size.0 + place.0 + 16, size.1 + place.1 + 16));
    let turned_by = *random.choice(&["nothing", "Exif", "marked Exif", "XMP", "Exif before"]).unwrap();
    let kind = Kind {
        has_alpha,
        plain: !(animated || is_lossy && has_alpha) && random.u8(..4) == 0,
        orientation: random.u8(1..9),
        turned_by,
        frame,
        animated,
        promises: random.u8(..) & 0x3C,
        cut: random.u8(..8) == 0,
    };
    let mut file = wrapped(&kind, &picture, size, canvas, random);
    if kind.cut {
        file.truncate(random.usize(30..file.len()));
    } else if random.u8(..4) == 0 {
        // What follows the end is no part of the picture.
        file.extend(chunk(*b"EXIF", &make::exif_of(6, 0)));
    }
    Variant { kind, file, size, canvas }
}

fn wrapped(kind: &Kind, picture: &[u8], size: (u32, u32), canvas: (u32, u32), random: &mut fastrand::Rng) -> Vec<u8> {
    if kind.plain {
        return riff(picture);
    }
    let exif = make::exif_of(kind.orientation, random.u8(..6));
    let segments = match kind.turned_by {
        "Exif" | "Exif before" => chunk(*b"EXIF", &exif),
        "marked Exif" => chunk(*b"EXIF", &[b"Exif\0\0", &exif[..]].concat()),
        "XMP" => chunk(*b"XMP ", format!("<rdf:Description tiff:Orientation='{}'/>", kind.orientation).as_bytes()),
        _ => Vec::new(),
    };
    let head = [&[kind.promises | u8::from(kind.animated) << 1, 0, 0, 0][..], &three(canvas.0 - 1), &three(canvas.1 - 1)];
    let mut chunks = chunk(*b"VP8X", &head.concat());
    let (before, behind) = if kind.turned_by == "Exif before" { (segments, Vec::new()) } else { (Vec::new(), segments) };
    if random.bool() {
        chunks.extend(chunk(*b"WHAT", &[7; 3]));
    }
    chunks.extend(before);
    if kind.animated {
        chunks.extend(chunk(*b"ANIM", &[random.u8(..), random.u8(..), random.u8(..), random.u8(..), 0, 0]));
        let frame = |place: (u32, u32), size: (u32, u32), how: u8, picture: &[u8]| {
            let head = [three(place.0 / 2), three(place.1 / 2), three(size.0 - 1), three(size.1 - 1), three(100)].concat();
            chunk(*b"ANMF", &[&head[..], &[how], picture].concat())
        };
        chunks.extend(frame(kind.frame.unwrap_or((0, 0)), size, random.u8(..4), picture));
        let other = picture_chunks(&make::as_format(quarters(48, 48), ImageFormat::WebP));
        chunks.extend(frame((0, 0), (48, 48), random.u8(..4), &other));
    } else {
        chunks.extend(picture);
    }
    chunks.extend(behind);
    riff(&chunks)
}

#[test]
fn webps_of_every_kind_are_shown_right_or_held() {
    let (count, seed) = (setting("PHOTOSYNCD_VARIANTS", VARIANTS), setting("PHOTOSYNCD_SEED", 1));
    if std::env::var("PHOTOSYNCD_CWEBP").is_err() {
        println!("PHOTOSYNCD_CWEBP is not set: only the {} lossy WebPs beside the tests are tried", KEPT.len());
    }
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let (mut wrong, mut shown) = (Vec::new(), 0);
    for number in seed..seed + count {
        let Variant { kind, file, size, canvas } = variant(&mut fastrand::Rng::with_seed(number));
        let turned = if kind.plain || kind.turned_by == "nothing" { 1 } else { kind.orientation };
        match run(file, &recipe(400, Crop::None)) {
            Ok(_) if kind.cut => wrong.push(format!("WebP {number}: a part was taken: {kind:?}")),
            Ok(prepared) => {
                shown += 1;
                let place = kind.frame.unwrap_or((0, 0));
                let as_seen = |_: [u8; 3], u: f64, v: f64| {
                    let within = |at: f64, canvas: u32, place: u32, size: u32| {
                        (at * f64::from(canvas) - f64::from(place)) / f64::from(size)
                    };
                    let (u, v) = (within(u, canvas.0, place.0, size.0), within(v, canvas.1, place.1, size.1));
                    if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
                        return [255; 3];
                    }
                    let alpha = if kind.has_alpha { u32::from(alpha(v)) } else { 255 };
                    card::colour(u, v).map(|value| u8::try_from(255 - alpha + u32::from(value) * alpha / 255).unwrap())
                };
                if let Some(fault) = card::fault_at(&prepared, turned, &as_seen) {
                    wrong.push(format!("WebP {number}: {fault}: {kind:?}"));
                }
                if prepared.notes.contains(&PhotoRemark::FirstFrame) != kind.animated {
                    wrong.push(format!("WebP {number}: {:?}: {kind:?}", prepared.notes));
                }
            }
            Err(problem) => {
                if !kind.cut {
                    wrong.push(format!("WebP {number}: whole, but held ({problem}): {kind:?}"));
                }
                *held.entry(format!("{}: {}", problem.reason, problem.detail)).or_default() += 1;
            }
        }
    }
    println!("{count} WebPs: {shown} shown right; held: {held:#?}");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(shown > count / 2 && !held.is_empty(), "{shown} shown");
}
