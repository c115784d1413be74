//! What names led to by files that are gone, or are called otherwise since: a file that comes back is bound as before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::defaults::is_default_picture;
use super::error::LedgerError;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::rows;
use crate::model::{Fingerprint, KnownFile, SourcePath, TargetId, Timestamp};

/// Remembers the binding of a file whose row is about to go, or to name another reference (`now`).
pub(super) fn remember(connection: &Connection, path: &SourcePath, now: Option<&str>, since: Timestamp) -> rusqlite::Result<()> {
    // A default picture names nobody: it follows from who its owner is.
    if !path.is_default_picture() {
        connection.prepare_cached(REMEMBER)?.execute(params![path.as_str(), now, since.millis()])?;
    }
    Ok(())
}

/// A person has said that this name may lead elsewhere.
pub(super) fn forget(connection: &Connection, reference: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM former_bindings WHERE reference = ?1")?.execute([reference])?;
    Ok(())
}

/// The row of a file that was at this place before, as far as it says whose it was.
pub(super) fn row(row: &Row<'_>) -> rusqlite::Result<KnownFile> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?.map(Into::into));
    Ok(KnownFile {
        path: rows::path(row, 0)?,
        fingerprint: Fingerprint::default(),
        digest: None,
        read_at: Timestamp::default(),
        rule: text(1)?,
        reference: text(2)?,
        label: text(3)?,
        target: rows::optional_target(row, 4)?,
        bound_at: None,
        held: None,
        moved_to: None,
    })
}

/// Selects what [`row`] reads, of all.
pub(super) const ALL: &str = "SELECT path, rule, reference, label, nullif(target, '') FROM former_bindings";

/// Selects what [`row`] reads, of the file that was at a place last.
pub(super) const AT_PATH: &str = "SELECT path, rule, reference, label, nullif(target, '') FROM former_bindings
    WHERE path = ?1 ORDER BY since DESC, target LIMIT 1";

impl Reader {
    /// Whether anything is bound, now or before.
    pub(crate) fn knows_bindings(&self) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM files) OR EXISTS (SELECT 1 FROM former_bindings)";
        Ok(self.0.prepare_cached(sql)?.query_one([], |row| row.get(0))?)
    }

    /// What files are or were bound to by these references, by key. References are few and files many: one look over the
    /// files serves all.
    pub(crate) fn pins(&self, keys: &HashSet<String>) -> Result<HashMap<Arc<str>, Vec<TargetId>>, LedgerError> {
        let mut pins: HashMap<Arc<str>, Vec<TargetId>> = HashMap::new();
        if keys.is_empty() {
            return Ok(pins);
        }
        let mut pin = |key: &str, target: TargetId| {
            let pinned = pins.entry(key.into()).or_default();
            if !pinned.contains(&target) {
                pinned.push(target);
            }
        };
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT reference, target FROM files WHERE reference IS NOT NULL AND target IS NOT NULL AND NOT {}",
            is_default_picture("path")
        ))?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let Some(key) = readable(row.get_ref(0)?.as_str().map_err(Into::into))? else { continue };
            if keys.contains(key)
                && let Some(target) = readable(rows::target(row, 1))?
            {
                pin(key, target);
            }
        }
        let mut former = self
            .0
            .prepare_cached("SELECT target FROM former_bindings WHERE reference = ?1 AND target <> '' ORDER BY since DESC")?;
        for key in keys {
            for target in all_readable(&mut former.query([key])?, |row| rows::target(row, 0))? {
                pin(key, target);
            }
        }
        Ok(pins)
    }
}

/// A file that the table named is remembered though that led to nobody: its target is empty.
const REMEMBER: &str = "INSERT OR REPLACE INTO former_bindings (reference, target, path, rule, label, since)
    SELECT reference, coalesce(target, ''), path, rule, label, ?3 FROM files
        WHERE path = ?1 AND reference IS NOT NULL AND (target IS NOT NULL OR rule LIKE 'table, line %') AND reference IS NOT ?2";
