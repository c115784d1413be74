//! Counts the rows that can't be read and are set aside, for a person to hear of.

use std::collections::HashSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::backups::backup_row;
use super::error::LedgerError;
use super::journal::{read_attempt, read_pass};
use super::literal::literal;
use super::readable::readable;
use super::reader::Reader;
use super::removals::gone_row;
use super::target_rows::{self, target_row};
use super::{files, former_bindings, rows, targets, view};
use crate::model::TargetKind;
use crate::model::target_state::StateName;

/// Of the journal, which is for reading only, so many of the newest rows are looked at.
const NEWEST: u32 = 1_000;

/// Rows of one table that are set aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub(crate) struct SetAside {
    /// The table.
    pub table: &'static str,
    /// How many.
    pub rows: usize,
}

impl Reader {
    /// Rows that can't be read, by table; only tables that have some.
    pub(crate) fn set_aside(&self) -> Result<Vec<SetAside>, LedgerError> {
        Ok(set_aside(&self.0)?)
    }
}

/// Looks at every row as it is read elsewhere.
pub(super) fn set_aside(connection: &Connection) -> rusqlite::Result<Vec<SetAside>> {
    let newest = |table: &str, key: &str| format!("SELECT * FROM {table} ORDER BY {key} DESC LIMIT {NEWEST}");
    let mut targets = bad(connection, &format!("SELECT {} FROM targets", target_rows::TARGET), |row| target_row(row).map(drop))?;
    targets.extend(bad(connection, &format!("SELECT {} FROM targets", view::TARGET), view::known_target_alone)?);
    let files = bad(connection, &format!("SELECT {} FROM files", files::columns()), |row| files::row(row).map(drop))?;
    let gone =
        bad(connection, "SELECT target, label, path, since, root, 0, NULL, 0, 0 FROM gone", |row| gone_row(row).map(drop))?;
    let former = bad(connection, former_bindings::ALL, |row| former_bindings::row(row).map(drop))?;
    let backups = bad(connection, "SELECT * FROM backups", |row| backup_row(row).map(drop))?;
    let links = bad(connection, "SELECT kind, link FROM links", |row| rows::word::<TargetKind>(row, 0).map(drop))?;
    let passes = bad(connection, &newest("passes", "pass"), |row| read_pass(row).map(drop))?;
    let attempts = bad(connection, &newest("attempts", "attempt"), |row| read_attempt(row).map(drop))?;
    let found = [
        ("files", files.len()),
        ("targets", targets.len()),
        ("former_bindings", former.len()),
        ("gone", gone.len()),
        ("backups", backups.len()),
        ("links", links.len()),
        ("passes", passes.len()),
        ("attempts", attempts.len()),
    ];
    Ok(found.into_iter().filter(|(_, rows)| *rows > 0).map(|(table, rows)| SetAside { table, rows }).collect())
}

/// Keys of the rows that can't be read; the key is the first column.
fn bad(
    connection: &Connection,
    sql: &str,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<HashSet<Vec<u8>>> {
    let mut statement = connection.prepare(sql)?;
    let mut found = statement.query([])?;
    let mut keys = HashSet::new();
    while let Some(row) = found.next()? {
        if readable(read(row))?.is_none() {
            keys.insert(match row.get_ref(0)? {
                ValueRef::Text(text) => text.to_vec(),
                other => format!("{other:?}").into_bytes(),
            });
        }
    }
    Ok(keys)
}

/// Targets that nothing can name any more: they are wanted by nobody, so that they are neither due nor blocked for good.
pub(super) fn let_go_of_nameless(connection: &Connection) -> rusqlite::Result<()> {
    let open = format!("SELECT target FROM targets WHERE state <> {}", literal(StateName::Released.as_str()));
    targets::release_nameless(connection, bad(connection, &open, |row| rows::target(row, 0).map(drop))?)
}
