//! What a look at everything found, as far as a look at a part of the source can build on it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::mapping::BoundTable;
use crate::model::{Digest, Fingerprint, Reason, TargetId, Timestamp};
use crate::source::RootId;

/// What a look at everything found.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// The settings, as a hash.
    pub(super) settings: String,
    /// Which directory the source was.
    pub(super) root: RootId,
    /// What the table was read from, if there is one.
    pub(super) table_file: Option<TableStamp>,
    /// The table itself, and what it says of the files that were there.
    pub(super) table: Option<Arc<BoundTable>>,
    /// Files that were known before.
    pub(super) known: usize,
    /// Photos of ours in the tenant.
    pub(super) delivered: usize,
    /// Targets that more than one file names, or whose file is held: what becomes of them, only all of their files tell.
    pub(super) contested: HashSet<TargetId>,
    /// What it came to.
    pub(super) sums: Sums,
}

/// What a table was read from: what the file held, its stamps, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableStamp {
    pub(super) digest: Digest,
    pub(super) stamps: Fingerprint,
    pub(super) read_at: Timestamp,
}

/// What a look at everything came to, in numbers that a part changes little.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub(super) scanned: usize,
    pub(super) unmatched: usize,
    pub(super) matched: usize,
    pub(super) unresolved: usize,
    pub(super) out_of_scope: usize,
    pub(super) unchanged: usize,
    /// Targets in step when it was written down: photos that arrive from then on add to what is unchanged.
    pub(super) in_step: u32,
    pub(super) same_picture: usize,
    pub(super) pending_removals: usize,
    pub(super) forbidden: bool,
    pub(super) unusable: BTreeMap<Reason, u32>,
}

impl Baseline {
    /// Whether nobody but the file that speaks for it has a word in what becomes of a target.
    pub(super) fn is_uncontested(&self, target: &TargetId) -> bool {
        !self.contested.contains(target) && !target.twin().is_some_and(|twin| self.contested.contains(&twin))
    }
}
