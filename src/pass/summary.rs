//! What a run did, in numbers and in problems: the JSON that other programs rely on.

use std::sync::Arc;

use serde::Serialize;

use super::baseline::{Baseline, Sums};
use super::proposal::Proposal;
use crate::model::{Problem, Reason, Stopped, Timestamp, ToldHalts};
use crate::plan::{Decision, Halt, Parted, Plan, holds_the_same, part};
use crate::status::{HeldItem, Standing, short};

/// What a pass was about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum PassExtent {
    /// Everything there is.
    #[default]
    Everything,
    /// What was selected (`--only`).
    Selection,
    /// Files that were overwritten; of all others it tells what the last look at everything found.
    Part,
}

/// What a run did. Field names are a contract: fields may be added, these stay.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Summary {
    /// Number of the pass in the journal.
    pub pass: i64,
    /// People who have, or get, the default picture of a group.
    pub default_pictures: u32,
    /// Whether it saw what there is, and decided about it; what follows says nothing where it did not.
    pub looked: bool,
    /// Files seen, ignored ones not.
    pub scanned: usize,
    /// Files that no rule claims.
    pub unmatched: usize,
    /// Files that a rule claims.
    pub matched: usize,
    /// Claimed files whose target is not known beyond doubt.
    pub unresolved: usize,
    /// Files whose target is excluded by scope or consent.
    pub out_of_scope: usize,
    /// Files whose target holds their picture already.
    pub unchanged: usize,
    /// Files that hold the same picture as another one for their target, which is sent in their place.
    pub same_picture: usize,
    /// Photos delivered in this run.
    pub delivered: u64,
    /// Photos removed from the tenant in this run.
    pub removed: u64,
    /// Targets that wait for a known time.
    pub waiting: u32,
    /// Targets that need a person or a change.
    pub blocked: u32,
    /// Targets whose own photo in the tenant is kept, as a person or `drift.policy` decided.
    pub kept: u32,
    /// Delivered photos that were compared with the tenant in this run (`drift.check_every`).
    pub drift_checked: u64,
    /// Those of them that the tenant no longer shows.
    pub drifted: u64,
    /// Requests sent to Graph, sign-in not counted.
    pub requests: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of photos sent.
    pub bytes_sent: u64,
    /// Milliseconds the run took.
    pub elapsed_ms: u64,
    /// The guard's no, the strongest if there are several. What it keeps from happening, it says itself.
    pub halted: Option<Halt>,
    /// What else the guard has against the pass.
    pub(crate) also_halted: Vec<Halt>,
    /// What a person overrode.
    pub(crate) forced: Vec<Halt>,
    /// A person said yes to what the pass before had told, and a halt is new or larger than that.
    pub beyond_force: bool,
    /// The halt is one that stood before, and this pass did not see enough to end it.
    #[serde(skip)]
    pub(crate) still_halted: bool,
    /// What this pass tells of its halts; none if it did not get so far.
    #[serde(skip)]
    pub(crate) told: Option<ToldHalts>,
    /// Photos whose files are gone, and that are removed later.
    pub pending_removals: usize,
    /// When the first of them may be.
    #[serde(skip)]
    pub next_removal: Option<Timestamp>,
    /// Targets still due: a limit, the time given or a signal ended the run early.
    pub due: u32,
    /// Why the run ended early.
    pub stopped: Option<Stopped>,
    /// Until when Microsoft 365 asked to wait, where the run ended before, as it was told to, and something is left.
    pub not_waited_for: Option<Timestamp>,
    /// Files left for the next look, since they may be half written.
    #[serde(skip)]
    pub unsettled: usize,
    /// Files held since the directory could not be asked about them just now.
    #[serde(skip)]
    pub unanswered: usize,
    /// Only what was selected was looked at (`--only`).
    #[serde(skip)]
    pub(crate) extent: PassExtent,
    /// Photos of those that are still to be sent.
    #[serde(skip)]
    pub(crate) selected_open: usize,
    /// What later looks at a part can build on.
    #[serde(skip)]
    pub(crate) baseline: Option<Arc<Baseline>>,
    /// The directory was asked, and nobody answered: what came instead.
    #[serde(skip)]
    pub out_of_reach: Option<Problem>,
    /// Microsoft 365 could not be reached: nobody answered, not even in its place.
    pub unreachable: bool,
    /// When somebody must be asked about again at the latest; none: this pass could not tell.
    #[serde(skip)]
    pub confirm_at: Option<Timestamp>,
    /// Graph refused something for want of a permission.
    #[serde(skip)]
    pub forbidden: bool,
    /// Where everything stands after the run: the sum, and the causes of what is held.
    #[serde(flatten)]
    pub(crate) standing: Standing,
    /// Everything that keeps a file from a target.
    #[serde(serialize_with = "short::serialize")]
    pub problems: Vec<HeldItem>,
}

impl Summary {
    /// What a look at a part can build on.
    pub(super) fn sums(&self) -> Sums {
        Sums {
            scanned: self.scanned,
            unmatched: self.unmatched,
            matched: self.matched,
            unresolved: self.unresolved,
            out_of_scope: self.out_of_scope,
            unchanged: self.unchanged,
            in_step: 0,
            same_picture: self.same_picture,
            pending_removals: self.pending_removals,
            forbidden: self.forbidden,
            unusable: self.standing.unusable.clone(),
        }
    }

    /// Takes over what the look at everything found that a part builds on, and adds what the part comes to.
    pub(super) fn build_on(&mut self, before: &Sums, plan: &Plan) {
        self.extent = PassExtent::Part;
        (self.scanned, self.unmatched, self.matched) = (before.scanned, before.unmatched, before.matched);
        (self.unresolved, self.out_of_scope) = (before.unresolved, before.out_of_scope);
        (self.unchanged, self.same_picture) = (before.unchanged, before.same_picture);
        self.pending_removals = before.pending_removals;
        self.forbidden |= before.forbidden;
        self.standing.unusable.clone_from(&before.unusable);
        for entry in &plan.entries {
            self.count_open(&entry.decision);
            self.unchanged -= usize::from(self.unchanged > 0 && !matches!(entry.decision, Decision::Unchanged(_)));
        }
    }

    /// Counts as unchanged, in a look at a part, who got their picture since the look at everything, or is to get another one.
    pub(super) fn count_arrived(&mut self, before: &Sums, in_step: u32) {
        let arrived = i64::from(in_step) - i64::from(before.in_step);
        let unchanged = i64::try_from(before.unchanged).unwrap_or(i64::MAX).saturating_add(arrived);
        self.unchanged = usize::try_from(unchanged.max(0)).unwrap_or(usize::MAX).min(self.matched);
    }

    /// Counts what a plan says about the files.
    pub(super) fn count(&mut self, proposal: &Proposal) {
        let Proposal { scan, files, plan, .. } = proposal;
        let of_source = || files.iter().filter(|file| !file.path.is_default_picture());
        (self.scanned, self.unsettled) = (scan.scanned(of_source().count()), scan.unsettled);
        // What is unchanged is claimed by somebody and in step.
        self.unchanged = scan.unchanged.len();
        self.pending_removals = plan.departures.pending.len();
        self.next_removal = plan.departures.pending.iter().map(|pending| pending.due_at).min();
        self.matched = self.unchanged + of_source().filter(|file| matches!(file.claim, Some(Ok(_)))).count();
        for entry in &plan.entries {
            self.count_open(&entry.decision);
            // A default picture is no file of the source.
            if files[entry.file].path.is_default_picture() {
                continue;
            }
            match &entry.decision {
                Decision::Unmatched => self.unmatched += 1,
                Decision::Unchanged(_) => self.unchanged += 1,
                Decision::SupersededBy(_, by) if holds_the_same(files, &files[entry.file], by) => {
                    self.same_picture += 1;
                }
                Decision::Held(_, problem) if problem.reason == Reason::OutOfScope => self.out_of_scope += 1,
                Decision::Held(_, problem) if unresolved(problem.reason) => self.unresolved += 1,
                _ => {}
            }
        }
    }

    /// Takes down what could not be decided yet.
    fn count_open(&mut self, decision: &Decision) {
        let Decision::Held(_, problem) = decision else { return };
        match problem.reason {
            Reason::Transient | Reason::Throttled => self.unanswered += 1,
            Reason::FileChanging => self.unsettled += 1,
            // The directory may not be asked.
            Reason::NotPermitted => self.forbidden = true,
            _ => {}
        }
    }

    /// Takes down what the guard says. `agreed`: what a person said yes to.
    pub(super) fn brake(&mut self, halts: &[Halt], agreed: Option<&ToldHalts>) {
        let Parted { forced, standing } = part(halts, agreed);
        for halt in forced {
            if !self.forced.iter().any(|named| named.guard == halt.guard) {
                self.forced.push(halt);
            }
        }
        self.beyond_force = agreed.is_some() && standing.iter().any(Halt::may_be_forced);
        self.told = Some(ToldHalts::of(self.forced.iter().chain(&standing)));
        let mut standing = standing.into_iter();
        (self.halted, self.also_halted) = (standing.next(), standing.collect());
    }

    /// Takes over a halt that stands: this pass found nothing against going on, but did not see enough to say so.
    pub(super) fn keep_halted(&mut self, standing: Halt) {
        (self.halted, self.still_halted, self.told) = (Some(standing), true, None);
    }

    /// What the journal keeps of it: no names and no paths, only numbers, and what stopped all. `counted`: where everything
    /// stands was counted; otherwise nothing is said of it.
    pub(super) fn for_journal(&self, counted: bool) -> String {
        let of_all = self.problems.iter().filter(|row| self.stopped.is_some() && row.is_of_all()).cloned().collect();
        let mut kept = serde_json::to_value(Self { problems: of_all, ..self.clone() }).unwrap_or_default();
        let Some(fields) = kept.as_object_mut() else { return String::new() };
        if !counted {
            fields.remove("sum");
            fields.remove("causes");
        }
        let causes = fields.get_mut("causes").and_then(serde_json::Value::as_array_mut);
        for cause in causes.into_iter().flatten().filter_map(serde_json::Value::as_object_mut) {
            // A cure may name who is meant.
            cause.remove("cure");
            cause.remove("examples");
        }
        kept.to_string()
    }

    /// All that stands against the pass, the strongest first.
    pub(crate) fn halts(&self) -> impl Iterator<Item = &Halt> {
        self.halted.iter().chain(&self.also_halted)
    }

    /// All of it in words.
    pub(crate) fn halt_message(&self) -> String {
        let messages: Vec<&str> = self.halts().map(|halt| halt.message.as_str()).collect();
        messages.join(". Also: ")
    }

    /// Whether nothing ended it before it had looked at everything.
    pub(crate) fn saw_all(&self) -> bool {
        self.stopped.is_none_or(|stopped| stopped == Stopped::Limit)
    }

    /// Whether Microsoft 365 could not be reached at all.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        self.unreachable && self.delivered == 0 && self.removed == 0
    }

    /// Whether everything is where it should be; files that nobody claims, and files still to come, don't matter here.
    pub(crate) fn is_in_step(&self) -> bool {
        // Of what was not selected nothing is said.
        let all_sent = match self.extent {
            PassExtent::Everything | PassExtent::Part => self.waiting == 0 && self.blocked == 0 && self.due == 0,
            PassExtent::Selection => self.stopped.is_none() && self.selected_open == 0,
        };
        // A limit that was reached with the last photo left nothing undone.
        self.saw_all() && all_sent && self.problems.iter().all(|row| row.reason.may_stand())
    }
}

/// Whether a reason means that the target is not known beyond doubt.
fn unresolved(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::CameraNumber
            | Reason::TargetMissing
            | Reason::TargetAmbiguous
            | Reason::TargetNotReady
            | Reason::IdentityChanged
            | Reason::Guest
            | Reason::AccountDisabled
            | Reason::Transient
    )
}
