//! Where a pass reads from: the ledger of this process, one that is only looked at, or none.

use std::sync::{Mutex, PoisonError};

use super::error::LedgerError;
use super::reader::Reader;
use super::writer::Ledger;

/// Where a proposal reads what is known from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LedgerSource<'a> {
    /// The ledger of this process.
    Writer(&'a Ledger),
    /// A ledger that is only read. One look at a time: a connection is for one thread.
    ReadOnly(&'a Mutex<Reader>),
    /// There is no ledger yet, so that nothing is known.
    Nothing,
}

impl LedgerSource<'_> {
    /// Reads; what nobody knows is empty.
    pub(crate) async fn read<T: Default + Send + 'static>(
        self,
        read: impl FnOnce(&Reader) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        match self {
            Self::Writer(ledger) => ledger.read(read).await,
            Self::ReadOnly(reader) => read(&reader.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Nothing => Ok(T::default()),
        }
    }

    /// Whether what a pass plans is only shown.
    pub(crate) const fn is_read_only(self) -> bool {
        matches!(self, Self::ReadOnly(_))
    }
}
