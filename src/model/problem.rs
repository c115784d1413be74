//! Why a file or a target can't be served, as stable codes with a cure in words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stable codes: they appear in JSON and in the ledger. Codes may be added; these stay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// No rule claims the file.
    Unmatched,
    /// A row of the table can't be used.
    TableRow,
    /// A row of the table names a file that is not there.
    FileMissing,
    /// The number in the name is one that a camera gave.
    CameraNumber,
    /// The directory knows no such object.
    TargetMissing,
    /// The directory knows several such objects.
    TargetAmbiguous,
    /// The object exists but its photo slot does not yet.
    TargetNotReady,
    /// The reference now names another object than the one it was bound to.
    IdentityChanged,
    /// Two or more files speak for one target.
    DuplicateFiles,
    /// A group and its team have two different files.
    GroupAndTeamDiffer,
    /// Excluded by scope or consent.
    OutOfScope,
    /// The photo is to go, and Graph can't take it out.
    RemovalNotPossible,
    /// A guest account.
    Guest,
    /// A disabled account.
    AccountDisabled,
    /// The account has no mailbox that Graph can write the photo to.
    NoMailbox,
    /// The application lacks a permission.
    NotPermitted,
    /// Sign-in fails.
    SignIn,
    /// The picture is damaged.
    PhotoCorrupt,
    /// Fewer pixels than Microsoft 365 takes.
    PhotoTooSmall,
    /// More bytes or pixels than the limits allow.
    PhotoTooLarge,
    /// Not a picture format that can be prepared.
    PhotoUnsupported,
    /// Nothing is to be seen in it.
    PhotoBlank,
    /// No face is found in it, or none that is clear enough, and the setting holds such pictures.
    NoFace,
    /// Several people are in it, and it doesn't say whose it is.
    SeveralFaces,
    /// Graph refused this picture.
    PhotoRefused,
    /// The file can't be read.
    FileUnreadable,
    /// The file changes while it is read.
    FileChanging,
    /// Put back by hand, and kept until the file changes.
    Restored,
    /// Somebody put up another photo in the tenant, which the settings let stand.
    UserPhoto,
    /// Microsoft 365 has a photo that is not ours, and the settings deliver only where there is none.
    HasPhoto,
    /// The tenant's photo can't be kept, so it is not overwritten.
    NoBackup,
    /// Graph asked to slow down.
    Throttled,
    /// A fault that may pass.
    Transient,
    /// Tried for too long.
    GaveUp,
}

impl Reason {
    /// Every reason, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Unmatched,
        Self::TableRow,
        Self::FileMissing,
        Self::CameraNumber,
        Self::TargetMissing,
        Self::TargetAmbiguous,
        Self::TargetNotReady,
        Self::IdentityChanged,
        Self::DuplicateFiles,
        Self::GroupAndTeamDiffer,
        Self::OutOfScope,
        Self::RemovalNotPossible,
        Self::Guest,
        Self::AccountDisabled,
        Self::NoMailbox,
        Self::NotPermitted,
        Self::SignIn,
        Self::PhotoCorrupt,
        Self::PhotoTooSmall,
        Self::PhotoTooLarge,
        Self::PhotoUnsupported,
        Self::PhotoBlank,
        Self::NoFace,
        Self::SeveralFaces,
        Self::PhotoRefused,
        Self::FileUnreadable,
        Self::FileChanging,
        Self::Restored,
        Self::UserPhoto,
        Self::HasPhoto,
        Self::NoBackup,
        Self::Throttled,
        Self::Transient,
        Self::GaveUp,
    ];

    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::TableRow => "table_row",
            Self::FileMissing => "file_missing",
            Self::CameraNumber => "camera_number",
            Self::TargetMissing => "target_missing",
            Self::TargetAmbiguous => "target_ambiguous",
            Self::TargetNotReady => "target_not_ready",
            Self::IdentityChanged => "identity_changed",
            Self::DuplicateFiles => "duplicate_files",
            Self::GroupAndTeamDiffer => "group_and_team_differ",
            Self::OutOfScope => "out_of_scope",
            Self::RemovalNotPossible => "removal_not_possible",
            Self::Guest => "guest",
            Self::AccountDisabled => "account_disabled",
            Self::NoMailbox => "no_mailbox",
            Self::NotPermitted => "not_permitted",
            Self::SignIn => "sign_in",
            Self::PhotoCorrupt => "photo_corrupt",
            Self::PhotoTooSmall => "photo_too_small",
            Self::PhotoTooLarge => "photo_too_large",
            Self::PhotoUnsupported => "photo_unsupported",
            Self::PhotoBlank => "photo_blank",
            Self::NoFace => "no_face",
            Self::SeveralFaces => "several_faces",
            Self::PhotoRefused => "photo_refused",
            Self::FileUnreadable => "file_unreadable",
            Self::FileChanging => "file_changing",
            Self::Restored => "restored",
            Self::UserPhoto => "user_photo",
            Self::HasPhoto => "has_photo",
            Self::NoBackup => "no_backup",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::GaveUp => "gave_up",
        }
    }

    /// What it means, in a few words; they name nobody.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Unmatched => "No rule claims the file",
            Self::TableRow => "A row of the table can't be used",
            Self::FileMissing => "The table names a file that is not there",
            Self::CameraNumber => "The number in the name is a camera's",
            Self::TargetMissing => "Not found in Microsoft 365",
            Self::TargetAmbiguous => "Several in Microsoft 365 go by that name",
            Self::TargetNotReady => "New, and not set up in Microsoft 365 yet",
            Self::IdentityChanged => "The name now leads to another account",
            Self::DuplicateFiles => "Several files for one photo",
            Self::GroupAndTeamDiffer => "Two pictures for a team and its group",
            Self::OutOfScope => "Excluded by the settings",
            Self::RemovalNotPossible => "To be removed by hand",
            Self::Guest => "Guest account",
            Self::AccountDisabled => "Disabled account",
            Self::NoMailbox => "No mailbox in Exchange Online",
            Self::NotPermitted => "A permission is missing",
            Self::SignIn => "Sign-in fails",
            Self::PhotoCorrupt => "The picture is damaged",
            Self::PhotoTooSmall => "The picture is too small",
            Self::PhotoTooLarge => "The picture is too large",
            Self::PhotoUnsupported => "No picture format that can be used",
            Self::PhotoBlank => "The picture is transparent",
            Self::NoFace => "No clear face in the picture",
            Self::SeveralFaces => "Several faces in the picture",
            Self::PhotoRefused => "Microsoft 365 refuses the picture",
            Self::FileUnreadable => "The file can't be read",
            Self::FileChanging => "The file is still being written",
            Self::Restored => "Put back by hand, and kept",
            Self::UserPhoto => "People's own photo, which is kept",
            Self::HasPhoto => "A photo is there already, and is kept",
            Self::NoBackup => "A photo can't be kept as a backup or put back from it, so what Microsoft 365 has stays",
            Self::Throttled => "Microsoft 365 asked to slow down",
            Self::Transient => "A fault that may pass",
            Self::GaveUp => "Tried for too long",
        }
    }

    /// Whether a run that ends with it is a good run: nothing that is known to be meant is kept from anybody.
    pub const fn may_stand(self) -> bool {
        matches!(self, Self::Unmatched | Self::FileMissing | Self::OutOfScope) || self.is_kept()
    }

    /// Whether the tenant's own photo stands, as a person or the settings decided.
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Restored | Self::UserPhoto | Self::HasPhoto)
    }

    /// Whether it leaves open whose a file is: it may be anybody's.
    pub const fn leaves_open(self) -> bool {
        matches!(self, Self::Transient | Self::Throttled | Self::NotPermitted | Self::SignIn | Self::GaveUp)
    }

    /// What a person can do about it, where nothing more exact is known.
    pub const fn cure(self) -> &'static str {
        match self {
            Self::Unmatched => "Rename the file, add a rule under mapping.rules that claims it, or list it under source.ignore.",
            Self::TableRow => "Correct that line of the table (mapping.table).",
            Self::FileMissing => "Put the file where the table (mapping.table) says, or correct or remove that line.",
            Self::CameraNumber => {
                "Give the file the person's own number or name, or list it in the table (mapping.table). If the number is meant, write the letters before it into the rule: \"IMG_{number}.{ext}\"."
            }
            Self::TargetMissing => {
                "Check the spelling in the file name or table against Microsoft 365 and correct whichever is wrong; a new account is found at the next pass."
            }
            Self::TargetAmbiguous => {
                "Name the photo by a property that is unique (userPrincipalName, id), or make the property unique in the directory."
            }
            Self::TargetNotReady => {
                "Nothing yet: new accounts, groups and teams take up to 15 minutes and are tried again by themselves."
            }
            Self::IdentityChanged => {
                "If the photo belongs to the account that now has this name, run `photosyncd accept TARGET`; otherwise correct the file name."
            }
            Self::DuplicateFiles => "Keep one of the files, or set mapping.on_conflict: newest.",
            Self::GroupAndTeamDiffer => {
                "A team and its group are one object: keep one of the two files, or make them the same picture."
            }
            Self::OutOfScope => "Nothing, if that is meant; otherwise change scope.include_groups or scope.exclude_groups.",
            Self::RemovalNotPossible => {
                "Take the photo out by hand (Teams, Outlook), then run `photosyncd accept TARGET`; or put the file back."
            }
            Self::Guest => "Guests are held; set mapping.guests: deliver to send their photos too.",
            Self::AccountDisabled => {
                "Disabled accounts are held; enable the account, or set mapping.disabled: deliver to send their photos too."
            }
            Self::NoMailbox => "Give the account an Exchange Online mailbox (licence), then run `photosyncd retry TARGET`.",
            Self::NotPermitted => {
                "Grant the application the missing Graph permission with admin consent (`photosyncd doctor` names it), then run `photosyncd retry`."
            }
            Self::SignIn => {
                "Run `photosyncd doctor`, which says what is wrong with graph.tenant, graph.client_id or graph.credential; then run again."
            }
            Self::PhotoCorrupt => "Export or copy the picture again; the file is damaged or not complete.",
            Self::PhotoTooSmall => "Use a picture of at least 48 x 48 pixels, better 648 x 648.",
            Self::PhotoTooLarge => "Use a smaller picture, or raise photo.max_source_bytes or photo.max_pixels.",
            Self::PhotoUnsupported => "Save the picture as JPEG or PNG.",
            Self::PhotoBlank => "Export the picture again, without transparency.",
            Self::NoFace => "Look at the picture; use one that shows the face clearly, or lower photo.min_face_score.",
            Self::SeveralFaces => {
                "Use a picture that shows this person alone, or set photo.several_faces: largest to frame the largest face."
            }
            Self::PhotoRefused => "Save the picture again as a plain JPEG of 648 x 648 pixels, or use another one.",
            Self::FileUnreadable => {
                "Give the service's user permission to read the file and its directories (chgrp and chmod g+r; for an SMB mount gid= and file_mode=)."
            }
            Self::FileChanging => {
                "Nothing: the file is read again when it has been quiet for a moment. If it stays so, find the program that keeps writing to it."
            }
            Self::Restored => {
                "Nothing, if that is meant; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file."
            }
            Self::UserPhoto => {
                "Nothing, if people may choose their photo; `photosyncd accept TARGET` lets the photo of the file go there again, and so does a new file."
            }
            Self::HasPhoto => {
                "Nothing, if that is meant: it is looked again once a day whether the photo is still there. deliver: always (in general, in a rule or for a group) replaces it at the next pass."
            }
            Self::NoBackup => {
                "Free some space, and let the service's user write to backup.directory; it is tried again by itself, and nothing is overwritten until then."
            }
            Self::Throttled => "Nothing: when the pause is over the service resumes by itself, and a command can be run again.",
            Self::Transient => {
                "Nothing yet: it is tried again by itself. If it lasts for more than an hour, run `photosyncd doctor`."
            }
            Self::GaveUp => {
                "Look at the last error (status and code of the tries in `photosyncd explain TARGET`), cure it, then run `photosyncd retry TARGET`."
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text).ok_or_else(|| format!("no reason is called {text:?}"))
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One thing that keeps one file from one target. Personal (paths, names): for people and JSON, not for logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The code.
    pub reason: Reason,
    /// What was found, in words, without the cure.
    pub detail: String,
    /// What to do about it; the reason's general cure where nothing more exact is known.
    pub cure: String,
}

impl Problem {
    /// What was found and what to do, as one line.
    pub(crate) fn with_advice(&self) -> String {
        format!("{}; what to do: {}", self.detail, self.cure.trim_end_matches('.'))
    }

    /// With the reason's general cure.
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), cure: reason.cure().to_owned() }
    }

    /// Whether it says that there is no place for a photo: then none is there.
    pub(crate) const fn is_nowhere(&self) -> bool {
        matches!(self.reason, Reason::NoMailbox | Reason::Guest | Reason::TargetMissing)
    }

    /// With other words for what was found.
    #[must_use]
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With a more exact cure.
    #[must_use]
    pub(crate) fn with_cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = cure.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}
