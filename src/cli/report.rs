//! `report`: pages and a table for HR: who has which photo, what is held and why.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use super::args::{GlobalArgs, ReportArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{CloudName, Config};
use crate::engine::{Engine, Memory};
use crate::ledger::{HeldRow, Reader, TargetRow};
use crate::model::{DeliveryState, Digest, Reason, SourcePath, TargetId, Timestamp};
use crate::report::{PersonRow, Report, RowState, csv};

/// Rows on one contact sheet: with their pictures about a megabyte.
const PER_SHEET: usize = 200;
/// Rows that one page alone can carry.
const PER_FILE: usize = 400;

/// A row, and what its picture is made from.
type Drawn = (PersonRow, Option<(SourcePath, Digest)>);

pub(super) async fn run(global: &GlobalArgs, options: ReportArgs) -> Result<Exit, CliError> {
    let mut config = setup::load_config(global, &Screen::default())?;
    let clock = Clock::system();
    let reader = setup::reader(&config)?;
    let now = clock.now();
    let since = before(now, options.since);
    let mut drawn = rows(&reader, since)?;
    if options.missing {
        drawn.extend(missing(&config, &clock).await?);
    }
    drawn.sort_by_cached_key(|(row, _)| (kind_order(row.kind), row.name.to_lowercase()));
    let (rows, pictures): (Vec<PersonRow>, Vec<_>) = drawn.into_iter().unzip();
    let unmatched = reader.last_pass()?.and_then(|pass| pass.summary?["unmatched"].as_u64()).unwrap_or(0);
    let style = TextStyle::default();
    let is_table = options.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let is_file = options.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
    let mut report = Report {
        made: style.time(now),
        since: style.time(since),
        per_sheet: (!is_file).then_some(PER_SHEET),
        rows,
        asked_missing: options.missing,
        unmatched,
    };
    let count = report.rows.len();
    if is_table {
        write(&options.out, csv(&report.rows).as_bytes())?;
        return Ok(done(global, &options.out, &report, 1));
    }
    // Pictures are only read and prepared: no tenant is asked, and no secret is needed.
    config.graph.cloud = CloudName::Emulator;
    let engine = setup::build_engine(&config, &clock).await?.engine;
    if is_file {
        if count > PER_FILE {
            let words = format!(
                "{count} rows don't fit on one page ({PER_FILE} do); give a directory: --out {}",
                options.out.with_extension("").display()
            );
            return Err(CliError::new(Exit::Usage, words));
        }
        let thumbnails = engine.thumbnails(pictures).await?;
        write(&options.out, report.index(&thumbnails).as_bytes())?;
        if options.csv {
            write(&options.out.with_extension("csv"), csv(&report.rows).as_bytes())?;
        }
        return Ok(done(global, &options.out, &report, 1));
    }
    std::fs::create_dir_all(&options.out).map_err(|error| unwritable(&options.out, &error))?;
    sheets(&engine, &mut report, pictures, &options.out).await?;
    let index = options.out.join("index.html");
    write(&index, report.index(&[]).as_bytes())?;
    if options.csv {
        write(&options.out.join("people.csv"), csv(&report.rows).as_bytes())?;
    }
    Ok(done(global, &index, &report, report.sheets() + 1))
}

async fn sheets(
    engine: &Engine,
    report: &mut Report,
    pictures: Vec<Option<(SourcePath, Digest)>>,
    out: &Path,
) -> Result<(), CliError> {
    for (at, pictures) in pictures.chunks(PER_SHEET).enumerate() {
        let thumbnails = engine.thumbnails(pictures.to_vec()).await?;
        write(&out.join(Report::sheet_name(at + 1)), report.sheet(at + 1, &thumbnails).as_bytes())?;
    }
    // Sheets of an earlier, larger report would show people who left.
    for number in report.sheets() + 1.. {
        if std::fs::remove_file(out.join(Report::sheet_name(number))).is_err() {
            break;
        }
    }
    Ok(())
}

fn done(global: &GlobalArgs, at: &Path, report: &Report, pages: usize) -> Exit {
    let held = report.rows.iter().filter(|row| row.state == RowState::Held).count();
    let count = report.rows.len();
    if global.json {
        say!("{}", text::json(&serde_json::json!({ "rows": count, "held": held, "pages": pages, "index": at })));
    } else {
        say!("{}, {held} held: {}", text::count(count as u64, "row"), at.display());
    }
    Exit::InStep
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Configuration, format!("{} can't be written: {error}; give another place with --out", path.display()))
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_millis(now.millis().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

fn kind_order(kind: &str) -> usize {
    ["me", "user", "group", "team", "contact"].iter().position(|one| *one == kind).unwrap_or(usize::MAX)
}

/// Everybody whom the ledger knows.
fn rows(reader: &Reader, since: Timestamp) -> Result<Vec<Drawn>, CliError> {
    let mut held: HashMap<Option<TargetId>, Vec<HeldRow>> = HashMap::new();
    for row in reader.held()? {
        held.entry(row.target.clone()).or_default().push(row);
    }
    let mut all = Vec::new();
    for target in reader.everything()? {
        let held = held.remove(&Some(target.target.clone())).unwrap_or_default();
        all.extend(of_target(target, held.first(), since));
    }
    // Whoever was never planned for: held before.
    all.extend(held.into_values().flatten().map(|row| (of_held(&row), None)));
    Ok(all)
}

fn of_target(row: TargetRow, held: Option<&HeldRow>, since: Timestamp) -> Option<Drawn> {
    let problem = held.map(|held| &held.problem).or(row.problem.as_ref());
    let reason = problem.map(|problem| problem.reason);
    let state = match &row.state {
        _ if row.released && row.delivered.is_none() => return None,
        _ if row.released => RowState::NoFile,
        _ if reason == Some(Reason::OutOfScope) => RowState::OutOfScope,
        _ if reason.is_some_and(Reason::is_kept) => RowState::Kept,
        DeliveryState::Waiting { .. } | DeliveryState::Due => RowState::OnItsWay,
        DeliveryState::Blocked { .. } => RowState::Held,
        DeliveryState::InStep if held.is_some() => RowState::Held,
        DeliveryState::InStep => RowState::UpToDate,
    };
    let why = problem.filter(|_| !matches!(state, RowState::UpToDate | RowState::NoFile)).map(told);
    let delivered = row.delivered.as_ref();
    let picture = delivered.and_then(|(version, _)| Some((row.path.clone()?, version.digest)));
    let row = PersonRow {
        kind: row.target.kind().as_str(),
        name: row.label,
        object_id: row.target.object_id().map(ToString::to_string),
        path: row.path.map(|path| path.to_string()),
        state,
        since: Some(both(held.map_or(row.since, |held| held.since))),
        delivered: delivered.map(|(_, at)| both(*at)),
        changed: delivered.is_some_and(|(_, at)| *at >= since),
        why,
    };
    Some((row, picture))
}

fn of_held(row: &HeldRow) -> PersonRow {
    let kind = row.target.as_ref().map_or_else(
        || row.reference.as_deref().and_then(|key| key.split(':').next()).unwrap_or_default().to_owned(),
        |target| target.kind().to_string(),
    );
    let kind = crate::model::TargetKind::ALL.into_iter().find(|one| one.as_str() == kind).map_or("", |kind| kind.as_str());
    PersonRow {
        kind,
        name: row.label.clone().or_else(|| row.path.as_ref().map(ToString::to_string)).unwrap_or_default(),
        object_id: row.target.as_ref().and_then(TargetId::object_id).map(ToString::to_string),
        path: row.path.as_ref().map(ToString::to_string),
        state: if row.problem.reason.is_kept() { RowState::Kept } else { RowState::Held },
        since: Some(both(row.since)),
        delivered: None,
        changed: false,
        why: Some(told(&row.problem)),
    }
}

fn told(problem: &crate::model::Problem) -> (String, String, String) {
    (problem.reason.to_string(), problem.detail.clone(), problem.cure.clone())
}

/// For programs, and for people.
fn both(at: Timestamp) -> (String, String) {
    // To the minute, without the zone, which stands at the top of the page.
    (at.to_string(), text::local(at).chars().take(16).collect())
}

/// People in scope whom no file speaks for.
async fn missing(config: &Config, clock: &Clock) -> Result<Vec<Drawn>, CliError> {
    let engine = setup::build_engine(config, clock).await?.engine;
    let reader = std::sync::Mutex::new(setup::reader(config)?);
    let proposal = engine.propose(Memory::Reader(&reader)).await?;
    let names: HashSet<String> = engine.missing(&proposal).await?.into_iter().collect();
    let row = |name| PersonRow {
        kind: "user",
        name,
        object_id: None,
        path: None,
        state: RowState::Missing,
        since: None,
        delivered: None,
        changed: false,
        why: None,
    };
    Ok(names.into_iter().map(|name| (row(name), None)).collect())
}
