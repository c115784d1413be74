//! One look at the source, start to end: scan → match → ask the directory → plan → guard → write down → deliver. The
//! daemon, `reconcile`, `plan` and `rehearse` enter this one path at different doors. It must not know YAML, terminals or
//! signals.

mod absent_rows;
mod add_defaults;
mod baseline;
mod blocking;
mod by_hand;
mod commit;
mod coverage;
mod defaults;
mod first_contact;
mod foresee;
mod gaps;
mod glance;
mod guard_facts;
mod hash;
mod lay_baseline;
mod mounts;
mod options;
mod part;
mod pass_error;
mod preview;
mod proposal;
mod propose;
#[cfg(test)]
mod random_removal_tests;
mod run;
mod scan;
mod scan_failure;
mod scanner;
mod select;
mod settings_changed;
mod settle_filter;
mod steps;
mod summary;
mod table;
mod table_file;
mod whole;

pub(crate) use baseline::Baseline;
pub(crate) use coverage::Coverage;
pub(crate) use defaults::Defaults;
pub(crate) use first_contact::{Strangers, is_first_contact, missing_group, strangers};
pub(crate) use gaps::GapKind;
pub(crate) use options::{DaemonPass, PassOptions};
pub(crate) use part::Part;
pub(crate) use pass_error::PassError;
pub(crate) use preview::{PreviewedPhoto, PreviewedPicture, preview};
pub(crate) use proposal::Proposal;
pub(crate) use propose::Proposer;
pub use run::Pass;

pub(crate) use scan_failure::ScanFailure;
pub(crate) use scanner::{MappingSettings, Scanner};
pub(crate) use select::Selection;
pub(crate) use settle_filter::SettleFilter;
pub(crate) use summary::PassExtent;
pub use summary::Summary;
pub(crate) use table_file::TableFile;
