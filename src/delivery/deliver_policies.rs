//! Whose photo is replaced by ours, as the settings say, with what was asked of the tenant for that.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::Mutex;

use super::settings::DeliverSettings;
use crate::model::{DeliverPolicy, ObjectId, TargetId};

/// The members of groups that have a policy of their own.
pub(super) type Members = Vec<(HashSet<ObjectId>, DeliverPolicy)>;

/// The policies, with what was asked for them.
#[derive(Debug, Default)]
pub(crate) struct DeliverPolicies {
    pub(super) settings: DeliverSettings,
    /// As of when.
    pub(super) members: Mutex<Option<(Duration, Members)>>,
    /// Who has a photo, as of when.
    pub(super) photos: Mutex<HashMap<TargetId, (bool, Duration)>>,
}

impl DeliverPolicies {
    /// As the settings say.
    pub(crate) fn new(settings: DeliverSettings) -> Self {
        Self { settings, ..Self::default() }
    }
}
