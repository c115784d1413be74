//! File systems that are mounted below the root of the source: one that is unmounted leaves an empty folder, and its
//! files are as absent as deleted ones. The root itself is watched over by the guard.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::FileStamp;
use crate::model::{Problem, Reason, SourcePath};

/// What became of the files of one file system.
#[derive(Debug, Default)]
struct Files {
    there: usize,
    missing: usize,
    /// The first that is missing.
    such_as: Option<SourcePath>,
}

/// The file systems that known files lay on, against those that were seen.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    root: Option<u64>,
    seen: BTreeSet<u64>,
    files: BTreeMap<u64, Files>,
}

impl Mounts {
    /// `root`: the device of the root at the last pass; `seen`: devices of the directories seen now.
    pub(super) fn new(root: Option<u64>, seen: BTreeSet<u64>) -> Self {
        Self { root, seen, files: BTreeMap::new() }
    }

    /// A known file is there.
    pub(super) fn has(&mut self, note: &FileStamp) {
        self.files.entry(note.fingerprint.device).or_default().there += 1;
    }

    /// A known file is not there.
    pub(super) fn misses(&mut self, note: &FileStamp) {
        let files = self.files.entry(note.fingerprint.device).or_default();
        files.missing += 1;
        files.such_as.get_or_insert_with(|| note.path.clone());
    }

    /// Where file systems are not mounted any more, and why that is a problem; none if all are. Device numbers change
    /// with a restart: one that most known files outlive was mounted again.
    pub(super) fn lost(self) -> Option<Vec<(String, Problem)>> {
        let Self { root, seen, files } = self;
        let is_lost = |(device, files): &(u64, Files)| {
            Some(*device) != root && root.is_some() && !seen.contains(device) && files.there < files.missing
        };
        let problem = |(_, files): (u64, Files)| {
            let such_as = files.such_as.as_ref()?;
            let folder = such_as.as_str().rsplit_once('/').map_or(".", |(folder, _)| folder);
            let detail = format!(
                "{} of the files known from here lay on a file system that is not mounted now, such as {such_as}; nothing is concluded from their absence",
                files.missing
            );
            let cure = "Mount it again. If it is gone for good, add the folder to source.ignore.";
            Some((folder.to_owned(), Problem::new(Reason::FileUnreadable, detail).with_cure(cure)))
        };
        let lost: Vec<_> = files.into_iter().filter(is_lost).filter_map(problem).collect();
        (!lost.is_empty()).then_some(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fingerprint, Timestamp};

    fn note(path: &str, device: u64) -> FileStamp {
        FileStamp {
            path: SourcePath::new(path).unwrap(),
            fingerprint: Fingerprint { device, ..Fingerprint::default() },
            read_at: Timestamp::default(),
            bound_at: None,
        }
    }

    fn told(root: Option<u64>, seen: &[u64], there: &[(&str, u64)], missing: &[(&str, u64)]) -> Option<String> {
        let mut mounts = Mounts::new(root, seen.iter().copied().collect());
        for (path, device) in there {
            mounts.has(&note(path, *device));
        }
        for (path, device) in missing {
            mounts.misses(&note(path, *device));
        }
        Some(mounts.lost()?.remove(0).0)
    }

    #[test]
    fn files_of_a_file_system_that_is_not_mounted_are_not_gone() {
        let (there, missing) = ([("groups/a.jpg", 1)], [("users/a.jpg", 2), ("users/b.jpg", 2)]);
        assert_eq!(told(Some(1), &[1], &there, &missing).as_deref(), Some("users"));
        // It is mounted, and they were deleted.
        assert_eq!(told(Some(1), &[1, 2], &there, &missing), None);
        // Mounted again under another number, with most of its files.
        assert_eq!(told(Some(1), &[1, 3], &[("users/c.jpg", 2), ("users/d.jpg", 2)], &missing), None);
        // The root's own files are the guard's business, whatever device it was on.
        assert_eq!(told(Some(2), &[1], &there, &missing), None);
        // Nothing is known of the root yet: a ledger from before.
        assert_eq!(told(None, &[1], &there, &missing), None);
    }
}
