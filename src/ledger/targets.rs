//! The rows of `targets`: loaded, changed by an event, saved. Nothing else writes them, and nothing here decides.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::readable::{all_readable, readable};
use super::rows;
use crate::model::target_state::{
    AnswerCode, Compared, Delivered, Desired, DriftKind, Event, Failures, Held, KeptPhoto, Obstacle, StateName, TargetRecord,
    TargetState,
};
use crate::model::{Digest, Generation, SourcePath, TargetId, Timestamp};

/// Loads a target, takes in what happened, and saves it. Says whether it concerned the target. One that was never planned
/// for begins with a wish; nothing else concerns it.
pub(super) fn update(connection: &Connection, target: &TargetId, event: Event, now: Timestamp) -> rusqlite::Result<bool> {
    let known = readable(load(connection, target))?;
    let is_unreadable = known.is_none();
    let Some(before) = known.flatten() else {
        let Event::Desire(wanted) = event else { return Ok(false) };
        let mut record = TargetRecord::first(wanted, now);
        // A row that can't be read is set aside until a wish writes it again; nobody knows what the tenant holds then.
        (record.held.uncertain, record.held.unconfirmed) = (is_unreadable, is_unreadable);
        save(connection, target, &record)?;
        return Ok(true);
    };
    let mut record = before.clone();
    let concerned = record.apply(event, now);
    if record != before {
        save(connection, target, &record)?;
    }
    Ok(concerned)
}

/// Takes in the same for several; says how many it concerned.
pub(super) fn update_all(
    connection: &Connection,
    targets: &[TargetId],
    event: &Event,
    now: Timestamp,
) -> rusqlite::Result<usize> {
    let mut concerned = 0;
    for target in targets {
        concerned += usize::from(update(connection, target, event.clone(), now)?);
    }
    Ok(concerned)
}

/// A target, if it was ever planned for.
pub(super) fn load(connection: &Connection, target: &TargetId) -> rusqlite::Result<Option<TargetRecord>> {
    connection.prepare_cached(LOAD)?.query_row([target.to_string()], record).optional()
}

/// Targets by a condition on their columns, in the order of their names.
pub(super) fn select(connection: &Connection, condition: &str, by: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<TargetId>> {
    let mut statement = connection.prepare_cached(&format!("SELECT target FROM targets WHERE {condition} ORDER BY target"))?;
    all_readable(&mut statement.query(by)?, |row| rows::target(row, 0))
}

/// Targets that nothing can name any more, by the bytes of their names: wanted by nobody, so that they are neither due
/// nor blocked for good.
pub(super) fn release_nameless(connection: &Connection, names: impl IntoIterator<Item = Vec<u8>>) -> rusqlite::Result<()> {
    let sql = "UPDATE targets SET state = ?2, path = NULL, due_at = NULL WHERE CAST(target AS BLOB) = ?1";
    for name in names {
        connection.execute(sql, params![name, StateName::Released.as_str()])?;
    }
    Ok(())
}

const LOAD: &str = "SELECT label, path, desired_digest, desired_recipe, restore_from, desired_at, generation,
        delivered_digest, delivered_recipe, delivered_at, delivered_etag, baseline_etag, sent_digest, picture_note,
        delivered_uncertain, upload_unconfirmed,
        state, due_at, since, attempts, failing_since, reason, detail, cure, status, code, request_id,
        kept_reason, kept_digest, drift, drift_since, checked_at, account_created
    FROM targets WHERE target = ?1";

fn record(row: &Row<'_>) -> rusqlite::Result<TargetRecord> {
    let version = rows::version(row, 2, 3)?;
    let at = rows::optional_time(row, 9)?;
    let problem = rows::problem(row, 21)?;
    let answer = AnswerCode { status: row.get(24)?, code: row.get(25)?, request_id: row.get(26)? };
    let kept_digest = rows::digest(row, 28)?;
    let state: StateName = rows::word(row, 16)?;
    let is_blocked = state == StateName::Blocked;
    Ok(TargetRecord {
        label: row.get(0)?,
        path: rows::optional_path(row, 1)?,
        desired: match (row.get(4)?, version) {
            (Some(backup), instead_of) => Desired::Former { backup, instead_of },
            (None, Some(version)) => Desired::Photo(version),
            (None, None) => Desired::Nothing,
        },
        desired_at: rows::time(row, 5)?,
        generation: Generation(row.get(6)?),
        held: Held {
            delivered: rows::version(row, 7, 8)?.map(|version| Delivered { version, at }),
            etag: row.get(10)?,
            baseline_etag: row.get(11)?,
            sent: rows::digest(row, 12)?,
            note: row.get(13)?,
            uncertain: row.get(14)?,
            unconfirmed: row.get(15)?,
        },
        state: match state {
            StateName::InStep => TargetState::InStep,
            StateName::Due => TargetState::Due,
            StateName::Waiting => TargetState::Waiting(rows::time(row, 17)?),
            StateName::Blocked => TargetState::Blocked,
            StateName::Released => TargetState::Released,
        },
        next_look: rows::optional_time(row, 17)?.filter(|_| is_blocked),
        since: rows::time(row, 18)?,
        account_created: rows::optional_time(row, 32)?,
        failures: Failures { tries: row.get(19)?, since: rows::optional_time(row, 20)? },
        obstacle: problem.map(|problem| Obstacle { problem, answer }),
        kept: rows::reason(row, 27)?.map(|reason| KeptPhoto { reason, digest: kept_digest }),
        compared: Compared {
            drift: match row.get_ref(29)?.as_str_or_null()? {
                None => None,
                Some("changed") => Some((DriftKind::Changed, rows::optional_time(row, 30)?.unwrap_or_default())),
                Some("gone") => Some((DriftKind::Gone, rows::optional_time(row, 30)?.unwrap_or_default())),
                Some(other) => return Err(rows::odd("drift", other)),
            },
            at: rows::optional_time(row, 31)?,
        },
    })
}

const SAVE: &str = "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, restore_from, desired_at, generation,
        delivered_digest, delivered_recipe, delivered_at, delivered_etag, baseline_etag, sent_digest, picture_note,
        delivered_uncertain, upload_unconfirmed,
        state, due_at, since, attempts, failing_since, reason, detail, cure, status, code, request_id,
        kept_reason, kept_digest, drift, drift_since, checked_at, account_created)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
        ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34)
    ON CONFLICT (target) DO UPDATE SET label = ?2, path = ?3, desired_digest = ?4, desired_recipe = ?5, restore_from = ?6, desired_at = ?7,
        generation = ?8, delivered_digest = ?9, delivered_recipe = ?10, delivered_at = ?11, delivered_etag = ?12, baseline_etag = ?13,
        sent_digest = ?14, picture_note = ?15, delivered_uncertain = ?16, upload_unconfirmed = ?17, state = ?18, due_at = ?19, since = ?20, attempts = ?21,
        failing_since = ?22, reason = ?23, detail = ?24, cure = ?25, status = ?26, code = ?27, request_id = ?28,
        kept_reason = ?29, kept_digest = ?30, drift = ?31, drift_since = ?32, checked_at = ?33,
        account_created = ?34";

pub(super) fn save(connection: &Connection, target: &TargetId, record: &TargetRecord) -> rusqlite::Result<()> {
    let TargetRecord {
        label,
        path,
        desired,
        desired_at,
        generation,
        held,
        state,
        since,
        next_look,
        account_created,
        failures,
        obstacle,
        kept,
        compared,
    } = record;
    let (wanted, delivered) = (desired.version(), held.delivered.as_ref());
    let (problem, answer) = obstacle.as_ref().map(|Obstacle { problem, answer }| (problem, answer)).unzip();
    let due_at = if let TargetState::Waiting(until) = state { Some(until.millis()) } else { next_look.map(Timestamp::millis) };
    connection.prepare_cached(SAVE)?.execute(params![
        target.to_string(),
        label,
        path.as_ref().map(SourcePath::as_str),
        wanted.map(|version| version.digest.as_bytes()),
        wanted.map(|version| version.recipe.as_str()),
        desired.backup(),
        desired_at.millis(),
        generation.0,
        delivered.map(|delivered| delivered.version.digest.as_bytes()),
        delivered.map(|delivered| delivered.version.recipe.as_str()),
        delivered.and_then(|delivered| delivered.at).map(Timestamp::millis),
        held.etag,
        held.baseline_etag,
        held.sent.as_ref().map(Digest::as_bytes),
        held.note,
        held.uncertain,
        held.unconfirmed,
        state.name().as_str(),
        due_at,
        since.millis(),
        failures.tries,
        failures.since.map(Timestamp::millis),
        problem.map(|problem| problem.reason.as_str()),
        problem.map(|problem| &problem.detail),
        problem.map(|problem| &problem.cure),
        answer.and_then(|answer| answer.status),
        answer.and_then(|answer| answer.code.as_ref()),
        answer.and_then(|answer| answer.request_id.as_ref()),
        kept.as_ref().map(|kept| kept.reason.as_str()),
        kept.as_ref().and_then(|kept| kept.digest.as_ref()).map(Digest::as_bytes),
        compared.drift.map(|(drift, _)| drift.as_str()),
        compared.drift.map(|(_, since)| since.millis()),
        compared.at.map(Timestamp::millis),
        account_created.map(Timestamp::millis),
    ])?;
    Ok(())
}
