//! How a path names a target: path → rule → reference → binding. Pure.
mod rule;
pub use rule::{RuleFault, RuleSpec, Rules, TargetSpec};
