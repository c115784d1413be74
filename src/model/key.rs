//! References by the keys that the ledger keeps.

use super::{Property, Reference, TargetKind};

impl Reference {
    /// The reference that a key stands for, in the key's letters; none for what is not a key.
    pub fn from_key(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once(':')?;
        let (property, rest) = rest.split_once(':')?;
        let (kind, property): (TargetKind, Property) = (kind.parse().ok()?, property.parse().ok()?);
        if kind != TargetKind::Contact {
            return Some(Self::new(kind, property, rest));
        }
        // Before its @, an address may hold a colon in quotes; a folder's name may hold one, too.
        let at = rest.find('@').filter(|_| property == Property::Mail).unwrap_or(0);
        let (value, place) = rest.split_at(at + rest[at..].find(':')?);
        let (owner, folder) = place[1..].split_once(':')?;
        Some(Self::contact(owner, Some(folder).filter(|folder| !folder.is_empty()), property, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_back_from_their_keys() {
        for reference in [
            Reference::new(TargetKind::User, Property::UserPrincipalName, "anna:b@contoso.com"),
            Reference::new(TargetKind::Group, Property::DisplayName, "sales: north"),
            Reference::contact("anna@contoso.com", None, Property::Mail, "\"a:b\"@x.com"),
            Reference::contact("anna@contoso.com", Some("friends: old"), Property::Mail, "b@x.com"),
            Reference::contact("me", Some("f"), Property::Id, "AAMkAGI2="),
            Reference::me(),
        ] {
            assert_eq!(Reference::from_key(&reference.key()).as_ref(), Some(&reference), "{reference}");
        }
        for bad in ["", "user", "user:mail", "robot:mail:x", "contact:mail:a@b", "contact:mail:a@b:owner"] {
            assert_eq!(Reference::from_key(bad), None, "{bad}");
        }
    }
}
