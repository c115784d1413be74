//! Properties of which changes are heard.

use crate::model::Property;

/// Those that targets are named by, beside those that every object is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    named: Vec<Property>,
    /// Rows of a table name any.
    any: bool,
}

impl Watched {
    /// Those of the settings; `any`: rows of a table name further ones.
    pub(crate) fn new(named: impl Iterator<Item = Property>, any: bool) -> Self {
        Self { named: named.collect(), any }
    }

    /// As of now: what only a table names is known from when it is read.
    pub(super) fn properties(&self) -> Vec<Property> {
        let mut properties = self.named.clone();
        if self.any {
            properties.extend(Property::heard_of());
        }
        properties.retain(|property| matches!(property, Property::Other(_) | Property::OnPremisesSamAccountName));
        properties.sort_unstable();
        properties.dedup();
        properties
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_names_while_it_is_read_is_heard_from_then_on() {
        let watched = Watched::new([Property::Mail].into_iter(), true);
        let only_named = Watched::new(["surname".parse().unwrap(), Property::Mail].into_iter(), false);
        let before = watched.properties();
        let new: Property = "extension_0123456789abcdef0123456789abcdef_watched".parse().unwrap();
        assert!(!before.contains(&new) && watched.properties().contains(&new));
        assert_eq!(only_named.properties(), ["surname".parse().unwrap()]);
    }
}
