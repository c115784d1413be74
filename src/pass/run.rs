//! One pass from end to end: propose, guard, write down, deliver; journaled under a number of its own.

use std::time::Duration;

use super::options::PassOptions;
use super::pass_error::PassError;
use super::propose::Proposer;
use super::steps::PassRun;
use super::summary::{PassExtent, Summary};
use crate::delivery::{Progress, Uploader};
use crate::graph::{Class, Failure, RequestCounts};
use crate::ledger::{Ledger, Reader};
use crate::model::{Problem, Reason, Stopped, Timestamp};
use crate::plan::Halt;
use crate::status::{HeldItem, Standing};

/// Makes passes: everything but the ledger.
#[derive(Clone)]
pub struct Pass {
    /// Says what is to be done.
    pub(crate) proposer: Proposer,
    /// Does it.
    pub(crate) uploader: Uploader,
}

impl Pass {
    /// One pass: scans, plans, writes down and delivers.
    pub(crate) async fn run(
        &self,
        ledger: &Ledger,
        options: &PassOptions,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<Summary, PassError> {
        let clock = &self.uploader.clock;
        let started = clock.elapsed();
        let before = self.uploader.directory.tenant.graph.counters();
        let pass = ledger.begin_pass(options.cause, clock.now(), clock.steady()).await?;
        let summary = Summary { pass, ..Summary::default() };
        self.uploader.prune_backups(ledger).await?;
        let mut run = PassRun {
            proposer: &self.proposer,
            uploader: &self.uploader,
            ledger,
            options,
            tell,
            started,
            waited: Duration::ZERO,
            summary,
        };
        let outcome = run.all().await;
        let mut summary = run.summary;
        self.account(&mut summary, before, started);
        let counts = ledger.read(Reader::counts).await?;
        (summary.waiting, summary.blocked, summary.due) = (counts.waiting, counts.blocked, counts.due);
        summary.kept = counts.kept;
        let part = options.daemon.as_ref().and_then(|daemon| daemon.part.as_ref());
        if let Some(part) = part.filter(|_| summary.extent == PassExtent::Part && summary.halted.is_none()) {
            summary.count_arrived(&part.baseline.sums, counts.in_step);
        }
        let is_impatient = options.daemon.is_none() && !options.until.waits_out_pauses;
        if is_impatient && summary.stopped.is_none() && counts.due + counts.waiting > 0 {
            let now = clock.now();
            summary.not_waited_for = ledger.read(move |reader| reader.asked_to_wait(now)).await?;
        }
        summary.default_pictures = ledger.read(Reader::default_pictures_given).await?;
        if let Err(PassError::Directory(failure)) = &outcome {
            out_of_directory(&mut summary, options, failure);
        }
        if let (Some(daemon), Ok(()), None, None) = (&options.daemon, &outcome, &summary.halted, summary.stopped) {
            let lacks = || Problem::new(Reason::NotPermitted, "some references can't be looked up for want of a permission");
            daemon.state.set_directory_problem(summary.forbidden.then(lacks).as_ref());
        }
        let is_part = summary.extent == PassExtent::Part;
        if let Some(told) = summary.told.as_ref().filter(|told| !is_part || !told.0.is_empty()) {
            ledger.keep_told(told).await?;
        }
        match &summary.halted {
            Some(_) if summary.still_halted => {}
            Some(halt) => ledger.keep_halt(Some(kept(halt, &summary.halt_message(), pass, clock.now()))).await?,
            // A pass that saw only some, or was cut short, takes nothing back.
            None if outcome.is_ok() && options.only.is_everything() && !is_part && summary.saw_all() => {
                ledger.keep_halt(None).await?;
            }
            None => {}
        }
        // A service says what is held when somebody asks: to list thousands after each edit would cost more than the edit.
        let counted = options.daemon.is_none();
        let mut told = Vec::new();
        if counted {
            let held: Vec<HeldItem> = ledger.read(Reader::held).await?.into_iter().map(HeldItem::from).collect();
            told = held.iter().filter(|item| options.only.takes_item(item)).cloned().collect();
            let unusable = std::mem::take(&mut summary.standing.unusable);
            summary.standing = ledger.read(move |reader| Standing::read(reader, &held, unusable)).await?;
        }
        ledger.end_pass(pass, summary.for_journal(counted), clock.now()).await?;
        if !matches!(outcome, Err(PassError::Directory(_))) {
            outcome?;
        }
        summary.problems.extend(told);
        Ok(summary)
    }

    fn account(&self, summary: &mut Summary, before: RequestCounts, started: Duration) {
        let now = self.uploader.directory.tenant.graph.counters();
        summary.requests = now.requests - before.requests;
        summary.throttled = now.throttled - before.throttled;
        summary.bytes_sent = now.bytes_sent - before.bytes_sent;
        let elapsed = self.uploader.clock.elapsed().saturating_sub(started);
        summary.elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    }
}

/// Nothing was decided, and that is a result like any other: the summary says why.
fn out_of_directory(summary: &mut Summary, options: &PassOptions, failure: &Failure) {
    let problem = failure.problem();
    summary.problems.push(HeldItem::new(&problem));
    summary.unreachable = failure.is_unreachable();
    let permission = matches!(failure.class, Class::SignIn | Class::KindForbidden);
    summary.stopped = Some(if permission { Stopped::SignIn } else { Stopped::Directory });
    summary.out_of_reach = (!permission).then(|| problem.clone());
    match &options.daemon {
        Some(daemon) if failure.class == Class::SignIn => daemon.state.set_sign_in_problem(Some(problem)),
        Some(daemon) if failure.class == Class::KindForbidden => daemon.state.set_directory_problem(Some(&problem)),
        _ => tracing::error!(status = failure.status, code = failure.code, "The directory can't be asked: {failure}"),
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
