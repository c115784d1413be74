//! For employee numbers that the directory does not know: the number it has that differs by lost zeros or what else a
//! spreadsheet does. Only told, never used: which of two numbers is wrong is for a person to say.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::directory::Directory;
use crate::mapping::{Spoilt, spoilt};
use crate::model::{KnownFile, LedgerView, Problem, Property, Reason, Reference, SourcePath, TargetKind, Timestamp};
use crate::plan::PlannedFile;

/// Values asked for at most at one look: six requests.
const MOST: usize = 90;
/// Widths of numbers tried, the most common ones first.
const WIDTHS: usize = 3;
/// Widths tried where no number is known.
const USUAL: [usize; 5] = [4, 5, 6, 7, 8];

impl Directory {
    /// Adds to what is said of numbers that are not found. What was found out at an earlier pass (`asked`) serves until the
    /// next look at it. Says when it was asked, if it was asked about all of them.
    pub(super) async fn name_nearest(
        &self,
        files: &mut [PlannedFile],
        view: &LedgerView,
        asked: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if self.tenant.embedded.is_some() {
            // It knows whoever is asked for.
            return None;
        }
        let now = self.clock.now();
        let told = told_before(files, view, asked, now);
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        let mut lost: BTreeSet<Arc<str>> = BTreeSet::new();
        for file in files.iter() {
            let Some(reference) = number(file) else { continue };
            if is_missing(file) {
                if !told.contains_key(&file.path) {
                    lost.insert(Arc::clone(&reference.value));
                }
            } else if matches!(file.resolved, Some(Ok(_))) {
                *lengths.entry(reference.value.len()).or_default() += 1;
            }
        }
        for file in files.iter_mut() {
            if let Some(problem) = told.get(&file.path) {
                file.resolved = Some(Err(Box::new(problem.clone())));
            }
        }
        if lost.is_empty() {
            return None;
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
        let answer = self.tenant.graph.employee_ids(values.into_iter().collect()).await;
        let was_answered = answer.is_ok();
        let there = answer.unwrap_or_default();
        for file in files.iter_mut().filter(|file| is_missing(file) && !told.contains_key(&file.path)) {
            let Some(spoilt) = number(file).and_then(|reference| found.get(&reference.value)) else { continue };
            let near = spoilt.candidates.iter().find(|candidate| there.contains(candidate.as_str()));
            if let Some(Err(problem)) = &mut file.resolved {
                tell(problem, spoilt.how, near.map(String::as_str));
            }
        }
        (told.is_empty() && was_answered).then_some(now)
    }
}

/// What was said of numbers that were not found at an earlier pass either, unless it is time to look at one of them again.
fn told_before(
    files: &[PlannedFile],
    view: &LedgerView,
    asked: Option<Timestamp>,
    now: Timestamp,
) -> BTreeMap<SourcePath, Problem> {
    let mut told = BTreeMap::new();
    let Some(asked) = asked.filter(|asked| *asked <= now) else { return told };
    for file in files.iter().filter(|file| is_missing(file)) {
        let Some(reference) = number(file) else { continue };
        let Ok(at) = view.files.binary_search_by(|known| known.path.cmp(&file.path)) else { continue };
        let KnownFile { held: Some(held), reference: Some(key), .. } = &view.files[at] else { continue };
        let (problem, since) = &**held;
        if problem.reason != Reason::TargetMissing || **key != *reference.key() {
            continue;
        }
        if problem.reason.next_look(file.path.as_str(), *since, asked).is_none_or(|look| look <= now) {
            return BTreeMap::new();
        }
        told.insert(file.path.clone(), problem.clone());
    }
    told
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
    (reference.kind == TargetKind::User && reference.property == Property::EmployeeId && reference.further.is_empty())
        .then_some(reference)
}

fn is_missing(file: &PlannedFile) -> bool {
    matches!(&file.resolved, Some(Err(problem)) if problem.reason == Reason::TargetMissing)
}
