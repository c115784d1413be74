//! Pages for people: HTML that needs no network, and tables for spreadsheets; and where they are written to.
//!
//! It is given values and pictures and lays them out, by templates (`templates/*.html`) that escape every value and, for
//! HR, in the words of a language (`texts/*.yaml`). It must not know where values and pictures come from.

mod cards;
mod csv;
mod figures;
mod filters;
mod fold;
#[cfg(test)]
mod hostile_tests;
mod hr_index;
mod hr_pages;
mod hr_report;
mod html;
mod page;
mod plot;
mod preview;
mod status;
mod status_layout;
mod texts;
mod write;

pub(crate) use csv::{csv, file as csv_file, is_formula, table as csv_table};
pub(crate) use figures::Figures;
pub(crate) use hr_pages::Pictures;
pub(crate) use hr_report::Report;
pub(crate) use plot::Sample;
pub(crate) use preview::{Framed, Previews};
pub(crate) use status::{Fact, Headline, Notice, ProgressLine, StatusPage, Tone};
pub(crate) use status_layout::policy;
pub(crate) use texts::{Language, Texts, check as check_text, keys as text_keys};
pub(crate) use write::{INDEX, single_page, write_pages};
