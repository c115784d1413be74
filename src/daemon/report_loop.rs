//! The loop that writes the report for HR every so often, in its own time: neither passes nor uploads wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::hr_report::{LATELY, ScheduledReport, add_names, add_unread, report};
use super::status::SharedStatus;
use crate::files::{Output, fingerprint_of};
use crate::ledger::{LedgerError, Reader};
use crate::model::{Advice, Timestamp};
use crate::pass::Pass;
use crate::report::{INDEX, Pictures, Report, write_pages};
use crate::status::Phase;

/// How often it looks whether a report is due.
const LOOK: Duration = Duration::from_secs(60);
/// The file system says within this time when the last one was written, or one is due.
const PATIENCE: Duration = Duration::from_secs(10);
/// A report that could not be written is tried again after this.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// Writes reports until cancelled: one when the last one there is older than `every`, so that restarts make none. Errors:
/// none; what goes wrong is told and tried again.
pub(super) async fn write_reports(
    scheduled: Option<Arc<ScheduledReport>>,
    pass: Pass,
    shared: Arc<SharedStatus>,
    cancelled: CancellationToken,
) -> Result<(), LedgerError> {
    let mut changes = shared.read();
    tokio::select! {
        // What is to be told is known after the first pass.
        _ = changes.wait_for(|now| now.phase == Phase::Running) => {}
        () = cancelled.cancelled() => {}
    }
    let mut said = None;
    while !cancelled.is_cancelled() {
        let mut rest = LOOK;
        if let Some(scheduled) = scheduled.as_ref().filter(|scheduled| is_due(scheduled, shared.clock.now())) {
            let written = write(scheduled, &pass, &shared, &cancelled).await;
            match &written {
                Ok(Some(pages)) => tracing::info!(pages, "The report for HR was written"),
                Ok(None) => break,
                Err(why) => {
                    if said.as_ref() != Some(why) {
                        tracing::warn!("The report for HR could not be written and is tried again in ten minutes: {why}");
                    }
                    rest = AGAIN;
                }
            }
            shared.reported(written.as_ref().err().map(String::as_str));
            said = written.err();
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = cancelled.cancelled() => {}
        }
    }
    // A loop that ends by itself would be a fault.
    cancelled.cancelled().await;
    Ok(())
}

fn is_due(scheduled: &ScheduledReport, now: Timestamp) -> bool {
    let written = fingerprint_of(&scheduled.directory.join(INDEX), PATIENCE);
    let written = written.map(|found| Timestamp::from_millis(found.mtime_ns / 1_000_000));
    // One from the future was written when the clock was wrong.
    written.is_none_or(|written| written > now || now.since(written) >= scheduled.every)
}

/// Writes a report; says how many pages, or none if it was cancelled. Errors: why it could not be written.
async fn write(
    scheduled: &ScheduledReport,
    pass: &Pass,
    shared: &SharedStatus,
    cancelled: &CancellationToken,
) -> Result<Option<usize>, String> {
    let (now, order) = (shared.clock.now(), ScheduledReport::clone(scheduled));
    let mut report = tokio::task::spawn_blocking(move || read(order, now)).await.map_err(|error| error.to_string())??;
    report.unseen |= shared.now().is_dated();
    add_unread(&mut report, &pass.proposer.scanner).await;
    if scheduled.names {
        let added = tokio::select! {
            added = add_names(&mut report, &pass.proposer.directory) => added,
            () = cancelled.cancelled() => return Ok(None),
        };
        if let Err(failure) = added {
            tracing::warn!("Names for the report could not be asked for; it shows those of the files: {failure}");
        }
    }
    let (report, preparer, directory, cancelled) =
        (report.sorted(), pass.uploader.preparer.clone(), scheduled.directory.clone(), cancelled.clone());
    let writing = move || {
        let mut output = Output::create(&directory).map_err(|error| error.to_string())?;
        let make = |path: &_, content, side| preparer.thumbnail(path, content, side);
        // One picture at a time: uploads come first.
        let pictures = Pictures { make: &make, workers: 1 };
        write_pages(&report, pictures, &mut output, true, &|| cancelled.is_cancelled()).map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(writing).await.map_err(|error| error.to_string())?
}

fn read(scheduled: ScheduledReport, now: Timestamp) -> Result<Report, String> {
    let ScheduledReport { ledger, texts, instance, every, .. } = scheduled;
    let reader = Reader::open(&ledger).map_err(|error| error.advice())?;
    report(&reader, texts, instance, now, LATELY.max(every)).map_err(|error| error.advice())
}
