//! `plan`: what a pass would do and why. Writes nothing, uploads nothing.

mod render;

use std::sync::Mutex;

use serde::Serialize;

use super::args::{GlobalArgs, PATIENCE, PlanArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say, tell};
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{setup, text};
use crate::clock::Clock;
use crate::ledger::{LedgerSource, OpenError, Reader};
use crate::lookup::Directory;
use crate::model::{Reason, plain};
use crate::pass::{PassError, Proposal, Selection};
use crate::plan::{Decision, Halt, PlanRow, rows};
use crate::status::{HeldItem, PlanSum, short};
use render::Screenful;

/// The plan as JSON.
#[derive(Serialize)]
struct PlanDocument<'a> {
    /// The guard's no.
    halted: Option<&'a Halt>,
    /// All that it has against the pass.
    halts: &'a [Halt],
    /// What the plan comes to.
    sum: PlanSum,
    /// One row a file, then the targets without one.
    rows: &'a [PlanRow],
    /// What can't be listed as a file.
    #[serde(serialize_with = "short::serialize")]
    problems: &'a [HeldItem],
}

pub(super) async fn run(global: &GlobalArgs, options: PlanArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let built = setup::build_pass(&config, &Clock::system()).await?;
    setup::be_patient(&built, Some(PATIENCE));
    let reader = match Reader::open(&config.ledger.path) {
        Ok(reader) => Some(Mutex::new(reader)),
        Err(OpenError::None(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let memory = reader.as_ref().map_or(LedgerSource::Nothing, LedgerSource::ReadOnly);
    let (proposer, preparer) = (&built.pass.proposer, &built.pass.uploader.preparer);
    let proposing = async {
        let mut proposal = proposer.propose(memory).await?;
        if !options.missing {
            proposal.refuse_unusable(preparer).await?;
        }
        Ok::<_, PassError>(proposal)
    };
    let mut proposal = screen.during("Looking at the photos and asking the directory", Box::pin(proposing)).await?;
    if options.missing {
        return missing(&proposer.directory, &proposal, global.json).await;
    }
    let selection = Selection::new(&options.only);
    let known = selection.known_files(&proposal, memory).await?;
    selection.narrow(&mut proposal, &known);
    if options.unmatched {
        proposal.plan.entries.retain(|entry| entry.decision == Decision::Unmatched);
        proposal.plan.releases.clear();
        (proposal.plan.removals, proposal.plan.departures) = Default::default();
    }
    print(&proposal, &options, global.json, proposer.directory.tenant.embedded.is_some());
    Ok(exit(&proposal))
}

fn exit(proposal: &Proposal) -> Exit {
    let stands = |row: &PlanRow| row.reason.is_some_and(Reason::may_stand);
    let held = rows(&proposal.plan, &proposal.files).any(|row| matches!(row.action, "hold" | "wait") && !stands(&row));
    match proposal.halts.first() {
        Some(_) => Exit::Halted,
        None if proposal.unreachable => Exit::Unreachable,
        None if held || proposal.scan.problems.iter().any(|(_, problem)| !problem.reason.may_stand()) => Exit::Held,
        None => Exit::InStep,
    }
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
            say!("{}", plain(name));
        }
        tell!("{} people in scope have no photo in the source.", missing.len());
    }
    Ok(if proposal.halts.is_empty() { Exit::InStep } else { Exit::Halted })
}

fn print(proposal: &Proposal, options: &PlanArgs, as_json: bool, simulated: bool) {
    let rows: Vec<PlanRow> = rows(&proposal.plan, &proposal.files).collect();
    let problems: Vec<HeldItem> =
        proposal.scan.problems.iter().map(|(path, problem)| HeldItem::new(problem).of_file(path)).collect();
    let sum = PlanSum::of(rows.iter());
    if as_json {
        let halts = proposal.halts.as_slice();
        say!("{}", text::json(&PlanDocument { halted: halts.first(), halts, sum, rows: &rows, problems: &problems }));
        return;
    }
    let before = proposal.known_problems();
    let known = |row: &PlanRow| {
        let before = row.path.as_ref().and_then(|path| before.get(path)).copied();
        before.is_some() && before == row.reason
    };
    let screenful = Screenful {
        rows: &rows,
        sum,
        problems: &problems,
        halts: &proposal.halts,
        known: &known,
        simulated,
        unreachable: proposal.unreachable,
        unconfirmed: proposal.unconfirmed.as_ref(),
        verbose: options.verbose,
        all: options.all || options.unmatched,
        counted: !options.unmatched,
    };
    put!("{}", screenful.text(TextStyle::stdout()));
}
