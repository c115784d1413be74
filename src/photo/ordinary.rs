//! Which JPEGs the quick decoders get, and which travel as they are: those laid out as cameras and programs usually do.
//!
//! Quick decoders are known to show other layouts wrong. What is listed here has been tried in thousands of variants
//! (`PHOTOSYNCD_VARIANTS`); whatever is not goes to the careful decoder, which is a few times slower.

use super::layout::{Colours, Layout, Process};

/// How often brightness is sampled, across and down, while each colour difference is sampled once.
const SAMPLINGS: [(u8, u8); 4] = [(1, 1), (2, 1), (1, 2), (2, 2)];

/// Whether the file is laid out in one of the ways that any decoder shows right.
pub(super) fn is_ordinary(file: &[u8], layout: &Layout) -> bool {
    has_ordinary_colours(layout)
        && has_ordinary_scans(file, layout)
        && !has_wide_steps(file, layout)
        && !layout.late_height
        && layout.open.is_none()
}

fn has_ordinary_colours(layout: &Layout) -> bool {
    let sampled = |at: usize| layout.components.get(at).map_or((0, 0), |component| (component.across, component.down));
    let usual = match layout.colours {
        Colours::Grey => sampled(0) == (1, 1),
        Colours::Differences => SAMPLINGS.contains(&sampled(0)) && sampled(1) == (1, 1) && sampled(2) == (1, 1),
        Colours::Plain | Colours::Inks | Colours::CodedInks => false,
    };
    usual && !layout.colours_disputed
}

/// All in one scan, in the order of the header and with the numbers that such a scan has; or from coarse to fine, with a
/// mean for each component.
fn has_ordinary_scans(file: &[u8], layout: &Layout) -> bool {
    let ids: Vec<u8> = layout.components.iter().map(|component| component.id).collect();
    let scans = layout.scans().filter_map(|scan| {
        let (count, rest) = file.get(scan.content.clone())?.split_first()?;
        let (told, band) = rest.split_at_checked(2 * usize::from(*count))?;
        Some((told.iter().copied().step_by(2).collect::<Vec<u8>>(), band))
    });
    let scans: Vec<_> = scans.collect();
    match (layout.process, scans.as_slice()) {
        (Process::Baseline, [(told, [0, 63, 0])]) => *told == ids,
        (Process::Progressive, [(_, [0, 0, _]), ..]) => {
            let means = scans.iter().filter(|(_, band)| matches!(band, [0, 0, bits] if bits >> 4 == 0));
            let told: Vec<u8> = means.flat_map(|(told, _)| told.iter().copied()).collect();
            told == ids
        }
        _ => false,
    }
}

/// Whether quantisation steps have sixteen bits; usual ones have eight, and a table of them takes 65 bytes.
fn has_wide_steps(file: &[u8], layout: &Layout) -> bool {
    let tables = layout.parts.iter().filter(|part| part.mark == 0xDB).filter_map(|part| file.get(part.content.clone()));
    tables.flat_map(|tables| tables.chunks(65)).any(|table| table[0] >> 4 > 0)
}
