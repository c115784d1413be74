//! Columns ↔ words: how digests, versions, states and problems lie in a row.

use rusqlite::types::Type;
use rusqlite::{Error, Row};

use crate::model::{
    DeliveryState, Digest, Fingerprint, PhotoVersion, Problem, Reason, RecipeId, SourcePath, TargetId, Timestamp,
};
use crate::plan::KnownFile;

type Read<T> = rusqlite::Result<T>;

/// A text that should have been one of our words and isn't: the ledger was edited by hand or damaged.
fn odd(column: &str, what: impl std::fmt::Display) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, format!("{column}: {what}").into())
}

pub(super) fn path(row: &Row<'_>, column: &str) -> Read<SourcePath> {
    SourcePath::new(row.get_ref(column)?.as_str()?).map_err(|error| odd(column, error))
}

pub(super) fn optional_path(row: &Row<'_>, column: &str) -> Read<Option<SourcePath>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => SourcePath::new(text).map(Some).map_err(|error| odd(column, error)),
    }
}

pub(super) fn target(row: &Row<'_>, column: &str) -> Read<TargetId> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| odd(column, error))
}

pub(super) fn optional_target(row: &Row<'_>, column: &str) -> Read<Option<TargetId>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|error| odd(column, error)),
    }
}

pub(super) fn time(row: &Row<'_>, column: &str) -> Read<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(super) fn optional_time(row: &Row<'_>, column: &str) -> Read<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn digest(row: &Row<'_>, column: &str) -> Read<Option<Digest>> {
    Ok(row.get::<_, Option<[u8; 32]>>(column)?.map(Digest::from_bytes))
}

pub(super) fn version(row: &Row<'_>, digest_column: &str, recipe_column: &str) -> Read<Option<PhotoVersion>> {
    let recipe = row.get_ref(recipe_column)?.as_str_or_null()?.map(RecipeId::new);
    Ok(digest(row, digest_column)?.zip(recipe).map(|(digest, recipe)| PhotoVersion { digest, recipe }))
}

pub(super) fn fingerprint(row: &Row<'_>) -> Read<Fingerprint> {
    Ok(Fingerprint {
        size: row.get::<_, i64>("size")?.cast_unsigned(),
        mtime_ns: row.get("mtime_ns")?,
        ctime_ns: row.get("ctime_ns")?,
        inode: row.get::<_, i64>("inode")?.cast_unsigned(),
        device: row.get::<_, i64>("device")?.cast_unsigned(),
    })
}

pub(super) fn reason(row: &Row<'_>, column: &str) -> Read<Option<Reason>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|error| odd(column, error)),
    }
}

/// The problem in the columns `reason`, `detail`, `cure`.
pub(super) fn problem(row: &Row<'_>) -> Read<Option<Problem>> {
    let Some(reason) = reason(row, "reason")? else { return Ok(None) };
    let detail: Option<String> = row.get("detail")?;
    let cure: Option<String> = row.get("cure")?;
    Ok(Some(Problem { reason, detail: detail.unwrap_or_default(), cure: cure.unwrap_or_else(|| reason.cure().to_owned()) }))
}

/// The state in the columns `state`, `due_at`, `reason`. A released target is in step: nothing is wanted there.
pub(super) fn state(row: &Row<'_>) -> Read<DeliveryState> {
    let reason = || Ok::<_, Error>(reason(row, "reason")?.unwrap_or(Reason::Transient));
    match row.get_ref("state")?.as_str()? {
        "in_step" | "released" => Ok(DeliveryState::InStep),
        "due" => Ok(DeliveryState::Due),
        "waiting" => Ok(DeliveryState::Waiting { until: time(row, "due_at")?, reason: reason()? }),
        "blocked" => Ok(DeliveryState::Blocked { reason: reason()? }),
        other => Err(odd("state", other)),
    }
}

/// A row of `files`.
pub(super) fn file(row: &Row<'_>) -> Read<KnownFile> {
    let text = |column: &str| Ok::<_, Error>(row.get_ref(column)?.as_str_or_null()?.map(Into::into));
    Ok(KnownFile {
        path: path(row, "path")?,
        fingerprint: fingerprint(row)?,
        digest: digest(row, "digest")?,
        read_at: time(row, "read_at")?,
        rule: text("rule")?,
        reference: text("reference")?,
        label: text("label")?,
        target: optional_target(row, "target")?,
        bound_at: optional_time(row, "bound_at")?,
        held: problem(row)?.zip(optional_time(row, "held_since")?),
    })
}
