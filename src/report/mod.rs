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

pub use csv::{csv, line as csv_line};
pub use layout::policy;
pub use people::{Report, Row, Standing};
pub use plot::Sample;
pub use preview::{Framed, Sheet, sheet};
pub use status::{Fact, Held, HeldLine, Notice, PassRow, StatusPage, Tone, Verdict};
