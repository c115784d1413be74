//! The columns of HR's list: which names the photos, and which the people.

use std::collections::HashSet;

use super::found::{Matches, TableProposal};
use super::people::People;
use super::sample::Sample;
use super::words::is_number;
use crate::mapping::{Sheet, Table, TableForm, file_key};
use crate::model::{Property, TargetKind};

/// Properties in the order in which they are preferred, where several columns do as well.
const PREFERRED: [Property; 7] = [
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

/// The columns that lead most files to somebody; none if no column names files, or none people.
pub(crate) fn propose(bytes: &[u8], sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Option<TableProposal> {
    let form = if is_plain(sheet) { TableForm::default() } else { own_form(sheet, sample, people)? };
    let bound = Table::parse(bytes, &form).ok()?.bind(sample.files.iter().map(|file| &file.path), sample.is_whole());
    let mut files = HashSet::new();
    let mut rows = Vec::new();
    for (at, file) in sample.files.iter().enumerate() {
        if let Some(found) = bound.find(&file.path) {
            files.insert(at);
            rows.push((file.path.to_string(), found.ok().map(|found| found.reference)));
        }
    }
    let matches = Matches::of_table(people, rows);
    (!files.is_empty()).then_some(TableProposal { form, matches, files })
}

fn is_plain(sheet: &Sheet) -> bool {
    ["file", "kind", "property", "value"].iter().all(|name| sheet.headers.iter().any(|header| header.eq_ignore_ascii_case(name)))
}

fn own_form(sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Option<TableForm> {
    let mut stems: HashSet<String> = HashSet::new();
    stems.extend(sample.files.iter().map(|file| file_key(file.path.as_str())));
    let names_file = |row: &Vec<String>, column: usize| row.get(column).is_some_and(|cell| stems.contains(&file_key(cell)));
    let columns = || 0..sheet.headers.len();
    let count = |column: usize| sheet.rows.iter().filter(|row| names_file(row, column)).count();
    // The last of those that name as many: headers of files come behind the people's.
    let file = columns().max_by_key(|column| count(*column)).filter(|column| count(*column) > 0)?;
    let rows: Vec<&Vec<String>> = sheet.rows.iter().filter(|row| names_file(row, file)).collect();
    let mut best: Option<(usize, usize, Property)> = None;
    for property in PREFERRED {
        for column in columns().filter(|column| *column != file) {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
            let score = match people {
                Some(people) => cells.map(|cell| worth(cell, property, people)).sum(),
                None => looks_like(&sheet.headers[column], &cells.collect::<Vec<_>>(), property),
            };
            if score > best.map_or(0, |(most, ..)| most) {
                best = Some((score, column, property));
            }
        }
    }
    let (_, value, property) = best?;
    let header = |column: usize| sheet.headers.get(column).cloned().filter(|header| !header.is_empty());
    Some(TableForm {
        file: Some(header(file)?),
        value: Some(header(value)?),
        every_kind: Some(TargetKind::User),
        every_property: Some(property),
        ..TableForm::default()
    })
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
        Property::EmployeeId => is_number(cell) && NUMBERS.iter().any(|name| header.contains(name)),
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
