//! The whole story of files and targets, as `explain` tells it. Field names of the JSON are a contract.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::held::HeldItem;
use super::removals_held::removals_held;
use super::why;
use crate::ledger::{AttemptRow, BackupRow, LedgerError, Reader, TargetRow};
use crate::model::{DeliveryState, Fate, KnownFile, PhotoVersion, Reference, TargetId, TargetQuery, Timestamp};

/// Tries told of each target.
const TRIES: usize = 20;
/// Why a photo stays whose picture is in another file that is held.
const ELSEWHERE: &str = "its picture lies in another file, of which nobody can tell whose it is; decide about that file";
/// What only a plan can say.
const UNTOLD: &str = "the last pass found something that speaks against it; `photosyncd plan` says what";
/// Files and targets told of a name that fits many, each.
const MOST: usize = 50;

/// Everything that was found.
#[derive(Serialize, Default)]
pub(crate) struct Stories {
    /// Files that were meant, and those that identify the targets.
    pub files: Vec<FileStory>,
    /// Targets that were meant, and those that the files lead to.
    pub targets: Vec<TargetStory>,
    /// What the rules make of a file that lies in the source; null if no such file was asked for.
    pub now: Option<SourceFile>,
}

/// A file as a pass saw it.
#[derive(Serialize, Clone)]
pub(crate) struct FileStory {
    /// Where it lies.
    pub path: String,
    /// Its size.
    pub size: u64,
    /// Hash of what it held.
    pub digest: Option<String>,
    /// When it was read.
    pub read_at: Timestamp,
    /// The rule that claimed it.
    pub rule: Option<String>,
    /// Key of the reference that the rule made of it, as the ledger keeps it.
    #[serde(serialize_with = "shown_key")]
    pub reference: Option<String>,
    /// The target as HR names it.
    pub target: Option<String>,
    /// As the directory resolved it.
    #[serde(serialize_with = "optional_text")]
    pub bound_to: Option<TargetId>,
    /// When it did.
    pub bound_at: Option<Timestamp>,
    /// Why it is held.
    #[serde(serialize_with = "why::serialize")]
    pub held: Option<HeldItem>,
    /// The row of the table that claimed it is gone.
    #[serde(skip)]
    pub has_lost_row: bool,
}

/// A target.
#[derive(Serialize)]
pub(crate) struct TargetStory {
    /// As Graph names it.
    #[serde(serialize_with = "text")]
    pub id: TargetId,
    /// As HR names it.
    pub target: String,
    /// The file that identifies it.
    pub path: Option<String>,
    /// What is wanted, or else what was accepted last, is the default picture of a group.
    pub default_picture: bool,
    /// Where it stands: `in_step`, `due`, `waiting`, `blocked` or `released`.
    pub state: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// Tried again when.
    pub until: Option<Timestamp>,
    /// What is wanted.
    pub desired: Option<Version>,
    /// What Microsoft 365 accepted last.
    pub delivered: Option<Version>,
    /// What is worth telling about that picture.
    pub note: Option<String>,
    /// Failed tries.
    pub attempts: u32,
    /// What stands in the way.
    #[serde(serialize_with = "why::serialize")]
    pub problem: Option<HeldItem>,
    /// Its file is gone.
    pub gone: Option<GoneStory>,
    /// The tenant shows another photo than ours (`changed`) or none (`gone`).
    pub drift: Option<DriftStory>,
    /// When the tenant's photo was compared with ours.
    pub checked_at: Option<Timestamp>,
    /// A backup is on its way back there.
    pub restoring: bool,
    /// What was kept of the photos before ours.
    pub backups: Vec<BackupRow>,
    /// The last tries, newest first.
    pub tries: Vec<AttemptRow>,
}

/// The file that is gone, and when its photo goes; never if none is removed.
#[derive(Clone, Serialize)]
pub(crate) struct GoneStory {
    /// The file.
    pub path: String,
    /// When it was first seen to be gone.
    pub since: Timestamp,
    /// When its photo is removed at the earliest.
    pub due_at: Option<Timestamp>,
    /// That has come: what holds it back all the same, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
}

/// What the tenant shows in the place of ours.
#[derive(Serialize)]
pub(crate) struct DriftStory {
    /// `changed` or `gone`.
    pub found: String,
    /// Since when that is known.
    pub since: Timestamp,
}

/// A version of a photo.
#[derive(Serialize)]
pub(crate) struct Version {
    /// Hash of the file's bytes.
    pub digest: String,
    /// How they are prepared.
    pub recipe: String,
    /// Since when it is wanted, or when it was accepted.
    pub at: Timestamp,
}

/// A file as it lies in the source now, whether or not a pass has seen it.
#[derive(Serialize)]
pub(crate) struct SourceFile {
    /// Where it lies.
    pub path: String,
    /// Its size.
    pub size: u64,
    /// The settings pass it over.
    pub ignored: bool,
    /// By which pattern, or by which name of the list of clutter.
    pub ignored_by: Option<String>,
    /// The rule that claims it.
    pub rule: Option<String>,
    /// The target as HR names it.
    pub target: Option<String>,
    /// Why it can't be used.
    #[serde(serialize_with = "why::serialize")]
    pub problem: Option<HeldItem>,
}

impl Stories {
    /// What the ledger knows by this name. `grace`: how long after its file is gone a photo is removed; none if it stays.
    pub(crate) fn read(
        reader: &Reader,
        query: &TargetQuery,
        grace: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut found = reader.find(query)?;
        found.targets.truncate(MOST);
        found.files.truncate(MOST);
        let mut files = reader.file_rows(&found.files)?;
        // A file in whose place another one is sent is told with that one.
        for target in files.iter().filter(|file| file.held.is_none()).filter_map(|file| file.target.as_ref()) {
            if !found.targets.contains(target) {
                found.targets.push(target.clone());
            }
        }
        let rows = reader.target_rows(&found.targets)?;
        for path in rows.iter().filter_map(|row| row.path.as_ref()) {
            if !files.iter().any(|file| file.path == *path) {
                files.extend(reader.file_rows(std::slice::from_ref(path))?);
            }
        }
        let mut gone = gone(reader, grace, now)?;
        let story = |row: TargetRow| {
            let (backups, tries) = (reader.backups(&row.target)?, reader.attempts(&row.target, TRIES)?);
            let gone = gone.remove(&row.target);
            let story = TargetStory::of(row, gone, backups, tries);
            let until =
                if story.state == "waiting" { story.until.map(|until| reader.tried_at(until)).transpose()? } else { story.until };
            Ok::<_, LedgerError>(TargetStory { until, ..story })
        };
        let targets = rows.into_iter().map(story).collect::<Result<_, _>>()?;
        Ok(Self { files: files.iter().map(FileStory::from).collect(), targets, now: None })
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.targets.is_empty() && self.now.is_none()
    }

    /// The file that is sent for the target of this one in its place.
    pub(crate) fn carrier_of(&self, file: &FileStory) -> Option<&FileStory> {
        let target = self.targets.iter().find(|target| file.bound_to.as_ref() == Some(&target.id))?;
        self.files.iter().find(|other| target.path.as_ref() == Some(&other.path) && other.path != file.path)
    }
}

/// Photos whose files are gone, and when they are removed.
fn gone(reader: &Reader, grace: Option<Duration>, now: Timestamp) -> Result<HashMap<TargetId, GoneStory>, LedgerError> {
    let remembered = reader.remembered(now)?;
    let locked_until = remembered.locked_until.unwrap_or_default();
    let pending = remembered.gone.into_iter().filter(|gone| !gone.under_way);
    let brake = removals_held(reader)?;
    let looked_at = reader.last_pass()?.map(|pass| pass.started_at);
    let story = |gone: crate::model::Gone| {
        let due_at = grace.map(|grace| gone.since.plus(grace).max(locked_until));
        let why = || match &brake {
            _ if gone.fate == Fate::Elsewhere => Some(ELSEWHERE.to_owned()),
            Some(brake) => Some(brake.clone()),
            None => looked_at.filter(|looked_at| due_at.is_some_and(|at| at < *looked_at)).map(|_| UNTOLD.to_owned()),
        };
        let held_back = due_at.filter(|at| *at <= now).and_then(|_| why());
        (gone.target, GoneStory { path: gone.path.to_string(), since: gone.since, due_at, held_back })
    };
    Ok(pending.map(story).collect())
}

fn text<S: Serializer>(target: &TargetId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(target)
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
fn optional_text<S: Serializer>(target: &Option<TargetId>, serializer: S) -> Result<S::Ok, S::Error> {
    target.as_ref().map(ToString::to_string).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
fn shown_key<S: Serializer>(key: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    key.as_deref().map(Reference::shown_key).serialize(serializer)
}

impl Version {
    fn of((version, at): &(PhotoVersion, Timestamp)) -> Self {
        Self { digest: version.digest.to_string(), recipe: version.recipe.to_string(), at: *at }
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
            bound_to: file.target.clone(),
            bound_at: file.bound_at,
            held: file.held.as_deref().map(|(problem, since)| HeldItem::new(problem).since(*since)),
            has_lost_row: file.has_lost_row(),
        }
    }
}

impl TargetStory {
    fn of(row: TargetRow, gone: Option<GoneStory>, backups: Vec<BackupRow>, tries: Vec<AttemptRow>) -> Self {
        let (state, until) = match &row.state {
            _ if row.released => ("released", None),
            DeliveryState::InStep => ("in_step", None),
            DeliveryState::Due => ("due", None),
            DeliveryState::Waiting { until, .. } => ("waiting", Some(*until)),
            DeliveryState::Blocked { .. } => ("blocked", row.next_look),
        };
        let versions = row.desired.as_ref().or(row.delivered.as_ref());
        let default_picture = versions.is_some_and(|(version, _)| version.is_default_picture());
        Self {
            default_picture,
            tries,
            gone,
            backups,
            drift: row.drift.map(|(found, since)| DriftStory { found, since }),
            checked_at: row.checked_at,
            restoring: row.restoring,
            id: row.target,
            target: row.label,
            path: row.path.map(|path| path.to_string()),
            state,
            since: row.since,
            until,
            desired: row.desired.as_ref().map(Version::of),
            delivered: row.delivered.as_ref().map(Version::of),
            note: row.note,
            attempts: row.attempts,
            problem: row.problem.as_ref().map(HeldItem::new),
        }
    }
}
