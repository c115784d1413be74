//! One problem as a summary lists it.

use serde::{Deserialize, Serialize};

use super::{Problem, Reason};

/// One problem. Personal: for the person who asked, not for logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemRow {
    /// The file, as text; none for a problem of the whole.
    pub path: Option<String>,
    /// The target as HR names it.
    pub target: Option<String>,
    /// Stable code.
    pub reason: Reason,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub cure: String,
}

impl ProblemRow {
    /// A problem with Microsoft 365 itself: it names nobody.
    pub(crate) fn is_of_all(&self) -> bool {
        let whole = self.path.is_none() && self.target.is_none();
        whole && matches!(self.reason, Reason::SignIn | Reason::NotPermitted | Reason::Transient | Reason::Throttled)
    }

    /// From a problem without a target.
    pub(crate) fn new(path: Option<String>, problem: &Problem) -> Self {
        Self { path, target: None, reason: problem.reason, detail: problem.detail.clone(), cure: problem.cure.clone() }
    }
}
