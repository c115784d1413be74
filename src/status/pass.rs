//! A pass in short.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::held::HeldItem;
use super::short;
use crate::ledger::PassRow;
use crate::model::{Reason, Stopped, Timestamp};

/// A pass in short. The status of the service holds the first of these fields; the journal tells them all.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PassLine {
    /// Its number.
    pub pass: i64,
    /// What set it off.
    pub cause: String,
    /// When it ended; none while it runs, or if it was cut off.
    pub ended_at: Option<Timestamp>,
    /// Milliseconds it took.
    pub elapsed_ms: Option<u64>,
    /// Files seen.
    pub scanned: Option<u32>,
    /// Files that no rule claims.
    pub unmatched: Option<u32>,
    /// Whether it saw what there is, and decided about it; none where that was not written down.
    #[serde(skip)]
    pub looked: Option<bool>,
    /// When it began.
    #[serde(skip)]
    pub started_at: Timestamp,
    /// Targets that were due when it ended.
    #[serde(skip)]
    pub due: Option<u32>,
    /// Targets that needed a person then.
    #[serde(skip)]
    pub blocked: Option<u32>,
    /// What it could not use and is no photo, by reason.
    #[serde(skip)]
    pub unusable: BTreeMap<Reason, u32>,
    /// Microsoft 365 could not be reached.
    #[serde(skip)]
    pub unreachable: bool,
    /// How it ended.
    #[serde(skip)]
    pub end: PassEnd,
    /// What stopped it as a whole; nothing here names anybody.
    #[serde(skip)]
    pub problems: Vec<HeldItem>,
}

/// Why a pass ended that could not be made, and that nobody stopped.
const FAILED: &str = "failed";

/// How a pass ended. The words are those of the journal, which another version may have written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum PassEnd {
    /// It did not end yet, or was cut off.
    #[default]
    Open,
    /// It did all that it should.
    Whole,
    /// The guard halted it: by this brake.
    Halted(String),
    /// It ended early, for this.
    Stopped(String),
}

impl PassEnd {
    /// Why it ended early, if it did for one of the known reasons.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        match self {
            Self::Stopped(word) => word.parse().ok(),
            _ => None,
        }
    }
}

/// What a pass writes down of itself, as far as it is told in short.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Summary {
    scanned: Option<u32>,
    unmatched: Option<u32>,
    looked: Option<bool>,
    due: Option<u32>,
    blocked: Option<u32>,
    halted: Option<Halted>,
    stopped: Option<String>,
    unusable: BTreeMap<Reason, u32>,
    unreachable: bool,
    #[serde(with = "short")]
    problems: Vec<HeldItem>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Halted {
    guard: String,
}

impl From<&PassRow> for PassLine {
    fn from(row: &PassRow) -> Self {
        // What can't be read is as if it had not been written.
        let summary = row.summary.as_ref().and_then(|summary| Summary::deserialize(summary).ok()).unwrap_or_default();
        let end = match (summary.halted, summary.stopped, row.ended_at) {
            (Some(halted), ..) => PassEnd::Halted(halted.guard),
            (None, Some(why), _) => PassEnd::Stopped(why),
            (None, None, None) => PassEnd::Open,
            (None, None, Some(_)) if summary.looked == Some(false) => PassEnd::Stopped(FAILED.to_owned()),
            (None, None, Some(_)) => PassEnd::Whole,
        };
        let took = row.ended_at.map(|ended| ended.since(row.started_at));
        Self {
            pass: row.pass,
            cause: row.cause.clone(),
            started_at: row.started_at,
            ended_at: row.ended_at,
            elapsed_ms: took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            scanned: summary.scanned,
            unmatched: summary.unmatched,
            looked: summary.looked,
            due: summary.due,
            blocked: summary.blocked,
            unusable: summary.unusable,
            unreachable: summary.unreachable,
            end,
            problems: summary.problems,
        }
    }
}

#[cfg(test)]
#[path = "pass_tests.rs"]
mod tests;
