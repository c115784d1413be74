//! Contact folders by id, by name or by their way through folders above them: `Suppliers/North`.
//! Follows "List contactFolders" and "List childFolders": each lists one level.

use super::super::path::{is_segment, push_segment, query_value};
use super::super::{Class, Failure};
use super::asker::Asker;
use super::attribute::literal;
use super::contacts::MailboxFolder;
use super::pages::MAILBOX;
use super::resolve::was_refused;
use super::wire::{Folder, is_item_id, same};
use crate::model::{Reference, TargetKind};

/// The largest page of a mailbox.
const PAGE: &str = "$top=999";
/// Ids of folders are longer than any name people give to one.
const SHORTEST_ID: usize = 60;
/// Folders whose own folders are listed at most, where a name is not at the top.
const MOST_LISTED: usize = 200;

impl Asker<'_> {
    /// Folders of that name or id in the owner's mailbox; several of one name are all searched.
    pub(super) async fn places(&self, owners: &[Option<String>], reference: &Reference) -> Result<Vec<MailboxFolder>, Failure> {
        let folder = reference.mailbox.as_ref().and_then(|mailbox| mailbox.folder.as_deref());
        let mut places = Vec::new();
        for owner in owners {
            let base = MailboxFolder { owner: owner.clone(), folder: None };
            match folder {
                None => places.push(base),
                Some(folder) => {
                    for found in self.folders(&base, folder).await? {
                        places.push(MailboxFolder { folder: Some(usable(found)?.id), ..base.clone() });
                    }
                }
            }
        }
        Ok(places)
    }

    async fn folders(&self, mailbox: &MailboxFolder, wanted: &str) -> Result<Vec<Folder>, Failure> {
        let top = format!("{}/contactFolders", mailbox.mailbox(self.root()));
        if wanted.len() >= SHORTEST_ID && is_segment(wanted) {
            let mut url = top.clone();
            push_segment(&mut url, wanted);
            match self.one::<Folder>(&url, TargetKind::Contact).await {
                Ok(folder) if folder.id == wanted => return Ok(vec![folder]),
                Ok(_) => return Err(Failure::odd("names another contact folder than the one that was asked for")),
                // It may be a name all the same.
                Err(failure) if failure.is_absence() || was_refused(&failure) => {}
                Err(failure) => return Err(failure),
            }
        }
        let found = self.named(&top, wanted).await?;
        let Some((first, rest)) = wanted.split_once('/') else {
            return if found.is_empty() { self.below(&top, wanted).await } else { Ok(found) };
        };
        // Names may hold a slash, but hardly ever do.
        if !found.is_empty() {
            return Ok(found);
        }
        let mut level = self.named(&top, first).await?;
        for name in rest.split('/') {
            let mut next = Vec::new();
            for above in level {
                next.extend(self.named(&children(&top, &usable(above)?), name).await?);
            }
            level = next;
        }
        Ok(level)
    }

    /// Folders of that name, or with that id, on one level.
    async fn named(&self, folders: &str, wanted: &str) -> Result<Vec<Folder>, Failure> {
        let is_it =
            |folder: &Folder| folder.id == wanted || folder.display_name.as_deref().is_some_and(|name| same(name, wanted));
        let filter = query_value(&format!("displayName eq {}", literal(wanted)));
        let named = format!("{folders}?$filter={filter}&$select=id,displayName");
        match self.all::<Folder>(&named, TargetKind::Contact, false, MAILBOX).await {
            Ok(found) => {
                let found: Vec<Folder> = found.into_iter().filter(is_it).collect();
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            Err(failure) if was_refused(&failure) => {}
            Err(failure) => return Err(failure),
        }
        // Only the whole list proves that there is no such folder.
        Ok(self.listed_folders(folders).await?.into_iter().filter(is_it).collect())
    }

    async fn listed_folders(&self, folders: &str) -> Result<Vec<Folder>, Failure> {
        self.all::<Folder>(&format!("{folders}?{PAGE}"), TargetKind::Contact, false, MAILBOX).await
    }

    /// Folders of that name anywhere below the top level.
    async fn below(&self, top: &str, wanted: &str) -> Result<Vec<Folder>, Failure> {
        let mut found = Vec::new();
        let mut open = self.listed_folders(top).await?;
        let mut listed = 0;
        while let Some(above) = open.pop() {
            if listed == MOST_LISTED {
                let cause = format!("the mailbox has more than {MOST_LISTED} contact folders to search for one of that name");
                let cure = "Name the folder with the folders above it, as in `Suppliers/North`, or by its id.";
                return Err(Failure::local(Class::TargetMissing, cause, cure));
            }
            listed += 1;
            for folder in self.listed_folders(&children(top, &usable(above)?)).await? {
                if folder.display_name.as_deref().is_some_and(|name| same(name, wanted)) {
                    found.push(usable(Folder { id: folder.id.clone(), display_name: None })?);
                }
                open.push(folder);
            }
        }
        Ok(found)
    }
}

/// Where the folders within one are listed. Ids are unique in a mailbox, so that the way to it needs not be told.
fn children(top: &str, folder: &Folder) -> String {
    let mut url = top.to_owned();
    push_segment(&mut url, &folder.id);
    url.push_str("/childFolders");
    url
}

fn usable(folder: Folder) -> Result<Folder, Failure> {
    if is_item_id(&folder.id) { Ok(folder) } else { Err(Failure::odd("names a contact folder without a usable id")) }
}
