//! Brings a ledger to the format of this version: numbered steps, each in one transaction.

use rusqlite::Connection;

/// The steps, in order: step `n` (from 1) leads to format `n`. Steps are added, never changed.
const STEPS: &[&str] = &[include_str!("schema-1.sql")];

/// The newest format this version knows.
pub(super) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Applies what is missing.
pub(super) fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    for (step, sql) in (1_i64..).zip(STEPS).filter(|(step, _)| *step > from) {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
    }
    Ok(())
}
