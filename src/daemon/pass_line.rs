//! The line that a pass of the service leaves in the log.

use std::collections::BTreeMap;

use crate::model::{PassCause, Reason, Stopped, spelled};
use crate::pass::Summary;

/// One line a pass; where a share is looked at every few seconds, one for those that come to something else.
#[derive(Debug, Default)]
pub(super) struct PassLine {
    /// What the last pass came to.
    came_to: Option<[usize; 7]>,
    /// What could not be used beside the photos, as it was told last.
    unusable: BTreeMap<Reason, u32>,
}

impl PassLine {
    pub(super) fn tell(&mut self, cause: PassCause, summary: &Summary) {
        if summary.stopped == Some(Stopped::Directory) && summary.scanned == 0 {
            tracing::info!(
                pass = summary.pass,
                "Pass {} ({cause}) looked at nothing: the directory can't be asked",
                summary.pass
            );
            return;
        }
        self.tell_unusable(summary);
        let count = |count| usize::try_from(count).unwrap_or(usize::MAX);
        let came_to = [
            summary.scanned,
            summary.unmatched,
            summary.unresolved,
            summary.unchanged,
            count(summary.due),
            count(summary.waiting),
            count(summary.blocked),
        ];
        let as_before = self.came_to.replace(came_to) == Some(came_to);
        if as_before && matches!(cause, PassCause::Hint | PassCause::Again) {
            tracing::debug!(pass = summary.pass, "Pass {} ({cause}) came to the same as the one before", summary.pass);
            return;
        }
        tracing::info!(
            pass = summary.pass,
            cause = cause.as_str(),
            scanned = summary.scanned,
            unmatched = summary.unmatched,
            unresolved = summary.unresolved,
            due = summary.due,
            waiting = summary.waiting,
            blocked = summary.blocked,
            elapsed_ms = summary.elapsed_ms,
            "Pass {} ({cause}): {} files, {} unmatched, {} in step; {} due, {} waiting, {} blocked",
            summary.pass,
            summary.scanned,
            summary.unmatched,
            summary.unchanged,
            summary.due,
            summary.waiting,
            summary.blocked
        );
    }

    /// What can't be used beside the photos, in numbers: places and rows name people.
    fn tell_unusable(&mut self, summary: &Summary) {
        let unusable: BTreeMap<Reason, u32> = summary.standing.unusable().collect();
        if self.unusable == unusable {
            return;
        }
        for (reason, count) in &unusable {
            tracing::warn!(
                reason = reason.as_str(),
                count,
                "{count} beside the photos can't be used ({reason}); {}",
                spelled(&format!("`photosyncd status --reason {reason}` says which"))
            );
        }
        if unusable.is_empty() {
            tracing::info!("Whatever there is beside the photos can be used again");
        }
        self.unusable = unusable;
    }
}
