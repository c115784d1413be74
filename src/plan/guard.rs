//! The brakes over a plan: what would do harm stops the pass and says what to type to go on.

use std::fmt::Write as _;

use serde::Serialize;

use super::planner::{Plan, Why};

/// How much a single pass may do by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct GuardSettings {
    /// Most delivered photos that may be replaced in one pass, in percent of those delivered. 100: no limit.
    pub max_changes_percent: f64,
    /// Most photos that may be taken out of the tenant within 24 hours.
    pub max_removals: usize,
    /// The same in percent of those delivered; the smaller of the two holds. Above 0, a single removal always passes:
    /// one person who opts out of a company of thirty is no flood.
    pub max_removals_percent: f64,
    /// Whether a source without a single file stops the pass.
    pub refuse_empty_source: bool,
}

/// What the guard must know beside the plan.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Files seen in the source.
    pub scanned: usize,
    /// Targets that hold a photo delivered by us.
    pub delivered: usize,
    /// Photos taken out without force in the last 24 hours: many small passes are no way past the limit.
    pub removed_lately: usize,
    /// Files known from earlier passes, and how many of them are there.
    pub known: (usize, usize),
    /// The root of the source at the last pass and now, where it is another one.
    pub other_root: Option<(String, String)>,
    /// Rows of the table at the last pass, if there was one, and now.
    pub table: Option<(Option<usize>, usize)>,
    /// Objects that a sweep over the directory found last time and now, by what was swept for.
    pub swept: Vec<(&'static str, usize, usize)>,
    /// Files whose target was known and is asked again now, and how many of these the directory knows no more.
    pub asked: (usize, usize),
}

/// What a halt keeps from happening.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The whole pass: what was seen can't be trusted.
    Everything,
    /// Removals only; the rest goes on.
    Removals,
}

/// The guard's no.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Halt {
    /// Which brake: a stable name.
    pub guard: &'static str,
    /// The numbers, and what to do.
    pub message: String,
    /// What it keeps from happening.
    pub holds: Holds,
    /// How many it found, and of how many, where it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<usize>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
}

impl Halt {
    /// Stops the whole pass.
    pub fn new(guard: &'static str, message: String) -> Self {
        Self { guard, message, holds: Holds::Everything, found: None, of: None }
    }

    fn counted(guard: &'static str, found: usize, of: usize, message: String) -> Self {
        Self { found: Some(found), of: Some(of), ..Self::new(guard, message) }
    }

    /// Whether a person may override it: a source or group that isn't there can't be read by force.
    pub fn may_be_forced(&self) -> bool {
        !matches!(self.guard, "missing_source" | "unmounted_source" | "scope")
    }
}

const FORCE: &str = "If that is meant, run `photosyncd reconcile --force` once";
/// A table with fewer rows may shrink as it likes; an empty one is asked about in any case.
const FEW_ROWS: usize = 10;
/// So many names must get lost at once before the directory is doubted: people do leave.
const FEW_NAMES: usize = 10;
/// A tenant with fewer objects may shrink as it likes.
const FEW_OBJECTS: usize = 100;

/// Looks at a plan before anything is done; says everything that speaks against it, what stops the whole pass first.
pub fn guard(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Vec<Halt> {
    let all = [
        empty_source(facts, settings),
        source_changed(facts),
        table_shrunk(facts),
        directory_shrunk(facts),
        changes(plan, facts, settings),
        removals(plan, facts, settings),
    ];
    all.into_iter().flatten().collect()
}

fn empty_source(facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    if !settings.refuse_empty_source || facts.scanned > 0 {
        return None;
    }
    let mut message = "the source directory holds no files".to_owned();
    if facts.delivered > 0 {
        _ = write!(message, " (photos delivered before: {})", facts.delivered);
    }
    message.push_str("; check that the share is mounted. If it is meant to be empty, run `photosyncd reconcile --force` once or set guard.refuse_empty_source: false");
    Some(Halt::counted("empty_source", 0, facts.known.0, message))
}

/// Device numbers and mounts change with every restart of the machine; a source that is another one and holds other
/// files is another source.
fn source_changed(facts: &Facts) -> Option<Halt> {
    let ((known, there), (before, now)) = (facts.known, facts.other_root.as_ref()?);
    if there * 2 >= known || facts.scanned == 0 {
        return None;
    }
    let message = format!(
        "the source directory is another one than at the last pass (it was {before} and is {now}), and only {there} of the {known} files known from there are in it; check that the right share is mounted there. {FORCE}"
    );
    Some(Halt::counted("source_changed", there, known, message))
}

fn table_shrunk(facts: &Facts) -> Option<Halt> {
    let (before, now) = facts.table?;
    let Some(before) = before else {
        let message = format!("the table (mapping.table) has no rows; check that it is complete. {FORCE}");
        return (now == 0).then(|| Halt::counted("table_shrunk", 0, 0, message));
    };
    let shrunk = now * 2 < before && before >= FEW_ROWS;
    if !shrunk && (now > 0 || before == 0) {
        return None;
    }
    let message = format!(
        "the table (mapping.table) has {now} rows, and had {before} at the last pass; check that it is complete. {FORCE}"
    );
    Some(Halt::counted("table_shrunk", now, before, message))
}

fn directory_shrunk(facts: &Facts) -> Option<Halt> {
    let check = "check the tenant and the application's permissions";
    if let Some((what, before, now)) = facts.swept.iter().find(|(_, before, now)| now * 2 < *before && *before >= FEW_OBJECTS) {
        let message = format!(
            "the directory answers with {now} {what}, and had {before} when it was last read as a whole; {check}. {FORCE}"
        );
        return Some(Halt::counted("directory_shrunk", *now, *before, message));
    }
    let (asked, lost) = facts.asked;
    // More than half of those asked about, and more than a tenth of everybody: twenty who leave a large company are no fault.
    if lost < FEW_NAMES || lost * 2 <= asked || lost * 10 <= facts.scanned {
        return None;
    }
    let message = format!(
        "the directory no longer knows {lost} of {asked} objects that it was asked about and knew before; {check}. {FORCE}"
    );
    Some(Halt::counted("directory_shrunk", lost, asked, message))
}

fn changes(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    let changes = plan.deliveries().filter(|(_, _, _, why)| matches!(why, Why::Changed | Why::Recipe { .. })).count();
    if percent(changes, facts.delivered) <= settings.max_changes_percent {
        return None;
    }
    let message = format!(
        "{changes} of {} delivered photos would be replaced; allowed at once are {} % (guard.max_changes_percent). {FORCE}",
        facts.delivered, settings.max_changes_percent
    );
    Some(Halt::counted("changes", changes, facts.delivered, message))
}

fn removals(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    let (new, lately) = (plan.new_removals(), facts.removed_lately);
    let sum = new + lately;
    // Of those there were before; 100 % is no limit.
    let many = percent(sum, facts.delivered + lately) > settings.max_removals_percent;
    let single = sum == 1 && settings.max_removals_percent > 0.0;
    if new == 0 || sum <= settings.max_removals && (!many || single) {
        return None;
    }
    let lately = if lately > 0 { format!(", after {lately} in the last 24 hours") } else { String::new() };
    let message = format!(
        "{new} of {} delivered photos would be removed from the tenant{lately}; allowed within 24 hours are {} and {} % (guard.max_removals, guard.max_removals_percent). {FORCE}; until then they stay, and everything else goes on",
        facts.delivered, settings.max_removals, settings.max_removals_percent
    );
    Some(Halt { holds: Holds::Removals, ..Halt::counted("removals", new, facts.delivered, message) })
}

fn percent(part: usize, whole: usize) -> f64 {
    if part == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of files are far below 2^52")]
    let share = part as f64 / whole.max(1) as f64;
    share * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ObjectId, Problem, Reason, TargetId};
    use crate::plan::{Cause, Removal};

    const SETTINGS: GuardSettings =
        GuardSettings { max_changes_percent: 100.0, max_removals: 10, max_removals_percent: 2.0, refuse_empty_source: true };

    fn halted(removals: usize, facts: &Facts, settings: &GuardSettings) -> Option<&'static str> {
        let removal = |at: usize| {
            let cause = Cause::OptOut(Problem::new(Reason::OutOfScope, "out"));
            Removal { target: TargetId::User(ObjectId::new(&at.to_string())), cause, standing: at >= 1_000 }
        };
        let removals = (0..removals).chain(1_000..1_020).map(removal).collect();
        let halts = guard(&Plan { removals, ..Plan::default() }, facts, settings);
        assert!(halts.len() <= 1, "{halts:?}");
        halts.first().map(|halt| halt.guard)
    }

    fn facts(scanned: usize, delivered: usize) -> Facts {
        Facts { scanned, delivered, ..Facts::default() }
    }

    #[test]
    fn an_empty_source_halts_unless_allowed() {
        assert_eq!(halted(0, &facts(0, 5), &SETTINGS), Some("empty_source"));
        assert_eq!(halted(0, &facts(0, 5), &GuardSettings { refuse_empty_source: false, ..SETTINGS }), None);
    }

    #[test]
    fn removals_halt_by_count_and_by_share() {
        assert_eq!(halted(10, &facts(1, 1000), &SETTINGS), None);
        assert_eq!(halted(11, &facts(1, 1000), &SETTINGS), Some("removals"));
        assert_eq!(halted(2, &facts(1, 100), &SETTINGS), None);
        assert_eq!(halted(3, &facts(1, 100), &SETTINGS), Some("removals"));
        assert_eq!(halted(1, &facts(1, 7), &SETTINGS), None, "one is no flood");
        assert_eq!(halted(2, &facts(1, 7), &SETTINGS), Some("removals"));
        assert_eq!(halted(1, &facts(1, 7), &GuardSettings { max_removals: 0, ..SETTINGS }), Some("removals"));
        assert_eq!(halted(1, &facts(1, 7), &GuardSettings { max_removals_percent: 0.0, ..SETTINGS }), Some("removals"));
    }

    #[test]
    fn many_small_passes_are_one_flood() {
        let lately = |removed_lately, delivered| Facts { removed_lately, ..facts(1, delivered) };
        assert_eq!(halted(5, &lately(5, 1000), &SETTINGS), None);
        assert_eq!(halted(5, &lately(6, 1000), &SETTINGS), Some("removals"));
        assert_eq!(halted(1, &lately(1, 7), &SETTINGS), Some("removals"), "the second of seven within a day");
        assert_eq!(halted(0, &lately(60, 1000), &SETTINGS), None, "what was done is no reason to halt");
    }

    #[test]
    fn another_source_with_other_files_halts() {
        let moved = |known, there| Facts {
            known: (known, there),
            other_root: Some(("device 1".to_owned(), "device 2".to_owned())),
            ..facts(3, known)
        };
        assert_eq!(halted(0, &moved(100, 49), &SETTINGS), Some("source_changed"));
        assert_eq!(halted(0, &moved(100, 50), &SETTINGS), None, "the same share, mounted anew");
        assert_eq!(halted(0, &moved(0, 0), &SETTINGS), None);
        assert_eq!(halted(0, &Facts { other_root: None, ..moved(100, 0) }, &SETTINGS), None);
    }

    #[test]
    fn a_table_or_a_directory_that_shrinks_halts() {
        let table = |before, now| Facts { table: Some((before, now)), ..facts(100, 100) };
        for (before, now, halts) in [(0, 0, false), (3, 1, false), (1, 0, true), (10, 4, true), (10, 5, false), (5, 900, false)] {
            assert_eq!(halted(0, &table(Some(before), now), &SETTINGS), halts.then_some("table_shrunk"), "{before} {now}");
        }
        assert_eq!(halted(0, &table(None, 0), &SETTINGS), Some("table_shrunk"), "the first pass");
        assert_eq!(halted(0, &table(None, 1), &SETTINGS), None);
        let swept = |before, now| Facts { swept: vec![("users", before, now)], ..facts(100, 100) };
        for (before, now, halts) in [(99, 0, false), (1000, 499, true), (1000, 500, false), (0, 0, false)] {
            assert_eq!(halted(0, &swept(before, now), &SETTINGS), halts.then_some("directory_shrunk"), "{before} {now}");
        }
        let asked = |asked, lost| Facts { asked: (asked, lost), ..facts(100, 100) };
        for (number, lost, halts) in [(9, 9, false), (12, 11, true), (30, 15, false), (30, 16, true), (10, 10, false)] {
            assert_eq!(halted(0, &asked(number, lost), &SETTINGS), halts.then_some("directory_shrunk"), "{number} {lost}");
        }
    }
}
