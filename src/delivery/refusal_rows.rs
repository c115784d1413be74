//! Refusals that tell of one target's own trouble, and come for one after the other while nobody succeeds: they may be
//! everybody's.
//!
//! Each is taken for what it says; only who took a photo before, and is refused with others in a row, is a sign of an
//! outage. A row of the same refusals is looked at once more when one of the kind succeeds after it. Where nobody else is
//! due, a service tries one of the row, a few times: from then on each waits for its own next look.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::graph::{Class, Failure};
use crate::ledger::Due;
use crate::model::{Generation, TargetId, TargetKind};

/// So many different ones in a row: fewer are who they are.
const ROW: usize = 5;
/// One of the row is tried after this long, then after so many times as long ...
const FIRST_LOOK: Duration = Duration::from_secs(5);
const GROWTH: u32 = 3;
/// ... so often, within ten minutes.
const LOOKS: u32 = 5;

/// One try of one wish.
type Try = (TargetId, Generation);

/// What is refused in the same way, and nobody succeeded since.
#[derive(Debug)]
struct Row {
    class: Class,
    code: Option<String>,
    /// Who was refused, of which wish, and when that request left.
    refused: HashMap<TargetId, (Generation, Duration)>,
    /// One of them took a photo before.
    has_ours: bool,
    looks: u32,
    look_at: Option<Duration>,
}

/// Refusals in a row, by kind.
#[derive(Debug, Default)]
pub(super) struct RefusalRows {
    by_kind: HashMap<TargetKind, Row>,
    /// Who was looked at once more, of which wish: that was enough.
    looked: HashMap<TargetId, Generation>,
    /// Kinds of which everybody was refused for so long that it is believed of each.
    believed: HashSet<TargetKind>,
    /// Nobody comes back later: one of a row is tried by itself.
    pub(super) goes_on: bool,
}

impl RefusalRows {
    /// Whether a failure tells of its target's own trouble.
    pub(super) const fn is_one(failure: &Failure) -> bool {
        use Class::{Guest, NoMailbox, PhotoRefused, PhotoTooLarge, TargetMissing, TargetNotReady};
        matches!(failure.class, Guest | NoMailbox | PhotoRefused | PhotoTooLarge | TargetMissing | TargetNotReady)
    }

    /// Whether it may be an outage's, and is no proof that Graph answers: who is refused took a photo before.
    pub(super) fn is_sign(&self, kind: TargetKind, has_ours: bool, failure: &Failure) -> bool {
        has_ours && Self::is_one(failure) && !self.believed.contains(&kind)
    }

    /// Whether it is said as it was to such a one just before: it proves nothing then.
    pub(super) fn is_alike(&self, kind: TargetKind, failure: &Failure) -> bool {
        let row = self.by_kind.get(&kind).filter(|row| row.has_ours && !self.believed.contains(&kind));
        row.is_some_and(|row| row.is_of(failure))
    }

    /// Everybody of the kind has been refused for so long that it is believed, until one succeeds.
    pub(super) fn believe(&mut self, kind: TargetKind) {
        self.believed.insert(kind);
    }

    /// This wish was refused; its request left at `left`.
    pub(super) fn refused(&mut self, due: &Due, failure: &Failure, left: Duration, now: Duration) {
        let row = self.by_kind.entry(due.target.kind()).or_insert_with(|| Row::new(failure));
        if !row.is_of(failure) {
            *row = Row::new(failure);
        }
        row.refused.insert(due.target.clone(), (due.generation, left));
        row.has_ours |= due.ours.is_some();
        if self.goes_on && row.look_at.is_none() && row.looks < LOOKS && row.refused.len() >= ROW {
            row.look_at = Some(now + FIRST_LOOK * GROWTH.pow(row.looks));
        }
    }

    /// One of the kind succeeded, whose request left at `left`: if an outage refused what left
    /// before, it is over. Says who is to be looked at once more.
    pub(super) fn refuted(&mut self, kind: TargetKind, left: Duration) -> Vec<Try> {
        self.believed.remove(&kind);
        let Some(row) = self.by_kind.get_mut(&kind) else { return Vec::new() };
        let mut before = row.until(left);
        if before.len() >= ROW {
            // Other kinds, of which there may be few, were refused in the same way at the same time.
            let refused = (row.class, row.code.clone());
            let alike = self.by_kind.values_mut().filter(|row| (row.class, &row.code) == (refused.0, &refused.1));
            before.extend(alike.flat_map(|row| row.until(left)).collect::<Vec<_>>());
        } else {
            before.clear();
        }
        self.by_kind.retain(|_, row| !row.refused.is_empty());
        let tries = before.into_iter().map(|(target, (generation, _))| (target, generation));
        tries.filter(|(target, generation)| self.looked.insert(target.clone(), *generation) != Some(*generation)).collect()
    }

    /// Who is to be tried now for all of a row.
    pub(super) fn due_looks(&mut self, now: Duration) -> Vec<Try> {
        let mut due = Vec::new();
        for row in self.by_kind.values_mut().filter(|row| row.look_at.is_some_and(|at| at <= now)) {
            row.look_at = None;
            row.looks += 1;
            // Each time another one: who was tried longest ago.
            let first = row.refused.iter().min_by_key(|(_, (_, left))| *left);
            due.extend(first.map(|(target, (generation, _))| (target.clone(), *generation)));
        }
        due
    }

    /// When the next of these is due.
    pub(super) fn next_look(&self) -> Option<Duration> {
        self.by_kind.values().filter_map(|row| row.look_at).min()
    }
}

impl Row {
    fn new(failure: &Failure) -> Self {
        let (class, code) = (failure.class, failure.code.clone());
        Self { class, code, refused: HashMap::new(), has_ours: false, looks: 0, look_at: None }
    }

    /// Takes out whoever was refused until then.
    fn until(&mut self, left: Duration) -> Vec<(TargetId, (Generation, Duration))> {
        self.refused.extract_if(|_, (_, at)| *at <= left).collect()
    }

    fn is_of(&self, failure: &Failure) -> bool {
        (self.class, &self.code) == (failure.class, &failure.code)
    }
}

#[cfg(test)]
#[path = "refusal_rows_tests.rs"]
mod tests;
