//! What can happen to a target.

use super::record::{AnswerCode, DriftKind};
use crate::model::{Arrival, Digest, DriftPolicy, Generation, PhotoVersion, Problem, SourcePath, Timestamp};

/// A file's wish for a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wanted {
    /// The target as HR names it.
    pub label: String,
    /// The file.
    pub path: SourcePath,
    /// Its version.
    pub version: PhotoVersion,
    /// When the account was made, where that was said.
    pub account_created: Option<Timestamp>,
}

/// What came of one try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Tried {
    /// Graph accepted this version.
    Delivered {
        /// Which.
        version: PhotoVersion,
        /// What Graph called it, where it said so.
        etag: Option<String>,
        /// Hash of the bytes.
        sent: Option<Digest>,
        /// What is worth telling about the picture.
        note: Option<String>,
    },
    /// This version comes out as what was accepted before: nothing was sent.
    Same(PhotoVersion),
    /// The photo that was there before ours is back.
    PutBack,
    /// The tenant no longer holds our photo.
    Removed,
    /// A photo is there that is not known as the one we delivered: it stays.
    NotOurs,
    /// It is tried again later.
    Wait {
        /// When.
        until: Timestamp,
        /// What went wrong.
        problem: Problem,
        /// Whether it counts as a failed try.
        counts: bool,
    },
    /// It needs a person or a change.
    Blocked(Problem),
    /// The file no longer holds the version that was to be delivered.
    Superseded,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// A pass wants this version there.
    Desire(Wanted),
    /// A pass found that it holds this version already.
    AlreadyInStep(Wanted),
    /// A pass holds it; `path` if another file identifies it now.
    Hold {
        /// Why.
        problem: Problem,
        /// The file.
        path: Option<SourcePath>,
    },
    /// A pass keeps the tenant's own photo from this version.
    Keep(Wanted, Problem),
    /// A pass wants our photo out of the tenant.
    Remove,
    /// No file identifies it any more.
    Release,
    /// Its file is back: a removal that is under way is called off.
    Returned,
    /// Its photo should go, and Graph has no way to remove it.
    RemovalNotPossible(Problem),
    /// A try of this generation ended.
    Attempt {
        /// Of what was tried.
        generation: Generation,
        /// What came of it.
        tried: Tried,
        /// Whether it reached Graph.
        arrival: Arrival,
        /// What Graph answered.
        answer: AnswerCode,
    },
    /// The last try of this generation failed for everybody: it counts no more, and blocks nobody. If that is over, `resumes`
    /// ends the wait for the next one.
    Forgiven { generation: Generation, resumes: bool },
    /// Nobody may write to targets of its kind.
    KindForbidden(Problem),
    /// What blocks it is looked at again at this time, by what came of another target of its kind.
    LookAt(Timestamp),
    /// The directory said when the account was made.
    AccountCreated(Timestamp),
    /// The program ended while this may have been on its way.
    CutOff,
    /// Its block was written down without a time at which it is looked at again.
    Overlooked,
    /// A person wants it tried again.
    Retried,
    /// A person wants HR's photo in place of the one that is kept.
    Accepted,
    /// A person has taken out the photo that Graph can't remove.
    TakenOut,
    /// There is no such account, group or contact any more: its photo is gone with it.
    ObjectGone,
    /// A person wants the photo of this backup back.
    Restore(i64),
    /// Comparing found our photo in place, or an ETag to compare with from now on.
    Matches {
        /// What was compared.
        generation: Generation,
        /// What Graph calls the photo, where that was not known.
        learned: Option<String>,
    },
    /// Comparing found another photo, or none.
    Differs {
        /// What was compared.
        generation: Generation,
        /// How it differs.
        drift: DriftKind,
        /// What is to become of it.
        policy: DriftPolicy,
        /// In words, with the cure.
        problem: Problem,
    },
}
