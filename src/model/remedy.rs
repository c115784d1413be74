//! What to do about a reason, in a few words that fit a narrow screen.

use super::Reason;

impl Reason {
    /// What to do, in the few words that a line of a list has room for; [`cure`](Self::cure) says it in full.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::Unmatched => "rename it, or add a rule",
            Self::TableRow => "correct the table's line",
            Self::FileMissing => "add the file, or drop the line",
            Self::CameraNumber => "name it after the person",
            Self::TargetMissing => "check the spelling",
            Self::TargetAmbiguous => "use a unique property",
            Self::TargetNotReady | Self::FileChanging | Self::Throttled | Self::Transient => "wait",
            Self::IdentityChanged => "check, then `accept`",
            Self::DuplicateFiles => "keep one file",
            Self::GroupAndTeamDiffer => "keep one picture",
            Self::OutOfScope | Self::HasPhoto => "nothing, if meant",
            Self::RemovalNotPossible => "remove it by hand",
            Self::Guest => "mapping.guests",
            Self::AccountDisabled => "enable the account",
            Self::NoMailbox => "assign a mailbox",
            Self::NotPermitted => "grant the permission",
            Self::SignIn => "run `doctor`",
            Self::PhotoCorrupt => "export it again",
            Self::PhotoTooSmall => "use a larger picture",
            Self::PhotoTooLarge => "use a smaller picture",
            Self::PhotoUnsupported => "save it as JPEG",
            Self::PhotoBlank => "export it opaque",
            Self::NoFace => "use a clear portrait",
            Self::SeveralFaces => "show one person alone",
            Self::PhotoRefused => "save it as plain JPEG",
            Self::FileUnreadable => "let the service read it",
            Self::Restored | Self::UserPhoto => "nothing, or `accept`",
            Self::NoBackup => "free disk space",
            Self::GaveUp => "`explain`, then `retry`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_a_column_and_asks_nobody_where_nobody_has_to_act() {
        for reason in Reason::ALL {
            let remedy = reason.remedy();
            assert!(remedy.len() <= 30, "{reason}: {remedy}");
            let nothing = remedy == "wait" || remedy.starts_with("nothing");
            assert_eq!(nothing, reason.cure().starts_with("Nothing"), "{reason}: {remedy}");
        }
    }
}
