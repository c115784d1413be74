//! How deliveries are to go, as the configuration says.

use std::path::PathBuf;
use std::time::Duration;

use super::policies::Policies;
use crate::flow::{PaceSettings, RetryPolicy};
use crate::model::DriftPolicy;

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

/// Photos that were in the tenant before ours.
#[derive(Clone, Debug)]
pub(crate) struct BackupSettings {
    /// Whether a photo that isn't ours is kept before it is overwritten.
    pub before_first_overwrite: bool,
    /// Where to.
    pub directory: PathBuf,
    /// How long.
    pub keep: Duration,
}

/// Photos that were changed in the tenant by others.
#[derive(Clone, Debug, Default)]
pub(crate) struct DriftSettings {
    /// Pause between two comparisons of one target; none: never by itself.
    pub check_every: Option<Duration>,
    /// What happens to what differs.
    pub policies: Policies<DriftPolicy>,
}
