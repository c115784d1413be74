//! What is known of files and targets, as data. Field names of the JSON are a contract.

use serde::Serialize;

use crate::ledger::{AttemptRow, BackupRow, TargetRow};
use crate::model::{DeliveryState, KnownFile, PhotoVersion, Problem, Reason, Timestamp};

/// Everything that was found.
#[derive(Serialize, Default)]
pub(super) struct ExplainDocument {
    pub(super) files: Vec<FileStory>,
    pub(super) targets: Vec<TargetStory>,
    /// What the rules make of a file that lies in the source; null if no such file was asked for.
    pub(super) now: Option<SourceFile>,
}

impl ExplainDocument {
    /// The file that speaks for the target of this one in its place.
    pub(super) fn carrier_of(&self, file: &FileStory) -> Option<&FileStory> {
        let target = self.targets.iter().find(|target| file.bound_to.as_ref() == Some(&target.id))?;
        self.files.iter().find(|other| target.path.as_ref() == Some(&other.path) && other.path != file.path)
    }
}

#[derive(Serialize, Clone)]
pub(super) struct FileStory {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) digest: Option<String>,
    pub(super) read_at: Timestamp,
    pub(super) rule: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) target: Option<String>,
    pub(super) bound_to: Option<String>,
    pub(super) bound_at: Option<Timestamp>,
    pub(super) held: Option<HeldReason>,
}

#[derive(Serialize, Clone)]
pub(super) struct HeldReason {
    pub(super) reason: Reason,
    pub(super) detail: String,
    pub(super) cure: String,
    pub(super) since: Option<Timestamp>,
}

#[derive(Serialize)]
pub(super) struct TargetStory {
    pub(super) id: String,
    pub(super) target: String,
    pub(super) path: Option<String>,
    pub(super) state: &'static str,
    pub(super) since: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) desired: Option<Version>,
    pub(super) delivered: Option<Version>,
    pub(super) note: Option<String>,
    pub(super) attempts: u32,
    pub(super) problem: Option<HeldReason>,
    pub(super) gone: Option<GoneStory>,
    /// The tenant shows another photo than ours (`changed`) or none (`gone`).
    pub(super) drift: Option<DriftStory>,
    pub(super) checked_at: Option<Timestamp>,
    /// A backup is on its way back there.
    pub(super) restoring: bool,
    pub(super) backups: Vec<BackupRow>,
    pub(super) tries: Vec<AttemptRow>,
}

/// The file that is gone, and when its photo goes; never if none is removed.
#[derive(Clone, Serialize)]
pub(super) struct GoneStory {
    pub(super) path: String,
    pub(super) since: Timestamp,
    pub(super) due_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub(super) struct DriftStory {
    pub(super) found: String,
    pub(super) since: Timestamp,
}

#[derive(Serialize)]
pub(super) struct Version {
    pub(super) digest: String,
    pub(super) recipe: String,
    pub(super) at: Timestamp,
}

/// A file as it lies in the source now, whether or not a pass has seen it.
#[derive(Serialize)]
pub(super) struct SourceFile {
    pub(super) path: String,
    pub(super) size: u64,
    /// The settings pass it over.
    pub(super) ignored: bool,
    /// By which pattern, or by which name of the list of clutter.
    pub(super) ignored_by: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) target: Option<String>,
    pub(super) problem: Option<HeldReason>,
}

impl Version {
    fn of((version, at): &(PhotoVersion, Timestamp)) -> Self {
        Self { digest: version.digest.to_string(), recipe: version.recipe.to_string(), at: *at }
    }
}

impl HeldReason {
    pub(super) fn of(problem: &Problem, since: Option<Timestamp>) -> Self {
        Self { reason: problem.reason, detail: problem.detail.clone(), cure: problem.cure.clone(), since }
    }
}

impl From<&KnownFile> for FileStory {
    fn from(file: &KnownFile) -> Self {
        Self {
            path: file.path.to_string(),
            size: file.fingerprint.size,
            digest: file.digest.map(|digest| digest.to_string()),
            read_at: file.read_at,
            rule: file.rule.as_deref().map(str::to_owned),
            reference: file.reference.as_deref().map(str::to_owned),
            target: file.label.as_deref().map(str::to_owned),
            bound_to: file.target.as_ref().map(ToString::to_string),
            bound_at: file.bound_at,
            held: file.held.as_deref().map(|(problem, since)| HeldReason::of(problem, Some(*since))),
        }
    }
}

impl TargetStory {
    pub(super) fn of(row: TargetRow, gone: Option<GoneStory>, backups: Vec<BackupRow>, tries: Vec<AttemptRow>) -> Self {
        let (state, until) = match &row.state {
            _ if row.released => ("released", None),
            DeliveryState::InStep => ("in_step", None),
            DeliveryState::Due => ("due", None),
            DeliveryState::Waiting { until, .. } => ("waiting", Some(*until)),
            DeliveryState::Blocked { .. } => ("blocked", None),
        };
        Self {
            tries,
            gone,
            backups,
            drift: row.drift.map(|(found, since)| DriftStory { found, since }),
            checked_at: row.checked_at,
            restoring: row.restoring,
            id: row.target.to_string(),
            target: row.label,
            path: row.path.map(|path| path.to_string()),
            state,
            since: row.since,
            until,
            desired: row.desired.as_ref().map(Version::of),
            delivered: row.delivered.as_ref().map(Version::of),
            note: row.note,
            attempts: row.attempts,
            problem: row.problem.as_ref().map(|problem| HeldReason::of(problem, None)),
        }
    }
}
