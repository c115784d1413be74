//! Where a proposal remembers from.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ledger::{Ledger, LedgerError, Notes, Reader, Remembered};
use crate::model::{KnownTarget, LedgerView, SourcePath, TargetId, Timestamp};

/// Where a proposal remembers from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LedgerSource<'a> {
    /// The ledger of this process.
    Ledger(&'a Ledger),
    /// A ledger that is only read. Nothing stands still then: every file is planned for, to be shown.
    /// One look at a time: a connection is for one thread.
    Reader(&'a Mutex<Reader>),
    /// There is no ledger yet.
    Nothing,
}

impl LedgerSource<'_> {
    pub(super) async fn notes(self) -> Result<Notes, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.notes().await,
            Self::Reader(reader) => {
                let mut notes = locked(reader).notes()?;
                notes.restless = notes.files.iter().map(|note| note.path.clone()).collect();
                Ok(notes)
            }
            Self::Nothing => Ok(Notes::default()),
        }
    }

    pub(super) async fn view(self, paths: Vec<SourcePath>) -> Result<LedgerView, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.view(paths).await,
            Self::Reader(reader) => locked(reader).view(&paths),
            Self::Nothing => Ok(LedgerView::default()),
        }
    }

    pub(super) async fn known_targets(self, targets: Vec<TargetId>) -> Result<HashMap<TargetId, KnownTarget>, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.known_targets(targets).await,
            Self::Reader(reader) => locked(reader).known_targets(&targets),
            Self::Nothing => Ok(HashMap::new()),
        }
    }

    pub(super) async fn pins(self, keys: HashSet<String>) -> Result<HashMap<Arc<str>, Vec<TargetId>>, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.pins(keys).await,
            Self::Reader(reader) => locked(reader).pins(&keys),
            Self::Nothing => Ok(HashMap::new()),
        }
    }

    pub(super) async fn remembered(self, now: Timestamp) -> Result<Remembered, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.remembered(now).await,
            Self::Reader(reader) => locked(reader).remembered(now),
            Self::Nothing => Ok(Remembered::default()),
        }
    }

    pub(super) async fn delivered(self) -> Result<usize, LedgerError> {
        match self {
            Self::Ledger(ledger) => ledger.delivered().await,
            Self::Reader(reader) => locked(reader).delivered(),
            Self::Nothing => Ok(0),
        }
    }
}

fn locked(reader: &Mutex<Reader>) -> MutexGuard<'_, Reader> {
    reader.lock().unwrap_or_else(PoisonError::into_inner)
}
