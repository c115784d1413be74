//! What preparing a picture costs, and how good it comes out.
//!
//! `cargo bench --bench pictures` makes camera photos of 12 megapixels and prepares them on one core, in turns with one
//! batch call of `vipsthumbnail` on the same files; compares the results with the Lanczos reduction of the whole
//! picture; and prepares 500 mixed photos on two cores. `--features fast-jpeg` measures that build.
//! Targets: at most 1.2 of the time of `vipsthumbnail` and under 65 MB a photo in flight; with `fast-jpeg` 0.7 and 35 MB.
//! `PHOTOS=60` and `ROUNDS=5` make it longer.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use image::RgbImage;
use image::imageops::FilterType;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use photosyncd::testing::photo::{Crop, Limits, Recipe, prepare};

/// Clock ticks a second in /proc.
const TICKS: f64 = 100.0;
/// Marks the process that prepares and measures itself.
const PREPARE: &str = "--prepare";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == PREPARE) {
        return one_core(Path::new(&arguments[at + 1]), Path::new(&arguments[at + 2]));
    }
    if !arguments.iter().any(|argument| argument == "--bench") {
        return; // `cargo test --benches` only wants to know that it builds
    }
    let place = tempfile::tempdir().unwrap();
    let build = if cfg!(feature = "fast-jpeg") { "fast-jpeg" } else { "default" };
    println!("{build} build, {} cores", std::thread::available_parallelism().unwrap());
    let photos = setting("PHOTOS", 20);
    let camera = place.path().join("camera");
    std::fs::create_dir(&camera).unwrap();
    for number in 0..photos {
        std::fs::write(camera.join(format!("{number:03}.jpg")), camera_photo(number, [1, 6, 8, 3][number % 4])).unwrap();
    }
    against_vips(place.path(), &camera, photos);
    quality();
    mixed(place.path(), &camera);
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn recipe() -> Recipe {
    Recipe::try_new(648, Crop::Center, 90, 3_900_000).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn prepare_file(file: &Path, recipe: &Recipe, to: &Path) {
    let source = Bytes::from(std::fs::read(file).unwrap());
    let prepared = prepare(source, recipe, &Limits::default()).unwrap();
    std::fs::write(to.join(file.file_name().unwrap()), &prepared).unwrap();
}

/// Prepares a directory of photos, one after the other, and tells by how much memory grew at most.
fn one_core(from: &Path, to: &Path) {
    let before = memory("VmRSS");
    for file in files(from) {
        prepare_file(&file, &recipe(), to);
    }
    println!("{}", memory("VmHWM") - before);
}

/// A line of /proc/self/status, in MB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}

/// Seconds of wall and of processor that a process takes, and what it says.
fn timed(command: &mut Command) -> (f64, f64, String) {
    let before = children();
    let began = Instant::now();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (began.elapsed().as_secs_f64(), children() - before, String::from_utf8(output.stdout).unwrap())
}

/// Seconds of processor that ended children took.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    (fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap()) / TICKS
}

#[expect(clippy::cast_precision_loss, reason = "a few photos")]
fn against_vips(place: &Path, camera: &Path, photos: usize) {
    let (ours_to, vips_to) = (place.join("ours"), place.join("vips"));
    std::fs::create_dir(&ours_to).unwrap();
    std::fs::create_dir(&vips_to).unwrap();
    let has_vips = Command::new("vipsthumbnail").arg("--vips-version").output().is_ok();
    println!("\n{photos} JPEGs of 4000 x 3000 to 648 x 648, one core; ms a photo");
    println!("| round | ours: wall, processor | vipsthumbnail, one call: wall, processor | ratio: wall, processor | memory |");
    println!("| --- | --- | --- | --- | --- |");
    let each = 1000.0 / photos as f64;
    for round in 1..=setting("ROUNDS", 3) {
        let mut ours = Command::new("taskset");
        ours.args(["-c", "0"]).arg(std::env::current_exe().unwrap()).arg(PREPARE).args([camera, &ours_to]);
        let (wall, cpu, grown) = timed(&mut ours);
        let grown: f64 = grown.trim().parse().unwrap();
        if !has_vips {
            println!("| {round} | {:.1}, {:.1} | not installed | - | {grown:.0} MB |", wall * each, cpu * each);
            continue;
        }
        let mut vips = Command::new("taskset");
        vips.args(["-c", "0", "vipsthumbnail", "--size", "648x648", "--smartcrop", "centre", "-o"])
            .arg(format!("{}/%s.jpg[Q=90,strip,subsample_mode=off]", vips_to.display()))
            .args(files(camera))
            .env("VIPS_CONCURRENCY", "1");
        let (vips_wall, vips_cpu, _) = timed(&mut vips);
        println!(
            "| {round} | {:.1}, {:.1} | {:.1}, {:.1} | {:.2}, {:.2} | {grown:.0} MB |",
            wall * each,
            cpu * each,
            vips_wall * each,
            vips_cpu * each,
            wall / vips_wall,
            cpu / vips_cpu
        );
    }
}

/// How near pictures come to the Lanczos reduction of the whole, and how near its JPEG of the same quality does.
fn quality() {
    println!("\n| photo | PSNR of ours | of a JPEG of the reference, same quality | difference |");
    println!("| --- | --- | --- | --- |");
    for number in 0..4 {
        let file = camera_photo(number, 1);
        let whole = image::load_from_memory(&file).unwrap().into_rgb8();
        let square = image::imageops::crop_imm(&whole, 500, 0, 3000, 3000).to_image();
        let reference = image::imageops::resize(&square, 648, 648, FilterType::Lanczos3);
        let ours = prepare(file.into(), &recipe(), &Limits::default()).unwrap();
        let ours = psnr(&reference, &image::load_from_memory(&ours).unwrap().into_rgb8());
        let alone = image::load_from_memory(&encoded(&reference, 90, SamplingFactor::R_4_4_4)).unwrap().into_rgb8();
        let alone = psnr(&reference, &alone);
        println!("| {number} | {ours:.2} dB | {alone:.2} dB | {:.2} dB |", alone - ours);
    }
}

fn psnr(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let squares: f64 = one.iter().zip(other.iter()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    #[expect(clippy::cast_precision_loss, reason = "a million")]
    let mean = squares / one.len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

/// Five hundred photos as an HR directory holds them, on two cores.
#[expect(clippy::cast_precision_loss, reason = "five hundred")]
fn mixed(place: &Path, camera: &Path) {
    const PHOTOS: usize = 500;
    let (from, to) = (place.join("mixed"), place.join("mixed-out"));
    std::fs::create_dir(&from).unwrap();
    std::fs::create_dir(&to).unwrap();
    let cameras = files(camera);
    let portrait = |number: usize, width, height| {
        let picture = image::load_from_memory(&std::fs::read(&cameras[number % cameras.len()]).unwrap()).unwrap();
        picture.resize_to_fill(width, height, FilterType::Triangle).into_rgb8()
    };
    let portraits: Vec<RgbImage> = (0..4).map(|number| portrait(number, 1200, 1600)).collect();
    let small: Vec<RgbImage> = (0..4).map(|number| portrait(number, 648, 648)).collect();
    for number in 0..PHOTOS {
        let picture = &portraits[number % 4];
        // In ten: four camera originals, three portraits, one PNG, one WebP, one that already fits.
        let (extension, bytes) = match number % 10 {
            0..=3 => ("jpg", std::fs::read(&cameras[number % cameras.len()]).unwrap()),
            4..=6 => ("jpg", encoded(picture, 92, SamplingFactor::R_4_2_0)),
            7 => ("png", written(picture, image::ImageFormat::Png)),
            8 => ("webp", written(picture, image::ImageFormat::WebP)),
            _ => ("jpg", encoded(&small[number % 4], 90, SamplingFactor::R_4_4_4)),
        };
        std::fs::write(from.join(format!("{number:03}.{extension}")), bytes).unwrap();
    }
    let (files, next) = (files(&from), AtomicUsize::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    prepare_file(file, &recipe(), &to);
                }
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("\n{PHOTOS} mixed photos on two cores: {seconds:.1} s, {:.1} photos/s", PHOTOS as f64 / seconds);
}

fn written(picture: &RgbImage, format: image::ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn encoded(picture: &RgbImage, quality: u8, sampling: SamplingFactor) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(sampling);
    let side = |side: u32| u16::try_from(side).unwrap();
    encoder.encode(picture, side(picture.width()), side(picture.height()), ColorType::Rgb).unwrap();
    jpeg
}

/// A photograph of 4000 x 3000 pixels with a sensor's noise, as a camera saves it: 4:2:0, 3 to 4 MB, lying on its side.
fn camera_photo(number: usize, orientation: u8) -> Vec<u8> {
    let names = ["astronaut.png", "chelsea.png", "rocket.jpg", "camera.png"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(names[number % names.len()]);
    let photograph = image::open(path).unwrap();
    let mut picture = photograph.resize_to_fill(4000, 3000, FilterType::CatmullRom).into_rgb8();
    let mut random = fastrand::Rng::with_seed(number as u64);
    for value in picture.iter_mut() {
        *value = value.saturating_add_signed(random.i8(-9..=9));
    }
    let jpeg = encoded(&picture, 88, SamplingFactor::R_4_2_0);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}
