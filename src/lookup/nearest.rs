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
            let Some((value, spoilt)) = number(file).and_then(|reference| found.get_key_value(&reference.value)) else {
                continue;
            };
            let mut near: Vec<&str> = spoilt.candidates.iter().map(String::as_str).collect();
            near.retain(|candidate| there.contains(*candidate));
            // Behind an apostrophe, every digit is kept.
            if near.contains(&value.trim_start_matches('\'')) {
                near.truncate(1);
            }
            if let Some(Err(problem)) = &mut file.resolved {
                tell(problem, spoilt, &near);
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

/// Names the number that is meant only where no other can be.
fn tell(problem: &mut Problem, spoilt: &Spoilt, near: &[&str]) {
    let detail = match spoilt.how {
        Some(how) => format!("{}: {how}", problem.detail),
        None if near.is_empty() => return,
        None => format!("{}: leading zeros may be lost or too many", problem.detail),
    };
    let first = "in Excel, give the column the format Text first";
    (problem.detail, problem.cure) = match near {
        [] => {
            let cure = "Correct the number in the table; in Excel, give the column the format Text before you enter numbers.";
            (detail, cure.to_owned())
        }
        [near] if !spoilt.is_short => (
            format!("{detail}; it has {near}"),
            format!(
                "If {near} is meant, write that in the table ({first}), or correct the file's name or its rule (filters pad and trim_start)."
            ),
        ),
        several => {
            let among = if spoilt.is_short { ", and may have others that begin so" } else { "; which is meant can't be told" };
            let cure = format!("Write the number that is meant in the table ({first}), or correct the file's name.");
            (format!("{detail}; it has {}{among}", several.join(" and ")), cure)
        }
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_named_as_the_one_only_where_no_other_can_be_meant() {
        for (value, near, words) in [
            ("4203", &["004203"][..], "no 4203: leading zeros may be lost or too many; it has 004203|If 004203 is meant"),
            (
                "4203",
                &["004203", "04203"],
                "it has 004203 and 04203; which is meant can't be told|Write the number that is meant",
            ),
            ("1.23E+05", &["123000"], "it has 123000, and may have others that begin so|Write the number that is meant"),
            ("1.081E+03", &["1081"], "an exponent; it has 1081|If 1081 is meant"),
            ("1.23E+05", &[], "its last digits are lost|Correct the number"),
            ("4203", &[], "no 4203|"),
        ] {
            let mut problem = Problem::new(Reason::TargetMissing, format!("no {value}"));
            tell(&mut problem, &spoilt(value, &[5, 6]).unwrap(), near);
            let said = format!("{}|{}", problem.detail, problem.cure);
            assert!(said.contains(words), "{said}");
        }
    }
}
