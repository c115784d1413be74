//! Takes down what a look at everything found, for looks at a part.

use super::baseline::Baseline;
use super::proposal::Proposal;
use super::summary::Summary;
use crate::model::SourcePath;
use crate::plan::Decision;

/// A table with more rows is not kept in memory between passes.
const MOST_ROWS: usize = 50_000;

impl Baseline {
    /// What can be built on; none if the table is too large to be kept.
    pub(super) fn of(proposal: &Proposal, delivered: usize, summary: &Summary) -> Option<Self> {
        let Proposal { scan, files, view, plan, .. } = proposal;
        if scan.table.as_ref().is_some_and(|bound| bound.table().len() > MOST_ROWS) {
            return None;
        }
        let was = |path: &SourcePath| {
            let at = view.files.binary_search_by(|known| known.path.cmp(path)).ok()?;
            view.files[at].target.as_ref()
        };
        let of_entry = plan.entries.iter().flat_map(|entry| match &entry.decision {
            Decision::SupersededBy(target, _) => [Some(target), None],
            Decision::Held(target, _) => [target.as_ref(), was(&files[entry.file].path)],
            Decision::Unmatched => [was(&files[entry.file].path), None],
            Decision::Unchanged(_) | Decision::Deliver(..) | Decision::Pending(..) => [None, None],
        });
        Some(Self {
            settings: scan.settings.clone(),
            root: scan.root,
            table_file: scan.table_file,
            table: scan.table.clone(),
            known: scan.known.0,
            delivered,
            contested: of_entry.flatten().cloned().collect(),
            sums: summary.sums(),
        })
    }
}
