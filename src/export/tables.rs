//! The two tables of an export: who has which file, and who has none.

use super::person::Person;
use crate::report::csv_table;

/// Who has which file.
pub(super) const PHOTOS: &str = "photos.csv";
/// Who has none.
pub(super) const WITHOUT: &str = "without-photo.csv";
/// By it, spreadsheets know that the text is UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Everybody whose photo is in a file.
pub(super) fn photos<'a>(rows: impl Iterator<Item = (&'a Person, &'a str)>) -> String {
    let header = ["user_principal_name", "display_name", "object_id", "file"];
    let rows = rows.map(|(person, file)| [person.name.as_str(), &person.display_name, person.id.as_str(), file]);
    format!("{BYTE_ORDER_MARK}{}", csv_table(std::iter::once(header).chain(rows)))
}

/// Everybody without a photo (`none`), of whom nothing can be said (`unknown`, and why), who was not asked about
/// (`not_asked`), or whose photo could not be written (`not_written`, and why).
pub(super) fn without<'a>(rows: impl Iterator<Item = (&'a Person, &'a str, &'a str)>) -> String {
    let header = ["user_principal_name", "display_name", "object_id", "photo", "why"];
    let rows = rows.map(|(person, photo, why)| [person.name.as_str(), &person.display_name, person.id.as_str(), photo, why]);
    format!("{BYTE_ORDER_MARK}{}", csv_table(std::iter::once(header).chain(rows)))
}
