//! PNGs of every kind: depths, palettes, transparent colours, alpha, interlacing, row filters, profiles, turned, cut. Each
//! is shown as it was made or held; none is shown wrong.
#![expect(clippy::print_stdout, reason = "counts what was held, for whoever asks")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "colours and places")]

use std::collections::BTreeMap;

use moxcms::ColorProfile;

use super::random_jpegs::setting;
use super::{Crop, card, make, recipe, run};

const VARIANTS: u64 = 300;
/// Flat blocks of colour, so that a JPEG shows each as it is.
const SIDE: (usize, usize) = (64, 48);
const BLOCK: usize = 16;
/// The JPEG's rounding, and the profile's.
const NEAR: u8 = 6;
/// First column and row of each pass of an interlaced picture, and the steps between them.
const PASSES: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

#[derive(Debug)]
struct Kind {
    /// PNG's number: 0 grey, 2 colours, 3 palette, 4 grey and alpha, 6 colours and alpha.
    colour: u8,
    depth: u8,
    interlaced: bool,
    /// A colour is transparent, or the palette's are in part.
    transparent: bool,
    profile: &'static str,
    turned_by: &'static str,
    orientation: u8,
    pieces: usize,
    cut: bool,
    seed: u64,
}

impl Kind {
    fn random(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let (colour, depths): (u8, &[u8]) = match random.u8(..5) {
            0 => (0, &[1, 2, 4, 8, 16]),
            1 => (2, &[8, 16]),
            2 => (3, &[1, 2, 4, 8]),
            3 => (4, &[8, 16]),
            _ => (6, &[8, 16]),
        };
        let transparent = colour < 4 && random.bool();
        let opaque = colour < 4 && !transparent;
        let profiles = if opaque { ["none", "iCCP", "Exif", "Exif and sRGB"] } else { ["none"; 4] };
        Self {
            colour,
            depth: *random.choice(depths).unwrap(),
            interlaced: random.bool(),
            transparent,
            profile: random.choice(profiles).unwrap(),
            turned_by: random.choice(["nothing", "eXIf", "marked eXIf", "eXIf behind", "XMP"]).unwrap(),
            orientation: random.u8(1..9),
            pieces: random.usize(1..4),
            cut: random.u8(..8) == 0,
            seed,
        }
    }

    fn orientation(&self) -> u8 {
        if self.turned_by == "nothing" { 1 } else { self.orientation }
    }

    /// The most that a value may be.
    fn most(&self) -> u32 {
        u32::from(u16::MAX >> (16 - self.depth))
    }

    fn of_block(&self, block: usize) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed << 8 | block as u64)
    }

    /// Colours of the palette, and how much of each is seen.
    fn palette(&self) -> Vec<([u8; 3], u8)> {
        let mut random = self.of_block(255);
        let entries = (1_usize << self.depth).min(40);
        (0..entries).map(|_| ([random.u8(..), random.u8(..), random.u8(..)], *random.choice(&[255, 90, 180]).unwrap())).collect()
    }

    /// The values of a block's pixels as stored.
    fn stored(&self, block: usize) -> Vec<u32> {
        let mut random = self.of_block(block);
        let count = [1, 0, 3, 1, 2, 0, 4][usize::from(self.colour)];
        let most = if self.colour == 3 { u32::try_from(self.palette().len() - 1).unwrap() } else { self.most() };
        let mut values: Vec<u32> = (0..count).map(|_| random.u32(0..=most)).collect();
        if self.colour >= 4 && block.is_multiple_of(3) {
            *values.last_mut().unwrap() = most;
        }
        values
    }

    /// What a person should see of a block.
    fn shown(&self, block: usize) -> [u8; 3] {
        let values = self.stored(block);
        let eight = |value: u32| ((f64::from(value) * 255.0 / f64::from(self.most())).round()) as u8;
        let (colour, alpha) = match (self.colour, values.as_slice()) {
            (3, [index]) => self.palette()[*index as usize],
            (_, [grey]) => ([eight(*grey); 3], 255),
            (_, [grey, alpha]) => ([eight(*grey); 3], eight(*alpha)),
            (_, [red, green, blue]) => ([*red, *green, *blue].map(eight), 255),
            (_, [red, green, blue, alpha]) => ([*red, *green, *blue].map(eight), eight(*alpha)),
            _ => unreachable!(),
        };
        let alpha = match self.colour {
            3 if !self.transparent => 255,
            0 | 2 if self.transparent && values == self.stored(0) => 0,
            _ => alpha,
        };
        let laid = colour.map(|value| {
            let (value, alpha) = (f64::from(value), f64::from(alpha) / 255.0);
            (255.0 - alpha * (255.0 - value)).round() as u8
        });
        if matches!(self.profile, "iCCP" | "Exif") { adobe_as_srgb(laid) } else { laid }
    }

    fn write(&self) -> Vec<u8> {
        let (width, height) = SIDE;
        let data = if self.interlaced {
            PASSES.iter().flat_map(|[left, top, across, down]| self.rows((*left, *across), (*top, *down))).collect()
        } else {
            self.rows((0, 1), (0, 1))
        };
        let zlib = make::zlib(&data);
        let mut header = [u32::try_from(width).unwrap().to_be_bytes(), u32::try_from(height).unwrap().to_be_bytes()].concat();
        header.extend([self.depth, self.colour, 0, 0, u8::from(self.interlaced)]);
        let palette = self.palette();
        let colours: Vec<u8> = palette.iter().flat_map(|(colour, _)| *colour).collect();
        let transparent: Vec<u8> = match self.colour {
            3 => palette.iter().map(|(_, alpha)| *alpha).collect(),
            _ => self.stored(0).iter().flat_map(|value| u16::try_from(*value).unwrap().to_be_bytes()).collect(),
        };
        let profile = ColorProfile::new_adobe_rgb().encode().unwrap();
        let profile = [b"Adobe RGB\0\0", &make::zlib(&profile)[..]].concat();
        let exif = if self.profile.starts_with("Exif") {
            make::adobe_exif(self.orientation())
        } else {
            make::exif_of(self.orientation(), self.seed as u8)
        };
        let marked = [b"Exif\0\0", &exif[..]].concat();
        let xmp = format!("XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation='{}'/>", self.orientation);
        let with_exif = self.turned_by == "eXIf" || (self.profile.starts_with("Exif") && !self.turned_by.ends_with("behind"));
        let is_marked = self.turned_by == "marked eXIf";
        let before: [(bool, Chunk<'_>); 8] = [
            (true, (b"IHDR", &header)),
            (self.profile == "iCCP", (b"iCCP", &profile)),
            (self.profile == "Exif and sRGB", (b"sRGB", &[0])),
            (self.colour == 3, (b"PLTE", &colours)),
            (self.transparent, (b"tRNS", &transparent)),
            (self.turned_by == "XMP", (b"iTXt", xmp.as_bytes())),
            (is_marked, (b"eXIf", &marked)),
            (with_exif && !is_marked, (b"eXIf", &exif)),
        ];
        let behind: [(bool, Chunk<'_>); 2] = [(self.turned_by == "eXIf behind", (b"eXIf", &exif)), (true, (b"IEND", b""))];
        let pieces = zlib.chunks(zlib.len().div_ceil(self.pieces)).map(|piece| (true, (b"IDAT", piece)));
        let chunks: Vec<Chunk<'_>> =
            before.into_iter().chain(pieces).chain(behind).filter(|(is_there, _)| *is_there).map(|(_, chunk)| chunk).collect();
        make::png_of(&chunks)
    }

    /// Rows of every so many pixels, each with its filter.
    fn rows(&self, (left, across): (usize, usize), (top, down): (usize, usize)) -> Vec<u8> {
        let mut random = self.of_block(254);
        let mut rows = Vec::new();
        let mut above: Vec<u8> = Vec::new();
        let values = self.stored(0).len();
        let each = (values * usize::from(self.depth) / 8).max(1);
        for y in (top..SIDE.1).step_by(down) {
            let pixels = (left..SIDE.0).step_by(across).flat_map(|x| self.stored(y / BLOCK * (SIDE.0 / BLOCK) + x / BLOCK));
            let row = self.packed(&pixels.collect::<Vec<_>>());
            above.resize(row.len(), 0);
            let filter = random.u8(..5);
            rows.push(filter);
            for (at, value) in row.iter().enumerate() {
                let before = |row: &[u8]| at.checked_sub(each).map_or(0, |at| row[at]);
                let (a, b, c) = (before(&row), above[at], before(&above));
                let guess = match filter {
                    0 => 0,
                    1 => a,
                    2 => b,
                    3 => u8::midpoint(a, b),
                    _ => {
                        let sum = i16::from(a) + i16::from(b) - i16::from(c);
                        let far = |value: u8| (sum - i16::from(value)).abs();
                        *[a, b, c].iter().min_by_key(|value| far(**value)).unwrap()
                    }
                };
                rows.push(value.wrapping_sub(guess));
            }
            above = row;
        }
        rows
    }

    fn packed(&self, values: &[u32]) -> Vec<u8> {
        match self.depth {
            16 => values.iter().flat_map(|value| u16::try_from(*value).unwrap().to_be_bytes()).collect(),
            8 => values.iter().map(|value| u8::try_from(*value).unwrap()).collect(),
            depth => {
                let place = |at: usize| 8 - usize::from(depth) * (at + 1);
                let byte = |part: &[u32]| part.iter().enumerate().fold(0, |byte, (at, value)| byte | value << place(at));
                values.chunks(usize::from(8 / depth)).map(|part| u8::try_from(byte(part)).unwrap()).collect()
            }
        }
    }
}

/// By the formulas of both colour spaces.
fn adobe_as_srgb(colour: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = colour.map(|value| (f64::from(value) / 255.0).powf(563.0 / 256.0));
    [1.398_36 * red - 0.398_36 * green, green, 1.042_93 * blue - 0.042_93 * green].map(|light| {
        let light = light.clamp(0.0, 1.0);
        let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0).round() as u8
    })
}

#[test]
fn pngs_of_every_kind_are_shown_right_or_held() {
    let (count, seed) = (setting("PHOTOSYNCD_VARIANTS", VARIANTS), setting("PHOTOSYNCD_SEED", 1));
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let (mut wrong, mut shown) = (Vec::new(), 0);
    for number in seed..seed + count {
        let kind = Kind::random(number);
        let mut file = kind.write();
        if kind.cut {
            // The end itself tells nothing about the picture.
            let cut = fastrand::Rng::with_seed(number).usize(20..file.len() - 12);
            // Where a chunk ends nothing shows that there was another one.
            let behind = file.windows(4).rposition(|name| name == b"eXIf").map_or(0, |name| name - 4);
            file.truncate(cut + usize::from(cut == behind));
        }
        match run(file, &recipe(100, Crop::None)) {
            Ok(_) if kind.cut => wrong.push(format!("PNG {number}: a part was taken: {kind:?}")),
            Ok(prepared) => {
                shown += 1;
                let picture = image::load_from_memory(&prepared.jpeg).unwrap().into_rgb8();
                let as_made = |_: [u8; 3], u: f64, v: f64| {
                    let (column, row) = ((u * SIDE.0 as f64) as usize / BLOCK, (v * SIDE.1 as f64) as usize / BLOCK);
                    kind.shown(row * (SIDE.0 / BLOCK) + column)
                };
                let (_, worst) = card::far(&picture, kind.orientation(), &as_made);
                if worst > i32::from(NEAR) {
                    wrong.push(format!("PNG {number}: {worst} off: {kind:?}"));
                }
            }
            Err(problem) => {
                // Nothing may be left to see.
                let clear = (0..12).all(|block| kind.shown(block) == [255; 3]);
                if !kind.cut && !clear {
                    wrong.push(format!("PNG {number}: whole, but held ({problem}): {kind:?}"));
                }
                *held.entry(format!("{}: {}", problem.reason, problem.detail)).or_default() += 1;
            }
        }
    }
    println!("{count} PNGs: {shown} shown right; held: {held:#?}");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(shown > count / 2 && !held.is_empty(), "{shown} shown");
}
