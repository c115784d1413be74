//! Columns of a table that lead as many files to somebody as the one chosen, and not to the same people.

use super::columns::{PREFERRED, is_named, keys, rows_of, score};
use super::people::People;
use super::sample::Sample;
use crate::mapping::{Sheet, TableForm, file_key};
use crate::model::{Property, TargetKind};

/// The columns that were chosen, or others in their place that are closer to the names of the files; and those that would do as
/// well.
pub(super) fn settled(form: TableForm, sheet: &Sheet, sample: &Sample, people: Option<&People>) -> (TableForm, Vec<String>) {
    let rivals = rivals_of(&form, sheet, sample, people);
    let Some((header, property)) = rivals.iter().find(|(rival, _)| is_closer(sheet, &form, rival, sample)).cloned() else {
        return (form, rivals.into_iter().map(|(header, _)| header).collect());
    };
    let form = TableForm { value: Some(header), every_property: Some(property), ..form };
    let rivals = rivals_of(&form, sheet, sample, people);
    (form, rivals.into_iter().map(|(header, _)| header).collect())
}

/// Columns that do nearly as well as the one chosen, and name others: a deputy's address, a former number.
fn rivals_of(form: &TableForm, sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Vec<(String, Property)> {
    let column = |name: Option<&String>| sheet.headers.iter().position(|header| Some(header) == name);
    let (Some(file), Some(value), Some(property)) =
        (column(form.file.as_ref()), column(form.value.as_ref()), form.every_property)
    else {
        return Vec::new();
    };
    let rows = rows_of(sheet, file, &keys(sample));
    let worth_of = |column: usize, property| score(&rows, column, &sheet.headers[column], property, people);
    let is_address = |property| matches!(property, Property::UserPrincipalName | Property::Mail);
    let whom = |row: &[String], column: usize, by: Property| match (row.get(column), people) {
        (Some(cell), Some(people)) => people.find_by(TargetKind::User, by, cell).map(|user| user.to_string()),
        (Some(cell), None) if by == property || is_address(by) && is_address(property) => Some(cell.trim().to_lowercase()),
        _ => None,
    };
    let names_others = |column: usize, by: Property| {
        let others = |row: &[String]| whom(row, column, by).zip(whom(row, value, property)).is_some_and(|(one, own)| one != own);
        rows.iter().any(|(row, _)| others(row))
    };
    let least = worth_of(value, property) * 9 / 10;
    let rival = |column: usize| {
        let by = PREFERRED.into_iter().find(|by| worth_of(column, *by) >= least && names_others(column, *by))?;
        Some((sheet.headers[column].clone(), by))
    };
    let columns = (0..sheet.headers.len()).filter(|column| ![file, value].contains(column) && is_named(sheet, *column));
    columns.filter_map(rival).collect()
}

/// Whether this column is more like the names of the files than the one chosen: `anna.jpg` is Anna's, and not her deputy's.
fn is_closer(sheet: &Sheet, form: &TableForm, rival: &str, sample: &Sample) -> bool {
    let column = |name: &str| sheet.headers.iter().position(|header| header == name);
    let chosen = form.value.as_deref().and_then(column);
    let (Some(file), Some(chosen), Some(rival)) = (form.file.as_deref().and_then(column), chosen, column(rival)) else {
        return false;
    };
    let signs = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let is_like = |row: &[String], value: usize| {
        let cell = |at: usize| row.get(at).map_or("", String::as_str);
        let name = cell(value).rsplit_once('@').map_or(cell(value), |(name, _)| name);
        let (stem, value) = (signs(&file_key(cell(file))), signs(name));
        stem.len() > 1 && value.len() > 1 && (stem.contains(&value) || value.contains(&stem))
    };
    let rows = rows_of(sheet, file, &keys(sample));
    let alike = |value: usize| rows.iter().filter(|(row, _)| is_like(row, value)).count();
    alike(rival) > alike(chosen)
}
