//! `report`: pages and a table for HR: who has which photo, what is held and why.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::args::{GlobalArgs, PATIENCE, ReportArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{BuildError, Built, Config, instance, preparer, scanner};
use crate::daemon::{self, GetStatus, add_names, add_unread, report};
use crate::files::{Output, OutputError};
use crate::ledger::LedgerSource;
use crate::pass::GapKind;
use crate::report::{Figures, INDEX, Pictures, Report, csv, single_page, write_pages};
use crate::status::{PhotoRow, PhotoState};

/// Rows that one page alone can carry.
const PER_FILE: usize = 250;
/// Where the pages go if nobody says it.
const HERE: &str = "report";

/// What is written, by the name of the place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pages,
    Page,
    Table,
}

pub(super) async fn run(global: &GlobalArgs, options: ReportArgs) -> Result<Exit, CliError> {
    if options.texts {
        // Also before there is a configuration.
        let language = Config::load(&global.config, &setup::env).map(|config| config.report.language);
        let file = language.unwrap_or_default().file();
        if global.json {
            let texts: serde_json::Value = serde_yaml::from_str(file).unwrap_or_default();
            say!("{}", text::json(&texts));
        } else {
            put!("{file}");
        }
        return Ok(Exit::InStep);
    }
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let out = options.out.clone().or_else(|| config.report.directory.clone()).unwrap_or_else(|| PathBuf::from(HERE));
    let texts = config.report.words().map_err(BuildError::from)?;
    let mut made = report(&setup::reader(&config)?, texts, instance(&config), clock.now(), options.since)?;
    made.unseen |= daemon::ask(&config.ledger.path, &GetStatus {}).await.is_ok_and(|service| service.is_dated());
    add_unread(&mut made, &scanner(&config, &clock)).await;
    let asked = if options.missing || config.report.names { Some(setup::build_pass(&config, &clock).await?) } else { None };
    if let Some(built) = asked.as_ref().filter(|_| options.missing) {
        screen.during("Asking the directory who has no photo", Box::pin(add_missing(&mut made, &config, built))).await?;
        made.asked_missing = true;
    }
    if let Some(built) = asked.as_ref().filter(|_| config.report.names)
        && let Err(failure) = screen.during("Asking for names", add_names(&mut made, &built.pass.proposer.directory)).await
    {
        tracing::warn!("Names could not be asked for, so the report shows those of the files: {failure}");
    }
    let made = made.sorted();
    let ending = |wanted: &str| out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
    let form = if ending("csv") {
        Form::Table
    } else if ending("html") {
        Form::Page
    } else {
        Form::Pages
    };
    let shown = made.photos.rows.len() + made.photos.unmatched.len();
    if form == Form::Page && shown > PER_FILE {
        let words = format!(
            "{shown} rows don't fit on one page ({PER_FILE} do); give a directory: --out {}",
            out.with_extension("").display()
        );
        return Err(CliError::new(Exit::Usage, words));
    }
    let preparer = preparer(&config, &clock);
    let figures = Figures::of(&made);
    let with_table = options.csv;
    let place = out.clone();
    let writing = move || {
        let thumbnail = |path: &_, content, side| preparer.thumbnail(path, content, side);
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        write(&made, form, &place, with_table, Pictures { make: &thumbnail, workers }).map(|written| (made, written))
    };
    let written = screen.during("Writing the pages", tokio::task::spawn_blocking(writing)).await;
    let (made, (index, pages)) = written.map_err(|error| CliError::internal("the report could not be made", error))??;
    let rows = made.photos.rows.len();
    if global.json {
        let document = serde_json::json!({
            "rows": rows, "held": figures.held(), "pages": pages, "index": index, "figures": figures
        });
        say!("{}", text::json(&document));
    } else {
        let more = match figures.unmatched {
            0 => String::new(),
            some => format!(", {} unmatched", text::count(some as u64, "file")),
        };
        say!("{}, {} held{more}: {}", text::count(rows as u64, "row"), figures.held(), index.display());
    }
    Ok(Exit::InStep)
}

/// Writes it; says what to open first, and how many pages there are.
fn write(
    report: &Report,
    form: Form,
    out: &Path,
    with_table: bool,
    pictures: Pictures<'_>,
) -> Result<(PathBuf, usize), OutputError> {
    match form {
        Form::Table => {
            let (mut output, name) = Output::of_file(out)?;
            output.write(&name, csv(report).as_bytes())?;
            Ok((out.to_owned(), 1))
        }
        Form::Page => {
            let (mut output, name) = Output::of_file(out)?;
            output.write(&name, single_page(report, pictures).as_bytes())?;
            if with_table {
                let beside = Path::new(&name).with_extension("csv");
                output.write(&beside.to_string_lossy(), csv(report).as_bytes())?;
            }
            Ok((out.to_owned(), 1))
        }
        Form::Pages => {
            let mut output = Output::create(out)?;
            let pages = write_pages(report, pictures, &mut output, with_table, &|| false)?;
            Ok((out.join(INDEX), pages.unwrap_or(0)))
        }
    }
}

/// People in scope without a file, and whose photo Microsoft 365 does not have.
async fn add_missing(report: &mut Report, config: &Config, built: &Built) -> Result<(), CliError> {
    setup::be_patient(built, Some(PATIENCE));
    let reader = Mutex::new(setup::reader(config)?);
    let proposal = built.pass.proposer.propose(LedgerSource::ReadOnly(&reader)).await?;
    let drifted = setup::reader(config)?.drifted()?;
    let gaps = built.pass.gaps(&proposal, LedgerSource::ReadOnly(&reader), &drifted, &setup::until(PATIENCE)).await?;
    if let Some(why) = &gaps.why {
        tracing::warn!("Not all photos in Microsoft 365 could be asked about: {}", why.detail);
    }
    for gap in gaps.people {
        let there = matches!(gap.kind, GapKind::NoFile | GapKind::DefaultPicture);
        let in_tenant = (gap.kind != GapKind::Unknown).then_some(there);
        let rows = &mut report.photos.rows;
        let is_known = gap.has_file || gap.kind == GapKind::DefaultPicture;
        // Whoever had the default picture, and has another photo or none by now, is in the ledger, too.
        let has_no_file =
            |row: &PhotoRow| matches!(row.state, PhotoState::OnlyPhoto | PhotoState::Missing | PhotoState::DefaultPicture);
        let is_it = |row: &PhotoRow| row.object_id.as_deref() == Some(gap.id.as_str()) && (is_known || has_no_file(row));
        let of_file = rows.iter_mut().find(|row| is_it(row));
        let state = if gap.kind == GapKind::NoFile { PhotoState::OnlyPhoto } else { PhotoState::Missing };
        match of_file {
            Some(row) => {
                let is_replaced = row.state == PhotoState::DefaultPicture && !is_known && gap.kind != GapKind::Unknown;
                (row.in_tenant, row.state) = (in_tenant, if is_replaced { state } else { row.state });
            }
            None if gap.has_file => {}
            None => {
                let object_id = Some(gap.id.to_string());
                rows.push(PhotoRow { object_id, in_tenant, state, ..PhotoRow::missing(gap.name) });
            }
        }
    }
    Ok(())
}
