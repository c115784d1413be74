//! JPEGs laid out in every way by the thousand: each is shown right or held, none is shown wrong.
//!
//! The right colours are known, because the pictures are made here. `PHOTOSYNCD_VARIANTS` sets how many,
//! `PHOTOSYNCD_SEED` where to begin; with `--nocapture` the held ones are counted by reason. `PHOTOSYNCD_DJPEG` names
//! libjpeg's program, which is then asked about each file as well: a card that it sees differently is a fault of this test.
#![expect(clippy::print_stdout, reason = "counts what was held, for whoever asks")]

use std::collections::BTreeMap;

use super::writer::{JpegPlan, JpegScan, write};
use super::{Crop, Recipe, card, make, run};

const VARIANTS: u64 = 300;

pub(super) fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What the components are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Grey,
    Differences,
    AdobeDifferences,
    AdobePlain,
    NamedPlain,
    Inks,
    CodedInks,
}

impl Kind {
    fn components(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Inks | Self::CodedInks => 4,
            _ => 3,
        }
    }

    fn segments(self) -> Vec<Vec<u8>> {
        let adobe = |transform| make::segment(0xEE, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
        let jfif = make::segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        match self {
            Self::Grey | Self::Differences => vec![jfif],
            Self::AdobeDifferences => vec![adobe(1)],
            Self::AdobePlain | Self::Inks => vec![adobe(0)],
            Self::CodedInks => vec![adobe(2)],
            Self::NamedPlain => Vec::new(),
        }
    }

    /// What a pixel of this colour is kept as.
    fn kept(self, colour: [u8; 3]) -> Vec<u8> {
        let inverse = colour.map(|value| 255 - value);
        match self {
            Self::Grey => vec![card::grey(colour)],
            Self::Differences | Self::AdobeDifferences => differences(colour),
            Self::AdobePlain | Self::NamedPlain => colour.to_vec(),
            Self::Inks => [&colour[..], &[255]].concat(),
            Self::CodedInks => [&differences(inverse)[..], &[255]].concat(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "colours")]
fn differences(colour: [u8; 3]) -> Vec<u8> {
    let bright = 0.299 * f64::from(colour[0]) + 0.587 * f64::from(colour[1]) + 0.114 * f64::from(colour[2]);
    let (blue, red) = ((f64::from(colour[2]) - bright) / 1.772, (f64::from(colour[0]) - bright) / 1.402);
    [bright, blue + 128.0, red + 128.0].map(|value| value.clamp(0.0, 255.0).round() as u8).to_vec()
}

/// What was done to a file's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Usual,
    Missing,
    /// Another program's data right behind the picture's.
    Trailer,
    /// Another JPEG behind the end mark.
    Second,
    Cut,
    /// Cut, and "repaired" with an end mark.
    CutAndMarked,
}

struct Variant {
    kind: Kind,
    plan: JpegPlan,
    orientation: u8,
    end: End,
    recipe: Recipe,
}

fn variant(random: &mut fastrand::Rng) -> Variant {
    use Kind::{AdobeDifferences, AdobePlain, CodedInks, Differences, Grey, Inks, NamedPlain};
    let pick = |random: &mut fastrand::Rng, from: &[(usize, usize)]| from[random.usize(..from.len())];
    let usual = random.u8(..3) == 0;
    let kinds = [Grey, Differences, Differences, Differences, AdobeDifferences, AdobePlain, NamedPlain, Inks, CodedInks];
    let kind = if usual { [Grey, Differences, AdobeDifferences][random.usize(..3)] } else { kinds[random.usize(..kinds.len())] };
    let count = kind.components();
    let mut sampling: Vec<(usize, usize)> = match random.u8(..3) {
        _ if usual => vec![pick(random, &[(1, 1), (2, 1), (1, 2), (2, 2)])],
        0 => vec![pick(random, &[(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (4, 2), (3, 1), (4, 4), (1, 4)])],
        1 => (0..count).map(|_| pick(random, &[(1, 1), (2, 1), (1, 2), (2, 2)])).collect(),
        _ => (0..count).map(|_| (random.usize(1..5), random.usize(1..5))).collect(),
    };
    sampling.resize(count, (1, 1));
    if kind == Grey && usual {
        sampling = vec![(1, 1)];
    }
    let progressive = random.u8(..3) == 0;
    let all: Vec<usize> = (0..count).collect();
    let mut scans: Vec<JpegScan> = match (progressive, random.u8(..3)) {
        (true, order) => fine(&all, order, usual, random),
        (false, 0) if !usual => all.iter().map(|component| JpegScan::whole(&[*component])).collect(),
        (false, 1) if !usual && count > 1 => vec![JpegScan::whole(&all[..1]), JpegScan::whole(&all[1..])],
        _ => vec![JpegScan::whole(&all)],
    };
    if !progressive && !usual && random.bool() {
        random.shuffle(&mut scans);
    }
    let restarts = match random.u8(..4) {
        0 => vec![random.u16(1..9)],
        1 if !usual => vec![random.u16(0..40), random.u16(0..7), 0],
        _ => Vec::new(),
    };
    let end = match random.u8(..12) {
        0 => End::Missing,
        1 => End::Trailer,
        2 => End::Second,
        3 => End::Cut,
        4 => End::CutAndMarked,
        _ => End::Usual,
    };
    let rare = |random: &mut fastrand::Rng| !usual && random.u8(..6) == 0;
    let (width, height) = (random.usize(48..140), random.usize(48..140));
    let plan = JpegPlan {
        width,
        height,
        sampling,
        ids: if kind == NamedPlain { b"RGB".to_vec() } else { (1..5).collect() },
        process: if progressive {
            0xC2
        } else if rare(random) {
            0xC1
        } else {
            0xC0
        },
        scans,
        restarts,
        wide_steps: rare(random),
        late_height: rare(random),
        tables_each_scan: random.u8(..4) == 0,
        gap: match random.u8(..8) {
            0 => vec![0; random.usize(1..9)],
            1 => vec![0xFF; random.usize(1..9)],
            _ => Vec::new(),
        },
        tail: if end == End::Trailer { b"\0\0\x01\x0ASEFH\x6A\0\xFF\xE7\xFF\0\xFF\x01\0\0SEFT".to_vec() } else { Vec::new() },
        end_mark: matches!(end, End::Usual | End::Second),
    };
    // As it is, or as small as it may become.
    let smallest = (width.max(height) * 48).div_ceil(width.min(height)) + 2;
    let size = u32::try_from(if random.bool() { 400 } else { smallest }).unwrap();
    let recipe = Recipe::try_new(size, Crop::None, 95, 3_900_000).unwrap();
    Variant { kind, plan, orientation: random.u8(1..9), end, recipe }
}

/// Scans from coarse to fine, by values, by bits, or both.
fn fine(all: &[usize], order: u8, usual: bool, random: &mut fastrand::Rng) -> Vec<JpegScan> {
    let mut scans = Vec::new();
    let low = u8::from(order != 0);
    if usual || random.bool() {
        scans.push(JpegScan::part(all, 0, 0, 0, low));
    } else {
        scans.extend(all.iter().map(|component| JpegScan::part(&[*component], 0, 0, 0, low)));
    }
    let mut values = Vec::new();
    for component in all {
        let one = [*component];
        let split = random.u8(2..40);
        if order == 2 {
            values.push(vec![
                JpegScan::part(&one, 1, split, 0, 2),
                JpegScan::part(&one, split + 1, 63, 0, 2),
                JpegScan::part(&one, 1, 63, 2, 1),
                JpegScan::part(&one, 1, 63, 1, 0),
            ]);
        } else {
            values.push(vec![JpegScan::part(&one, 1, split, 0, 0), JpegScan::part(&one, split + 1, 63, 0, 0)]);
        }
    }
    scans.extend(values.into_iter().flatten());
    if low > 0 {
        scans.push(JpegScan::part(all, 0, 0, 1, 0));
    }
    scans
}

fn exif(orientation: u8, random: &mut fastrand::Rng) -> Vec<u8> {
    if random.bool() {
        make::exif(orientation)
    } else {
        make::segment(0xE1, &[b"Exif\0\0", &make::exif_of(orientation, random.u8(..6))[..]].concat())
    }
}

/// What libjpeg makes of the file; none where it refuses.
fn second_opinion(program: &str, file: &[u8]) -> Option<image::RgbImage> {
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), file).unwrap();
    let output = std::process::Command::new(program).args(["-rgb", "-ppm"]).arg(path.path()).output().unwrap();
    let ppm = output.status.success().then_some(output.stdout)?;
    let mut words = ppm.splitn(4, u8::is_ascii_whitespace).skip(1);
    let mut number = || std::str::from_utf8(words.next().unwrap()).unwrap().parse().unwrap();
    let (width, height): (u32, u32) = (number(), number());
    let samples = ppm[ppm.len() - (width * height * 3) as usize..].to_vec();
    image::RgbImage::from_raw(width, height, samples)
}

#[test]
fn jpegs_of_every_layout_are_shown_right_or_held() {
    let (count, seed) = (setting("PHOTOSYNCD_VARIANTS", VARIANTS), setting("PHOTOSYNCD_SEED", 1));
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let (mut wrong, mut shown, mut ordinary) = (Vec::new(), 0, 0);
    let djpeg = std::env::var("PHOTOSYNCD_DJPEG").ok();
    let (mut agrees, mut refuses) = (0, 0);
    for number in seed..seed + count {
        let mut random = fastrand::Rng::with_seed(number);
        let Variant { kind, plan, orientation, end, recipe } = variant(&mut random);
        let segments = [kind.segments(), vec![exif(orientation, &mut random)]].concat();
        let mut file = write(&plan, &|x, y| kind.kept(card::pixel(x, y, plan.width, plan.height)), &segments);
        match end {
            End::Second => file.extend(make::jpeg(&make::quarters(60, 60))),
            End::Cut | End::CutAndMarked => {
                let mut scans = file.windows(2).enumerate().filter(|(_, mark)| *mark == [0xFF, 0xDA]);
                let first = scans.next().unwrap().0 + 14;
                let data = file.len() - 2 * usize::from(plan.end_mark);
                // Anywhere behind the first scan's beginning, or of the last bytes only.
                let cut = if random.bool() { random.usize(first..data) } else { data - random.usize(1..5) };
                file.truncate(cut);
                if end == End::CutAndMarked {
                    file.extend([0xFF, 0xD9]);
                }
            }
            _ => {}
        }
        ordinary += u64::from(super::super::walk::walk(&file).is_ok_and(|layout| layout.ordinary));
        let what = || format!("variant {number}: {kind:?} {end:?} orientation {orientation} {plan:?}");
        let colours = |colour: [u8; 3]| if kind == Kind::Grey { [card::grey(colour); 3] } else { colour };
        if let Some(djpeg) = djpeg.as_ref().filter(|_| kind.components() < 4 && matches!(end, End::Usual | End::Second)) {
            match second_opinion(djpeg, &file).map(|seen| card::fault_in(&seen, 1, &|colour, _, _| colours(colour))) {
                None => refuses += 1,
                Some(None) => agrees += 1,
                Some(Some(fault)) => wrong.push(format!("libjpeg sees another card, {fault}: {}", what())),
            }
        }
        match run(file, &recipe) {
            Ok(_) if matches!(end, End::Cut | End::CutAndMarked) => wrong.push(format!("a part was taken: {}", what())),
            Ok(prepared) => {
                shown += 1;
                if let Some(fault) = card::fault(&prepared, orientation, &colours) {
                    wrong.push(format!("{fault}: {}", what()));
                }
            }
            Err(problem) => {
                let cut = matches!(end, End::Cut | End::CutAndMarked);
                if !cut {
                    wrong.push(format!("whole, but held ({problem}): {}", what()));
                }
                let words: String = problem.detail.chars().filter(|letter| !letter.is_ascii_digit()).collect();
                *held.entry(format!("{}: {words}", problem.reason)).or_default() += 1;
            }
        }
    }
    println!("{count} JPEGs: {shown} shown right, {ordinary} of an ordinary layout; held: {held:#?}");
    if djpeg.is_some() {
        println!("libjpeg sees {agrees} of them in the same way, and can't read {refuses}");
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(shown > count / 2 && ordinary > count / 10 && !held.is_empty(), "{shown} shown, {ordinary} ordinary");
}
