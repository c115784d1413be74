//! How everything stands: what `status` tells, in one read of the ledger.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::held::HeldItem;
use super::pass::PassLine;
use super::removals_held::removals_held;
use super::standing::Standing;
use crate::ledger::{Counts, DriftRow, LedgerError, PassRow, Reader, SetAside};
use crate::model::{Fate, Gone, SourcePath, TargetKind, Timestamp};
use crate::plan::{Halt, Holds};

/// How everything stands. Field names of the JSON are a contract: fields may be added, these stay.
#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    /// How many targets stand where.
    pub targets: Counts,
    /// Everything by where it stands, and why what is held is held.
    #[serde(flatten)]
    pub standing: Standing,
    /// What is held or blocked.
    pub blocked: Vec<HeldItem>,
    /// What is tried again at a known time.
    pub waiting: Vec<HeldItem>,
    /// The halt that stands.
    pub halted: Option<StandingHalt>,
    /// Photos whose files are gone, and that are removed later.
    pub gone: Vec<PendingRemoval>,
    /// What holds their removal back.
    #[serde(skip)]
    pub removals_held: Option<String>,
    /// Where the tenant shows another photo than ours, which is only reported.
    pub drifted: Vec<DriftRow>,
    /// The newest pass over the source.
    pub last_pass: Option<PassRow>,
    /// Rows of the ledger that can't be read, by table; they stop nobody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAside>,
}

impl Overview {
    /// Reads it.
    pub(crate) fn read(reader: &Reader, now: Timestamp) -> Result<Self, LedgerError> {
        let (targets, held, last_pass) = (reader.counts()?, reader.held()?, reader.last_pass()?);
        let held: Vec<HeldItem> = held.into_iter().map(HeldItem::from).collect();
        let unusable = last_pass.as_ref().map(|pass| PassLine::from(pass).unusable).unwrap_or_default();
        let standing = Standing::read(reader, &held, unusable)?;
        let (waiting, blocked) = held.into_iter().partition(|item| item.until.is_some());
        let pending = reader.remembered(now)?.gone.into_iter().filter(|gone| !gone.under_way && gone.fate != Fate::Elsewhere);
        Ok(Self {
            targets,
            standing,
            blocked,
            waiting,
            halted: StandingHalt::read(reader)?,
            gone: pending.map(PendingRemoval::from).collect(),
            removals_held: removals_held(reader)?,
            drifted: reader.drifted()?,
            last_pass,
            set_aside: reader.set_aside()?,
        })
    }

    /// The newest pass over the source, in short.
    pub(crate) fn last_pass(&self) -> Option<PassLine> {
        self.last_pass.as_ref().map(PassLine::from)
    }
}

/// The guard's halt that stands, as the pass wrote it down; another version may have said more of it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct StandingHalt(Value);

impl StandingHalt {
    /// The one that stands, if there is one.
    pub(crate) fn read(reader: &Reader) -> Result<Option<Self>, LedgerError> {
        Ok(reader.halt()?.map(Self))
    }

    /// As the guard said it; none if it was written by a version that knows other brakes.
    pub(crate) fn as_halt(&self) -> Option<Halt> {
        let halt = Halt::new(self.guard().parse().ok()?, self.message().to_owned());
        Some(Halt { holds: self.holds(), ..halt })
    }

    /// Which brake.
    pub(crate) fn guard(&self) -> &str {
        self.0["guard"].as_str().unwrap_or_default()
    }

    /// What it found and what to do.
    pub(crate) fn message(&self) -> &str {
        self.0["message"].as_str().unwrap_or_default()
    }

    /// In which pass.
    pub(crate) fn pass(&self) -> i64 {
        self.0["pass"].as_i64().unwrap_or_default()
    }

    /// What it keeps from happening.
    pub(crate) fn holds(&self) -> Holds {
        Holds::deserialize(&self.0["holds"]).unwrap_or(Holds::Everything)
    }
}

/// A photo whose file is gone, and that is removed later.
#[derive(Debug, Serialize)]
pub(crate) struct PendingRemoval {
    /// Its kind.
    pub kind: TargetKind,
    /// The target as HR names it.
    #[serde(rename = "target")]
    pub label: String,
    /// As Graph names it.
    pub object_id: Option<String>,
    /// The file that is gone.
    pub path: SourcePath,
    /// When it was first seen to be gone.
    pub since: Timestamp,
}

impl From<Gone> for PendingRemoval {
    fn from(gone: Gone) -> Self {
        Self {
            kind: gone.target.kind(),
            object_id: gone.target.object_id().map(ToString::to_string),
            label: gone.label,
            path: gone.path,
            since: gone.since,
        }
    }
}
