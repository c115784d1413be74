//! What the planner asks of the ledger, in one look.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::rows;
use super::writer::{Ledger, LedgerError};
use crate::model::{DirectoryObject, Generation, Timestamp};
use crate::plan::{KnownTarget, LedgerView};

/// What the directory answered to a reference, and when.
pub type RememberedAnswer = (Timestamp, Vec<DirectoryObject>);

impl Ledger {
    /// Everything seen and wanted so far.
    pub async fn view(&self) -> Result<LedgerView, LedgerError> {
        self.ask(read).await
    }

    /// The remembered answers to these references, by key; those never asked are absent.
    pub async fn answers(&self, keys: Vec<String>) -> Result<HashMap<String, RememberedAnswer>, LedgerError> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached("SELECT asked_at, objects FROM answers WHERE reference = ?1")?;
            let mut found = HashMap::with_capacity(keys.len());
            for key in keys {
                let mut rows = statement.query([&key])?;
                if let Some(row) = rows.next()? {
                    // An answer that can't be read any more is asked again.
                    if let Ok(objects) = serde_json::from_str(row.get_ref("objects")?.as_str()?) {
                        let asked_at = rows::time(row, "asked_at")?;
                        found.insert(key, (asked_at, objects));
                    }
                }
            }
            Ok(found)
        })
        .await
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
