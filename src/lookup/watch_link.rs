//! A link to what changes in the directory, and which properties it tells of: Graph keeps that to itself.

use crate::model::Property;

/// Stands before the properties; no link to Graph holds it, since it is never sent.
const MARK: char = '#';

/// A link, as the ledger keeps it.
pub(super) struct WatchLink<'a> {
    pub(super) link: &'a str,
    /// Beside those that every object is asked for.
    pub(super) properties: Vec<&'a str>,
}

impl<'a> WatchLink<'a> {
    /// Reads what the ledger kept.
    pub(super) fn parse(kept: &'a str) -> Option<Self> {
        let (link, names) = kept.split_once(MARK).unwrap_or((kept, ""));
        let properties: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
        for name in &properties {
            // One that only a table named is known again from now on, though the table is not read yet.
            _ = name.parse::<Property>();
        }
        (!link.is_empty()).then_some(Self { link, properties })
    }

    /// Whether it tells of changes of all these.
    pub(super) fn hears(&self, properties: &[Property]) -> bool {
        properties.iter().all(|property| self.properties.contains(&property.as_str()))
    }

    /// What the ledger keeps.
    pub(super) fn kept(&self) -> String {
        let Self { link, properties } = self;
        if properties.is_empty() { (*link).to_owned() } else { format!("{link}{MARK}{}", properties.join(",")) }
    }

    /// What the ledger keeps of the link that comes after this one.
    pub(super) fn followed_by(&self, link: &str) -> String {
        WatchLink { link, properties: self.properties.clone() }.kept()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_tells_of_the_properties_it_was_made_for() {
        let surname: Property = "surname".parse().unwrap();
        let made = WatchLink { link: "https://x/delta?t=1", properties: vec!["surname", "city"] }.kept();
        let kept = WatchLink::parse(&made).unwrap();
        assert_eq!((kept.link, kept.hears(&[surname])), ("https://x/delta?t=1", true));
        assert_eq!(kept.followed_by("https://x/2"), "https://x/2#surname,city");
        let old = WatchLink::parse("https://x/3").unwrap();
        assert!(old.hears(&[]) && !old.hears(&[surname]));
        assert!(WatchLink::parse("").is_none());
        let new = "extension_0123456789abcdef0123456789abcdef_kept";
        assert!(Property::known(new).is_none());
        WatchLink::parse(&format!("https://x/4#{new}")).unwrap();
        assert!(Property::known(new).is_some());
    }
}
