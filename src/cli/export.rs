//! `export`: the tenant's photos as files, and who has none.

use std::sync::Arc;

use serde::Serialize;

use super::args::{GlobalArgs, PATIENCE};
use super::exit::{CliError, Exit};
use super::export_args::ExportArgs;
use super::out::{put, say};
use super::screen::Screen;
use super::terminal::{Color, TextStyle};
use super::{setup, text};
use crate::clock::Clock;
use crate::delivery::Until;
use crate::export::{ExportEnd, ExportError, ExportSettings, export};
use crate::ledger::Reader;
use crate::model::{Problem, Reason, Stopped, plain};
use crate::pass::PassError;
use crate::status::{HeldItem, short};

/// People of whom nothing can be said, told one by one.
const SHOWN: usize = 3;
const READING: &str = "Reading photos from Microsoft 365";

/// What an export came to. Field names are a contract: fields may be added, these stay.
#[derive(Serialize)]
struct ExportDocument {
    directory: String,
    people: usize,
    exported: usize,
    resumed: usize,
    without_photo: usize,
    unknown: usize,
    not_asked: usize,
    files_removed: usize,
    requests: u64,
    elapsed_ms: u64,
    stopped: Option<Stopped>,
    #[serde(serialize_with = "short::serialize")]
    problems: Vec<HeldItem>,
}

pub(super) async fn run(global: &GlobalArgs, options: ExportArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let built = setup::build_pass(&config, &clock).await?;
    let ExportArgs { out, scope, size, name, patience, max_duration } = options;
    setup::be_patient(&built, patience);
    let cancelled = setup::interrupted()?;
    let (waits_out_pauses, patience) = (patience.is_none(), patience.unwrap_or(PATIENCE));
    let until = Until { patience, waits_out_pauses, max_duration, limit: None, cancelled };
    let directory = plain(&out.to_string_lossy()).into_owned();
    // There may be no ledger yet: then nobody was given one.
    let given = |reader: Reader| Ok(reader.own_names(&reader.people_with_default_picture()?)?);
    let defaults = setup::reader(&config).and_then(given).unwrap_or_default();
    let settings = ExportSettings { out, names: name, size, scope, defaults, tenant: built.identity.to_string() };
    let uploader = &built.pass.uploader;
    let shown = screen.clone();
    let tell = Arc::new(move |known: usize, all: usize| shown.count(READING, known, all));
    let (began, before) = (clock.elapsed(), uploader.directory.tenant.graph.counters().requests);
    let exporting = Box::pin(export(uploader, settings, &until, tell));
    let end = screen.during(READING, exporting).await?;
    let exit = exit(&end);
    let document = ExportDocument {
        directory,
        people: end.people,
        exported: end.exported,
        resumed: end.resumed,
        without_photo: end.without_photo,
        unknown: end.unknown,
        not_asked: end.not_asked,
        files_removed: end.removed,
        requests: uploader.directory.tenant.graph.counters().requests - before,
        elapsed_ms: u64::try_from(clock.elapsed().saturating_sub(began).as_millis()).unwrap_or(u64::MAX),
        stopped: end.read.stopped,
        problems: problems(&end),
    };
    if global.json {
        say!("{}", text::json(&document));
    } else {
        put!("{}", words(&document, &end, TextStyle::stdout()));
    }
    Ok(exit)
}

fn exit(end: &ExportEnd) -> Exit {
    match end.read.stopped {
        Some(Stopped::SignIn) => Exit::SignIn,
        _ if end.read.unreachable && end.exported == end.resumed && end.without_photo == 0 => Exit::Unreachable,
        None if end.unknown == 0 && end.unlisted == 0 => Exit::InStep,
        _ => Exit::Held,
    }
}

fn problems(end: &ExportEnd) -> Vec<HeldItem> {
    let unlisted = (end.unlisted > 0).then(|| unlisted(end.unlisted));
    let of_all = end.read.problem.iter().chain(&unlisted).map(HeldItem::new);
    let of_one = end.problems.iter().map(|unsaid| HeldItem {
        kind: Some(unsaid.target.kind()),
        label: Some(unsaid.name.clone()),
        target: Some(unsaid.target.clone()),
        ..HeldItem::new(&unsaid.problem)
    });
    of_all.chain(of_one).collect()
}

/// Nobody knows whose photos are missing then: none is removed.
fn unlisted(count: usize) -> Problem {
    let accounts = if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    Problem::new(
        Reason::Transient,
        format!("Microsoft 365 listed {accounts} in a way that cannot be read; no file of an earlier export was removed"),
    )
    .with_cure("Run the same command again; if it stays so, ask Microsoft's support what `GET /users` answers.")
}

fn words(document: &ExportDocument, end: &ExportEnd, style: TextStyle) -> String {
    let ExportDocument { people, exported, resumed, without_photo, unknown, not_asked, files_removed, .. } = document;
    let mut text = String::new();
    if let Some(problem) = &end.read.problem {
        let words = format!("Stopped early: {}.", problem.detail.trim_end_matches('.'));
        text += &(style.color(Color::Bad, style.paragraph("", &words).trim_end()) + "\n");
        text += &style.paragraph("→ ", &problem.cure);
    }
    if end.unlisted > 0 {
        let Problem { detail, cure, .. } = unlisted(end.unlisted);
        text += &(style.color(Color::Warning, style.paragraph("", &format!("{detail}. {cure}")).trim_end()) + "\n");
    }
    for unsaid in end.problems.iter().take(SHOWN) {
        let words = format!("{}: {}. {}", plain(&unsaid.name), unsaid.problem.detail.trim_end_matches('.'), unsaid.problem.cure);
        text += &(style.color(Color::Warning, style.paragraph("", &words).trim_end()) + "\n");
    }
    if end.problems.len() > SHOWN {
        text += &style.paragraph("", &format!("… and {} more; without-photo.csv lists them.", end.problems.len() - SHOWN));
    }
    // Nobody in scope is said, too; but not by a run that ended before it knew.
    if *people == 0 && document.stopped.is_some() {
        return text
            + &style.paragraph("", "Stopped: it is not known yet who is in scope. Run the same command again to resume.");
    }
    let mut sum = format!("{people} people in scope: {exported} photos exported, {without_photo} without a photo");
    for (count, what) in [(unknown, "not known"), (not_asked, "not asked about yet")] {
        if *count > 0 {
            sum = format!("{sum}, {count} {what}");
        }
    }
    text += &(style.color(Color::Strong, style.paragraph("", &format!("{sum}.")).trim_end()) + "\n");
    if *resumed > 0 {
        text += &style.paragraph("", &format!("{resumed} of them by an earlier run, and not read again."));
    }
    if *files_removed > 0 {
        let files = text::count(*files_removed as u64, "file");
        text += &style.paragraph("", &format!("{files} of an earlier export removed: nobody in scope has that photo now."));
    }
    let table = "photos.csv says who has which file, without-photo.csv who has none";
    text += &style.paragraph("", &format!("{}: {table}.", document.directory));
    if end.is_open {
        text += &style.paragraph("", "Run the same command again to resume.");
    }
    text
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Output(error) => error.into(),
            ExportError::Journal { .. } => {
                Self::new(Exit::Configuration, format!("{error}. Or give another directory with --out"))
            }
            ExportError::OtherTenant { .. } => {
                Self::new(Exit::Configuration, format!("{error}; give another directory with --out"))
            }
            ExportError::Group(message) => Self::new(Exit::Usage, message),
            ExportError::Scope(halt) => Self::new(Exit::Halted, halt.message),
            ExportError::Directory(failure) => PassError::Directory(failure).into(),
            ExportError::Panicked(error) => Self::internal("the export could not be made", error),
        }
    }
}
