//! What the directory says about an object.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ObjectId, Property, TargetId, TargetKind, Timestamp};

/// One directory object that Graph offered as an answer to a reference. Absent properties are `None`:
/// Graph leaves out what was not selected or may not be read.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DirectoryObject {
    /// Object id of the user, group or contact.
    pub id: String,
    /// `displayName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `userPrincipalName` (users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// `mail`; for a contact the address that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// `mailNickname`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_nickname: Option<String>,
    /// `employeeId` (users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// `onPremisesSamAccountName` (users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_sam_account_name: Option<String>,
    /// `accountEnabled` (users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_enabled: Option<bool>,
    /// `userType` is `Guest` (users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<bool>,
    /// `groupTypes` holds `Unified`: a Microsoft 365 group (groups).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unified: Option<bool>,
    /// A team stands behind the group (groups).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<bool>,
    /// `createdDateTime`, milliseconds since the epoch: young objects may not be ready yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
    /// `department` (users), asked for reports only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Contacts: object id of the mailbox owner; none for `me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Contacts: id of the contact folder; none for the default folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl DirectoryObject {
    /// The object's value of a property, where known.
    pub(crate) fn value_of(&self, property: Property) -> Option<&str> {
        match property {
            Property::Id => Some(&self.id),
            Property::UserPrincipalName => self.user_principal_name.as_deref(),
            Property::EmployeeId => self.employee_id.as_deref(),
            Property::Mail => self.mail.as_deref(),
            Property::MailNickname => self.mail_nickname.as_deref(),
            Property::OnPremisesSamAccountName => self.on_premises_sam_account_name.as_deref(),
            Property::DisplayName => self.display_name.as_deref(),
        }
    }

    /// The photo slot of this object for a reference of the given kind.
    pub(crate) fn target(&self, kind: TargetKind) -> TargetId {
        let id = ObjectId::new(&self.id);
        match kind {
            TargetKind::User => TargetId::User(id),
            TargetKind::Group => TargetId::Group(id),
            TargetKind::Team => TargetId::Team(id),
            TargetKind::Contact => TargetId::Contact {
                owner: self.owner.as_deref().map(ObjectId::new),
                folder: self.folder.as_deref().map(ObjectId::new),
                contact: id,
            },
            TargetKind::Me => TargetId::Me,
        }
    }

    /// When the object was made, where Graph said so.
    pub(crate) fn created_at(&self) -> Option<Timestamp> {
        self.created.map(Timestamp::from_millis)
    }
}

impl fmt::Debug for DirectoryObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DirectoryObject({})", self.id)
    }
}
