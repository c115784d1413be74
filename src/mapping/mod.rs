//! How a path names a target: path → rule → reference → binding.
//!
//! `spec` is a rule as the configuration writes it; `template` and `pattern` say which paths it claims, `value` with
//! `filter` and `fold` what it makes of them, `check` whether that can name anything at all; `shadow` finds rules that
//! never get a turn; `ending` and `camera` what is no photo of theirs: sidecars, and numbers that cameras give.
//! `table` names files one by one, `spoilt` tells what a spreadsheet did to numbers; `resolve` decides what a directory's
//! answer means.
//!
//! Pure. It must not know where files come from, who answers a reference, or what a photo is.

mod camera;
mod check;
mod ending;
mod filter;
mod fold;
mod pattern;
mod resolve;
mod rule;
mod scope;
mod shadow;
mod spec;
mod spoilt;
mod table;
mod template;
mod value;

#[cfg(test)]
mod camera_tests;
#[cfg(test)]
mod ending_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod table_random_tests;
#[cfg(test)]
mod table_tests;

pub(crate) use camera::camera_name;
pub(crate) use ending::is_picture as is_picture_ending;
pub(crate) use fold::ascii as plain_letters;
pub(crate) use resolve::{AccountPolicy, AccountRules, Unresolved, resolve};
pub(crate) use rule::{Match, Rules};
pub(crate) use scope::Scope;
pub(crate) use spec::{PathSpec, RuleSpec, TargetSpec};
pub(crate) use spoilt::{Spoilt, spoilt};
pub(crate) use table::{AbsentRows, BoundTable, FormerRow, Sheet, Table, TableError, TableForm, file_key, is_table_rule};
pub(crate) use value::ValueTemplate;
