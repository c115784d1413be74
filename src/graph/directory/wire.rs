//! The JSON that the directory answers with, and which of it can be used.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::{DirectoryObject, Property, is_obeyed};

/// Longest id of a user or group, in bytes. Graph calls ids opaque; all that were seen have 36.
const LONGEST_OBJECT_ID: usize = 128;
/// Longest id of a contact or folder, in bytes; Exchange's have some 150.
const LONGEST_ITEM_ID: usize = 1_024;
/// Longest name, address or number that is believed, in bytes. Entra's longest has 256 characters.
const LONGEST_TEXT: usize = 1_024;
/// Objects on one page. Graph's largest has 999; a server that knows no pages sends all at once.
const MOST_ON_A_PAGE: usize = 20_000;

/// One page of a collection. Without a `value` it is none, whatever the status says.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct ListPage<T> {
    #[serde(deserialize_with = "bounded")]
    pub(super) value: Vec<ListElement<T>>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

/// Elements as they come, so that what is too much is never in memory.
fn bounded<'de, D: Deserializer<'de>, E: Deserialize<'de>>(deserializer: D) -> Result<Vec<E>, D::Error> {
    struct Elements<E>(PhantomData<E>);
    impl<'de, E: Deserialize<'de>> Visitor<'de> for Elements<E> {
        type Value = Vec<E>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MOST_ON_A_PAGE} objects")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<E>, A::Error> {
            let mut found = Vec::new();
            while let Some(element) = elements.next_element()? {
                if found.len() == MOST_ON_A_PAGE {
                    return Err(A::Error::invalid_length(MOST_ON_A_PAGE + 1, &self));
                }
                found.push(element);
            }
            Ok(found)
        }
    }
    deserializer.deserialize_seq(Elements(PhantomData))
}

/// One object of a page, or something that is none: it must not hide the others.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ListElement<T> {
    Good(T),
    Bad(IgnoredAny),
}

impl<T> ListElement<T> {
    pub(super) fn good(self) -> Option<T> {
        match self {
            Self::Good(good) => Some(good),
            Self::Bad(_) => None,
        }
    }
}

/// Whether a text can be the id of a user or group: it stands in URLs and in the ledger.
pub(in super::super) fn is_object_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'%' | b':');
    !matches!(id, "" | "." | "..") && !id.eq_ignore_ascii_case("me") && id.len() <= LONGEST_OBJECT_ID && id.bytes().all(fits)
}

/// Whether a text can be the id of a contact or folder, which Exchange makes of any letters of its choice. It is escaped in
/// URLs, but not everybody on the way leaves that alone: none may lead elsewhere.
pub(super) fn is_item_id(id: &str) -> bool {
    let leads_away = |part: &str| matches!(part.trim(), "." | "..");
    !id.trim().is_empty() && !id.split(['/', '\\']).any(leads_away) && id.len() <= LONGEST_ITEM_ID && !id.chars().any(is_obeyed)
}

/// A name, address or number, if it can be one: no person's holds what would steer a terminal.
pub(in super::super) fn usable(text: Option<String>) -> Option<String> {
    text.filter(|text| text.len() <= LONGEST_TEXT && !text.chars().any(is_obeyed))
}

/// A user or group; what was not selected or may not be read is absent or null.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DirectoryEntry {
    id: String,
    #[serde(deserialize_with = "text_or_number")]
    display_name: Option<String>,
    user_principal_name: Option<String>,
    mail: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    mail_nickname: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    employee_id: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    on_premises_sam_account_name: Option<String>,
    account_enabled: Option<bool>,
    user_type: Option<String>,
    group_types: Option<Vec<String>>,
    resource_provisioning_options: Option<Vec<String>>,
    created_date_time: Option<String>,
    /// Whatever else was asked for.
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

impl DirectoryEntry {
    /// The object; none without a usable id.
    pub(super) fn into_object(self) -> Option<DirectoryObject> {
        is_object_id(&self.id).then(|| self.unchecked())
    }

    /// The object of an entry whose id was looked at.
    fn unchecked(self) -> DirectoryObject {
        let holds =
            |list: Option<Vec<String>>, word: &str| list.map(|list| list.iter().any(|one| one.eq_ignore_ascii_case(word)));
        let others = others(self.others);
        let department = others.iter().find(|(property, _)| property.as_str() == "department");
        DirectoryObject {
            id: self.id,
            display_name: usable(self.display_name),
            user_principal_name: usable(self.user_principal_name),
            mail: usable(self.mail),
            mail_nickname: usable(self.mail_nickname),
            employee_id: usable(self.employee_id),
            on_premises_sam_account_name: usable(self.on_premises_sam_account_name),
            account_enabled: self.account_enabled,
            guest: self.user_type.map(|kind| kind.eq_ignore_ascii_case("Guest")),
            unified: holds(self.group_types, "Unified"),
            team: holds(self.resource_provisioning_options, "Team"),
            created: self
                .created_date_time
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map(jiff::Timestamp::as_millisecond),
            department: department.map(|(_, value)| value.clone()),
            owner: None,
            folder: None,
            others,
        }
    }
}

/// A name or number, which a server may spell without quotes; an address is none.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(D::Error::custom("neither a text nor a number")),
    }
}

/// The values of those properties that somebody may be named by: one, many, or parts of one.
fn others(answered: HashMap<String, Value>) -> Vec<(Property, String)> {
    let mut found = Vec::new();
    for (name, value) in answered {
        match (Property::known(&name), value) {
            (None, Value::Object(parts)) => {
                for (part, value) in parts {
                    let property = Property::known(&part).filter(|property| property.selected() == name);
                    found.extend(property.and_then(|property| Some((property, text(value)?))));
                }
            }
            (Some(property), Value::Array(values)) if property.is_list() => {
                for value in values.into_iter().filter_map(text) {
                    // An address is known with its scheme and without.
                    let bare = value.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("smtp:")).and_then(|_| value.get(5..));
                    found.extend(bare.map(|bare| (property, bare.to_owned())));
                    found.push((property, value));
                }
            }
            (Some(property), value) if !property.is_list() => found.extend(text(value).map(|value| (property, value))),
            _ => {}
        }
    }
    found
}

/// A value as a reference would name it.
fn text(value: Value) -> Option<String> {
    usable(match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Ids of the objects on a page, whatever else is on it.
pub(in super::super) fn ids_on_page(body: &[u8]) -> Vec<String> {
    let page = serde_json::from_slice::<ListPage<DirectoryEntry>>(body);
    let objects = page.into_iter().flat_map(|page| page.value).filter_map(ListElement::good);
    objects.filter_map(DirectoryEntry::into_object).map(|object| object.id).collect()
}

/// Any object of which the id is enough.
#[derive(Deserialize)]
pub(super) struct OnlyId {
    pub(super) id: String,
}

/// A member of a group; only users have a sign-in name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) id: String,
    #[serde(default)]
    pub(super) user_principal_name: Option<String>,
    #[serde(rename = "@odata.type", default)]
    kind: Option<String>,
}

impl Member {
    /// Whether it is said to be a user and shows no sign-in name: whoever may not read users is told no more than that.
    pub(super) fn is_hidden(&self) -> bool {
        self.user_principal_name.is_none() && self.kind.as_deref() == Some("#microsoft.graph.user")
    }
}

/// A contact folder.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Folder {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
}

/// A contact.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    email_addresses: Option<Vec<EmailAddress>>,
}

#[derive(Clone, Deserialize)]
struct EmailAddress {
    #[serde(default)]
    address: Option<String>,
}

impl Contact {
    /// The contact's address that equals the given one.
    pub(super) fn address(&self, wanted: &str) -> Option<&str> {
        self.addresses().find(|address| same(address, wanted))
    }

    /// All addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let addresses = self.email_addresses.iter().flatten().filter_map(|one| one.address.as_deref());
        addresses.filter(|address| address.len() <= LONGEST_TEXT)
    }

    /// The first address.
    pub(super) fn first_address(&self) -> Option<&str> {
        self.addresses().next()
    }
}

/// Equal as the directory compares: without case, and composed or not.
pub(super) fn same(left: &str, right: &str) -> bool {
    left == right || fold(left) == fold(right)
}

/// Equal but for accents and spaces at the ends, as some filters compare: near, and not the same.
pub(super) fn near(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.trim().nfd().filter(|letter| !is_combining_mark(*letter)).collect::<String>().to_lowercase();
    plain(left) == plain(right)
}

/// The form in which equal values meet.
pub(super) fn fold(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_only_if_they_can_travel() {
        for id in ["6e7b768e-07e2-4810-8459-485f84f8f204", "id-of-o'neil", "A1"] {
            assert!(is_object_id(id), "{id}");
        }
        for id in ["", ".", "..", "me", "ME", "a/b", "a b", "a\n", "a?b", "a#b", "a%2F", "user:x", "ä", &"x".repeat(129)] {
            assert!(!is_object_id(id), "{id:?}");
        }
        for id in ["AAMkAD+/x==", "AAMk-_=", "ü"] {
            assert!(is_item_id(id), "{id}");
        }
        for id in ["", " ", ".", "..", "../a", "a/../b", "a\\..\\b", "a/.", "a\nb", "a\u{1b}[2J", &"x".repeat(1_025)] {
            assert!(!is_item_id(id), "{id:?}");
        }
    }

    #[test]
    fn what_is_none_stands_beside_what_is_one() {
        let page = r#"{"value":[{"id":"a"},null,5,{"id":7},{"displayName":"no id"},{"id":""},{"id":"b","mail":{}}]}"#;
        let page: ListPage<DirectoryEntry> = serde_json::from_str(page).unwrap();
        let ids: Vec<Option<String>> = page
            .value
            .into_iter()
            .map(|item| item.good().and_then(DirectoryEntry::into_object).map(|object| object.id))
            .collect();
        assert_eq!(ids, [Some("a".to_owned()), None, None, None, None, None, None]);
        let entry: DirectoryEntry = serde_json::from_str(r#"{"id":"a","employeeId":1001,"mail":null}"#).unwrap();
        assert_eq!((entry.employee_id.as_deref(), entry.mail), (Some("1001"), None), "a number without quotes");
        let many = |count: usize| format!(r#"{{"value":[{}{{}}]}}"#, "{},".repeat(count - 1));
        assert!(serde_json::from_str::<ListPage<DirectoryEntry>>(&many(MOST_ON_A_PAGE)).is_ok());
        assert!(serde_json::from_str::<ListPage<DirectoryEntry>>(&many(MOST_ON_A_PAGE + 1)).is_err());
        let deep = format!(r#"{{"value":[{}1{}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(serde_json::from_str::<ListPage<DirectoryEntry>>(&deep).is_err());
        for none in ["{}", r#"{"value":null}"#, r#"{"error":{"code":"x"}}"#, "[]", "", "null"] {
            assert!(serde_json::from_str::<ListPage<DirectoryEntry>>(none).is_err(), "{none}");
        }
    }
}
