//! Questions as URLs: which filter, which properties, which need the advanced form.
//! Follows "Use the $filter query parameter" and "Advanced query capabilities on directory objects".

use std::sync::Arc;

use super::super::path::{is_segment, push_key, push_segment, query_value};
use crate::model::{Property, TargetKind};

/// Values in one question; the documented limit of `in` and of clauses joined by `or`.
pub(super) const MOST_VALUES: usize = 15;
/// A longer encoded filter is split; servers commonly refuse request lines above 8 KB.
const LONGEST_FILTER: usize = 5_000;
/// The largest page of users and groups.
pub(super) const PAGE: &str = "$top=999";

const USER: &str = "id,displayName,userPrincipalName,mail,mailNickname,employeeId,onPremisesSamAccountName,accountEnabled,userType,createdDateTime";
const GROUP: &str = "id,displayName,mail,mailNickname,groupTypes,resourceProvisioningOptions,createdDateTime";

const USER_NAMES: &str = "id,displayName,userPrincipalName,department";
const GROUP_NAMES: &str = "id,displayName";

/// Where objects are looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Collection {
    Users,
    /// Teams too: a team and its group are one object.
    Groups,
}

impl Collection {
    pub(super) const fn kind(self) -> TargetKind {
        match self {
            Self::Users => TargetKind::User,
            Self::Groups => TargetKind::Group,
        }
    }

    /// Where objects of a kind are looked up; contacts live in mailboxes.
    pub(super) const fn of(kind: TargetKind) -> Option<Self> {
        match kind {
            TargetKind::User => Some(Self::Users),
            TargetKind::Group | TargetKind::Team => Some(Self::Groups),
            TargetKind::Contact | TargetKind::Me => None,
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Users => "/users",
            Self::Groups => "/groups",
        }
    }

    pub(super) const fn select(self) -> &'static str {
        match self {
            Self::Users => USER,
            Self::Groups => GROUP,
        }
    }

    /// What people go by, and nothing else.
    pub(super) const fn names(self) -> &'static str {
        match self {
            Self::Users => USER_NAMES,
            Self::Groups => GROUP_NAMES,
        }
    }
}

/// A question for objects whose property has one of some values.
#[derive(Clone, Debug)]
pub(super) struct DirectoryQuery {
    pub(super) collection: Collection,
    pub(super) property: Property,
    pub(super) values: Vec<Arc<str>>,
}

impl DirectoryQuery {
    /// Splits values into questions that are short enough.
    pub(super) fn batches(collection: Collection, property: Property, values: Vec<Arc<str>>) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let mut length = 0;
        for value in values {
            let more = query_value(&value).len() + property.as_str().len() + 16;
            match batches.last_mut() {
                Some(last) if last.values.len() < MOST_VALUES && length + more <= LONGEST_FILTER => {
                    last.values.push(value);
                    length += more;
                }
                _ => {
                    batches.push(Self { collection, property, values: vec![value] });
                    length = more;
                }
            }
        }
        batches
    }

    /// Whether the property can be filtered only with `ConsistencyLevel: eventual` and `$count=true`.
    pub(super) fn advanced(&self) -> bool {
        self.property == Property::OnPremisesSamAccountName
    }

    /// The question as a URL.
    pub(super) fn url(&self, root: &str, advanced: bool) -> String {
        let count = if advanced { "&$count=true" } else { "" };
        format!(
            "{root}{}?$filter={}&$select={}&{PAGE}{count}",
            self.collection.path(),
            query_value(&self.filter()),
            self.collection.select()
        )
    }

    /// The one value asked for by address, where Graph has an address for the property.
    pub(super) fn direct_url(&self, root: &str) -> Option<String> {
        let addressed = match self.collection {
            Collection::Users => matches!(self.property, Property::Id | Property::UserPrincipalName),
            Collection::Groups => self.property == Property::Id,
        };
        let [value] = self.values.as_slice() else { return None };
        if !addressed || !is_segment(value) {
            return None;
        }
        let mut url = format!("{root}{}", self.collection.path());
        if value.starts_with('$') {
            // "Get user": a name that begins with $ is taken for a command unless it stands in parentheses.
            push_key(&mut url, value);
        } else {
            push_segment(&mut url, value);
        }
        url.push_str("?$select=");
        url.push_str(self.collection.select());
        Some(url)
    }

    fn filter(&self) -> String {
        let property = self.property.as_str();
        let literals = self.values.iter().map(|value| literal(value));
        // `in` is documented where plain `eq` is the default; for employeeId the table leaves it blank.
        let in_works = !matches!(self.property, Property::EmployeeId | Property::OnPremisesSamAccountName);
        if in_works && self.values.len() > 1 {
            return format!("{property} in ({})", literals.collect::<Vec<_>>().join(","));
        }
        literals.map(|literal| format!("{property} eq {literal}")).collect::<Vec<_>>().join(" or ")
    }
}

/// A text in a filter: quoted, with quotes doubled.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(property: Property, values: &[&str]) -> DirectoryQuery {
        let values = values.iter().map(|value| Arc::from(*value)).collect();
        DirectoryQuery { collection: Collection::Users, property, values }
    }

    #[test]
    fn filters_use_what_is_documented() {
        for (question, filter) in [
            (ask(Property::Mail, &["a@b.c", "d@e.f"]), "mail in ('a@b.c','d@e.f')"),
            (ask(Property::Mail, &["a@b.c"]), "mail eq 'a@b.c'"),
            (ask(Property::EmployeeId, &["1", "2"]), "employeeId eq '1' or employeeId eq '2'"),
            (ask(Property::DisplayName, &["O'Brien"]), "displayName eq 'O''Brien'"),
        ] {
            assert_eq!(question.filter(), filter);
        }
        assert!(ask(Property::OnPremisesSamAccountName, &["x"]).advanced());
        let url = ask(Property::DisplayName, &["O'B + #1&2"]).url("", false);
        assert!(url.starts_with("/users?$filter=displayName%20eq%20%27O%27%27B%20%2B%20%231%262%27&$select=id,"), "{url}");
        assert!(url.ends_with("&$top=999"), "{url}");
    }

    #[test]
    fn batches_stay_within_fifteen_values_and_a_short_line() {
        let many: Vec<Arc<str>> = (0..31).map(|number| Arc::from(format!("u{number}@b.c"))).collect();
        let sizes: Vec<usize> =
            DirectoryQuery::batches(Collection::Users, Property::Mail, many).iter().map(|batch| batch.values.len()).collect();
        assert_eq!(sizes, [15, 15, 1]);
        let long: Vec<Arc<str>> = (0..15).map(|_| Arc::from("名".repeat(200))).collect();
        let batches = DirectoryQuery::batches(Collection::Users, Property::DisplayName, long);
        assert!(batches.iter().all(|batch| batch.url("", false).len() < 8_000) && batches.len() > 1);
    }

    #[test]
    fn only_addressable_properties_are_asked_directly() {
        assert_eq!(
            ask(Property::UserPrincipalName, &["x_y#EXT#@c.d"]).direct_url("r").unwrap().split('?').next(),
            Some("r/users/x_y%23EXT%23@c.d")
        );
        for (upn, path) in [
            ("$ales@c.d", "/users('%24ales@c.d')"),
            ("$o'x@c.d", "/users('%24o%27%27x@c.d')"),
            ("o'x+1&2%3@c.d", "/users/o%27x%2B1%262%253@c.d"),
        ] {
            assert_eq!(ask(Property::UserPrincipalName, &[upn]).direct_url("").unwrap().split('?').next(), Some(path));
        }
        for question in [ask(Property::Mail, &["a"]), ask(Property::Id, &[".."]), ask(Property::Id, &["a", "b"])] {
            assert_eq!(question.direct_url(""), None);
        }
    }
}
