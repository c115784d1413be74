//! The only way to read the ledger: on the writer's thread ([`Ledger::read`](super::Ledger::read)), or beside it through a
//! connection that changes nothing. What can be read stands in the files around this one.

use rusqlite::{Connection, Row};

use super::error::LedgerError;
use super::readable::all_readable;

/// Reads a ledger, and nothing else.
#[derive(Debug)]
pub struct Reader(pub(super) Connection);

impl Reader {
    /// What a query finds for each of these keys, in their order; rows that can't be read are left out.
    pub(super) fn each<T>(
        &self,
        sql: &str,
        keys: impl IntoIterator<Item = impl AsRef<str>>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut all = Vec::new();
        for key in keys {
            all.extend(all_readable(&mut statement.query([key.as_ref()])?, &read)?);
        }
        Ok(all)
    }
}
