//! What people see where thousands of photos are concerned: as many lines as for ten, and the same figures everywhere.

mod causes;
mod deeds;
mod explain;
mod halted;
mod halts;
mod names;
mod outage;
mod partition;
mod progress;

use crate::world::Outcome;

/// What was said on stdout, in lines.
fn lines(outcome: &Outcome) -> usize {
    outcome.stdout.lines().count()
}

/// What was said on stdout and stderr, in lines.
fn all_lines(outcome: &Outcome) -> usize {
    lines(outcome) + outcome.stderr.lines().count()
}
