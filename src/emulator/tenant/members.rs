//! Who is in a group, directly or through groups in it.

use std::collections::BTreeSet;

use super::entry::EntryKind;
use super::store::Tenant;

impl Tenant {
    /// Rows of the members of a group, directly or through groups in it.
    pub(crate) fn members(&self, start: u32, transitive: bool) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut groups = vec![start];
        while let Some(group) = groups.pop() {
            let Some(more) = self.entry(group).and_then(|entry| entry.more.as_ref()) else { continue };
            for at in more.members.iter().filter_map(|id| self.locate(id)) {
                // Groups may hold each other in a ring.
                if found.insert(at) && transitive && self.is(at, EntryKind::Group) {
                    groups.push(at);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_groups_open_up_and_rings_end() {
        let seed = "
users: [{ userPrincipalName: a }, { userPrincipalName: b }]
groups: [{ mailNickname: x, members: [a, y] }, { mailNickname: y, members: [b, x] }]";
        let tenant = Tenant::from_yaml(seed).unwrap();
        let x = tenant.group(&super::super::ids::guid(&["group", "mailNickname", "x"])).unwrap();
        assert_eq!(tenant.members(x, false).len(), 2);
        assert_eq!(tenant.members(x, true).len(), 4);
    }
}
