//! The tenant's state in memory: entries, indexes over them, memberships and photos.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::entry::{Entry, EntryKind, TeamState};
use super::photos::{Photo, Photos, Slot, SlotKind};
use crate::emulator::entra::Application;
use crate::emulator::faults::Fault;
use crate::model::{Property, TargetId};

/// Who `/me` is where nobody was named.
const DEFAULT_ME: &str = "me@emulated.example";

/// Why an object was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Two objects with one id.
    #[error("the tenant has two objects with the id {0}")]
    DuplicateId(String),
    /// A member, owner or folder that is not there.
    #[error("the tenant has no object called {0}")]
    Unknown(String),
    /// More than 2^32 objects.
    #[error("the tenant has too many objects")]
    TooMany,
}

/// Stands for "no mailbox" and "no folder" in index keys.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Where entries are listed: the whole directory, or one folder of one mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Listing {
    pub(crate) owner: u32,
    pub(crate) folder: u32,
}

impl Listing {
    pub(crate) const DIRECTORY: Self = Self { owner: NOWHERE, folder: NOWHERE };
}

/// Entries under one index key. Most keys have one.
enum Hits {
    One(u32),
    Many(Vec<u32>),
}

pub(crate) struct Row {
    pub(crate) entry: Entry,
    /// The change counter's value when the row last changed; delta tokens count by it.
    pub(crate) changed: u64,
    pub(crate) removed: bool,
}

/// A pretended Microsoft 365 tenant.
#[derive(Default)]
pub struct Tenant {
    /// `displayName` of the organization.
    pub organization: String,
    /// Sign-in name of the user that `/me` stands for in delegated sign-in.
    pub me: Option<String>,
    /// What is registered for the application that signs in.
    pub application: Application,
    /// Faults that the seed scripted; the server takes them over when it starts.
    pub faults: Vec<Fault>,
    pub(crate) rows: Vec<Row>,
    pub(crate) photos: Photos,
    pub(crate) changes: u64,
    by_id: HashMap<Arc<str>, u32>,
    index: HashMap<u64, Hits>,
    children: HashMap<(EntryKind, Listing), Vec<u32>>,
}

impl Tenant {
    /// Adds an object. Its owner and folder, where it has them, must be there already.
    pub fn add(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.insert(entry).map(|_| ())
    }

    pub(crate) fn insert(&mut self, entry: Entry) -> Result<u32, StoreError> {
        if self.by_id.contains_key(&entry.id) {
            return Err(StoreError::DuplicateId(entry.id.to_string()));
        }
        let at = u32::try_from(self.rows.len()).map_err(|_| StoreError::TooMany)?;
        let place = self.place_of(&entry)?;
        self.by_id.insert(Arc::clone(&entry.id), at);
        if place != Listing::DIRECTORY {
            self.children.entry((entry.kind, place)).or_default().push(at);
        }
        self.changes += 1;
        self.rows.push(Row { entry, changed: self.changes, removed: false });
        self.enter(at);
        Ok(at)
    }

    /// Takes an object out of the directory, as a deletion would. False if there was none.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(at) = self.locate(id) else { return false };
        self.leave(at);
        self.changes += 1;
        let changes = self.changes;
        if let Some(row) = self.rows.get_mut(at as usize) {
            row.removed = true;
            row.changed = changes;
            self.by_id.remove(&row.entry.id);
        }
        true
    }

    /// Changes an object in place; its id, kind, owner and folder must stay. False if there is none.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(at) = self.locate(id) else { return false };
        self.change_at(at, change);
        true
    }

    pub(crate) fn change_at(&mut self, at: u32, change: impl FnOnce(&mut Entry)) {
        self.leave(at);
        self.changes += 1;
        let changes = self.changes;
        if let Some(row) = self.rows.get_mut(at as usize) {
            change(&mut row.entry);
            row.changed = changes;
        }
        self.enter(at);
    }

    /// Puts a user or group into a group. False if either is missing.
    pub fn add_member(&mut self, group: &str, member: &str) -> bool {
        let Some(member) = self.get(member).map(|entry| Arc::clone(&entry.id)) else { return false };
        self.change(group, |entry| {
            let members = &mut entry.more.get_or_insert_default().members;
            if !members.contains(&member) {
                members.push(member);
            }
        })
    }

    /// The object with this id. GUIDs compare without case.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.locate(id).and_then(|at| self.entry(at))
    }

    /// Users or groups that carry this value, compared without case.
    pub fn find(&self, kind: EntryKind, property: Property, value: &str) -> Vec<&Entry> {
        self.hits(kind, Listing::DIRECTORY, property, value).into_iter().filter_map(|at| self.entry(at)).collect()
    }

    /// How many objects there are, contacts and folders included.
    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// The photo in a slot.
    pub fn photo(&self, target: &TargetId) -> Option<Photo> {
        let (kind, id) = match target {
            TargetId::User(id) => (SlotKind::User, id.as_str()),
            TargetId::Group(id) => (SlotKind::Group, id.as_str()),
            TargetId::Team(id) => (SlotKind::Team, id.as_str()),
            TargetId::Contact { contact, .. } => (SlotKind::Contact, contact.as_str()),
            TargetId::Me => (SlotKind::User, self.me.as_deref()?),
        };
        let at = if *target == TargetId::Me { self.user(id)? } else { self.locate(id)? };
        self.photos.get(Slot { kind, at }).cloned()
    }

    pub(crate) fn id_of(&self, at: u32) -> Arc<str> {
        self.entry(at).map_or_else(|| Arc::from(""), |entry| Arc::clone(&entry.id))
    }

    /// Sign-in name of the user that `/me` stands for.
    pub(crate) fn me(&self) -> &str {
        self.me.as_deref().unwrap_or(DEFAULT_ME)
    }

    pub(crate) fn entry(&self, at: u32) -> Option<&Entry> {
        self.rows.get(at as usize).filter(|row| !row.removed).map(|row| &row.entry)
    }

    pub(crate) fn locate(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).or_else(|| self.by_id.get(id.to_lowercase().as_str())).copied()
    }

    /// A user by id or sign-in name, as `/users/{…}` takes them.
    pub(crate) fn user(&self, key: &str) -> Option<u32> {
        let by_id = self.locate(key).filter(|at| self.is(*at, EntryKind::User));
        by_id.or_else(|| self.hits(EntryKind::User, Listing::DIRECTORY, Property::UserPrincipalName, key).first().copied())
    }

    pub(crate) fn group(&self, id: &str) -> Option<u32> {
        self.locate(id).filter(|at| self.is(*at, EntryKind::Group))
    }

    pub(crate) fn team(&self, id: &str) -> Option<u32> {
        self.group(id).filter(|at| self.entry(*at).is_some_and(|entry| entry.team != TeamState::Absent))
    }

    pub(crate) fn is(&self, at: u32, kind: EntryKind) -> bool {
        self.entry(at).is_some_and(|entry| entry.kind == kind)
    }

    /// Contacts or folders of one place, oldest first; removed ones included.
    pub(crate) fn children(&self, kind: EntryKind, place: Listing) -> &[u32] {
        self.children.get(&(kind, place)).map_or(&[], Vec::as_slice)
    }

    /// Live entries of a place that carry a value, in order of age.
    pub(crate) fn hits(&self, kind: EntryKind, place: Listing, property: Property, value: &str) -> Vec<u32> {
        if property == Property::Id {
            let fits = |at: &u32| self.is(*at, kind) && self.entry(*at).is_some_and(|e| self.place_of(e).ok() == Some(place));
            return self.locate(value).filter(fits).into_iter().collect();
        }
        let value = value.to_lowercase();
        let found: &[u32] = match self.index.get(&index_key(kind, place, property, &value)) {
            None => &[],
            Some(Hits::One(at)) => std::slice::from_ref(at),
            Some(Hits::Many(all)) => all,
        };
        // The index holds hashes only, so a hit has to prove itself.
        let proven = |at: &u32| self.entry(*at).is_some_and(|entry| indexed(entry).any(|(p, v)| p == property && v == value));
        found.iter().copied().filter(proven).collect()
    }

    fn place_of(&self, entry: &Entry) -> Result<Listing, StoreError> {
        let seek = |id: &Option<Arc<str>>| match id {
            None => Ok(NOWHERE),
            Some(id) => self.locate(id).ok_or_else(|| StoreError::Unknown(id.to_string())),
        };
        Ok(Listing { owner: seek(&entry.owner)?, folder: seek(&entry.folder)? })
    }

    fn keys(&self, at: u32) -> Vec<u64> {
        let Some(entry) = self.entry(at) else { return Vec::new() };
        let place = self.place_of(entry).unwrap_or(Listing::DIRECTORY);
        indexed(entry).map(|(property, value)| index_key(entry.kind, place, property, &value)).collect()
    }

    fn enter(&mut self, at: u32) {
        for key in self.keys(at) {
            match self.index.get_mut(&key) {
                None => {
                    self.index.insert(key, Hits::One(at));
                }
                Some(Hits::Many(all)) => all.push(at),
                Some(hits @ Hits::One(_)) => {
                    if let Hits::One(first) = *hits {
                        *hits = Hits::Many(vec![first, at]);
                    }
                }
            }
        }
    }

    fn leave(&mut self, at: u32) {
        for key in self.keys(at) {
            match self.index.get_mut(&key) {
                Some(Hits::Many(all)) => all.retain(|other| *other != at),
                Some(Hits::One(only)) if *only == at => {
                    self.index.remove(&key);
                }
                _ => {}
            }
        }
    }
}

/// Every value under which an entry can be found quickly, in lower case.
fn indexed(entry: &Entry) -> impl Iterator<Item = (Property, String)> {
    let own = entry.named_by().map(|(property, value)| (property, value.to_lowercase()));
    let further = entry.more.iter().flat_map(|more| &more.further_addresses);
    own.chain(further.map(|mail| (Property::Mail, mail.to_lowercase())))
}

fn index_key(kind: EntryKind, place: Listing, property: Property, lower: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, place, property, lower).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_any_property_and_forgets_what_left() {
        let mut tenant = Tenant::default();
        let mut anna = Entry::new(EntryKind::User, "u1");
        anna.set(Property::UserPrincipalName, "Anna@contoso.com");
        anna.set(Property::EmployeeId, "7");
        tenant.add(anna.clone()).unwrap();
        assert!(matches!(tenant.add(anna), Err(StoreError::DuplicateId(_))));
        let mut twin = Entry::new(EntryKind::User, "u2");
        twin.set(Property::EmployeeId, "7");
        tenant.add(twin).unwrap();
        assert_eq!(tenant.find(EntryKind::User, Property::EmployeeId, "7").len(), 2);
        assert_eq!(tenant.user("ANNA@contoso.com"), tenant.user("U1"));
        assert!(tenant.change("u1", |entry| entry.set(Property::EmployeeId, "8")));
        assert_eq!(tenant.find(EntryKind::User, Property::EmployeeId, "7").len(), 1);
        assert!(tenant.remove("u1"));
        assert_eq!(tenant.user("anna@contoso.com"), None);
        assert!(tenant.find(EntryKind::Group, Property::EmployeeId, "7").is_empty());
        assert!(!tenant.remove("u1"));
    }
}
