//! Whether the ledger can be written to at all, before anything is done that must be written down.

use super::error::LedgerError;
use super::writer::Ledger;

/// Bytes that must fit: what a group of outcomes takes.
const ROOM: u32 = 256 * 1024;

impl Ledger {
    /// Writes something to the disk, and takes it out again. Errors: it can't be written, or there is next to no room.
    pub(crate) async fn check_writable(&self) -> Result<(), LedgerError> {
        self.write(|connection| {
            // Two letters a byte.
            connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('room', hex(zeroblob(?1)))", [ROOM / 2])?;
            Ok(())
        })
        .await?;
        self.write(|connection| connection.execute("DELETE FROM meta WHERE name = 'room'", []).map(drop)).await
    }
}
