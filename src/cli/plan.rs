//! `plan`: what a pass would do and why. Writes nothing, uploads nothing.

use std::fmt::Write;
use std::sync::Mutex;

use serde::Serialize;

use super::args::{GlobalArgs, PATIENCE, PlanArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say, tell};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::ledger::{LedgerSource, OpenError, Reader};
use crate::lookup::Directory;
use crate::model::Reason;
use crate::pass::{PassError, Proposal, Selection};
use crate::plan::{Decision, Halt, Holds, PlanRow, Why, rows};
use crate::status::{HeldItem, short};

/// The plan as JSON.
#[derive(Serialize)]
struct PlanDocument {
    /// The guard's no.
    halted: Option<Halt>,
    /// All that it has against the pass.
    halts: Vec<Halt>,
    /// One row a file, then the targets without one.
    rows: Vec<PlanRow>,
    /// What can't be listed as a file.
    #[serde(serialize_with = "short::serialize")]
    problems: Vec<HeldItem>,
}

pub(super) async fn run(global: &GlobalArgs, options: PlanArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let built = setup::build_pass(&config, &Clock::system()).await?;
    setup::be_patient(&built, Some(PATIENCE));
    let reader = match Reader::open(&config.ledger.path) {
        Ok(reader) => Some(Mutex::new(reader)),
        Err(OpenError::None(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let memory = reader.as_ref().map_or(LedgerSource::Nothing, LedgerSource::ReadOnly);
    let mut proposal = built.pass.proposer.propose(memory).await?;
    if options.missing {
        return missing(&built.pass.proposer.directory, &proposal, global.json).await;
    }
    Selection::new(&options.only).narrow(&mut proposal);
    if options.unmatched {
        proposal.plan.entries.retain(|entry| entry.decision == Decision::Unmatched);
        proposal.plan.releases.clear();
        (proposal.plan.removals, proposal.plan.departures) = Default::default();
    }
    let mut rows = rows(&proposal.plan, &proposal.files);
    let held = rows.any(|row| matches!(row.action, "hold" | "wait") && !row.reason.is_some_and(Reason::may_stand))
        || proposal.scan.problems.iter().any(|(_, problem)| !problem.reason.may_stand());
    drop(rows);
    print(&proposal, !options.unmatched, global.json);
    Ok(match proposal.halts.first() {
        Some(_) => Exit::Halted,
        None if held => Exit::Held,
        None => Exit::InStep,
    })
}

/// Lists the people without a photo.
async fn missing(directory: &Directory, proposal: &Proposal, as_json: bool) -> Result<Exit, CliError> {
    if let Some(halt) = proposal.stopped_for_good() {
        // Where nothing could be looked at, nobody can be said to be missing.
        return Err(CliError::new(Exit::Halted, format!("the guard halts this ({}): {}", halt.guard, halt.message)));
    }
    let missing = directory.missing(&proposal.files).await.map_err(PassError::Directory)?;
    if as_json {
        say!("{}", text::json(&serde_json::json!({ "missing": missing })));
    } else {
        for name in &missing {
            say!("{name}");
        }
        tell!("{} people in scope have no photo in the source.", missing.len());
    }
    Ok(if proposal.halts.is_empty() { Exit::InStep } else { Exit::Halted })
}

fn print(proposal: &Proposal, counted: bool, as_json: bool) {
    let rows = rows(&proposal.plan, &proposal.files);
    let problems: Vec<HeldItem> =
        proposal.scan.problems.iter().map(|(path, problem)| HeldItem::new(problem).of_file(path)).collect();
    if as_json {
        say!(
            "{}",
            text::json(&PlanDocument {
                halted: proposal.halts.first().cloned(),
                halts: proposal.halts.clone(),
                rows: rows.collect(),
                problems
            })
        );
        return;
    }
    for row in rows {
        let path = row.path.as_ref().map_or("-", |path| path.as_str());
        match (&row.target, row.kind) {
            (Some(target), Some(kind)) => say!("{:<9} {path} → {kind} {target}", row.action),
            _ => say!("{:<9} {path}", row.action),
        }
        if let (Some(rule), Some(property)) = (&row.rule, row.property) {
            let object = row.object_id.as_ref().map(|id| format!(", object {id}")).unwrap_or_default();
            say!("          by {rule} ({property}){object}");
        }
        say!("          {}", row.reason.map_or_else(|| row.why.clone(), |reason| format!("{reason}: {}", row.why)));
        if let Some(cure) = &row.cure {
            say!("          → {cure}");
        }
    }
    put!("{}", text::problems(&problems));
    if counted {
        let again = proposal.plan.deliveries().filter(|(.., why)| matches!(why, Why::Recipe { .. })).count();
        let (deliveries, removals) = (proposal.plan.deliveries().count() - again, proposal.plan.removals.len());
        let mut more = String::new();
        for (count, what) in
            [(again, "prepare again"), (removals, "remove"), (proposal.plan.departures.pending.len(), "remove later")]
        {
            if count > 0 {
                _ = write!(more, ", {count} to {what}");
            }
        }
        say!("\n{deliveries} to deliver{more}. This was only the plan: nothing was written or uploaded.");
    }
    for halt in &proposal.halts {
        say!("The guard would halt {} ({}): {}.", held_back(halt), halt.guard, halt.message);
    }
}

fn held_back(halt: &Halt) -> &'static str {
    match halt.holds {
        Holds::Everything => "this pass",
        Holds::Removals => "the removals",
    }
}
