//! Rows that can't be read: an older version wrote them, a hand edited them, or the disk damaged them. Each is set aside
//! by whoever meets it, and stops nobody else.

use rusqlite::{Error, Row};

/// What was read; none if the row can't be read. Any other fault, such as one of the disk, remains one.
pub(super) fn readable<T>(read: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match read {
        Ok(row) => Ok(Some(row)),
        Err(error) if is_of_row(&error) => {
            tracing::debug!("A row of the ledger can't be read and is set aside: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// All rows of a query that can be read.
pub(super) fn all_readable<T>(
    rows: &mut rusqlite::Rows<'_>,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(readable(read(row))?);
    }
    Ok(found)
}

fn is_of_row(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}
