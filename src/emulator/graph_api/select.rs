//! `$select`: which properties an answer carries.

use serde_json::{Map, Value};

use super::attribute;
use super::call::Call;
use crate::emulator::reply::Reply;
use crate::emulator::tenant::{Entry, EntryKind};

const USER_DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
const GROUP_DEFAULT: [&str; 9] = [
    "id",
    "createdDateTime",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "resourceProvisioningOptions",
    "securityEnabled",
];
const CONTACT_DEFAULT: [&str; 4] = ["id", "displayName", "emailAddresses", "parentFolderId"];
const CONTACT_MORE: [&str; 3] = ["createdDateTime", "givenName", "surname"];
const FOLDER_DEFAULT: [&str; 3] = ["id", "displayName", "parentFolderId"];

/// The properties of an answer.
pub(crate) struct Select(Option<Vec<String>>);

impl Select {
    pub(crate) fn of(call: &Call, kinds: &[EntryKind]) -> Result<Self, Reply> {
        let Some(text) = call.query.get("$select") else { return Ok(Self(None)) };
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        for name in &names {
            let known = |kind: &EntryKind| {
                let (usual, more) = properties(*kind);
                usual.contains(&name.as_str()) || more.contains(&name.as_str()) || attribute::is_selectable(*kind, name)
            };
            if !kinds.iter().any(known) {
                let kind = kinds.first().map_or("microsoft.graph.directoryObject", |kind| kind.odata());
                let message =
                    format!("Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'.");
                return Err(Reply::bad_request(&message));
            }
        }
        Ok(Self(Some(names)))
    }

    pub(crate) fn show(&self, entry: &Entry) -> Map<String, Value> {
        let pair = |name: &str| (name.to_owned(), entry.json(name));
        match &self.0 {
            None => properties(entry.kind).0.iter().map(|name| pair(name)).collect(),
            // The id comes along whether asked for or not.
            Some(names) => names.iter().map(String::as_str).chain(["id"]).map(pair).collect(),
        }
    }
}

fn properties(kind: EntryKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        EntryKind::User => (&USER_DEFAULT, &[]),
        EntryKind::Group => (&GROUP_DEFAULT, &[]),
        EntryKind::Contact => (&CONTACT_DEFAULT, &CONTACT_MORE),
        EntryKind::Folder => (&FOLDER_DEFAULT, &[]),
    }
}
