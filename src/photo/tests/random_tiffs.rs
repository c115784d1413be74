//! TIFFs of every kind: compressions, planes, bits, predictors, colours and kinds of alpha, in strips and tiles, in both
//! byte orders. Each is shown right or named as a kind that can't be read; none is shown wrong or called damaged.
#![expect(clippy::print_stdout, reason = "counts what was held, for whoever asks")]
#![expect(clippy::cast_precision_loss, reason = "small numbers")]

use std::collections::BTreeMap;

use super::colours::{inks_profile, tagged};
use super::random_jpegs::setting;
use super::{Crop, Reason, Recipe, card, decoded, make, run};

const VARIANTS: u64 = 300;
const SIDE: (usize, usize) = (70, 62);
/// One step of an ink may be two or three of a colour.
const PROFILED_STEPS: u8 = 3;
/// What a JPEG of the best quality loses at an edge.
const COARSE_STEPS: i32 = 8;

/// What a file is like; `colours` is the number that TIFF gives to the kind of colours.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Kind {
    colours: u16,
    bits: u16,
    /// What the values beside the colours are; none: it isn't said.
    beside: Option<u16>,
    extra: bool,
    planar: bool,
    compression: u16,
    predictor: u16,
    tiles: bool,
    little: bool,
    orientation: u8,
    turned_as: u16,
    profile: bool,
    format: u16,
    seed: u64,
}

impl Kind {
    fn random(random: &mut fastrand::Rng) -> Self {
        // Most are of kinds that can be read; else every second one would be held for one of its many properties.
        let rare = random.u8(..3) == 0;
        let pick = |random: &mut fastrand::Rng, usual: &[u16], rare_ones: &[u16]| {
            let from = if rare && random.bool() { rare_ones } else { usual };
            from[random.usize(..from.len())]
        };
        let colours = pick(random, &[0, 1, 1, 2, 2, 2, 5], &[3, 6, 8]);
        let extra = random.u8(..3) == 0;
        Self {
            colours,
            bits: pick(random, &[8, 8, 16], &[1, 2, 4, 32]),
            beside: if extra && random.u8(..8) > 0 { Some(pick(random, &[1, 1, 2], &[0])) } else { None },
            extra,
            planar: random.u8(..4) == 0,
            compression: pick(random, &[1, 5, 8, 32773, 32946], &[6, 34925]),
            predictor: pick(random, &[1, 2], &[3]),
            tiles: random.u8(..3) == 0,
            little: random.bool(),
            orientation: random.u8(1..9),
            turned_as: pick(random, &[3, 4], &[1]),
            profile: colours == 5 && random.bool(),
            format: pick(random, &[1], &[2, 3]),
            seed: random.u64(..),
        }
    }

    /// How many values a pixel has.
    fn values(&self) -> usize {
        let colours = match self.colours {
            2 | 6 | 8 => 3,
            5 => 4,
            _ => 1,
        };
        colours + usize::from(self.extra)
    }

    /// The values of a pixel, from 0 to 255.
    fn pixel(&self, x: usize, y: usize) -> Vec<u8> {
        let colour = card::pixel(x, y, SIDE.0, SIDE.1);
        let grey = card::grey(colour);
        let mut values = match self.colours {
            0 => vec![255 - grey],
            1 | 3 => vec![grey],
            5 if self.profile => self.inks(x / 8 + y / 8 * SIDE.0),
            5 => [&colour.map(|value| 255 - value)[..], &[0]].concat(),
            _ => colour.to_vec(),
        };
        if self.extra {
            let alpha = alpha(y);
            if self.beside == Some(1) {
                values = values.iter().map(|value| weighed(*value, alpha)).collect();
            }
            values.push(alpha);
        }
        values
    }

    /// Any mix, the same in each block of 8 x 8, so that a JPEG keeps it as it is.
    fn inks(&self, block: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(self.seed ^ block as u64);
        (0..4).map(|_| random.u8(..)).collect()
    }

    /// The same inks with the same profile in a JPEG.
    fn as_jpeg(&self) -> Vec<u8> {
        let inks: Vec<u8> = (0..SIDE.1).flat_map(|y| (0..SIDE.0).flat_map(move |x| self.pixel(x, y))).collect();
        let mut jpeg = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 100);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
        let side = |side: usize| u16::try_from(side).unwrap();
        encoder.encode(&inks, side(SIDE.0), side(SIDE.1), jpeg_encoder::ColorType::Cmyk).unwrap();
        make::with_segments(&tagged(&jpeg, &inks_profile()), &[make::exif(self.orientation)])
    }

    /// A grey of a few bits.
    fn coarse(&self, colour: [u8; 3]) -> [u8; 3] {
        let negative = |value: u8| if self.colours == 0 { 255 - value } else { value };
        let most = u8::MAX >> (8 - self.bits);
        [negative((negative(card::grey(colour)) >> (8 - self.bits)) * (u8::MAX / most)); 3]
    }

    /// What a person should see of a colour at a place.
    fn shown(&self, colour: [u8; 3], alpha: u8) -> [u8; 3] {
        let colour = if self.colours < 2 { [card::grey(colour); 3] } else { colour };
        let laid = |value| if self.extra && self.beside != Some(0) { 255 - alpha + weighed(value, alpha) } else { value };
        colour.map(laid)
    }

    fn write(&self) -> Vec<u8> {
        let (width, height) = SIDE;
        let chunk = if self.tiles { (32, 32) } else { (width, 20) };
        let (columns, rows) = (width.div_ceil(chunk.0), height.div_ceil(chunk.1));
        let planes: Vec<Vec<usize>> =
            if self.planar { (0..self.values()).map(|value| vec![value]).collect() } else { vec![(0..self.values()).collect()] };
        let mut file = vec![0; 8];
        let (mut starts, mut lengths) = (Vec::new(), Vec::new());
        for plane in &planes {
            for number in 0..columns * rows {
                let (left, top) = (number % columns * chunk.0, number / columns * chunk.1);
                let tall = if self.tiles { chunk.1 } else { chunk.1.min(height - top) };
                let mut data = Vec::new();
                for y in top..top + tall {
                    let pixels = (left..left + chunk.0).map(|x| self.pixel(x.min(width - 1), y.min(height - 1)));
                    let values: Vec<u8> =
                        pixels.flat_map(|pixel| plane.iter().map(move |value| pixel[*value]).collect::<Vec<_>>()).collect();
                    data.extend(self.row(&values, plane.len()));
                }
                let data = self.packed(&data);
                starts.push(u32::try_from(file.len()).unwrap());
                lengths.push(u32::try_from(data.len()).unwrap());
                file.extend(data);
            }
        }
        self.finish(file, chunk, &starts, &lengths)
    }

    /// One row as stored: in so many bits a value, as differences if there is a predictor.
    fn row(&self, values: &[u8], each: usize) -> Vec<u8> {
        let wide = |value: u16| if self.little { value.to_le_bytes() } else { value.to_be_bytes() };
        match self.bits {
            bits @ (1 | 2 | 4) => {
                let share = usize::from(8 / bits);
                values
                    .chunks(share)
                    .map(|part| {
                        part.iter()
                            .enumerate()
                            .fold(0, |byte, (at, value)| byte | value >> (8 - bits) << (8 - usize::from(bits) * (at + 1)))
                    })
                    .collect()
            }
            8 => {
                let before = |at: usize| if self.predictor == 2 && at >= each { values[at - each] } else { 0 };
                (0..values.len()).map(|at| values[at].wrapping_sub(before(at))).collect()
            }
            16 => {
                let value = |at: usize| u16::from(values[at]) * 257;
                let before = |at: usize| if self.predictor == 2 && at >= each { value(at - each) } else { 0 };
                (0..values.len()).flat_map(|at| wide(value(at).wrapping_sub(before(at)))).collect()
            }
            _ => values.iter().flat_map(|value| [*value; 4]).collect(),
        }
    }

    fn packed(&self, data: &[u8]) -> Vec<u8> {
        match self.compression {
            5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(data).unwrap(),
            8 | 32946 => make::zlib(data),
            32773 => data.chunks(100).flat_map(|part| [&[u8::try_from(part.len() - 1).unwrap()], part].concat()).collect(),
            _ => data.to_vec(),
        }
    }

    fn finish(&self, mut file: Vec<u8>, chunk: (usize, usize), places: &[u32], lengths: &[u32]) -> Vec<u8> {
        let number = |value: u32, bytes: usize| {
            if self.little { value.to_le_bytes()[..bytes].to_vec() } else { value.to_be_bytes()[4 - bytes..].to_vec() }
        };
        let values = self.values();
        let one = |value: usize| vec![u32::try_from(value).unwrap()];
        let mut tags: Vec<(u16, u16, Vec<u32>)> = vec![
            (256, 4, one(SIDE.0)),
            (257, 4, one(SIDE.1)),
            (258, 3, vec![self.bits.into(); values]),
            (259, 3, vec![self.compression.into()]),
            (262, 3, vec![self.colours.into()]),
            (274, self.turned_as, vec![self.orientation.into()]),
            (277, 3, one(values)),
            (284, 3, vec![if self.planar { 2 } else { 1 }]),
            (317, 3, vec![self.predictor.into()]),
        ];
        if self.tiles {
            tags.extend([(322, 4, one(chunk.0)), (323, 4, one(chunk.1)), (324, 4, places.to_vec()), (325, 4, lengths.to_vec())]);
        } else {
            tags.extend([(273, 4, places.to_vec()), (278, 4, one(chunk.1)), (279, 4, lengths.to_vec())]);
        }
        if let Some(beside) = self.beside {
            tags.push((338, 3, vec![beside.into()]));
        }
        if self.format > 1 {
            tags.push((339, 3, vec![self.format.into(); values]));
        }
        if self.profile {
            tags.push((34675, 1, inks_profile().into_iter().map(u32::from).collect()));
        }
        tags.sort_by_key(|(tag, ..)| *tag);
        let mut entries = number(u32::try_from(tags.len()).unwrap(), 2);
        for (tag, kind, values) in tags {
            let bytes = match kind {
                1 => 1,
                3 => 2,
                _ => 4,
            };
            let mut content: Vec<u8> = values.iter().flat_map(|value| number(*value, bytes)).collect();
            if content.len() > 4 {
                let place = u32::try_from(file.len()).unwrap();
                file.extend(std::mem::replace(&mut content, number(place, 4)));
            }
            content.resize(4, 0);
            entries.extend(
                [number(tag.into(), 2), number(kind.into(), 2), number(u32::try_from(values.len()).unwrap(), 4), content]
                    .concat(),
            );
        }
        let head =
            [if self.little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() }, number(u32::try_from(file.len()).unwrap(), 4)]
                .concat();
        file.splice(..8, head);
        file.extend(entries);
        file.extend([0; 4]);
        file
    }
}

/// From wholly there at the top to half of it at the bottom.
fn alpha(y: usize) -> u8 {
    u8::try_from(255 - y * 127 / SIDE.1).unwrap()
}

fn weighed(value: u8, alpha: u8) -> u8 {
    u8::try_from((u32::from(value) * u32::from(alpha) + 127) / 255).unwrap()
}

#[test]
fn tiffs_of_every_kind_are_shown_right_or_named() {
    let (count, seed) = (setting("PHOTOSYNCD_VARIANTS", VARIANTS), setting("PHOTOSYNCD_SEED", 1));
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let (mut wrong, mut shown) = (Vec::new(), 0);
    for number in seed..seed + count {
        let kind = Kind::random(&mut fastrand::Rng::with_seed(number));
        let fine = Recipe::try_new(100, Crop::None, 100, 3_900_000).unwrap();
        match run(kind.write(), &fine) {
            Ok(prepared) if kind.profile => {
                shown += 1;
                let (inks, twin) = (decoded(&prepared), decoded(&run(kind.as_jpeg(), &fine).unwrap()));
                let worst = inks.iter().zip(twin.iter()).map(|(one, other)| one.abs_diff(*other)).max();
                if inks.dimensions() != twin.dimensions() || worst > Some(PROFILED_STEPS) {
                    wrong.push(format!("TIFF {number}: {worst:?} off the same inks in a JPEG: {kind:?}"));
                }
            }
            Ok(prepared) if kind.bits < 8 => {
                shown += 1;
                let as_made = |_: [u8; 3], u: f64, v: f64| {
                    let place = |at: f64, side: usize| (0..side).rfind(|place| *place as f64 <= at * side as f64).unwrap_or(0);
                    kind.coarse(card::pixel(place(u, SIDE.0), place(v, SIDE.1), SIDE.0, SIDE.1))
                };
                let (_, worst) = card::far(&decoded(&prepared), kind.orientation, &as_made);
                if worst > COARSE_STEPS {
                    wrong.push(format!("TIFF {number}: {worst} off: {kind:?}"));
                }
            }
            Ok(prepared) => {
                shown += 1;
                let as_seen = |colour: [u8; 3], _: f64, v: f64| kind.shown(colour, card::at(v, SIDE.1, alpha));
                if let Some(fault) = card::fault_at(&prepared, kind.orientation, &as_seen) {
                    wrong.push(format!("TIFF {number}: {fault}: {kind:?}"));
                }
            }
            Err(problem) if problem.reason == Reason::PhotoUnsupported && problem.detail.contains("this kind of TIFF") => {
                if problem.detail.contains("the decoder broke") {
                    wrong.push(format!("TIFF {number} is not known for what it is: {kind:?}"));
                }
                let words: String = problem.detail.chars().filter(|letter| !letter.is_ascii_digit()).collect();
                *held.entry(words).or_default() += 1;
            }
            Err(problem) => wrong.push(format!("TIFF {number}: {problem}: {kind:?}")),
        }
    }
    println!("{count} TIFFs: {shown} shown right; held: {held:#?}");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(shown > count / 3 && held.len() > 5, "{shown} shown");
}
