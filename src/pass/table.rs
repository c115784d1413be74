//! The table (`mapping.table`), bound to the files there are.

use std::path::Path;
use std::sync::Arc;

use super::blocking::blocking;
use super::pass_error::PassError;
use super::scan::ScanOutcome;
use super::scan_failure::ScanFailure;
use super::scanner::Scanner;
use super::settle_filter::SettleFilter;
use super::table_file::{ReadTable, TableFile};
use crate::mapping::{BoundTable, Table};
use crate::model::{KnownFile, LedgerView, Problem, Reason, SourcePath};
use crate::plan::{Claim, PlannedFile};
use crate::source::scan;

impl Scanner {
    /// Reads the table, if there is one: what a pass would refuse is refused.
    pub(crate) async fn table(&self) -> Result<Option<Table>, PassError> {
        let mapping = Arc::clone(&self.mapping);
        blocking(move || mapping.table.as_ref().map(TableFile::read).transpose()).await?.map_err(PassError::Scan)
    }

    pub(super) fn read_table(&self, filter: &SettleFilter) -> Result<Option<ReadTable>, ScanFailure> {
        let now = self.clock.now();
        let read = |file: &TableFile| file.read_unless(now, |stamps| filter.is_touched(stamps, now));
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
        let place = |line: u64| place(path, line);
        let table = bound.table();
        let faults = table.faults().iter().map(|fault| (Reason::TableRow, fault));
        // Only a whole scan can tell that a file is not there.
        let absent = bound.absent().iter().filter(|_| complete).map(|fault| (Reason::FileMissing, fault));
        let mut problems: Vec<(String, Problem)> = faults
            .chain(absent)
            .map(|(reason, fault)| {
                let problem = Problem::new(reason, fault.message.clone());
                let cure = table.cure(fault.line).filter(|_| reason == Reason::TableRow);
                (place(fault.line), cure.map_or(problem.clone(), |cure| problem.with_cure(cure)))
            })
            .collect();
        if let Some(more) = table.bad().checked_sub(table.faults().len()).filter(|more| *more > 0) {
            let detail = format!("{more} more rows can't be used");
            problems.push((path.display().to_string(), Problem::new(Reason::TableRow, detail)));
        }
        problems
    }
    /// A last row without a line end that names for its file whom it was bound to before is whole.
    pub(super) fn believe_last_row(&self, scan: &mut ScanOutcome, files: &mut [PlannedFile], view: &LedgerView) {
        let (Some(table), Some(TableFile { path, .. })) = (&scan.table, &self.mapping.table) else { return };
        for file in files {
            let Some((line, found)) = table.unless_cut(&file.path) else { continue };
            let key = found.reference.key();
            let is_known = |known: &KnownFile| {
                known.path == file.path && known.target.is_some() && known.reference.as_deref() == Some(key.as_str())
            };
            if view.files.iter().any(is_known) {
                file.claim = Some(Ok(Claim { rule: found.rule, reference: found.reference }));
                scan.problems.retain(|(at, problem)| problem.reason != Reason::TableRow || *at != place(path, line));
            }
        }
    }
}

fn place(table: &Path, line: u64) -> String {
    format!("{}:{line}", table.display())
}
