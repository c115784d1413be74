//! The rows of `files`: read and written whole.

use rusqlite::{Connection, Error, Row, params};

use super::{former_bindings, rows};
use crate::model::{Digest, KnownFile, SourcePath, Timestamp};

/// When the directory last confirmed a file's target: the file's own time, or the time up to which all changes of
/// the collection were heard, whichever is later. A binding without a time of its own stays unconfirmed.
pub(super) const BOUND_AT: &str = "max(bound_at, coalesce((SELECT confirmed_at FROM links
        WHERE kind = substr(files.target, 1, instr(files.target, ':') - 1)), 0))";

/// The columns that [`row`] reads, in its order.
pub(super) fn columns() -> String {
    format!(
        "path, size, mtime_ns, ctime_ns, inode, device, digest, read_at, rule, reference, label, target, {BOUND_AT}, reason, detail, cure,
            held_since, moved_to"
    )
}

/// A row of `files`, selected as [`columns`] says.
pub(super) fn row(row: &Row<'_>) -> rusqlite::Result<KnownFile> {
    let text = |column: usize| Ok::<_, Error>(row.get_ref(column)?.as_str_or_null()?.map(Into::into));
    Ok(KnownFile {
        path: rows::path(row, 0)?,
        fingerprint: rows::fingerprint(row, 1)?,
        digest: rows::digest(row, 6)?,
        read_at: rows::time(row, 7)?,
        rule: text(8)?,
        reference: text(9)?,
        label: text(10)?,
        target: rows::optional_target(row, 11)?,
        bound_at: rows::optional_time(row, 12)?,
        held: rows::problem(row, 13)?.zip(rows::optional_time(row, 16)?).map(Box::new),
        moved_to: rows::optional_target(row, 17)?,
    })
}

/// Writes a file's row as it is to be from now on.
pub(super) fn write(connection: &Connection, file: &KnownFile) -> rusqlite::Result<()> {
    let KnownFile { path, fingerprint, digest, read_at, rule, reference, label, target, bound_at, held, moved_to } = file;
    let problem = held.as_deref().map(|(problem, _)| problem);
    former_bindings::remember(connection, path, reference.as_deref(), *read_at)?;
    connection.prepare_cached(FILE)?.execute(params![
        path.as_str(),
        fingerprint.size.cast_signed(),
        fingerprint.mtime_ns,
        fingerprint.ctime_ns,
        fingerprint.inode.cast_signed(),
        fingerprint.device.cast_signed(),
        digest.as_ref().map(Digest::as_bytes),
        read_at.millis(),
        rule.as_deref(),
        reference.as_deref(),
        label.as_deref(),
        target.as_ref().map(ToString::to_string),
        bound_at.map(Timestamp::millis),
        problem.map(|problem| problem.reason.as_str()),
        problem.map(|problem| &problem.detail),
        problem.map(|problem| &problem.cure),
        held.as_deref().map(|(_, since)| since.millis()),
        moved_to.as_ref().map(ToString::to_string),
    ])?;
    Ok(())
}

/// Forgets a file, but not whose it was.
pub(super) fn forget(connection: &Connection, path: &SourcePath, now: Timestamp) -> rusqlite::Result<()> {
    former_bindings::remember(connection, path, None, now)?;
    connection.prepare_cached("DELETE FROM files WHERE path = ?1")?.execute([path.as_str()])?;
    Ok(())
}

const FILE: &str = "INSERT OR REPLACE INTO files
    (path, size, mtime_ns, ctime_ns, inode, device, digest, read_at, rule, reference, label, target, bound_at, reason, detail, cure,
     held_since, moved_to)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
