//! Pages for people: HTML that needs no network, and tables for spreadsheets.
//!
//! It is given words and pictures and lays them out. It must not know where they come from.

mod csv;
mod html;
mod people;
mod preview;
mod shell;

pub use csv::{csv, line as csv_line};
pub use people::{Report, Row, Standing};
pub use preview::{Framed, Sheet, sheet};
