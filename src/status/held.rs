//! One thing that is held, blocked or waiting, and why.

use serde::{Serialize, Serializer};

use crate::ledger::HeldRow;
use crate::model::{Problem, Reason, SourcePath, TargetId, TargetKind, Timestamp};

/// A file or a target that is held, blocked or waiting, or whatever else stands in the way. Personal: for the person who
/// asked, not for logs. Field names of the JSON are a contract: fields may be added, these stay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeldItem {
    /// What it is about, as the counts have it: two files that are held for one target are one thing. Empty: itself.
    #[serde(skip)]
    pub thing: String,
    /// What kind of photo slot it is about, where that is known.
    pub kind: Option<TargetKind>,
    /// The target as HR names it; none if no rule claims the file.
    #[serde(rename = "target")]
    pub label: Option<String>,
    /// The target as Graph names it, where that is known; in JSON by its object id.
    #[serde(rename = "object_id", serialize_with = "object_id")]
    pub target: Option<TargetId>,
    /// The file; none if it is about no single file.
    pub path: Option<String>,
    /// Stable code.
    pub reason: Reason,
    /// What was found.
    pub detail: String,
    /// The last HTTP status.
    pub status: Option<u16>,
    /// The last error code of Graph.
    pub code: Option<String>,
    /// The last request id.
    pub request_id: Option<String>,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// When it is tried again; none if no time is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// When a block is looked at again by itself, where time may mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_look: Option<Timestamp>,
    /// It lacks a permission that others of its kind have.
    #[serde(skip)]
    pub alone: bool,
    /// What to do.
    pub cure: String,
}

impl HeldItem {
    /// From a problem alone.
    pub(crate) fn new(problem: &Problem) -> Self {
        let Problem { reason, detail, cure } = problem.clone();
        Self {
            thing: String::new(),
            kind: None,
            label: None,
            target: None,
            path: None,
            reason,
            detail,
            status: None,
            code: None,
            request_id: None,
            since: None,
            until: None,
            next_look: None,
            alone: false,
            cure,
        }
    }

    /// About this file.
    #[must_use]
    pub(crate) fn of_file(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Since then.
    #[must_use]
    pub(crate) fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }

    /// Whether it is a problem with Microsoft 365 itself: it names nobody.
    pub(crate) fn is_of_all(&self) -> bool {
        let whole = self.path.is_none() && self.label.is_none();
        whole && matches!(self.reason, Reason::SignIn | Reason::NotPermitted | Reason::Transient | Reason::Throttled)
    }

    /// The problem alone.
    pub(crate) fn problem(&self) -> Problem {
        Problem { reason: self.reason, detail: self.detail.clone(), cure: self.cure.clone() }
    }

    /// The object id of the target.
    pub(crate) fn object_id(&self) -> Option<&str> {
        Some(self.target.as_ref()?.object_id()?.as_str())
    }
}

impl From<HeldRow> for HeldItem {
    fn from(row: HeldRow) -> Self {
        let by_reference = || row.reference.as_deref()?.split(':').next()?.parse().ok();
        Self {
            thing: row.thing,
            kind: row.target.as_ref().map(TargetId::kind).or_else(by_reference),
            label: row.label,
            target: row.target,
            path: row.path.as_ref().map(SourcePath::to_string),
            status: row.status,
            code: row.code,
            request_id: row.request_id,
            until: row.until,
            next_look: row.next_look,
            alone: row.alone,
            ..Self::new(&if row.alone { of_one(row.problem) } else { row.problem }).since(row.since)
        }
    }
}

/// What is refused for one while others of its kind are served is no matter of the application's permission.
fn of_one(problem: Problem) -> Problem {
    let detail = format!("{}; of others of its kind it may", problem.detail);
    problem.with_detail(detail).with_cure(
        "The application has the permission (ProfilePhoto.ReadWrite.All, say), since others of the kind get their photos: Microsoft 365 protects this one, a guest's or an administrator's account, say. Put its photo up by hand, or take its file out; it is tried again by itself.",
    )
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
fn object_id<S: Serializer>(target: &Option<TargetId>, serializer: S) -> Result<S::Ok, S::Error> {
    target.as_ref().and_then(TargetId::object_id).serialize(serializer)
}
