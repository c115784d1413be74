//! The file of the table (`mapping.table`), read within bounds.

use std::path::PathBuf;
use std::time::Duration;

use super::scan_failure::ScanFailure;
use crate::mapping::{Table, TableForm};
use crate::model::{Digest, Fingerprint};
use crate::source::{FileError, read_bounded};

/// Largest table that is read, in bytes: 500,000 rows of 128.
const MOST_BYTES: u64 = 64_000_000;
/// Longest time that reading one may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the table lies, and what its columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Its columns.
    pub form: TableForm,
}

/// A table that was read, and what it was read from.
pub(super) struct ReadTable {
    pub(super) table: Table,
    pub(super) digest: Digest,
}

impl TableFile {
    /// Reads it. Blocks, within bounds of time and size.
    pub(crate) fn read(&self) -> Result<Table, ScanFailure> {
        self.read_unless(|_| false).map(|read| read.table)
    }

    /// Reads it, unless its stamps say that it is being written.
    pub(super) fn read_unless(&self, is_written: impl FnOnce(&Fingerprint) -> bool) -> Result<ReadTable, ScanFailure> {
        let path = || self.path.clone();
        let (bytes, stamps) = read_bounded(&self.path, MOST_BYTES, PATIENCE).map_err(|error| match error {
            FileError::Changed => ScanFailure::TableChanging { path: path() },
            source => ScanFailure::TableUnreadable { path: path(), source },
        })?;
        if is_written(&stamps) {
            return Err(ScanFailure::TableChanging { path: path() });
        }
        let table = Table::parse(&bytes, &self.form).map_err(|source| ScanFailure::TableUnusable { path: path(), source })?;
        Ok(ReadTable { table, digest: Digest::of(&bytes) })
    }
}
