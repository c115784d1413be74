//! What of a JPEG's segments is needed to show the picture. The rest (tables that no scan uses, bytes behind the last
//! table, intervals that are replaced before they count) may hold anything, and stays here when the file leaves.

use std::collections::BTreeMap;
use std::ops::Range;

use super::layout::{Layout, Part, Process, SCAN};

const STEPS: u8 = 0xDB;
const CODES: u8 = 0xC4;
const INTERVAL: u8 = 0xDD;

/// A piece of the file, and what stands in its place; nothing, for most.
pub(super) type Edit = (Range<usize>, Vec<u8>);

/// A table, or an interval: where it stands in the content of its segment.
struct Definition {
    part: usize,
    place: Range<usize>,
    used: bool,
}

/// What is to be changed so that the segments hold nothing but what scans use, in the order of the file.
pub(super) fn edits(file: &[u8], layout: &Layout) -> Vec<Edit> {
    let definitions = definitions(file, layout);
    let cleaned = layout.parts.iter().enumerate().filter_map(|(number, part)| {
        let content = file.get(part.content.clone())?;
        let needed: Vec<u8> = if part.mark == SCAN {
            content.get(..scan_length(content)).unwrap_or(content).to_vec()
        } else {
            let kept = definitions.iter().filter(|definition| definition.part == number && definition.used);
            kept.flat_map(|definition| content.get(definition.place.clone()).unwrap_or_default()).copied().collect()
        };
        (needed != content).then(|| (segment(part), written(part.mark, &needed)))
    });
    cleaned.collect()
}

/// The segment with its mark and length.
fn segment(part: &Part) -> Range<usize> {
    part.content.start.saturating_sub(4)..part.content.end
}

/// A segment of this content; none without any.
fn written(mark: u8, content: &[u8]) -> Vec<u8> {
    let Some(length) = u16::try_from(content.len() + 2).ok().filter(|_| !content.is_empty()) else { return Vec::new() };
    [&[0xFF, mark][..], &length.to_be_bytes(), content].concat()
}

/// The number of components, two bytes for each, and three about the band.
fn scan_length(content: &[u8]) -> usize {
    content.first().map_or(0, |count| 4 + 2 * usize::from(*count))
}

/// Whether a scan uses codes of means, and such of other values.
fn codes_of(content: &[u8], layout: &Layout) -> (bool, bool) {
    let count = usize::from(content.first().copied().unwrap_or(0));
    match (layout.process, content.get(1 + 2 * count..).unwrap_or_default()) {
        // Bits of means that are known already stand there as they are.
        (Process::Progressive, [0, _, bits, ..]) => (bits >> 4 == 0, false),
        (Process::Progressive, _) => (false, true),
        _ => (true, true),
    }
}

/// All tables and intervals, and whether a scan uses them.
fn definitions(file: &[u8], layout: &Layout) -> Vec<Definition> {
    let mut all: Vec<Definition> = Vec::new();
    // What counts now, by mark, class and number.
    let mut known: BTreeMap<(u8, u8), usize> = BTreeMap::new();
    for (number, part) in layout.parts.iter().enumerate() {
        let content = file.get(part.content.clone()).unwrap_or_default();
        if part.mark == SCAN {
            for key in used_by(content, layout) {
                if let Some(definition) = known.get(&key).and_then(|at| all.get_mut(*at)) {
                    definition.used = true;
                }
            }
            continue;
        }
        let mut at = 0;
        while let Some(head) = content.get(at) {
            let (key, length) = match part.mark {
                STEPS => (head & 15, 1 + (64 << (head >> 4).min(1))),
                CODES => {
                    let counts = content.get(at + 1..at + 17).unwrap_or_default();
                    (*head, 17 + counts.iter().map(|count| usize::from(*count)).sum::<usize>())
                }
                // The first two bytes are the interval.
                _ if at == 0 => (0, 2),
                _ => break,
            };
            if at + length > content.len() {
                break;
            }
            known.insert((part.mark, key), all.len());
            all.push(Definition { part: number, place: at..at + length, used: false });
            at += length;
        }
    }
    all
}

/// What a scan uses: steps of its components, codes as its band needs them, the interval.
fn used_by(content: &[u8], layout: &Layout) -> Vec<(u8, u8)> {
    let mut used = vec![(INTERVAL, 0)];
    let count = usize::from(content.first().copied().unwrap_or(0));
    let told = content.get(1..=2 * count).unwrap_or_default();
    let (means, values) = codes_of(content, layout);
    for pair in told.chunks_exact(2) {
        if let Some(component) = layout.components.iter().find(|component| component.id == pair[0]) {
            used.push((STEPS, component.table));
        }
        used.extend(means.then_some((CODES, pair[1] >> 4)));
        used.extend(values.then_some((CODES, 0x10 | pair[1] & 15)));
    }
    used
}
