//! The names that people go by, for reports: asked of the directory page by page, kept nowhere.

use std::collections::{HashMap, HashSet};

use super::directory::Directory;
use crate::graph::Failure;
use crate::model::{DirectoryObject, TargetKind};

/// What the directory calls somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DirectoryName {
    /// `displayName`.
    pub display_name: String,
    /// `department`, of users.
    pub department: Option<String>,
}

impl Directory {
    /// The names of those of these objects that have one: of users by object id or sign-in name, of groups and teams by
    /// object id. Costs a request for each 999 users of the tenant, and of its groups if one is asked for.
    pub(crate) async fn names(
        &self,
        users: &HashSet<&str>,
        groups: &HashSet<&str>,
    ) -> Result<HashMap<String, DirectoryName>, Failure> {
        let mut names = HashMap::new();
        for (kind, wanted) in [(TargetKind::User, users), (TargetKind::Group, groups)] {
            if wanted.is_empty() {
                continue;
            }
            let take = |page: Vec<DirectoryObject>| {
                for object in page {
                    let DirectoryObject { id, display_name, user_principal_name, department, .. } = object;
                    let Some(display_name) = display_name.filter(|name| !name.trim().is_empty()) else { continue };
                    let department = department.filter(|name| !name.trim().is_empty());
                    let name = DirectoryName { display_name, department };
                    for key in [Some(id), user_principal_name].into_iter().flatten().filter(|key| wanted.contains(key.as_str())) {
                        names.insert(key, name.clone());
                    }
                }
            };
            self.tenant.graph.sweep_names(kind, take).await?;
        }
        Ok(names)
    }
}
