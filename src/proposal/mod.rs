//! Rules proposed for files that are there: what their names say, compared with the directory where it was asked.
//!
//! `people` finds accounts and groups by what a name says; `words` takes names apart, `forms` makes values of the words,
//! `pattern` rules of those, `candidates` collects them and `choose` keeps those that explain most files (`found`). `judge` says
//! whom a rule leads to, `named` whom the words of a file's name mean, and `trust` which rules can be trusted by that. `table`
//! finds the two columns of HR's list that name files and people, `columns` says how well each does, `others` which name somebody
//! else, and `rivals` which would do as well. A proposal is counted by the rules as they will be in use. What would only match if
//! something of a name were ignored is told, and never proposed as a rule in use.
//!
//! Pure. It must not know where files and accounts come from, nor how a configuration is written.

mod candidates;
mod choose;
mod columns;
mod forms;
mod found;
mod judge;
mod named;
mod others;
mod pattern;
mod people;
#[cfg(test)]
mod random_company;
mod rivals;
#[cfg(test)]
mod rules_random_tests;
mod sample;
mod table;
#[cfg(test)]
mod table_random_tests;
mod trust;
mod words;

pub(crate) use choose::propose;
pub(crate) use found::{Doubt, MappingProposal, Matches, TableProposal, UnfitTable, Why};
pub(crate) use people::{FULL_NAME, People};
pub(crate) use sample::Sample;
pub(crate) use table::propose as propose_table;
