//! Who can do something about a reason.

use super::Reason;

/// Who has to act, so that what is held can go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Actor {
    /// Whoever looks after Microsoft 365 or this service.
    Administrator,
    /// Whoever looks after the photos, their names and the table.
    Hr,
    /// Nobody: it is tried again without anybody's doing.
    Itself,
    /// Nobody: it stays so, as a person or the settings decided.
    Nobody,
}

impl Actor {
    /// The word in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Hr => "hr",
            Self::Itself => "itself",
            Self::Nobody => "nobody",
        }
    }
}

impl Reason {
    /// Who has to act, as long as it is not tried again at a known time.
    pub(crate) const fn actor(self) -> Actor {
        match self {
            Self::IdentityChanged
            | Self::RemovalNotPossible
            | Self::Guest
            | Self::AccountDisabled
            | Self::NoMailbox
            | Self::NotPermitted
            | Self::SignIn
            | Self::FileUnreadable
            | Self::NoBackup
            | Self::GaveUp => Actor::Administrator,
            Self::Unmatched
            | Self::TableRow
            | Self::FileMissing
            | Self::CameraNumber
            | Self::TargetMissing
            | Self::TargetAmbiguous
            | Self::DuplicateFiles
            | Self::GroupAndTeamDiffer
            | Self::PhotoCorrupt
            | Self::PhotoTooSmall
            | Self::PhotoTooLarge
            | Self::PhotoUnsupported
            | Self::PhotoBlank
            | Self::NoFace
            | Self::SeveralFaces
            | Self::PhotoRefused => Actor::Hr,
            Self::TargetNotReady | Self::FileChanging | Self::Throttled | Self::Transient => Actor::Itself,
            Self::OutOfScope | Self::Restored | Self::UserPhoto | Self::HasPhoto => Actor::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cure and who has to follow it are told side by side.
    #[test]
    fn a_cure_that_asks_for_nothing_is_nobodys_to_follow() {
        for reason in Reason::ALL {
            let asks = !reason.cure().starts_with("Nothing");
            let anybody = matches!(reason.actor(), Actor::Administrator | Actor::Hr);
            assert_eq!(asks, anybody, "{reason}: {}", reason.cure());
            assert!(!reason.is_kept() || reason.actor() == Actor::Nobody, "{reason}");
        }
    }
}
