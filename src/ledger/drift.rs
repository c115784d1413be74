//! What comparing with the tenant finds: what to compare, what came of it, what becomes of a target that differs.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::error::LedgerError;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::writer::Ledger;
use super::{rows, targets};
use crate::model::target_state::{DriftKind, Event, StateName};
use crate::model::{Drift, DriftPolicy, Generation, JournalWord, Problem, Reason, SourcePath, TargetId, Timestamp, needs_none};

/// A target whose photo in the tenant is to be compared with ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DriftCheck {
    /// Which.
    pub target: TargetId,
    /// As HR names it.
    pub label: String,
    /// The rule that claimed its file.
    pub rule: Option<Arc<str>>,
    /// Of the wish; what is found about an older one is not taken.
    pub generation: Generation,
    /// What Graph called our photo, or the one that was there when it was compared first.
    pub etag: Option<String>,
    /// What it called our photo under the other name of the object.
    pub by_other_name: Option<String>,
    /// Ours is a default picture.
    pub is_default_picture: bool,
}

/// What was found about one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DriftFinding {
    /// What was compared.
    pub check: DriftCheck,
    /// What was found.
    pub drift: Drift,
    /// What is to become of it, if it differs.
    pub policy: DriftPolicy,
    /// In which pass.
    pub pass: i64,
    /// When.
    pub at: Timestamp,
}

/// A target where the tenant shows another photo than ours, and that is only reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct DriftRow {
    /// Which.
    #[serde(serialize_with = "super::journal::as_text")]
    pub object_id: TargetId,
    /// As HR names it.
    pub target: String,
    /// `changed` or `gone`.
    pub drift: String,
    /// Since when that is known.
    pub since: Timestamp,
}

impl Ledger {
    /// Writes down what comparing found; a target that changed meanwhile stays as it is.
    pub(crate) async fn found(&self, finding: DriftFinding) -> Result<(), LedgerError> {
        self.write(move |connection| write(connection, &finding)).await
    }
}

impl Reader {
    /// Up to `limit` delivered targets that were compared last before `before`, longest ago first; only some, if so asked.
    pub(crate) fn to_check(
        &self,
        before: Timestamp,
        limit: usize,
        only: Option<&HashSet<TargetId>>,
    ) -> Result<Vec<DriftCheck>, LedgerError> {
        let mut statement = self.0.prepare_cached(TO_CHECK)?;
        let mut found = statement.query(params![before.millis(), StateName::InStep.as_str()])?;
        let mut checks = Vec::new();
        while checks.len() < limit {
            let Some(row) = found.next()? else { break };
            let Some(check) = readable(read_check(row))? else { continue };
            if only.is_none_or(|only| only.contains(&check.target)) {
                let by_other_name = self.ours_by_other_name(&check.target)?.flatten();
                checks.push(DriftCheck { by_other_name, ..check });
            }
        }
        Ok(checks)
    }

    /// Where the tenant shows another photo than ours, which is only reported.
    pub(crate) fn drifted(&self) -> Result<Vec<DriftRow>, LedgerError> {
        let sql = "SELECT target, label, drift, drift_since FROM targets WHERE drift IS NOT NULL AND state = ?1 ORDER BY target";
        let mut statement = self.0.prepare_cached(sql)?;
        let row = |row: &Row<'_>| {
            Ok(DriftRow {
                object_id: rows::target(row, 0)?,
                target: row.get(1)?,
                drift: row.get(2)?,
                since: rows::optional_time(row, 3)?.unwrap_or_default(),
            })
        };
        Ok(all_readable(&mut statement.query([StateName::InStep.as_str()])?, row)?)
    }
}

fn read_check(row: &Row<'_>) -> rusqlite::Result<DriftCheck> {
    Ok(DriftCheck {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        rule: row.get_ref(2)?.as_str_or_null()?.map(Arc::from),
        generation: Generation(row.get(3)?),
        etag: row.get(4)?,
        by_other_name: None,
        is_default_picture: rows::version(row, 5, 6)?.is_some_and(|version| version.is_default_picture()),
    })
}

/// Only what is in step: another photo is on its way to the others already, or must not go there.
const TO_CHECK: &str = "SELECT t.target, t.label, f.rule, t.generation, coalesce(t.delivered_etag, t.baseline_etag),
        t.delivered_digest, t.delivered_recipe
    FROM targets t LEFT JOIN files f ON f.path = t.path
    WHERE t.state = ?2 AND t.delivered_digest IS NOT NULL AND coalesce(t.checked_at, t.delivered_at, 0) < ?1
    ORDER BY coalesce(t.checked_at, t.delivered_at, 0)";

fn write(connection: &Connection, finding: &DriftFinding) -> rusqlite::Result<()> {
    let DriftFinding { check, drift, policy, pass, at } = finding;
    let DriftCheck { target, generation, .. } = check;
    let kind = match drift {
        Drift::Same | Drift::Learned(_) => {
            let learned = if let Drift::Learned(etag) = drift { Some(etag.clone()) } else { None };
            let event = Event::Matches { generation: *generation, learned };
            return targets::update(connection, target, event, *at).map(|_| ());
        }
        Drift::Changed => DriftKind::Changed,
        Drift::Gone => DriftKind::Gone,
    };
    let detail = kind.words();
    let Some(before) = targets::load(connection, target)? else { return Ok(()) };
    // Whoever takes down their own photo again may get the default picture again: that is looked at.
    let is_theirs = check.is_default_picture && *drift == Drift::Changed;
    let problem = if is_theirs { needs_none(detail) } else { Problem::new(Reason::UserPhoto, detail) };
    let event = Event::Differs { generation: *generation, drift: kind, policy: *policy, problem };
    let is_news = before.compared.drift.is_none_or(|(known, _)| known != kind);
    // News stand in the journal once.
    if targets::update(connection, target, event, *at)? && is_news {
        let sql = "INSERT INTO attempts (pass, target, path, generation, at, outcome, detail, bytes, elapsed_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)";
        let path = before.path.as_ref().map(SourcePath::as_str);
        connection.prepare_cached(sql)?.execute(params![
            pass,
            target.to_string(),
            path,
            generation.0,
            at.millis(),
            JournalWord::Drifted.as_str(),
            detail
        ])?;
    }
    Ok(())
}
