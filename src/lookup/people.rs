//! The people whom photos are for: every user in scope whose photo would be delivered.

use std::collections::HashSet;

use super::directory::Directory;
use super::scope::ScopeError;
use crate::graph::Failure;
use crate::mapping::AccountPolicy;
use crate::model::{DirectoryObject, ObjectId, TargetId, TargetKind};
use crate::plan::PlannedFile;

impl Directory {
    /// Hands on every user in scope, once. Guests and disabled accounts count only if their photos would be delivered. Asks
    /// for every user of the tenant.
    pub(crate) async fn people(&self, mut take: impl FnMut(DirectoryObject) + Send) -> Result<(), ScopeError> {
        let scope = self.in_scope().await?.unwrap_or_default();
        let accounts = self.accounts;
        let counts = |object: &DirectoryObject| {
            (object.guest != Some(true) || accounts.guests == AccountPolicy::Deliver)
                && (object.account_enabled != Some(false) || accounts.disabled == AccountPolicy::Deliver)
                && scope.check(&TargetId::User(ObjectId::new(&object.id))).is_ok()
        };
        // A page may repeat what an earlier one held.
        let mut seen: HashSet<ObjectId> = HashSet::new();
        let page = |page: Vec<DirectoryObject>| {
            for object in page.into_iter().filter(&counts) {
                if seen.insert(ObjectId::new(&object.id)) {
                    take(object);
                }
            }
        };
        self.tenant.graph.sweep(TargetKind::User, &[], page).await.map_err(ScopeError::Directory)?;
        Ok(())
    }

    /// People in scope without a file: whose photo it would be, and their sign-in name; sorted by that.
    pub(crate) async fn without_file(&self, files: &[PlannedFile]) -> Result<Vec<(ObjectId, String)>, Failure> {
        let have_a_file: HashSet<&ObjectId> = files
            .iter()
            .filter_map(|file| match file.resolved.as_ref()?.as_ref().ok()? {
                TargetId::User(id) => Some(id),
                _ => None,
            })
            .collect();
        let mut missing = Vec::new();
        let take = |object: DirectoryObject| {
            let id = ObjectId::new(&object.id);
            if !have_a_file.contains(&id) {
                missing.push((id, object.user_principal_name.unwrap_or(object.id)));
            }
        };
        match self.people(take).await {
            // The pass was halted for it already.
            Ok(()) | Err(ScopeError::Halt(_)) => {}
            Err(ScopeError::Directory(failure)) => return Err(failure),
        }
        missing.sort_unstable_by(|one, other| one.1.cmp(&other.1));
        Ok(missing)
    }
}
