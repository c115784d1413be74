//! What came of tries: the rows they change, and the journal.

use rusqlite::{Connection, params};

use super::error::LedgerError;
use super::queue::{Due, DueAction};
use super::writer::Ledger;
use super::{backups, meta, permission, targets};
use crate::model::target_state::{AnswerCode, Event, Tried};
use crate::model::{JournalWord, Outcome, Reason, SourcePath, Timestamp, Trace};

/// One try, for the ledger and its journal.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// What was tried.
    pub due: Due,
    /// In which pass.
    pub pass: i64,
    /// When it ended.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
    /// What the wire said.
    pub trace: Trace,
}

impl Ledger {
    /// Writes down what came of a try. It counts only if the wish is still the one that was tried;
    /// a photo that Graph accepted is remembered in any case, since the tenant holds it.
    pub(crate) async fn record(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.write(move |connection| write(connection, &attempt)).await
    }
}

fn write(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    let Attempt { due, pass, at, outcome, trace } = attempt;
    backups::settle(connection, &due.target, outcome, trace.arrival)?;
    let tried = tried(due, outcome, trace);
    let is_restored = tried == Some(Tried::PutBack) && *outcome != Outcome::NotOurs;
    let word = if is_restored { JournalWord::Restored } else { outcome.word() };
    if let Some(tried) = tried {
        let answer = AnswerCode { status: trace.status, code: trace.code.clone(), request_id: trace.request_id.clone() };
        let event = Event::Attempt { generation: due.generation, tried, arrival: trace.arrival, answer };
        targets::update(connection, &due.target, event, *at)?;
        permission::spread(connection, due, outcome, *at)?;
    }
    if let Outcome::Wait { until, problem, .. } = outcome
        && problem.reason == Reason::Throttled
    {
        meta::keep_pause(connection, *until, *at)?;
    }
    let problem = match outcome {
        Outcome::Wait { problem, .. } | Outcome::Blocked { problem } => Some(problem),
        Outcome::Delivered { .. }
        | Outcome::Same
        | Outcome::Removed
        | Outcome::Absent
        | Outcome::NotOurs
        | Outcome::Superseded => None,
    };
    connection.prepare_cached(JOURNAL)?.execute(params![
        pass,
        due.target.to_string(),
        due.action.path().map(SourcePath::as_str),
        due.generation.0,
        at.millis(),
        word.as_str(),
        problem.map(|problem| problem.reason.as_str()),
        problem.map(|problem| problem.detail.as_str()).or(trace.note.as_deref()),
        trace.status,
        trace.code,
        trace.request_id,
        trace.bytes.cast_signed(),
        trace.elapsed_ms.cast_signed(),
    ])?;
    Ok(())
}

/// What came of what was tried; none if an outcome says nothing about such a wish.
fn tried(due: &Due, outcome: &Outcome, trace: &Trace) -> Option<Tried> {
    match (outcome.clone(), &due.action) {
        (Outcome::Delivered { .. } | Outcome::Removed | Outcome::Absent | Outcome::NotOurs, DueAction::Restore { .. }) => {
            Some(Tried::PutBack)
        }
        (Outcome::Delivered { etag }, DueAction::Upload { version, .. }) => {
            Some(Tried::Delivered { version: version.clone(), etag, sent: trace.sent, note: trace.note.clone() })
        }
        (Outcome::Same, DueAction::Upload { version, .. }) => Some(Tried::Same(version.clone())),
        (Outcome::Delivered { .. } | Outcome::Same, _) => None,
        (Outcome::Removed | Outcome::Absent, _) => Some(Tried::Removed),
        (Outcome::NotOurs, _) => Some(Tried::NotOurs),
        (Outcome::Wait { until, problem, counts }, _) => Some(Tried::Wait { until, problem, counts }),
        (Outcome::Blocked { problem }, _) => Some(Tried::Blocked(problem)),
        (Outcome::Superseded, _) => Some(Tried::Superseded),
    }
}

const JOURNAL: &str = "INSERT INTO attempts
    (pass, target, path, generation, at, outcome, reason, detail, status, code, request_id, bytes, elapsed_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
