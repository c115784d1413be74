//! Scope and consent: whose photos are sent at all.

use std::collections::HashSet;

use crate::model::{ObjectId, Problem, Reason, TargetId};

/// Who is served, by membership. Groups, teams and contacts are always in scope: membership is a matter of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Only these; everybody if none.
    pub include: Option<HashSet<ObjectId>>,
    /// Never these, whatever else says so.
    pub exclude: HashSet<ObjectId>,
}

impl Scope {
    /// Whether a target may be given a photo. Exclude wins.
    pub(crate) fn check(&self, target: &TargetId) -> Result<(), Problem> {
        let TargetId::User(id) = target else { return Ok(()) };
        if self.exclude.contains(id) {
            return Err(Problem::new(Reason::OutOfScope, "the account is in a group of scope.exclude_groups"));
        }
        match &self.include {
            Some(include) if !include.contains(id) => {
                Err(Problem::new(Reason::OutOfScope, "the account is in no group of scope.include_groups"))
            }
            _ => Ok(()),
        }
    }

    /// The same text for the same members, whatever order they came in.
    pub(crate) fn fingerprint(&self) -> String {
        let sorted = |set: &HashSet<ObjectId>| {
            let mut ids: Vec<&str> = set.iter().map(ObjectId::as_str).collect();
            ids.sort_unstable();
            ids.join(",")
        };
        format!("{:?} {}", self.include.as_ref().map(sorted), sorted(&self.exclude))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> HashSet<ObjectId> {
        names.iter().map(|name| ObjectId::new(name)).collect()
    }

    #[test]
    fn exclude_wins_and_only_people_are_scoped() {
        let user = |name: &str| TargetId::User(ObjectId::new(name));
        let scope = Scope { include: Some(ids(&["a", "b"])), exclude: ids(&["b"]) };
        assert!(scope.check(&user("a")).is_ok());
        assert!(scope.check(&user("b")).unwrap_err().detail.contains("exclude_groups"));
        assert!(scope.check(&user("c")).unwrap_err().detail.contains("include_groups"));
        assert!(scope.check(&TargetId::Group(ObjectId::new("b"))).is_ok());
        assert!(Scope::default().check(&user("c")).is_ok());
        assert_eq!(scope.fingerprint(), Scope { include: Some(ids(&["b", "a"])), exclude: ids(&["b"]) }.fingerprint());
    }
}
