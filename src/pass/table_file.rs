//! The file of the table (`mapping.table`), read within bounds.

use std::path::PathBuf;
use std::time::Duration;

use super::scan_failure::ScanFailure;
use crate::files::{Bounds, FileError, Links, Patience, read};
use crate::mapping::{Table, TableForm};
use crate::model::{Digest, Fingerprint, Timestamp};

/// Largest table that is read, in bytes: 500,000 rows of 128.
const MOST_BYTES: u64 = 64_000_000;
/// What it may be, and how long reading it may take.
const BOUNDS: Bounds = Bounds {
    max_bytes: MOST_BYTES,
    links: Links::Follow,
    patience: Patience { still: Duration::from_secs(10), whole: Duration::from_secs(60) },
};

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
    pub(super) stamps: Fingerprint,
    /// When it was begun to be read.
    pub(super) read_at: Timestamp,
}

impl TableFile {
    /// Reads it. Blocks, within bounds of time and size.
    pub(crate) fn read(&self) -> Result<Table, ScanFailure> {
        self.read_unless(Timestamp::default(), |_| false).map(|read| read.table)
    }

    /// Reads it, unless its stamps say that it is being written.
    pub(super) fn read_unless(
        &self,
        now: Timestamp,
        is_written: impl FnOnce(&Fingerprint) -> bool,
    ) -> Result<ReadTable, ScanFailure> {
        let path = || self.path.clone();
        let file = read(&self.path, BOUNDS).map_err(|error| match error {
            FileError::Changed => ScanFailure::TableChanging { path: path() },
            source => ScanFailure::TableUnreadable { path: path(), source },
        })?;
        if is_written(&file.fingerprint) {
            return Err(ScanFailure::TableChanging { path: path() });
        }
        let table =
            Table::parse(&file.bytes, &self.form).map_err(|source| ScanFailure::TableUnusable { path: path(), source })?;
        Ok(ReadTable { table, digest: Digest::of(&file.bytes), stamps: file.fingerprint, read_at: now })
    }
}
