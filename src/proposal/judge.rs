//! Whom a rule leads to, and what the name of the file says of that.

use std::collections::HashMap;

use super::candidates::Suggestion;
use super::named::{Said, Verdict};
use super::people::People;
use super::sample::SampleFile;
use super::words::is_number;
use crate::mapping::{Rules, camera_name};
use crate::model::{Property, Reference};

/// What a rule makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    NotTaken,
    Missed,
    Near(usize),
    Found(usize),
    /// To one of several people of the name that the file holds; which of them it is, the rule can't know.
    OneOf(usize),
    /// To somebody else than the file's name says.
    Against(usize),
}

/// A suggestion, counted.
pub(super) struct Counted {
    pub(super) suggestion: Suggestion,
    pub(super) claims: Vec<Claim>,
}

/// A file, and what its name says.
pub(super) struct JudgedFile<'s> {
    pub(super) file: &'s SampleFile,
    pub(super) said: Said,
}

/// Says whom a reference leads to. Where no directory was asked, whatever is valid leads to somebody.
pub(super) struct Judge<'p> {
    pub(super) people: Option<&'p People>,
    invented: HashMap<String, usize>,
}

impl<'p> Judge<'p> {
    pub(super) fn new(people: Option<&'p People>) -> Self {
        Self { people, invented: HashMap::new() }
    }

    pub(super) fn look<'s>(&self, file: &'s SampleFile) -> JudgedFile<'s> {
        let Some(people) = self.people else { return JudgedFile { file, said: Said::default() } };
        let own = people.names().said(&file.stem);
        let folder = || people.names().said(file.folder.rsplit_once('/').map_or(&file.folder, |(_, name)| name));
        let said = if own.whom().next().is_some() {
            own
        } else {
            Some(folder()).filter(|said| said.whom().next().is_some()).unwrap_or(own)
        };
        JudgedFile { file, said }
    }

    pub(super) fn claim(&mut self, rules: &Rules, judged: &JudgedFile<'_>) -> Claim {
        let reference = match rules.find(&judged.file.path) {
            None => return Claim::NotTaken,
            Some(Err(_)) => return Claim::Missed,
            Some(Ok(found)) => found.reference,
        };
        // What a camera gave is nobody's name.
        if self.people.is_none() && reference.property != Property::EmployeeId && camera_name(&judged.file.stem).is_some() {
            return Claim::Missed;
        }
        let claim = self.of(&reference);
        match (claim, self.people) {
            (Claim::Found(whom), Some(people)) => Self::by_name(people, &reference, judged, whom),
            _ => claim,
        }
    }

    /// What the file's name says of it.
    fn by_name(people: &People, reference: &Reference, judged: &JudgedFile<'_>, whom: usize) -> Claim {
        let value = &reference.value;
        let is_spelled = value.contains('@') && judged.file.stem.to_lowercase().contains(&value.to_lowercase());
        let is_name = is_of_names(reference.property) && !is_spelled && people.names().is_only_name(value, whom);
        match people.names().verdict(&judged.said, whom) {
            Verdict::OneOf if is_name => Claim::OneOf(whom),
            Verdict::Other => Claim::Against(whom),
            Verdict::PartlyOther if is_number(value) => Claim::Against(whom),
            _ => Claim::Found(whom),
        }
    }

    /// Whether the file's name says that it is this one.
    pub(super) fn agrees(&self, judged: &JudgedFile<'_>, whom: usize) -> bool {
        let verdict = self.people.map(|people| people.names().verdict(&judged.said, whom));
        matches!(verdict, Some(Verdict::Same | Verdict::OneOf | Verdict::PartlySame))
    }

    /// Whether the file's name says so in full.
    pub(super) fn names(judged: &JudgedFile<'_>, whom: usize) -> bool {
        judged.said.whom().any(|named| named == whom)
    }

    /// Whether several people have the name that the file holds, this one among them.
    pub(super) fn has_namesakes(&self, judged: &JudgedFile<'_>, whom: usize) -> bool {
        self.people.is_some_and(|people| people.names().verdict(&judged.said, whom) == Verdict::OneOf)
    }

    pub(super) fn of(&mut self, reference: &Reference) -> Claim {
        let Some(people) = self.people else {
            // Most numbers are digits; a name that slipped into one is none.
            let is_name = reference.property == Property::EmployeeId && !is_number(&reference.value);
            return if is_name { Claim::Missed } else { self.invent(reference) };
        };
        let near = || people.find_near(&reference.value).filter(|_| reference.property == Property::EmployeeId);
        people.find(reference).map(Claim::Found).or_else(|| near().map(Claim::Near)).unwrap_or(Claim::Missed)
    }

    /// Somebody, where nobody was asked.
    pub(super) fn invent(&mut self, reference: &Reference) -> Claim {
        let next = self.invented.len();
        Claim::Found(*self.invented.entry(reference.key().to_lowercase()).or_insert(next))
    }

    pub(super) fn shown(&self, reference: &Reference) -> String {
        let object = self.people.and_then(|people| Some(people.shown(people.find(reference)?).to_owned()));
        object.unwrap_or_else(|| format!("{} {}", reference.property, reference.value))
    }
}

/// Whether names may stand for this property.
const fn is_of_names(property: Property) -> bool {
    !matches!(property, Property::Id | Property::EmployeeId)
}
