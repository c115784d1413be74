//! What a known target's row says about what may be decided for it.

use crate::model::{DeliveryState, KnownTarget, PhotoVersion, Reason, SourcePath};

impl KnownTarget {
    /// Why its own photo is kept from this version, if that does not stand in its row yet.
    pub(crate) fn newly_kept(&self, version: &PhotoVersion, path: &SourcePath) -> Option<Reason> {
        let kept = self.kept.as_ref().filter(|kept| kept.digest == version.digest)?;
        let same = self.desired.as_ref() == Some(version) && self.path.as_ref() == Some(path);
        let stands = match &self.state {
            DeliveryState::Due | DeliveryState::Waiting { .. } => kept.restoring,
            DeliveryState::Blocked { reason } if kept.restoring => !planned_hold(*reason),
            DeliveryState::Blocked { reason } => *reason == kept.reason,
            DeliveryState::InStep => false,
        };
        (!(same && stands)).then_some(kept.reason)
    }
}

/// Whether the photo may have been taken out since, though nobody knows: its removal was wanted and is not done.
pub(super) fn removal_under_way(known: &KnownTarget) -> bool {
    known.desired.is_none()
        && match known.state {
            DeliveryState::InStep => false,
            DeliveryState::Due | DeliveryState::Waiting { .. } => true,
            DeliveryState::Blocked { reason } => !planned_hold(reason) && reason != Reason::RemovalNotPossible,
        }
}

/// Whether a target is blocked for a reason that only the planner finds, never the tenant.
pub(super) fn planned_hold(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::CameraNumber
            | Reason::DuplicateFiles
            | Reason::GroupAndTeamDiffer
            | Reason::IdentityChanged
            | Reason::TargetAmbiguous
            | Reason::Guest
            | Reason::AccountDisabled
            | Reason::FileUnreadable
            | Reason::FileChanging
            | Reason::OutOfScope
    )
}
