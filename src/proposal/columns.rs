//! What the columns of a table hold: names of files, or of people, and how well.

use std::collections::HashSet;

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

fn has_picture_ending(cell: &str) -> bool {
    cell.trim().rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && is_picture_ending(&ending.to_lowercase()))
}

/// What the values of a column are worth as this property, in rows that name files with so much certainty.
pub(super) fn score(
    rows: &[(&Vec<String>, usize)],
    column: usize,
    header: &str,
    property: Property,
    people: Option<&People>,
) -> usize {
    let cells = || rows.iter().filter_map(|(row, weight)| Some((row.get(column)?.as_str(), *weight)));
    if let Some(people) = people {
        return cells().map(|(cell, weight)| weight * worth(cell, property, people)).sum();
    }
    let fitting = looks_like(header, &cells().map(|(cell, _)| cell).collect::<Vec<_>>(), property);
    // Of all, so that it weighs as much as the files do.
    let weight: usize = cells().map(|(_, weight)| weight).sum();
    fitting * weight
}

fn worth(cell: &str, property: Property, people: &People) -> usize {
    let value = match property {
        Property::OnPremisesSamAccountName => cell.rsplit_once('\\').map_or(cell, |(_, account)| account),
        _ => cell,
    };
    if people.find_by(TargetKind::User, property, value).is_some() {
        return FOUND;
    }
    if property == Property::EmployeeId && people.find_near(value).is_some() { NEAR } else { 0 }
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
