//! `report`: pages and a table for HR: who has which photo, what is held and why.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use super::args::{GlobalArgs, ReportArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{Config, preparer};
use crate::delivery::Preparer;
use crate::files::{Output, OutputFile};
use crate::ledger::LedgerSource;
use crate::model::{Digest, SourcePath, Timestamp};
use crate::pass::PassError;
use crate::report::{Report, csv};
use crate::status::{PassLine, PhotoRow, PhotoState, photos};
use bytes::Bytes;

/// Rows on one contact sheet: with their pictures about a megabyte.
const PER_SHEET: usize = 200;
/// Rows that one page alone can carry.
const PER_FILE: usize = 400;

pub(super) async fn run(global: &GlobalArgs, options: ReportArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let clock = Clock::system();
    let reader = setup::reader(&config)?;
    let now = clock.now();
    let since = before(now, options.since);
    let mut rows = photos(&reader, since)?;
    if options.missing {
        rows.extend(missing(&config, &clock).await?);
        rows.sort_by_cached_key(PhotoRow::order);
    }
    let pictures: Vec<_> = rows.iter().map(|row| row.picture.clone()).collect();
    let unmatched = reader.last_pass()?.and_then(|pass| PassLine::from(&pass).unmatched).unwrap_or(0).into();
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
    let preparer = preparer(&config, &clock);
    if is_file {
        if count > PER_FILE {
            let words = format!(
                "{count} rows don't fit on one page ({PER_FILE} do); give a directory: --out {}",
                options.out.with_extension("").display()
            );
            return Err(CliError::new(Exit::Usage, words));
        }
        let thumbnails = thumbnails(&preparer, pictures).await?;
        write(&options.out, report.index(&thumbnails).as_bytes())?;
        if options.csv {
            write(&options.out.with_extension("csv"), csv(&report.rows).as_bytes())?;
        }
        return Ok(done(global, &options.out, &report, 1));
    }
    let mut output = Output::create(&options.out)?;
    sheets(&preparer, &mut report, pictures, &mut output).await?;
    output.write("index.html", report.index(&[]).as_bytes())?;
    if options.csv {
        output.write("people.csv", csv(&report.rows).as_bytes())?;
    }
    Ok(done(global, &options.out.join("index.html"), &report, report.sheets() + 1))
}

async fn sheets(
    preparer: &Preparer,
    report: &mut Report,
    pictures: Vec<Option<(SourcePath, Digest)>>,
    output: &mut Output,
) -> Result<(), CliError> {
    for (at, pictures) in pictures.chunks(PER_SHEET).enumerate() {
        let thumbnails = thumbnails(preparer, pictures.to_vec()).await?;
        output.write(&Report::sheet_name(at + 1), report.sheet(at + 1, &thumbnails).as_bytes())?;
    }
    // Sheets of an earlier, larger report would show people who left.
    for number in report.sheets() + 1.. {
        if !output.remove(&Report::sheet_name(number))? {
            break;
        }
    }
    Ok(())
}

async fn thumbnails(preparer: &Preparer, pictures: Vec<Option<(SourcePath, Digest)>>) -> Result<Vec<Option<Bytes>>, CliError> {
    preparer.thumbnails(pictures).await.map_err(|error| CliError::internal("a picture could not be prepared", error))
}

fn done(global: &GlobalArgs, at: &Path, report: &Report, pages: usize) -> Exit {
    let held = report.rows.iter().filter(|row| row.state == PhotoState::Held).count();
    let count = report.rows.len();
    if global.json {
        say!("{}", text::json(&serde_json::json!({ "rows": count, "held": held, "pages": pages, "index": at })));
    } else {
        say!("{}, {held} held: {}", text::count(count as u64, "row"), at.display());
    }
    Exit::InStep
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    Ok(OutputFile::open(path)?.write(bytes)?)
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_millis(now.millis().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

/// People in scope whom no file speaks for.
async fn missing(config: &Config, clock: &Clock) -> Result<Vec<PhotoRow>, CliError> {
    let proposer = setup::build_pass(config, clock).await?.pass.proposer;
    let reader = std::sync::Mutex::new(setup::reader(config)?);
    let proposal = proposer.propose(LedgerSource::ReadOnly(&reader)).await?;
    let names: HashSet<String> =
        proposer.directory.missing(&proposal.files).await.map_err(PassError::Directory)?.into_iter().collect();
    Ok(names.into_iter().map(PhotoRow::missing).collect())
}
