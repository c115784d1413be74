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
    /// for every user of the tenant. Says how many can't be read, so that nobody knows who they are.
    pub(crate) async fn people(&self, mut take: impl FnMut(DirectoryObject) + Send) -> Result<usize, ScopeError> {
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
        self.tenant.graph.sweep(TargetKind::User, &[], page).await.map_err(ScopeError::Directory)
    }

    /// People in scope but these: whose photo it would be, and their sign-in name; sorted by that. Nobody where a group of
    /// the scope can't be found: a pass is halted for that.
    pub(crate) async fn people_but(&self, these: &HashSet<&ObjectId>) -> Result<Vec<(ObjectId, String)>, Failure> {
        let mut others = Vec::new();
        let take = |object: DirectoryObject| {
            let id = ObjectId::new(&object.id);
            if !these.contains(&id) {
                others.push((id, object.user_principal_name.unwrap_or(object.id)));
            }
        };
        match self.people(take).await {
            Ok(_) | Err(ScopeError::Halt(_)) => {}
            Err(ScopeError::Directory(failure)) => return Err(failure),
        }
        others.sort_unstable_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
        Ok(others)
    }
}

/// The users whom files of the source are for.
pub(crate) fn with_file(files: &[PlannedFile]) -> HashSet<&ObjectId> {
    let of_source = files.iter().filter(|file| !file.path.is_default_picture());
    let users = of_source.filter_map(|file| match file.resolved.as_ref()?.as_ref().ok()? {
        TargetId::User(id) => Some(id),
        _ => None,
    });
    users.collect()
}
