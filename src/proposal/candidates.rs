//! Rules that some of the files suggest.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::forms::{Form, of_one, of_two, placeholder};
use super::pattern::{Pattern, Place, patterns};
use super::people::People;
use super::sample::{Sample, SampleFile};
use super::words::{is_hash, is_number, words};
use crate::mapping::{RuleSpec, TargetSpec, camera_name};
use crate::model::{Property, TargetKind};

/// Files that suggest rules at most, spread evenly.
const SUGGESTING: usize = 400;
/// Rules that are tried on all files.
const TRIED: usize = 150;
/// Suggestions for which all filters are tried that others may need.
const WIDENED: usize = 12;
/// Folders that a suggestion is tried in one by one.
const FOLDERS: usize = 6;

/// A rule, and what speaks against it where another one does as well.
#[derive(Clone, Debug)]
pub(super) struct Suggestion {
    pub(super) spec: RuleSpec,
    pub(super) cost: u32,
    /// It takes the number as it is.
    pub(super) is_number: bool,
    /// Of how many parts of a file's name its value is made.
    pub(super) names: usize,
}

/// What was suggested, where and for whom.
#[derive(Default)]
struct Seen {
    folders: BTreeSet<String>,
    whom: HashSet<usize>,
}

/// Whom parts of a name name, and where these parts stand.
type Hit = (Form, usize, Vec<Range<usize>>);

/// The suggestions of all files, those of most first.
pub(super) fn collect(sample: &Sample, people: Option<&People>) -> Vec<Suggestion> {
    let mut seen: HashMap<(Pattern, Form), Seen> = HashMap::new();
    let mut known = HashMap::new();
    for file in sample.some(SUGGESTING) {
        for (place, text, folder) in places(file) {
            // A camera's number may be somebody's by accident.
            let camera = camera_name(text);
            let of_camera =
                |span: &Range<usize>| camera.as_ref().is_some_and(|name| span.start < name.end && name.start < span.end);
            let hits = match people {
                Some(people) => by_directory(text, people),
                None => by_form(file, place, text, &mut known),
            };
            // So may digits of an object id or a hash be.
            let of_hash = |form: &Form| form.property == Property::EmployeeId && is_hash(text);
            let hits = hits.into_iter().filter(|(form, _, spans)| !spans.iter().any(of_camera) && !of_hash(form));
            for (form, whom, spans) in hits {
                for pattern in patterns(text, &spans, &form, place, &file.stem) {
                    let seen = seen.entry((pattern, form.clone())).or_default();
                    seen.folders.insert(folder.to_owned());
                    seen.whom.insert(whom);
                }
            }
        }
    }
    let mut ranked: Vec<_> =
        seen.into_iter().map(|((pattern, form), seen)| (cost(&pattern, &form), pattern, form, seen)).collect();
    ranked.sort_by(|(cost, .., form, seen), (more, .., other, fewer)| {
        let whom = |seen: &Seen| std::cmp::Reverse(seen.whom.len());
        whom(seen).cmp(&whom(fewer)).then(cost.cmp(more)).then_with(|| form.value.cmp(&other.value))
    });
    ranked.truncate(TRIED);
    let widened: Vec<_> = ranked
        .iter()
        .filter(|(_, _, form, _)| form.names.len() > 1 && !form.is_whole_name())
        .take(WIDENED)
        .flat_map(|(_, pattern, form, seen)| {
            form.widened().map(|form| (cost(pattern, &form), pattern.clone(), form, &seen.folders))
        })
        .collect();
    let found = ranked.iter().map(|(cost, pattern, form, seen)| (*cost, pattern.clone(), form.clone(), &seen.folders));
    found.chain(widened).flat_map(|(cost, pattern, form, folders)| suggestions(cost, &pattern, &form, folders)).collect()
}

/// The names of a file that may say who it is.
fn places(file: &SampleFile) -> Vec<(Place, &str, &str)> {
    let mut places = vec![(Place::File, file.stem.as_str(), file.folder.as_str())];
    if !file.folder.is_empty() {
        let (above, name) = file.folder.rsplit_once('/').unwrap_or(("", &file.folder));
        places.push((Place::Folder, name, above));
    }
    places
}

fn by_directory(text: &str, people: &People) -> Vec<Hit> {
    let words = words(text);
    let mut hits = Vec::new();
    let with = |spans: Vec<Range<usize>>| move |(form, whom)| (form, whom, spans.clone());
    for (at, first) in words.iter().enumerate() {
        for (until, last) in words.iter().enumerate().skip(at) {
            let inner = first.start..last.end;
            let is_whole = at == 0 && until + 1 == words.len();
            let spans = [Some(inner.clone()), Some(0..text.len()).filter(|whole| is_whole && *whole != inner)];
            for span in spans.into_iter().flatten() {
                hits.extend(of_one(&text[span.clone()], people).into_iter().map(with(vec![span.clone()])));
                if let Some(number) = Some(&text[span.clone()]).filter(|text| is_number(text))
                    && let Some(whom) = people.find_near(number)
                {
                    hits.push((number_form(), whom, vec![span]));
                }
            }
            for split in at..until {
                let (one, two) = (first.start..words[split].end, words[split + 1].start..last.end);
                let between = &text[one.end..two.start];
                if !between.is_empty() && !between.contains('@') {
                    let found = of_two(&text[one.clone()], &text[two.clone()], people);
                    hits.extend(found.into_iter().map(with(vec![one, two])));
                }
            }
        }
    }
    hits
}

fn number_form() -> Form {
    plain_form(TargetKind::User, Property::EmployeeId)
}

fn plain_form(kind: TargetKind, property: Property) -> Form {
    let name = placeholder(property);
    Form { kind, property, value: format!("{{{name}}}"), names: vec![name], further: None, initial: None }
}

/// Folders for groups and teams, as people call them.
const GROUPS: [&str; 8] = ["groups", "group", "gruppen", "gruppe", "groupes", "grupos", "grupper", "gruppi"];
const TEAMS: [&str; 2] = ["teams", "team"];

/// What a name looks like, where nobody can be asked.
fn by_form(file: &SampleFile, place: Place, text: &str, known: &mut HashMap<String, usize>) -> Vec<Hit> {
    if place == Place::Folder {
        return Vec::new();
    }
    let next = known.len();
    let whom = *known.entry(text.to_lowercase()).or_insert(next);
    let whole = |form| vec![(form, whom, vec![Range { start: 0, end: text.len() }])];
    let is_below = |names: &[&str]| file.folder.split('/').any(|part| names.contains(&part.to_lowercase().as_str()));
    if is_below(&GROUPS) {
        return whole(plain_form(TargetKind::Group, Property::MailNickname));
    }
    if is_below(&TEAMS) {
        return whole(plain_form(TargetKind::Team, Property::MailNickname));
    }
    if text.split_once('@').is_some_and(|(_, domain)| domain.contains('.')) {
        return whole(plain_form(TargetKind::User, Property::UserPrincipalName));
    }
    if text.len() == 36 && text.split('-').count() == 5 {
        return whole(plain_form(TargetKind::User, Property::Id));
    }
    let words = words(text);
    let numbers: Vec<_> = words.iter().filter(|word| is_number(&text[(*word).clone()]) && word.len() > 1).collect();
    if !numbers.is_empty() && (words.len() == 1 || text.contains(|letter: char| !letter.is_alphanumeric())) {
        return numbers.into_iter().map(|word| (number_form(), whom, vec![word.clone()])).collect();
    }
    let separators: Vec<&str> =
        words.windows(2).map(|pair| &text[pair[0].end..pair[1].start]).filter(|text| !text.is_empty()).collect();
    match separators.as_slice() {
        [] | ["."] => whole(plain_form(TargetKind::User, Property::MailNickname)),
        [first, ..] => {
            let Some(split) = text.find(first) else { return Vec::new() };
            let (value, names) = if first.contains(',') {
                ("{first} {last}", vec!["last", "first"])
            } else {
                ("{first} {last}", vec!["first", "last"])
            };
            let form = Form {
                kind: TargetKind::User,
                property: Property::DisplayName,
                value: value.to_owned(),
                names,
                further: None,
                initial: None,
            };
            vec![(form, whom, vec![0..split, split + first.len()..text.len()])]
        }
    }
}

fn cost(pattern: &Pattern, form: &Form) -> u32 {
    let property = match form.property {
        Property::UserPrincipalName | Property::Id => 0,
        Property::EmployeeId => 1,
        Property::Mail => 2,
        Property::OnPremisesSamAccountName => 4,
        Property::MailNickname => 5,
        // People share names and change them.
        Property::DisplayName | Property::Other(_) => 25,
    };
    let kind = match form.kind {
        TargetKind::User => 0,
        TargetKind::Team => 7,
        _ => 8,
    };
    let written = form.value.matches('|').count() + usize::from(form.value.contains("}@"));
    // Namesakes are held where their names are compared, and get each other's where an address is made of a name.
    let made = if form.is_made_of_names() { 30 } else { 0 };
    // Another person may have the name without its marks.
    let plain = if form.value.contains("|ascii") { 30 } else { 0 };
    pattern.cost() + property + kind + made + plain + u32::try_from(3 * written).unwrap_or(u32::MAX)
}

/// The rule in each of its folders, and in all of them.
fn suggestions(cost: u32, pattern: &Pattern, form: &Form, folders: &BTreeSet<String>) -> Vec<Suggestion> {
    let target = TargetSpec {
        kind: form.kind,
        property: form.property,
        value: form.value.clone(),
        further: form.further.clone().into_iter().collect(),
        owner: None,
        folder: None,
    };
    let suggestion = |folder: &str, below: bool| {
        let paths = pattern.spec(folder, below, &form.names)?;
        let spec = RuleSpec { paths, ignore_case: false, target: target.clone() };
        let is_number = form.property == Property::EmployeeId && form.value == number_form().value;
        Some(Suggestion { spec, cost: cost + u32::from(below), is_number, names: form.names.len() })
    };
    let mut found = Vec::new();
    if folders.len() > 1 {
        found.extend(suggestion(&common(folders), true));
    }
    if folders.len() <= FOLDERS {
        found.extend(folders.iter().filter_map(|folder| suggestion(folder, false)));
    }
    found
}

/// The folder that all of these lie in, or are.
fn common(folders: &BTreeSet<String>) -> String {
    let mut parts: Option<Vec<&str>> = None;
    for folder in folders {
        let own: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        parts = Some(match parts {
            None => own,
            Some(before) => before.into_iter().zip(own).take_while(|(one, other)| one == other).map(|(one, _)| one).collect(),
        });
    }
    parts.unwrap_or_default().join("/")
}
