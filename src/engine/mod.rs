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

pub use backup::BackupSettings;
pub use coverage::{Coverage, FileNow};
pub use deliver::Kitchen;
pub use directory::SWEEP_FROM;
pub use dispatch::{Stop, Until};
pub use drift::{DriftFound, DriftSummary, Which};
pub use look::{LookError, Looked, Quiet};
pub use pass::{Beside, PassError, PassOptions};
pub use policy::DriftSettings;
pub use preview::Previewed;
pub use progress::Progress;
pub use propose::{Memory, Proposal};
pub use restore::RestoreSummary;
pub use scope::ScopeSettings;
pub use select::Selection;
pub use serve::{Forbidden, HEARTBEAT, Standing};
pub use summary::{PassExtent, ProblemRow, Summary};
pub use table::TableFile;

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
pub struct MappingSettings {
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
pub struct UploadSettings {
    /// Uploads in flight at most.
    pub concurrency: usize,
    /// Uploads per second.
    pub pace: PaceSettings,
    /// What happens after a failure.
    pub retry: RetryPolicy,
}

/// What becomes of delivered photos whose files are gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemovalSettings {
    /// They are taken out of the tenant; otherwise they stay.
    pub delete: bool,
    /// How long a file must be gone first.
    pub grace: Duration,
}

/// Everything but the ledger: what can look, ask, plan and upload.
#[derive(Clone)]
pub struct Engine {
    /// The HR directory.
    pub source: Arc<source::Settings>,
    /// Whom files speak for.
    pub mapping: Arc<MappingSettings>,
    /// Whose photos are sent at all.
    pub scope: Arc<ScopeSettings>,
    /// How pictures are prepared.
    pub recipe: Arc<Recipe>,
    /// What is refused before decoding.
    pub limits: Limits,
    /// Files that are gone.
    pub removal: RemovalSettings,
    /// Makes HEIC pictures ones that can be decoded, if there is one.
    pub converter: Option<Arc<source::Converter>>,
    /// The brakes.
    pub guard: GuardSettings,
    /// How photos leave.
    pub upload: UploadSettings,
    /// What is kept of others before ours goes up.
    pub backup: Arc<BackupSettings>,
    /// What happens when the tenant shows another photo than ours.
    pub drift: Arc<DriftSettings>,
    /// The tenant.
    pub graph: graph::Client,
    /// The embedded emulator, if that is the tenant: it grows an object for each reference that turns up.
    pub embedded: Option<Arc<emulator::Running>>,
    /// Places for preparing pictures.
    pub kitchen: Arc<Kitchen>,
    /// Reads the time.
    pub clock: Clock,
}
