//! `$filter`: as much of `OData` as directory look-ups use, and refusals where Graph refuses.

use super::attribute::{self, Filtering};
use super::filter_parser::{self, bad};
pub(crate) use super::filter_parser::{FilterError, ODataFilter};
use crate::emulator::tenant::{Entry, EntryKind, Listing, Tenant};
use crate::model::Property;

/// Alternatives that one filter may hold, as the directory limits them.
const ALTERNATIVES: usize = 15;

fn unsupported(message: String) -> FilterError {
    FilterError { code: "Request_UnsupportedQuery", message }
}

impl ODataFilter {
    /// Parses a filter for one kind of entry. `advanced`: the request carries the parameters of advanced queries.
    pub(crate) fn parse(text: &str, kind: EntryKind, advanced: bool) -> Result<Self, FilterError> {
        let filter = filter_parser::parse(text)?;
        filter.check(kind, advanced)?;
        Ok(filter)
    }

    fn check(&self, kind: EntryKind, advanced: bool) -> Result<(), FilterError> {
        let needs_more = |what: &str| Err(unsupported(format!("{what} is not supported without ConsistencyLevel and $count.")));
        match self {
            Self::Eq(name, _) | Self::StartsWith(name, _) | Self::In(name, _) | Self::Ne(name, _) | Self::EndsWith(name, _) => {
                if let Self::In(_, values) = self {
                    few(values.len())?;
                }
                let known = known(kind, name, false)?;
                if !advanced && known == Filtering::Advanced {
                    return needs_more(&format!("Property '{name}' in a filter"));
                }
                if !advanced && matches!(self, Self::Ne(..) | Self::EndsWith(..)) {
                    return needs_more("The operator");
                }
                Ok(())
            }
            Self::Any(name, _) => match known(kind, name, true)? {
                Filtering::Advanced if !advanced => needs_more(&format!("Property '{name}' in a filter")),
                _ => Ok(()),
            },
            Self::Or(parts) => {
                few(self.leaves())?;
                parts.iter().try_for_each(|part| part.check(kind, advanced))
            }
            Self::And(parts) => parts.iter().try_for_each(|part| part.check(kind, advanced)),
            Self::Not(part) if advanced => part.check(kind, advanced),
            Self::Not(_) => needs_more("The operator 'not'"),
        }
    }

    /// Comparisons in it.
    fn leaves(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::leaves).sum(),
            Self::Not(part) => part.leaves(),
            _ => 1,
        }
    }

    /// Whether an entry passes. Texts compare without case.
    pub(crate) fn passes(&self, entry: &Entry) -> bool {
        let is = |name: &str, value: &str| entry.text(name).is_some_and(|own| same(&own, value));
        match self {
            Self::Eq(name, value) => is(name, value),
            Self::Ne(name, value) => !is(name, value),
            Self::In(name, values) => values.iter().any(|value| is(name, value)),
            Self::StartsWith(name, value) => {
                entry.text(name).is_some_and(|own| own.to_lowercase().starts_with(&value.to_lowercase()))
            }
            Self::EndsWith(name, value) => {
                entry.text(name).is_some_and(|own| own.to_lowercase().ends_with(&value.to_lowercase()))
            }
            Self::Any(name, value) => entry.texts(name).into_iter().any(|own| same(own, value)),
            Self::And(parts) => parts.iter().all(|part| part.passes(entry)),
            Self::Or(parts) => parts.iter().any(|part| part.passes(entry)),
            Self::Not(part) => !part.passes(entry),
        }
    }

    /// A superset of what passes, out of the tenant's indexes; none if only a sweep can tell.
    pub(crate) fn candidates(&self, tenant: &Tenant, kind: EntryKind, place: Listing) -> Option<Vec<u32>> {
        let look = |name: &str, value: &str| {
            let name = name.split_once('/').map_or(name, |(_, part)| part);
            Some(tenant.hits(kind, place, name.parse().ok()?, value))
        };
        let mut found = match self {
            Self::In(name, values) => values.iter().map(|value| look(name, value)).collect::<Option<Vec<_>>>()?.concat(),
            Self::Any(name, value) if name == "emailAddresses" => tenant.hits(kind, place, Property::Mail, value),
            Self::Eq(name, value) | Self::Any(name, value) => look(name, value)?,
            Self::And(parts) => parts.iter().find_map(|part| part.candidates(tenant, kind, place))?,
            Self::Or(parts) => {
                parts.iter().map(|part| part.candidates(tenant, kind, place)).collect::<Option<Vec<_>>>()?.concat()
            }
            _ => return None,
        };
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
}

/// How a property can be filtered, or Graph's refusal.
fn known(kind: EntryKind, name: &str, with_any: bool) -> Result<Filtering, FilterError> {
    let known = attribute::find(kind, name).ok_or_else(|| {
        bad(format!("Invalid filter clause: Could not find a property named '{name}' on type '{}'.", kind.odata()))
    })?;
    if known.is_list != with_any {
        return Err(bad(format!("Invalid filter clause: '{name}' on type '{}' does not go with this operator.", kind.odata())));
    }
    if known.filtering == Filtering::Refused {
        let resource = if kind == EntryKind::User { "User" } else { "Group" };
        let message =
            format!("Unsupported or invalid query filter clause specified for property '{name}' of resource '{resource}'.");
        return Err(unsupported(message));
    }
    Ok(known.filtering)
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right) || left.to_lowercase() == right.to_lowercase()
}

fn few(count: usize) -> Result<(), FilterError> {
    if count <= ALTERNATIVES {
        return Ok(());
    }
    let message = format!(
        "Too many child clauses specified in search filter expression containing 'OR' operators: {count}. Max allowed: {ALTERNATIVES}."
    );
    Err(unsupported(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> Result<ODataFilter, FilterError> {
        ODataFilter::parse(text, EntryKind::User, false)
    }

    fn anna() -> Entry {
        let mut anna = Entry::new(EntryKind::User, "1");
        anna.set(Property::Mail, "O'Neil@contoso.com");
        anna.set(Property::EmployeeId, "7");
        anna
    }

    #[test]
    fn passes_what_it_should() {
        for (text, passes) in [
            ("mail eq 'o''neil@CONTOSO.com'", true),
            ("employeeId in ('6','7') and accountEnabled eq true", true),
            ("employeeId in ('6', '8')", false),
            ("employeeId eq '8' or startsWith(mail,'O''')", true),
            ("(employeeId eq '8' or employeeId eq '7') and userType eq 'Guest'", false),
            ("displayName eq 'x'", false),
        ] {
            assert_eq!(user(text).unwrap().passes(&anna()), passes, "{text}");
        }
        let any = |text| ODataFilter::parse(text, EntryKind::Group, false);
        assert_eq!(any("groupTypes/any(c:c eq 'Unified')").unwrap(), ODataFilter::Any("groupTypes".into(), "Unified".into()));
        assert!(any("resourceProvisioningOptions/Any(x:x eq 'Team')").is_ok());
        assert!(ODataFilter::parse("emailAddresses/any(a:a/address eq 'x@y')", EntryKind::Contact, false).is_ok());
    }

    #[test]
    fn refuses_what_graph_refuses() {
        for text in [
            "",
            "mail",
            "mail eq",
            "mail eq 'x",
            "mail eq 'x' junk",
            "shoeSize eq '9'",
            "emailAddresses/any(a:a eq 'x')",
            "not",
            "extensionAttribute3 eq 'x'",
            "onPremisesExtensionAttributes/extensionAttribute16 eq 'x'",
            "otherMails eq 'x'",
            "surname/any(p:p eq 'x')",
            "extension_12_badge eq 'x'",
            "proxyAddresses in ('x')",
        ] {
            assert_eq!(user(text).unwrap_err().code, "BadRequest", "{text:?}");
        }
        let sixteen = format!("employeeId in ({})", ["'1'"; 16].join(","));
        let both =
            |from: usize| (from..from + 4).map(|n| format!("(givenName eq '{n}' and surname eq '{n}')")).collect::<Vec<_>>();
        let twice = both(0).join(" or ");
        assert!(user(&twice).is_ok());
        let too_many = format!("{twice} or {}", both(4).join(" or "));
        for text in [
            &*too_many,
            "onPremisesDomainName eq 'x'",
            "companyName eq 'x'",
            "onPremisesExtensionAttributes/extensionAttribute3 eq 'x'",
            "businessPhones/any(p:p eq '1')",
            "onPremisesSamAccountName eq 'x'",
            "mail ne 'x'",
            "not(mail eq 'x')",
            &sixteen,
        ] {
            assert_eq!(user(text).unwrap_err().code, "Request_UnsupportedQuery", "{text:?}");
        }
        assert!(ODataFilter::parse("onPremisesSamAccountName eq 'x'", EntryKind::User, true).is_ok());
        for text in ["onPremisesExtensionAttributes/extensionAttribute3 eq 'x'", "businessPhones/any(p:p eq '1') and city eq 'x'"]
        {
            assert!(ODataFilter::parse(text, EntryKind::User, true).is_ok(), "{text}");
        }
        assert!(ODataFilter::parse("onPremisesDomainName eq 'x'", EntryKind::User, true).is_err());
        assert!(user("extension_0123456789abcdef0123456789abcdef_badge eq '7'").is_ok());
        assert!(user(&"(".repeat(5000)).is_err());
    }

    #[test]
    fn an_index_answers_equalities_only() {
        let mut tenant = Tenant::default();
        tenant.add(anna()).unwrap();
        let at = |text| user(text).unwrap().candidates(&tenant, EntryKind::User, Listing::DIRECTORY);
        assert_eq!(at("employeeId in ('7','9') and userType eq 'Member'"), Some(vec![0]));
        assert_eq!(at("employeeId eq '7' or mail eq 'o''neil@contoso.com'"), Some(vec![0]));
        assert_eq!(at("employeeId eq '7' or userType eq 'Guest'"), None);
    }
}
