//! What it takes to deliver.

use std::sync::Arc;
use std::time::Duration;

use super::backup::BackupSettings;
use super::drift_policy::DriftSettings;
use super::prepare::Preparer;
use crate::clock::Clock;
use crate::flow::{PaceSettings, RetryPolicy};
use crate::lookup::Directory;

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

/// Delivers what is due, compares it with the tenant, and puts back what was there before.
#[derive(Clone)]
pub(crate) struct Uploader {
    /// Who is asked before a photo leaves, and the tenant it goes to.
    pub directory: Directory,
    /// Makes pictures ready.
    pub preparer: Preparer,
    /// How photos leave.
    pub upload: UploadSettings,
    /// What is kept of others before ours goes up.
    pub backup: Arc<BackupSettings>,
    /// What happens when the tenant shows another photo than ours.
    pub drift: Arc<DriftSettings>,
    /// Whether photos may be taken out again.
    pub removal: RemovalSettings,
    /// Reads the time.
    pub clock: Clock,
}
