//! Columns ↔ words: how digests, versions, states and problems lie in a row.

use std::fmt::Display;
use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Error, Row, RowIndex};

use crate::model::target_state::StateName;
use crate::model::{
    DeliveryState, Digest, Fingerprint, PhotoVersion, Problem, Reason, RecipeId, SourcePath, TargetId, Timestamp,
};

type Read<T> = rusqlite::Result<T>;

/// A column by its name, or by its place where rows come by the hundred thousand.
pub(super) trait Column: RowIndex + Copy + Display {}
impl Column for &str {}
impl Column for usize {}

/// A text that should have been one of our words and isn't: the ledger was edited by hand or damaged.
pub(super) fn odd(column: impl Display, what: impl Display) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, format!("{column}: {what}").into())
}

pub(super) fn path(row: &Row<'_>, column: impl Column) -> Read<SourcePath> {
    SourcePath::new(row.get_ref(column)?.as_str()?).map_err(|error| odd(column, error))
}

pub(super) fn optional_path(row: &Row<'_>, column: impl Column) -> Read<Option<SourcePath>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => SourcePath::new(text).map(Some).map_err(|error| odd(column, error)),
    }
}

pub(super) fn target(row: &Row<'_>, column: impl Column) -> Read<TargetId> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| odd(column, error))
}

pub(super) fn optional_target(row: &Row<'_>, column: impl Column) -> Read<Option<TargetId>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|error| odd(column, error)),
    }
}

pub(super) fn time(row: &Row<'_>, column: impl Column) -> Read<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(super) fn optional_time(row: &Row<'_>, column: impl Column) -> Read<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn digest(row: &Row<'_>, column: impl Column) -> Read<Option<Digest>> {
    Ok(row.get::<_, Option<[u8; 32]>>(column)?.map(Digest::from_bytes))
}

pub(super) fn version(row: &Row<'_>, digest_column: usize, recipe_column: usize) -> Read<Option<PhotoVersion>> {
    let recipe = row.get_ref(recipe_column)?.as_str_or_null()?.map(RecipeId::new);
    Ok(digest(row, digest_column)?.zip(recipe).map(|(digest, recipe)| PhotoVersion { digest, recipe }))
}

/// The stamps in the columns `size`, `mtime_ns`, `ctime_ns`, `inode`, `device`, in that order from `first` on.
pub(super) fn fingerprint(row: &Row<'_>, first: usize) -> Read<Fingerprint> {
    Ok(Fingerprint {
        size: row.get::<_, i64>(first)?.cast_unsigned(),
        mtime_ns: row.get(first + 1)?,
        ctime_ns: row.get(first + 2)?,
        inode: row.get::<_, i64>(first + 3)?.cast_unsigned(),
        device: row.get::<_, i64>(first + 4)?.cast_unsigned(),
    })
}

/// Another of our words.
pub(super) fn word<T: FromStr<Err: Display>>(row: &Row<'_>, column: impl Column) -> Read<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| odd(column, error))
}

pub(super) fn reason(row: &Row<'_>, column: impl Column) -> Read<Option<Reason>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|error| odd(column, error)),
    }
}

/// The problem in the columns `reason`, `detail`, `cure`, in that order from `first` on.
pub(super) fn problem(row: &Row<'_>, first: usize) -> Read<Option<Problem>> {
    let Some(reason) = reason(row, first)? else { return Ok(None) };
    let detail: Option<String> = row.get(first + 1)?;
    let cure: Option<String> = row.get(first + 2)?;
    Ok(Some(Problem { reason, detail: detail.unwrap_or_default(), cure: cure.unwrap_or_else(|| reason.cure().to_owned()) }))
}

/// The state in the columns `state`, `due_at`, `reason`, in that order from `first` on.
/// A released target is in step: nothing is wanted there.
pub(super) fn state(row: &Row<'_>, first: usize) -> Read<DeliveryState> {
    let reason = || Ok::<_, Error>(reason(row, first + 2)?.unwrap_or(Reason::Transient));
    Ok(match word(row, first)? {
        StateName::InStep | StateName::Released => DeliveryState::InStep,
        StateName::Due => DeliveryState::Due,
        StateName::Waiting => DeliveryState::Waiting { until: time(row, first + 1)?, reason: reason()? },
        StateName::Blocked => DeliveryState::Blocked { reason: reason()? },
    })
}
