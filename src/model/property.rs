//! What users, groups, teams and contacts can be named by: a few properties that have a place of their own everywhere,
//! and whatever else Graph lets an application select of users and groups.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;

use super::TargetKind;

/// Custom attributes that one process hears of at most: a configuration names a handful.
const MOST_CUSTOM: usize = 1_000;
/// Longest name of a custom attribute, in bytes.
const LONGEST_CUSTOM: usize = 256;

/// A directory property that a reference may name its target by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Property {
    /// Object id.
    Id,
    /// Sign-in name of a user.
    UserPrincipalName,
    /// HR's number; not unique by itself.
    EmployeeId,
    /// Primary mail address.
    Mail,
    /// Exchange alias.
    MailNickname,
    /// Sign-in name of the on-premises directory.
    OnPremisesSamAccountName,
    /// The name people read; not unique.
    DisplayName,
    /// Any other.
    Other(&'static Attribute),
}

/// A further attribute of users or groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Attribute {
    name: &'static str,
    /// The property that holds it, for a part of one.
    parent: Option<&'static str>,
    /// It has many values.
    is_list: bool,
    users: bool,
    groups: bool,
}

/// One of users.
const fn user(name: &'static str) -> Attribute {
    Attribute { name, parent: None, is_list: false, users: true, groups: false }
}

/// One of groups.
const fn group(name: &'static str) -> Attribute {
    Attribute { users: false, groups: true, ..user(name) }
}

/// One of both.
const fn both(name: &'static str) -> Attribute {
    Attribute { groups: true, ..user(name) }
}

/// One with many values.
const fn list(attribute: Attribute) -> Attribute {
    Attribute { is_list: true, ..attribute }
}

/// A part of a property of users.
const fn part(parent: &'static str, name: &'static str) -> Attribute {
    Attribute { parent: Some(parent), ..user(name) }
}

/// A part of `onPremisesExtensionAttributes`.
const fn extension(name: &'static str) -> Attribute {
    part("onPremisesExtensionAttributes", name)
}

/// All but custom ones. Follows the tables of "user resource type" and "group resource type", less what is no text, what
/// needs a permission of its own, and what is read for one object at a time only.
static ATTRIBUTES: [Attribute; 46] = [
    user("givenName"),
    user("surname"),
    user("department"),
    user("jobTitle"),
    user("companyName"),
    user("employeeType"),
    user("officeLocation"),
    user("city"),
    user("state"),
    user("country"),
    user("postalCode"),
    user("streetAddress"),
    user("usageLocation"),
    user("preferredLanguage"),
    user("mobilePhone"),
    user("faxNumber"),
    list(user("businessPhones")),
    list(user("imAddresses")),
    list(user("otherMails")),
    list(both("proxyAddresses")),
    user("onPremisesImmutableId"),
    user("onPremisesUserPrincipalName"),
    user("onPremisesDistinguishedName"),
    both("onPremisesDomainName"),
    group("onPremisesNetBiosName"),
    both("onPremisesSecurityIdentifier"),
    both("securityIdentifier"),
    group("description"),
    group("classification"),
    part("employeeOrgData", "costCenter"),
    part("employeeOrgData", "division"),
    extension("extensionAttribute1"),
    extension("extensionAttribute2"),
    extension("extensionAttribute3"),
    extension("extensionAttribute4"),
    extension("extensionAttribute5"),
    extension("extensionAttribute6"),
    extension("extensionAttribute7"),
    extension("extensionAttribute8"),
    extension("extensionAttribute9"),
    extension("extensionAttribute10"),
    extension("extensionAttribute11"),
    extension("extensionAttribute12"),
    extension("extensionAttribute13"),
    extension("extensionAttribute14"),
    extension("extensionAttribute15"),
];

/// Custom attributes heard of so far. They live as long as the process, as the others do.
static CUSTOM: Mutex<Vec<&'static Attribute>> = Mutex::new(Vec::new());

impl Property {
    /// Those that have a place of their own.
    pub const OWN: [Self; 7] = [
        Self::Id,
        Self::UserPrincipalName,
        Self::EmployeeId,
        Self::Mail,
        Self::MailNickname,
        Self::OnPremisesSamAccountName,
        Self::DisplayName,
    ];

    /// Every property but custom ones.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OWN.into_iter().chain(ATTRIBUTES.iter().map(Self::Other))
    }

    /// Every property, and the custom ones that settings named so far.
    pub(crate) fn heard_of() -> Vec<Self> {
        let custom = CUSTOM.lock().unwrap_or_else(PoisonError::into_inner);
        Self::all().chain(custom.iter().copied().map(Self::Other)).collect()
    }

    /// The name Graph uses for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::UserPrincipalName => "userPrincipalName",
            Self::EmployeeId => "employeeId",
            Self::Mail => "mail",
            Self::MailNickname => "mailNickname",
            Self::OnPremisesSamAccountName => "onPremisesSamAccountName",
            Self::DisplayName => "displayName",
            Self::Other(attribute) => attribute.name,
        }
    }

    /// What to ask for to be told its value: itself, or what it is a part of.
    pub const fn selected(self) -> &'static str {
        match self {
            Self::Other(Attribute { parent: Some(parent), .. }) => parent,
            _ => self.as_str(),
        }
    }

    /// Whether an object has many values of it.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Other(Attribute { is_list: true, .. }))
    }

    /// Whether it is one of those that Exchange numbers.
    pub(super) const fn is_extension_attribute(self) -> bool {
        matches!(self, Self::Other(Attribute { parent: Some(parent), .. }) if matches!(parent.as_bytes(), b"onPremisesExtensionAttributes"))
    }

    /// Whether it is a directory extension.
    pub(crate) fn is_custom(self) -> bool {
        is_custom(self.as_str())
    }

    /// Whether targets of this kind can be named by this property.
    pub const fn fits(self, kind: TargetKind) -> bool {
        match (kind, self) {
            (TargetKind::User, Self::Other(attribute)) => attribute.users,
            (TargetKind::User, _) => true,
            (TargetKind::Group | TargetKind::Team, Self::Other(attribute)) => attribute.groups,
            (TargetKind::Group | TargetKind::Team, _) => !matches!(self, Self::UserPrincipalName | Self::EmployeeId),
            (TargetKind::Contact, _) => matches!(self, Self::Id | Self::Mail),
            (TargetKind::Me, _) => false,
        }
    }

    /// The form in which equal values meet: composed, and in small letters, since the directory compares so; but for an
    /// id in Base64, where letters differ by their case.
    pub fn folded(self, value: &str) -> String {
        let is_exact = matches!(self, Self::Other(Attribute { name: "onPremisesImmutableId", .. }));
        match (value.is_ascii(), is_exact) {
            (true, true) => value.to_owned(),
            (true, false) => value.to_ascii_lowercase(),
            (false, true) => value.nfc().collect(),
            (false, false) => value.nfc().collect::<String>().to_lowercase(),
        }
    }

    /// The property of this name, if it is one that was heard of. What a server names makes no new ones.
    pub(crate) fn known(name: &str) -> Option<Self> {
        let custom = || {
            let custom = CUSTOM.lock().unwrap_or_else(PoisonError::into_inner);
            custom.iter().find(|attribute| attribute.name == name).copied().map(Self::Other)
        };
        Self::all().find(|property| property.as_str() == name).or_else(|| is_custom(name).then(custom).flatten())
    }
}

/// `extension_` with the application's id, without hyphens, and a name: a directory extension.
fn is_custom(name: &str) -> bool {
    let Some((id, own)) = name.strip_prefix("extension_").and_then(|rest| rest.split_once('_')) else { return false };
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    id.len() == 32
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !own.is_empty()
        && word(own)
        && name.len() <= LONGEST_CUSTOM
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Property {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(known) = Self::known(text) {
            return Ok(known);
        }
        let mut custom = CUSTOM.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_custom(text) || custom.len() >= MOST_CUSTOM {
            return Err(format!("no property is called {text:?}"));
        }
        // Between the look and the lock somebody else may have made it.
        if let Some(known) = custom.iter().find(|attribute| attribute.name == text) {
            return Ok(Self::Other(known));
        }
        let attribute: &'static Attribute = Box::leak(Box::new(both(Box::leak(text.to_owned().into_boxed_str()))));
        custom.push(attribute);
        Ok(Self::Other(attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BADGE: &str = "extension_0123456789abcdef0123456789ABCDEF_badge";

    #[test]
    fn every_property_is_found_by_its_name() {
        for property in Property::all() {
            assert_eq!(property.as_str().parse(), Ok(property));
            assert!(TargetKind::ALL.into_iter().any(|kind| property.fits(kind)), "{property}");
        }
        let mut names: Vec<&str> = Property::all().map(Property::as_str).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Property::all().count());
        for none in ["", "shoeSize", "extensionAttribute16", "ExtensionAttribute1", "onPremisesExtensionAttributes"] {
            assert!(none.parse::<Property>().is_err(), "{none}");
        }
    }

    #[test]
    fn custom_attributes_are_told_by_their_form_and_only_settings_make_them() {
        let unheard = format!("{BADGE}_unheard");
        assert_eq!(Property::known(&unheard), None);
        let badge: Property = BADGE.parse().unwrap();
        assert_eq!((BADGE.parse(), Property::known(BADGE)), (Ok(badge), Some(badge)));
        assert!(badge.fits(TargetKind::User) && badge.fits(TargetKind::Team) && !badge.fits(TargetKind::Contact));
        for none in
            ["extension_", "extension_badge", "extension_0123_badge", &BADGE[..43], &format!("{BADGE}/x"), &format!("{BADGE} eq")]
        {
            assert!(none.parse::<Property>().is_err(), "{none}");
        }
    }

    #[test]
    fn values_meet_without_case_but_for_base64() {
        let named = |name: &str| name.parse::<Property>().unwrap();
        assert_eq!(named("surname").folded("Go\u{308}TZ"), "götz");
        assert_eq!(named("onPremisesImmutableId").folded("AbC="), "AbC=");
    }
}
