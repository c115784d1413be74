//! How each property can be asked about, as Microsoft's table of filters says.

use super::collection::Collection;
use crate::model::Property;

/// What a filter on a property needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Filtering {
    /// Nothing.
    Plain,
    /// `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
    /// There is no filter: only a look at everybody tells.
    None,
}

/// Follows the tables of "Advanced query capabilities on directory objects"; where they and a resource's own page differ,
/// the way that both allow. Properties with an empty cell there can't be filtered at all.
pub(super) fn filtering(collection: Collection, property: Property) -> Filtering {
    match property {
        Property::OnPremisesSamAccountName => Filtering::Advanced,
        Property::Other(_) => match (collection, property.as_str()) {
            (_, "onPremisesDomainName" | "onPremisesNetBiosName") => Filtering::None,
            (_, "proxyAddresses" | "onPremisesSecurityIdentifier" | "securityIdentifier" | "classification")
            | (
                Collection::Users,
                "givenName"
                | "surname"
                | "department"
                | "jobTitle"
                | "city"
                | "state"
                | "country"
                | "usageLocation"
                | "imAddresses"
                | "otherMails"
                | "onPremisesUserPrincipalName",
            ) => Filtering::Plain,
            // Directory extensions.
            (_, name) if name.starts_with("extension_") => Filtering::Plain,
            _ => Filtering::Advanced,
        },
        _ => Filtering::Plain,
    }
}

/// Whether several values can be asked for with `in`: documented where plain `eq` is; for employeeId the cell is empty.
pub(super) fn in_works(collection: Collection, property: Property) -> bool {
    filtering(collection, property) == Filtering::Plain && !property.is_list() && property != Property::EmployeeId
}

/// One comparison: `givenName eq 'Anna'`.
pub(super) fn clause(property: Property, value: &str) -> String {
    if property.is_list() {
        return format!("{property}/any(p:p eq {})", literal(&stored(property, value)));
    }
    format!("{} eq {}", path(property), literal(value))
}

/// The property as a filter names it: `onPremisesExtensionAttributes/extensionAttribute1`.
pub(super) fn path(property: Property) -> String {
    if property.selected() == property.as_str() { property.to_string() } else { format!("{}/{property}", property.selected()) }
}

/// Proxy addresses have a scheme; without one, a mail address is meant.
fn stored(property: Property, value: &str) -> String {
    if property.as_str() == "proxyAddresses" && !value.contains(':') { format!("smtp:{value}") } else { value.to_owned() }
}

/// A text in a filter: quoted, with quotes doubled.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{TestServer, json};
    use crate::model::{Reference, TargetKind};

    /// What each property of users is asked with: the filter, and whether the request is an advanced one. `-` is a look at
    /// everybody. Held against the table that Microsoft publishes, by hand.
    const USERS: &str = "
        id|/users/V
        userPrincipalName|/users/V
        employeeId|employeeId eq 'V'
        mail|mail eq 'V'
        mailNickname|mailNickname eq 'V'
        onPremisesSamAccountName|onPremisesSamAccountName eq 'V' +
        displayName|displayName eq 'V'
        givenName|givenName eq 'V'
        surname|surname eq 'V'
        department|department eq 'V'
        jobTitle|jobTitle eq 'V'
        companyName|companyName eq 'V' +
        employeeType|employeeType eq 'V' +
        officeLocation|officeLocation eq 'V' +
        city|city eq 'V'
        state|state eq 'V'
        country|country eq 'V'
        postalCode|postalCode eq 'V' +
        streetAddress|streetAddress eq 'V' +
        usageLocation|usageLocation eq 'V'
        preferredLanguage|preferredLanguage eq 'V' +
        mobilePhone|mobilePhone eq 'V' +
        faxNumber|faxNumber eq 'V' +
        businessPhones|businessPhones/any(p:p eq 'V') +
        imAddresses|imAddresses/any(p:p eq 'V')
        otherMails|otherMails/any(p:p eq 'V')
        proxyAddresses|proxyAddresses/any(p:p eq 'smtp:V')
        onPremisesImmutableId|onPremisesImmutableId eq 'V' +
        onPremisesUserPrincipalName|onPremisesUserPrincipalName eq 'V'
        onPremisesDistinguishedName|onPremisesDistinguishedName eq 'V' +
        onPremisesDomainName|-
        onPremisesSecurityIdentifier|onPremisesSecurityIdentifier eq 'V'
        securityIdentifier|securityIdentifier eq 'V'
        costCenter|employeeOrgData/costCenter eq 'V' +
        division|employeeOrgData/division eq 'V' +
        extensionAttribute1|onPremisesExtensionAttributes/extensionAttribute1 eq 'V' +
        extensionAttribute2|onPremisesExtensionAttributes/extensionAttribute2 eq 'V' +
        extensionAttribute3|onPremisesExtensionAttributes/extensionAttribute3 eq 'V' +
        extensionAttribute4|onPremisesExtensionAttributes/extensionAttribute4 eq 'V' +
        extensionAttribute5|onPremisesExtensionAttributes/extensionAttribute5 eq 'V' +
        extensionAttribute6|onPremisesExtensionAttributes/extensionAttribute6 eq 'V' +
        extensionAttribute7|onPremisesExtensionAttributes/extensionAttribute7 eq 'V' +
        extensionAttribute8|onPremisesExtensionAttributes/extensionAttribute8 eq 'V' +
        extensionAttribute9|onPremisesExtensionAttributes/extensionAttribute9 eq 'V' +
        extensionAttribute10|onPremisesExtensionAttributes/extensionAttribute10 eq 'V' +
        extensionAttribute11|onPremisesExtensionAttributes/extensionAttribute11 eq 'V' +
        extensionAttribute12|onPremisesExtensionAttributes/extensionAttribute12 eq 'V' +
        extensionAttribute13|onPremisesExtensionAttributes/extensionAttribute13 eq 'V' +
        extensionAttribute14|onPremisesExtensionAttributes/extensionAttribute14 eq 'V' +
        extensionAttribute15|onPremisesExtensionAttributes/extensionAttribute15 eq 'V' +
        extension_0123456789abcdef0123456789abcdef_badge|extension_0123456789abcdef0123456789abcdef_badge eq 'V'
    ";

    const GROUPS: &str = "
        id|/groups/V
        mail|mail eq 'V'
        mailNickname|mailNickname eq 'V'
        onPremisesSamAccountName|onPremisesSamAccountName eq 'V' +
        displayName|displayName eq 'V'
        proxyAddresses|proxyAddresses/any(p:p eq 'smtp:V')
        onPremisesDomainName|-
        onPremisesNetBiosName|-
        onPremisesSecurityIdentifier|onPremisesSecurityIdentifier eq 'V'
        securityIdentifier|securityIdentifier eq 'V'
        description|description eq 'V' +
        classification|classification eq 'V'
        extension_0123456789abcdef0123456789abcdef_badge|extension_0123456789abcdef0123456789abcdef_badge eq 'V'
    ";

    #[tokio::test]
    async fn every_property_is_asked_about_the_cheapest_documented_way() {
        for (kind, table) in [(TargetKind::User, USERS), (TargetKind::Group, GROUPS)] {
            let rows: Vec<(&str, &str)> = table.lines().filter_map(|line| line.trim().split_once('|')).collect();
            let listed: Vec<&str> = rows.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("extension_")).collect();
            let all: Vec<&str> = Property::all().filter(|property| property.fits(kind)).map(Property::as_str).collect();
            assert_eq!(listed, all, "the table lists every property of a {kind}");
            for (name, wanted) in rows {
                let server = TestServer::start(|_| json(200, r#"{"value":[]}"#)).await;
                let property: Property = name.parse().unwrap();
                let _ = server.client().resolve_each(&[Reference::new(kind, property, "V")]).await;
                let seen = server.graph_requests().into_iter().next().expect("a question");
                let line = percent_encoding::percent_decode_str(&seen.target).decode_utf8().unwrap().into_owned();
                let asked = match line.split_once("$filter=") {
                    Some((_, rest)) => rest.split('&').next().unwrap().to_owned(),
                    None if line.contains("$top=999") => "-".to_owned(),
                    None => line.trim_start_matches("/v1.0").split('?').next().unwrap().to_owned(),
                };
                let advanced = seen.header("consistencylevel") == "eventual";
                assert_eq!(advanced, line.contains("$count=true"), "{name}: the one without the other is refused");
                assert_eq!(format!("{asked}{}", if advanced { " +" } else { "" }), wanted, "{name}");
                let selected = line.split("$select=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
                assert!(selected.split(',').any(|one| one == property.selected()), "{name} is told by {selected}");
            }
        }
    }
}
