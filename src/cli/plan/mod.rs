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
use crate::ledger::{DriftRow, LedgerSource, OpenError, Reader};
use crate::model::{Reason, Stopped, plain};
use crate::pass::{GapKind, Pass, PassError, Proposal, Selection, Strangers, is_first_contact, missing_group, strangers};
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
    /// Photos in the tenant that nobody here remembers: would be replaced, stay, can't be said.
    first_contact: FirstContact,
    /// What can't be listed as a file.
    #[serde(serialize_with = "short::serialize")]
    problems: &'a [HeldItem],
}

/// Targets that would get their first photo from here, by what Microsoft 365 shows of them.
#[derive(Serialize)]
struct FirstContact {
    asked: usize,
    replaced: usize,
    kept: usize,
    unknown: usize,
}

impl FirstContact {
    fn of(strangers: &Strangers) -> Self {
        let Strangers { asked, replaced, kept, unknown, .. } = strangers;
        Self { asked: *asked, replaced: replaced.len(), kept: *kept, unknown: unknown.len() }
    }
}

pub(super) async fn run(global: &GlobalArgs, options: PlanArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let built = setup::build_pass(&config, &Clock::system()).await?;
    setup::be_patient(&built, Some(PATIENCE));
    let reader = match setup::own_reader(&config) {
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
    let drifted = memory.read(Reader::drifted).await?;
    if options.missing {
        return missing(&built.pass, &proposal, memory, &drifted, global.json, &screen).await;
    }
    let selection = Selection::new(&options.only);
    let known = selection.known_files(&proposal, memory).await?;
    selection.narrow(&mut proposal, &known);
    if proposal.stopped_for_good().is_none() && !proposal.unreachable {
        proposal.halts.extend(missing_group(&proposal, &built.pass.uploader).await?);
    }
    let strangers = if proposal.stopped_for_good().is_none() && !proposal.unreachable && !options.unmatched {
        let until = setup::until(PATIENCE);
        proposal.follow_deliver(&built.pass.uploader).await;
        let asking = Box::pin(strangers(&proposal, &built.pass.uploader, &until));
        let strangers = match screen.during("Asking Microsoft 365 who has a photo", asking).await {
            Ok(strangers) => strangers.unwrap_or_default(),
            Err(PassError::Directory(failure)) => {
                tell!("photosyncd: who has a photo in Microsoft 365 already could not be found out: {failure}");
                Strangers::default()
            }
            Err(error) => return Err(error.into()),
        };
        let delivered = memory.read(Reader::delivered).await?;
        if is_first_contact(&proposal, delivered, &proposer.guard) {
            proposal.halts.extend(strangers.halt());
            proposal.halts.sort_by_key(Halt::rank);
        }
        let asking = Box::pin(proposal.foresee(&built.pass.uploader, memory, &until));
        match screen.during("Asking Microsoft 365 who has a photo", asking).await {
            Ok(()) => {}
            Err(PassError::Directory(failure)) => {
                tell!("photosyncd: whose photo would stay as it is could not be found out: {failure}");
            }
            Err(error) => return Err(error.into()),
        }
        strangers
    } else {
        Strangers::default()
    };
    if options.unmatched {
        proposal.plan.entries.retain(|entry| entry.decision == Decision::Unmatched);
        proposal.plan.releases.clear();
        (proposal.plan.removals, proposal.plan.departures) = Default::default();
    }
    let untold =
        if options.unmatched || !selection.is_everything() { 0 } else { proposal.default_pictures_untold(memory).await? };
    let mut sum = PlanSum::of(rows(&proposal.plan, &proposal.files), &drifted);
    sum.leave_default_pictures(untold);
    print(&proposal, &options, global.json, proposer.directory.tenant.embedded.is_some(), &strangers, sum);
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

/// Lists the people without a file, without a photo in Microsoft 365, and without either.
async fn missing(
    pass: &Pass,
    proposal: &Proposal,
    memory: LedgerSource<'_>,
    drifted: &[DriftRow],
    as_json: bool,
    screen: &Screen,
) -> Result<Exit, CliError> {
    if let Some(halt) = proposal.stopped_for_good() {
        // Where nothing could be looked at, nobody can be said to be missing.
        return Err(CliError::new(Exit::Halted, format!("the guard halts this ({}): {}", halt.guard, halt.message)));
    }
    let until = setup::until(PATIENCE);
    let asking = Box::pin(pass.gaps(proposal, memory, drifted, &until));
    let gaps = screen.during("Asking Microsoft 365 who has a photo", asking).await?;
    let names =
        |kind: GapKind| -> Vec<&str> { gaps.people.iter().filter(|gap| gap.kind == kind).map(|gap| gap.name.as_str()).collect() };
    if as_json {
        let missing: Vec<&str> = gaps.people.iter().filter(|gap| !gap.has_file).map(|gap| gap.name.as_str()).collect();
        let document = serde_json::json!({
            "missing": missing, "no_file": names(GapKind::NoFile), "no_photo": names(GapKind::NoPhoto),
            "neither": names(GapKind::Neither), "default_picture": names(GapKind::DefaultPicture),
            "unknown": names(GapKind::Unknown)
        });
        say!("{}", text::json(&document));
    } else {
        for gap in &gaps.people {
            let what = match (gap.kind, gap.has_file) {
                (GapKind::NoFile, _) => "no file",
                (GapKind::DefaultPicture, _) => "no file; shows the default picture",
                (GapKind::NoPhoto, _) => "no photo in Microsoft 365",
                (GapKind::Neither, _) => "neither file nor photo",
                (GapKind::Unknown, true) => "it is not known whether Microsoft 365 has a photo",
                (GapKind::Unknown, false) => "no file; it is not known whether Microsoft 365 has a photo",
            };
            say!("{}: {what}", plain(&gap.name));
        }
        let unknown = match gaps.count(GapKind::Unknown) {
            0 => String::new(),
            some => format!(", and {some} could not be asked about"),
        };
        let defaults = match gaps.count(GapKind::DefaultPicture) {
            0 => String::new(),
            some => format!(", {some} with the default picture"),
        };
        tell!(
            "In scope: {} with a photo in Microsoft 365 and no file, {} with a file and no photo yet, {} with neither{defaults}{unknown}.",
            gaps.count(GapKind::NoFile),
            gaps.count(GapKind::NoPhoto),
            gaps.count(GapKind::Neither)
        );
    }
    if let Some(why) = &gaps.why {
        tell!("photosyncd: {}\nWhat to do: {}", why.detail, why.cure);
    }
    Ok(match gaps.read.stopped {
        _ if !proposal.halts.is_empty() => Exit::Halted,
        Some(Stopped::SignIn) => Exit::SignIn,
        Some(_) if gaps.read.unreachable => Exit::Unreachable,
        Some(_) => Exit::Held,
        None => Exit::InStep,
    })
}

fn print(proposal: &Proposal, options: &PlanArgs, as_json: bool, simulated: bool, strangers: &Strangers, sum: PlanSum) {
    let rows: Vec<PlanRow> = rows(&proposal.plan, &proposal.files).collect();
    let problems: Vec<HeldItem> =
        proposal.scan.problems.iter().map(|(path, problem)| HeldItem::new(problem).of_file(path)).collect();
    if as_json {
        let halts = proposal.halts.as_slice();
        say!(
            "{}",
            text::json(&PlanDocument {
                halted: halts.first(),
                halts,
                sum,
                rows: &rows,
                first_contact: FirstContact::of(strangers),
                problems: &problems,
            })
        );
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
        strangers,
        verbose: options.verbose,
        all: options.all || options.unmatched,
        counted: !options.unmatched,
    };
    put!("{}", screenful.text(TextStyle::stdout()));
}
