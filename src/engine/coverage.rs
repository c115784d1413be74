//! How well files and rules fit each other, without asking anybody; and whether the groups of the scope are there.

use super::Engine;
use super::look::{Quiet, look};
use super::pass::PassError;
use super::scope::ScopeError;
use crate::ledger::FileStamps;
use crate::model::{Problem, Reason, Reference, SourcePath};
use crate::plan::Claim;
use crate::source::PassedOver;

/// Files that are named to be tried out, at most.
const SAMPLE: usize = 200;

/// What the rules and the table make of the files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    /// Files of the source.
    pub files: usize,
    /// Whom files speak for, one each.
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

impl Engine {
    /// Looks at the source and asks nobody.
    pub(crate) async fn coverage(&self) -> Result<Coverage, PassError> {
        let looked =
            self.aside(|engine| look(engine, FileStamps::default(), None, &Quiet::default())).await?.map_err(PassError::Look)?;
        let mut coverage = Coverage {
            files: looked.files.len(),
            problems: looked.problems,
            table: looked.table.map(|bound| bound.table().summary()),
            ..Coverage::default()
        };
        for file in looked.files {
            match file.claim {
                None => coverage.unmatched.push(file.path),
                Some(Err(problem)) => coverage.held.push((file.path, *problem)),
                Some(Ok(claim)) => {
                    coverage.references.push(claim.reference);
                    if coverage.sample.len() < SAMPLE {
                        coverage.sample.push(file.path);
                    }
                }
            }
        }
        Ok(coverage)
    }

    /// Asks for the groups of the scope and their members: how many people are in it, none if it is everybody; or what
    /// is wrong with a group.
    pub(crate) async fn scope_reach(&self) -> Result<Result<Option<usize>, String>, PassError> {
        let asked = async {
            self.drift_groups().await?;
            self.in_scope().await
        };
        match asked.await {
            Ok(scope) => Ok(Ok(scope.and_then(|scope| scope.include.map(|people| people.len())))),
            Err(ScopeError::Halt(halt)) => Ok(Err(halt.message)),
            Err(ScopeError::Directory(failure)) => Err(PassError::Directory(failure)),
        }
    }
}

/// A file as it lies in the source now.
#[derive(Clone, Debug)]
pub(crate) struct FileNow {
    /// Its bytes.
    pub size: u64,
    /// Why the settings pass it over, if they do.
    pub ignored: Option<PassedOver>,
    /// Whom it speaks for, by the table or the rules.
    pub claim: Option<Result<Claim, Box<Problem>>>,
}

impl Engine {
    /// What the table and the rules make of one file, none if there is no such file. Nobody is asked.
    pub(crate) fn file_now(&self, path: &SourcePath) -> Result<Option<FileNow>, PassError> {
        let Ok(found) = std::fs::metadata(self.source.root.join(path.as_str())) else { return Ok(None) };
        let table = self.bound_table().map_err(PassError::Look)?;
        let ignored = self.source.ignore.why(path.as_str());
        Ok(found.is_file().then(|| FileNow { size: found.len(), ignored, claim: self.claim(table.as_ref(), path) }))
    }
}
