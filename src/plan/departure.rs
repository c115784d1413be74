//! Photos whose files are gone: what must be known of them, and what becomes of them.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::{Digest, Gone, Problem, SourcePath, TargetId, Timestamp};

/// What the planner must know to read absence as removal. Without it, files that are gone are only forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absence<'a> {
    /// What was gone before.
    pub gone: &'a [Gone],
    /// Identity of the source's root in this scan.
    pub root: &'a str,
    /// Files that stand still and are not planned for, sorted.
    pub still: &'a [SourcePath],
    /// Files that nobody knew before may still be being written: what is missing may be one of them, under another name.
    pub arriving: bool,
    /// What is there and was not seen.
    pub hidden: &'a Hidden,
    /// How long a file must be gone.
    pub grace: Duration,
    /// Nothing is removed before.
    pub locked_until: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// What is there and was not seen: what is missing may be it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Hidden {
    /// Links in the place of folders.
    pub links: Vec<String>,
    /// What is in files whose names can't be told.
    pub unnamed: HashSet<Digest>,
    /// One of those can't be read.
    pub unread: bool,
}

/// Why a photo is taken out of the tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum RemovalCause {
    /// The target went out of scope.
    OptOut(Problem),
    /// Its file is gone, or somebody else's.
    FileGone(Gone),
    /// It is a default picture, and none applies to its owner any more.
    DefaultEnds {
        /// Where it lay.
        path: Option<SourcePath>,
        /// The target as HR names it.
        label: String,
    },
}

/// A photo that is to be taken out of the tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Removal {
    /// Whose.
    pub target: TargetId,
    /// Why.
    pub cause: RemovalCause,
    /// It was wanted before, and is not done yet: it counts no more.
    pub standing: bool,
}

/// A photo whose file is gone, and that stays for now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pending {
    /// Whose, and since when.
    pub gone: Gone,
    /// It is removed by the first pass after this that finds the file gone still.
    pub due_at: Timestamp,
    /// Its time has come: what holds it back all the same, and what to do.
    pub held_back: Option<String>,
}

/// A photo that is to go, and that only a person can take out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ByHand {
    /// Whose.
    pub target: TargetId,
    /// The target as HR names it.
    pub label: String,
    /// Why.
    pub problem: Problem,
    /// An earlier pass told it.
    pub standing: bool,
}

/// What becomes of photos whose files are gone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Departures {
    /// To be removed now, sorted by target.
    pub removals: Vec<Removal>,
    /// To be removed later.
    pub pending: Vec<Pending>,
    /// Due, but only a person can take them out.
    pub by_hand: Vec<ByHand>,
    /// Gone with their account, group or contact, so that nobody has to.
    pub with_object: Vec<TargetId>,
    /// To be remembered as gone under the root of this scan.
    pub seen: Vec<Gone>,
    /// No longer gone.
    pub back: Vec<TargetId>,
}
