//! What the planner is given.

use std::collections::HashMap;
use std::sync::Arc;

use super::departure::Absence;
use crate::mapping::{Scope, is_table_rule};
use crate::model::{
    Digest, Fingerprint, KnownFile, LedgerView, PhotoVersion, Problem, Reason, RecipeId, Reference, SourcePath, TargetId,
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
    /// The one object that its claim means, where it is held for what sort of object that is.
    pub whom: Option<TargetId>,
    /// When its content was read.
    pub read_at: Timestamp,
    /// Whether the directory answered for it in this very pass.
    pub confirmed: bool,
    /// When its account, group or team was made, where the directory said so in this pass.
    pub account_created: Option<Timestamp>,
}

impl PlannedFile {
    /// The one object that its claim means, may it have a photo or not.
    pub(crate) fn identifies(&self) -> Option<&TargetId> {
        self.resolved.as_ref().and_then(|resolved| resolved.as_ref().ok()).or(self.whom.as_ref())
    }

    /// The version of its photo, where its content is known: a default picture's is told apart from a photo of the same file.
    pub(crate) fn version(&self, recipe: &RecipeId) -> Option<PhotoVersion> {
        let recipe = if self.path.is_default_picture() { recipe.of_default_picture() } else { recipe.clone() };
        self.content.as_ref().ok().map(|digest| PhotoVersion { digest: *digest, recipe })
    }
}

impl KnownFile {
    /// Whether a row of the table, not a rule, said whose photo it is.
    pub(crate) fn is_bound_by_table(&self) -> bool {
        self.reference.is_some() && self.rule.as_deref().is_some_and(is_table_rule)
    }

    /// Whether it is known to have no row any more: then a rule claims it, or nothing does.
    pub(crate) fn has_lost_row(&self) -> bool {
        let reason = self.held.as_deref().map(|(problem, _)| problem.reason);
        let is_lost = match reason {
            Some(Reason::IdentityChanged) => self.moved_to.is_none(),
            reason => reason == Some(Reason::Unmatched),
        };
        is_lost && self.is_bound_by_table()
    }
}

impl Claim {
    /// Whether a row of the table makes it, not a rule.
    pub(crate) fn is_by_table(&self) -> bool {
        is_table_rule(&self.rule)
    }
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
