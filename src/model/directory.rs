//! What the directory says about an object.

use std::fmt;

use super::{ObjectId, Property, Reference, TargetId, TargetKind, Timestamp};

/// One directory object that Graph offered as an answer to a reference. Absent properties are `None`:
/// Graph leaves out what was not selected or may not be read.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct DirectoryObject {
    /// Object id of the user, group or contact.
    pub id: String,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `userPrincipalName` (users).
    pub user_principal_name: Option<String>,
    /// `mail`; for a contact the address that matched.
    pub mail: Option<String>,
    /// `mailNickname`.
    pub mail_nickname: Option<String>,
    /// `employeeId` (users).
    pub employee_id: Option<String>,
    /// `onPremisesSamAccountName` (users).
    pub on_premises_sam_account_name: Option<String>,
    /// `accountEnabled` (users).
    pub account_enabled: Option<bool>,
    /// `userType` is `Guest` (users).
    pub guest: Option<bool>,
    /// `groupTypes` holds `Unified`: a Microsoft 365 group (groups).
    pub unified: Option<bool>,
    /// A team stands behind the group (groups).
    pub team: Option<bool>,
    /// `createdDateTime`, milliseconds since the epoch: young objects may not be ready yet.
    pub created: Option<i64>,
    /// `department` (users), asked for reports only.
    pub department: Option<String>,
    /// Contacts: object id of the mailbox owner; none for `me`.
    pub owner: Option<String>,
    /// Contacts: id of the contact folder; none for the default folder.
    pub folder: Option<String>,
    /// Values of other properties, as far as they were asked for; a property of many values stands there many times.
    pub others: Vec<(Property, String)>,
}

impl DirectoryObject {
    /// The object's values of a property, as far as they are known.
    pub(crate) fn values_of(&self, property: Property) -> impl Iterator<Item = &str> {
        let own = match property {
            Property::Id => Some(&*self.id),
            Property::UserPrincipalName => self.user_principal_name.as_deref(),
            Property::EmployeeId => self.employee_id.as_deref(),
            Property::Mail => self.mail.as_deref(),
            Property::MailNickname => self.mail_nickname.as_deref(),
            Property::OnPremisesSamAccountName => self.on_premises_sam_account_name.as_deref(),
            Property::DisplayName => self.display_name.as_deref(),
            Property::Other(_) => None,
        };
        own.into_iter().chain(self.others.iter().filter(move |(other, _)| *other == property).map(|(_, value)| value.as_str()))
    }

    /// Whether a property has this value: without regard to case, composed or not, and never but for accents.
    pub(crate) fn has(&self, property: Property, value: &str) -> bool {
        let wanted = property.folded(value);
        self.values_of(property).any(|own| property.folded(own) == wanted)
    }

    /// Whether every property of a reference has the value that it names.
    pub(crate) fn has_all(&self, reference: &Reference) -> bool {
        reference.criteria().all(|(property, value)| self.has(property, value))
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
