//! The steps of one pass: scan and plan, write down, deliver; again where a file changed meanwhile; then a comparison
//! with the tenant, where it is due.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::baseline::Baseline;
use super::commit::commit_of;
use super::first_contact::{is_first_contact, missing_group, strangers};
use super::options::PassOptions;
use super::pass_error::PassError;
use super::proposal::Proposal;
use super::propose::Proposer;
use super::scan_failure::ScanFailure;
use super::settle_filter::SettleFilter;
use super::summary::{PassExtent, Summary};
use super::whole::{self, count_of};
use crate::delivery::{CompareSelection, DispatchSummary, Progress, StopReason, Until, Uploader};
use crate::ledger::{Ledger, LedgerSource, Reader, TargetRow};
use crate::model::{DeliveryState, Problem, Reason, Stopped, TargetId, Timestamp};
use crate::plan::{Decision, Guard, Halt, Holds};
use crate::status::{HeldItem, StandingHalt, by_reason};

/// A name that leads to another account is noticed within the hour, whatever `source.full_pass_every` says: the oldest
/// confirmation by the directory makes for a pass of its own.
const CONFIRM_EVERY: Duration = Duration::from_secs(59 * 60);
/// A file that changed while its photo was on the way makes another look worth while, but not without end.
const LOOKS: u32 = 3;
/// What is touched again and again is waited for so many times `source.settle`, and this long at the latest; after that,
/// what is whole is sent without it.
const MOST_SETTLES: u32 = 15;
const LONGEST_SETTLE: Duration = Duration::from_secs(30);

/// A pass under way.
pub(super) struct PassRun<'a> {
    pub(super) proposer: &'a Proposer,
    pub(super) uploader: &'a Uploader,
    pub(super) ledger: &'a Ledger,
    pub(super) options: &'a PassOptions,
    pub(super) tell: &'a (dyn Fn(Progress) + Sync),
    pub(super) started: Duration,
    /// Spent on waiting for files to be whole.
    pub(super) waited: Duration,
    pub(super) summary: Summary,
}

/// Whether a file, or whom its name leads to, changed since the last look.
type Changed = bool;

/// What came of a look.
enum Looked {
    /// All was decided, and sent as far as it goes.
    Done,
    /// Something changed while its photo was on the way.
    Changed,
    /// Nothing was decided: so many files may still be being written.
    Unsettled(usize),
}

impl PassRun<'_> {
    /// All of them.
    pub(super) async fn all(&mut self) -> Result<(), PassError> {
        self.looks().await?;
        if self.compare().await? {
            self.looks().await?;
        }
        Ok(())
    }

    /// Looks, and looks again while files change under way, a few times. Files that may still be being written, and a table,
    /// are waited for first.
    async fn looks(&mut self) -> Result<(), PassError> {
        let mut looks = 0;
        while looks < LOOKS {
            match self.look().await {
                Ok(Looked::Unsettled(files)) => self.wait_for_whole(&count_of(files)).await,
                Err(PassError::Scan(ScanFailure::TableChanging { .. })) if self.may_wait() => {
                    self.wait_for_whole("the table (mapping.table)").await;
                }
                Ok(Looked::Changed) => looks += 1,
                Ok(Looked::Done) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether what is not whole yet is worth waiting for.
    fn may_wait(&self) -> bool {
        let (options, settle) = (self.options, self.options.settle);
        let most = (settle * MOST_SETTLES).min(LONGEST_SETTLE.max(settle)).min(options.until.patience);
        options.daemon.is_none() && !options.until.cancelled.is_cancelled() && !settle.is_zero() && self.waited + settle <= most
    }

    /// Waits until what was changed a moment ago has been left alone, and says so.
    async fn wait_for_whole(&mut self, what: &str) {
        let span = self.options.settle;
        whole::tell(what, span);
        self.waited += span;
        (self.tell)(Progress { settling: true, ..Progress::default() });
        self.unless_stopped(tokio::time::sleep(span)).await;
    }

    /// One look: scans, plans, writes down, delivers.
    async fn look(&mut self) -> Result<Looked, PassError> {
        let (proposer, ledger, options) = (self.proposer, self.ledger, self.options);
        let agreed = ledger.read(Reader::told).await?;
        let part = options.daemon.as_ref().and_then(|daemon| daemon.part.as_ref());
        let proposing = async {
            if let Some(part) = part {
                return proposer.propose_part(LedgerSource::Writer(ledger), part).await;
            }
            let without_link = proposer.directory.follow_changes(ledger).await?;
            let own = || SettleFilter { span: options.settle, ..SettleFilter::default() };
            let filter = options.daemon.as_ref().map_or_else(own, |daemon| daemon.filter.clone());
            proposer.propose_of(LedgerSource::Writer(ledger), filter, &without_link).await
        };
        // A look takes as long as the share and Graph's patience have it; whoever wants to stop can't wait for that.
        let Some(proposal) = self.unless_stopped(proposing).await else { return Ok(self.cut_short()) };
        let mut proposal = proposal?;
        if proposal.unsettled() > 0 && self.may_wait() {
            // Nothing is decided while something changes.
            return Ok(Looked::Unsettled(proposal.unsettled()));
        }
        let known = options.only.known_files(&proposal, LedgerSource::Writer(ledger)).await?;
        options.only.narrow(&mut proposal, &known);
        let Some(()) = self.unless_stopped(proposal.follow_deliver(self.uploader)).await else { return Ok(self.cut_short()) };
        let delivered = match part {
            Some(part) => part.baseline.delivered,
            None => ledger.read(Reader::delivered).await?,
        };
        let Some(halts) = self.unless_stopped(self.first_contact(&proposal, delivered)).await.transpose()?.flatten() else {
            return Ok(self.cut_short());
        };
        proposal.halts.extend(halts);
        proposal.halts.sort_by_key(Halt::rank);
        self.begin_look(&proposal);
        if self.options.only.is_everything() && proposal.scan.baseline.is_none() {
            ledger.keep_unusable(&proposal.scan.problems).await?;
        }
        self.summary.brake(&proposal.halts, options.force.then_some(&agreed));
        options.log_halts(&self.summary);
        // A yes is to what a pass finds: one of a service that can ask nobody leaves it to the next.
        let decides = options.force && !(options.daemon.is_some() && proposal.out_of_reach.is_some());
        if self.summary.halted.is_none() && !decides && options.only.is_everything() && !proposal.is_whole() {
            let standing = ledger.read(StandingHalt::read).await?.and_then(|halt| halt.as_halt());
            if let Some(halt) = standing {
                self.summary.keep_halted(halt);
            }
        }
        match self.summary.halted.as_ref().map(|halt| halt.holds) {
            Some(Holds::Everything) => {
                if let Some(daemon) = &options.daemon {
                    daemon.state.set_halted(true);
                }
                return Ok(Looked::Done);
            }
            Some(Holds::Removals) => proposal.plan.hold_removals(),
            None => {}
        }
        let lays = self.summary.halted.is_none() && options.only.is_everything() && part.is_none();
        let baseline = lays.then(|| Baseline::of(&proposal, delivered, &self.summary)).flatten();
        let only = (!options.only.is_everything()).then(|| Arc::new(targets(&proposal)));
        // It takes the proposal along, and lets it go when it is written: while photos are on their way nobody needs it.
        let past_removals = self.summary.forced.iter().any(|halt| halt.guard == Guard::Removals);
        let clock = &self.uploader.clock;
        let commit = commit_of(proposal, &proposer.scanner.recipe, past_removals, clock.now());
        if !commit.is_empty() {
            ledger.commit(commit, clock.now()).await?;
        }
        if let Some(mut baseline) = baseline.filter(|_| options.daemon.is_some()) {
            baseline.sums.in_step = ledger.read(Reader::counts).await?.in_step;
            self.summary.baseline = Some(Arc::new(baseline));
        }
        if let Some(daemon) = &options.daemon {
            daemon.state.pass_committed(self.summary.pass);
            return Ok(Looked::Done);
        }
        let sent = self.deliver(only.clone()).await?;
        if let Some(only) = only {
            let rows = ledger.read(move |reader| reader.target_rows(&only.iter().cloned().collect::<Vec<_>>())).await?;
            let is_open = |row: &TargetRow| matches!(row.state, DeliveryState::Due | DeliveryState::Waiting { .. });
            self.summary.selected_open = rows.iter().filter(|row| is_open(row)).count();
        }
        self.summary.unchanged += usize::try_from(sent.same).unwrap_or(usize::MAX);
        Ok(if sent.stop.is_none() && sent.superseded > 0 { Looked::Changed } else { Looked::Done })
    }

    /// What the tenant itself has against it, asked before anything is written down or sent; none if it was ended first.
    async fn first_contact(&self, proposal: &Proposal, delivered: usize) -> Result<Option<Vec<Halt>>, PassError> {
        if proposal.stopped_for_good().is_some() {
            return Ok(Some(Vec::new()));
        }
        if let Some(halt) = missing_group(proposal, self.uploader).await? {
            return Ok(Some(vec![halt]));
        }
        if !is_first_contact(proposal, delivered, &self.proposer.guard) {
            return Ok(Some(Vec::new()));
        }
        let strangers = strangers(proposal, self.uploader, &self.options.until).await?;
        Ok(strangers.map(|strangers| strangers.halt().into_iter().collect()))
    }

    fn cut_short(&mut self) -> Looked {
        let signal = self.options.until.cancelled.is_cancelled();
        self.summary.stopped = Some(if signal { Stopped::Signal } else { Stopped::MaxDuration });
        Looked::Done
    }

    /// Counts from the beginning what a new look says again.
    fn begin_look(&mut self, proposal: &Proposal) {
        let everything = self.options.only.is_everything();
        let summary = &mut self.summary;
        *summary = Summary {
            pass: summary.pass,
            looked: true,
            delivered: summary.delivered,
            removed: summary.removed,
            drift_checked: summary.drift_checked,
            drifted: summary.drifted,
            forbidden: summary.forbidden,
            extent: if everything { PassExtent::Everything } else { PassExtent::Selection },
            forced: std::mem::take(&mut summary.forced),
            told: std::mem::take(&mut summary.told),
            ..Summary::default()
        };
        if let Some(baseline) = &proposal.scan.baseline {
            summary.build_on(&baseline.sums, &proposal.plan);
        } else {
            summary.count(proposal);
            summary.problems = file_problems(proposal, everything);
            summary.standing.unusable = by_reason(proposal.scan.problems.iter().map(|(_, problem)| problem));
        }
        summary.out_of_reach.clone_from(&proposal.out_of_reach);
        summary.unreachable = proposal.unreachable;
        if self.options.daemon.is_none() && proposal.unsettled() > 0 {
            let left = format!(
                "{} changed a moment ago, perhaps still being written, left for the next run",
                count_of(proposal.unsettled())
            );
            summary.problems.push(HeldItem::new(&Problem::new(Reason::FileChanging, left)));
        }
        match &proposal.unconfirmed {
            Some((count, why)) => {
                summary.unanswered += count;
                summary.forbidden |= why.reason == Reason::NotPermitted;
                summary.problems.push(HeldItem::new(&unconfirmed(*count, why)));
            }
            None if summary.extent == PassExtent::Part => {}
            None => summary.confirm_at = Some(proposal.oldest.unwrap_or(proposal.asked_at).plus(CONFIRM_EVERY)),
        }
    }

    /// Delivers what is due, of `only` if so asked, within what is left of the time and the limit.
    async fn deliver(&mut self, only: Option<Arc<HashSet<TargetId>>>) -> Result<DispatchSummary, PassError> {
        let limit = self.options.until.limit.map(|limit| limit.saturating_sub(self.summary.delivered));
        let until = Until { max_duration: self.time_left(), limit, ..self.options.until.clone() };
        let sent = self.uploader.dispatch(self.ledger, self.summary.pass, only, &until, self.tell).await?;
        self.summary.delivered += sent.delivered;
        self.summary.removed += sent.removed;
        self.summary.forbidden |= sent.forbidden;
        if let Some(stop) = &sent.stop {
            self.summary.unreachable |= matches!(stop, StopReason::Unreachable(_));
            self.summary.stopped = Some(stop.stopped());
            self.summary.problems.extend(StopReason::problem(stop));
        }
        Ok(sent)
    }

    /// Compares with the tenant what was not compared for long enough, and sends again what is due because of it. Says
    /// whether another look is worth while.
    async fn compare(&mut self) -> Result<Changed, PassError> {
        let uploader = &self.uploader;
        let Some(every) = uploader.drift.check_every else { return Ok(false) };
        // Beside a dispatcher that stays, somebody else compares: a pass must not take that long, nor deliver.
        let ended = self.summary.halted.is_some() || self.summary.stopped.is_some();
        if self.options.daemon.is_some() || ended || !self.options.only.is_everything() {
            return Ok(false);
        }
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp::from_millis(uploader.clock.now().millis().saturating_sub(every));
        let until = Until { max_duration: self.time_left(), ..self.options.until.clone() };
        let which = CompareSelection { before, only: None, behind: None };
        let found = uploader.check_drift(self.ledger, self.summary.pass, &which, &until).await?;
        self.summary.drift_checked = found.checked;
        self.summary.drifted = found.changed + found.gone;
        self.summary.problems.extend(found.problems.iter().cloned());
        self.summary.stopped = found.stopped.filter(|stopped| stopped.is_cut_short());
        if self.summary.stopped.is_some() || found.made_due == 0 {
            return Ok(false);
        }
        let sent = self.deliver(None).await?;
        Ok(sent.stop.is_none() && sent.superseded > 0)
    }

    fn time_left(&self) -> Option<Duration> {
        let spent = self.uploader.clock.elapsed().saturating_sub(self.started);
        self.options.until.max_duration.map(|span| span.saturating_sub(spent))
    }

    /// What comes of it, or none if a signal comes or the time given is over first.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let until = Until { max_duration: self.time_left(), ..self.options.until.clone() };
        until.unless_stopped(Box::pin(work)).await.ok()
    }
}

/// Problems that stand in no row of the ledger: files nobody claims, and what can't be listed.
fn file_problems(proposal: &Proposal, everything: bool) -> Vec<HeldItem> {
    let unmatched = Problem::new(Reason::Unmatched, "no rule claims this file");
    let nobody = proposal.plan.entries.iter().filter(|entry| entry.decision == Decision::Unmatched);
    let nobody = nobody.map(|entry| HeldItem::new(&unmatched).of_file(proposal.files[entry.file].path.as_str()));
    // Nobody asked for those while looking at some files only.
    let unlisted =
        proposal.scan.problems.iter().filter(|_| everything).map(|(path, problem)| HeldItem::new(problem).of_file(path));
    unlisted.chain(nobody).collect()
}

/// Files that rest and that the directory could not be asked about; they are asked about again soon.
fn unconfirmed(count: usize, why: &Problem) -> Problem {
    let accounts = if count == 1 { "the account of 1 file".to_owned() } else { format!("the accounts of {count} files") };
    let detail = format!("{accounts} could not be confirmed in the directory: {}", why.detail);
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
