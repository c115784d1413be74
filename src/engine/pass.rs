//! One pass from end to end: propose, guard, write down, deliver.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::dispatch::{Dispatched, Stop, Until};
use super::drift::Which;
use super::look::{LookError, Quiet};
use super::outcome::problem;
use super::progress::Progress;
use super::select::Selection;
use super::serve::Standing;
use super::summary::{PassExtent, ProblemRow, Summary};
use super::write::commit_of;
use super::{Engine, Proposal};
use crate::graph::{Class, Counters, Failure};
use crate::ledger::{Ledger, LedgerError, LedgerSource, Reader};
use crate::model::{Advice, PassCause, Problem, Reason, Stopped, TargetId, Timestamp};
use crate::plan::{Decision, Guard, Halt, Holds};

/// A name that leads to another account is noticed within the hour, whatever `source.full_pass_every` says: the oldest
/// confirmation by the directory makes for a pass of its own.
const CONFIRM_EVERY: Duration = Duration::from_secs(59 * 60);
/// A file that changed while its photo was on the way makes another look worth while, but not without end.
const LOOKS: u32 = 3;

/// How a pass is to go.
#[derive(Clone, Debug)]
pub(crate) struct PassOptions {
    /// What set it off, for the journal.
    pub cause: PassCause,
    /// Goes past a halt.
    pub force: bool,
    /// Only these.
    pub only: Selection,
    /// When delivering ends.
    pub until: Until,
    /// There if somebody else delivers what is due.
    pub beside: Option<Beside>,
}

/// A pass beside a dispatcher that stays: it ends when what is wanted is written down.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// What both know.
    pub standing: Arc<Standing>,
    /// Which files are left for another look.
    pub quiet: Quiet,
    /// The guard whose halt was said already.
    pub told: Option<Guard>,
}

/// Why a pass could not be made at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassError {
    /// The source or the table can't be used.
    #[error(transparent)]
    Look(LookError),
    /// The directory can't be asked at all.
    #[error("the directory can't be asked: {0}")]
    Directory(Failure),
    /// The ledger refuses.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A fault of the program.
    #[error("looking at the source failed unexpectedly: {0}")]
    Panicked(String),
}

impl Engine {
    /// One pass: looks, plans, writes down and delivers.
    pub(crate) async fn pass(
        &self,
        ledger: &Ledger,
        options: &PassOptions,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<Summary, PassError> {
        let started = self.clock.elapsed();
        let before = self.graph.counters();
        let pass = ledger.begin_pass(options.cause, self.clock.now()).await?;
        let mut summary = Summary { pass, ..Summary::default() };
        self.prune_backups(ledger).await?;
        let mut outcome = self.steps(ledger, options, tell, &mut summary, started).await;
        if outcome.is_ok() {
            outcome = match self.look_at_drift(ledger, options, tell, &mut summary, started).await {
                // A file, or whom its name leads to, changed since the look above.
                Ok(true) => self.steps(ledger, options, tell, &mut summary, started).await,
                Ok(false) => Ok(()),
                Err(error) => Err(error),
            };
        }
        self.account(&mut summary, before, started);
        let counts = ledger.read(Reader::counts).await?;
        (summary.waiting, summary.blocked, summary.due) = (counts.waiting, counts.blocked, counts.due);
        summary.kept = counts.kept;
        if let Err(PassError::Directory(failure)) = &outcome {
            // Nothing was decided, and that is a result like any other: the summary says why.
            let trouble = problem(failure);
            summary.problems.push(ProblemRow::new(None, &trouble));
            let permission = matches!(failure.class, Class::SignIn | Class::KindForbidden);
            summary.stopped = Some(if permission { Stopped::SignIn } else { Stopped::Directory });
            match &options.beside {
                Some(beside) if failure.class == Class::SignIn => beside.standing.say_sign_in(Some(trouble)),
                Some(beside) if failure.class == Class::KindForbidden => beside.standing.say_directory(Some(&trouble)),
                _ => {
                    tracing::error!(status = failure.status, code = failure.code, "The directory can't be asked: {failure}");
                }
            }
        }
        if let (Some(beside), Ok(()), None, None) = (&options.beside, &outcome, &summary.halted, summary.stopped) {
            let lacks = || Problem::new(Reason::NotPermitted, "some references can't be looked up for want of a permission");
            beside.standing.say_directory(summary.forbidden.then(lacks).as_ref());
        }
        if let Some(told) = &summary.told {
            ledger.keep_told(told).await?;
        }
        match &summary.halted {
            Some(halt) => ledger.keep_halt(Some(kept(halt, &summary.halt_message(), pass, self.clock.now()))).await?,
            // A pass that saw only some, or was cut short, takes nothing back.
            None if outcome.is_ok() && options.only.is_everything() && summary.saw_all() => {
                ledger.keep_halt(None).await?;
            }
            None => {}
        }
        // What is kept leaves out names and paths: the journal of passes is for numbers, and for what stopped all.
        let of_all = summary.problems.iter().filter(|row| summary.stopped.is_some() && row.is_of_all()).cloned().collect();
        let kept = serde_json::to_string(&Summary { problems: of_all, ..summary.clone() }).unwrap_or_default();
        ledger.end_pass(pass, kept, self.clock.now()).await?;
        if !matches!(outcome, Err(PassError::Directory(_))) {
            outcome?;
        }
        let held = ledger.read(Reader::held).await?;
        summary.problems.extend(held.into_iter().map(ProblemRow::from));
        Ok(summary)
    }

    async fn steps(
        &self,
        ledger: &Ledger,
        options: &PassOptions,
        tell: &(dyn Fn(Progress) + Sync),
        summary: &mut Summary,
        started: Duration,
    ) -> Result<(), PassError> {
        let told = ledger.read(Reader::told).await?;
        for look in 1..=LOOKS {
            let proposing = async {
                let unheard = self.hear_changes(ledger).await?;
                let quiet = options.beside.as_ref().map(|beside| beside.quiet.clone()).unwrap_or_default();
                self.propose_of(LedgerSource::Writer(ledger), quiet, &unheard).await
            };
            // A look takes as long as the share and Graph's patience have it; whoever wants to stop can't wait for that.
            let Some(proposal) = self.unless_stopped(&options.until, started, proposing).await else {
                summary.stopped =
                    Some(if options.until.cancelled.is_cancelled() { Stopped::Signal } else { Stopped::MaxDuration });
                return Ok(());
            };
            let mut proposal = proposal?;
            options.only.narrow(&mut proposal);
            *summary = Summary {
                pass: summary.pass,
                delivered: summary.delivered,
                removed: summary.removed,
                drift_checked: summary.drift_checked,
                drifted: summary.drifted,
                forbidden: summary.forbidden,
                extent: if options.only.is_everything() { PassExtent::Everything } else { PassExtent::Selection },
                forced: std::mem::take(&mut summary.forced),
                told: std::mem::take(&mut summary.told),
                ..Summary::default()
            };
            summary.count(&proposal.plan, &proposal.looked);
            summary.problems = file_problems(&proposal);
            summary.out_of_reach = proposal.out_of_reach;
            match &proposal.unconfirmed {
                Some((count, why)) => {
                    summary.unanswered += count;
                    summary.forbidden |= why.reason == Reason::NotPermitted;
                    summary.problems.push(ProblemRow::new(None, &unconfirmed(*count, why)));
                }
                None => summary.confirm_at = Some(proposal.oldest.unwrap_or(proposal.asked_at).plus(CONFIRM_EVERY)),
            }
            summary.brake(&proposal.halts, options.force.then_some(&told));
            options.say(summary);
            match summary.halted.as_ref().map(|halt| halt.holds) {
                Some(Holds::Everything) => return Ok(()),
                Some(Holds::Removals) => proposal.plan.hold_removals(),
                None => {}
            }
            let only = (!options.only.is_everything()).then(|| Arc::new(targets(&proposal)));
            // It takes the proposal along, and lets it go when it is written: while photos are on their way nobody needs it.
            let past_removals = summary.forced.iter().any(|halt| halt.guard == Guard::Removals);
            let commit = commit_of(proposal, &self.recipe.id(), past_removals, self.clock.now());
            if !commit.is_empty() {
                ledger.commit(commit, self.clock.now()).await?;
            }
            if let Some(beside) = &options.beside {
                beside.standing.committed(summary.pass);
                return Ok(());
            }
            let spent = self.clock.elapsed().saturating_sub(started);
            let until = Until {
                max_duration: options.until.max_duration.map(|span| span.saturating_sub(spent)),
                limit: options.until.limit.map(|limit| limit.saturating_sub(summary.delivered)),
                ..options.until.clone()
            };
            let Dispatched { delivered, removed, superseded, same, forbidden, stop } =
                self.dispatch(ledger, summary.pass, only, &until, tell).await?;
            summary.delivered += delivered;
            summary.unchanged += usize::try_from(same).unwrap_or(usize::MAX);
            summary.removed += removed;
            summary.forbidden |= forbidden;
            if let Some(stop) = stop {
                summary.stop(&stop);
                return Ok(());
            }
            if superseded == 0 || look == LOOKS {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Compares with the tenant what was not compared for long enough, and sends again what is due because of it. Says
    /// whether another look is worth while.
    async fn look_at_drift(
        &self,
        ledger: &Ledger,
        options: &PassOptions,
        tell: &(dyn Fn(Progress) + Sync),
        summary: &mut Summary,
        started: Duration,
    ) -> Result<bool, PassError> {
        let Some(every) = self.drift.check_every else { return Ok(false) };
        // Beside a dispatcher that stays, somebody else compares: a pass must not take that long, nor deliver.
        if options.beside.is_some() || summary.halted.is_some() || summary.stopped.is_some() || !options.only.is_everything() {
            return Ok(false);
        }
        let left = |now: Duration| options.until.max_duration.map(|span| span.saturating_sub(now.saturating_sub(started)));
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp::from_millis(self.clock.now().millis().saturating_sub(every));
        let until = Until { max_duration: left(self.clock.elapsed()), ..options.until.clone() };
        let found = self.check_drift(ledger, summary.pass, &Which { before, only: None, behind: None }, &until).await?;
        summary.drift_checked = found.checked;
        summary.drifted = found.changed + found.gone;
        summary.problems.extend(found.problems.iter().cloned());
        summary.stopped = found.stopped.filter(|stopped| stopped.is_cut_short());
        if summary.stopped.is_none() && found.made_due > 0 {
            let limit = options.until.limit.map(|limit| limit.saturating_sub(summary.delivered));
            let until = Until { max_duration: left(self.clock.elapsed()), limit, ..options.until.clone() };
            let done = self.dispatch(ledger, summary.pass, None, &until, tell).await?;
            summary.delivered += done.delivered;
            summary.removed += done.removed;
            summary.forbidden |= done.forbidden;
            match done.stop {
                Some(stop) => summary.stop(&stop),
                None => return Ok(done.superseded > 0),
            }
        }
        Ok(false)
    }

    /// What comes of it, or none if a signal comes or the time given is over first.
    async fn unless_stopped<T>(&self, until: &Until, started: Duration, work: impl Future<Output = T>) -> Option<T> {
        let left = until.max_duration.map(|span| (started + span).saturating_sub(self.clock.elapsed()));
        let out_of_time = async {
            match left {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = work => Some(done),
            () = until.cancelled.cancelled() => None,
            () = out_of_time => None,
        }
    }

    fn account(&self, summary: &mut Summary, before: Counters, started: Duration) {
        let now = self.graph.counters();
        summary.requests = now.requests - before.requests;
        summary.throttled = now.throttled - before.throttled;
        summary.bytes_sent = now.bytes_sent - before.bytes_sent;
        summary.elapsed_ms = u64::try_from(self.clock.elapsed().saturating_sub(started).as_millis()).unwrap_or(u64::MAX);
    }
}

impl PassError {
    /// Whether it is a matter of sign-in or permission.
    pub(crate) fn is_sign_in(&self) -> bool {
        matches!(self, Self::Directory(failure) if matches!(failure.class, Class::SignIn | Class::KindForbidden))
    }
}

impl Advice for PassError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Look(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            // Its cure is a sentence of its own.
            Self::Directory(_) | Self::Panicked(_) => None,
        }
    }
}

/// What the ledger keeps of a halt until a pass is not halted.
fn kept(halt: &Halt, message: &str, pass: i64, now: Timestamp) -> String {
    let mut kept = serde_json::to_value(halt).unwrap_or_default();
    kept["message"] = message.into();
    kept["pass"] = pass.into();
    kept["at"] = now.to_string().into();
    kept.to_string()
}

/// Problems that stand in no row of the ledger: files nobody claims, and what can't be listed.
fn file_problems(proposal: &Proposal) -> Vec<ProblemRow> {
    let unmatched = Problem::new(Reason::Unmatched, "no rule claims this file");
    let nobody = proposal.plan.entries.iter().filter(|entry| entry.decision == Decision::Unmatched);
    let nobody = nobody.map(|entry| ProblemRow::new(Some(proposal.looked.files[entry.file].path.to_string()), &unmatched));
    let unlisted = proposal.looked.problems.iter().map(|(path, problem)| ProblemRow::new(Some(path.clone()), problem));
    unlisted.chain(nobody).collect()
}

/// Files that rest and that the directory could not be asked about; they are asked about again soon.
fn unconfirmed(count: usize, why: &Problem) -> Problem {
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let detail = format!("whom {files} in step belong to could not be confirmed in the directory: {}", why.detail);
    Problem { detail, ..why.clone() }
}

/// The targets that the entries of a narrowed proposal lead to.
fn targets(proposal: &Proposal) -> HashSet<TargetId> {
    proposal
        .plan
        .entries
        .iter()
        .filter_map(|entry| match &entry.decision {
            Decision::Deliver(target, ..) | Decision::Pending(target, ..) => Some(target.clone()),
            _ => None,
        })
        .collect()
}

impl PassOptions {
    /// Logs what the guard said, unless it was said before.
    fn say(&self, summary: &Summary) {
        for halt in &summary.forced {
            tracing::warn!(guard = halt.guard.as_str(), "Overriding a safety halt (--force): {}", halt.message);
        }
        let is_news = |halt: &&Halt| self.beside.as_ref().is_none_or(|beside| beside.told != Some(halt.guard));
        for halt in summary.halts().filter(is_news) {
            let what = if halt.holds == Holds::Everything { "The pass was halted" } else { "Removals were halted" };
            tracing::error!(guard = halt.guard.as_str(), "{what}: {}", halt.message);
        }
    }
}

impl Summary {
    fn stop(&mut self, stop: &Stop) {
        self.stopped = Some(stop.word());
        self.problems.extend(stop.problem());
    }
}
