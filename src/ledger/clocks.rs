//! What passes saw of the clocks, so that nothing is destroyed because the wall clock says so and is wrong.

use rusqlite::{Connection, OptionalExtension};

use super::error::LedgerError;
use super::meta::{keep, meta};
use super::reader::Reader;
use crate::model::{ClockMemory, Steady, Timestamp};

/// Names that the readings are kept under.
const WALL: &str = "clock_wall";
const STEADY: &str = "clock_steady";
const BOOT: &str = "clock_boot";
const JUMPED: &str = "clock_jumped";

impl Reader {
    /// When the wall clock jumped last, as far as passes saw; no age counts from before.
    pub(crate) fn clock_jumped_at(&self) -> Result<Option<Timestamp>, LedgerError> {
        Ok(jumped_at(&self.0)?)
    }
}

/// When the wall clock jumped last.
pub(super) fn jumped_at(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    time(connection, JUMPED)
}

/// Takes account of the clocks; when the wall clock jumped last, now included.
pub(super) fn look(connection: &Connection, now: Timestamp, steady: Steady) -> rusqlite::Result<Option<Timestamp>> {
    let (memory, jump) = ClockMemory::next(before(connection)?, now, steady);
    if let Some(jump) = jump {
        tracing::warn!(
            seconds = jump / 1_000,
            "The clock of this machine jumped. Whatever goes by age (backups, the journal, photos whose files are gone) is kept \
             from now on for its whole time once more; check the time service (timedatectl)"
        );
    }
    keep(connection, WALL, Some(&memory.wall.millis().to_string()))?;
    keep(connection, STEADY, Some(&memory.steady.millis.to_string()))?;
    keep(connection, BOOT, Some(&memory.steady.boot))?;
    keep(connection, JUMPED, memory.jumped_at.map(|at| at.millis().to_string()).as_deref())?;
    Ok(memory.jumped_at)
}

/// What the last pass saw. Of a ledger that an older version wrote, when it began.
fn before(connection: &Connection) -> rusqlite::Result<Option<ClockMemory>> {
    let wall = match time(connection, WALL)? {
        Some(wall) => Some(wall),
        None => connection
            .query_row("SELECT started_at FROM passes ORDER BY pass DESC LIMIT 1", [], |row| row.get(0))
            .optional()?
            .map(Timestamp::from_millis),
    };
    let Some(wall) = wall else { return Ok(None) };
    let steady = Steady {
        boot: meta(connection, BOOT)?.unwrap_or_default(),
        millis: time(connection, STEADY)?.unwrap_or_default().millis(),
    };
    Ok(Some(ClockMemory { wall, steady, jumped_at: jumped_at(connection)? }))
}

fn time(connection: &Connection, name: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(meta(connection, name)?.and_then(|text| text.parse().ok()).map(Timestamp::from_millis))
}
