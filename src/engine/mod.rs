//! Where the rooms meet: one pass over the source, and the delivery of what is due.
//!
//! The way of one photo: look (`look`) → ask the directory (`ask`) → plan and guard (`propose`) →
//! write down (`pass`) → claim, prepare, pace, confirm, send (`dispatch`, `traffic`, `confirm`, `deliver`) → record. The daemon, `reconcile`,
//! `plan` and `rehearse` enter this one path at different doors. It must not know YAML, terminals or signals.

mod ask;
mod backup;
mod confirm;
mod content;
mod coverage;
mod deliver;
mod directory;
mod dispatch;
mod drift;
mod facts;
mod heed;
mod identity;
mod look;
mod missing;
mod mounts;
mod nearest;
mod outcome;
mod pass;
mod picture;
mod policy;
mod preview;
mod progress;
mod propose;
#[cfg(test)]
mod removal_simulation_tests;
mod restore;
mod scope;
mod select;
mod serve;
#[cfg(test)]
mod simulation_tests;
mod summary;
mod table;
mod thumbnails;
mod traffic;
mod write;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use backup::BackupSettings;
pub(crate) use coverage::Coverage;
pub(crate) use deliver::Kitchen;
pub(crate) use directory::SWEEP_FROM;
pub use dispatch::Until;
pub(crate) use drift::{DriftSummary, Which};
pub(crate) use look::{LookError, Quiet};
pub(crate) use pass::{Beside, PassError, PassOptions};
pub(crate) use policy::DriftSettings;
pub(crate) use preview::Previewed;
pub(crate) use progress::Progress;
pub(crate) use propose::{Memory, Proposal};
pub(crate) use restore::RestoreSummary;
pub(crate) use scope::ScopeSettings;
pub(crate) use select::Selection;
pub(crate) use serve::{Forbidden, HEARTBEAT, Standing};
pub use summary::Summary;
pub(crate) use summary::{PassExtent, ProblemRow};
pub(crate) use table::TableFile;

use crate::clock::Clock;
use crate::emulator;
use crate::flow::{PaceSettings, RetryPolicy};
use crate::graph;
use crate::mapping::{AccountRules, Rules};
use crate::photo::{Limits, Recipe};
use crate::plan::{ConflictPolicy, GuardSettings};
use crate::source;

/// What decides whom a file speaks for.
#[derive(Clone, Debug)]
pub(crate) struct MappingSettings {
    /// The rules, in order.
    pub rules: Rules,
    /// A table that comes before the rules.
    pub table: Option<TableFile>,
    /// Several files for one target.
    pub on_conflict: ConflictPolicy,
    /// Accounts that are held back.
    pub accounts: AccountRules,
    /// From this many references of one kind on, the directory is swept instead of asked; see [`SWEEP_FROM`].
    pub sweep_from: usize,
}

/// How photos leave.
#[derive(Clone, Debug)]
pub(crate) struct UploadSettings {
    /// Uploads in flight at most.
    pub concurrency: usize,
    /// Uploads per second.
    pub pace: PaceSettings,
    /// What happens after a failure.
    pub retry: RetryPolicy,
}

/// What becomes of delivered photos whose files are gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RemovalSettings {
    /// They are taken out of the tenant; otherwise they stay.
    pub delete: bool,
    /// How long a file must be gone first.
    pub grace: Duration,
}

/// Everything but the ledger: what can look, ask, plan and upload.
#[derive(Clone)]
pub struct Engine {
    /// The HR directory.
    pub(crate) source: Arc<source::SourceSettings>,
    /// Whom files speak for.
    pub(crate) mapping: Arc<MappingSettings>,
    /// Whose photos are sent at all.
    pub(crate) scope: Arc<ScopeSettings>,
    /// How pictures are prepared.
    pub(crate) recipe: Arc<Recipe>,
    /// What is refused before decoding.
    pub(crate) limits: Limits,
    /// Files that are gone.
    pub(crate) removal: RemovalSettings,
    /// Makes HEIC pictures ones that can be decoded, if there is one.
    pub(crate) converter: Option<Arc<source::Converter>>,
    /// The brakes.
    pub(crate) guard: GuardSettings,
    /// How photos leave.
    pub(crate) upload: UploadSettings,
    /// What is kept of others before ours goes up.
    pub(crate) backup: Arc<BackupSettings>,
    /// What happens when the tenant shows another photo than ours.
    pub(crate) drift: Arc<DriftSettings>,
    /// The tenant.
    pub(crate) graph: graph::Client,
    /// The embedded emulator, if that is the tenant: it grows an object for each reference that turns up.
    pub(crate) embedded: Option<Arc<emulator::Running>>,
    /// Places for preparing pictures.
    pub(crate) kitchen: Arc<Kitchen>,
    /// Reads the time.
    pub(crate) clock: Clock,
}
