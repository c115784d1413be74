//! Pages for people: HTML that needs no network, and tables for spreadsheets.
//!
//! It is given words and pictures and lays them out, by templates (`templates/*.html`) that escape every value. It must
//! not know where they come from.

mod csv;
mod filters;
#[cfg(test)]
mod hostile_tests;
mod hr_report;
mod html;
mod page;
mod plot;
mod preview;
mod status;
mod status_layout;

pub(crate) use csv::{csv, table as csv_table};
pub(crate) use hr_report::Report;
pub(crate) use plot::Sample;
pub(crate) use preview::{Framed, Sheet, sheet};
pub(crate) use status::{Fact, Headline, Notice, StatusPage, Tone};
pub(crate) use status_layout::policy;
