//! `explain`: the whole story of one file or target.

use std::collections::HashMap;

use serde::Serialize;

use super::args::{Explain, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::WhenFileDisappears;
use crate::ledger::{AttemptRow, Reader, TargetRow};
use crate::model::{DeliveryState, PhotoVersion, Problem, TargetId, Timestamp};
use crate::plan::KnownFile;

/// Tries shown for each target.
const TRIES: usize = 20;

/// The story as JSON.
#[derive(Serialize)]
struct Document {
    files: Vec<FileStory>,
    targets: Vec<TargetStory>,
}

#[derive(Serialize)]
struct FileStory {
    path: String,
    size: u64,
    digest: Option<String>,
    read_at: Timestamp,
    rule: Option<String>,
    reference: Option<String>,
    target: Option<String>,
    bound_to: Option<String>,
    bound_at: Option<Timestamp>,
    held: Option<Held>,
}

#[derive(Serialize)]
struct Held {
    reason: crate::model::Reason,
    detail: String,
    cure: String,
    since: Option<Timestamp>,
}

#[derive(Serialize)]
struct TargetStory {
    id: String,
    target: String,
    path: Option<String>,
    state: &'static str,
    since: Timestamp,
    until: Option<Timestamp>,
    desired: Option<Version>,
    delivered: Option<Version>,
    note: Option<String>,
    attempts: u32,
    problem: Option<Held>,
    gone: Option<GoneStory>,
    tries: Vec<AttemptRow>,
}

/// The file that is gone, and when its photo goes; never if none is removed.
#[derive(Clone, Serialize)]
struct GoneStory {
    path: String,
    since: Timestamp,
    due_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Version {
    digest: String,
    recipe: String,
    at: Timestamp,
}

impl Version {
    fn of((version, at): &(PhotoVersion, Timestamp)) -> Self {
        Self { digest: version.digest.to_string(), recipe: version.recipe.to_string(), at: *at }
    }
}

impl Held {
    fn of(problem: &Problem, since: Option<Timestamp>) -> Self {
        Self { reason: problem.reason, detail: problem.detail.clone(), cure: problem.cure.clone(), since }
    }
}

pub(super) fn run(global: &Global, options: &Explain) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let reader = setup::reader(&config)?;
    let remembered = reader.remembered(Clock::system().now())?;
    let mut told = reader.targets(&options.what)?;
    // Whose file is gone is known by that file all the same.
    let by_path = remembered.gone.iter().filter(|gone| gone.path.as_str() == options.what);
    for gone in by_path.filter(|gone| !told.iter().any(|row| row.target == gone.target)).collect::<Vec<_>>() {
        told.extend(reader.targets(&gone.target.to_string())?);
    }
    let removes = config.removal.when_file_disappears == WhenFileDisappears::Delete;
    let due_at = |since: Timestamp| since.plus(config.removal.grace).max(remembered.locked_until.unwrap_or_default());
    let gone: HashMap<TargetId, GoneStory> = remembered
        .gone
        .iter()
        .filter(|gone| !gone.under_way)
        .map(|gone| {
            let due_at = removes.then(|| due_at(gone.since));
            (gone.target.clone(), GoneStory { path: gone.path.to_string(), since: gone.since, due_at })
        })
        .collect();
    let document = Document {
        files: reader.files(&options.what)?.iter().map(file_story).collect(),
        targets: told.into_iter().map(|row| target_story(&reader, &gone, row)).collect::<Result<_, _>>()?,
    };
    if document.files.is_empty() && document.targets.is_empty() {
        let words = format!(
            "nothing is known of {:?}; give a path below {}, an object id, or a part of the name as the file spells it. A new file is known after the next pass",
            options.what,
            config.source.directory.display()
        );
        return Err(Trouble::new(Exit::Usage, words));
    }
    if global.json {
        say!("{}", text::json(&document));
    } else {
        document.files.iter().for_each(print_file);
        document.targets.iter().for_each(print_target);
    }
    Ok(Exit::InStep)
}

fn file_story(file: &KnownFile) -> FileStory {
    FileStory {
        path: file.path.to_string(),
        size: file.fingerprint.size,
        digest: file.digest.map(|digest| digest.to_string()),
        read_at: file.read_at,
        rule: file.rule.as_deref().map(str::to_owned),
        reference: file.reference.as_deref().map(str::to_owned),
        target: file.label.as_deref().map(str::to_owned),
        bound_to: file.target.as_ref().map(ToString::to_string),
        bound_at: file.bound_at,
        held: file.held.as_deref().map(|(problem, since)| Held::of(problem, Some(*since))),
    }
}

fn target_story(reader: &Reader, gone: &HashMap<TargetId, GoneStory>, row: TargetRow) -> Result<TargetStory, Trouble> {
    let (state, until) = match &row.state {
        _ if row.released => ("released", None),
        DeliveryState::InStep => ("in_step", None),
        DeliveryState::Due => ("due", None),
        DeliveryState::Waiting { until, .. } => ("waiting", Some(*until)),
        DeliveryState::Blocked { .. } => ("blocked", None),
    };
    Ok(TargetStory {
        tries: reader.attempts(&row.target, TRIES)?,
        gone: gone.get(&row.target).cloned(),
        id: row.target.to_string(),
        target: row.label,
        path: row.path.map(|path| path.to_string()),
        state,
        since: row.since,
        until,
        desired: row.desired.as_ref().map(Version::of),
        delivered: row.delivered.as_ref().map(Version::of),
        note: row.note,
        attempts: row.attempts,
        problem: row.problem.as_ref().map(|problem| Held::of(problem, None)),
    })
}

fn print_file(file: &FileStory) {
    say!("{} ({}, read at {})", file.path, text::bytes(file.size), file.read_at);
    match (&file.rule, &file.reference) {
        (Some(rule), Some(reference)) => say!("  claimed by {rule}, as {reference}"),
        _ => say!("  no rule claims it"),
    }
    if let (Some(object), Some(at)) = (&file.bound_to, file.bound_at) {
        say!("  the directory said at {at}: that is {object}");
    }
    if let Some(held) = &file.held {
        print_held(held);
    }
}

fn print_target(target: &TargetStory) {
    say!("{} ({})", target.target, target.id);
    if let Some(path) = &target.path {
        say!("  {path} speaks for it");
    }
    let state = match (target.state, target.until) {
        ("in_step", _) => format!("in step since {}", target.since),
        ("due", _) if target.desired.is_none() => {
            "due: its photo is taken out of the tenant as soon as the pace allows".to_owned()
        }
        ("due", _) => "due: goes out as soon as the pace allows".to_owned(),
        ("waiting", Some(until)) => format!("waiting, tried again at {until}, {} failed tries", target.attempts),
        ("released", _) if target.tries.first().is_some_and(|row| row.outcome == "removed") => {
            format!("no file speaks for it, and its photo was taken out of the tenant at {}", target.since)
        }
        ("released", _) if target.gone.is_some() => format!("no file speaks for it since {}", target.since),
        ("released", _) => format!("no file speaks for it since {}; the photo in the tenant stays", target.since),
        (state, _) => format!("{state} since {}, {} failed tries", target.since, target.attempts),
    };
    say!("  {state}");
    if let Some(GoneStory { path, since, due_at, .. }) = &target.gone {
        match due_at {
            Some(due_at) => say!(
                "  {path} is gone since {since}; if it does not come back, the first pass after {due_at} takes its photo out of the tenant"
            ),
            None => say!("  {path} is gone since {since}; the photo in the tenant stays (removal.when_file_disappears: keep)"),
        }
    }
    match (&target.delivered, &target.desired) {
        (Some(delivered), _) => say!(
            "  Microsoft 365 accepted picture {:.12} at {}; clients may show it hours later, at times a day",
            delivered.digest,
            delivered.at
        ),
        (None, Some(desired)) => {
            say!("  picture {:.12} is wanted since {}; none was accepted yet", desired.digest, desired.at);
        }
        (None, None) => {}
    }
    if let Some(note) = &target.note {
        say!("  about that picture: {note}");
    }
    if let Some(problem) = &target.problem {
        print_held(problem);
    }
    for row in &target.tries {
        let status = row.status.map(|status| format!(" HTTP {status}")).unwrap_or_default();
        let code = row.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        let request = row.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
        say!("  {} pass {}: {}{status}{code}{request}", row.at, row.pass, row.outcome);
    }
}

fn print_held(held: &Held) {
    let since = held.since.map(|since| format!(" since {since}")).unwrap_or_default();
    say!("  held{since}: {}: {}\n  → {}", held.reason, held.detail, held.cure);
}
