//! Why the directory can't be followed.

use crate::graph::Failure;
use crate::ledger::LedgerError;

/// Why a pass gets no answer from the directory at all.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// It can't be asked.
    Directory(Failure),
    /// The ledger refuses.
    Ledger(LedgerError),
}

impl From<LedgerError> for LookupError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
