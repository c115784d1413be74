//! A tenant made from references, so that a newcomer's rehearsal finds an object behind every file.

use super::entry::{Entry, EntryKind, TeamState};
use super::ids::{guid, is_guid, opaque};
use super::store::{Listing, NOWHERE, StoreError, Tenant};
use crate::model::{Mailbox, Property, Reference, TargetKind};

impl Tenant {
    /// Makes sure that each reference finds an object: what is there already is kept, what is missing is made.
    /// Ids depend on kind, property and value only, so the same references grow the same tenant anywhere.
    /// A group and a team named alike are one object; a contact brings its mailbox owner and folder.
    pub fn grow(&mut self, references: &[Reference]) {
        for reference in references {
            // Fails only beyond four thousand million objects.
            let _ = self.grow_one(reference);
        }
    }

    fn grow_one(&mut self, reference: &Reference) -> Result<(), StoreError> {
        match reference.kind {
            TargetKind::Me => self.own_mailbox().map(|_| ()),
            TargetKind::User => self.ensure_all(EntryKind::User, reference).map(|_| ()),
            TargetKind::Group | TargetKind::Team => {
                let at = self.ensure_all(EntryKind::Group, reference)?;
                if reference.kind == TargetKind::Team && self.entry(at).is_some_and(|group| group.team == TeamState::Absent) {
                    self.change_at(at, |group| group.team = TeamState::Marked);
                }
                Ok(())
            }
            TargetKind::Contact => match &reference.mailbox {
                Some(mailbox) => self.grow_contact(mailbox, reference.property, &reference.value),
                None => Ok(()),
            },
        }
    }

    /// A user or group that has all that the reference says, made if missing.
    fn ensure_all(&mut self, kind: EntryKind, reference: &Reference) -> Result<u32, StoreError> {
        let criteria: Vec<(Property, String)> =
            reference.criteria().map(|(property, value)| (property, stored(property, value))).collect();
        let has = |at: u32, (property, value): &(Property, String)| {
            *property == Property::Id
                || self.entry(at).is_some_and(|entry| {
                    entry.named_by().any(|(own, text)| own == *property && text.to_lowercase() == value.to_lowercase())
                })
        };
        let (first, value) = (reference.property, stored(reference.property, &reference.value));
        let named = self.hits(kind, Listing::DIRECTORY, first, &value);
        if let Some(at) = named.into_iter().find(|at| criteria.iter().all(|criterion| has(*at, criterion))) {
            return Ok(at);
        }
        if reference.further.is_empty() {
            return self.ensure(kind, first, &value);
        }
        let all: Vec<&str> = criteria.iter().flat_map(|(property, value)| [property.as_str(), value.as_str()]).collect();
        let at = self.made(kind, &guid(&all))?;
        self.change_at(at, |entry| {
            for (property, value) in &criteria {
                entry.set(*property, value);
            }
        });
        Ok(at)
    }

    /// A user or group under this name, made if missing.
    pub(crate) fn ensure(&mut self, kind: EntryKind, property: Property, value: &str) -> Result<u32, StoreError> {
        if let Some(at) = self.hits(kind, Listing::DIRECTORY, property, value).first() {
            return Ok(*at);
        }
        let word = if kind == EntryKind::User { "user" } else { "group" };
        let id =
            if property == Property::Id { value.to_owned() } else { guid(&[word, property.as_str(), &value.to_lowercase()]) };
        let at = self.made(kind, &id)?;
        self.change_at(at, |entry| entry.set(property, value));
        Ok(at)
    }

    /// A user or group of this id, with names that are made up.
    fn made(&mut self, kind: EntryKind, id: &str) -> Result<u32, StoreError> {
        let word = if kind == EntryKind::User { "user" } else { "group" };
        let mut entry = Entry::new(kind, id);
        let mark = id.get(..8).unwrap_or(id).to_owned();
        entry.display_name = Some(format!("Emulated {word} {id}").into());
        if kind == EntryKind::User {
            entry.user_principal_name = Some(format!("{mark}-{}@emulated.example", id.get(9..).unwrap_or("")).into());
        } else {
            entry.unified = true;
            entry.mail_nickname = Some(format!("emulated-{id}").into());
        }
        self.insert(entry)
    }

    pub(crate) fn own_mailbox(&mut self) -> Result<u32, StoreError> {
        let me = self.me().to_owned();
        self.me = Some(me.clone());
        self.owner(&me)
    }

    /// The user that owns a mailbox, by id or sign-in name; made if missing.
    pub(crate) fn owner(&mut self, name: &str) -> Result<u32, StoreError> {
        if let Some(at) = self.user(name) {
            return Ok(at);
        }
        let property = if is_guid(name) { Property::Id } else { Property::UserPrincipalName };
        self.ensure(EntryKind::User, property, name)
    }

    /// The folder of that name or id in a mailbox, or of that way through folders, made if missing.
    pub(crate) fn folder(&mut self, owner: u32, name: &str) -> Result<u32, StoreError> {
        let mut above = NOWHERE;
        for name in name.split('/') {
            above = self.folder_within(owner, above, name)?;
        }
        Ok(above)
    }

    fn folder_within(&mut self, owner: u32, above: u32, name: &str) -> Result<u32, StoreError> {
        let place = Listing { owner, folder: above };
        let known = self.hits(EntryKind::Folder, place, Property::DisplayName, name);
        if let Some(at) =
            known.first().copied().or_else(|| self.hits(EntryKind::Folder, place, Property::Id, name).first().copied())
        {
            return Ok(at);
        }
        let owner_id = self.id_of(owner);
        let above_id = (above != NOWHERE).then(|| self.id_of(above));
        let (name_within, above_id_text) = (name.to_lowercase(), above_id.as_deref());
        let way: Vec<&str> = ["folder", &*owner_id].into_iter().chain(above_id_text).chain([&*name_within]).collect();
        let mut folder = Entry::new(EntryKind::Folder, &opaque(&way));
        folder.set(Property::DisplayName, name);
        folder.owner = Some(owner_id);
        folder.folder = above_id;
        self.insert(folder)
    }

    fn grow_contact(&mut self, mailbox: &Mailbox, property: Property, value: &str) -> Result<(), StoreError> {
        let owner = if &*mailbox.owner == "me" { self.own_mailbox()? } else { self.owner(&mailbox.owner)? };
        let folder = match &mailbox.folder {
            None => NOWHERE,
            Some(name) => self.folder(owner, name)?,
        };
        if !self.hits(EntryKind::Contact, Listing { owner, folder }, property, value).is_empty() {
            return Ok(());
        }
        let owner_id = self.id_of(owner);
        let folder_id = (folder != NOWHERE).then(|| self.id_of(folder));
        let id = match property {
            Property::Id => value.to_owned(),
            _ => opaque(&["contact", &owner_id, folder_id.as_deref().unwrap_or(""), property.as_str(), &value.to_lowercase()]),
        };
        let mut contact = Entry::new(EntryKind::Contact, &id);
        contact.set(Property::DisplayName, value);
        contact.set(property, value);
        contact.owner = Some(owner_id);
        contact.folder = folder_id;
        self.insert(contact).map(|_| ())
    }
}

/// A value as the directory keeps it: an address among the proxy addresses has a scheme.
fn stored(property: Property, value: &str) -> String {
    if property.as_str() == "proxyAddresses" && !value.contains(':') { format!("smtp:{value}") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(property: Property, value: &str) -> Reference {
        Reference::new(TargetKind::User, property, value)
    }

    #[test]
    fn every_reference_finds_one_object_with_a_lasting_id() {
        let references = [
            user(Property::UserPrincipalName, "o'neil#EXT#@contoso.com"),
            user(Property::EmployeeId, "0042"),
            Reference::new(TargetKind::Group, Property::MailNickname, "sales"),
            Reference::new(TargetKind::Team, Property::MailNickname, "Sales"),
            Reference::contact("boss@contoso.com", Some("Friends"), Property::Mail, "f@example.com"),
            Reference::me(),
        ];
        let (mut one, mut two) = (Tenant::default(), Tenant::default());
        one.grow(&references);
        two.grow(&references);
        one.grow(&references);
        assert_eq!(one.count(), 7);
        assert_eq!(two.count(), 7);
        let sales = one.find(EntryKind::Group, Property::MailNickname, "SALES");
        assert_eq!(sales.len(), 1);
        assert_eq!((sales[0].team, sales[0].unified), (TeamState::Marked, true));
        assert_eq!(sales[0].id, two.find(EntryKind::Group, Property::MailNickname, "sales")[0].id);
        assert!(is_guid(&sales[0].id));
        let boss = one.user("boss@contoso.com").unwrap();
        let folder = one.children(EntryKind::Folder, Listing { owner: boss, folder: NOWHERE })[0];
        assert_eq!(one.children(EntryKind::Contact, Listing { owner: boss, folder }).len(), 1);
    }

    #[test]
    fn grows_a_big_tenant_at_once() {
        let references: Vec<_> = (0..20_000).map(|n| user(Property::EmployeeId, &n.to_string())).collect();
        let mut tenant = Tenant::default();
        tenant.grow(&references);
        assert_eq!(tenant.count(), 20_000);
        assert_eq!(tenant.find(EntryKind::User, Property::EmployeeId, "19999").len(), 1);
    }
}
