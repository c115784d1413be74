//! From what Graph said to what becomes of the photo.

use std::time::Duration;

use crate::flow::{RetryPolicy, Sign};
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

/// What becomes of a photo whose delivery failed. `believed`: its trouble may be its own; `refusals`: how often Graph has said
/// "slow down" in a row, to whomever; `chance` is drawn evenly from 0..1.
pub(super) fn outcome(
    retry: &RetryPolicy,
    due: &Due,
    failure: &Failure,
    believed: bool,
    refusals: u32,
    chance: f64,
    now: Timestamp,
) -> Outcome {
    let mut problem = failure.problem();
    if outage_signal(failure) == Some(Sign::Certain) {
        problem.reason = Reason::Transient;
    }
    if failure.class == Class::NotPossible {
        problem.reason = Reason::RemovalNotPossible;
    }
    let attempts = due.attempts.saturating_add(1);
    let failing_for = due.failing_since.map_or(Duration::ZERO, |since| now.since(since));
    let backed_off = |tries: u32| retry.delay(tries, chance);
    let accident = retry.after_accident(attempts, chance);
    let asked = failure.retry_after.unwrap_or(Duration::ZERO);
    let wait = |span: Duration, counts: bool| Outcome::Wait { until: now.plus(span), problem: problem.clone(), counts };
    match failure.class {
        // Not this photo's fault: nothing is counted against it.
        Class::Throttled if asked.is_zero() => wait(backed_off(refusals.max(1)).max(THROTTLED_AT_LEAST), false),
        Class::Throttled => wait(asked, false),
        Class::SignIn => wait(backed_off(attempts).max(asked), false),
        _ if outage_signal(failure) == Some(Sign::Certain) => wait(accident.max(asked), false),
        Class::Transient if !retry.gives_up(failing_for) => wait(accident.max(asked), true),
        Class::FewTries if attempts < FEW || !believed => wait(backed_off(attempts).max(asked), true),
        Class::TargetNotReady if failing_for < NOT_READY_FOR => wait(NOT_READY_EVERY.max(asked), true),
        Class::Transient | Class::FewTries => Outcome::Blocked { problem: given_up(failure, attempts) },
        _ => Outcome::Blocked { problem },
    }
}

/// Whether a failure is a sign that nobody can be reached; if not, Graph itself has answered.
pub(super) fn outage_signal(failure: &Failure) -> Option<Sign> {
    match (failure.class, failure.status) {
        // A redirect or a page for people: the sign-in page of a network, or a proxy.
        (Class::Offline, _) | (Class::Transient | Class::Bug, Some(200..=399)) => Some(Sign::Certain),
        // Whatever its status: what is nobody's verdict may be everybody's trouble.
        (Class::Transient, _) => Some(Sign::Possible),
        (Class::FewTries, _) => Some(Sign::Vague),
        _ => None,
    }
}

/// Whether nobody seems to answer at all, so that asking about others is of no use.
pub(super) fn is_down(failure: &Failure) -> bool {
    match outage_signal(failure) {
        Some(Sign::Certain) => true,
        Some(Sign::Possible) => failure.status.is_none_or(|status| status == 408 || status >= 500),
        Some(Sign::Vague) | None => false,
    }
}

/// A try that ended in a panic: a fault of the program, which trying again does not mend.
pub(super) fn panicked(error: &str) -> Problem {
    Problem::new(Reason::GaveUp, format!("internal error during the upload ({error})"))
        .with_cure("Report this as a bug of photosyncd; `photosyncd retry` tries once more.")
}

fn given_up(failure: &Failure, attempts: u32) -> Problem {
    Problem { reason: failure.final_reason, ..failure.problem() }
        .with_detail(format!("{failure}; {attempts} tries"))
        .with_cure(failure.cure.when_given_up())
}

/// A failed read or preparation as an outcome: the file's own trouble, cured by a change of the file.
pub(super) fn of_file(problem: Problem) -> Outcome {
    match problem.reason {
        Reason::FileChanging => Outcome::Superseded,
        _ => Outcome::Blocked { problem },
    }
}
