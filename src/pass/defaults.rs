//! The default pictures of a pass: with what prepares them, who is in their groups, and what the ledger remembers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::scan::is_unchanged;
use crate::delivery::Preparer;
use crate::ledger::{FileStamp, FileStamps};
use crate::model::{Fingerprint, ObjectId, SourcePath, Timestamp};
use crate::source::ScannedFile;

/// People in a group: their ids and sign-in names.
pub(super) type People = Vec<(ObjectId, String)>;

/// Who is in the groups, in their order, as of when.
pub(super) type AskedMembers = (Duration, Arc<Vec<People>>);

/// The default pictures, with who is in their groups.
#[derive(Clone)]
pub(crate) struct Defaults {
    /// Reads and prepares them.
    pub preparer: Preparer,
    pub(super) members: Arc<Mutex<Option<AskedMembers>>>,
}

/// What the ledger remembers of them.
pub(super) struct KnownDefaults {
    pub(super) stamps: HashMap<SourcePath, FileStamp>,
    not_in_step: HashSet<SourcePath>,
}

impl KnownDefaults {
    /// Takes them out of the stamps of files.
    pub(super) fn take(notes: &mut FileStamps) -> Self {
        let stamps = notes.take_default_pictures().into_iter().map(|stamp| (stamp.path.clone(), stamp)).collect();
        let not_in_step = notes.not_in_step.iter().filter(|path| path.is_default_picture()).cloned().collect();
        Self { stamps, not_in_step }
    }

    /// Whether nothing happened to somebody's picture since it was planned for.
    pub(super) fn stands(&self, path: &SourcePath, fingerprint: Fingerprint, now: Timestamp) -> bool {
        let seen = ScannedFile { path: path.clone(), fingerprint, problem: None };
        !self.not_in_step.contains(path) && self.stamps.get(path).is_some_and(|note| is_unchanged(note, &seen, now))
    }
}

impl Defaults {
    /// As the settings say.
    pub(crate) fn new(preparer: Preparer) -> Self {
        Self { preparer, members: Arc::default() }
    }
}
