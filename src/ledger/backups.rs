//! Photos of others that were kept before ours went up, and what is to be put back.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::error::LedgerError;
use super::literal::{literals, not_in_step};
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::writer::Ledger;
use super::{rows, targets};
use crate::model::target_state::{Event, StateName};
use crate::model::{Arrival, DeliveryState, Digest, JournalWord, Outcome, TargetId, Timestamp};

/// What the tenant held before ours.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BackupRow {
    /// Its number.
    pub backup: i64,
    /// Whose photo.
    #[serde(serialize_with = "super::journal::as_text")]
    pub(crate) target: TargetId,
    /// The pass that was about to overwrite it.
    pub(crate) pass: i64,
    /// When it was fetched.
    pub(crate) at: Timestamp,
    /// Name of the file in the directory of backups; none if there was no photo.
    pub(crate) file: Option<String>,
    /// Hash (blake3) of its bytes.
    #[serde(serialize_with = "as_hex")]
    pub(crate) digest: Option<Digest>,
    /// Its length.
    pub(crate) bytes: u64,
    /// What Graph called it.
    pub(crate) etag: Option<String>,
    /// It may be a photo of ours: an earlier try had ended without an answer, or what Graph called ours is not known.
    pub(crate) doubtful: bool,
    /// Whether ours may have taken its place since.
    #[serde(skip)]
    pub(crate) overwritten: Overwritten,
}

/// Whether a photo of ours went out after a backup was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Overwritten {
    /// Surely not: Graph refused it.
    No,
    /// Perhaps: it is on its way, or no answer came.
    Perhaps,
    /// Graph accepted it.
    Yes,
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
fn as_hex<S: serde::Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    match digest {
        Some(digest) => serializer.collect_str(digest),
        None => serializer.serialize_none(),
    }
}

impl Ledger {
    /// Writes down a backup whose file is on the disk. Ours may go out from now on.
    pub(crate) async fn add_backup(&self, row: BackupRow) -> Result<(), LedgerError> {
        self.write(move |connection| {
            if row.doubtful {
                // It was not this pass that began to overwrite the one before, but it is the one that ends it.
                let sql = "UPDATE backups SET pass = ?2 WHERE target = ?1 AND overwritten = 1 AND may_be_ours = 0";
                connection.prepare_cached(sql)?.execute(params![row.target.to_string(), row.pass])?;
            }
            let mut statement = connection.prepare_cached(
                "INSERT INTO backups (target, pass, at, file, digest, bytes, etag, overwritten, may_be_ours)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8)",
            )?;
            statement.execute(params![
                row.target.to_string(),
                row.pass,
                row.at.millis(),
                row.file,
                row.digest.as_ref().map(Digest::as_bytes),
                row.bytes.cast_signed(),
                row.etag,
                row.doubtful,
            ])?;
            Ok(())
        })
        .await
    }

    /// The photo of this backup is still there, nothing of ours went there since, and may from now on, in this pass.
    pub(crate) async fn backup_stands(&self, backup: i64, pass: i64) -> Result<(), LedgerError> {
        self.write(move |connection| {
            let sql = "UPDATE backups SET overwritten = 1, pass = ?2 WHERE backup = ?1 AND (overwritten <> 1 OR pass <> ?2)";
            connection.prepare_cached(sql)?.execute([backup, pass])?;
            Ok(())
        })
        .await
    }

    /// Backups older than this are forgotten.
    pub(crate) async fn forget_backups(&self, before: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM backups WHERE at < ?1", [before.millis()])?;
            Ok(())
        })
        .await
    }

    /// What is to be put back: these backups, due at once; and their targets are kept so until their file changes.
    pub(crate) async fn restore(&self, which: Vec<(TargetId, i64)>, now: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| {
            for (target, backup) in &which {
                targets::update(connection, target, Event::Restore(*backup), now)?;
            }
            Ok(())
        })
        .await
    }
}

/// Where a backup that is to go back stands.
#[derive(Clone, Debug)]
pub(crate) struct Returning {
    /// It is still to go back: due, waiting until then, or blocked.
    pub open: Option<DeliveryState>,
    /// It had no photo before ours, and now has one of somebody else's.
    pub not_ours: bool,
}

impl Reader {
    /// The newest backup of a target. One that can't be read might be a photo of somebody's: what is there is kept once more.
    pub fn newest_backup(&self, target: &TargetId) -> Result<Option<BackupRow>, LedgerError> {
        let sql = "SELECT * FROM backups WHERE target = ?1 ORDER BY backup DESC LIMIT 1";
        let found = self.0.prepare_cached(sql)?.query_row([target.to_string()], |row| readable(backup_row(row)));
        Ok(found.optional()?.flatten())
    }

    /// Targets that a backup is still to go back to, now or after a wait.
    pub(crate) fn restoring(&self) -> Result<HashSet<TargetId>, LedgerError> {
        let open = literals([StateName::Due, StateName::Waiting].map(StateName::as_str));
        let sql =
            format!("SELECT target FROM targets WHERE {} AND restore_from IS NOT NULL AND state IN ({open})", not_in_step());
        let mut statement = self.0.prepare(&sql)?;
        Ok(all_readable(&mut statement.query([])?, |row| rows::target(row, 0))?.into_iter().collect())
    }

    /// What to put back, to undo a pass, also one that the journal has forgotten and backups remember: for each target that it gave a photo to, or took one from, the backup that it
    /// made; none where it made none.
    pub fn undo_of(&self, pass: i64) -> Result<Vec<(TargetId, String, Option<i64>)>, LedgerError> {
        let mut statement = self.0.prepare(
            "SELECT a.target, t.label,
                    (SELECT max(backup) FROM backups b WHERE b.target = a.target AND b.pass = ?1 AND b.may_be_ours = 0)
                FROM (SELECT target FROM attempts WHERE pass = ?1 AND outcome IN (?2, ?3)
                    UNION SELECT target FROM backups WHERE pass = ?1 AND overwritten = 2) a
                JOIN targets t ON t.target = a.target ORDER BY a.target",
        )?;
        Ok(all_readable(
            &mut statement.query(params![pass, JournalWord::Delivered.as_str(), JournalWord::Removed.as_str()])?,
            |row| Ok((rows::target(row, 0)?, row.get(1)?, row.get(2)?)),
        )?)
    }

    /// Where the backups of these targets stand that were to go back from pass `pass` on.
    pub(crate) fn returning(&self, which: &[TargetId], pass: i64) -> Result<Vec<Returning>, LedgerError> {
        let mut statement = self.0.prepare_cached(
            "SELECT state, due_at, reason, restore_from IS NOT NULL, EXISTS
                    (SELECT 1 FROM attempts WHERE attempts.target = targets.target AND pass >= ?2 AND outcome = ?3)
                FROM targets WHERE target = ?1",
        )?;
        let row = |row: &Row<'_>| {
            let open = row.get::<_, bool>(3)?.then(|| rows::state(row, 0)).transpose()?;
            Ok(Returning { open, not_ours: row.get(4)? })
        };
        let mut found = Vec::new();
        for target in which {
            found.extend(all_readable(
                &mut statement.query(params![target.to_string(), pass, JournalWord::NotOurs.as_str()])?,
                row,
            )?);
        }
        Ok(found)
    }

    /// The backups of a target, newest first.
    pub(crate) fn backups(&self, target: &TargetId) -> Result<Vec<BackupRow>, LedgerError> {
        let mut statement = self.0.prepare_cached("SELECT * FROM backups WHERE target = ?1 ORDER BY backup DESC LIMIT 100")?;
        Ok(all_readable(&mut statement.query([target.to_string()])?, backup_row)?)
    }
}

pub(super) fn backup_row(row: &Row<'_>) -> rusqlite::Result<BackupRow> {
    Ok(BackupRow {
        backup: row.get("backup")?,
        target: rows::target(row, "target")?,
        pass: row.get("pass")?,
        at: rows::time(row, "at")?,
        file: row.get("file")?,
        digest: rows::digest(row, "digest")?,
        bytes: row.get::<_, i64>("bytes")?.cast_unsigned(),
        etag: row.get("etag")?,
        doubtful: row.get("may_be_ours")?,
        overwritten: match row.get::<_, i64>("overwritten")? {
            0 => Overwritten::No,
            1 => Overwritten::Perhaps,
            _ => Overwritten::Yes,
        },
    })
}

/// What an outcome says about the newest backup of its target: whether ours went out after it.
pub(super) fn settle(connection: &Connection, target: &TargetId, outcome: &Outcome, arrival: Arrival) -> rusqlite::Result<()> {
    let overwritten = match outcome {
        Outcome::Delivered { .. } | Outcome::Removed => 2,
        Outcome::NotOurs | Outcome::Absent => 0,
        Outcome::Wait { .. } | Outcome::Blocked { .. } if arrival == Arrival::Refused => 0,
        // It did not come to sending, which says nothing about a try before it; or nobody knows.
        Outcome::Wait { .. } | Outcome::Blocked { .. } | Outcome::Superseded | Outcome::Same => return Ok(()),
    };
    let mut statement = connection.prepare_cached("UPDATE backups SET overwritten = ?2 WHERE target = ?1 AND overwritten = 1")?;
    statement.execute(params![target.to_string(), overwritten])?;
    Ok(())
}
