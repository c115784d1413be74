//! Whose photo is replaced by ours, as the settings say, with what was asked of the tenant for that.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;

use super::policies::{Members, Policies};
use crate::model::{DeliverPolicy, TargetId};

/// The policies, with what was asked for them.
#[derive(Debug, Default)]
pub(crate) struct DeliverPolicies {
    pub(super) settings: Policies<DeliverPolicy>,
    /// As of when.
    pub(super) members: Mutex<Option<(Duration, Members<DeliverPolicy>)>>,
    /// Who has a photo, as of when.
    pub(super) photos: Mutex<HashMap<TargetId, (bool, Duration)>>,
}

impl DeliverPolicies {
    /// As the settings say.
    pub(crate) fn new(settings: Policies<DeliverPolicy>) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether somebody's photo may have to stay.
    pub(super) fn may_leave(&self) -> bool {
        self.settings.any(|policy| policy == DeliverPolicy::OnlyWhereMissing)
    }
}
