//! What the planner is given.

use std::collections::HashMap;
use std::sync::Arc;

use super::removal::Absence;
use crate::mapping::{Scope, is_table_rule};
use crate::model::{
    DeliveryState, Digest, Fingerprint, Generation, PhotoVersion, Problem, Reason, RecipeId, Reference, SourcePath, TargetId,
    Timestamp,
};

/// What to do with several files for one target.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ConflictPolicy {
    /// Hold them all and say so.
    #[default]
    Hold,
    /// The one modified last speaks; a tie is held.
    Newest,
}

/// Whom a file claims to speak for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// By which rule, for people.
    pub rule: Arc<str>,
    /// Whom, as HR names it.
    pub reference: Reference,
}

/// One file of the source, as this pass sees it.
#[derive(Clone, Debug)]
pub(crate) struct PlannedFile {
    /// Where.
    pub path: SourcePath,
    /// What one stat said.
    pub fingerprint: Fingerprint,
    /// Its content, or why it can't be had.
    pub content: Result<Digest, Box<Problem>>,
    /// Its claim; none if no rule matches; a problem if its row of the table is bad.
    pub claim: Option<Result<Claim, Box<Problem>>>,
    /// The one target its claim means, or why there is none; none as long as nobody was asked.
    pub resolved: Option<Result<TargetId, Box<Problem>>>,
}

/// One file as the ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// Where.
    pub path: SourcePath,
    /// What the stat said when it was read last.
    pub fingerprint: Fingerprint,
    /// What it held then; none if it could not be read.
    pub digest: Option<Digest>,
    /// When it was read.
    pub read_at: Timestamp,
    /// The rule that claimed it.
    pub rule: Option<Arc<str>>,
    /// Key of the reference it was bound by.
    pub reference: Option<Arc<str>>,
    /// What the reference says to a person.
    pub label: Option<Arc<str>>,
    /// The object it was bound to: pinned, so that a name that moves on takes no photo along.
    pub target: Option<TargetId>,
    /// When the directory last said so.
    pub bound_at: Option<Timestamp>,
    /// Why it is held, and since when.
    pub held: Option<Box<(Problem, Timestamp)>>,
}

impl KnownFile {
    /// Whether a row of the table, not a rule, said whose photo it is.
    pub(crate) fn is_bound_by_table(&self) -> bool {
        self.reference.is_some() && self.rule.as_deref().is_some_and(is_table_rule)
    }
}

impl Claim {
    /// Whether a row of the table makes it, not a rule.
    pub(crate) fn is_by_table(&self) -> bool {
        is_table_rule(&self.rule)
    }
}

/// One target as the ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownTarget {
    /// The file that speaks for it; none when it was released.
    pub path: Option<SourcePath>,
    /// The version wanted.
    pub desired: Option<PhotoVersion>,
    /// Counts changes of `desired`.
    pub generation: Generation,
    /// The version Graph accepted last.
    pub delivered: Option<PhotoVersion>,
    /// Nobody knows whether the tenant still holds that: the outcome of a later wish was never heard.
    pub unsure: bool,
    /// A photo of ours may be there though nobody heard so.
    pub unheard: bool,
    /// Where it stands.
    pub state: DeliveryState,
    /// Its own photo in the tenant is kept.
    pub kept: Option<Kept>,
}

/// The tenant's own photo stands, as a person or the settings decided, as long as the file holds the same picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Why.
    pub reason: Reason,
    /// What the file held when that was decided.
    pub digest: Digest,
    /// It is still to be put back there.
    pub restoring: bool,
}

/// What the planner asks of the ledger. Files that stand still, and their targets, need not be in it.
#[derive(Debug, Default)]
pub(crate) struct LedgerView {
    /// Files seen before, sorted by path: those that are to be planned for, and those that are gone.
    pub files: Vec<KnownFile>,
    /// Targets that those files spoke for, or speak for now.
    pub targets: HashMap<TargetId, KnownTarget>,
    /// By key, what files at other paths were bound to by the references of files that are new at theirs.
    pub pins: HashMap<Arc<str>, Vec<TargetId>>,
}

/// Everything a plan depends on.
#[derive(Debug)]
pub(crate) struct PlanInput<'a> {
    /// The files to plan for, sorted by path: all that don't stand still, and whoever speaks for the same target.
    pub files: &'a [PlannedFile],
    /// Whether the scan saw everything: only then is an absent file a vanished one.
    pub complete: bool,
    /// What the ledger remembers.
    pub view: &'a LedgerView,
    /// Accounts that a name led to and leads to now, as a person knows them, where [`super::moved`] asks for them.
    pub accounts: &'a HashMap<TargetId, String>,
    /// How pictures are prepared.
    pub recipe: &'a RecipeId,
    /// Several files for one target.
    pub on_conflict: ConflictPolicy,
    /// Who may be served; everybody if none.
    pub scope: Option<&'a Scope>,
    /// Whether the delivered photo of a target that is out of scope is removed.
    pub delete_on_opt_out: bool,
    /// What it takes to read absence as removal; none: files that are gone are forgotten, their photos stay.
    pub absence: Option<Absence<'a>>,
}
