//! Rules proposed for files that are there: what their names say, compared with the directory where it was asked.
//!
//! `people` finds accounts and groups by what a name says; `words` takes names apart, `forms` makes values of the words,
//! `pattern` rules of those, `candidates` collects them and `choose` keeps those that explain most files; `table` finds the
//! columns of HR's list. A proposal is counted by the rules as they will be in use. What would only match if something of
//! a name were ignored is told, and never proposed as a rule in use.
//!
//! Pure. It must not know where files and accounts come from, nor how a configuration is written.

mod candidates;
mod choose;
mod forms;
mod pattern;
mod people;
mod sample;
mod table;
mod words;

pub(crate) use people::People;
pub(crate) use sample::Sample;
pub(crate) use table::propose as propose_table;

use std::collections::HashSet;

use crate::mapping::{RuleSpec, TableForm};

/// What is proposed.
#[derive(Debug, Default)]
pub(crate) struct MappingProposal {
    /// The table's columns, where a table was given that names files.
    pub table: Option<TableProposal>,
    /// Rules, in order.
    pub rules: Vec<RuleProposal>,
    /// Files that neither takes: how many.
    pub left: usize,
    /// Some of them.
    pub left_examples: Vec<String>,
}

/// How a rule, or the table, does with the files that are there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Matches {
    /// Files that it takes.
    pub taken: usize,
    /// Files that lead to exactly one account or group; where no directory was asked, those whose value is a valid one.
    pub found: usize,
    /// Files that would if leading zeros were ignored.
    pub near: usize,
    /// Accounts that several files lead to.
    pub shared: usize,
    /// A file, and who it leads to.
    pub examples: Vec<(String, String)>,
    /// Files that it takes and that lead to nobody.
    pub missed: Vec<String>,
}

/// A rule.
#[derive(Debug)]
pub(crate) struct RuleProposal {
    /// As the configuration writes it.
    pub spec: RuleSpec,
    /// How it does.
    pub matches: Matches,
    /// The rule that ignores leading zeros, where one does, and how many files it would find.
    pub zeros: Option<(RuleSpec, usize)>,
}

/// The columns of a table.
#[derive(Debug)]
pub(crate) struct TableProposal {
    /// As the configuration writes them.
    pub form: TableForm,
    /// How the table does.
    pub matches: Matches,
    /// The files that it names, by their place in the sample.
    files: HashSet<usize>,
}

/// Proposes rules for the files that the table does not name; `table` is what was proposed for that.
pub(crate) fn propose(sample: &Sample, people: Option<&People>, table: Option<TableProposal>) -> MappingProposal {
    let candidates = candidates::collect(sample, people);
    choose::choose(sample, people, candidates, table)
}
