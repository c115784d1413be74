//! What a proposal is, and how well it does.

use std::collections::HashSet;

use crate::mapping::{RuleSpec, TableForm};

/// What is proposed.
#[derive(Debug, Default)]
pub(crate) struct MappingProposal {
    /// The table's columns, where a table was given that names files.
    pub table: Option<TableProposal>,
    /// Why that is not so for the table that was given.
    pub unfit: Option<UnfitTable>,
    /// Rules, in order.
    pub rules: Vec<RuleProposal>,
    /// Files that neither takes: how many.
    pub left: usize,
    /// Some of them.
    pub left_examples: Vec<String>,
    /// Rules that would find more people, and why they are not proposed.
    pub doubts: Vec<Doubt>,
}

/// A rule that is not proposed.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// As the configuration would write it.
    pub spec: RuleSpec,
    pub why: Why,
    /// A file that speaks against it, and whom the rule leads it to.
    pub path: String,
    pub whom: String,
    /// Who the file's name says that it is.
    pub named: Vec<String>,
    /// Of how many files that is so, and how many it finds whom the name says.
    pub against: usize,
    pub agreed: usize,
    /// Files that it would take to somebody, by their place.
    pub(super) files: Vec<usize>,
}

/// Why a rule is not proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It leads to one of several people of the same name.
    Namesakes,
    /// It leads to others than the names in the files.
    Others,
    /// It leads to those whom the names say for most files, and to others for some.
    Mixed,
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
    /// Files whose number leads to somebody, and whose name says that it is somebody else.
    pub against: Vec<(String, String)>,
}

/// A rule.
#[derive(Debug)]
pub(crate) struct RuleProposal {
    /// As the configuration writes it.
    pub spec: RuleSpec,
    /// How it does.
    pub matches: Matches,
    /// It goes by numbers, and no name in the files says that they are these people's.
    pub by_number_alone: bool,
    /// The rule that ignores leading zeros, where one does, and how many files it would find.
    pub zeros: Option<(RuleSpec, usize)>,
}

/// Why no columns of a table are proposed.
#[derive(Debug)]
pub(crate) struct UnfitTable {
    /// Its columns.
    pub headers: Vec<String>,
    /// The one that names most files, where one names any.
    pub file: Option<String>,
    /// Those that say as well whose they are, and lead to different people.
    pub undecided: Vec<String>,
}

/// The columns of a table.
#[derive(Debug)]
pub(crate) struct TableProposal {
    /// As the configuration writes them.
    pub form: TableForm,
    /// How the table does.
    pub matches: Matches,
    /// Columns that lead as many files to somebody, and not to the same people.
    pub rivals: Vec<String>,
    /// The files that it names, by their place in the sample.
    pub(super) files: HashSet<usize>,
}
