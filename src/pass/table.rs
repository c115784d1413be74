//! The table (`mapping.table`): read within bounds, and bound to the files there are.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::blocking::blocking;
use super::pass_error::PassError;
use super::scan_failure::ScanFailure;
use super::scanner::Scanner;
use super::settle_filter::SettleFilter;
use crate::mapping::{BoundTable, Table, TableForm};
use crate::model::{Digest, Fingerprint, Problem, Reason, SourcePath};
use crate::source::{FileError, read_bounded, scan};

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
    fn read_unless(&self, is_written: impl FnOnce(&Fingerprint) -> bool) -> Result<ReadTable, ScanFailure> {
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

impl Scanner {
    /// Reads the table, if there is one: what a pass would refuse is refused.
    pub(crate) async fn table(&self) -> Result<Option<Table>, PassError> {
        let mapping = Arc::clone(&self.mapping);
        blocking(move || mapping.table.as_ref().map(TableFile::read).transpose()).await?.map_err(PassError::Scan)
    }

    pub(super) fn read_table(&self, filter: &SettleFilter) -> Result<Option<ReadTable>, ScanFailure> {
        let now = self.clock.now();
        let read = |file: &TableFile| file.read_unless(|stamps| filter.is_touched(stamps, now));
        self.mapping.table.as_ref().map(read).transpose()
    }

    /// The table and what it says of the files that are there now.
    pub(super) fn bound_table(&self) -> Result<Option<BoundTable>, ScanFailure> {
        let Some(ReadTable { table, .. }) = self.read_table(&SettleFilter::default())? else { return Ok(None) };
        let scan = scan(&self.source)?;
        Ok(Some(table.bind(scan.files.iter().map(|seen| &seen.path), scan.complete)))
    }

    /// The table's own path, if it lies in the source: it is no photo.
    pub(super) fn table_below_source(&self) -> Option<SourcePath> {
        let below = self.mapping.table.as_ref()?.path.strip_prefix(&self.source.root).ok()?;
        SourcePath::new(below.to_str()?).ok()
    }

    /// Rows that can't be used, and rows whose file is not there: where, and why.
    pub(super) fn table_problems(&self, bound: &BoundTable, complete: bool) -> Vec<(String, Problem)> {
        let Some(TableFile { path, .. }) = &self.mapping.table else { return Vec::new() };
        let place = |line: u64| format!("{}:{line}", path.display());
        let table = bound.table();
        let faults = table.faults().iter().map(|fault| (Reason::TableRow, fault));
        // Only a whole scan can tell that a file is not there.
        let absent = bound.absent().iter().filter(|_| complete).map(|fault| (Reason::FileMissing, fault));
        let mut problems: Vec<(String, Problem)> = faults
            .chain(absent)
            .map(|(reason, fault)| (place(fault.line), Problem::new(reason, fault.message.clone())))
            .collect();
        if let Some(more) = table.bad().checked_sub(table.faults().len()).filter(|more| *more > 0) {
            let detail = format!("{more} more rows can't be used");
            problems.push((path.display().to_string(), Problem::new(Reason::TableRow, detail)));
        }
        problems
    }
}
