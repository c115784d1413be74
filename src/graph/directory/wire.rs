//! The JSON that the directory answers with.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::model::DirectoryObject;

/// One page of a collection.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

/// A user or group; what was not selected or may not be read is absent or null.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Entry {
    id: String,
    display_name: Option<String>,
    user_principal_name: Option<String>,
    mail: Option<String>,
    mail_nickname: Option<String>,
    employee_id: Option<String>,
    on_premises_sam_account_name: Option<String>,
    account_enabled: Option<bool>,
    user_type: Option<String>,
    group_types: Option<Vec<String>>,
    resource_provisioning_options: Option<Vec<String>>,
    created_date_time: Option<String>,
}

impl Entry {
    pub(super) fn into_object(self) -> DirectoryObject {
        let holds =
            |list: Option<Vec<String>>, word: &str| list.map(|list| list.iter().any(|one| one.eq_ignore_ascii_case(word)));
        DirectoryObject {
            id: self.id,
            display_name: self.display_name,
            user_principal_name: self.user_principal_name,
            mail: self.mail,
            mail_nickname: self.mail_nickname,
            employee_id: self.employee_id,
            on_premises_sam_account_name: self.on_premises_sam_account_name,
            account_enabled: self.account_enabled,
            guest: self.user_type.map(|kind| kind.eq_ignore_ascii_case("Guest")),
            unified: holds(self.group_types, "Unified"),
            team: holds(self.resource_provisioning_options, "Team"),
            created: self
                .created_date_time
                .and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map(jiff::Timestamp::as_millisecond),
            owner: None,
            folder: None,
        }
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
        self.email_addresses.iter().flatten().filter_map(|one| one.address.as_deref())
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

/// The form in which equal values meet.
pub(super) fn fold(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}
