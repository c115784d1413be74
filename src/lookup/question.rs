//! One question to the directory, and its answer.

use crate::mapping::{AccountRules, Unresolved, resolve};
use crate::model::{DirectoryObject, Problem, Reference, TargetId, Timestamp};

/// The one target that a reference means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// Which.
    pub target: TargetId,
    /// When its account, group or team was made, where the directory said so.
    pub created: Option<Timestamp>,
}

/// The one target a reference means, or why there is none.
pub(super) type Resolved = Result<Found, Box<Unresolved>>;

/// What these objects make of a reference.
pub(super) fn found(reference: &Reference, objects: &[DirectoryObject], accounts: AccountRules) -> Resolved {
    let target = resolve(reference, objects, accounts).map_err(Box::new)?;
    Ok(Found { target, created: objects.first().and_then(DirectoryObject::created_at) })
}

/// One reference to ask about.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) key: String,
    pub(super) reference: Reference,
    /// Something depends on the answer now; otherwise the file rests, and keeps its binding if nobody answers.
    pub(super) required: bool,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// The directory answered.
    Said(Resolved),
    /// It could not be asked.
    Unanswered(Box<Problem>),
}
