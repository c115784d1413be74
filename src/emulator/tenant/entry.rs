//! One object of the pretended directory and the shape it has in answers.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::{Property, Timestamp};

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EntryKind {
    /// A user.
    User,
    /// A group, perhaps with a team behind it.
    Group,
    /// A contact in a mailbox.
    Contact,
    /// A contact folder in a mailbox.
    Folder,
}

impl EntryKind {
    /// The `OData` type, as `$select` errors and contexts name it.
    pub const fn odata(self) -> &'static str {
        match self {
            Self::User => "microsoft.graph.user",
            Self::Group => "microsoft.graph.group",
            Self::Contact => "microsoft.graph.contact",
            Self::Folder => "microsoft.graph.contactFolder",
        }
    }
}

/// Where a user's mailbox is. Photos of people live there.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum MailboxState {
    /// In Exchange Online.
    #[default]
    Online,
    /// Nowhere: photos go to the directory, which takes small ones only.
    Missing,
    /// In the company's own Exchange, out of reach for Graph.
    OnPremises,
}

/// Whether a team stands behind a group.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TeamState {
    /// No team.
    #[default]
    Absent,
    /// A team, and `resourceProvisioningOptions` says so.
    Marked,
    /// A team without the marker, as some old ones are.
    Unmarked,
}

/// The rarer properties, kept apart so that a plain entry stays small.
#[derive(Clone, Default, Debug)]
pub struct More {
    /// Values of further properties; a property of many values stands there many times.
    pub others: Vec<(Property, Box<str>)>,
    /// A contact's addresses after the first.
    pub further_addresses: Vec<Box<str>>,
    /// Ids of direct members: users and groups.
    pub members: Vec<Arc<str>>,
}

/// One object. Ids of users and groups are lower-case GUIDs; those of contacts and folders are opaque.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its id.
    pub id: Arc<str>,
    /// `displayName`.
    pub display_name: Option<Box<str>>,
    /// `userPrincipalName`.
    pub user_principal_name: Option<Box<str>>,
    /// `mail`; a contact's first address.
    pub mail: Option<Box<str>>,
    /// `mailNickname`.
    pub mail_nickname: Option<Box<str>>,
    /// `employeeId`.
    pub employee_id: Option<Box<str>>,
    /// `onPremisesSamAccountName`.
    pub on_premises_sam_account_name: Option<Box<str>>,
    /// `accountEnabled` (users).
    pub account_enabled: bool,
    /// `userType` is `Guest` (users).
    pub guest: bool,
    /// `groupTypes` holds `Unified` (groups).
    pub unified: bool,
    /// The team behind the group.
    pub team: TeamState,
    /// The user's mailbox.
    pub mailbox: MailboxState,
    /// `createdDateTime`.
    pub created: Timestamp,
    /// Contacts and folders: id of the user whose mailbox holds them.
    pub owner: Option<Arc<str>>,
    /// Contacts: id of the folder, none for the default one. Folders: id of the folder above.
    pub folder: Option<Arc<str>>,
    /// The rarer properties.
    pub more: Option<Box<More>>,
}

/// 2020-01-01: old enough that nothing treats the object as just made.
const LONG_AGO: Timestamp = Timestamp::from_millis(1_577_836_800_000);

impl Entry {
    /// An entry with an id and nothing else: an enabled member with an online mailbox, or a security group.
    pub fn new(kind: EntryKind, id: &str) -> Self {
        let id = match kind {
            EntryKind::User | EntryKind::Group => id.to_lowercase().into(),
            EntryKind::Contact | EntryKind::Folder => id.into(),
        };
        Self {
            kind,
            id,
            display_name: None,
            user_principal_name: None,
            mail: None,
            mail_nickname: None,
            employee_id: None,
            on_premises_sam_account_name: None,
            account_enabled: true,
            guest: false,
            unified: false,
            team: TeamState::Absent,
            mailbox: MailboxState::Online,
            created: LONG_AGO,
            owner: None,
            folder: None,
            more: None,
        }
    }

    /// What people know the object by: a name that was given to it rather than one made up for it.
    pub(crate) fn known_as(&self) -> &str {
        let made_up =
            |name: &&str| name.ends_with("@emulated.example") || name.starts_with("emulated-") || name.starts_with("Emulated ");
        let names = [
            &self.user_principal_name,
            &self.mail_nickname,
            &self.employee_id,
            &self.mail,
            &self.on_premises_sam_account_name,
            &self.display_name,
        ];
        names.into_iter().filter_map(Option::as_deref).find(|name| !made_up(name)).unwrap_or(&self.id)
    }

    /// Sets a property that references may name the object by; of many values, adds one. `Id` stays as it is.
    pub fn set(&mut self, property: Property, value: &str) {
        let value = Some(value.into());
        match property {
            Property::Id => {}
            Property::UserPrincipalName => self.user_principal_name = value,
            Property::EmployeeId => self.employee_id = value,
            Property::Mail => self.mail = value,
            Property::MailNickname => self.mail_nickname = value,
            Property::OnPremisesSamAccountName => self.on_premises_sam_account_name = value,
            Property::DisplayName => self.display_name = value,
            Property::Other(_) => {
                let others = &mut self.more.get_or_insert_default().others;
                if !property.is_list() {
                    others.retain(|(other, _)| *other != property);
                }
                others.extend(value.map(|value| (property, value)));
            }
        }
    }

    /// Every value that references may name the object by, but for its id.
    pub(crate) fn named_by(&self) -> impl Iterator<Item = (Property, &str)> {
        let own = Property::OWN.into_iter().filter(|property| *property != Property::Id);
        let own = own.filter_map(|property| Some((property, self.value_of(property)?)));
        own.chain(self.others().map(|(property, value)| (*property, &**value)))
    }

    fn others(&self) -> impl Iterator<Item = &(Property, Box<str>)> {
        self.more.iter().flat_map(|more| &more.others)
    }

    /// The value of a property that references may name the object by.
    pub fn value_of(&self, property: Property) -> Option<&str> {
        match property {
            Property::Id => Some(&self.id),
            Property::UserPrincipalName => self.user_principal_name.as_deref(),
            Property::EmployeeId => self.employee_id.as_deref(),
            Property::Mail => self.mail.as_deref(),
            Property::MailNickname => self.mail_nickname.as_deref(),
            Property::OnPremisesSamAccountName => self.on_premises_sam_account_name.as_deref(),
            Property::DisplayName => self.display_name.as_deref(),
            Property::Other(_) => self.others().find(|(other, _)| *other == property).map(|(_, value)| &**value),
        }
    }

    /// A property of one text, by Graph's name.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "userType" if self.kind == EntryKind::User => Some(if self.guest { "Guest" } else { "Member" }.into()),
            "accountEnabled" if self.kind == EntryKind::User => Some(if self.account_enabled { "true" } else { "false" }.into()),
            "mailEnabled" if self.kind == EntryKind::Group => Some(if self.unified { "true" } else { "false" }.into()),
            "securityEnabled" if self.kind == EntryKind::Group => Some(if self.unified { "false" } else { "true" }.into()),
            "createdDateTime" => Some(self.created.to_string().into()),
            "parentFolderId" => Some(self.folder.as_deref().unwrap_or("default").into()),
            _ => {
                // A part is known by its own name, whatever it is a part of.
                let name = name.split_once('/').map_or(name, |(_, part)| part);
                self.value_of(name.parse().ok()?).map(Cow::Borrowed)
            }
        }
    }

    /// A property of many texts, by Graph's name.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let further = self.more.iter().flat_map(|more| &more.further_addresses).map(AsRef::as_ref);
        match name {
            "groupTypes" if self.unified => vec!["Unified"],
            "resourceProvisioningOptions" if self.team == TeamState::Marked => vec!["Team"],
            "emailAddresses" => self.mail.as_deref().into_iter().chain(further).collect(),
            _ => self.others().filter(|(other, _)| other.as_str() == name).map(|(_, value)| &**value).collect(),
        }
    }

    /// A property as it stands in an answer; null where there is none.
    pub(crate) fn json(&self, name: &str) -> Value {
        match name {
            "accountEnabled" => json!(self.account_enabled),
            "mailEnabled" => json!(self.unified),
            "securityEnabled" => json!(!self.unified),
            "groupTypes" | "resourceProvisioningOptions" | "proxyAddresses" | "otherMails" | "imAddresses" | "businessPhones" => {
                json!(self.texts(name))
            }
            "onPremisesExtensionAttributes" | "employeeOrgData" => {
                let parts = Property::all().filter(|property| property.selected() == name);
                Value::Object(parts.map(|part| (part.to_string(), json!(self.value_of(part)))).collect())
            }
            "emailAddresses" => {
                let address = |address: &str| json!({ "name": self.display_name, "address": address });
                Value::Array(self.texts(name).into_iter().map(address).collect())
            }
            _ => self.text(name).map_or(Value::Null, |text| Value::String(text.into_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_carry_what_graph_says() {
        let mut guest = Entry::new(EntryKind::User, "6E7B768E-07E2-4810-8459-485F84F8F204");
        guest.guest = true;
        assert_eq!(&*guest.id, "6e7b768e-07e2-4810-8459-485f84f8f204");
        assert_eq!(guest.json("userType"), json!("Guest"));
        assert_eq!(guest.json("mail"), Value::Null);
        let mut contact = Entry::new(EntryKind::Contact, "AAMk=");
        contact.set(Property::Mail, "a@b.c");
        assert_eq!(contact.json("emailAddresses"), json!([{ "name": null, "address": "a@b.c" }]));
    }
}
