//! `status`: counts by state, what is blocked or waits and why, the last pass.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::args::{GlobalArgs, StatusArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::daemon::{self, GetStatus};
use crate::engine::ProblemRow;
use crate::ledger::{Counts, DriftRow, HeldRow, PassRow, SetAside};
use crate::model::{Gone, Reason, Stopped, TargetId, Timestamp};
use crate::plan::Holds;
use crate::telemetry::Watching;

/// Photos whose files are gone that are listed at most; `--json` has them all.
const GONE: usize = 20;

/// Photos that differ, shown on a terminal at most.
const SHOWN: usize = 50;

/// The status as JSON. Field names are a contract.
#[derive(Serialize)]
struct StatusDocument {
    targets: Counts,
    blocked: Vec<StatusRow>,
    waiting: Vec<StatusRow>,
    /// The guard's no that stands.
    halted: Option<serde_json::Value>,
    /// Photos whose files are gone, and that are removed later.
    gone: Vec<GoneRow>,
    /// Where the tenant shows another photo than ours, which is only reported.
    drifted: Vec<DriftRow>,
    last_pass: Option<PassRow>,
    /// Rows of the ledger that can't be read, by table; they stop nobody else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<SetAside>,
    /// How the running service stands, as in its `status.json`; null if none runs.
    service: Option<Value>,
}

#[derive(Serialize)]
struct GoneRow {
    kind: &'static str,
    target: String,
    object_id: Option<String>,
    path: String,
    since: Timestamp,
}

impl From<&Gone> for GoneRow {
    fn from(gone: &Gone) -> Self {
        Self {
            kind: gone.target.kind().as_str(),
            target: gone.label.clone(),
            object_id: gone.target.object_id().map(ToString::to_string),
            path: gone.path.to_string(),
            since: gone.since,
        }
    }
}

#[derive(Serialize)]
struct StatusRow {
    kind: Option<String>,
    target: Option<String>,
    object_id: Option<String>,
    path: Option<String>,
    reason: Reason,
    detail: String,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    cure: String,
}

impl From<&HeldRow> for StatusRow {
    fn from(held: &HeldRow) -> Self {
        let by_reference = || Some(held.reference.as_deref()?.split(':').next()?.to_owned());
        Self {
            kind: held.target.as_ref().map(|target| target.kind().to_string()).or_else(by_reference),
            target: held.label.clone(),
            object_id: held.target.as_ref().and_then(TargetId::object_id).map(ToString::to_string),
            path: held.path.as_ref().map(ToString::to_string),
            reason: held.problem.reason,
            detail: held.problem.detail.clone(),
            status: held.status,
            code: held.code.clone(),
            request_id: held.request_id.clone(),
            since: held.since,
            until: held.until,
            cure: held.problem.cure.clone(),
        }
    }
}

pub(super) async fn run(global: &GlobalArgs, _options: &StatusArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let reader = setup::reader(&config)?;
    let service = daemon::ask(&config.ledger.path, &GetStatus {}).await.ok();
    let (counts, held, last_pass) = (reader.counts()?, reader.held()?, reader.last_pass()?);
    let gone: Vec<Gone> = reader.remembered(Clock::system().now())?.gone.into_iter().filter(|gone| !gone.under_way).collect();
    let drifted = reader.drifted()?;
    let set_aside = reader.set_aside()?;
    let last = last_pass.as_ref().and_then(|pass| pass.summary.as_ref());
    let halt = reader.halt()?;
    let stopped = last.and_then(|summary| Stopped::deserialize(&summary["stopped"]).ok());
    let signed_out = stopped == Some(Stopped::SignIn);
    let exit = match counts {
        _ if halt.is_some() => Exit::Halted,
        _ if signed_out => Exit::SignIn,
        Counts { due: 0, waiting: 0, blocked: 0, .. } => Exit::InStep,
        _ => Exit::Held,
    };
    if global.json {
        let (waiting, blocked) = held.iter().partition::<Vec<_>, _>(|row| row.until.is_some());
        let rows = |rows: Vec<&HeldRow>| rows.into_iter().map(StatusRow::from).collect();
        say!(
            "{}",
            text::json(&StatusDocument {
                targets: counts,
                blocked: rows(blocked),
                waiting: rows(waiting),
                halted: halt,
                gone: gone.iter().map(GoneRow::from).collect(),
                drifted,
                last_pass,
                set_aside,
                service,
            })
        );
        return Ok(exit);
    }
    let Counts { in_step, due, waiting, blocked, kept } = counts;
    let unmatched = last.and_then(|summary| summary["unmatched"].as_u64()).filter(|count| *count > 0);
    let unmatched = unmatched.map(|count| format!(", {} unmatched", text::count(count, "file"))).unwrap_or_default();
    say!("{in_step} in step, {due} due, {waiting} waiting, {blocked} held or blocked{unmatched}.");
    if let Some(words) = text::set_aside(&set_aside) {
        say!("{words}");
    }
    if kept > 0 {
        say!("{kept} with a photo of their own in the tenant, which is kept.");
    }
    if let Some(service) = &service {
        tell_service(service);
    }
    match &last_pass {
        None => say!("No pass was made yet."),
        Some(PassRow { pass, cause, started_at, ended_at: None, .. }) => {
            say!("Pass {pass} ({cause}) began at {} and has not ended.", text::local(*started_at));
        }
        Some(PassRow { pass, cause, ended_at: Some(at), .. }) => {
            say!("Last pass: {pass} ({cause}), ended at {}.", text::local(*at));
            if signed_out {
                say!("Sign-in failed or a permission was missing, so not all could be sent.");
            } else if stopped == Some(Stopped::Directory) {
                say!("The directory could not be asked, so nothing could be sent.");
            }
            for row in last.iter().filter_map(|summary| summary["problems"].as_array()).flatten() {
                if let (Some(detail), Some(cure)) = (row["detail"].as_str(), row["cure"].as_str()) {
                    say!("  {detail}\n  → {cure}");
                }
            }
        }
    }
    if let Some(halt) = &halt {
        let text = |name: &str| halt[name].as_str().unwrap_or_default();
        let holds = Holds::deserialize(&halt["holds"]).unwrap_or(Holds::Everything);
        let what = if holds == Holds::Removals { "Removals were" } else { "It was" };
        say!("{what} halted by the guard ({}) in pass {}: {}.", text("guard"), halt["pass"], text("message"));
    }
    if !gone.is_empty() {
        say!("Photos whose files are gone, to be removed later: {}; `photosyncd plan` says when.", gone.len());
        for Gone { path, label, since, .. } in gone.iter().take(GONE) {
            say!("    {path} → {label}, since {}", text::local(*since));
        }
    }
    if !drifted.is_empty() {
        say!("\nThe tenant shows another photo than the one delivered, or none (drift.policy says what becomes of it):");
        for row in drifted.iter().take(SHOWN) {
            say!("  {} ({}): {} since {}", row.target, row.object_id, row.drift, text::local(row.since));
        }
        if drifted.len() > SHOWN {
            say!("  … and {} more; --json has them all", drifted.len() - SHOWN);
        }
    }
    put!("{}", text::problems(&held.into_iter().map(ProblemRow::from).collect::<Vec<_>>()));
    Ok(exit)
}

/// What the running service says of itself.
fn tell_service(service: &Value) {
    say!("The service runs as process {} since {}.", service["pid"], text::local_of(&service["started_at"]));
    let watch = match Watching::deserialize(&service["watch"]["state"]).unwrap_or_default() {
        Watching::Native => "watching the directory",
        Watching::Polling => "polling the directory",
        Watching::Off => "not watching the directory (source.watch: off)",
        Watching::Away => "waiting for the directory, which is away",
        Watching::Starting => "starting",
    };
    let why = service["watch"]["detail"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    let next = Some(&service["next_full_pass"]).filter(|at| at.is_string());
    let next = next.map(|at| format!("; everything is looked at again at {} at the latest", text::local_of(at)));
    say!("It is {watch}{why}{}.", next.unwrap_or_default());
    say!("It sends up to {:.1} photos per second.", service["rate_per_second"].as_f64().unwrap_or(0.0));
    if service["paused_until"].is_string() {
        say!("Microsoft 365 asked to wait until {}.", text::local_of(&service["paused_until"]));
    }
    if service["unreachable_since"].is_string() {
        let since = text::local_of(&service["unreachable_since"]);
        say!("Microsoft 365 can't be reached since {since}; it is probed, one request at a time.");
    }
    let troubles = [
        ("sign_in", "Sign-in fails"),
        ("halted", "It is halted by the guard"),
        ("trouble", "It has trouble"),
        ("reload_refused", "The changed configuration was refused"),
    ];
    for (key, words) in troubles {
        if let Some(message) = service[key]["message"].as_str() {
            say!("{words} since {}: {message}.", text::local_of(&service[key]["since"]));
        }
    }
}
