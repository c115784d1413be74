//! Pages for people: HTML that needs no network, and tables for spreadsheets.
//!
//! It is given words and pictures and lays them out. It must not know where they come from.

mod csv;
mod html;
mod layout;
mod people;
mod plot;
mod preview;
mod shell;
mod status;

pub(crate) use csv::{csv, line as csv_line};
pub(crate) use layout::policy;
pub(crate) use people::Report;
pub(crate) use plot::Sample;
pub(crate) use preview::{Framed, Sheet, sheet};
pub(crate) use status::{Fact, Held, HeldLine, Notice, PassRow, StatusPage, Tone, Verdict};
