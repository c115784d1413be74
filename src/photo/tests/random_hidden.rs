//! Words hidden at every place where a JPEG can hold bytes that show nothing: none of them leaves, and the picture is the
//! same. `PHOTOSYNCD_VARIANTS` sets how many files, `PHOTOSYNCD_SEED` where to begin.

use super::super::Treatment;
use super::make::{self, quarters, segment};
use super::random_jpegs::setting;
use super::{Crop, Limits, decoded, prepare, recipe, run};

const VARIANTS: u64 = 150;
/// Short enough for the flags of an Adobe segment.
const WORDS: &[u8; 6] = b"SECRET";

/// A place to hide something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Comment,
    App(u8),
    SecondJfif,
    SmallPicture,
    Adobe,
    /// A second height, though the first is known.
    Height,
    LongInterval,
    ReplacedInterval,
    UnusedSteps,
    ReplacedSteps,
    UnusedCodes,
    ReplacedCodes,
    LongSteps,
    LongCodes,
    LongScan,
    LongHeader,
    BeforeEnd,
    AfterEnd,
    SecondPicture,
    /// Before a mark in the middle of the file, behind fill bytes.
    Fill,
    /// How large to print it.
    Density,
    /// In a table that is used, for codes that never come.
    UsedCodes,
    /// A table of scans that come before it and after.
    AfterScan,
}

const PLACES: [Place; 23] = [
    Place::Comment,
    Place::App(0),
    Place::SecondJfif,
    Place::SmallPicture,
    Place::Adobe,
    Place::Height,
    Place::LongInterval,
    Place::ReplacedInterval,
    Place::UnusedSteps,
    Place::ReplacedSteps,
    Place::UnusedCodes,
    Place::ReplacedCodes,
    Place::LongSteps,
    Place::LongCodes,
    Place::LongScan,
    Place::LongHeader,
    Place::BeforeEnd,
    Place::AfterEnd,
    Place::SecondPicture,
    Place::Fill,
    Place::Density,
    Place::UsedCodes,
    Place::AfterScan,
];

/// Where the segment of a mark begins, and where it ends.
fn find(file: &[u8], wanted: u8) -> (usize, usize) {
    let mut at = 2;
    loop {
        let (mark, end) = (file[at + 1], at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]])));
        if mark == wanted || mark == 0xDA {
            assert_eq!(mark, wanted);
            return (at, end);
        }
        at = end;
    }
}

fn insert(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    file.splice(at..at, bytes.iter().copied());
}

/// Makes a segment longer.
fn lengthen(file: &mut Vec<u8>, mark: u8, bytes: &[u8]) {
    let (start, end) = find(file, mark);
    let length = u16::try_from(end - start - 2 + bytes.len()).unwrap();
    file[start + 2..start + 4].copy_from_slice(&length.to_be_bytes());
    insert(file, end, bytes);
}

/// A table of codes with these values, all of eight bits.
fn codes(number: u8, values: &[u8]) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[7] = u8::try_from(values.len()).unwrap();
    segment(0xC4, &[&[number][..], &counts, values].concat())
}

fn steps(number: u8, words: &[u8]) -> Vec<u8> {
    let mut steps = [7; 64];
    steps[..words.len()].copy_from_slice(words);
    segment(0xDB, &[&[number][..], &steps].concat())
}

impl Place {
    fn hide(self, file: &mut Vec<u8>) {
        let scan = find(file, 0xDA).0;
        let end = file.len() - 2;
        match self {
            Self::Comment => insert(file, scan, &segment(0xFE, WORDS)),
            Self::App(number) => insert(file, scan, &segment(0xE0 | number, WORDS)),
            Self::SecondJfif => insert(file, scan, &segment(0xE0, b"JFIF\0SECRET\0\0\0")),
            Self::SmallPicture => insert(file, 2, &segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x02SECRET")),
            Self::Adobe => insert(file, scan, &segment(0xEE, b"AdobeSECRET\x01")),
            Self::Height => insert(file, end, &segment(0xDC, &[&[0, 120][..], WORDS].concat())),
            Self::LongInterval => insert(file, scan, &segment(0xDD, &[&[0, 0][..], WORDS].concat())),
            Self::ReplacedInterval => {
                insert(file, scan, &segment(0xDD, b"\0\0"));
                insert(file, scan, &segment(0xDD, b"SE"));
                insert(file, scan, &segment(0xDD, b"SECRET"));
            }
            Self::UnusedSteps => insert(file, scan, &steps(3, WORDS)),
            Self::ReplacedSteps => insert(file, 2, &steps(0, WORDS)),
            Self::UnusedCodes => insert(file, scan, &codes(0x13, WORDS)),
            Self::ReplacedCodes => insert(file, 2, &codes(0x10, WORDS)),
            Self::LongSteps => lengthen(file, 0xDB, WORDS),
            Self::LongCodes => lengthen(file, 0xC4, WORDS),
            Self::LongScan => lengthen(file, 0xDA, WORDS),
            Self::LongHeader => lengthen(file, if file.windows(2).any(|two| two == [0xFF, 0xC2]) { 0xC2 } else { 0xC0 }, WORDS),
            Self::BeforeEnd => insert(file, end, WORDS),
            Self::AfterEnd => file.extend(WORDS),
            Self::SecondPicture => {
                let second = make::with_segments(&make::jpeg(&quarters(48, 48)), &[segment(0xFE, WORDS)]);
                file.extend(second);
            }
            Self::Density => file[14..18].copy_from_slice(&WORDS[..4]),
            // What every typical table ends with, and no picture of four colours needs.
            Self::UsedCodes => match file.windows(5).position(|five| five == [0xF6, 0xF7, 0xF8, 0xF9, 0xFA]) {
                Some(at) => file[at - 1..at + 5].copy_from_slice(WORDS),
                None => Self::Comment.hide(file),
            },
            Self::AfterScan => insert(file, end, &[steps(0, WORDS), codes(0x11, WORDS), segment(0xDD, b"SECRET")].concat()),
            Self::Fill => insert(file, scan, &[&[0xFF, 0xFF, 0xFF][..], &segment(0xFE, WORDS)].concat()),
        }
    }
}

fn leaks(file: &[u8]) -> bool {
    // Half of it tells enough.
    file.windows(4).any(|window| WORDS.windows(4).any(|part| part == window))
}

#[test]
fn nothing_hidden_leaves() {
    let picture = quarters(120, 120);
    let plain = [make::jpeg(&picture), make::progressive(&picture), make::with_restarts(&picture), make::grey_jpeg(&picture)];
    let seed = setting("PHOTOSYNCD_SEED", 0);
    let (mut sent, mut as_it_is) = (0, 0);
    for variant in seed..seed + setting("PHOTOSYNCD_VARIANTS", VARIANTS) {
        let mut random = fastrand::Rng::with_seed(variant);
        let original = &plain[random.usize(..plain.len())];
        let mut file = original.clone();
        // Each place alone, then several.
        let alone = usize::try_from(variant).unwrap().checked_sub(PLACES.len() * 4).is_none();
        let count = if alone { 1 } else { random.usize(2..5) };
        let mut places = Vec::new();
        for number in 0..count {
            let place = match usize::try_from(variant).unwrap() {
                variant if alone && number == 0 => PLACES[variant % PLACES.len()],
                _ => PLACES[random.usize(..PLACES.len())],
            };
            let place = if let Place::App(_) = place { Place::App(random.u8(..16)) } else { place };
            // Behind a trailer the end is not where it is looked for.
            if places.iter().any(|before| matches!(before, Place::AfterEnd | Place::SecondPicture)) {
                break;
            }
            // Behind lengthened tables, or fill, are no segments any more that could be found.
            let breaks = [Place::LongSteps, Place::LongCodes, Place::LongHeader, Place::Fill];
            if places.iter().any(|before| breaks.contains(before)) {
                break;
            }
            place.hide(&mut file);
            places.push(place);
        }
        assert!(leaks(&file), "{places:?}");
        // Damage is refused; that is no leak.
        let Ok(prepared) = run(file, &recipe(120, Crop::Upper)) else { continue };
        assert!(!leaks(&prepared.jpeg), "variant {variant}: {places:?}, {:?}", prepared.treatment);
        assert_ne!(prepared.treatment, Treatment::Untouched, "variant {variant}: {places:?}");
        sent += 1;
        if prepared.treatment == Treatment::Stripped {
            as_it_is += 1;
            let right = image::load_from_memory(original).unwrap().into_rgb8();
            assert!(decoded(&prepared) == right, "variant {variant}: {places:?} shows another picture");
        }
    }
    assert!(as_it_is * 2 > sent && sent > 20, "{as_it_is} of {sent} travelled as they are");
}

#[test]
fn one_that_holds_nothing_else_is_left_alone() {
    let picture = quarters(120, 120);
    for file in [make::jpeg(&picture), make::progressive(&picture), make::with_restarts(&picture), make::grey_jpeg(&picture)] {
        let prepared = run(file.clone(), &recipe(120, Crop::Upper)).unwrap();
        assert!(prepared.jpeg == file && prepared.treatment == Treatment::Untouched);
        // Cleaned once, it is clean.
        let mut hidden = file.clone();
        Place::UnusedCodes.hide(&mut hidden);
        Place::UnusedSteps.hide(&mut hidden);
        Place::SecondJfif.hide(&mut hidden);
        let cleaned = run(hidden, &recipe(120, Crop::Upper)).unwrap();
        assert_eq!(cleaned.treatment, Treatment::Stripped);
        let again = run(cleaned.jpeg.to_vec(), &recipe(120, Crop::Upper)).unwrap();
        assert!(again.jpeg == cleaned.jpeg && again.treatment == Treatment::Untouched);
    }
}

/// Whether the picture data leaves as it is.
fn is_kept(file: Vec<u8>) -> bool {
    run(file, &recipe(120, Crop::Upper)).is_ok_and(|prepared| prepared.treatment != Treatment::Encoded)
}

/// Places of a few bits each: what is there leaves only if it is as every program writes it.
#[test]
fn bits_between_the_data_are_as_programs_write_them() {
    let plain = make::with_restarts(&quarters(120, 120));
    let right = image::load_from_memory(&plain).unwrap();
    let marks: Vec<usize> =
        (0..plain.len() - 1).filter(|at| plain[*at] == 0xFF && (0xD0..0xD8).contains(&plain[at + 1])).collect();
    assert!(marks.len() > 5);
    let mut hidden = 0;
    for &mark in &marks {
        let mut file = plain.clone();
        file[mark - 1] &= 0xFE;
        // The last bit may be the picture's.
        if image::load_from_memory(&file).is_ok_and(|shown| shown == right) && plain[mark - 1] & 1 == 1 {
            hidden += 1;
            assert!(!is_kept(file), "the bit before byte {mark}");
        }
        let mut file = plain.clone();
        insert(&mut file, mark, &[0xFF; 3]);
        assert!(!is_kept(file), "fill bytes before byte {mark}");
    }
    assert!(hidden > 0);
    assert!(is_kept(plain));
}

#[test]
fn components_have_numbers_and_no_names() {
    let plain = make::jpeg(&quarters(120, 120));
    let (header, scan) = (find(&plain, 0xC0).0, find(&plain, 0xDA).0);
    let named = |ids: [u8; 3]| {
        let mut file = plain.clone();
        for (number, id) in ids.into_iter().enumerate() {
            file[header + 10 + 3 * number] = id;
            file[scan + 5 + 2 * number] = id;
        }
        file
    };
    assert!(is_kept(named([1, 2, 3])) && is_kept(named([0, 1, 2])));
    for ids in [*b"SEC", [1, 2, 83], [3, 2, 1]] {
        assert!(run(named(ids), &recipe(120, Crop::Upper)).is_ok() && !is_kept(named(ids)), "{ids:?}");
    }
}

#[test]
fn a_picture_behind_the_picture_does_not_leave() {
    let plain = make::progressive(&quarters(120, 120));
    let next_mark = |from: usize| (from..plain.len()).find(|at| plain[*at] == 0xFF && plain[at + 1] != 0).unwrap();
    let scans: Vec<usize> = (2..plain.len() - 1).filter(|at| plain[*at..*at + 2] == [0xFF, 0xDA]).collect();
    assert!(scans.len() > 2);
    for scan in scans {
        let end = next_mark(scan + 2);
        let mut file = plain.clone();
        let again = plain[scan..end].to_vec();
        insert(&mut file, end, &again);
        assert!(!is_kept(file), "the scan at byte {scan} twice");
    }
}

/// What lies behind a small picture is not kept in memory while the picture waits to be sent.
#[test]
fn what_is_sent_is_no_piece_of_a_larger_file() {
    let plain = make::jpeg(&quarters(120, 120));
    let file = bytes::Bytes::from([plain.as_slice(), &vec![7; 1_000_000]].concat());
    let held = file.as_ptr_range();
    let prepared = prepare(file, &recipe(120, Crop::Upper), &Limits::default(), &|| false).unwrap();
    assert!(prepared.jpeg == plain && !held.contains(&prepared.jpeg.as_ptr()));
}
