//! For employee numbers that the directory does not know: the number it has that differs by lost zeros or what else a
//! spreadsheet does. Only told, never used: which of two numbers is wrong is for a person to say.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::directory::Directory;
use crate::mapping::{Spoilt, spoilt};
use crate::model::{Problem, Property, Reason, Reference, TargetKind};
use crate::plan::PlannedFile;

/// Values asked for at most in one pass: six requests.
const MOST: usize = 90;
/// Widths of numbers tried, the most common ones first.
const WIDTHS: usize = 3;
/// Widths tried where no number is known.
const USUAL: [usize; 5] = [4, 5, 6, 7, 8];

impl Directory {
    /// Adds to what is said of numbers that are not found.
    pub(crate) async fn name_nearest(&self, files: &mut [PlannedFile]) {
        if self.tenant.embedded.is_some() {
            // It knows whoever is asked for.
            return;
        }
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        let mut lost: BTreeSet<Arc<str>> = BTreeSet::new();
        for file in files.iter() {
            let Some(reference) = number(file) else { continue };
            if is_missing(file) {
                lost.insert(Arc::clone(&reference.value));
            } else if matches!(file.resolved, Some(Ok(_))) {
                *lengths.entry(reference.value.len()).or_default() += 1;
            }
        }
        if lost.is_empty() {
            return;
        }
        let mut lengths: Vec<(usize, usize)> = lengths.into_iter().collect();
        lengths.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut widths: Vec<usize> = lengths.into_iter().map(|(length, _)| length).take(WIDTHS).collect();
        if widths.is_empty() {
            widths.extend(USUAL);
        }
        let found: HashMap<Arc<str>, Spoilt> =
            lost.into_iter().filter_map(|value| spoilt(&value, &widths).map(|spoilt| (value, spoilt))).collect();
        let mut values: BTreeSet<Arc<str>> = BTreeSet::new();
        for candidate in found.values().flat_map(|spoilt| &spoilt.candidates) {
            if values.len() < MOST {
                values.insert(candidate.as_str().into());
            }
        }
        let there = self.tenant.graph.employee_ids(values.into_iter().collect()).await;
        for file in files.iter_mut().filter(|file| is_missing(file)) {
            let Some(spoilt) = number(file).and_then(|reference| found.get(&reference.value)) else { continue };
            let near = spoilt.candidates.iter().find(|candidate| there.contains(candidate.as_str()));
            if let Some(Err(problem)) = &mut file.resolved {
                tell(problem, spoilt.how, near.map(String::as_str));
            }
        }
    }
}

fn tell(problem: &mut Problem, how: Option<&str>, near: Option<&str>) {
    let mut detail = std::mem::take(&mut problem.detail);
    if let Some(how) = how {
        detail = format!("{detail}: {how}");
    } else if near.is_some() {
        detail.push_str(": leading zeros may be lost or too many");
    }
    if let Some(near) = near {
        detail = format!("{detail}; it has {near}");
        problem.cure = format!(
            "If {near} is meant, write that in the table (in Excel, give the column the format Text first), or correct the file's name or its rule (filters pad and trim_start)."
        );
    } else if how.is_some() {
        "Correct the number in the table; in Excel, give the column the format Text before you enter numbers."
            .clone_into(&mut problem.cure);
    }
    problem.detail = detail;
}

/// The employee number that a file is claimed by.
fn number(file: &PlannedFile) -> Option<&Reference> {
    let reference = &file.claim.as_ref()?.as_ref().ok()?.reference;
    (reference.kind == TargetKind::User && reference.property == Property::EmployeeId).then_some(reference)
}

fn is_missing(file: &PlannedFile) -> bool {
    matches!(&file.resolved, Some(Err(problem)) if problem.reason == Reason::TargetMissing)
}
