//! `check`: whether the configuration can be used, with its secret and its table; what a reload asks before it disturbs
//! the service.
//!
//! It looks at no photo, ledger or tenant: a share that is away is no fault of the configuration.

use super::args::{Check, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, Config};
use crate::mapping::Table;

/// Rows that can't be used, named at most.
const SHOWN: usize = 5;

pub(super) async fn run(global: &Global, options: &Check) -> Result<Exit, Trouble> {
    let mut config = Config::load(&global.config, &setup::env)?;
    if options.without_secret {
        // The embedded tenant needs none; all the rest is built as ever.
        config.graph.cloud = CloudName::Emulator;
    }
    let built = setup::built(&config, &Clock::system()).await?;
    let table = built.engine.table().await?;
    drop(built);
    if global.json {
        let table = table.as_ref().map(|table| serde_json::json!({ "read": table.summary(), "unusable_rows": table.bad() }));
        say!("{}", serde_json::json!({ "usable": true, "table": table }));
        return Ok(Exit::InStep);
    }
    say!("The configuration {} can be used.", global.config.display());
    if let (Some(table), Some(file)) = (table, &config.mapping.table) {
        say!("The table {}: {}.", file.path.display(), table.summary());
        for line in remarks(&table) {
            say!("  {line}");
        }
    }
    Ok(Exit::InStep)
}

/// What is to be said of a table that can be used.
fn remarks(table: &Table) -> Vec<String> {
    let mut lines: Vec<String> =
        table.faults().iter().take(SHOWN).map(|fault| format!("line {}: {}", fault.line, fault.message)).collect();
    if let Some(more) = table.bad().checked_sub(lines.len()).filter(|more| *more > 0) {
        lines.push(format!("and {more} more rows that can't be used"));
    }
    if let Some(line) = table.open_end() {
        lines.push(format!(
            "line {line} has no line end: the table may have been cut off, so no rule decides about files that it does not name"
        ));
    }
    for (line, how) in table.spoilt().take(SHOWN) {
        lines.push(format!("line {line}: {how}"));
    }
    if table.is_empty() {
        lines.push("it names no file: a pass would halt (table_shrunk)".to_owned());
    }
    lines
}
