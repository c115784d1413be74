//! When to look next, and at what. Times are spans since the clock was made.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::{Settle, SettleSettings};
use crate::model::{Hint, PassCause, SourcePath};
use crate::pass::{Baseline, Summary};

/// After a look at everything that a hint set off, the next one waits this many times as long as that took.
const REST: u32 = 4;
/// ... but no longer than this for each file, and in all: it may have waited rather than worked.
const PER_FILE: Duration = Duration::from_micros(50);
const LONGEST_REST: Duration = Duration::from_secs(5);
/// What changed while it was read is looked at again after this long at least.
pub(super) const LEAST_SETTLE: Duration = Duration::from_millis(200);
/// A pass that could not be made, or found no source, is made again after this long ...
const FIRST_AGAIN: Duration = Duration::from_secs(10);
/// ... then ever later, by a quarter each time, up to this: the end of an outage is seen within a quarter of its length.
const LAST_AGAIN: Duration = Duration::from_secs(5 * 60);
/// After so many overwritten files, or this share of all if that is more, everything is looked at again: what keeps on coming
/// must not keep that from its turn.
const FEW_PARTS: usize = 64;
const SHARE_OF_PARTS: usize = 100;
/// So many files that were hinted at are known to be whole when everything is looked at; of others, their times tell.
const MOST_PUT_OFF: usize = 4_096;

/// When to look next.
pub(super) struct Schedule {
    settle: Settle,
    settle_span: Duration,
    full_pass_every: Duration,
    /// The next look at everything that nobody has to ask for.
    full_at: Duration,
    /// The next look after one that failed, or left something out; and what was the matter.
    again_at: Option<(Duration, PassCause)>,
    again_in: Duration,
    /// The last look that had to be made again was made in its time, not by chance before: the next one may wait longer.
    again_came: bool,
    /// No look at everything that a hint sets off before this.
    rest_until: Duration,
    /// What was hinted at and takes a look at everything.
    put_off: BTreeSet<SourcePath>,
    /// What the last look at everything found, and how many files may be looked at alone before the next one.
    baseline: Option<(Arc<Baseline>, usize)>,
}

impl Schedule {
    pub(super) fn new(settle: SettleSettings, full_pass_every: Duration, now: Duration) -> Self {
        Self {
            settle_span: settle.settle.max(LEAST_SETTLE),
            settle: Settle::new(settle),
            full_pass_every,
            full_at: now,
            again_at: None,
            again_in: FIRST_AGAIN,
            again_came: true,
            rest_until: now,
            put_off: BTreeSet::new(),
            baseline: None,
        }
    }

    /// Takes a hint.
    pub(super) fn hear(&mut self, hint: Hint, now: Duration) {
        self.settle.hear(hint, now);
    }

    /// Files that somebody writes to.
    pub(super) fn growing(&self) -> BTreeSet<SourcePath> {
        self.settle.growing().cloned().collect()
    }

    /// How long what may still change is left alone.
    pub(super) const fn settle_span(&self) -> Duration {
        self.settle_span
    }

    /// The next look at everything that nobody has to ask for.
    pub(super) const fn full_at(&self) -> Duration {
        self.full_at
    }

    /// When there is something to take next, unless a hint comes.
    pub(super) fn next_at(&self) -> Duration {
        let put_off = (!self.put_off.is_empty()).then_some(Duration::ZERO);
        let again = self.again_at.map(|(at, _)| at);
        let everything = self.settle.everything_at().into_iter().chain(put_off).chain(again).min();
        let everything = everything.map(|at| at.max(self.rest_until));
        everything.into_iter().chain(self.settle.next_paths_at()).fold(self.full_at, Duration::min)
    }

    /// Files to look at now that may be looked at alone, and what that would build on. Whoever can't is to be
    /// [put off](Self::put_off).
    pub(super) fn take_paths(&mut self, now: Duration) -> Option<(Arc<Baseline>, BTreeSet<SourcePath>)> {
        let paths = self.settle.take_paths(now);
        let baseline = self.baseline.as_ref().filter(|(_, left)| *left >= paths.len() && now < self.full_at);
        match baseline {
            Some((baseline, _)) if !paths.is_empty() => Some((Arc::clone(baseline), paths)),
            _ => {
                self.put_off(paths);
                None
            }
        }
    }

    /// Files are looked at alone: so many fewer may be before the next look at everything.
    pub(super) fn looked_alone(&mut self, files: usize) {
        if let Some((_, left)) = &mut self.baseline {
            *left = left.saturating_sub(files);
        }
    }

    /// These files take a look at everything.
    pub(super) fn put_off(&mut self, paths: BTreeSet<SourcePath>) {
        let room = MOST_PUT_OFF.saturating_sub(self.put_off.len());
        self.put_off.extend(paths.into_iter().take(room));
    }

    /// Whether to look at everything now: what set that off, and which files are known to be whole. `cause` is that of a look
    /// that nobody asked for.
    pub(super) fn take_everything(&mut self, cause: PassCause, now: Duration) -> Option<(PassCause, BTreeSet<SourcePath>)> {
        let cause = if now >= self.full_at {
            cause
        } else if now < self.rest_until {
            return None;
        } else if !self.put_off.is_empty() || self.settle.take_everything(now) {
            PassCause::Hint
        } else {
            self.again_at.filter(|(at, _)| *at <= now)?.1
        };
        match cause {
            PassCause::Again => self.again_came = true,
            // A person has done something about it.
            PassCause::Command => self.is_well(),
            _ => {}
        }
        let mut whole = std::mem::take(&mut self.put_off);
        // Not those that are written to again meanwhile.
        whole.retain(|path| !self.settle.is_growing(path));
        Some((cause, whole))
    }

    /// A look came to its end. `everything`: it was one at all there is.
    pub(super) fn ended(&mut self, begun: Duration, now: Duration, summary: Option<&Summary>, everything: bool) {
        if everything {
            let files = summary.map_or(0, |summary| summary.scanned);
            let by_files = PER_FILE * u32::try_from(files).unwrap_or(u32::MAX);
            self.rest_until = now + (now.saturating_sub(begun) * REST).min(by_files).min(LONGEST_REST);
            self.full_at = now + self.full_pass_every;
            self.again_at = None;
            let baseline = summary.and_then(|summary| summary.baseline.clone());
            self.baseline = baseline.map(|baseline| (baseline, FEW_PARTS.max(files / SHARE_OF_PARTS)));
        }
        if summary.is_none_or(|summary| summary.halted.is_some() || summary.stopped.is_some()) {
            self.baseline = None;
        }
    }

    /// Everything is to be looked at then.
    pub(super) fn again(&mut self, cause: PassCause, at: Duration) {
        if self.again_at.is_none_or(|(before, _)| at < before) {
            self.again_at = Some((at, cause));
        }
    }

    /// The same, each time later than before.
    pub(super) fn again_later(&mut self, cause: PassCause, now: Duration) {
        self.again(cause, now + self.again_in.min(self.full_pass_every));
        if std::mem::take(&mut self.again_came) {
            self.again_in = (self.again_in * 5 / 4).min(LAST_AGAIN);
        }
    }

    /// Nothing is the matter any more.
    pub(super) const fn is_well(&mut self) {
        (self.again_in, self.again_came) = (FIRST_AGAIN, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A schedule in which every look fails, and when the next one is due.
    fn failing() -> Schedule {
        let settle = SettleSettings { settle: SECOND };
        let mut schedule = Schedule::new(settle, 3_600 * SECOND, Duration::ZERO);
        fails(&mut schedule, PassCause::Start, SECOND);
        schedule
    }

    fn fails(schedule: &mut Schedule, cause: PassCause, now: Duration) {
        assert!(schedule.take_everything(cause, now).is_some(), "{cause} at {now:?}");
        schedule.ended(now, now, None, true);
        schedule.again_later(PassCause::Again, now);
    }

    #[test]
    fn looks_that_come_between_do_not_put_off_the_next_one() {
        let mut schedule = failing();
        assert_eq!(schedule.next_at(), 11 * SECOND);
        for at in 2..60 {
            schedule.again(PassCause::Settle, at * SECOND);
            fails(&mut schedule, PassCause::Timer, at * SECOND);
        }
        assert_eq!(schedule.next_at(), 59 * SECOND + SECOND * 25 / 2);
        // In their own time, each waits longer than the one before.
        let mut waits = Vec::new();
        for _ in 0..30 {
            let at = schedule.next_at();
            fails(&mut schedule, PassCause::Timer, at);
            waits.push(schedule.next_at().saturating_sub(at));
        }
        assert!(waits.is_sorted() && waits[29] == LAST_AGAIN && waits[4] < 40 * SECOND, "{waits:?}");
        // A person has asked for one.
        let now = schedule.next_at().saturating_sub(SECOND);
        schedule.again(PassCause::Command, now);
        fails(&mut schedule, PassCause::Timer, now);
        assert_eq!(schedule.next_at().saturating_sub(now), FIRST_AGAIN);
    }
}
