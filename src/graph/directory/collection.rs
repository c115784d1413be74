//! Where objects are looked up, and what each is asked for.

use crate::model::TargetKind;

const USER: &str = "id,displayName,userPrincipalName,mail,mailNickname,employeeId,onPremisesSamAccountName,accountEnabled,userType,createdDateTime";
const GROUP: &str = "id,displayName,mail,mailNickname,groupTypes,resourceProvisioningOptions,createdDateTime";

const USER_NAMES: &str = "id,displayName,userPrincipalName,department";
const GROUP_NAMES: &str = "id,displayName";

/// Where objects are looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Collection {
    Users,
    /// Teams too: a team and its group are one object.
    Groups,
}

impl Collection {
    pub(super) const fn kind(self) -> TargetKind {
        match self {
            Self::Users => TargetKind::User,
            Self::Groups => TargetKind::Group,
        }
    }

    /// Where objects of a kind are looked up; contacts live in mailboxes.
    pub(super) const fn of(kind: TargetKind) -> Option<Self> {
        match kind {
            TargetKind::User => Some(Self::Users),
            TargetKind::Group | TargetKind::Team => Some(Self::Groups),
            TargetKind::Contact | TargetKind::Me => None,
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Users => "/users",
            Self::Groups => "/groups",
        }
    }

    pub(super) const fn select(self) -> &'static str {
        match self {
            Self::Users => USER,
            Self::Groups => GROUP,
        }
    }

    /// What people go by, and nothing else.
    pub(super) const fn names(self) -> &'static str {
        match self {
            Self::Users => USER_NAMES,
            Self::Groups => GROUP_NAMES,
        }
    }
}
