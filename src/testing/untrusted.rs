//! Readers of what others write, one for each kind of input, for the fuzzers in `tests/fuzz`. Each takes any bytes, and
//! panics where what came of them can't be right.

use std::path::Path;

use bytes::Bytes;

use crate::config::Config;
use crate::graph::read_body;
use crate::mapping::{PathSpec, RuleSpec, Rules, Table, TableForm, TargetSpec};
use crate::model::{Property, SourcePath, TargetKind};
use crate::photo::{Crop, Limits, Recipe, Treatment, is_av1, is_hevc, jpeg_pixels, memory, prepare};

/// Small, so that a fuzzer is quick; the rules are the same.
const LIMITS: Limits = Limits { max_source_bytes: 1 << 20, max_pixels: 1 << 20, max_memory: 128_000_000 };
/// What the words of the fuzzers' dictionary for JPEGs begin with.
const HIDDEN: &[u8] = b"HIDDENWORDS";

/// A file that HR dropped.
///
/// # Panics
///
/// If what would be sent is no picture within the limits, or the estimate of the memory is none.
pub fn picture(file: &[u8]) {
    let Ok(recipe) = Recipe::try_new(96, Crop::Upper, 90, 3_900_000) else { return };
    assert!(memory(file, LIMITS.max_pixels) < 1 << 40);
    let Ok(prepared) = prepare(Bytes::copy_from_slice(file), &recipe, &LIMITS, &|| false) else { return };
    let sides = 48..=96;
    assert!(sides.contains(&prepared.width) && sides.contains(&prepared.height));
    let sent = image::load_from_memory_with_format(&prepared.jpeg, image::ImageFormat::Jpeg);
    assert!(sent.is_ok_and(|sent| (sent.width(), sent.height()) == (prepared.width, prepared.height)));
}

/// An AVIF file, or what is in one: what does not begin with zero, as files do, is a width, a height and one coded picture.
/// So the decoder is met without a table of contents that has to fit.
///
/// # Panics
///
/// As [`picture`].
pub fn avif(input: &[u8]) {
    match input {
        [0, ..] => picture(input),
        [width, height, data @ ..] => _ = is_av1(data, u32::from(*width), u32::from(*height)),
        _ => {}
    }
}

/// The same of HEIC; the third byte is the length of what says how the picture is coded.
///
/// # Panics
///
/// As [`picture`].
pub fn heic(input: &[u8]) {
    match input {
        [0, ..] => picture(input),
        [width, height, config, data @ ..] => {
            let (config, data) = data.split_at(data.len().min(usize::from(*config)));
            _ = is_hevc(config, data, u32::from(*width), u32::from(*height));
        }
        _ => {}
    }
}

/// A JPEG that may travel as it is.
///
/// # Panics
///
/// If what leaves shows another picture, holds hidden words outside the picture data, or is not clean in itself.
pub fn jpeg_surgery(file: &[u8]) {
    let Ok(recipe) = Recipe::try_new(648, Crop::None, 90, 3_900_000) else { return };
    let source = Bytes::copy_from_slice(file);
    let Ok(prepared) = prepare(source.clone(), &recipe, &LIMITS, &|| false) else { return };
    assert!(!has_words_outside(&prepared.jpeg), "hidden words leave");
    if prepared.treatment == Treatment::Encoded {
        return;
    }
    let again = prepare(prepared.jpeg.clone(), &recipe, &LIMITS, &|| false);
    assert!(again.is_ok_and(|again| again.jpeg == prepared.jpeg), "what was cleaned is not clean");
    let (before, after) = (jpeg_pixels(&source), jpeg_pixels(&prepared.jpeg));
    assert!(after.is_some(), "what leaves is no picture");
    assert!(before == after, "another picture leaves");
}

/// Whether words stand outside of what makes up the picture: its data, and the steps and codes that it is read by. These
/// may spell anything, as the data may; those that no scan uses are looked for by other tests.
fn has_words_outside(jpeg: &[u8]) -> bool {
    let has_words = |part: &[u8]| part.windows(HIDDEN.len()).any(|words| words == HIDDEN);
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xFF, mark, high, low, ..] = rest {
        let end = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        let Some((segment, behind)) = rest.split_at_checked(end) else { break };
        if !matches!(mark, 0xDB | 0xC4) && has_words(segment) {
            return true;
        }
        if *mark == 0xDA {
            return false;
        }
        rest = behind;
    }
    has_words(rest)
}

/// A table, and files beside it: the first line names them.
///
/// # Panics
///
/// If a file is bound to a row and held at once by what the same table says.
pub fn table(input: &[u8]) {
    let (first, bytes) = input.iter().position(|byte| *byte == b'\n').map_or((input, &[][..]), |end| input.split_at(end + 1));
    let paths: Vec<SourcePath> =
        String::from_utf8_lossy(first).split('|').filter_map(|name| SourcePath::new(name.trim_end()).ok()).collect();
    let forms = [
        TableForm::default(),
        TableForm { every_kind: Some(TargetKind::User), every_property: Some(Property::EmployeeId), ..TableForm::default() },
    ];
    for form in forms {
        let Ok(table) = Table::parse(bytes, &form) else { continue };
        assert!(!table.summary().is_empty());
        let rows = table.len();
        let bound = table.bind(paths.iter(), true);
        let bound_ones = paths.iter().filter(|path| bound.find(path).is_some_and(|found| found.is_ok())).count();
        assert!(bound_ones <= rows * paths.len());
    }
}

/// A configuration.
///
/// # Panics
///
/// If faults have no words, or words that steer a terminal.
pub fn configuration(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let env = |name: &str| (name.len() < 9).then(|| "value".to_owned());
    if let Err(faults) = Config::parse(text, "config.yaml", Path::new("/etc/photosyncd"), &env) {
        let words = faults.to_string();
        assert!(!words.is_empty() && !words.contains(['\u{1b}', '\u{7}', '\r']), "{words:?}");
    }
}

/// An answer of Graph, or of whoever answers in its place. The first byte chooses the status.
///
/// # Panics
///
/// If a text would steer a terminal, begin a line of its own or be endless, or an id would lead out of its path.
pub fn answer(input: &[u8]) {
    let Some((status, body)) = input.split_first() else { return };
    let (texts, ids) = read_body(400 + u16::from(status % 112), body);
    for text in texts {
        assert!(!text.contains(|letter: char| letter.is_control()) && text.len() < 4_000, "{text:?}");
    }
    for id in ids {
        assert!(!id.is_empty() && id.len() < 1_000 && !id.contains(['/', '\\', '?', '#', '\n', '\0']), "{id:?}");
    }
}

/// A rule and a path, one a line: the template or regular expression, the value, the path.
///
/// # Panics
///
/// If what a rule makes of a path is empty.
pub fn rule(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.lines();
    let (Some(files), Some(value), Some(path)) = (lines.next(), lines.next(), lines.next()) else { return };
    let Ok(path) = SourcePath::new(path) else { return };
    for paths in [PathSpec::Files(files.to_owned()), PathSpec::Regex(files.to_owned())] {
        for property in [Property::UserPrincipalName, Property::EmployeeId, Property::DisplayName] {
            let target = TargetSpec {
                kind: TargetKind::User,
                property,
                value: value.to_owned(),
                further: Vec::new(),
                owner: None,
                folder: None,
            };
            let spec = RuleSpec { paths: paths.clone(), ignore_case: text.len() % 2 == 0, target };
            let Ok(rules) = Rules::compile(&[spec]) else { continue };
            if let Some(Ok(found)) = rules.find(&path) {
                assert!(!found.reference.value.trim().is_empty());
            }
        }
    }
}
