//! What the columns of a table hold: names of files, or of people, and how well.

use std::collections::{HashMap, HashSet};

use super::others::is_others;
use super::people::People;
use super::sample::Sample;
use super::words::is_staff_number;
use crate::mapping::{Sheet, file_key, is_picture_ending};
use crate::model::{Property, TargetKind};

/// Properties in the order in which they are preferred, where several columns do as well.
pub(super) const PREFERRED: [Property; 7] = [
    Property::UserPrincipalName,
    Property::Id,
    Property::EmployeeId,
    Property::Mail,
    Property::OnPremisesSamAccountName,
    Property::MailNickname,
    Property::DisplayName,
];
/// What one value counts that is found, and one that is only near.
const FOUND: usize = 10;
const NEAR: usize = 9;
/// Headers of columns with a person's number.
const NUMBERS: [&str; 12] =
    ["pers", "empl", "emp", "nummer", "number", "matric", "staff", "ma-nr", "manr", "numero", "numéro", "id"];

pub(super) fn keys(sample: &Sample) -> HashSet<String> {
    sample.files.iter().map(|file| file_key(file.path.as_str())).collect()
}

/// Rows whose cell in this column names one of the files, and how certain that is: a number or an account may be spelled
/// like a file; with a picture's ending it is one.
pub(super) fn rows_of<'s>(sheet: &'s Sheet, column: usize, files: &HashSet<String>) -> Vec<(&'s Vec<String>, usize)> {
    let names_file = |row: &'s Vec<String>| {
        let cell = row.get(column).filter(|cell| files.contains(&file_key(cell)))?;
        Some((row, if has_picture_ending(cell) { 2 } else { 1 }))
    };
    sheet.rows.iter().filter_map(names_file).collect()
}

/// A column that the configuration can name.
pub(super) fn is_named(sheet: &Sheet, column: usize) -> bool {
    let folded = |header: &String| header.trim().to_lowercase();
    let name = folded(&sheet.headers[column]);
    !name.is_empty() && sheet.headers.iter().filter(|header| folded(header) == name).count() == 1
}

/// The same, if it is a person's own.
pub(super) fn is_own(sheet: &Sheet, column: usize) -> bool {
    is_named(sheet, column) && !is_others(&sheet.headers[column])
}

fn has_picture_ending(cell: &str) -> bool {
    cell.trim().rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && is_picture_ending(&ending.to_lowercase()))
}

/// How well a column says who somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Worth {
    /// What its values are worth; whom several rows name counts once.
    pub(super) score: usize,
    /// Many of its rows name the same people: hardly anybody's own column, where others don't.
    pub(super) repeats: bool,
}

/// What the values of a column are worth as this property, in rows that name files with so much certainty.
pub(super) fn score(
    rows: &[(&Vec<String>, usize)],
    column: usize,
    header: &str,
    property: Property,
    people: Option<&People>,
) -> Worth {
    let cells = || rows.iter().filter_map(|(row, weight)| Some((row.get(column)?.as_str(), *weight)));
    let Some(people) = people else {
        let fitting = looks_like(header, &cells().map(|(cell, _)| cell).collect::<Vec<_>>(), property);
        // Of all, so that it weighs as much as the files do.
        let weight: usize = cells().map(|(_, weight)| weight).sum();
        return Worth { score: fitting * weight, repeats: false };
    };
    let mut whom: HashMap<usize, usize> = HashMap::new();
    let mut found = 0;
    for (cell, weight) in cells() {
        if let Some((user, worth)) = led(cell, property, people) {
            found += 1;
            let most = whom.entry(user).or_default();
            *most = (*most).max(weight * worth);
        }
    }
    Worth { score: whom.values().sum(), repeats: whom.len() * 10 < found * 9 }
}

/// Whom a cell leads to, and how surely.
fn led(cell: &str, property: Property, people: &People) -> Option<(usize, usize)> {
    let value = match property {
        Property::OnPremisesSamAccountName => cell.rsplit_once('\\').map_or(cell, |(_, account)| account),
        _ => cell,
    };
    let near = || people.find_near(value).filter(|_| property == Property::EmployeeId);
    let found = people.find_by(TargetKind::User, property, value).map(|user| (user, FOUND));
    found.or_else(|| near().map(|user| (user, NEAR)))
}

/// Rows whose value is like the name of the file: `anna.jpg` is Anna's, and not her deputy's.
pub(super) fn alike(rows: &[(&Vec<String>, usize)], file: usize, value: usize) -> usize {
    let signs = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_like = |row: &[String]| {
        let cell = |at: usize| row.get(at).map_or("", String::as_str);
        let name = cell(value).rsplit_once('@').map_or(cell(value), |(name, _)| name);
        let (stem, value) = (signs(&file_key(cell(file))), signs(name));
        stem.len() > 1 && value.len() > 1 && (stem.contains(&value) || value.contains(&stem))
    };
    rows.iter().filter(|(row, _)| is_like(row)).count()
}

/// How many cells have the form of a property, where nobody can be asked: most of them must, and be different.
fn looks_like(header: &str, cells: &[&str], property: Property) -> usize {
    let header = header.to_lowercase();
    let is_address = |cell: &&str| cell.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'));
    let is_of = |cell: &&str| match property {
        Property::UserPrincipalName => is_address(cell) && !header.contains("mail"),
        Property::Mail => is_address(cell),
        Property::Id => cell.len() == 36 && cell.split('-').count() == 5,
        Property::EmployeeId => is_staff_number(cell) && NUMBERS.iter().any(|name| header.contains(name)),
        Property::OnPremisesSamAccountName => {
            let has_domain = cell.split_once('\\').is_some_and(|(domain, name)| !domain.is_empty() && !name.is_empty());
            has_domain
                || (header.contains("sam") || header.contains("login") || header.contains("account")) && !cell.contains(' ')
        }
        Property::MailNickname => header.contains("alias") && !cell.is_empty(),
        Property::DisplayName => header.contains("display") || header.contains("anzeige") || header == "name",
        Property::Other(_) => false,
    };
    let fitting: Vec<&&str> = cells.iter().filter(|cell| is_of(cell)).collect();
    let different: HashSet<String> = fitting.iter().map(|cell| cell.to_lowercase()).collect();
    if fitting.len() * 5 >= cells.len() * 4 && different.len() * 10 >= fitting.len() * 9 { fitting.len() } else { 0 }
}
