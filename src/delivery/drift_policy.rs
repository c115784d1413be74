//! Whose word counts where the tenant shows another photo than ours.

use super::policies::Members;
use super::uploader::Uploader;
use crate::graph::Failure;
use crate::ledger::DriftCheck;
use crate::lookup::ScopeError;
use crate::model::{Drift, DriftPolicy};

/// The members of the groups that are named; these are asked for when the first photo differs.
#[derive(Default)]
pub(super) struct DriftPolicies(Option<Members<DriftPolicy>>);

impl DriftPolicies {
    /// What becomes of a target that differs.
    /// A default picture never goes over a photo that somebody has put in its place.
    pub(super) async fn of(&mut self, uploader: &Uploader, check: &DriftCheck, drift: &Drift) -> Result<DriftPolicy, ScopeError> {
        if check.is_default_picture && drift == &Drift::Changed {
            return Ok(DriftPolicy::UserWins);
        }
        let policies = &uploader.drift.policies;
        if self.0.is_none() && policies.ask_groups(&check.target) {
            self.0 = Some(uploader.directory.members_of_each(&policies.by_group, "drift.by_group").await?);
        }
        Ok(policies.of(&check.target, check.rule.as_deref(), self.0.as_deref().unwrap_or_default()))
    }
}

impl Uploader {
    /// Asks for all groups that decide anything and their members: how many people are in scope, none if it is everybody;
    /// or what is wrong with a group.
    pub(crate) async fn scope_reach(&self) -> Result<Result<Option<usize>, String>, Failure> {
        let asked = async {
            self.directory.members_of_each(&self.drift.policies.by_group, "drift.by_group").await?;
            self.directory.members_of_each(&self.deliver.settings.by_group, "deliver.by_group").await?;
            self.directory.people_of_each(self.preparer.defaults.groups(), "defaults").await?;
            self.directory.in_scope().await
        };
        match asked.await {
            Ok(scope) => Ok(Ok(scope.and_then(|scope| scope.include.map(|people| people.len())))),
            Err(ScopeError::Halt(halt)) => Ok(Err(halt.message)),
            Err(ScopeError::Directory(failure)) => Err(failure),
        }
    }
}
