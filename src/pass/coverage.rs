//! How well files and rules fit each other, without asking anybody.

use super::blocking::blocking;
use super::pass_error::PassError;
use super::scan::{ScanOutcome, Walked, scan_source};
use super::scanner::Scanner;
use super::settle_filter::SettleFilter;
use crate::ledger::FileStamps;
use crate::model::{Problem, Reason, Reference, SourcePath};
use crate::plan::Claim;
use crate::source::{IgnoreReason, refusal, size_of};

/// Files that are named to be tried out, at most.
const SAMPLE: usize = 200;

/// What the rules and the table make of the files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    /// Files of the source.
    pub files: usize,
    /// Whom files are for, one each.
    pub references: Vec<Reference>,
    /// Some files that are claimed: 200 at most.
    pub sample: Vec<SourcePath>,
    /// Files that nobody claims.
    pub unmatched: Vec<SourcePath>,
    /// Files whose rule makes a value that no account can have.
    pub held: Vec<(SourcePath, Problem)>,
    /// What can't be listed or read, and rows of the table that can't be used: where, and why.
    pub problems: Vec<(String, Problem)>,
    /// How the table was read, if there is one.
    pub table: Option<String>,
}

impl Coverage {
    /// The problems that lie with the table, not with the files.
    pub(crate) fn table_problems(&self) -> impl Iterator<Item = &(String, Problem)> {
        self.problems.iter().filter(|(_, problem)| matches!(problem.reason, Reason::TableRow | Reason::FileMissing))
    }
}

impl Scanner {
    /// Looks at the source and asks nobody.
    pub(crate) async fn coverage(&self) -> Result<Coverage, PassError> {
        let scan = self.scan_all().await?;
        let mut coverage = Coverage {
            files: scan.files.len(),
            problems: scan.problems,
            table: scan.table.map(|bound| bound.table().summary()),
            ..Coverage::default()
        };
        for file in scan.files {
            match file.claim {
                None => coverage.unmatched.push(file.seen.path),
                Some(Err(problem)) => coverage.held.push((file.seen.path, *problem)),
                Some(Ok(claim)) => {
                    coverage.references.push(claim.reference);
                    if coverage.sample.len() < SAMPLE {
                        coverage.sample.push(file.seen.path);
                    }
                }
            }
        }
        Ok(coverage)
    }

    /// Whom the files of the source are for.
    pub(crate) async fn references(&self) -> Result<Vec<Reference>, PassError> {
        let scan = self.scan_all().await?;
        Ok(scan.files.into_iter().filter_map(|file| Some(file.claim?.ok()?.reference)).collect())
    }

    /// Scans everything, whatever a ledger may remember.
    pub(super) async fn scan_all(&self) -> Result<ScanOutcome, PassError> {
        let scanner = self.clone();
        let scan = move || {
            let filter = SettleFilter::default();
            Ok(scan_source(&scanner, Walked::through(&scanner, &filter)?, FileStamps::default(), None, &filter))
        };
        blocking(scan).await?.map_err(PassError::Scan)
    }
}

/// A file as it lies in the source now.
#[derive(Clone, Debug)]
pub(crate) struct FileStatus {
    /// Its bytes.
    pub size: u64,
    /// Why the settings pass it over, if they do.
    pub ignored: Option<IgnoreReason>,
    /// Whom it is for, by the table or the rules; or why nobody reads it.
    pub claim: Option<Result<Claim, Box<Problem>>>,
}

impl Scanner {
    /// What the table and the rules make of one file, none if there is no such file. Nobody is asked.
    pub(crate) fn file_status(&self, path: &SourcePath) -> Result<Option<FileStatus>, PassError> {
        let Some(size) = size_of(&self.source, path) else { return Ok(None) };
        let table = self.bound_table().map_err(PassError::Scan)?;
        let ignored = self.source.ignore.reason(path.as_str());
        let claim = match refusal(&self.source, path) {
            Some(problem) => Some(Err(Box::new(problem))),
            None => self.claim(table.as_ref(), path),
        };
        Ok(Some(FileStatus { size, ignored, claim }))
    }
}
