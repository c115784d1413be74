//! How deliveries are to go, as the configuration says.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::{PaceSettings, RetryPolicy};
use crate::model::{DeliverPolicy, DriftPolicy};

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
    pub policy: DriftPolicy,
    /// The same for files that a rule claims, by the rule's text.
    pub by_rule: HashMap<Arc<str>, DriftPolicy>,
    /// The same for members of groups, also through other groups; the first group that a person is in decides.
    pub by_group: Vec<(String, DriftPolicy)>,
}

/// Whose photo is replaced by ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeliverSettings {
    /// In general.
    pub policy: DeliverPolicy,
    /// The same for files that a rule claims, by the rule's text.
    pub by_rule: HashMap<Arc<str>, DeliverPolicy>,
    /// The same for members of groups, also through other groups; the first group that a person is in decides.
    pub by_group: Vec<(String, DeliverPolicy)>,
}

impl DeliverSettings {
    /// Whether somebody's photo may have to stay.
    pub(crate) fn may_leave(&self) -> bool {
        let leaves = |policy: &DeliverPolicy| *policy == DeliverPolicy::OnlyWhereMissing;
        leaves(&self.policy) || self.by_rule.values().any(leaves) || self.by_group.iter().any(|(_, policy)| leaves(policy))
    }
}
