//! Which Graph permission each operation needs, least privileged first, for application sign-in.
//! From the permission tables of "Update profilePhoto", "Delete profilePhoto", "Get profilePhoto", "List users",
//! "List groups" and "List contacts".

use super::{Operation, Verb};
use crate::model::TargetKind;

/// The permission in words.
pub(super) const fn needed(what: Operation) -> &'static str {
    match (what.verb, what.kind) {
        (Verb::PutPhoto | Verb::DeletePhoto, TargetKind::User) => "ProfilePhoto.ReadWrite.All (or User.ReadWrite.All)",
        (Verb::PutPhoto | Verb::DeletePhoto, TargetKind::Group) => "ProfilePhoto.ReadWrite.All (or Group.ReadWrite.All)",
        (Verb::PutPhoto | Verb::DeletePhoto, TargetKind::Team) => "TeamSettings.ReadWrite.All",
        (Verb::PutPhoto | Verb::DeletePhoto, TargetKind::Contact) => "Contacts.ReadWrite",
        (Verb::PutPhoto | Verb::DeletePhoto, TargetKind::Me) => "User.ReadWrite (delegated)",
        (Verb::ReadPhoto | Verb::Look, TargetKind::User) => "User.Read.All",
        (Verb::ReadPhoto, TargetKind::Group) => "ProfilePhoto.Read.All (or Group.Read.All)",
        (Verb::ReadPhoto, TargetKind::Team) => "Team.ReadBasic.All (or TeamSettings.Read.All)",
        (Verb::Look, TargetKind::Group | TargetKind::Team) => "GroupMember.Read.All (or Group.Read.All)",
        (Verb::ReadPhoto | Verb::Look, TargetKind::Contact) => "Contacts.Read",
        (Verb::ReadPhoto | Verb::Look, TargetKind::Me) => "User.Read (delegated)",
        // From the permission file that Graph Explorer uses; changing the policy needs PeopleSettings.ReadWrite.All.
        (Verb::ReadPolicy, _) => "PeopleSettings.Read.All",
    }
}

/// What is attempted, for sentences: "may not …".
pub(super) const fn act(what: Operation) -> &'static str {
    match (what.verb, what.kind) {
        (Verb::PutPhoto, TargetKind::User) => "change user photos",
        (Verb::PutPhoto, TargetKind::Group) => "change group photos",
        (Verb::PutPhoto, TargetKind::Team) => "change team photos",
        (Verb::PutPhoto, TargetKind::Contact) => "change contact photos in this mailbox",
        (Verb::PutPhoto, TargetKind::Me) => "change the signed-in user's photo",
        (Verb::DeletePhoto, TargetKind::Group) => "delete group photos",
        (Verb::DeletePhoto, _) => "delete user photos",
        (Verb::ReadPhoto, TargetKind::User) => "read user photos",
        (Verb::ReadPhoto, TargetKind::Group) => "read group photos",
        (Verb::ReadPhoto, TargetKind::Team) => "read team photos",
        (Verb::ReadPhoto, TargetKind::Contact) => "read contact photos in this mailbox",
        (Verb::ReadPhoto, TargetKind::Me) => "read the signed-in user's photo",
        (Verb::Look, TargetKind::User) => "look up users",
        (Verb::Look, TargetKind::Group | TargetKind::Team) => "look up groups and teams",
        (Verb::Look, TargetKind::Contact) => "look up contacts in this mailbox",
        (Verb::Look, TargetKind::Me) => "look up the signed-in user",
        (Verb::ReadPolicy, _) => "read the tenant's photo policy",
    }
}

/// One thing that an application must be allowed to do, and the permissions any one of which allows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Need {
    /// What for, in words that follow "to".
    pub act: &'static str,
    /// The permission that allows this and least besides.
    pub least: &'static str,
    /// Permissions that allow it, too, and more.
    pub more: &'static [&'static str],
}

const FIND_USERS: Need = Need {
    act: "find users",
    least: "User.Read.All",
    more: &["User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
};
const FIND_GROUPS: Need = Need {
    act: "find groups",
    least: "GroupMember.Read.All",
    more: &[
        "Group.Read.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ],
};

/// What an application needs to keep the photos of this kind. A person who signs in needs
/// [`super::delegated_permissions`].
pub(crate) const fn needs(kind: TargetKind) -> &'static [Need] {
    const WRITE: &str = "ProfilePhoto.ReadWrite.All";
    match kind {
        TargetKind::User => &[Need { act: "change user photos", least: WRITE, more: &["User.ReadWrite.All"] }, FIND_USERS],
        TargetKind::Group => &[Need { act: "change group photos", least: WRITE, more: &["Group.ReadWrite.All"] }, FIND_GROUPS],
        TargetKind::Team => &[Need { act: "change team photos", least: "TeamSettings.ReadWrite.All", more: &[] }, FIND_GROUPS],
        TargetKind::Contact => {
            &[Need { act: "find contacts and change their photos", least: "Contacts.ReadWrite", more: &[] }, FIND_USERS]
        }
        // An application has no `me`.
        TargetKind::Me => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_needs_is_what_its_refusals_name() {
        for kind in [TargetKind::User, TargetKind::Group, TargetKind::Team, TargetKind::Contact] {
            let named = needed(Operation { kind, verb: Verb::PutPhoto });
            assert!(needs(kind).iter().any(|need| named.starts_with(need.least)), "{kind}: {named}");
        }
    }
}
