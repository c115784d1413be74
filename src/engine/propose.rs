//! Looks, asks and plans, and changes nothing: a dry run is this without what follows.

use super::Engine;
use super::look::{LookError, Looked, look};
use super::pass::PassError;
use crate::model::Reference;
use crate::plan::{Facts, Halt, LedgerView, Plan, PlanInput, guard, plan};
use crate::source::ScanError;

/// What a pass would do.
#[derive(Debug)]
pub struct Proposal {
    /// What the source holds.
    pub looked: Looked,
    /// What the ledger held.
    pub view: LedgerView,
    /// What to do.
    pub plan: Plan,
    /// The guard's no, if it says so.
    pub halt: Option<Halt>,
}

impl Engine {
    /// Looks at the source against what the ledger remembers, asks the directory, plans, and lets the guard look at it.
    pub async fn propose(&self, view: LedgerView) -> Result<Proposal, PassError> {
        let engine = self.clone();
        let (looked, view) = tokio::task::spawn_blocking(move || (look(&engine, &view.files), view))
            .await
            .map_err(|error| PassError::Panicked(error.to_string()))?;
        let mut looked = match looked {
            Ok(looked) => looked,
            Err(LookError::Source(error)) => return Ok(Proposal::halted(view, &error)),
            Err(error) => return Err(PassError::Look(error)),
        };
        let answers = self.ask(&mut looked, &view).await.map_err(PassError::SignIn)?;
        let plan = plan(&PlanInput {
            files: &looked.files,
            complete: looked.complete,
            view: &view,
            answers: &answers,
            recipe: &self.recipe.id(),
            on_conflict: self.mapping.on_conflict,
            guests: self.mapping.guests,
        });
        let delivered = view.targets.values().filter(|known| known.delivered.is_some()).count();
        let halt = guard(&plan, Facts { scanned: looked.files.len(), delivered }, &self.guard);
        Ok(Proposal { looked, view, plan, halt })
    }
}

impl Engine {
    /// Whom the files of the source speak for, without asking anybody.
    pub async fn references(&self) -> Result<Vec<Reference>, PassError> {
        let engine = self.clone();
        let looked = tokio::task::spawn_blocking(move || look(&engine, &[]))
            .await
            .map_err(|error| PassError::Panicked(error.to_string()))?
            .map_err(PassError::Look)?;
        Ok(looked.files.into_iter().filter_map(|file| Some(file.claim?.ok()?.reference)).collect())
    }
}

impl Proposal {
    /// A source that is not there proves nothing about its files: nothing is planned.
    fn halted(view: LedgerView, error: &ScanError) -> Self {
        let guard = match error {
            ScanError::NoMarker(..) => "unmounted_source",
            ScanError::Missing(_) | ScanError::NotADirectory(_) | ScanError::Unreadable(..) => "missing_source",
        };
        let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        let message = format!("{error}{cause}; check that the share is mounted and source.directory is right, then run again");
        Self {
            looked: Looked { files: Vec::new(), read_at: Vec::new(), problems: Vec::new(), complete: false },
            view,
            plan: Plan::default(),
            halt: Some(Halt { guard, message }),
        }
    }

    /// Whether the halt is one that a person may override: a source that isn't there can't be read by force.
    pub fn may_be_forced(&self) -> bool {
        self.halt.as_ref().is_some_and(|halt| !matches!(halt.guard, "missing_source" | "unmounted_source"))
    }
}
