//! What the table says of each file: whom it belongs to, or why it is held.

use std::collections::HashMap;

use super::{Row, Table, TableFault};
use crate::mapping::Match;
use crate::model::{Problem, Reason, SourcePath};

/// A table, and what it says of each file of the source.
#[derive(Clone, Debug, Default)]
pub(crate) struct BoundTable {
    pub(super) table: Table,
    pub(super) found: HashMap<SourcePath, Finding>,
    pub(super) absent: Vec<TableFault>,
    /// All rows whose file is not there, also those that can't be used.
    pub(super) without_file: Vec<usize>,
    /// The file that the last row names, if that may be cut off.
    pub(super) cut: Option<SourcePath>,
}

/// What the table says of a file.
#[derive(Clone, Debug)]
pub(super) enum Finding {
    /// This row names it.
    Row(usize),
    /// It is held.
    Held(Hold),
}

/// Why a file is held, though no rule may have it.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) line: u64,
    pub(super) why: String,
    /// The line names the file, or almost; else its name is found in it by chance, perhaps.
    pub(super) is_named: bool,
}

impl Hold {
    pub(super) const fn of_named(line: u64, why: String) -> Self {
        Self { line, why, is_named: true }
    }
}

impl Row {
    /// Keeps the rules from a file.
    pub(super) fn may_mean(&self) -> Hold {
        let file = &self.file;
        let why = match &self.names {
            Ok(_) => format!("{file:?} may mean this file, which can't be told for certain"),
            Err(why) => format!("{why}; {file:?} may mean this file"),
        };
        Hold::of_named(self.line, why)
    }
}

impl BoundTable {
    /// What the table says of a path: nothing, whom it belongs to, or why it is held.
    pub(crate) fn find(&self, path: &SourcePath) -> Option<Result<Match, Problem>> {
        Some(match self.found.get(path)? {
            Finding::Held(Hold { line, why, .. }) => {
                let problem = Problem::new(Reason::TableRow, format!("{}: {why}", table_rule(*line)));
                Err(match self.table.cure(*line) {
                    Some(cure) => problem.with_cure(cure),
                    None => problem,
                })
            }
            Finding::Row(at) => {
                let row = &self.table.rows[*at];
                let reference = row.names.as_ref().ok()?.clone();
                Ok(Match { rule: table_rule(row.line).into(), reference })
            }
        })
    }

    /// What the last row says of a path, if that may be cut off: it is whole if it says what it said before.
    pub(crate) fn unless_cut(&self, path: &SourcePath) -> Option<(u64, Match)> {
        let (at, reference) = self.table.cut.as_ref().filter(|_| self.cut.as_ref() == Some(path))?;
        let line = self.table.rows[*at].line;
        Some((line, Match { rule: table_rule(line).into(), reference: reference.clone() }))
    }

    /// The row that names a path and leads to nobody, as a rule: once it is gone, no other rule may take its place.
    pub(crate) fn names_in_vain(&self, path: &SourcePath) -> Option<String> {
        match self.found.get(path)? {
            Finding::Held(hold) if hold.is_named => Some(table_rule(hold.line)),
            Finding::Held(_) | Finding::Row(_) => None,
        }
    }

    /// Why a file that the table does not name must not be left to the rules, if so.
    pub(crate) fn bars_rules(&self) -> Option<Problem> {
        let line = self.table.open_end?;
        let why = format!(
            "table, line {line}: the table's last line has no line end, so it may have been cut off, and rows that name this file with it"
        );
        let cure = "If the table is whole, end its last line with a line break; otherwise save or copy it again.";
        Some(Problem::new(Reason::TableRow, why).with_cure(cure))
    }

    /// The table itself.
    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }

    /// Rows whose file is not there, by line: 1,000 at most.
    pub(crate) fn absent(&self) -> &[TableFault] {
        &self.absent
    }
}

/// What the binding of a file by a row is called.
pub(super) fn table_rule(line: u64) -> String {
    format!("{TABLE_RULE}{line}")
}

const TABLE_RULE: &str = "table, line ";

/// Whether this names a row of the table, and not a rule: as a template it would claim files of just that name.
pub(crate) fn is_table_rule(rule: &str) -> bool {
    rule.strip_prefix(TABLE_RULE).is_some_and(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()))
}
