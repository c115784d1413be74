//! Who has no photo in the source: people in scope that no file speaks for.

use std::collections::HashSet;

use super::pass::PassError;
use super::scope::ScopeError;
use super::{Engine, Proposal};
use crate::mapping::AccountPolicy;
use crate::model::{DirectoryObject, ObjectId, TargetId, TargetKind};

impl Engine {
    /// Users in scope without a file, by sign-in name, sorted. Guests and disabled accounts count only if their photos
    /// would be delivered. Asks for every user of the tenant.
    pub(crate) async fn missing(&self, proposal: &Proposal) -> Result<Vec<String>, PassError> {
        let spoken_for: HashSet<&ObjectId> = proposal
            .looked
            .files
            .iter()
            .filter_map(|file| match file.resolved.as_ref()?.as_ref().ok()? {
                TargetId::User(id) => Some(id),
                _ => None,
            })
            .collect();
        let scope = match self.in_scope().await {
            Ok(scope) => scope.unwrap_or_default(),
            // The proposal was halted for it already.
            Err(ScopeError::Halt(_)) => return Ok(Vec::new()),
            Err(ScopeError::Directory(failure)) => return Err(PassError::Directory(failure)),
        };
        let accounts = self.mapping.accounts;
        let counts = |object: &DirectoryObject| {
            let id = ObjectId::new(&object.id);
            (object.guest != Some(true) || accounts.guests == AccountPolicy::Deliver)
                && (object.account_enabled != Some(false) || accounts.disabled == AccountPolicy::Deliver)
                && !spoken_for.contains(&id)
                && scope.check(&TargetId::User(id)).is_ok()
        };
        let mut missing = Vec::new();
        let page = |page: Vec<DirectoryObject>| {
            missing.extend(
                page.into_iter().filter(|object| counts(object)).map(|object| object.user_principal_name.unwrap_or(object.id)),
            );
        };
        self.graph.sweep(TargetKind::User, page).await.map_err(PassError::Directory)?;
        missing.sort_unstable();
        missing.dedup();
        Ok(missing)
    }
}
