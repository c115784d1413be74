//! The accounts and groups of a directory, found by what a file's name may say.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::named::Names;
use crate::model::{DirectoryObject, Property, Reference, TargetKind};

/// Domains of addresses that are tried behind a name.
const DOMAINS: usize = 3;

/// The properties with a person's first name and surname.
pub(crate) const FULL_NAME: [&str; 2] = ["givenName", "surname"];

/// Accounts and groups by each of their properties.
#[derive(Debug, Default)]
pub(crate) struct People {
    shown: Vec<String>,
    teams: HashSet<usize>,
    /// None where several have the value.
    found: HashMap<(bool, Property, String), Option<usize>>,
    /// By the employee number without its leading zeros.
    zeroless: HashMap<String, Option<usize>>,
    numbers: Vec<String>,
    /// How many numbers have so many signs.
    widths: HashMap<usize, u32>,
    domains: HashMap<Property, Vec<String>>,
    users: usize,
    names: Names,
    /// By first name and surname; none where several are called so.
    full: HashMap<(String, String), Option<usize>>,
}

impl People {
    /// Of all users and groups of the directory; groups that carry no photo are left out.
    pub(crate) fn new(users: Vec<DirectoryObject>, groups: Vec<DirectoryObject>) -> Self {
        let mut people = Self { users: users.len(), ..Self::default() };
        let mut domains: HashMap<(Property, String), usize> = HashMap::new();
        for (is_group, object) in users
            .into_iter()
            .map(|user| (false, user))
            .chain(groups.into_iter().filter(|group| group.unified != Some(false)).map(|group| (true, group)))
        {
            people.take(is_group, &object, &mut domains);
        }
        let mut counted: Vec<_> = domains.into_iter().collect();
        counted.sort_by(|(one, times), (other, more)| more.cmp(times).then_with(|| one.cmp(other)));
        for ((property, domain), _) in counted {
            let known = people.domains.entry(property).or_default();
            if known.len() < DOMAINS {
                known.push(domain);
            }
        }
        people
    }

    fn take(&mut self, is_group: bool, object: &DirectoryObject, domains: &mut HashMap<(Property, String), usize>) {
        let at = self.shown.len();
        self.shown.push(shown(object));
        if object.team == Some(true) {
            self.teams.insert(at);
        }
        let known = |found: &mut Option<usize>| *found = None;
        if !is_group {
            self.names.take(at, object);
            if let Some((first, last)) = full_name(object) {
                self.full.entry((folded(first), folded(last))).and_modify(known).or_insert(Some(at));
            }
        }
        for property in Property::OWN {
            let Some(value) = object.values_of(property).next().map(str::trim).filter(|value| !value.is_empty()) else {
                continue;
            };
            self.found.entry((is_group, property, folded(value))).and_modify(known).or_insert(Some(at));
            let is_address = matches!(property, Property::UserPrincipalName | Property::Mail) && !is_group;
            if let Some((_, domain)) = value.split_once('@').filter(|_| is_address && !value.contains("#EXT#")) {
                *domains.entry((property, domain.to_lowercase())).or_default() += 1;
            }
            if property == Property::EmployeeId {
                self.zeroless.entry(zeroless(value)).and_modify(known).or_insert(Some(at));
                self.numbers.push(value.to_owned());
                *self.widths.entry(value.len()).or_default() += 1;
            }
        }
    }

    /// How many users there are.
    pub(crate) const fn users(&self) -> usize {
        self.users
    }

    /// The one object that a reference names.
    pub(super) fn find(&self, reference: &Reference) -> Option<usize> {
        if let [(_, last)] = reference.further.as_slice() {
            return self.find_full(&reference.value, last);
        }
        self.find_by(reference.kind, reference.property, &reference.value)
    }

    /// The one object with this value.
    pub(super) fn find_by(&self, kind: TargetKind, property: Property, value: &str) -> Option<usize> {
        let is_group = match kind {
            TargetKind::User => false,
            TargetKind::Group | TargetKind::Team => true,
            TargetKind::Contact | TargetKind::Me => return None,
        };
        let found = (*self.found.get(&(is_group, property, folded(value)))?)?;
        (kind != TargetKind::Team || self.teams.contains(&found)).then_some(found)
    }

    /// The one user with this first name and surname.
    pub(super) fn find_full(&self, first: &str, last: &str) -> Option<usize> {
        self.full.get(&(folded(first), folded(last))).copied().flatten()
    }

    /// What everybody is called.
    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    /// How many of all numbers of so many digits are somebody's.
    pub(super) fn share_of_numbers(&self, width: usize) -> f64 {
        let numbers = self.widths.get(&width).copied().unwrap_or_default();
        f64::from(numbers) / 10_f64.powi(i32::try_from(width).unwrap_or(i32::MAX))
    }

    /// The one user with this number, but for leading zeros.
    pub(super) fn find_near(&self, number: &str) -> Option<usize> {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| self.zeroless.get(&zeroless(number)).copied()).flatten().flatten()
    }

    /// The width that all numbers of the directory have, if they have one; whether some begin with a zero.
    pub(super) fn number_form(&self) -> (Option<usize>, bool) {
        let width = self.numbers.first().map(String::len);
        let same = width.filter(|width| self.numbers.iter().all(|number| number.len() == *width));
        (same, self.numbers.iter().any(|number| number.starts_with('0')))
    }

    /// The domains that most addresses have.
    pub(super) fn domains(&self, property: Property) -> &[String] {
        self.domains.get(&property).map_or(&[], Vec::as_slice)
    }

    /// `Anna Berg (anna@contoso.com)`
    pub(super) fn shown(&self, object: usize) -> &str {
        self.shown.get(object).map_or("", String::as_str)
    }
}

/// First name and surname, where the directory has both.
fn full_name(object: &DirectoryObject) -> Option<(&str, &str)> {
    let of = |name: &str| object.values_of(name.parse().ok()?).next().map(str::trim).filter(|value| !value.is_empty());
    of(FULL_NAME[0]).zip(of(FULL_NAME[1]))
}

fn shown(object: &DirectoryObject) -> String {
    let mut names = [&object.display_name, &object.user_principal_name, &object.mail, &object.mail_nickname]
        .into_iter()
        .flatten()
        .filter(|name| !name.trim().is_empty());
    match (names.next(), names.next()) {
        (Some(first), Some(second)) => format!("{first} ({second})"),
        (Some(name), None) => name.clone(),
        _ => object.id.clone(),
    }
}

/// As the directory compares.
fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfc().collect::<String>().to_lowercase().nfc().collect() }
}

fn zeroless(number: &str) -> String {
    folded(number.trim_start_matches('0'))
}
