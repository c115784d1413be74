//! Columns of a table that lead about as many files to somebody as the one chosen, and not to the same people.

use std::cmp::Reverse;

use super::columns::{PREFERRED, alike, is_named, is_own, keys, rows_of, score};
use super::people::People;
use super::sample::Sample;
use crate::mapping::{Sheet, TableForm};
use crate::model::{Property, TargetKind};

/// What stands beside the columns that were chosen.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    /// Columns to look at: something speaks against each, or a few rows only lead elsewhere.
    pub(super) near: Vec<String>,
    /// Columns that nothing speaks against: which of them it is, only a person can say.
    pub(super) equal: Vec<String>,
}

/// A table's rows, read by the columns that were chosen.
struct Reading<'s> {
    sheet: &'s Sheet,
    rows: Vec<(&'s Vec<String>, usize)>,
    people: Option<&'s People>,
    file: usize,
    value: usize,
    property: Property,
}

/// The columns that were chosen, with one in their place that leads to others and is like the names of the files:
/// `anna.jpg` is Anna's.
pub(super) fn closer(form: &TableForm, sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Option<TableForm> {
    let reading = Reading::of(form, sheet, sample, people)?;
    let most = reading.score(reading.value, reading.property);
    let pairs = reading.columns().flat_map(|column| PREFERRED.into_iter().map(move |by| (column, by)));
    let is_closer = |(column, by): &(usize, Property)| {
        is_own(sheet, *column)
            && reading.is_like(*column)
            && reading.score(*column, *by) * 3 >= most
            && reading.leads_elsewhere(*column, *by)
    };
    let best = pairs.filter(is_closer).max_by_key(|(column, by)| (reading.score(*column, *by), Reverse(&sheet.headers[*column])));
    let (column, by) = best.filter(|_| !reading.is_like(reading.value))?;
    Some(TableForm { value: Some(sheet.headers[column].clone()), every_property: Some(by), ..form.clone() })
}

impl Rivals {
    pub(super) fn of(form: &TableForm, sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Self {
        let mut rivals = Self::default();
        let Some(reading) = Reading::of(form, sheet, sample, people) else { return rivals };
        for column in reading.columns() {
            if PREFERRED.into_iter().any(|by| reading.is_equal(column, by)) {
                rivals.equal.push(sheet.headers[column].clone());
            } else if PREFERRED.into_iter().any(|by| reading.is_near(column, by)) {
                rivals.near.push(sheet.headers[column].clone());
            }
        }
        rivals
    }
}

impl<'s> Reading<'s> {
    fn of(form: &TableForm, sheet: &'s Sheet, sample: &Sample, people: Option<&'s People>) -> Option<Self> {
        let column = |name: Option<&String>| sheet.headers.iter().position(|header| Some(header) == name);
        let (file, value, property) = (column(form.file.as_ref())?, column(form.value.as_ref())?, form.every_property?);
        Some(Self { sheet, rows: rows_of(sheet, file, &keys(sample)), people, file, value, property })
    }

    /// Those beside the two that were chosen.
    fn columns(&self) -> impl Iterator<Item = usize> {
        (0..self.sheet.headers.len()).filter(|column| ![self.file, self.value].contains(column) && is_named(self.sheet, *column))
    }

    fn is_like(&self, column: usize) -> bool {
        alike(&self.rows, self.file, column) * 2 > self.rows.len()
    }

    /// To others for the most part, and not in some rows only.
    fn leads_elsewhere(&self, column: usize, by: Property) -> bool {
        let is_comparable = self.people.is_some() || by == self.property;
        let (elsewhere, both) = self.elsewhere(column, by);
        is_comparable && elsewhere * 10 > both
    }

    /// Does nearly as well, and names others: a deputy's address, a former number.
    fn is_near(&self, column: usize, by: Property) -> bool {
        self.score(column, by) * 10 >= self.score(self.value, self.property) * 9 && self.elsewhere(column, by).0 > 0
    }

    /// Leads to others, and nothing says that it is not the right one.
    fn is_equal(&self, column: usize, by: Property) -> bool {
        let worth = |column, by| score(&self.rows, column, &self.sheet.headers[column], by, self.people);
        let (own, other) = (worth(self.value, self.property), worth(column, by));
        is_own(self.sheet, column)
            && other.score * 2 >= own.score
            && self.leads_elsewhere(column, by)
            && (own.repeats || !other.repeats)
            && (!self.is_like(self.value) || self.is_like(column))
    }

    fn score(&self, column: usize, by: Property) -> usize {
        score(&self.rows, column, &self.sheet.headers[column], by, self.people).score
    }

    /// In how many rows both lead to somebody, and not to the same; and in how many both do.
    fn elsewhere(&self, column: usize, by: Property) -> (usize, usize) {
        let both =
            self.rows.iter().filter_map(|(row, _)| self.whom(row, column, by).zip(self.whom(row, self.value, self.property)));
        both.fold((0, 0), |(elsewhere, all), (one, own)| (elsewhere + usize::from(one != own), all + 1))
    }

    fn whom(&self, row: &[String], column: usize, by: Property) -> Option<String> {
        let is_address = |property| matches!(property, Property::UserPrincipalName | Property::Mail);
        match (row.get(column)?, self.people) {
            (cell, Some(people)) => people.find_by(TargetKind::User, by, cell).map(|user| user.to_string()),
            (cell, None) if by == self.property || is_address(by) && is_address(self.property) => {
                Some(cell.trim().to_lowercase())
            }
            _ => None,
        }
    }
}
