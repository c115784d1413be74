//! Photo slots in the tenant: how HR names them (reference) and how Graph names them (object id).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Property, TargetKind};

/// An id that Graph gave out: a GUID for users and groups, an opaque text for contacts and folders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(Arc<str>);

impl ObjectId {
    /// Takes an id as Graph spelled it. GUIDs are folded to lower case, since Graph compares them so.
    pub fn new(text: &str) -> Self {
        if is_guid(text) { Self(text.to_ascii_lowercase().into()) } else { Self(text.into()) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// One photo slot, by the ids that Graph gave out. Its text form (`user:GUID`, `contact:OWNER/ID`,
/// `contact:OWNER/FOLDER/ID`) is the ledger's key and safe to log. Exchange makes ids of contacts and folders of any
/// letters: a `/` or `%` in one of them is written `%2F` or `%25`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TargetId {
    /// A user.
    User(ObjectId),
    /// A Microsoft 365 group.
    Group(ObjectId),
    /// A team (same id as its group, another slot).
    Team(ObjectId),
    /// A contact in a mailbox.
    Contact {
        /// The mailbox: a user's object id; none for the signed-in user's own.
        owner: Option<ObjectId>,
        /// The contact folder; none for the default one.
        folder: Option<ObjectId>,
        /// The contact.
        contact: ObjectId,
    },
    /// The signed-in user.
    Me,
}

impl TargetId {
    /// Its kind.
    pub const fn kind(&self) -> TargetKind {
        match self {
            Self::User(_) => TargetKind::User,
            Self::Group(_) => TargetKind::Group,
            Self::Team(_) => TargetKind::Team,
            Self::Contact { .. } => TargetKind::Contact,
            Self::Me => TargetKind::Me,
        }
    }

    /// The other photo slot of the same object: a team's group, a group's team.
    pub fn twin(&self) -> Option<Self> {
        match self {
            Self::Group(id) => Some(Self::Team(id.clone())),
            Self::Team(id) => Some(Self::Group(id.clone())),
            _ => None,
        }
    }

    /// The id of the object that carries the photo; `me` has none.
    pub const fn object_id(&self) -> Option<&ObjectId> {
        match self {
            Self::User(id) | Self::Group(id) | Self::Team(id) | Self::Contact { contact: id, .. } => Some(id),
            Self::Me => None,
        }
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Group(id) => write!(f, "group:{id}"),
            Self::Team(id) => write!(f, "team:{id}"),
            Self::Contact { owner, folder, contact } => {
                let owner = owner.as_ref().map_or("me", ObjectId::as_str);
                match folder {
                    None => write!(f, "contact:{owner}/{}", Part(contact)),
                    Some(folder) => write!(f, "contact:{owner}/{}/{}", Part(folder), Part(contact)),
                }
            }
            Self::Me => f.write_str("me"),
        }
    }
}

/// An id between slashes.
struct Part<'a>(&'a ObjectId);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.as_str().contains(['/', '%']) {
            return f.write_str(&self.0.as_str().replace('%', "%25").replace('/', "%2F"));
        }
        f.write_str(self.0.as_str())
    }
}

/// The id of a part; none for one that is empty.
fn part(text: &str) -> Option<ObjectId> {
    (!text.is_empty()).then(|| ObjectId::new(&text.replace("%2F", "/").replace("%25", "%")))
}

impl FromStr for TargetId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is not a target id (user:ID, group:ID, team:ID, contact:OWNER/ID, me)");
        if text == "me" {
            return Ok(Self::Me);
        }
        let (kind, id) = text.split_once(':').filter(|(_, id)| !id.is_empty()).ok_or_else(bad)?;
        match kind {
            "user" => Ok(Self::User(ObjectId::new(id))),
            "group" => Ok(Self::Group(ObjectId::new(id))),
            "team" => Ok(Self::Team(ObjectId::new(id))),
            "contact" => {
                let parts: Option<Vec<ObjectId>> = id.split('/').map(part).collect();
                let (owner, folder, contact) = match parts.ok_or_else(bad)?.as_slice() {
                    [owner, contact] => (owner.clone(), None, contact.clone()),
                    [owner, folder, contact] => (owner.clone(), Some(folder.clone()), contact.clone()),
                    _ => return Err(bad()),
                };
                Ok(Self::Contact { owner: (owner.as_str() != "me").then_some(owner), folder, contact })
            }
            _ => Err(bad()),
        }
    }
}

/// The mailbox that a contact lives in, as HR names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox {
    /// UPN or object id of the owner; `me` for the signed-in user.
    pub owner: Arc<str>,
    /// Display name or id of a contact folder; none for the default folder.
    pub folder: Option<Arc<str>>,
}

/// A target as HR's naming says it. Personal: `Debug` is redacted, so that it can't slip into a log;
/// `Display` is for the person at the terminal and for the ledger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// What kind of photo slot is meant.
    pub kind: TargetKind,
    /// Named by which property. `Id` for `me`.
    pub property: Property,
    /// The property's value, as HR spells it (composed, NFC). Empty for `me`.
    pub value: Arc<str>,
    /// Further properties, which must all have these values, too.
    pub further: Vec<(Property, Arc<str>)>,
    /// For contacts only.
    pub mailbox: Option<Box<Mailbox>>,
}

impl Reference {
    /// A user, group or team named by a property.
    pub fn new(kind: TargetKind, property: Property, value: &str) -> Self {
        Self { kind, property, value: value.into(), further: Vec::new(), mailbox: None }
    }

    /// A contact in a mailbox.
    pub fn contact(owner: &str, folder: Option<&str>, property: Property, value: &str) -> Self {
        let mailbox = Mailbox { owner: owner.into(), folder: folder.map(Into::into) };
        Self { mailbox: Some(Box::new(mailbox)), ..Self::new(TargetKind::Contact, property, value) }
    }

    /// The signed-in user.
    pub fn me() -> Self {
        Self::new(TargetKind::Me, Property::Id, "")
    }

    /// The same, but only where this property has that value, too.
    #[must_use]
    pub fn and(mut self, property: Property, value: &str) -> Self {
        self.further.push((property, value.into()));
        self
    }

    /// Every property with its value: the object meant has them all.
    pub fn criteria(&self) -> impl Iterator<Item = (Property, &Arc<str>)> {
        std::iter::once((self.property, &self.value)).chain(self.further.iter().map(|(property, value)| (*property, value)))
    }

    /// The part people recognise: `anna@contoso.com`, `0042`, `Anna Berg`, `owner@contoso.com → friend@example.com`.
    pub fn label(&self) -> String {
        match &self.mailbox {
            None if self.kind == TargetKind::Me => "me".to_owned(),
            None => self.criteria().map(|(_, value)| &**value).collect::<Vec<_>>().join(" "),
            Some(mailbox) => match &mailbox.folder {
                None => format!("{} → {}", mailbox.owner, self.value),
                Some(folder) => format!("{} → {folder} → {}", mailbox.owner, self.value),
            },
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TargetKind::Me => f.write_str("me"),
            kind if self.further.is_empty() => write!(f, "{kind} {} {}", self.property, self.label()),
            kind => {
                let criteria: Vec<String> = self.criteria().map(|(property, value)| format!("{property} {value}")).collect();
                write!(f, "{kind} {}", criteria.join(", "))
            }
        }
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({} {} …)", self.kind, self.property)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_ids_survive_their_text_form() {
        for text in [
            "user:6e7b768e-07e2-4810-8459-485f84f8f204",
            "group:a",
            "team:a",
            "contact:o/c=",
            "contact:o/f/c",
            "contact:me/c",
            "contact:o/a%2Fb%252F%25=",
            "me",
        ] {
            assert_eq!(text.parse::<TargetId>().map(|id| id.to_string()).as_deref(), Ok(text));
        }
        for bad in ["", "user:", "user", "contact:o", "contact:o/f/c/d", "contact:o/", "contact:/c", "robot:1"] {
            assert!(bad.parse::<TargetId>().is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn guids_fold_case_and_contact_ids_do_not() {
        assert_eq!(ObjectId::new("6E7B768E-07E2-4810-8459-485F84F8F204").as_str(), "6e7b768e-07e2-4810-8459-485f84f8f204");
        assert_eq!(ObjectId::new("AAMkAGI2=").as_str(), "AAMkAGI2=");
    }

    #[test]
    fn a_reference_never_prints_its_value_in_debug() {
        let reference = Reference::new(TargetKind::User, Property::UserPrincipalName, "anna@contoso.com");
        assert!(!format!("{reference:?}").contains("anna"));
        assert_eq!(reference.to_string(), "user userPrincipalName anna@contoso.com");
        assert_eq!(reference.key(), Reference::new(TargetKind::User, Property::UserPrincipalName, "ANNA@contoso.com").key());
    }
}
