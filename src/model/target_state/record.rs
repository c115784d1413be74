//! One photo slot in the tenant: what is wanted there, what it holds as far as anybody knows, and where between the two
//! it stands.

use crate::model::{Digest, Generation, PhotoVersion, Problem, Reason, SourcePath, Timestamp, named};

/// What is wanted at a target.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Desired {
    /// No photo of ours.
    #[default]
    Nothing,
    /// The picture of a file, prepared in a certain way.
    Photo(PhotoVersion),
    /// The photo that was there before ours, from a backup; then, if the file changes, that file's next picture.
    Former {
        /// Number of the backup.
        backup: i64,
        /// What was wanted before.
        instead_of: Option<PhotoVersion>,
    },
}

impl Desired {
    /// The version that the file wants, whether or not something else goes first.
    pub(crate) fn version(&self) -> Option<&PhotoVersion> {
        match self {
            Self::Nothing => None,
            Self::Photo(version) => Some(version),
            Self::Former { instead_of, .. } => instead_of.as_ref(),
        }
    }

    /// The backup that is to be put back first.
    pub(crate) const fn backup(&self) -> Option<i64> {
        match self {
            Self::Former { backup, .. } => Some(*backup),
            Self::Nothing | Self::Photo(_) => None,
        }
    }

    /// The same wish without a backup that goes first.
    #[must_use]
    pub(super) fn without_backup(self) -> Self {
        match self {
            Self::Former { instead_of, .. } => instead_of.map_or(Self::Nothing, Self::Photo),
            other => other,
        }
    }
}

/// A photo of ours that Graph accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Delivered {
    /// Which version.
    pub version: PhotoVersion,
    /// When; none where that was never known.
    pub at: Option<Timestamp>,
}

/// What the tenant holds, as far as anybody knows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Held {
    /// The photo of ours that Graph accepted last, if it has not been taken out since.
    pub delivered: Option<Delivered>,
    /// What Graph called it, where it said so: the proof that a photo is ours.
    pub etag: Option<String>,
    /// What Graph called the photo that was there when it was compared first: enough to see a change, no proof.
    pub baseline_etag: Option<String>,
    /// Hash of the bytes that were accepted; one that comes out the same need not be sent.
    pub sent: Option<Digest>,
    /// What is worth telling about that picture.
    pub note: Option<String>,
    /// Another picture may have taken its place, or it may have been taken out: a wish for that was let go before its
    /// outcome was known.
    pub uncertain: bool,
    /// A photo of ours may be there though no answer said so.
    pub unconfirmed: bool,
}

impl Held {
    /// Whether a photo in the tenant that is not called as ours was may be ours all the same.
    pub(crate) const fn may_go_by_another_name(&self) -> bool {
        self.uncertain || self.unconfirmed || (self.delivered.is_some() && self.etag.is_none())
    }

    /// The tenant holds nothing of ours.
    pub(super) fn forget(&mut self) {
        (self.delivered, self.etag) = (None, None);
    }
}

/// Where a target stands. In flight is not a state of the ledger: a PUT repeated after a crash is harmless.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum TargetState {
    /// The tenant was given what is wanted.
    InStep,
    /// To be tried now.
    Due,
    /// To be tried again at a known time.
    Waiting(Timestamp),
    /// Needs a person, a change, or time: [`TargetRecord::next_look`] says when it is tried again by itself.
    Blocked,
    /// No file identifies it any more, and nothing is to be done.
    #[default]
    Released,
}

named! {
    /// The word for where a target stands.
    pub(crate) enum StateName {
        /// The tenant was given what is wanted.
        InStep = "in_step",
        /// To be tried now.
        Due = "due",
        /// To be tried again at a known time.
        Waiting = "waiting",
        /// Needs a person or a change.
        Blocked = "blocked",
        /// Nothing is to be done.
        Released = "released",
    }
}

impl TargetState {
    /// Its word in the ledger.
    pub(crate) const fn name(self) -> StateName {
        match self {
            Self::InStep => StateName::InStep,
            Self::Due => StateName::Due,
            Self::Waiting(_) => StateName::Waiting,
            Self::Blocked => StateName::Blocked,
            Self::Released => StateName::Released,
        }
    }
}

/// Failed tries of what is wanted now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Failures {
    /// How many.
    pub tries: u32,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// What Graph answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct AnswerCode {
    /// HTTP status.
    pub status: Option<u16>,
    /// Graph's error code.
    pub code: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
}

/// Why a target waits, is blocked, or failed last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Obstacle {
    /// The reason with its cure.
    pub problem: Problem,
    /// What Graph answered, if it did.
    pub answer: AnswerCode,
}

impl From<Problem> for Obstacle {
    fn from(problem: Problem) -> Self {
        Self { problem, answer: AnswerCode::default() }
    }
}

/// The tenant's own photo stays, as long as the file holds this picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeptPhoto {
    /// Why.
    pub reason: Reason,
    /// What the file held when that was decided.
    pub digest: Option<Digest>,
}

/// What comparing with the tenant found last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Compared {
    /// When.
    pub at: Option<Timestamp>,
    /// What differs, and since when that is known.
    pub drift: Option<(DriftKind, Timestamp)>,
}

/// How the tenant differs from what was delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DriftKind {
    /// It shows another photo.
    Changed,
    /// It shows none.
    Gone,
}

impl DriftKind {
    /// What was found, in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Changed => "the tenant shows another photo than the one we delivered",
            Self::Gone => "the tenant shows no photo any more, and we had delivered one",
        }
    }

    /// The word in JSON and in the ledger.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// One photo slot that was ever planned for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct TargetRecord {
    /// The target as HR names it.
    pub label: String,
    /// The file that identifies it; none when it was released.
    pub path: Option<SourcePath>,
    /// What is wanted.
    pub desired: Desired,
    /// Since when; what is new goes first.
    pub desired_at: Timestamp,
    /// Grows with each change of what is wanted, so that a late outcome of an older wish can't win.
    pub generation: Generation,
    /// What the tenant holds.
    pub held: Held,
    /// Where it stands.
    pub state: TargetState,
    /// Since when.
    pub since: Timestamp,
    /// When a blocked target is looked at again, where time may mend it.
    pub next_look: Option<Timestamp>,
    /// When the account, group or team was made, where the directory said so.
    pub account_created: Option<Timestamp>,
    /// Failed tries.
    pub failures: Failures,
    /// Why it waits or is blocked; or the last failure of what is due again.
    pub obstacle: Option<Obstacle>,
    /// The tenant's own photo is kept.
    pub kept: Option<KeptPhoto>,
    /// What comparing found.
    pub compared: Compared,
}
