//! Which files are left for the next scan, since they may still be being written.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Fingerprint, SourcePath, Timestamp};
use crate::source::ScannedFile;

/// Files that may still be being written are left for the next scan: they keep what is known of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettleFilter {
    /// Files touched within this span before the scan are not read.
    pub span: Duration,
    /// Files that are known to be whole all the same.
    pub complete: BTreeSet<SourcePath>,
    /// Files that somebody writes to.
    pub being_written: BTreeSet<SourcePath>,
}

impl SettleFilter {
    /// Whether the file may be half written.
    pub(super) fn holds_back(&self, seen: &ScannedFile, now: Timestamp) -> bool {
        if seen.problem.is_some() || self.complete.contains(&seen.path) {
            return false;
        }
        if self.being_written.contains(&seen.path) {
            return true;
        }
        self.is_touched(&seen.fingerprint, now)
    }

    /// Whether it was touched within the span.
    pub(super) fn is_touched(&self, stamps: &Fingerprint, now: Timestamp) -> bool {
        let touched = Timestamp::from_millis(stamps.mtime_ns.max(stamps.ctime_ns) / 1_000_000);
        // A share's clock may be ahead of ours, but a stamp from far ahead is none that time will catch up with.
        now.since(touched) < self.span && touched.since(now) < self.span
    }
}
