//! A decision that differs by the person's group, by the file's rule, or holds in general, in this order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::model::{ObjectId, TargetId};

/// What the settings say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies<P> {
    /// In general.
    pub general: P,
    /// For files that a rule claims, by the rule's text.
    pub by_rule: HashMap<Arc<str>, P>,
    /// For members of groups, also through other groups; the first group that a person is in decides.
    pub by_group: Vec<(String, P)>,
}

/// The members of the groups that are named.
pub(super) type Members<P> = Vec<(HashSet<ObjectId>, P)>;

impl<P: Copy> Policies<P> {
    /// Whether any of them is such.
    pub(super) fn any(&self, is_such: impl Fn(P) -> bool) -> bool {
        let by_rule = self.by_rule.values().copied();
        std::iter::once(self.general).chain(by_rule).chain(self.by_group.iter().map(|(_, policy)| *policy)).any(is_such)
    }

    /// Whether the members of groups must be known to decide about a target.
    pub(super) fn ask_groups(&self, target: &TargetId) -> bool {
        matches!(target, TargetId::User(_)) && !self.by_group.is_empty()
    }

    /// What holds for a target whose file this rule claims.
    pub(super) fn of(&self, target: &TargetId, rule: Option<&str>, members: &[(HashSet<ObjectId>, P)]) -> P {
        let by_group = match target {
            TargetId::User(id) => members.iter().find(|(members, _)| members.contains(id)).map(|(_, policy)| *policy),
            _ => None,
        };
        by_group.or_else(|| self.by_rule.get(rule?).copied()).unwrap_or(self.general)
    }
}

/// What to do about a group that can't be found.
pub(super) fn group_cure(key: &str) -> String {
    format!("Look the group up in Microsoft 365 and name it by its object id, or take it out of {key}.by_group.")
}
