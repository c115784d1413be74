//! Tries that failed in an outage: they are taken back when their outcome is on the disk.

use std::collections::HashSet;

use super::scheduler::Scheduler;
use crate::model::{Generation, TargetId};

/// Whose tries are taken back, and whether the next ones go out at once.
pub(super) type Forgiven = (Vec<(TargetId, Generation)>, bool);

impl Scheduler {
    /// Tries to be forgiven whose outcome is on the disk by now.
    pub(super) fn forgivable(&mut self) -> [Forgiven; 2] {
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
