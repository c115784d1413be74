//! `status`: counts by state, what is blocked or waits and why, the last pass.

use serde::Serialize;

use super::args::{GlobalArgs, StatusArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::daemon::{self, GetStatus};
use crate::ledger::Counts;
use crate::model::Stopped;
use crate::plan::Holds;
use crate::status::{ConditionKind, Overview, PassLine, ServiceStatus, WatchMethod};

/// Photos whose files are gone that are listed at most; `--json` has them all.
const GONE: usize = 20;

/// Photos that differ, shown on a terminal at most.
const SHOWN: usize = 50;

/// The status as JSON. Field names are a contract.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    overview: &'a Overview,
    /// The running service, as in its `status.json`; null if none runs.
    service: Option<&'a ServiceStatus>,
}

pub(super) async fn run(global: &GlobalArgs, _options: &StatusArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let reader = setup::reader(&config)?;
    let service = daemon::ask(&config.ledger.path, &GetStatus {}).await.ok();
    let overview = Overview::read(&reader, Clock::system().now())?;
    let last = overview.last_pass();
    let exit = exit(&overview, last.as_ref());
    if global.json {
        say!("{}", text::json(&Document { overview: &overview, service: service.as_ref() }));
        return Ok(exit);
    }
    counts(&overview, last.as_ref());
    if let Some(service) = &service {
        tell_service(service);
    }
    tell_pass(last.as_ref());
    tell_rest(&overview);
    put!("{}", text::problems(&overview.held()));
    Ok(exit)
}

fn exit(overview: &Overview, last: Option<&PassLine>) -> Exit {
    match overview.targets {
        _ if overview.halted.is_some() => Exit::Halted,
        _ if last.and_then(|pass| pass.end.stopped()) == Some(Stopped::SignIn) => Exit::SignIn,
        Counts { due: 0, waiting: 0, blocked: 0, .. } => Exit::InStep,
        _ => Exit::Held,
    }
}

fn counts(overview: &Overview, last: Option<&PassLine>) {
    let Counts { in_step, due, waiting, blocked, kept } = overview.targets;
    let unmatched = last.and_then(|pass| pass.unmatched).filter(|count| *count > 0);
    let unmatched = unmatched.map(|count| format!(", {} unmatched", text::count(count.into(), "file"))).unwrap_or_default();
    say!("{in_step} in step, {due} due, {waiting} waiting, {blocked} held or blocked{unmatched}.");
    if let Some(words) = text::set_aside(&overview.set_aside) {
        say!("{words}");
    }
    if kept > 0 {
        say!("{kept} with a photo of their own in the tenant, which is kept.");
    }
}

/// The newest pass, and what stopped it as a whole.
fn tell_pass(last: Option<&PassLine>) {
    let Some(last) = last else {
        say!("No pass was made yet.");
        return;
    };
    let PassLine { pass, cause, .. } = last;
    let Some(at) = last.ended_at else {
        say!("Pass {pass} ({cause}) began at {} and has not ended.", text::local(last.started_at));
        return;
    };
    say!("Last pass: {pass} ({cause}), ended at {}.", text::local(at));
    match last.end.stopped() {
        Some(Stopped::SignIn) => say!("Sign-in failed or a permission was missing, so not all could be sent."),
        Some(Stopped::Directory) => say!("The directory could not be asked, so nothing could be sent."),
        _ => {}
    }
    for item in &last.problems {
        say!("  {}\n  → {}", item.detail, item.cure);
    }
}

/// The halt that stands, photos to be removed later, and photos that the tenant shows in the place of ours.
fn tell_rest(overview: &Overview) {
    if let Some(halt) = &overview.halted {
        let what = if halt.holds() == Holds::Removals { "Removals were" } else { "It was" };
        say!("{what} halted by the guard ({}) in pass {}: {}.", halt.guard(), halt.pass(), halt.message());
    }
    if !overview.gone.is_empty() {
        say!("Photos whose files are gone, to be removed later: {}; `photosyncd plan` says when.", overview.gone.len());
        for gone in overview.gone.iter().take(GONE) {
            say!("    {} → {}, since {}", gone.path, gone.label, text::local(gone.since));
        }
    }
    let drifted = &overview.drifted;
    if !drifted.is_empty() {
        say!("\nThe tenant shows another photo than the one delivered, or none (drift.policy says what becomes of it):");
        for row in drifted.iter().take(SHOWN) {
            say!("  {} ({}): {} since {}", row.target, row.object_id, row.drift, text::local(row.since));
        }
        if drifted.len() > SHOWN {
            say!("  … and {} more; --json has them all", drifted.len() - SHOWN);
        }
    }
}

/// What the running service says of itself.
fn tell_service(service: &ServiceStatus) {
    say!("The service runs as process {} since {}.", service.pid, text::local(service.started_at));
    let watch = match service.watch.state {
        WatchMethod::Native => "watching the directory",
        WatchMethod::Polling => "polling the directory",
        WatchMethod::Off => "not watching the directory (source.watch: off)",
        WatchMethod::Away => "waiting for the directory, which is away",
        WatchMethod::Starting => "starting",
    };
    let why = service.watch.detail.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let next = service.next_full_pass.map(|at| format!("; everything is looked at again at {} at the latest", text::local(at)));
    say!("It is {watch}{why}{}.", next.unwrap_or_default());
    say!("It sends up to {:.1} photos per second.", service.rate_per_second);
    if let Some(until) = service.paused_until {
        say!("Microsoft 365 asked to wait until {}.", text::local(until));
    }
    if let Some(since) = service.unreachable_since {
        say!("Microsoft 365 can't be reached since {}; it is probed, one request at a time.", text::local(since));
    }
    for (kind, message, since) in service.conditions() {
        let words = match kind {
            ConditionKind::Ledger => "The ledger can't be written, and nothing is sent,",
            ConditionKind::Halted => "It is halted by the guard",
            ConditionKind::SignIn => "Sign-in fails",
            ConditionKind::Forbidden => "A permission is missing",
            ConditionKind::NoPass => "It has trouble",
            ConditionKind::ReloadRefused => "The changed configuration was refused",
        };
        say!("{words} since {}: {message}.", text::local(since));
    }
}
