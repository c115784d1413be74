//! What is wanted at a target, what Graph accepted, and where between the two it stands.

use std::fmt;
use std::sync::Arc;

use super::{Digest, Problem, Reason, Timestamp, named};

/// Names a way of preparing pictures; changes exactly when the output could.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecipeId(Arc<str>);

impl RecipeId {
    /// From its text form.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Arc<str>> for RecipeId {
    fn from(text: Arc<str>) -> Self {
        Self(text)
    }
}

impl From<RecipeId> for Arc<str> {
    fn from(id: RecipeId) -> Self {
        id.0
    }
}

impl fmt::Display for RecipeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A source digest prepared by a recipe: the thing that is desired at, or delivered to, a target.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct PhotoVersion {
    /// Hash of the source bytes.
    pub digest: Digest,
    /// How they are prepared.
    pub recipe: RecipeId,
}

/// Grows each time the desired version of a target changes; a late outcome of an older one can't win.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Generation(pub i64);

/// Where a target stands. In flight is not a state of the ledger: a PUT repeated after a crash is harmless.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum DeliveryState {
    /// The tenant was given the desired version.
    InStep,
    /// To be delivered now.
    Due,
    /// To be tried again at a known time.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why it did not work so far.
        reason: Reason,
    },
    /// Needs a person or a change.
    Blocked {
        /// Why.
        reason: Reason,
    },
}

/// What happens when the tenant's photo is no longer the one delivered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) enum DriftPolicy {
    /// It is reported.
    #[default]
    Report,
    /// The HR photo is delivered again.
    HrWins,
    /// The target is left alone until its file changes.
    UserWins,
}

/// Whether a photo is delivered to whoever has one that is not ours.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) enum DeliverPolicy {
    /// Yes: HR's photo replaces it.
    #[default]
    Always,
    /// No: it stays.
    OnlyWhereMissing,
}

/// What a comparison with the tenant found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Drift {
    /// Our photo is there.
    Same,
    /// Another photo is there.
    Changed,
    /// No photo is there.
    Gone,
    /// A photo is there, and it is not known what Graph called ours: this one is taken for ours from now on.
    Learned(String),
}

impl Drift {
    /// The word in JSON and in the journal.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::Learned(_) => "unknown",
        }
    }
}

/// What came of one try to deliver a photo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Graph accepted it.
    Delivered {
        /// The photo's ETag, where Graph told it.
        etag: Option<String>,
    },
    /// It is tried again later.
    Wait {
        /// When.
        until: Timestamp,
        /// What went wrong.
        problem: Problem,
        /// Whether it counts as a failed try of this photo. A throttled or cut-off one doesn't.
        counts: bool,
    },
    /// It needs a person or a change.
    Blocked {
        /// What went wrong.
        problem: Problem,
    },
    /// Our photo was taken out of the tenant.
    Removed,
    /// It was to be taken out, and no photo is there any more.
    Absent,
    /// The photo that was to be removed is not the one we delivered; it stays.
    NotOurs,
    /// Prepared in the new way it is, byte for byte, what Graph accepted before: nothing is sent.
    Same,
    /// The file no longer holds the version that was to be delivered.
    Superseded,
}

named! {
    /// The word for what came of a try, in the journal.
    pub(crate) enum JournalWord {
        /// Graph accepted it.
        Delivered = "delivered",
        /// It is tried again later.
        Waiting = "waiting",
        /// It needs a person or a change.
        Blocked = "blocked",
        /// The tenant no longer holds our photo.
        Removed = "removed",
        /// There was none to be taken out any more.
        Absent = "already_gone",
        /// What is there is not ours; it stays.
        NotOurs = "not_ours",
        /// It came out as what was accepted before.
        Same = "same",
        /// The file no longer holds that version.
        Superseded = "superseded",
        /// What was there before ours is back.
        Restored = "restored",
        /// The tenant shows something else than was delivered.
        Drifted = "drifted",
    }
}

impl Outcome {
    /// The word for it in the journal.
    pub(crate) const fn word(&self) -> JournalWord {
        match self {
            Self::Delivered { .. } => JournalWord::Delivered,
            Self::Wait { .. } => JournalWord::Waiting,
            Self::Blocked { .. } => JournalWord::Blocked,
            Self::Removed => JournalWord::Removed,
            Self::Absent => JournalWord::Absent,
            Self::NotOurs => JournalWord::NotOurs,
            Self::Same => JournalWord::Same,
            Self::Superseded => JournalWord::Superseded,
        }
    }
}

/// What the wire said about one try, for the journal and for a support case at Microsoft.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Trace {
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// Graph's error code.
    pub code: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// What was special about the try, or is worth telling about the picture.
    pub note: Option<String>,
    /// Hash of the photo that was sent.
    pub sent: Option<Digest>,
    /// Bytes of the photo that was sent.
    pub bytes: u64,
    /// Milliseconds from sending to the answer.
    pub elapsed_ms: u64,
    /// Whether the photo reached Graph.
    pub arrival: Arrival,
}

/// Whether a request reached Graph, said once by whoever knows HTTP.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Arrival {
    /// Nothing was sent.
    #[default]
    NotSent,
    /// It was sent, and Graph refused it.
    Refused,
    /// It was sent, and no answer proves what became of it.
    Unknown,
    /// Graph accepted it.
    Accepted,
}
