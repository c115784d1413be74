//! Of many rules, the few that together explain most files. The first rule that takes a file decides about it, so each is
//! counted at each place among the others.

use std::collections::HashMap;

use super::candidates::{Suggestion, collect};
use super::found::{Doubt, MappingProposal, Matches, RuleProposal, TableProposal, UnfitTable};
use super::judge::{Claim, Counted, Judge, JudgedFile};
use super::people::People;
use super::sample::Sample;
use super::trust::sorted_out;
use super::words::is_staff_number;
use crate::mapping::{PathSpec, RuleSpec, Rules};
use crate::model::{Property, Reference};

/// Rules proposed at most.
const RULES: usize = 8;
/// Suggestions that are counted on all files, after a first look at some.
const COUNTED: usize = 80;
const LOOKED_AT: usize = 300;
/// Examples told of each rule.
const EXAMPLES: usize = 3;
/// What one account with one file counts, one that is only near, and one with several files.
const FOUND: i64 = 10;
const NEAR: i64 = 9;
const SHARED: i64 = 1;
/// A rule of no more than this cost takes names as they are; one account is enough for it.
const PLAIN: u32 = 10;

/// Proposes rules for the files that the table does not name; `table` is what was proposed for that.
pub(crate) fn propose(
    sample: &Sample,
    people: Option<&People>,
    table: Option<Result<TableProposal, UnfitTable>>,
) -> MappingProposal {
    let (table, unfit) = table.map_or((None, None), |table| match table {
        Ok(table) => (Some(table), None),
        Err(unfit) => (None, Some(unfit)),
    });
    let suggestions = collect(sample, people);
    let of_table = |at: &usize| table.as_ref().is_some_and(|table| table.files.contains(at));
    let mut judge = Judge::new(people);
    let files = sample.files.iter().enumerate().filter(|(at, _)| !of_table(at));
    let files: Vec<JudgedFile<'_>> = files.map(|(_, file)| judge.look(file)).collect();
    let files: Vec<&JudgedFile<'_>> = files.iter().collect();
    let counted = counted(&mut judge, &files, suggestions);
    let (counted, doubts) = sorted_out(counted, &files, &judge);
    let (all, plain) = (best(&counted, files.len(), true), best(&counted, files.len(), false));
    // What people can read is preferred where it does as well.
    let mut chosen = if plain.1 >= all.1 { plain.0 } else { all.0 };
    if let Some(table) = table.as_ref().filter(|_| people.is_none()) {
        // What a table leaves out is no person's photo, as likely as not, and here nobody can tell: a rule must explain as
        // much as the table does.
        let list = chosen.clone();
        let taken =
            |at: &usize| (0..files.len()).filter(|file| taker(&list, &counted, *file).is_some_and(|by| list[by] == *at)).count();
        chosen.retain(|at| taken(at) >= table.files.len());
    }
    let mut proposal = MappingProposal { table, unfit, ..MappingProposal::default() };
    let left = files.iter().enumerate().filter(|(at, _)| taker(&chosen, &counted, *at).is_none());
    let left: Vec<String> = left.map(|(_, judged)| judged.file.path.to_string()).collect();
    proposal.left = left.len();
    proposal.left_examples = left.into_iter().take(EXAMPLES).collect();
    for (place, at) in chosen.iter().enumerate() {
        let own: Vec<usize> = (0..files.len()).filter(|file| taker(&chosen, &counted, *file) == Some(place)).collect();
        proposal.rules.extend(told(&mut judge, &counted[*at], &files, &own));
    }
    let unserved = |doubt: &Doubt| {
        doubt.files.iter().any(|file| taker(&chosen, &counted, *file).is_none_or(|by| !is_found(&counted[chosen[by]], *file)))
    };
    proposal.doubts = doubts.into_iter().filter(unserved).take(EXAMPLES).collect();
    proposal
}

/// Whether it finds whom this file is for.
fn is_found(counted: &Counted, file: usize) -> bool {
    matches!(counted.claims[file], Claim::Found(_))
}

/// The suggestions that find somebody, each with what it makes of every file.
fn counted(judge: &mut Judge<'_>, files: &[&JudgedFile<'_>], suggestions: Vec<Suggestion>) -> Vec<Counted> {
    let step = files.len().div_ceil(LOOKED_AT).max(1);
    let some: Vec<&JudgedFile<'_>> = files.iter().copied().step_by(step).collect();
    // What something speaks against does not crowd out the rest.
    let mut looked: [Vec<(i64, Suggestion, Rules)>; 2] = Default::default();
    for suggestion in suggestions {
        let Ok(rules) = Rules::compile(std::slice::from_ref(&suggestion.spec)) else { continue };
        let claims: Vec<Claim> = some.iter().map(|file| judge.claim(&rules, file)).collect();
        let is_doubted = claims.iter().any(|claim| matches!(claim, Claim::OneOf(_) | Claim::Against(_)));
        let score = score(claims.into_iter(), suggestion.is_number);
        if score > 0 {
            looked[usize::from(is_doubted)].push((score, suggestion, rules));
        }
    }
    for looked in &mut looked {
        looked.sort_by(|(score, one, _), (more, other, _)| more.cmp(score).then(one.cost.cmp(&other.cost)));
        looked.truncate(COUNTED);
    }
    let mut count = |(_, suggestion, rules): (i64, Suggestion, Rules)| Counted {
        claims: files.iter().map(|file| judge.claim(&rules, file)).collect(),
        suggestion,
    };
    looked.into_iter().flatten().map(&mut count).collect()
}

/// What these claims are worth.
fn score(claims: impl Iterator<Item = Claim>, is_number: bool) -> i64 {
    let mut seen: HashMap<usize, (i64, bool)> = HashMap::new();
    for claim in claims {
        let (whom, worth) = match claim {
            Claim::Found(whom) => (whom, FOUND),
            Claim::Near(whom) if is_number => (whom, NEAR),
            _ => continue,
        };
        seen.entry(whom).and_modify(|(_, is_shared)| *is_shared = true).or_insert((worth, false));
    }
    seen.into_values().map(|(worth, is_shared)| if is_shared { SHARED } else { worth }).sum()
}

/// The place among the chosen of the rule that takes a file.
fn taker(chosen: &[usize], counted: &[Counted], file: usize) -> Option<usize> {
    chosen.iter().position(|at| counted[*at].claims[file] != Claim::NotTaken)
}

/// The best list of rules, and what it is worth: one after the other, each where it does most. `regex`: regular expressions
/// are among them.
fn best(counted: &[Counted], files: usize, regex: bool) -> (Vec<usize>, i64) {
    let total = |list: &[usize]| {
        let claim = |file: usize| {
            let at = list[taker(list, counted, file)?];
            let claim = counted[at].claims[file];
            // Near counts for the rule that takes numbers as they are.
            Some(if matches!(claim, Claim::Near(_)) && !counted[at].suggestion.is_number { Claim::Missed } else { claim })
        };
        score((0..files).filter_map(claim), true)
    };
    let mut chosen: Vec<usize> = Vec::new();
    let is_regex = |one: &Counted| matches!(one.suggestion.spec.paths, PathSpec::Regex(_));
    let mut refused: Vec<usize> = (0..counted.len()).filter(|at| !regex && is_regex(&counted[*at])).collect();
    while chosen.len() < RULES {
        let before = total(&chosen);
        let mut best: Option<(i64, std::cmp::Reverse<u32>, Vec<usize>, usize)> = None;
        for at in (0..counted.len()).filter(|at| !chosen.contains(at) && !refused.contains(at)) {
            let cost = std::cmp::Reverse(counted[at].suggestion.cost);
            for place in 0..=chosen.len() {
                let mut list = chosen.clone();
                list.insert(place, at);
                let gain = total(&list) - before;
                if best.as_ref().is_none_or(|(most, cheapest, ..)| (gain, cost) > (*most, *cheapest)) {
                    best = Some((gain, cost, list, at));
                }
            }
        }
        let Some((gain, _, list, at)) = best.filter(|(gain, ..)| *gain > 0) else { break };
        let specs: Vec<RuleSpec> = list.iter().map(|at| counted[*at].suggestion.spec.clone()).collect();
        if (chosen.is_empty() || is_worth(&counted[at], gain, &chosen, counted, files)) && Rules::compile(&specs).is_ok() {
            chosen = list;
        } else {
            refused.push(at);
        }
    }
    let worth = total(&chosen);
    (chosen, worth)
}

/// Whether a further rule finds more than a few by accident.
fn is_worth(new: &Counted, gain: i64, chosen: &[usize], counted: &[Counted], files: usize) -> bool {
    let own = || (0..files).filter(|file| taker(chosen, counted, *file).is_none()).map(|file| new.claims[file]);
    let taken = own().filter(|claim| *claim != Claim::NotTaken).count();
    let found = own().filter(|claim| matches!(claim, Claim::Found(_) | Claim::Near(_))).count();
    (gain >= 2 * NEAR || new.suggestion.cost <= PLAIN) && (taken == 0 || found * 5 >= taken)
}

/// How a rule does with the files that it takes.
fn told(judge: &mut Judge<'_>, counted: &Counted, files: &[&JudgedFile<'_>], own: &[usize]) -> Option<RuleProposal> {
    let suggestion = &counted.suggestion;
    let claims: Vec<Claim> = own.iter().map(|at| counted.claims[*at]).collect();
    let files: Vec<&JudgedFile<'_>> = own.iter().map(|at| files[*at]).collect();
    let matches = matches(judge, &suggestion.spec, &files, &claims)?;
    let zeros = zeros(judge, suggestion, &files).filter(|(_, found)| *found > matches.found);
    let agrees = |(judged, claim): (&&JudgedFile<'_>, &Claim)| matches!(claim, Claim::Found(whom) if judge.agrees(judged, *whom));
    let by_number_alone = suggestion.spec.target.property == Property::EmployeeId
        && judge.people.is_some()
        && !files.iter().zip(&claims).any(agrees);
    Some(RuleProposal { spec: suggestion.spec.clone(), matches, by_number_alone, zeros })
}

fn matches(judge: &Judge<'_>, spec: &RuleSpec, files: &[&JudgedFile<'_>], claims: &[Claim]) -> Option<Matches> {
    let rules = Rules::compile(std::slice::from_ref(spec)).ok()?;
    let row = |(judged, claim): (&&JudgedFile<'_>, &Claim)| {
        let whom = match rules.find(&judged.file.path) {
            Some(Ok(found)) => judge.shown(&found.reference),
            _ => String::new(),
        };
        (*claim, judged.file.path.to_string(), whom)
    };
    Some(Matches::of(files.iter().zip(claims).map(row).collect()))
}

impl Matches {
    fn of(found: Vec<(Claim, String, String)>) -> Self {
        let mut matches = Self::default();
        let mut files: HashMap<usize, usize> = HashMap::new();
        for (claim, path, whom) in found {
            matches.taken += usize::from(claim != Claim::NotTaken);
            match claim {
                Claim::NotTaken => {}
                Claim::Found(object) => {
                    matches.found += 1;
                    *files.entry(object).or_default() += 1;
                    if matches.examples.len() < EXAMPLES {
                        matches.examples.push((path, whom));
                    }
                }
                Claim::Near(_) => {
                    matches.near += 1;
                    matches.missed.push(path);
                }
                Claim::Missed | Claim::OneOf(_) => matches.missed.push(path),
                Claim::Against(object) => {
                    matches.found += 1;
                    *files.entry(object).or_default() += 1;
                    matches.against.push((path, whom));
                }
            }
        }
        matches.missed.truncate(EXAMPLES);
        matches.against.truncate(EXAMPLES);
        matches.shared = files.values().filter(|count| **count > 1).count();
        matches
    }

    /// How a table does that names these files.
    pub(super) fn of_table(people: Option<&People>, rows: Vec<(String, Option<Reference>)>) -> Self {
        let mut judge = Judge::new(people);
        // Whose column is one of numbers, a letter in one is no accident.
        let is_valid = |reference: &Reference| {
            people.is_some() || reference.property != Property::EmployeeId || is_staff_number(&reference.value)
        };
        let row = |(path, reference): (String, Option<Reference>)| match reference.filter(is_valid) {
            None => (Claim::Missed, path, String::new()),
            Some(reference) => {
                let claim = if people.is_some() { judge.of(&reference) } else { judge.invent(&reference) };
                (claim, path, judge.shown(&reference))
            }
        };
        Self::of(rows.into_iter().map(row).collect())
    }
}

/// The same rule that ignores leading zeros, and how many files it finds.
fn zeros(judge: &mut Judge<'_>, suggestion: &Suggestion, files: &[&JudgedFile<'_>]) -> Option<(RuleSpec, usize)> {
    let (width, has_zeros) = judge.people.filter(|_| suggestion.is_number)?.number_form();
    let filters = match width {
        Some(width) if has_zeros => [format!("|pad:{width}:0"), format!("|trim_start:0|pad:{width}:0")],
        _ if !has_zeros => ["|trim_start:0".to_owned(), String::new()],
        _ => return None,
    };
    let mut best: Option<(RuleSpec, usize)> = None;
    for filters in filters.iter().filter(|filters| !filters.is_empty()) {
        let mut spec = suggestion.spec.clone();
        spec.target.value = spec.target.value.replace('}', &format!("{filters}}}"));
        let rules = Rules::compile(std::slice::from_ref(&spec)).ok()?;
        let claims: Vec<Claim> = files.iter().map(|file| judge.claim(&rules, file)).collect();
        let found = matches(judge, &spec, files, &claims)?.found;
        if best.as_ref().is_none_or(|(_, most)| found > *most) {
            best = Some((spec, found));
        }
    }
    best
}
