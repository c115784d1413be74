//! The brakes over a plan: what would do harm stops the pass and says what to type to go on.

use std::fmt::Write as _;

use serde::Serialize;

use super::planner::{Plan, Why};

/// How much a single pass may do by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct GuardSettings {
    /// Most delivered photos that may be replaced in one pass, in percent of those delivered. 100: no limit.
    pub max_changes_percent: f64,
    /// Most photos that may be taken out of the tenant in one pass.
    pub max_removals: usize,
    /// The same in percent of those delivered; the smaller of the two holds. Above 0, a single removal always passes:
    /// one person who opts out of a company of thirty is no flood.
    pub max_removals_percent: f64,
    /// Whether a source without a single file stops the pass.
    pub refuse_empty_source: bool,
}

/// What the guard must know beside the plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Files seen in the source.
    pub scanned: usize,
    /// Targets that hold a photo delivered by us.
    pub delivered: usize,
}

/// The guard's no.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Halt {
    /// Which brake: a stable name.
    pub guard: &'static str,
    /// The numbers, and what to do.
    pub message: String,
}

/// Looks at a plan before anything is done. `None` lets it pass.
pub fn guard(plan: &Plan, facts: Facts, settings: &GuardSettings) -> Option<Halt> {
    if settings.refuse_empty_source && facts.scanned == 0 {
        let mut message = "the source directory holds no files".to_owned();
        if facts.delivered > 0 {
            _ = write!(message, " (photos delivered before: {})", facts.delivered);
        }
        message.push_str("; check that the share is mounted. If it is meant to be empty, run `photosyncd reconcile --force` once or set guard.refuse_empty_source: false");
        return Some(Halt { guard: "empty_source", message });
    }
    let removals = plan.removals.len();
    let many = percent(removals, facts.delivered) > settings.max_removals_percent;
    let single = removals == 1 && settings.max_removals_percent > 0.0;
    if removals > settings.max_removals || many && !single {
        return Some(Halt {
            guard: "removals",
            message: format!(
                "{removals} of {} delivered photos would be removed from the tenant; allowed at once are {} and {} % (guard.max_removals, guard.max_removals_percent). If that is meant, run `photosyncd reconcile --force` once",
                facts.delivered, settings.max_removals, settings.max_removals_percent
            ),
        });
    }
    let changes = plan.deliveries().filter(|(_, _, _, why)| matches!(why, Why::Changed | Why::Recipe { .. })).count();
    if percent(changes, facts.delivered) > settings.max_changes_percent {
        return Some(Halt {
            guard: "changes",
            message: format!(
                "{changes} of {} delivered photos would be replaced; allowed at once are {} % (guard.max_changes_percent). If that is meant, run `photosyncd reconcile --force` once",
                facts.delivered, settings.max_changes_percent
            ),
        });
    }
    None
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
    use crate::model::{ObjectId, TargetId};

    const SETTINGS: GuardSettings =
        GuardSettings { max_changes_percent: 100.0, max_removals: 10, max_removals_percent: 2.0, refuse_empty_source: true };

    fn halted(removals: usize, facts: Facts, settings: &GuardSettings) -> Option<&'static str> {
        let removals = (0..removals).map(|at| TargetId::User(ObjectId::new(&at.to_string()))).collect();
        guard(&Plan { removals, ..Plan::default() }, facts, settings).map(|halt| halt.guard)
    }

    #[test]
    fn an_empty_source_halts_unless_allowed() {
        let facts = Facts { scanned: 0, delivered: 5 };
        assert_eq!(halted(0, facts, &SETTINGS), Some("empty_source"));
        assert_eq!(halted(0, facts, &GuardSettings { refuse_empty_source: false, ..SETTINGS }), None);
    }

    #[test]
    fn removals_halt_by_count_and_by_share() {
        let facts = |delivered| Facts { scanned: 1, delivered };
        assert_eq!(halted(10, facts(1000), &SETTINGS), None);
        assert_eq!(halted(11, facts(1000), &SETTINGS), Some("removals"));
        assert_eq!(halted(2, facts(100), &SETTINGS), None);
        assert_eq!(halted(3, facts(100), &SETTINGS), Some("removals"));
        assert_eq!(halted(1, facts(7), &SETTINGS), None, "one is no flood");
        assert_eq!(halted(2, facts(7), &SETTINGS), Some("removals"));
        assert_eq!(halted(1, facts(7), &GuardSettings { max_removals: 0, ..SETTINGS }), Some("removals"));
        assert_eq!(halted(1, facts(7), &GuardSettings { max_removals_percent: 0.0, ..SETTINGS }), Some("removals"));
    }
}
