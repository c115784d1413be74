//! What the planner asks of the ledger, in one look.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::read::Reader;
use super::rows;
use super::writer::{Ledger, LedgerError};
use crate::model::Generation;
use crate::plan::{KnownTarget, LedgerView};

impl Ledger {
    /// Everything seen and wanted so far.
    pub async fn view(&self) -> Result<LedgerView, LedgerError> {
        self.ask(read).await
    }
}

impl Reader {
    /// Everything seen and wanted so far.
    pub fn view(&self) -> Result<LedgerView, LedgerError> {
        read(&self.0).map_err(|error| LedgerError::from(&error))
    }
}

fn read(connection: &Connection) -> rusqlite::Result<LedgerView> {
    let mut view = LedgerView::default();
    // Rules are few and files many: each rule's text is kept once.
    let mut texts: HashMap<Arc<str>, Arc<str>> = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT * FROM files ORDER BY path")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let mut file = rows::file(row)?;
        if let Some(rule) = &mut file.rule {
            *rule = texts.entry(rule.clone()).or_insert_with(|| rule.clone()).clone();
        }
        view.files.push(file);
    }
    let mut statement = connection.prepare_cached("SELECT * FROM targets")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let known = KnownTarget {
            path: rows::optional_path(row, "path")?,
            desired: rows::version(row, "digest", "recipe")?,
            generation: Generation(row.get("generation")?),
            delivered: rows::version(row, "delivered_digest", "delivered_recipe")?,
            state: rows::state(row)?,
        };
        view.targets.insert(rows::target(row, "target")?, known);
    }
    Ok(view)
}
