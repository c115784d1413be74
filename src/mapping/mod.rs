//! How a path names a target: path → rule → reference → binding.
//!
//! Pure. It must not know where files come from, who answers a reference, or what a photo is.

mod resolve;
mod rule;
mod scope;
mod table;
mod template;

pub use resolve::{AccountPolicy, AccountRules, resolve};
pub use rule::{Match, RuleFault, RuleSpec, Rules, TargetSpec};
pub use scope::Scope;
pub use table::{Table, TableError, TableFault};
