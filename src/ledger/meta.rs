//! Single values by name: what the last good pass saw of the world, and the guard's no.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::error::LedgerError;
use super::reader::Reader;
use super::writer::Ledger;
use crate::model::{Problem, Timestamp, ToldHalts};

/// Names that what a pass saw is kept under.
pub(crate) mod fact {
    /// The settings under which files were bound, as a hash.
    pub(in crate::ledger) const SETTINGS: &str = "settings";
    /// Identity of the source's root.
    pub(crate) const ROOT: &str = "seen_root";
    /// The device it was on.
    pub(crate) const ROOT_DEVICE: &str = "seen_root_device";
    /// Rows of the table.
    pub(crate) const TABLE_ROWS: &str = "seen_table_rows";
    /// Rows of the table whose file never came, of this table and of earlier ones.
    pub(crate) const ABSENT_ROWS: &str = "seen_absent_rows";
    /// When it was asked last which employee numbers there are that are near to those that nobody has.
    pub(crate) const NUMBERS_ASKED: &str = "seen_numbers_asked_at";
    /// Objects of a sweep; the kind follows.
    pub(crate) const SWEPT: &str = "seen_swept_";
}

/// When a ledger took the place of one that was lost or damaged.
pub(super) const REBUILT_AT: &str = "rebuilt_at";
/// The guard's no that stands.
const HALT: &str = "halt";
/// What the last pass told of its halts.
const TOLD: &str = "told";
/// What people were told, and what waits to be told.
const NOTICES: &str = "notices";
/// The number of the last pass. Rows of the journal go, their numbers are not used again.
pub(super) const LAST_PASS: &str = "last_pass";
/// What the last look at everything could not use and is no photo.
const UNUSABLE: &str = "unusable";
/// So many of them are kept, one by one.
const UNUSABLE_KEPT: usize = 1_000;
/// Uploads per second that were found to be allowed, and since when.
const GOOD_RATE: &str = "good_rate";
/// Until when Graph asked to wait. Not read off the photos that were told: these may be changed or taken out meanwhile.
const ASKED_UNTIL: &str = "asked_until";
/// No longer wait is kept.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

impl Ledger {
    /// Keeps the guard's no, as JSON, until a pass is not halted.
    pub(crate) async fn keep_halt(&self, halt: Option<String>) -> Result<(), LedgerError> {
        self.write(move |connection| keep(connection, HALT, halt.as_deref())).await
    }

    /// Keeps what people were told, and what waits to be told, as JSON.
    pub(crate) async fn keep_notices(&self, notices: String) -> Result<(), LedgerError> {
        self.write(move |connection| keep(connection, NOTICES, Some(&notices))).await
    }

    /// Keeps how many uploads per second were found to be allowed.
    pub(crate) async fn keep_good_rate(&self, per_second: f64, at: Timestamp) -> Result<(), LedgerError> {
        let text = format!("{per_second:.3} {}", at.millis());
        self.write(move |connection| keep(connection, GOOD_RATE, Some(&text))).await
    }

    /// Graph asked everybody to wait until then.
    pub(crate) async fn keep_pause(&self, until: Timestamp, now: Timestamp) -> Result<(), LedgerError> {
        self.write(move |connection| keep_pause(connection, until, now)).await
    }

    /// Keeps what a look at everything could not use and is no photo: rows of the table, folders, names.
    pub(crate) async fn keep_unusable(&self, unusable: &[(String, Problem)]) -> Result<(), LedgerError> {
        let kept = &unusable[..unusable.len().min(UNUSABLE_KEPT)];
        let text = (!kept.is_empty()).then(|| serde_json::to_string(kept).unwrap_or_default());
        // Most looks find what the one before found.
        self.write(
            move |connection| {
                if meta(connection, UNUSABLE)? == text { Ok(()) } else { keep(connection, UNUSABLE, text.as_deref()) }
            },
        )
        .await
    }

    /// Keeps what a pass told of its halts, for a person's yes to it.
    pub(crate) async fn keep_told(&self, told: &ToldHalts) -> Result<(), LedgerError> {
        let text = (*told != ToldHalts::default()).then(|| serde_json::to_string(told).unwrap_or_default());
        self.write(move |connection| keep(connection, TOLD, text.as_deref())).await
    }
}

/// Graph asked everybody to wait until then; the longest such wait counts.
pub(super) fn keep_pause(connection: &Connection, until: Timestamp, now: Timestamp) -> rusqlite::Result<()> {
    if pause(connection, now)?.is_none_or(|known| known < until) {
        keep(connection, ASKED_UNTIL, Some(&until.millis().to_string()))?;
    }
    Ok(())
}

/// The wait that is kept and still runs. One that ends much later was set by a clock that has been put back.
fn pause(connection: &Connection, now: Timestamp) -> rusqlite::Result<Option<Timestamp>> {
    let until = meta(connection, ASKED_UNTIL)?.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
    Ok(until.filter(|until| *until > now && *until <= now.plus(LONGEST_PAUSE)))
}

impl Reader {
    /// Until when Graph asked everybody to wait, if that is still to come.
    pub(crate) fn asked_to_wait(&self, now: Timestamp) -> Result<Option<Timestamp>, LedgerError> {
        Ok(pause(&self.0, now)?)
    }

    /// When what waits until then is tried: not before the wait is over that Graph asked everybody for, unless a clock that has
    /// been put back set that.
    pub(crate) fn tried_at(&self, due: Timestamp) -> Result<Timestamp, LedgerError> {
        Ok(pause(&self.0, due)?.unwrap_or(due))
    }

    /// Uploads per second that were found to be allowed, and when.
    pub(crate) fn good_rate(&self) -> Result<Option<(f64, Timestamp)>, LedgerError> {
        let Some(text) = self.meta(GOOD_RATE)? else { return Ok(None) };
        let parts = text.split_once(' ').and_then(|(rate, at)| Some((rate.parse().ok()?, at.parse().ok()?)));
        Ok(parts
            .filter(|(rate, _): &(f64, i64)| rate.is_finite() && *rate > 0.0)
            .map(|(rate, at)| (rate, Timestamp::from_millis(at))))
    }

    /// The guard's no that stands, as JSON: that of the last pass, unless that was not halted.
    pub(crate) fn halt(&self) -> Result<Option<serde_json::Value>, LedgerError> {
        Ok(self.meta(HALT)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What people were told, and what waits to be told, as JSON.
    pub(crate) fn notices(&self) -> Result<Option<String>, LedgerError> {
        self.meta(NOTICES)
    }

    /// What the last look at everything could not use and is no photo: where, and why.
    pub(crate) fn unusable(&self) -> Result<Vec<(String, Problem)>, LedgerError> {
        Ok(self.meta(UNUSABLE)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// What the last pass told of its halts.
    pub(crate) fn told(&self) -> Result<ToldHalts, LedgerError> {
        Ok(self.meta(TOLD)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The value of this name.
    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, LedgerError> {
        Ok(meta(&self.0, name)?)
    }
}

/// The value of this name.
pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// Writes a value under its name, or takes it away.
pub(super) fn keep(connection: &Connection, name: &str, value: Option<&str>) -> rusqlite::Result<()> {
    match value {
        Some(value) => connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", [name, value])?,
        None => connection.execute("DELETE FROM meta WHERE name = ?1", [name])?,
    };
    Ok(())
}
