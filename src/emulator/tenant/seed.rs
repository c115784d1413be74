//! A tenant written down in YAML. The format stands in the room's documentation.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::entry::{Entry, EntryKind, MailboxState, TeamState};
use super::ids::{guid, opaque};
use super::jpeg;
use super::photos::{Slot, SlotKind};
use super::store::{Listing, StoreError, Tenant};
use crate::emulator::entra::{Application, Federated, certificate};
use crate::emulator::faults::Fault;
use crate::model::{Property, TargetKind, Timestamp};

/// Why a seed was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The text is not YAML of the expected shape; unknown keys are refused.
    #[error("the tenant's seed can't be read")]
    Yaml(#[from] serde_yaml::Error),
    /// An object that contradicts the others.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A time that is not RFC 3339.
    #[error("invalid time {0:?}: write it like 2024-05-01T12:00:00Z")]
    Time(String),
    /// A certificate of the application that can't be read.
    #[error("certificate {0} of the application is not a PEM certificate of an RSA key")]
    Certificate(usize),
    /// A property that such objects don't have, or one value where there are many.
    #[error("a {0} has no property {1:?} of that form")]
    Property(TargetKind, String),
    /// A photo size outside 48 to 4096 pixels.
    #[error("a seeded photo is between 48 and 4096 pixels wide, not {0}")]
    PhotoSize(u16),
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Seed {
    organization: Option<String>,
    me: Option<String>,
    application: ApplicationSeed,
    users: Vec<UserSeed>,
    groups: Vec<GroupSeed>,
    contacts: Vec<ContactSeed>,
    faults: Vec<Fault>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct ApplicationSeed {
    certificates: Vec<String>,
    federated: Vec<Federated>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct UserSeed {
    id: Option<String>,
    user_principal_name: String,
    display_name: Option<String>,
    mail: Option<String>,
    mail_nickname: Option<String>,
    employee_id: Option<String>,
    on_premises_sam_account_name: Option<String>,
    account_enabled: Option<bool>,
    user_type: UserType,
    mailbox: MailboxSeed,
    created_date_time: Option<String>,
    photo: Option<u16>,
    /// Any other property that users are named by.
    #[serde(flatten)]
    others: BTreeMap<String, OneOrMany>,
}

#[derive(Deserialize, Default, PartialEq)]
enum UserType {
    #[default]
    Member,
    Guest,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase")]
enum MailboxSeed {
    #[default]
    Online,
    None,
    OnPremises,
}

/// The value of a property, or its values.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct GroupSeed {
    id: Option<String>,
    display_name: Option<String>,
    mail: Option<String>,
    mail_nickname: Option<String>,
    group_types: Option<Vec<String>>,
    team: TeamSeed,
    created_date_time: Option<String>,
    members: Vec<String>,
    photo: Option<u16>,
    /// Any other property that groups are named by.
    #[serde(flatten)]
    others: BTreeMap<String, OneOrMany>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase")]
enum TeamSeed {
    #[default]
    None,
    Marked,
    Unmarked,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct ContactSeed {
    id: Option<String>,
    owner: String,
    folder: Option<String>,
    display_name: Option<String>,
    email_addresses: Vec<String>,
    photo: Option<u16>,
}

impl Tenant {
    /// Reads a tenant from its seed.
    pub fn from_yaml(text: &str) -> Result<Self, SeedError> {
        let seed: Seed = if text.trim().is_empty() { Seed::default() } else { serde_yaml::from_str(text)? };
        let mut tenant = Self::default();
        tenant.organization = seed.organization.unwrap_or_else(|| "Emulated".to_owned());
        tenant.me = seed.me;
        let certificates = seed.application.certificates.iter().enumerate();
        let certificates =
            certificates.map(|(at, pem)| certificate(pem).ok_or(SeedError::Certificate(at))).collect::<Result<_, _>>()?;
        tenant.application = Application { certificates, federated: seed.application.federated };
        tenant.faults = seed.faults;
        for user in seed.users {
            tenant.seed_user(user)?;
        }
        let mut memberships = Vec::new();
        for mut group in seed.groups {
            let members = std::mem::take(&mut group.members);
            memberships.push((tenant.seed_group(group)?, members));
        }
        for (group, members) in memberships {
            tenant.seed_members(group, &members)?;
        }
        for contact in seed.contacts {
            tenant.seed_contact(contact)?;
        }
        Ok(tenant)
    }

    fn seed_user(&mut self, seed: UserSeed) -> Result<(), SeedError> {
        let upn = seed.user_principal_name;
        let named = || guid(&["user", Property::UserPrincipalName.as_str(), &upn.to_lowercase()]);
        let mut user = Entry::new(EntryKind::User, &seed.id.unwrap_or_else(named));
        user.display_name = Some(seed.display_name.unwrap_or_else(|| upn.clone()).into());
        user.user_principal_name = Some(upn.into());
        user.mail = seed.mail.map(Into::into);
        user.mail_nickname = seed.mail_nickname.map(Into::into);
        user.employee_id = seed.employee_id.map(Into::into);
        user.on_premises_sam_account_name = seed.on_premises_sam_account_name.map(Into::into);
        user.account_enabled = seed.account_enabled.unwrap_or(true);
        user.guest = seed.user_type == UserType::Guest;
        user.mailbox = match seed.mailbox {
            MailboxSeed::Online => MailboxState::Online,
            MailboxSeed::None => MailboxState::Missing,
            MailboxSeed::OnPremises => MailboxState::OnPremises,
        };
        created(&mut user, seed.created_date_time)?;
        others(&mut user, TargetKind::User, seed.others)?;
        let at = self.insert(user)?;
        self.seed_photo(SlotKind::User, at, seed.photo)
    }

    fn seed_group(&mut self, seed: GroupSeed) -> Result<u32, SeedError> {
        let name = seed.mail_nickname.as_deref().or(seed.display_name.as_deref()).unwrap_or_default().to_lowercase();
        let named = || guid(&["group", Property::MailNickname.as_str(), &name]);
        let mut group = Entry::new(EntryKind::Group, &seed.id.unwrap_or_else(named));
        group.display_name = seed.display_name.or_else(|| seed.mail_nickname.clone()).map(Into::into);
        group.mail = seed.mail.map(Into::into);
        group.mail_nickname = seed.mail_nickname.map(Into::into);
        group.unified = seed.group_types.is_none_or(|types| types.iter().any(|kind| kind == "Unified"));
        group.team = match seed.team {
            TeamSeed::None => TeamState::Absent,
            TeamSeed::Marked => TeamState::Marked,
            TeamSeed::Unmarked => TeamState::Unmarked,
        };
        created(&mut group, seed.created_date_time)?;
        others(&mut group, TargetKind::Group, seed.others)?;
        let at = self.insert(group)?;
        self.seed_photo(SlotKind::Group, at, seed.photo)?;
        Ok(at)
    }

    fn seed_members(&mut self, group: u32, members: &[String]) -> Result<(), SeedError> {
        let id = self.id_of(group);
        for member in members {
            let named = |property| self.hits(EntryKind::Group, Listing::DIRECTORY, property, member).first().copied();
            let at = self.user(member).or_else(|| self.group(member)).or_else(|| named(Property::MailNickname));
            let at = at.or_else(|| named(Property::DisplayName)).ok_or_else(|| StoreError::Unknown(member.clone()))?;
            let member = self.id_of(at);
            self.add_member(&id, &member);
        }
        Ok(())
    }

    fn seed_contact(&mut self, seed: ContactSeed) -> Result<(), SeedError> {
        let owner = self.user(&seed.owner).ok_or_else(|| StoreError::Unknown(seed.owner.clone()))?;
        let folder = match &seed.folder {
            None => None,
            Some(name) => Some(self.folder(owner, name)?),
        };
        let owner_id = self.id_of(owner);
        let folder_id = folder.map(|at| self.id_of(at));
        let mut addresses = seed.email_addresses.into_iter();
        let mail = addresses.next();
        let name = mail.as_deref().or(seed.display_name.as_deref()).unwrap_or_default().to_lowercase();
        let named = || opaque(&["contact", &owner_id, folder_id.as_deref().unwrap_or(""), Property::Mail.as_str(), &name]);
        let mut contact = Entry::new(EntryKind::Contact, &seed.id.unwrap_or_else(named));
        contact.display_name = seed.display_name.map(Into::into);
        contact.mail = mail.map(Into::into);
        contact.more.get_or_insert_default().further_addresses = addresses.map(Into::into).collect();
        contact.owner = Some(owner_id);
        contact.folder = folder_id;
        let at = self.insert(contact)?;
        self.seed_photo(SlotKind::Contact, at, seed.photo)
    }

    fn seed_photo(&mut self, kind: SlotKind, at: u32, width: Option<u16>) -> Result<(), SeedError> {
        let Some(width) = width else { return Ok(()) };
        let body = jpeg::plain(width).filter(|_| (48..=4096).contains(&width)).ok_or(SeedError::PhotoSize(width))?;
        self.photos.put(Slot { kind, at }, body, (width, width));
        Ok(())
    }
}

fn created(entry: &mut Entry, text: Option<String>) -> Result<(), SeedError> {
    if let Some(text) = text {
        let time: jiff::Timestamp = text.parse().map_err(|_| SeedError::Time(text))?;
        entry.created = Timestamp::from_millis(time.as_millisecond());
    }
    Ok(())
}

fn others(entry: &mut Entry, kind: TargetKind, seed: BTreeMap<String, OneOrMany>) -> Result<(), SeedError> {
    for (name, value) in seed {
        let property: Option<Property> = name.parse().ok();
        match (property.filter(|property| property.fits(kind)), value) {
            (Some(property), OneOrMany::One(value)) if !property.is_list() => entry.set(property, &value),
            (Some(property), OneOrMany::Many(values)) if property.is_list() => {
                for value in &values {
                    entry.set(property, value);
                }
            }
            _ => return Err(SeedError::Property(kind, name)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ObjectId, TargetId};

    const SEED: &str = "
organization: Contoso
me: anna@contoso.com
application: { federated: [{ issuer: https://k8s, subject: photos }] }
users:
  - { userPrincipalName: anna@contoso.com, employeeId: '0042', photo: 240 }
  - { userPrincipalName: guest@x.com, userType: Guest, mailbox: none, createdDateTime: 2024-05-01T12:00:00Z }
groups:
  - { mailNickname: inner, members: [guest@x.com] }
  - { mailNickname: outer, team: marked, members: [anna@contoso.com, inner] }
contacts:
  - { owner: anna@contoso.com, folder: Friends, displayName: Fred, emailAddresses: [f@x.com, g@x.com] }
faults:
  - { method: PUT, path: /photo/, status: 503, times: 2 }
";

    #[test]
    fn reads_a_whole_tenant() {
        let tenant = Tenant::from_yaml(SEED).unwrap();
        assert_eq!(tenant.count(), 6);
        let outer = tenant.find(EntryKind::Group, Property::MailNickname, "outer")[0];
        assert_eq!(outer.more.as_ref().unwrap().members.len(), 2);
        let guest = tenant.find(EntryKind::User, Property::UserPrincipalName, "guest@x.com")[0];
        assert_eq!(
            (guest.guest, guest.mailbox, guest.created.to_string().as_str()),
            (true, MailboxState::Missing, "2024-05-01T12:00:00Z")
        );
        let anna = tenant.find(EntryKind::User, Property::EmployeeId, "0042")[0];
        assert_eq!(tenant.photo(&TargetId::User(ObjectId::new(&anna.id))).unwrap().width, 240);
        assert_eq!(tenant.photo(&TargetId::Me).unwrap().width, 240);
        assert_eq!(tenant.faults.len(), 1);
        assert_eq!(tenant.application.federated[0].audience, "api://AzureADTokenExchange");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert_eq!(Tenant::from_yaml("").unwrap().count(), 0);
        assert!(matches!(Tenant::from_yaml("application: { certificates: [x] }"), Err(SeedError::Certificate(0))));
        assert!(matches!(Tenant::from_yaml("user: []"), Err(SeedError::Yaml(_))));
        assert!(matches!(
            Tenant::from_yaml("groups: [{ mailNickname: a, members: [b] }]"),
            Err(SeedError::Store(StoreError::Unknown(_)))
        ));
        assert!(matches!(Tenant::from_yaml("users: [{ userPrincipalName: a, photo: 3 }]"), Err(SeedError::PhotoSize(3))));
        for key in ["shoe: x", "otherMails: a@b.c", "surname: [a]", "description: x", "extensionAttribute16: x"] {
            let seed = format!("users: [{{ userPrincipalName: a, {key} }}]");
            assert!(matches!(Tenant::from_yaml(&seed), Err(SeedError::Property(TargetKind::User, _))), "{key}");
        }
    }
}
