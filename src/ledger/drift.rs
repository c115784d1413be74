//! What comparing with the tenant finds: what to compare, what came of it, what becomes of a target that differs.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, Row, named_params, params};
use serde::Serialize;

use super::aside::{all_readable, readable};
use super::read::Reader;
use super::rows;
use super::writer::{Ledger, LedgerError};
use crate::model::{Drift, DriftPolicy, Generation, Reason, TargetId, Timestamp};

/// A target whose photo in the tenant is to be compared with ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
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
}

/// What was found about one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was compared.
    pub check: Check,
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
pub struct DriftRow {
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
    /// Up to `limit` delivered targets that were compared last before `before`, longest ago first; only some, if so asked.
    pub async fn to_check(
        &self,
        before: Timestamp,
        limit: usize,
        only: Option<Arc<HashSet<TargetId>>>,
    ) -> Result<Vec<Check>, LedgerError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(TO_CHECK)?;
            let mut found = statement.query([before.millis()])?;
            let mut checks = Vec::new();
            while checks.len() < limit {
                let Some(row) = found.next()? else { break };
                let Some(check) = readable(read_check(row))? else { continue };
                if only.as_ref().is_none_or(|only| only.contains(&check.target)) {
                    checks.push(check);
                }
            }
            Ok(checks)
        })
        .await
    }

    /// Writes down what comparing found; a target that changed meanwhile stays as it is.
    pub async fn found(&self, finding: Finding) -> Result<(), LedgerError> {
        self.ask(move |connection| write(connection, &finding)).await
    }
}

impl Reader {
    /// Targets by name, object id or file.
    pub fn named(&self, name: &str) -> Result<Vec<TargetId>, LedgerError> {
        let read = || {
            let mut statement = self.0.prepare_cached(
                "SELECT target FROM targets WHERE target = ?1 OR label = ?1 COLLATE NOCASE OR path = ?1
                    OR substr(target, instr(target, ':') + 1) = ?1 ORDER BY target",
            )?;
            all_readable(&mut statement.query([name])?, |row| rows::target(row, 0))
        };
        read().map_err(|error| LedgerError::from(&error))
    }

    /// Where the tenant shows another photo than ours, which is only reported.
    pub fn drifted(&self) -> Result<Vec<DriftRow>, LedgerError> {
        let read = || {
            let sql = "SELECT target, label, drift, drift_since FROM targets WHERE drift IS NOT NULL AND state = 'in_step' ORDER BY target";
            let mut statement = self.0.prepare_cached(sql)?;
            let row = |row: &Row<'_>| {
                Ok(DriftRow {
                    object_id: rows::target(row, 0)?,
                    target: row.get(1)?,
                    drift: row.get(2)?,
                    since: rows::optional_time(row, 3)?.unwrap_or_default(),
                })
            };
            all_readable(&mut statement.query([])?, row)
        };
        read().map_err(|error| LedgerError::from(&error))
    }
}

fn read_check(row: &Row<'_>) -> rusqlite::Result<Check> {
    Ok(Check {
        target: rows::target(row, 0)?,
        label: row.get(1)?,
        rule: row.get_ref(2)?.as_str_or_null()?.map(Arc::from),
        generation: Generation(row.get(3)?),
        etag: row.get(4)?,
    })
}

/// Only what is in step: another photo is on its way to the others already, or must not go there.
const TO_CHECK: &str = "SELECT t.target, t.label, f.rule, t.generation, coalesce(t.etag, t.seen_etag)
    FROM targets t LEFT JOIN files f ON f.path = t.path
    WHERE t.state = 'in_step' AND t.delivered_digest IS NOT NULL AND coalesce(t.checked_at, t.delivered_at, 0) < ?1
    ORDER BY coalesce(t.checked_at, t.delivered_at, 0)";

fn write(connection: &Connection, finding: &Finding) -> rusqlite::Result<()> {
    let Finding { check, drift, policy, pass, at } = finding;
    let (target, generation, at) = (check.target.to_string(), check.generation.0, at.millis());
    let detail = match drift {
        Drift::Same | Drift::Learned(_) => {
            let seen = if let Drift::Learned(etag) = drift { Some(etag) } else { None };
            connection
                .prepare_cached(
                    "UPDATE targets SET checked_at = ?3, drift = NULL, drift_since = NULL, seen_etag = coalesce(?4, seen_etag)
                        WHERE target = ?1 AND generation = ?2",
                )?
                .execute(params![target, generation, at, seen])?;
            return Ok(());
        }
        Drift::Changed => "the tenant shows another photo than the one we delivered",
        Drift::Gone => "the tenant shows no photo any more, and we had delivered one",
    };
    // News stand in the journal once.
    connection
        .prepare_cached(
            "INSERT INTO attempts (pass, target, path, generation, at, outcome, detail, bytes, elapsed_ms)
                SELECT ?5, target, path, generation, ?3, 'drifted', ?4, 0, 0 FROM targets
                WHERE target = ?1 AND generation = ?2 AND drift IS NOT ?6",
        )?
        .execute(params![target, generation, at, detail, pass, drift.as_str()])?;
    let sql = match policy {
        DriftPolicy::Report => REPORT,
        DriftPolicy::HrWins => HR_WINS,
        DriftPolicy::UserWins => USER_WINS,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let cure = Reason::UserPhoto.cure();
    match policy {
        DriftPolicy::UserWins => statement.execute(named_params! {
            ":target": target, ":generation": generation, ":at": at, ":drift": drift.as_str(), ":detail": detail, ":cure": cure,
        })?,
        _ => statement.execute(named_params! {
            ":target": target, ":generation": generation, ":at": at, ":drift": drift.as_str(),
        })?,
    };
    Ok(())
}

const REPORT: &str = "UPDATE targets SET checked_at = :at, drift_since = iif(drift IS :drift, drift_since, :at), drift = :drift
    WHERE target = :target AND generation = :generation";

/// The tenant holds nothing of ours any more, and is to.
const HR_WINS: &str = "UPDATE targets SET checked_at = :at, drift_since = iif(drift IS :drift, drift_since, :at), drift = :drift,
        delivered_digest = NULL, delivered_recipe = NULL, delivered_at = NULL, etag = NULL,
        generation = generation + 1, desired_at = :at, state = 'due', since = :at, due_at = NULL, attempts = 0, failing_since = NULL
    WHERE target = :target AND generation = :generation";

/// The tenant holds nothing of ours any more, and is not to, as long as the file holds this picture.
const USER_WINS: &str =
    "UPDATE targets SET checked_at = :at, drift_since = iif(drift IS :drift, drift_since, :at), drift = :drift,
        delivered_digest = NULL, delivered_recipe = NULL, delivered_at = NULL, etag = NULL,
        kept_reason = 'user_photo', kept_digest = digest,
        generation = generation + 1, state = 'blocked', since = :at, due_at = NULL, attempts = 0, failing_since = NULL,
        reason = 'user_photo', detail = :detail, cure = :cure, status = NULL, code = NULL, request_id = NULL
    WHERE target = :target AND generation = :generation";
