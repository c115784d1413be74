//! For a dry run: files that a pass would refuse for what they are, seen without decoding them or asking anybody.

use tokio::task::JoinSet;

use super::pass_error::PassError;
use super::proposal::Proposal;
use crate::delivery::Preparer;
use crate::model::{Problem, SourcePath};
use crate::plan::Decision;

/// Files looked at by one task: opening them is what takes time.
const TOGETHER: usize = 64;

impl Proposal {
    /// Holds whatever would be sent and can't be used.
    pub(crate) async fn refuse_unusable(&mut self, preparer: &Preparer) -> Result<(), PassError> {
        let sent = self.plan.entries.iter().enumerate().filter(|(_, entry)| matches!(entry.decision, Decision::Deliver(..)));
        let paths: Vec<(usize, SourcePath)> = sent.map(|(at, entry)| (at, self.files[entry.file].path.clone())).collect();
        let mut tasks = JoinSet::new();
        for together in paths.chunks(TOGETHER) {
            let (preparer, together) = (preparer.clone(), together.to_vec());
            tasks.spawn_blocking(move || {
                let look = |(at, path): (usize, SourcePath)| preparer.glance(&path).err().map(|problem| (at, problem));
                together.into_iter().filter_map(look).collect::<Vec<(usize, Problem)>>()
            });
        }
        while let Some(refused) = tasks.join_next().await {
            for (at, problem) in refused.map_err(|error| PassError::Panicked(error.to_string()))? {
                let decision = &mut self.plan.entries[at].decision;
                if let Decision::Deliver(target, ..) = decision {
                    *decision = Decision::Held(Some(target.clone()), problem);
                }
            }
        }
        Ok(())
    }
}
