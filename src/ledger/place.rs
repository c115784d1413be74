//! Whether the files of an open ledger are still those that lie at their names: what is written into a file that was
//! deleted, or that another one was moved over, is lost with the process.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::LedgerError;
use super::recover::with;

/// The ledger, and what lies beside it for as long as it is open: its log, the index of that, the lock.
const ENDS: [&str; 4] = ["", "-wal", "-shm", ".lock"];

/// Where the files of an open ledger lie, and which they are.
#[derive(Clone, Debug)]
pub(super) struct Place(Vec<(PathBuf, FileId)>);

/// Device and inode.
type FileId = (u64, u64);

impl Place {
    /// That of a ledger that was just opened.
    pub(super) fn of(ledger: &Path) -> Self {
        let files = ENDS.iter().map(|end| with(ledger, end));
        Self(files.filter_map(|path| found(&path).ok().flatten().map(|id| (path, id))).collect())
    }

    /// Looks whether they are still there. Where nobody may look, nothing is known, and nothing is said.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        for (path, id) in &self.0 {
            match found(path) {
                Ok(Some(now)) if now == *id => {}
                Ok(now) => return Err(LedgerError::Gone { path: path.clone(), replaced: now.is_some() }),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

fn found(path: &Path) -> std::io::Result<Option<FileId>> {
    match std::fs::metadata(path) {
        Ok(data) => Ok(Some((data.dev(), data.ino()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Identity, Ledger, Reader};
    use crate::model::Timestamp;

    /// Each file of a ledger at work is deleted, moved away, or another one is moved over it.
    #[tokio::test]
    async fn whatever_file_of_a_ledger_is_gone_nothing_more_is_taken() {
        let now = Timestamp::from_millis(0);
        let identity = Identity { cloud: "global".into(), tenant: "a".into() };
        for end in ENDS {
            for replaced in [false, true] {
                let state = tempfile::tempdir().unwrap();
                let path = state.path().join("ledger.db");
                let ledger = Ledger::open(&path, &identity, now).unwrap();
                ledger.check_writable().await.unwrap();
                ledger.check_place().unwrap();
                let (file, aside) = (with(&path, end), state.path().join("aside"));
                std::fs::rename(&file, &aside).unwrap();
                if replaced {
                    std::fs::copy(&aside, &file).unwrap();
                }
                let is_gone =
                    |error| matches!(error, LedgerError::Gone { path, replaced: other } if path == file && other == replaced);
                assert!(is_gone(ledger.check_place().unwrap_err()), "{end} {replaced}");
                assert!(is_gone(ledger.check_writable().await.unwrap_err()), "{end} {replaced}");
                assert!(is_gone(ledger.read(Reader::counts).await.unwrap_err()), "{end} {replaced}");
                std::fs::rename(&aside, &file).unwrap();
                ledger.check_writable().await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn another_file_in_its_place_is_not_vouched_for() {
        let now = Timestamp::from_millis(0);
        let identity = Identity { cloud: "global".into(), tenant: "a".into() };
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let ledger = Ledger::open(&path, &identity, now).unwrap();
        std::fs::copy(&path, state.path().join("other")).unwrap();
        std::fs::rename(state.path().join("other"), &path).unwrap();
        drop(ledger);
        let lines = std::fs::read_to_string(with(&path, ".lock")).unwrap();
        assert_eq!(lines.lines().count(), 2, "no seal: {lines}");
    }
}
