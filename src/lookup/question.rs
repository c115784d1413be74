//! One question to the directory, and its answer.

use crate::model::{Problem, Reference, TargetId};

/// The one target a reference means, or why there is none.
pub(super) type Resolved = Result<TargetId, Box<Problem>>;

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
