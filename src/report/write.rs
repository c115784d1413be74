//! Writes a report: its pages into a directory, the first one last, so that whatever it leads to is there.

use std::collections::HashSet;

use super::csv::csv;
use super::hr_pages::{Pages, Pictures};
use super::hr_report::{Report, STEMS, file_name};
use crate::files::{Output, OutputError};

/// The first page, and the table.
pub(crate) const INDEX: &str = "index.html";
const TABLE: &str = "people.csv";

/// Writes all pages; says how many, or none if `stopped` came between.
pub(crate) fn write_pages(
    report: &Report,
    pictures: Pictures<'_>,
    output: &mut Output,
    with_table: bool,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<usize>, OutputError> {
    let pages = Pages::new(report, pictures, false);
    let mut written = HashSet::new();
    for (stem, content) in pages.others() {
        for page in 0..pages.pages(&content) {
            if stopped() {
                return Ok(None);
            }
            let name = file_name(&stem, page);
            output.write(&name, pages.other(&stem, &content, page).as_bytes())?;
            written.insert(name);
        }
    }
    if with_table {
        output.write(TABLE, csv(report).as_bytes())?;
    }
    output.write(INDEX, pages.index().as_bytes())?;
    output.remove_others(&STEMS, &written)?;
    Ok(Some(written.len() + 1))
}

/// Everything on one page.
pub(crate) fn single_page(report: &Report, pictures: Pictures<'_>) -> String {
    Pages::new(report, pictures, true).index()
}
