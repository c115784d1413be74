//! Seeded mutation: damaged pictures by the thousand, none of which may panic, grow or run away.
//!
//! `PHOTO_MUTATIONS` sets how many, `PHOTO_SEED` where to begin.

use image::{DynamicImage, ImageFormat};

use super::make::{self, noise, quarters};
use super::{Crop, Recipe, run};

/// Enough to meet every decoder many times in a few seconds.
const MUTATIONS: u64 = 1500;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seeds() -> Vec<Vec<u8>> {
    let picture = noise(72, 64, 9);
    let rgba = DynamicImage::from(quarters(64, 72)).into_rgba8();
    let kept = ["lossy.webp", "animated.gif", "animated.webp", "turned.png", "one-bit.tif", "jpeg.tif", "lzw.tif", "cmyk.jpg"];
    let made = vec![
        make::jpeg(&picture),
        make::with_segments(&make::jpeg(&quarters(64, 64)), &[make::exif(6)]),
        make::progressive(&picture),
        make::with_restarts(&picture),
        make::grey_jpeg(&picture),
        make::printers(&picture, jpeg_encoder::ColorType::CmykAsYcck),
        make::as_format(rgba.clone(), ImageFormat::Png),
        make::as_format(DynamicImage::from(picture.clone()).into_rgb16(), ImageFormat::Png),
        make::as_format(rgba.clone(), ImageFormat::WebP),
        make::as_format(rgba, ImageFormat::Gif),
        make::as_format(picture.clone(), ImageFormat::Bmp),
        make::as_format(picture, ImageFormat::Tiff),
    ];
    kept.map(make::photograph).into_iter().chain([make::photograph("srgb-profile.jpg")]).chain(made).collect()
}

/// Flips, overwrites, cuts, doubles or joins a few times; headers are hit more often than the rest.
fn mutated(random: &mut fastrand::Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut file = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..random.usize(1..6) {
        if file.is_empty() {
            break;
        }
        let reach = if random.bool() { file.len().min(200) } else { file.len() };
        let at = random.usize(..reach);
        match random.u8(..8) {
            0..=2 => file[at] ^= 1 << random.u8(..8),
            3 => file[at] = *random.choice(&[0, 1, 0x7F, 0x80, 0xFF, 0xD9, 0xDA]).unwrap(),
            4 => file[at] = random.u8(..),
            5 => {
                let length = random.usize(..file.len() - at).min(300);
                let part: Vec<u8> = file[at..at + length].to_vec();
                let to = random.usize(..file.len());
                drop(file.splice(to..to, part));
            }
            6 => {
                let length = random.usize(..file.len() - at).min(300);
                drop(file.drain(at..at + length));
            }
            _ if random.u8(..4) == 0 => file.truncate(at),
            _ => {
                let other = &seeds[random.usize(..seeds.len())];
                let from = random.usize(..other.len());
                file.truncate(at);
                file.extend(&other[from..]);
            }
        }
    }
    file
}

#[test]
fn no_damage_breaks_anything() {
    damaged(&seeds(), setting("PHOTO_MUTATIONS", MUTATIONS));
}

/// The same of HEIC and AVIF, whose decoders take longer.
#[test]
fn no_damage_of_a_phones_picture_breaks_anything() {
    let names =
        ["plain.heic", "grid.heic", "alpha.heic", "clap-irot3.heic", "ten-bit.heic", "plain.avif", "grid.avif", "pq.avif"];
    let seeds: Vec<_> = names.into_iter().map(|name| make::photograph(&format!("heif/{name}"))).collect();
    damaged(&seeds, setting("PHOTO_MUTATIONS", MUTATIONS) / 3);
}

fn damaged(seeds: &[Vec<u8>], count: u64) {
    let seed = setting("PHOTO_SEED", 1);
    let recipes = [(64, Crop::Upper), (48, Crop::None), (300, Crop::Face)]
        .map(|(size, crop)| Recipe::try_new(size, crop, 80, 100_000).unwrap());
    let mut taken = 0;
    for number in seed..seed + count {
        let mut random = fastrand::Rng::with_seed(number);
        let file = mutated(&mut random, seeds);
        // Looking for a face takes a hundred times longer than the rest where there is none, and sees pixels only.
        let recipe = &recipes[if random.u8(..30) == 0 { 2 } else { random.usize(..2) }];
        match run(file, recipe) {
            Ok(prepared) => {
                taken += 1;
                assert!(prepared.width.min(prepared.height) >= 48 && prepared.width.max(prepared.height) <= recipe.size());
                assert!(prepared.jpeg.len() <= recipe.max_bytes(), "mutation {number}");
                assert!(super::super::walk::walk(&prepared.jpeg).is_ok_and(|layout| layout.metadata.is_empty()));
            }
            Err(problem) => {
                assert!(!problem.detail.contains("the decoder broke"), "mutation {number}: {problem}");
                assert!(!problem.detail.is_empty() && !problem.cure.is_empty(), "mutation {number}");
            }
        }
    }
    assert!(taken > 0 && taken < count, "{taken} of {count} were taken");
}
