//! The two tables of an export: who has which file, and who has none.

use super::person::Person;
use crate::report::csv_file;

/// Who has which file.
pub(super) const PHOTOS: &str = "photos.csv";
/// Who has none.
pub(super) const WITHOUT: &str = "without-photo.csv";

/// Everybody whose photo is in a file: one of their own (`photo`), or the default picture of a group (`default_picture`).
pub(super) fn photos<'a>(rows: impl Iterator<Item = (&'a Person, &'a str, bool)>) -> String {
    let header = ["user_principal_name", "display_name", "object_id", "file", "photo"];
    let rows = rows.map(|(person, file, is_default)| {
        let photo = if is_default { "default_picture" } else { "photo" };
        [person.name.as_str(), &person.display_name, person.id.as_str(), file, photo]
    });
    csv_file(std::iter::once(header).chain(rows))
}

/// Everybody without a photo (`none`), of whom nothing can be said (`unknown`, and why), who was not asked about
/// (`not_asked`), or whose photo could not be written (`not_written`, and why).
pub(super) fn without<'a>(rows: impl Iterator<Item = (&'a Person, &'a str, &'a str)>) -> String {
    let header = ["user_principal_name", "display_name", "object_id", "photo", "why"];
    let rows = rows.map(|(person, photo, why)| [person.name.as_str(), &person.display_name, person.id.as_str(), photo, why]);
    csv_file(std::iter::once(header).chain(rows))
}
