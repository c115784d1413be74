//! Whose word counts where the tenant shows another photo than ours: by the person's group, by the file's rule, or in
//! general, in this order.

use std::collections::HashSet;

use super::uploader::Uploader;
use crate::graph::Failure;
use crate::ledger::DriftCheck;
use crate::lookup::ScopeError;
use crate::model::{DriftPolicy, ObjectId, TargetId};

/// The policies, with the members of the groups that they name; these are asked for when the first photo differs.
#[derive(Default)]
pub(super) struct Policies(Option<Vec<(HashSet<ObjectId>, DriftPolicy)>>);

impl Policies {
    /// What becomes of a target that differs.
    pub(super) async fn of(&mut self, uploader: &Uploader, check: &DriftCheck) -> Result<DriftPolicy, ScopeError> {
        let settings = &uploader.drift;
        if let (TargetId::User(id), false) = (&check.target, settings.by_group.is_empty()) {
            let members = match self.0.take() {
                Some(known) => known,
                None => uploader.drift_groups().await?,
            };
            let decided = members.iter().find(|(members, _)| members.contains(id)).map(|(_, policy)| *policy);
            self.0 = Some(members);
            if let Some(policy) = decided {
                return Ok(policy);
            }
        }
        Ok(check.rule.as_ref().and_then(|rule| settings.by_rule.get(rule)).copied().unwrap_or(settings.policy))
    }
}

impl Uploader {
    /// The members of each group that has a policy of its own.
    pub(super) async fn drift_groups(&self) -> Result<Vec<(HashSet<ObjectId>, DriftPolicy)>, ScopeError> {
        let mut groups = Vec::new();
        for (at, (group, policy)) in self.drift.by_group.iter().enumerate() {
            groups.push((self.directory.members_of(group, &format!("drift.by_group[{at}]")).await?, *policy));
        }
        Ok(groups)
    }

    /// Asks for the groups of the scope and their members: how many people are in it, none if it is everybody; or what
    /// is wrong with a group.
    pub(crate) async fn scope_reach(&self) -> Result<Result<Option<usize>, String>, Failure> {
        let asked = async {
            self.drift_groups().await?;
            self.deliver_groups().await?;
            self.directory.in_scope().await
        };
        match asked.await {
            Ok(scope) => Ok(Ok(scope.and_then(|scope| scope.include.map(|people| people.len())))),
            Err(ScopeError::Halt(halt)) => Ok(Err(halt.message)),
            Err(ScopeError::Directory(failure)) => Err(failure),
        }
    }
}
