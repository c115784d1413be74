//! HEIC and AVIF, written by x265 and aom, against what libheif and libavif make of the same files.

use std::path::{Path, PathBuf};

use super::super::heif;
use super::super::orient::upright;
use super::super::pixels::{Channels, Pixels};
use super::super::sniff::{Format, sniff};
use super::make::{BLUE, GREEN, RED, YELLOW};
use super::{Crop, Reason, decoded, recipe, run};
use crate::model::Problem;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/heif")
}

fn kept(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(name)).unwrap()
}

fn shown(file: &[u8]) -> Result<Pixels, Problem> {
    let decoded = heif::decode(file, sniff(file).unwrap(), &|_, _| Ok(()), &|| Ok(()))?;
    Ok(upright(decoded.pixels, decoded.orientation))
}

/// The AV1 decoder loses a block with each picture. What lies around it must not be lost with it, and HEVC loses none.
#[test]
fn many_pictures_take_no_more_memory_than_a_few() {
    const ALONE: &str = "PHOTOSYNCD_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        // Counted where nothing else runs, with memory as the unit has it.
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "photo::tests::heif::many_pictures_take_no_more_memory_than_a_few"]).env(ALONE, "1");
        alone.envs([("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_MMAP_THRESHOLD_", "131072")]);
        let output = alone.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let resident = || {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
    };
    for (name, times) in [("400.avif", 1_000), ("grey.heic", 200)] {
        let file = kept(name);
        let decode = |times: usize| (0..times).for_each(|_| drop(shown(&file).unwrap()));
        decode(100);
        let few = resident();
        decode(times);
        let grown = resident().saturating_sub(few);
        assert!(grown < 8 << 20, "{name}: {grown} bytes more after {times} pictures");
    }
}

/// Where another decoder's picture is kept beside the file, this one looks the same: as wide and high, of the same
/// colours. Decoders round and smooth colours in ways of their own, at edges most of all.
#[test]
fn each_file_looks_as_other_decoders_show_it() {
    let mut names: Vec<String> =
        std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "png"));
    names.sort();
    let mut wrong = Vec::new();
    for name in &names {
        let file = kept(name.trim_end_matches(".png"));
        let other = image::load_from_memory(&kept(name)).unwrap().into_rgb8();
        let pixels = match shown(&file) {
            Ok(pixels) => pixels,
            Err(problem) => {
                wrong.push(format!("{name}: {problem}"));
                continue;
            }
        };
        let colours: Vec<u8> = match pixels.channels {
            Channels::Grey => pixels.data.iter().flat_map(|grey| [*grey; 3]).collect(),
            _ => pixels.data,
        };
        if (pixels.width, pixels.height) != other.dimensions() {
            wrong.push(format!("{name}: {} x {}, not {:?}", pixels.width, pixels.height, other.dimensions()));
            continue;
        }
        let far: Vec<u64> = colours.iter().zip(other.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).collect();
        let (all, most) = (far.iter().sum::<u64>(), far.iter().filter(|far| **far > 60).count());
        // Cards have edges between full colours, where decoders smooth in ways of their own.
        if all > 3 * far.len() as u64 || most * 40 > far.len() {
            wrong.push(format!("{name}: {all} over {} values, {most} of them far", far.len()));
        }
    }
    assert!(names.len() >= 30, "only {} files", names.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In the middle of each quarter, in reading order.
fn quarters(pixels: &Pixels) -> [[u8; 3]; 4] {
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| {
        let at = (height * y / 4 * width + width * x / 4) * 3;
        [pixels.data[at], pixels.data[at + 1], pixels.data[at + 2]]
    })
}

#[test]
fn what_the_file_says_of_turning_is_done_once_and_exif_is_not_asked() {
    for (name, seen) in [
        ("plain.heic", [RED, GREEN, BLUE, YELLOW]),
        ("plain.avif", [RED, GREEN, BLUE, YELLOW]),
        ("exif6-only.heic", [RED, GREEN, BLUE, YELLOW]),
        ("irot3-exif6.heic", [BLUE, RED, YELLOW, GREEN]),
        ("irot3.avif", [BLUE, RED, YELLOW, GREEN]),
        ("irot1.heic", [GREEN, YELLOW, RED, BLUE]),
        ("irot2.heic", [YELLOW, BLUE, GREEN, RED]),
        ("imir0.heic", [BLUE, YELLOW, RED, GREEN]),
        ("imir0.avif", [BLUE, YELLOW, RED, GREEN]),
        ("imir1.heic", [GREEN, RED, YELLOW, BLUE]),
        ("imir1.avif", [GREEN, RED, YELLOW, BLUE]),
        ("irot3-imir1.heic", [RED, BLUE, GREEN, YELLOW]),
        ("grid-irot3.heic", [BLUE, RED, YELLOW, GREEN]),
        ("iden-irot3.heic", [BLUE, RED, YELLOW, GREEN]),
        ("second-is-primary.heic", [RED, GREEN, BLUE, YELLOW]),
        ("alpha.heic", [RED, GREEN, BLUE, [255; 3]]),
        ("alpha.avif", [RED, GREEN, BLUE, [255; 3]]),
    ] {
        let shown = quarters(&shown(&kept(name)).unwrap());
        let far = shown.iter().flatten().zip(seen.iter().flatten()).map(|(one, other)| one.abs_diff(*other)).max().unwrap();
        assert!(far < 8, "{name} shows {shown:?}, not {seen:?}");
    }
    let half = shown(&kept("clap.heic")).unwrap();
    let left = quarters(&half);
    assert_eq!((half.width, half.height), (64, 96));
    assert!(left[1][0] > 200 && left[3][2] > 200, "the left half is red and blue: {left:?}");
}

/// HDR is shown as on a usual screen: what lies below white keeps its order, nothing is washed out or black.
#[test]
fn hdr_is_shown_on_a_usual_screen() {
    let mean = |pixels: &Pixels| pixels.data.iter().map(|value| u64::from(*value)).sum::<u64>() / pixels.data.len() as u64;
    let plain = mean(&shown(&kept("p3.avif")).unwrap());
    for name in ["pq.avif", "hlg.avif"] {
        let pixels = shown(&kept(name)).unwrap();
        let (most, least) = (pixels.data.iter().max().unwrap(), pixels.data.iter().min().unwrap());
        assert!(*most > 200 && *least < 30, "{name}: {least} to {most}");
        assert!(mean(&pixels).abs_diff(plain) < 30, "{name}: {} of {plain}", mean(&pixels));
    }
}

/// The decoder of AV1 panics at them; what the file says outside of its picture data holds.
#[test]
fn reserved_numbers_of_colours_say_nothing() {
    let file = kept("p3.avif");
    let usual = shown(&file).unwrap();
    let at = file.windows(3).position(|numbers| numbers == [12, 13, 6]).unwrap();
    let reserved = [&file[..at], &[0, 3, 3], &file[at + 3..]].concat();
    assert_eq!(shown(&reserved).unwrap().data, usual.data);
}

#[test]
fn what_is_not_whole_or_claims_too_much_is_held_in_plain_words() {
    for (name, reason, words) in [
        ("grid-tile-missing.heic", Reason::PhotoCorrupt, "doesn't say how large"),
        ("says-huge.heic", Reason::PhotoTooLarge, "the limit is 120,000,000"),
        ("says-larger.heic", Reason::PhotoCorrupt, "another size than it says"),
        ("coded-huge.heic", Reason::PhotoCorrupt, "larger than it says"),
        ("iden-of-itself.heic", Reason::PhotoCorrupt, "doesn't say for which"),
        ("overlay.heic", Reason::PhotoUnsupported, "laid over each other"),
        ("unknown-essential.heic", Reason::PhotoUnsupported, "isn't known here"),
    ] {
        let problem = run(kept(name), &recipe(120, Crop::Upper)).expect_err(name);
        assert!(problem.reason == reason && problem.detail.contains(words), "{name}: {problem}");
    }
    for file in [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0"[..], b"\0\0\0\x1Cftypavif\0\0\0\0mif1avifmiaf"] {
        let problem = run(file.to_vec(), &recipe(120, Crop::Upper)).unwrap_err();
        assert_eq!(problem.reason, Reason::PhotoCorrupt, "{problem}");
    }
}

/// Wherever a copy of the file ends, it is held, never shown in part.
#[test]
fn a_file_that_ends_early_is_held() {
    for name in ["plain.heic", "grid.heic", "ten-bit.heic", "alpha.heic", "plain.avif", "grid.avif"] {
        let file = kept(name);
        for end in (12..file.len()).step_by(7).chain([file.len() - 1]) {
            let problem = run(file[..end].to_vec(), &recipe(120, Crop::Upper)).expect_err(name);
            assert!(problem.reason == Reason::PhotoCorrupt, "{name} to {end}: {problem}");
        }
        assert!(run(file, &recipe(120, Crop::Upper)).is_ok(), "{name}");
    }
}

#[test]
fn the_whole_way_gives_the_upright_square() {
    let prepared = run(kept("grid-irot3.heic"), &recipe(90, Crop::Center)).unwrap();
    let seen = decoded(&prepared);
    assert_eq!(seen.dimensions(), (90, 90));
    assert_eq!(prepared.format, Format::Heic);
    let wide = run(kept("p3.avif"), &recipe(90, Crop::Center)).unwrap();
    assert!(wide.notes.contains(&super::super::PhotoRemark::ProfileApplied), "{wide:?}");
}
