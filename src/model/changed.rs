//! Who changed in the directory, by the names that references go by.

use std::collections::{HashMap, HashSet};

use super::{Property, Reference, TargetKind};

/// Names of objects that changed, with what was told of each: a change tells at least what changed, and the rest of the
/// object may be as a reference wants it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangedNames {
    /// The objects that have this property of this value.
    by_name: HashMap<String, Vec<usize>>,
    /// The properties that were told of each object.
    told: Vec<HashSet<Property>>,
}

impl ChangedNames {
    /// An object that may stand for targets of these kinds, and what was told of it.
    pub(crate) fn add(&mut self, kinds: &[TargetKind], told: &[(Property, &str)]) {
        let object = self.told.len();
        self.told.push(told.iter().map(|(property, _)| *property).collect());
        for kind in kinds {
            for (property, value) in told {
                self.by_name.entry(Reference::new(*kind, *property, value).key()).or_default().push(object);
            }
        }
    }

    /// Whether one of them may be meant by the reference of this key: it has one of its properties, and no other value of
    /// any.
    pub(crate) fn concern(&self, key: &str) -> bool {
        let named = |key: &str| self.by_name.get(key).map(Vec::as_slice).unwrap_or_default();
        let Some(criteria) = Reference::criteria_of(key) else { return !named(key).is_empty() };
        criteria.iter().flat_map(|(_, name)| named(name)).any(|object| {
            let fits =
                |(property, name): &(Property, String)| named(name).contains(object) || !self.told[*object].contains(property);
            criteria.iter().all(fits)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Property {
        name.parse().unwrap()
    }

    fn changed(objects: &[&[(&str, &str)]]) -> ChangedNames {
        let mut changed = ChangedNames::default();
        for told in objects {
            let told: Vec<(Property, &str)> = told.iter().map(|(name, value)| (named(name), *value)).collect();
            changed.add(&[TargetKind::User], &told);
        }
        changed
    }

    #[test]
    fn a_change_concerns_whoever_it_may_be_whatever_it_leaves_out() {
        let berg = Reference::new(TargetKind::User, named("givenName"), "Anna").and(named("surname"), "Berg").key();
        for (objects, concerns) in [
            (&[&[("surname", "BERG"), ("givenName", "anna"), ("mail", "x")][..]][..], true),
            (&[&[("surname", "Berg")]], true),
            (&[&[("givenName", "Anna"), ("mail", "x")]], true),
            (&[&[("mail", "x")]], false),
            (&[&[("givenName", "anna"), ("surname", "Dahl")]], false),
            (&[&[("givenName", "anna"), ("surname", "Dahl")], &[("givenName", "Eva"), ("surname", "Berg")]], false),
            (&[&[("givenName", "anna"), ("surname", "Dahl")], &[("surname", "Berg")]], true),
        ] {
            assert_eq!(changed(objects).concern(&berg), concerns, "{objects:?}");
        }
        let alone = Reference::new(TargetKind::User, Property::Mail, "a@b.c").key();
        assert!(changed(&[&[("mail", "A@b.c")]]).concern(&alone) && !changed(&[&[("surname", "a@b.c")]]).concern(&alone));
        let group = Reference::new(TargetKind::Group, Property::Mail, "a@b.c").key();
        assert!(!changed(&[&[("mail", "A@b.c")]]).concern(&group), "of another kind");
    }
}
