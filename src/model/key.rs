//! References by the keys that the ledger keeps.

use super::{Property, Reference, TargetKind};

/// Stands between the properties of one key; no value holds what can't be seen.
const BETWEEN: char = '\u{1f}';

impl Reference {
    /// Key under which equal references meet: values fold case, since the directory compares them so.
    /// A contact id is opaque and case-sensitive, so it stays as it is.
    pub fn key(&self) -> String {
        let letters = |property: Property, value: &str| {
            let is_exact = self.kind == TargetKind::Contact && property == Property::Id;
            if is_exact { value.to_owned() } else { property.folded(value) }
        };
        let Some(mailbox) = &self.mailbox else {
            let mut key = format!("{}:", self.kind);
            for (at, (property, value)) in self.criteria().enumerate() {
                if at > 0 {
                    key.push(BETWEEN);
                }
                key.push_str(property.as_str());
                key.push(':');
                key.push_str(&letters(property, value));
            }
            return key;
        };
        let folder = mailbox.folder.as_deref().unwrap_or("");
        let value = letters(self.property, &self.value);
        format!("contact:{}:{value}:{}:{folder}", self.property, mailbox.owner.to_lowercase())
    }

    /// The reference that a key stands for, in the key's letters; none for what is not a key.
    pub fn from_key(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once(':')?;
        let kind: TargetKind = kind.parse().ok()?;
        if kind != TargetKind::Contact {
            let mut criteria = rest.split(BETWEEN).map(|criterion| {
                let (property, value) = criterion.split_once(':')?;
                Some((property.parse::<Property>().ok()?, value))
            });
            let (property, value) = criteria.next()??;
            let first = Self::new(kind, property, value);
            return criteria
                .try_fold(first, |reference, criterion| criterion.map(|(property, value)| reference.and(property, value)));
        }
        let (property, rest) = rest.split_once(':')?;
        let property: Property = property.parse().ok()?;
        // Before its @, an address may hold a colon in quotes; a folder's name may hold one, too.
        let at = rest.find('@').filter(|_| property == Property::Mail).unwrap_or(0);
        let (value, place) = rest.split_at(at + rest[at..].find(':')?);
        let (owner, folder) = place[1..].split_once(':')?;
        Some(Self::contact(owner, Some(folder).filter(|folder| !folder.is_empty()), property, value))
    }

    /// A key as people read it.
    pub(crate) fn shown_key(key: &str) -> String {
        key.replace(BETWEEN, " + ")
    }

    /// The criteria of a key of several, each with the key that it would be by itself; none if it is one alone.
    pub(crate) fn criteria_of(key: &str) -> Option<Vec<(Property, String)>> {
        let (kind, rest) = key.split_once(':').filter(|(_, rest)| rest.contains(BETWEEN))?;
        let criterion = |text: &str| Some((text.split_once(':')?.0.parse().ok()?, format!("{kind}:{text}")));
        rest.split(BETWEEN).map(criterion).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Property {
        name.parse().unwrap()
    }

    #[test]
    fn references_come_back_from_their_keys() {
        for reference in [
            Reference::new(TargetKind::User, Property::UserPrincipalName, "anna:b@contoso.com"),
            Reference::new(TargetKind::Group, Property::DisplayName, "sales: north"),
            Reference::contact("anna@contoso.com", None, Property::Mail, "\"a:b\"@x.com"),
            Reference::contact("anna@contoso.com", Some("friends: old"), Property::Mail, "b@x.com"),
            Reference::contact("me", Some("f"), Property::Id, "AAMkAGI2="),
            Reference::me(),
            Reference::new(TargetKind::User, named("givenName"), "anna")
                .and(named("surname"), "b: c")
                .and(named("department"), "x:y"),
            Reference::new(TargetKind::User, named("onPremisesImmutableId"), "AbC/d=="),
            Reference::new(TargetKind::User, named("extension_0123456789abcdef0123456789abcdef_badge"), "7"),
        ] {
            assert_eq!(Reference::from_key(&reference.key()).as_ref(), Some(&reference), "{reference}");
        }
        for bad in [
            "",
            "user",
            "user:mail",
            "robot:mail:x",
            "contact:mail:a@b",
            "contact:mail:a@b:owner",
            "user:mail:a\u{1f}b",
            "user:shoe:9",
        ] {
            assert_eq!(Reference::from_key(bad), None, "{bad}");
        }
    }
}
