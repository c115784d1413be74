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
mod properties;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod table_random_tests;
#[cfg(test)]
mod table_tests;

pub use resolve::{AccountPolicy, AccountRules, resolve};
pub use rule::{Match, Rules};
pub use scope::Scope;
pub use spec::{PathSpec, RuleFault, RuleSpec, TargetSpec};
pub use spoilt::{Spoilt, spoilt};
pub use table::{BoundTable, Encoding, Table, TableError, TableFault, TableForm, is_table_rule};
