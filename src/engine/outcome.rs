//! From what Graph said to what becomes of the photo.

use std::time::Duration;

use super::Engine;
use crate::graph::{Class, Failure};
use crate::ledger::Due;
use crate::model::{Outcome, Problem, Reason, Timestamp};

/// Failures that may be permanent in disguise are tried this often before they are shown to a person.
const FEW: u32 = 5;
/// New teams and groups are tried once a minute ...
const NOT_READY_EVERY: Duration = Duration::from_secs(60);
/// ... for this long: Microsoft says that provisioning takes up to 15 minutes.
const NOT_READY_FOR: Duration = Duration::from_secs(15 * 60);
/// Shortest wait after Graph said "slow down" without saying how long.
const THROTTLED_AT_LEAST: Duration = Duration::from_secs(1);

/// A failure as a problem that a person can act on.
pub(super) fn problem(failure: &Failure) -> Problem {
    Problem::new(failure.reason(), failure.to_string()).with_cure(failure.cure.clone())
}

impl Engine {
    /// What becomes of a photo whose delivery failed.
    pub(super) fn outcome(&self, due: &Due, failure: &Failure, now: Timestamp) -> Outcome {
        let problem = problem(failure);
        let attempts = due.attempts.saturating_add(1);
        let failing_for = due.failing_since.map_or(Duration::ZERO, |since| now.since(since));
        let chance = fastrand::f64();
        let backed_off = |tries: u32| self.upload.retry.delay(tries, chance);
        let asked = failure.retry_after.unwrap_or(Duration::ZERO);
        let wait = |span: Duration, counts: bool| Outcome::Wait { until: now.plus(span), problem: problem.clone(), counts };
        match failure.class {
            // Not this photo's fault: nothing is counted against it.
            Class::Throttled if asked.is_zero() => wait(backed_off(attempts).max(THROTTLED_AT_LEAST), false),
            Class::Throttled => wait(asked, false),
            Class::Offline | Class::SignIn => wait(backed_off(attempts).max(asked), false),
            Class::Transient if !self.upload.retry.gives_up(failing_for) => wait(backed_off(attempts).max(asked), true),
            Class::FewTries if attempts < FEW => wait(backed_off(attempts).max(asked), true),
            Class::TargetNotReady if failing_for < NOT_READY_FOR => wait(NOT_READY_EVERY.max(asked), true),
            Class::Transient | Class::FewTries => Outcome::Blocked { problem: given_up(failure, attempts) },
            _ => Outcome::Blocked { problem },
        }
    }
}

fn given_up(failure: &Failure, attempts: u32) -> Problem {
    Problem { reason: failure.final_reason, ..problem(failure) }.with_detail(format!("{failure}; {attempts} tries"))
}

/// A failed read or preparation as an outcome: the file's own trouble, cured by a change of the file.
pub(super) fn of_file(problem: Problem) -> Outcome {
    match problem.reason {
        Reason::FileChanging => Outcome::Superseded,
        _ => Outcome::Blocked { problem },
    }
}
