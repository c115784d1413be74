//! References to contacts: the owner's mailbox, the folder, then the contact.
//! Follows "List contacts": only the address of a contact can be filtered, with `any` and `eq`.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use super::super::Failure;
use super::super::path::{is_segment, push_segment, query_value};
use super::asker::Asker;
use super::attribute::literal;
use super::pages::MAILBOX;
use super::resolve::{LookupResult, was_refused};
use super::wire::{Contact, fold, is_item_id, usable};
use crate::model::{DirectoryObject, ObjectId, Property, Reference, TargetKind};

const SELECT: &str = "$select=id,displayName,emailAddresses";
/// The largest page of a mailbox.
const PAGE: &str = "$top=999";
/// From this many contacts of one place on, the place is listed: it costs a request for each 999 contacts.
const LIST_FROM: usize = 15;

/// A place where contacts live.
#[derive(Clone)]
pub(super) struct MailboxFolder {
    /// Object id; none for the signed-in user.
    pub(super) owner: Option<String>,
    pub(super) folder: Option<String>,
}

impl MailboxFolder {
    pub(super) fn mailbox(&self, root: &str) -> String {
        let mut url = root.to_owned();
        match &self.owner {
            None => url.push_str("/me"),
            Some(owner) => {
                url.push_str("/users");
                push_segment(&mut url, owner);
            }
        }
        url
    }

    fn contacts(&self, root: &str) -> String {
        let mut url = self.mailbox(root);
        if let Some(folder) = &self.folder {
            url.push_str("/contactFolders");
            push_segment(&mut url, folder);
        }
        url.push_str("/contacts");
        url
    }

    fn object(&self, contact: Contact, mail: Option<String>) -> DirectoryObject {
        DirectoryObject {
            id: contact.id,
            display_name: usable(contact.display_name),
            mail,
            owner: self.owner.clone(),
            folder: self.folder.clone(),
            ..DirectoryObject::default()
        }
    }
}

impl Asker<'_> {
    /// Contacts of the references.
    pub(super) async fn contacts(&self, references: Vec<Reference>) -> Vec<(Reference, LookupResult)> {
        let owners = self.owners(&references).await;
        let mut places: HashMap<(String, String), Result<Vec<MailboxFolder>, Failure>> = HashMap::new();
        for reference in &references {
            let key = place_key(reference);
            if places.contains_key(&key) {
                continue;
            }
            let found = match owners.get(&key.0) {
                Some(Ok(owners)) => self.places(owners, reference).await,
                Some(Err(failure)) => Err(failure.clone()),
                None => Ok(Vec::new()),
            };
            places.insert(key, found);
        }
        let (mut found, references) = self.listed(&places, references).await;
        let asking = references.into_iter().map(|reference| {
            let places = places.get(&place_key(&reference)).cloned().unwrap_or_else(|| Ok(Vec::new()));
            async move {
                let found = self.in_places(places, &reference).await;
                (reference, found)
            }
        });
        found.extend(stream::iter(asking.collect::<Vec<_>>()).buffered(self.in_flight).collect::<Vec<_>>().await);
        found
    }

    /// Answers for addresses in places that many of them are in; and the references that are to be asked about alone.
    async fn listed(
        &self,
        places: &HashMap<(String, String), Result<Vec<MailboxFolder>, Failure>>,
        references: Vec<Reference>,
    ) -> (Vec<(Reference, LookupResult)>, Vec<Reference>) {
        let mut by_place: HashMap<(String, String), Vec<Reference>> = HashMap::new();
        let (by_mail, mut alone): (Vec<_>, Vec<_>) =
            references.into_iter().partition(|reference| reference.property == Property::Mail);
        for reference in by_mail {
            by_place.entry(place_key(&reference)).or_default().push(reference);
        }
        let mut found = Vec::new();
        for (key, mut wanted) in by_place {
            let Some(Ok(places)) = places.get(&key).filter(|_| wanted.len() >= LIST_FROM) else {
                alone.append(&mut wanted);
                continue;
            };
            let listing = places.iter().map(|place| async move {
                let url = format!("{}?{SELECT}&{PAGE}", place.contacts(self.root()));
                Ok::<_, Failure>((place, self.all::<Contact>(&url, TargetKind::Contact, false, MAILBOX).await?))
            });
            let listed: Vec<Result<_, Failure>> =
                stream::iter(listing.collect::<Vec<_>>()).buffered(self.in_flight).collect().await;
            // Whatever is the matter with it, asking for each says more.
            let Ok(listed) = listed.into_iter().collect::<Result<Vec<_>, _>>() else {
                alone.append(&mut wanted);
                continue;
            };
            let mut objects: HashMap<String, Vec<DirectoryObject>> = HashMap::new();
            for (place, contacts) in listed {
                for contact in contacts {
                    let mails: HashMap<String, String> = contact.addresses().map(|mail| (fold(mail), mail.to_owned())).collect();
                    for (folded, mail) in mails {
                        objects.entry(folded).or_default().push(place.object(contact.clone(), Some(mail)));
                    }
                }
            }
            let answer = |reference: &Reference| objects.get(&fold(&reference.value)).cloned().unwrap_or_default();
            found.extend(wanted.into_iter().map(|reference| (reference.clone(), Ok(answer(&reference)))));
        }
        (found, alone)
    }

    /// Owners by their folded name: object ids, or none for the signed-in user.
    async fn owners(&self, references: &[Reference]) -> HashMap<String, Result<Vec<Option<String>>, Failure>> {
        let mut owners = HashMap::new();
        let mut users: Vec<Reference> = Vec::new();
        for owner in references.iter().filter_map(|reference| reference.mailbox.as_ref()).map(|mailbox| &mailbox.owner) {
            if owner.eq_ignore_ascii_case("me") {
                owners.insert(fold(owner), self.is_person().map(|()| vec![None]));
                continue;
            }
            let property = if uuid::Uuid::try_parse(owner).is_ok() { Property::Id } else { Property::UserPrincipalName };
            let user = Reference::new(TargetKind::User, property, owner);
            if !users.iter().any(|known| known.key() == user.key()) {
                users.push(user);
            }
        }
        for (user, found) in self.objects(users).await {
            let ids = found.map(|objects| objects.into_iter().map(|object| Some(object.id)).collect());
            owners.insert(fold(&user.value), ids);
        }
        owners
    }

    async fn in_places(&self, places: Result<Vec<MailboxFolder>, Failure>, reference: &Reference) -> LookupResult {
        let mut found = Vec::new();
        for place in places? {
            let contacts = match reference.property {
                Property::Id => self.contact_by_id(&place, &reference.value).await,
                _ => self.contacts_by_mail(&place, &reference.value).await,
            };
            match contacts {
                Ok(contacts) => found.extend(contacts),
                // By its id, the contact is not there; by anything else, only a folder can be gone.
                Err(failure) if failure.is_absence() && (reference.property == Property::Id || place.folder.is_some()) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(found)
    }

    async fn contact_by_id(&self, place: &MailboxFolder, id: &str) -> LookupResult {
        if !is_segment(id) {
            return Ok(Vec::new());
        }
        let mut url = place.contacts(self.root());
        push_segment(&mut url, id);
        url.push('?');
        url.push_str(SELECT);
        match self.one::<Contact>(&url, TargetKind::Contact).await {
            Ok(contact) if ObjectId::new(&contact.id) == ObjectId::new(id) && is_item_id(id) => {
                let mail = contact.first_address().map(str::to_owned);
                Ok(vec![place.object(contact, mail)])
            }
            Ok(_) => Err(Failure::odd("names another contact than the one that was asked for")),
            Err(failure) => Err(failure),
        }
    }

    async fn contacts_by_mail(&self, place: &MailboxFolder, mail: &str) -> LookupResult {
        let contacts = place.contacts(self.root());
        let filter = query_value(&format!("emailAddresses/any(a:a/address eq {})", literal(mail)));
        let filtered =
            self.all::<Contact>(&format!("{contacts}?$filter={filter}&{SELECT}"), TargetKind::Contact, false, MAILBOX).await;
        let has = |contact: &Contact| contact.address(mail).is_some();
        let found = match filtered {
            Ok(found) if found.is_empty() || found.iter().any(has) => found,
            // The filter was not understood, or was ignored: then it may have left out the right one.
            Ok(_) => self.all::<Contact>(&format!("{contacts}?{SELECT}&{PAGE}"), TargetKind::Contact, false, MAILBOX).await?,
            Err(failure) if was_refused(&failure) => {
                self.all::<Contact>(&format!("{contacts}?{SELECT}&{PAGE}"), TargetKind::Contact, false, MAILBOX).await?
            }
            Err(failure) => return Err(failure),
        };
        let mut objects = Vec::new();
        for contact in found {
            let Some(address) = contact.address(mail).map(str::to_owned) else { continue };
            if !is_item_id(&contact.id) {
                return Err(Failure::odd("names a contact without a usable id"));
            }
            objects.push(place.object(contact, Some(address)));
        }
        Ok(objects)
    }
}

fn place_key(reference: &Reference) -> (String, String) {
    let mailbox = reference.mailbox.as_ref();
    let folder = mailbox.and_then(|mailbox| mailbox.folder.as_deref()).map(fold).unwrap_or_default();
    (mailbox.map(|mailbox| fold(&mailbox.owner)).unwrap_or_default(), folder)
}
