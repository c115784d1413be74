//! What holds removals back, as far as the ledger knows, and what to do.

use crate::ledger::{LedgerError, Reader};
use crate::plan::unasked_words;

/// In words; none if nothing does. While it lasts, no photo is removed.
pub(crate) fn removals_held(reader: &Reader) -> Result<Option<String>, LedgerError> {
    if let Some(halt) = reader.halt()? {
        let guard = halt["guard"].as_str().unwrap_or_default();
        return Ok(Some(format!("the guard halts removals ({guard}); `photosyncd plan` says what it found and what to do")));
    }
    let held = reader.held()?;
    let mut unasked = held.iter().filter_map(|row| row.path.as_ref().filter(|_| row.problem.reason.leaves_open()).zip(Some(row)));
    Ok(unasked.next().map(|(path, row)| unasked_words(unasked.count() + 1, path.as_str(), &row.problem)))
}
