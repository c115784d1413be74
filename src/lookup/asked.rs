//! Which of many questions an object of the directory answers.

use std::collections::{HashMap, HashSet};

use super::question::Question;
use crate::model::{DirectoryObject, Property, Reference};

/// Questions by one of the values that each names.
#[derive(Default)]
pub(super) struct Asked {
    /// By a property and its value, folded.
    by_value: HashMap<(Property, String), Vec<usize>>,
    properties: HashSet<Property>,
}

impl Asked {
    /// Takes in a question. Who is named by several properties is found by the one that tells people apart best: a
    /// department is shared by too many.
    pub(super) fn add(&mut self, at: usize, reference: &Reference) {
        self.properties.extend(reference.criteria().map(|(property, _)| property));
        let best = reference.criteria().min_by_key(|(property, _)| shared_by_many(*property));
        if let Some((property, value)) = best {
            self.by_value.entry((property, property.folded(value))).or_default().push(at);
        }
    }

    /// The properties that they name.
    pub(super) fn properties(&self) -> Vec<Property> {
        let mut properties: Vec<Property> = self.properties.iter().copied().collect();
        properties.sort_unstable();
        properties
    }

    /// Calls back for each question that may mean this object.
    pub(super) fn named_by(&self, object: &DirectoryObject, questions: &[Question], mut answer: impl FnMut(usize)) {
        // A value may stand there twice, with its scheme and without.
        let mut answered = Vec::new();
        for property in &self.properties {
            for value in object.values_of(*property) {
                let named = self.by_value.get(&(*property, property.folded(value)));
                for at in named.into_iter().flatten().filter(|at| object.has_all(&questions[**at].reference)) {
                    if !answered.contains(at) {
                        answered.push(*at);
                        answer(*at);
                    }
                }
            }
        }
    }
}

/// How many people have the same value, roughly.
fn shared_by_many(property: Property) -> u8 {
    match property {
        Property::DisplayName => 1,
        Property::Other(_) => match property.as_str() {
            "surname" => 2,
            "givenName" => 3,
            "department"
            | "jobTitle"
            | "companyName"
            | "employeeType"
            | "officeLocation"
            | "city"
            | "state"
            | "country"
            | "postalCode"
            | "streetAddress"
            | "usageLocation"
            | "preferredLanguage"
            | "onPremisesDomainName"
            | "onPremisesNetBiosName"
            | "costCenter"
            | "division"
            | "classification" => 5,
            name if name.starts_with("extensionAttribute") || name.starts_with("extension_") => 4,
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetKind;

    #[test]
    fn an_object_answers_those_questions_whose_every_property_it_has() {
        let named = |name: &str| name.parse::<Property>().unwrap();
        let (first, last, unit) = (named("givenName"), named("surname"), named("department"));
        let person = |name: &str, surname: &str, department: &str| {
            Reference::new(TargetKind::User, first, name).and(last, surname).and(unit, department)
        };
        let references = [
            person("Anna", "Berg", "Sales"),
            person("Anna", "Berg", "HR"),
            person("Anna", "Dahl", "Sales"),
            Reference::new(TargetKind::User, named("proxyAddresses"), "anna@contoso.com"),
        ];
        let questions: Vec<Question> =
            references.into_iter().map(|reference| Question { key: reference.key(), reference, required: true }).collect();
        let mut asked = Asked::default();
        for (at, question) in questions.iter().enumerate() {
            asked.add(at, &question.reference);
        }
        let others = [
            (first, "ANNA"),
            (last, "berg"),
            (unit, "sales"),
            (named("proxyAddresses"), "anna@contoso.com"),
            (named("proxyAddresses"), "SMTP:anna@contoso.com"),
        ];
        let others = others.map(|(property, value)| (property, value.to_owned())).to_vec();
        let anna = DirectoryObject { id: "a".into(), others, ..DirectoryObject::default() };
        let mut found = Vec::new();
        asked.named_by(&anna, &questions, |at| found.push(at));
        found.sort_unstable();
        assert_eq!(found, [0, 3]);
    }
}
