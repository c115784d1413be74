//! Which properties there are, and which of them can be filtered: from Microsoft's tables "Advanced query capabilities on
//! directory objects" (an empty cell can't be filtered) and the pages of the user, group and contact resources.

use crate::emulator::tenant::EntryKind;

/// What a filter on a property needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Filtering {
    /// Nothing.
    Plain,
    /// `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
    /// There is none.
    Refused,
}

/// A property of users or groups that is not among those an answer carries unasked, or that a filter knows.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// As a filter names it.
    pub(crate) path: &'static str,
    pub(crate) filtering: Filtering,
    /// It has many values, compared with `any`.
    pub(crate) is_list: bool,
}

const fn plain(path: &'static str) -> Known {
    Known { path, filtering: Filtering::Plain, is_list: false }
}

const fn advanced(path: &'static str) -> Known {
    Known { filtering: Filtering::Advanced, ..plain(path) }
}

const fn refused(path: &'static str) -> Known {
    Known { filtering: Filtering::Refused, ..plain(path) }
}

const fn list(known: Known) -> Known {
    Known { is_list: true, ..known }
}

static USER: [Known; 55] = [
    plain("id"),
    plain("userPrincipalName"),
    plain("mail"),
    plain("mailNickname"),
    plain("displayName"),
    plain("employeeId"),
    plain("userType"),
    plain("accountEnabled"),
    plain("createdDateTime"),
    plain("givenName"),
    plain("surname"),
    plain("department"),
    plain("jobTitle"),
    plain("city"),
    plain("state"),
    plain("country"),
    plain("usageLocation"),
    plain("onPremisesUserPrincipalName"),
    plain("onPremisesSecurityIdentifier"),
    plain("securityIdentifier"),
    plain("onPremisesImmutableId"),
    advanced("onPremisesSamAccountName"),
    advanced("onPremisesDistinguishedName"),
    advanced("companyName"),
    advanced("employeeType"),
    advanced("officeLocation"),
    advanced("postalCode"),
    advanced("streetAddress"),
    advanced("preferredLanguage"),
    advanced("mobilePhone"),
    advanced("faxNumber"),
    advanced("employeeOrgData/costCenter"),
    advanced("employeeOrgData/division"),
    advanced("onPremisesExtensionAttributes/extensionAttribute1"),
    advanced("onPremisesExtensionAttributes/extensionAttribute2"),
    advanced("onPremisesExtensionAttributes/extensionAttribute3"),
    advanced("onPremisesExtensionAttributes/extensionAttribute4"),
    advanced("onPremisesExtensionAttributes/extensionAttribute5"),
    advanced("onPremisesExtensionAttributes/extensionAttribute6"),
    advanced("onPremisesExtensionAttributes/extensionAttribute7"),
    advanced("onPremisesExtensionAttributes/extensionAttribute8"),
    advanced("onPremisesExtensionAttributes/extensionAttribute9"),
    advanced("onPremisesExtensionAttributes/extensionAttribute10"),
    advanced("onPremisesExtensionAttributes/extensionAttribute11"),
    advanced("onPremisesExtensionAttributes/extensionAttribute12"),
    advanced("onPremisesExtensionAttributes/extensionAttribute13"),
    advanced("onPremisesExtensionAttributes/extensionAttribute14"),
    advanced("onPremisesExtensionAttributes/extensionAttribute15"),
    refused("onPremisesDomainName"),
    refused("onPremisesSyncEnabled"),
    refused("aboutMe"),
    list(plain("imAddresses")),
    list(plain("otherMails")),
    list(plain("proxyAddresses")),
    list(advanced("businessPhones")),
];

static GROUP: [Known; 18] = [
    plain("id"),
    plain("displayName"),
    plain("mail"),
    plain("mailNickname"),
    plain("mailEnabled"),
    plain("securityEnabled"),
    plain("createdDateTime"),
    plain("classification"),
    plain("onPremisesSecurityIdentifier"),
    plain("securityIdentifier"),
    advanced("onPremisesSamAccountName"),
    advanced("description"),
    refused("onPremisesDomainName"),
    refused("onPremisesNetBiosName"),
    refused("visibility"),
    list(plain("groupTypes")),
    list(plain("proxyAddresses")),
    list(plain("resourceProvisioningOptions")),
];

static CONTACT: [Known; 2] = [plain("displayName"), list(plain("emailAddresses"))];
static FOLDER: [Known; 1] = [plain("displayName")];
static CUSTOM: Known = plain("extension");

/// The property that a filter names; none if there is no such.
pub(crate) fn find(kind: EntryKind, path: &str) -> Option<&'static Known> {
    let all: &[Known] = match kind {
        EntryKind::User => &USER,
        EntryKind::Group => &GROUP,
        EntryKind::Contact => &CONTACT,
        EntryKind::Folder => &FOLDER,
    };
    let is_custom = matches!(kind, EntryKind::User | EntryKind::Group) && is_extension(path);
    all.iter().find(|known| known.path == path).or_else(|| is_custom.then_some(&CUSTOM))
}

/// Whether an answer can be asked to carry it: parts come with what they are parts of.
pub(crate) fn is_selectable(kind: EntryKind, name: &str) -> bool {
    let is_part = |known: &Known| known.path.split_once('/').is_some_and(|(parent, _)| parent == name);
    match kind {
        EntryKind::User => USER.iter().any(|known| known.path == name || is_part(known)) || is_extension(name),
        EntryKind::Group => GROUP.iter().any(|known| known.path == name || is_part(known)) || is_extension(name),
        EntryKind::Contact | EntryKind::Folder => false,
    }
}

/// A directory extension: `extension_`, the application's id without hyphens, and a name.
fn is_extension(name: &str) -> bool {
    let Some((id, own)) = name.strip_prefix("extension_").and_then(|rest| rest.split_once('_')) else { return false };
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && !own.is_empty()
}
