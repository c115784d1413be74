//! Questions as URLs: which filter, which properties, which need the advanced form.
//! Follows "Use the $filter query parameter" and "Advanced query capabilities on directory objects".

use super::super::path::{is_segment, push_key, push_segment, query_value};
use super::attribute::{Filtering, clause, filtering, in_works, literal, path};
use super::collection::Collection;
use crate::model::{Property, Reference};

/// Comparisons in one question; the documented limit of `in` and of clauses joined by `or`.
pub(super) const MOST_VALUES: usize = 15;
/// A longer encoded filter is split; servers commonly refuse request lines above 8 KB.
const LONGEST_FILTER: usize = 5_000;
/// The largest page of users and groups.
pub(super) const PAGE: &str = "$top=999";

/// What an answer is to carry: what every object is asked for, and those of these properties that such objects have.
pub(super) fn selecting(collection: Collection, properties: &[Property]) -> String {
    let mut select = collection.select().to_owned();
    let had = properties.iter().filter(|property| property.fits(collection.kind()));
    for name in had.map(|property| property.selected()) {
        if !select.split(',').any(|known| known == name) {
            select.push(',');
            select.push_str(name);
        }
    }
    select
}

/// A question for objects that one of some references means. They name the same properties.
#[derive(Clone, Debug)]
pub(super) struct DirectoryQuery {
    pub(super) collection: Collection,
    pub(super) references: Vec<Reference>,
}

impl DirectoryQuery {
    /// Splits references into questions that are short enough.
    pub(super) fn batches(collection: Collection, references: Vec<Reference>) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let (mut length, mut clauses) = (0, 0);
        for reference in references {
            let more: usize =
                reference.criteria().map(|(property, value)| query_value(value).len() + path(property).len() + 24).sum();
            let count = reference.criteria().count();
            match batches.last_mut() {
                Some(last) if clauses + count <= MOST_VALUES && length + more <= LONGEST_FILTER => {
                    last.references.push(reference);
                    (length, clauses) = (length + more, clauses + count);
                }
                _ => {
                    batches.push(Self { collection, references: vec![reference] });
                    (length, clauses) = (more, count);
                }
            }
        }
        batches
    }

    /// The properties that the references name.
    pub(super) fn properties(&self) -> Vec<Property> {
        self.references.first().into_iter().flat_map(Reference::criteria).map(|(property, _)| property).collect()
    }

    /// What its filter needs: what the most demanding property does. What can't be filtered is left out, and looked at in
    /// the answers; none is left if no property can.
    pub(super) fn filtering(&self) -> Filtering {
        let each = self.properties().into_iter().map(|property| filtering(self.collection, property));
        each.filter(|filtering| *filtering != Filtering::None).max().unwrap_or(Filtering::None)
    }

    /// The question as a URL.
    pub(super) fn url(&self, root: &str, advanced: bool) -> String {
        let count = if advanced { "&$count=true" } else { "" };
        format!(
            "{root}{}?$filter={}&$select={}&{PAGE}{count}",
            self.collection.path(),
            query_value(&self.filter()),
            selecting(self.collection, &self.properties())
        )
    }

    /// The one object asked for by address, where Graph has an address for its first property.
    pub(super) fn direct_url(&self, root: &str) -> Option<String> {
        let [reference] = self.references.as_slice() else { return None };
        let value = &*reference.value;
        if !self.is_addressed() || !is_segment(value) {
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
        url.push_str(&selecting(self.collection, &self.properties()));
        Some(url)
    }

    /// Whether Graph has an address for the first property.
    pub(super) fn is_addressed(&self) -> bool {
        let first = self.references.first().map(|reference| reference.property);
        match self.collection {
            Collection::Users => matches!(first, Some(Property::Id | Property::UserPrincipalName)),
            Collection::Groups => first == Some(Property::Id),
        }
    }

    fn filter(&self) -> String {
        if let [first, _, ..] = self.references.as_slice()
            && first.further.is_empty()
            && in_works(self.collection, first.property)
        {
            let literals: Vec<String> = self.references.iter().map(|reference| literal(&reference.value)).collect();
            return format!("{} in ({})", path(first.property), literals.join(","));
        }
        let alternatives: Vec<String> = self.references.iter().map(|reference| self.alternative(reference)).collect();
        alternatives.join(" or ")
    }

    /// What one reference says, as far as it can be filtered.
    fn alternative(&self, reference: &Reference) -> String {
        let can = |property: &Property| filtering(self.collection, *property) != Filtering::None;
        let clauses = reference.criteria().filter(|(property, _)| can(property));
        let clauses: Vec<String> = clauses.map(|(property, value)| clause(property, value)).collect();
        let all = clauses.join(" and ");
        if clauses.len() > 1 && self.references.len() > 1 { format!("({all})") } else { all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetKind;

    fn ask(property: Property, values: &[&str]) -> DirectoryQuery {
        let references = values.iter().map(|value| Reference::new(TargetKind::User, property, value)).collect();
        DirectoryQuery { collection: Collection::Users, references }
    }

    fn named(name: &str) -> Property {
        name.parse().unwrap()
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
        assert_eq!(ask(Property::OnPremisesSamAccountName, &["x"]).filtering(), Filtering::Advanced);
        let url = ask(Property::DisplayName, &["O'B + #1&2"]).url("", false);
        assert!(url.starts_with("/users?$filter=displayName%20eq%20%27O%27%27B%20%2B%20%231%262%27&$select=id,"), "{url}");
        assert!(url.ends_with("&$top=999"), "{url}");
    }

    #[test]
    fn several_properties_stand_together() {
        let anna = |first: &str, unit: &str| {
            Reference::new(TargetKind::User, named("givenName"), first).and(named("surname"), "O'Neil").and(named("city"), unit)
        };
        let query = |references: Vec<Reference>| DirectoryQuery { collection: Collection::Users, references };
        assert_eq!(query(vec![anna("A", "X")]).filter(), "givenName eq 'A' and surname eq 'O''Neil' and city eq 'X'");
        assert_eq!(
            query(vec![anna("A", "X"), anna("B", "Y")]).filter(),
            "(givenName eq 'A' and surname eq 'O''Neil' and city eq 'X') or (givenName eq 'B' and surname eq 'O''Neil' and city eq 'Y')"
        );
        let many: Vec<Reference> = (0..11).map(|at| anna(&at.to_string(), "X")).collect();
        let sizes: Vec<usize> =
            DirectoryQuery::batches(Collection::Users, many).iter().map(|batch| batch.references.len()).collect();
        assert_eq!(sizes, [5, 5, 1], "fifteen comparisons are in a question at most");
        // What can't be filtered is looked at in the answers, and the most demanding property decides.
        let domain = Reference::new(TargetKind::User, Property::MailNickname, "anna").and(named("onPremisesDomainName"), "x.y");
        assert_eq!(query(vec![domain.clone()]).filter(), "mailNickname eq 'anna'");
        assert_eq!(query(vec![domain.clone()]).filtering(), Filtering::Plain);
        assert!(query(vec![domain.clone()]).url("", false).contains(",onPremisesDomainName&"));
        assert_eq!(query(vec![domain.and(named("companyName"), "x")]).filtering(), Filtering::Advanced);
    }

    #[test]
    fn batches_stay_within_fifteen_values_and_a_short_line() {
        let of = |property: Property, values: Vec<String>| {
            let references = values.iter().map(|value| Reference::new(TargetKind::User, property, value)).collect();
            DirectoryQuery::batches(Collection::Users, references)
        };
        let many = of(Property::Mail, (0..31).map(|number| format!("u{number}@b.c")).collect());
        assert_eq!(many.iter().map(|batch| batch.references.len()).collect::<Vec<_>>(), [15, 15, 1]);
        let batches = of(Property::DisplayName, (0..15).map(|_| "名".repeat(200)).collect());
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
