//! Who has no photo in the source: people in scope without a file.

use std::collections::HashSet;

use super::directory::Directory;
use super::scope::ScopeError;
use crate::graph::Failure;
use crate::mapping::AccountPolicy;
use crate::model::{DirectoryObject, ObjectId, TargetId, TargetKind};
use crate::plan::PlannedFile;

impl Directory {
    /// Users in scope without a file, by sign-in name, sorted. Guests and disabled accounts count only if their photos
    /// would be delivered. Asks for every user of the tenant.
    pub(crate) async fn missing(&self, files: &[PlannedFile]) -> Result<Vec<String>, Failure> {
        let have_a_file: HashSet<&ObjectId> = files
            .iter()
            .filter_map(|file| match file.resolved.as_ref()?.as_ref().ok()? {
                TargetId::User(id) => Some(id),
                _ => None,
            })
            .collect();
        let scope = match self.in_scope().await {
            Ok(scope) => scope.unwrap_or_default(),
            // The pass was halted for it already.
            Err(ScopeError::Halt(_)) => return Ok(Vec::new()),
            Err(ScopeError::Directory(failure)) => return Err(failure),
        };
        let accounts = self.accounts;
        let counts = |object: &DirectoryObject| {
            let id = ObjectId::new(&object.id);
            (object.guest != Some(true) || accounts.guests == AccountPolicy::Deliver)
                && (object.account_enabled != Some(false) || accounts.disabled == AccountPolicy::Deliver)
                && !have_a_file.contains(&id)
                && scope.check(&TargetId::User(id)).is_ok()
        };
        let mut missing = Vec::new();
        let page = |page: Vec<DirectoryObject>| {
            missing.extend(
                page.into_iter().filter(|object| counts(object)).map(|object| object.user_principal_name.unwrap_or(object.id)),
            );
        };
        self.tenant.graph.sweep(TargetKind::User, &[], page).await?;
        missing.sort_unstable();
        missing.dedup();
        Ok(missing)
    }
}
