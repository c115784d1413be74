//! Companies by chance, of which is known who everybody is; and whom what is proposed gives a picture to.

use std::collections::HashMap;

use fastrand::Rng;

use super::{MappingProposal, People};
use crate::mapping::{AccountRules, RuleSpec, Rules, plain_letters, resolve};
use crate::model::{DirectoryObject, Property, Reference, SourcePath, TargetId, TargetKind};

const FIRST: [&str; 20] = [
    "Anna",
    "Bo",
    "Carl",
    "Dora",
    "Emil",
    "Frida",
    "Gus",
    "Hanna",
    "Ida",
    "Jürgen",
    "Karl",
    "Léa",
    "Max",
    "Nina",
    "Otto",
    "Pia",
    "Rolf",
    "Siri",
    "Anna-Lena",
    "Zoë",
];
const LAST: [&str; 20] = [
    "Berg", "Holm", "Lund", "Dahl", "Vik", "Müller", "Lie", "Aas", "Bakke", "Ness", "Strand", "Ruud", "Foss", "Núñez", "Eide",
    "Lien", "Sande", "Solli", "O'Neil", "Wold",
];

/// Somebody who works there.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) object: DirectoryObject,
}

impl Person {
    /// The number that HR knows.
    pub(super) fn number(&self) -> &str {
        self.object.employee_id.as_deref().unwrap()
    }

    /// The sign-in name before its `@`.
    pub(super) fn alias(&self) -> &str {
        self.object.mail_nickname.as_deref().unwrap()
    }

    pub(super) fn mail(&self) -> &str {
        self.object.mail.as_deref().unwrap()
    }
}

/// Everybody; namesakes have a number behind their sign-in names, but for the first.
pub(super) fn company(rng: &mut Rng, size: usize, namesakes: bool) -> Vec<Person> {
    let mut names: Vec<(&str, &str)> = FIRST.iter().flat_map(|first| LAST.map(|last| (*first, last))).collect();
    rng.shuffle(&mut names);
    names.truncate(size);
    if namesakes {
        let twice: Vec<_> = names.iter().take(1 + size / 20).copied().collect();
        names.extend(twice);
    }
    rng.shuffle(&mut names);
    let (base, is_turned) = (10_u32.pow(rng.u32(3..6)), rng.u8(..4) == 0);
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut people = Vec::new();
    for (at, (first, last)) in names.into_iter().enumerate() {
        let sign = |name: &str| plain_letters(name).unwrap().to_lowercase().replace('\'', "");
        let alias = format!("{}.{}", sign(first), sign(last));
        let count = taken.entry(alias.clone()).or_default();
        *count += 1;
        let alias = if *count > 1 { format!("{alias}{count}") } else { alias };
        let name = if is_turned { format!("{last}, {first}") } else { format!("{first} {last}") };
        let valued = |property: &str, value: &str| (property.parse::<Property>().unwrap(), value.to_owned());
        let object = DirectoryObject {
            id: format!("00000000-0000-4000-8000-{at:012}"),
            display_name: Some(name),
            user_principal_name: Some(format!("{alias}@contoso.com")),
            mail: Some(format!("{alias}@contoso.com")),
            mail_nickname: Some(alias),
            employee_id: Some((base + u32::try_from(at).unwrap()).to_string()),
            account_enabled: Some(true),
            others: vec![valued("givenName", first), valued("surname", last)],
            ..DirectoryObject::default()
        };
        people.push(Person { first, last, object });
    }
    people
}

pub(super) fn asked(people: &[Person]) -> People {
    People::new(people.iter().map(|person| person.object.clone()).collect(), Vec::new())
}

/// Whom the program gives a photo by this reference; nobody where it holds the file.
pub(super) fn given(people: &[Person], reference: &Reference) -> Option<usize> {
    let answer: Vec<DirectoryObject> =
        people.iter().map(|person| &person.object).filter(|object| object.has_all(reference)).cloned().collect();
    let found = resolve(reference, &answer, AccountRules::default()).ok()?;
    people.iter().position(|person| found == TargetId::User(crate::model::ObjectId::new(&person.object.id)))
}

/// Whom the rules proposed give these files.
pub(super) fn led(people: &[Person], proposal: &MappingProposal, paths: &[SourcePath]) -> Vec<Option<usize>> {
    let specs: Vec<RuleSpec> = proposal.rules.iter().map(|rule| rule.spec.clone()).collect();
    let rules = Rules::compile(&specs).unwrap();
    let whom = |path: &SourcePath| {
        let found = rules.find(path)?.ok()?;
        assert_eq!(found.reference.kind, TargetKind::User);
        given(people, &found.reference)
    };
    paths.iter().map(whom).collect()
}
