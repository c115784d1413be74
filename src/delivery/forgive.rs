//! Tries that failed in an outage: they are taken back when their outcome is on the disk.

use std::collections::HashSet;
use std::time::Duration;

use super::scheduler::Scheduler;
use crate::model::{Generation, TargetId};

/// Whose tries are taken back, and whether the next ones go out at once.
pub(super) type Forgiven = (Vec<(TargetId, Generation)>, bool);

impl Scheduler {
    /// Tries to be forgiven whose outcome is on the disk by now, and those of a row that are to be made once more.
    pub(super) fn forgivable(&mut self, now: Duration) -> [Forgiven; 2] {
        self.to_resume.extend(self.rows.due_looks(now));
        if self.to_forgive.is_empty() && self.to_resume.is_empty() {
            return Default::default();
        }
        let unrecorded: HashSet<TargetId> = self.unrecorded().cloned().collect();
        let forgiven = [(&mut self.to_forgive, false), (&mut self.to_resume, true)]
            .map(|(which, resumes)| (which.extract_if(.., |(target, _)| !unrecorded.contains(target)).collect(), resumes));
        // Whoever was blocked or waits may be due with that.
        if forgiven.iter().any(|(which, _): &Forgiven| !which.is_empty()) {
            self.claim_anew();
        }
        forgiven
    }
}
