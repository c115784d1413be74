//! The report for HR: one page of totals, what is held and a search, and contact sheets of who has which photo.

use askama::Template;
use askama::filters::Safe;
use bytes::Bytes;
use jiff::tz::TimeZone;

use super::filters;
use super::html::inline_json;
use super::page::{PageFrame, PageLinks};
use crate::model::Timestamp;
use crate::status::{PhotoRow, PhotoState};

const STYLE: &str = include_str!("hr_report.css");
const SCRIPT: &str = include_str!("search.js");
/// Rows of the table of what is held, and names in each list, at most: the page stays below 2 MB.
const LISTED: usize = 500;

impl PhotoState {
    /// How it looks.
    const fn class(self) -> &'static str {
        match self {
            Self::UpToDate => "good",
            Self::Held => "bad",
            Self::OnItsWay | Self::NoFile | Self::Missing => "warn",
            Self::Kept | Self::OutOfScope => "faint",
        }
    }
}

impl PhotoRow {
    /// Code, words and cure of what holds it.
    pub(super) fn why(&self) -> (&str, &str, &str) {
        self.why.as_ref().map_or(("", "", ""), |why| (why.reason.as_str(), &why.detail, &why.cure))
    }

    pub(super) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    fn since(&self) -> String {
        self.since.map(local).unwrap_or_default()
    }

    fn delivered(&self) -> String {
        self.delivered.map(local).unwrap_or_default()
    }
}

/// To the minute, where this machine stands; the zone stands at the top of the page.
fn local(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(time) => time.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}

/// What holds for the report as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// When it was made, as people read it.
    pub made: String,
    /// Since when "changed" counts, as people read it.
    pub since: String,
    /// Everybody, in the order of the sheets.
    pub rows: Vec<PhotoRow>,
    /// Rows on one sheet; everything on the first page if none.
    pub per_sheet: Option<usize>,
    /// Whether people without a photo were asked for.
    pub asked_missing: bool,
    /// Files that no rule claims.
    pub unmatched: u64,
}

impl Report {
    /// How many sheets there are.
    pub(crate) fn sheets(&self) -> usize {
        self.per_sheet.map_or(0, |per| self.rows.len().div_ceil(per))
    }

    /// The name of a sheet's file, from 1.
    pub(crate) fn sheet_name(number: usize) -> String {
        format!("people-{number}.html")
    }

    fn link(&self, at: usize) -> String {
        match self.per_sheet {
            Some(per) => format!("{}#p{at}", Self::sheet_name(at / per + 1)),
            None => format!("#p{at}"),
        }
    }

    /// The first page. `thumbnails` are those of all rows, where there are no sheets.
    pub(crate) fn index(&self, thumbnails: &[Option<Bytes>]) -> String {
        let mut lists = vec![("Changed", self.listed(|row| row.changed))];
        if self.asked_missing {
            lists.push(("Without a photo", self.listed(|row| row.state == PhotoState::Missing)));
        }
        IndexPage {
            page: PageFrame::new("Profile photos".to_owned(), STYLE, Some(SCRIPT)),
            report: self,
            links: PageLinks::new("Contact sheets", 0, self.sheets(), Self::sheet_name),
            held: self.listed(|row| row.state == PhotoState::Held),
            lists,
            cards: self.per_sheet.is_none().then(|| cards(0, &self.rows, thumbnails)),
        }
        .to_string()
    }

    /// A contact sheet, from 1, with the thumbnails of its rows.
    pub(crate) fn sheet(&self, number: usize, thumbnails: &[Option<Bytes>]) -> String {
        let per = self.per_sheet.unwrap_or(usize::MAX);
        let from = (number - 1).saturating_mul(per);
        let rows = &self.rows[from.min(self.rows.len())..(from.saturating_add(per)).min(self.rows.len())];
        let ends = match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => format!("{} to {}", first.name, last.name),
            _ => String::new(),
        };
        SheetPage {
            page: PageFrame::new(format!("Profile photos, sheet {number} of {}", self.sheets()), STYLE, Some(SCRIPT)),
            ends,
            links: PageLinks::new("Contact sheets", number, self.sheets(), Self::sheet_name),
            cards: cards(from, rows, thumbnails),
        }
        .to_string()
    }

    /// Figures that are of interest, by name.
    fn totals(&self) -> Vec<(&'static str, u64)> {
        let those = |takes: &dyn Fn(&PhotoRow) -> bool| self.rows.iter().filter(|row| takes(row)).count() as u64;
        let count = |state| those(&|row| row.state == state);
        let mut totals = vec![
            ("Photo slots", those(&|row| row.state != PhotoState::Missing)),
            ("Up to date", count(PhotoState::UpToDate)),
            ("Changed", those(&|row| row.changed)),
            ("On their way", count(PhotoState::OnItsWay)),
            ("Held", count(PhotoState::Held)),
        ];
        let rare = [
            ("Own photo kept", count(PhotoState::Kept)),
            ("Out of scope", count(PhotoState::OutOfScope)),
            ("File is gone", count(PhotoState::NoFile)),
        ];
        totals.extend(rare.into_iter().filter(|(_, count)| *count > 0));
        totals.extend(self.asked_missing.then(|| ("Without a photo", count(PhotoState::Missing))));
        totals.extend((self.unmatched > 0).then_some(("Files for nobody", self.unmatched)));
        totals
    }

    /// What the search looks through: name, file, state and where it stands.
    fn search_data(&self) -> Safe<String> {
        let row = |(at, row): (usize, &PhotoRow)| {
            // A file that is named after its person is found by that name.
            let path = row.path.as_deref().filter(|path| !path.contains(&row.name)).unwrap_or_default();
            [row.name.clone(), path.to_owned(), row.state.words().to_owned(), self.link(at)]
        };
        inline_json(self.rows.iter().enumerate().map(row))
    }

    fn listed(&self, takes: impl Fn(&PhotoRow) -> bool) -> Listed<'_> {
        let mut found = self.rows.iter().enumerate().filter(|(_, row)| takes(row));
        let rows = found.by_ref().take(LISTED).map(|(at, row)| LinkedRow { link: self.link(at), row }).collect();
        Listed { rows, more: found.count() }
    }
}

#[derive(Template)]
#[template(path = "hr_report.html")]
struct IndexPage<'a> {
    page: PageFrame,
    report: &'a Report,
    links: Option<Safe<PageLinks>>,
    held: Listed<'a>,
    lists: Vec<(&'static str, Listed<'a>)>,
    cards: Option<Vec<Card<'a>>>,
}

#[derive(Template)]
#[template(path = "hr_sheet.html")]
struct SheetPage<'a> {
    page: PageFrame,
    /// Its first and last name.
    ends: String,
    links: Option<Safe<PageLinks>>,
    cards: Vec<Card<'a>>,
}

/// The first rows of a list, and how many more there are.
struct Listed<'a> {
    rows: Vec<LinkedRow<'a>>,
    more: usize,
}

/// A row, and the link to its card.
struct LinkedRow<'a> {
    link: String,
    row: &'a PhotoRow,
}

struct Card<'a> {
    number: usize,
    row: &'a PhotoRow,
    thumbnail: Option<&'a Bytes>,
}

fn cards<'a>(from: usize, rows: &'a [PhotoRow], thumbnails: &'a [Option<Bytes>]) -> Vec<Card<'a>> {
    let thumbnail = |at| thumbnails.get(at).and_then(Option::as_ref);
    rows.iter().enumerate().map(|(at, row)| Card { number: from + at, row, thumbnail: thumbnail(at) }).collect()
}

#[cfg(test)]
#[path = "hr_report_tests.rs"]
mod tests;
