//! Keeps what others read up to date: the counts, `status.json`, the unit's status line; and pings the watchdog.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use crate::files::{Audience, replace};
use crate::ledger::Ledger;
use crate::model::plain_json;
use crate::status::{ServiceStatus, resolve_themselves};

/// The status file and line are written at most this often.
const AT_MOST: Duration = Duration::from_secs(1);
/// Counting takes this share of the ledger's time at most, while things change.
const SHARE: u32 = 50;

/// A file of the service beside its ledger: `status.json` for the ledger `photosyncd.db`, `NAME.status.json` for others.
pub(super) fn sibling_path(ledger: &Path, name: &str) -> PathBuf {
    match ledger.file_stem().and_then(|stem| stem.to_str()) {
        None | Some("photosyncd") => ledger.with_file_name(name),
        Some(stem) => ledger.with_file_name(format!("{stem}.{name}")),
    }
}

/// Keeps the books until cancelled.
pub(super) async fn run(shared: Arc<SharedStatus>, ledger: Ledger, path: PathBuf, cancelled: CancellationToken) {
    let mut written = None;
    let mut failing = false;
    let mut line = String::new();
    let mut count_at = Duration::ZERO;
    while !cancelled.is_cancelled() {
        let now = shared.clock.elapsed();
        if now >= count_at && shared.is_stale() {
            count(&shared, &ledger).await;
            count_at = shared.clock.elapsed() + (shared.clock.elapsed().saturating_sub(now) * SHARE).min(Duration::from_secs(30));
        }
        let snapshot = shared.now();
        shared.samples.take(&snapshot.totals, snapshot.rate_per_second, shared.clock.elapsed(), shared.clock.now());
        shared.backlog.take(&snapshot);
        let new_line = snapshot.line();
        if written.as_ref() != Some(&snapshot) {
            failing = write_status(&path, &snapshot, failing);
            written = Some(snapshot);
        }
        // After the file: whoever hears of it may look there.
        if line != new_line {
            shared.supervisor.status(&new_line);
            line = new_line;
        }
        tokio::select! {
            () = tokio::time::sleep(AT_MOST) => {}
            () = cancelled.cancelled() => {}
        }
    }
}

/// Counts the targets.
pub(super) async fn count(shared: &SharedStatus, ledger: &Ledger) {
    let wall = shared.clock.now();
    let counted = ledger
        .read(move |reader| {
            let targets = reader.counts()?;
            // What is held is read only where something is.
            let resolve = if targets.blocked > 0 { resolve_themselves(reader)? } else { 0 };
            let next = reader.next_due(wall, None)?.map(|at| reader.tried_at(at)).transpose()?;
            Ok((targets, resolve, next))
        })
        .await;
    match counted {
        Ok(counted) => shared.change(|now| (now.targets, now.resolve_themselves, now.next_due) = counted),
        // Who needs the ledger says what is wrong with it.
        Err(_) => shared.recount(),
    }
}

/// Writes the status file, whole or not at all; a fault is said, unless it was the last time, and does no harm.
pub(super) fn write_status(path: &Path, snapshot: &ServiceStatus, failing: bool) -> bool {
    let mut text = plain_json(serde_json::to_string_pretty(snapshot).unwrap_or_default());
    text.push('\n');
    // Whatever the umask: it is for anybody who may enter the directory.
    let written = replace(path, text.as_bytes(), Audience::Everybody);
    if let (Err(error), false) = (&written, failing) {
        tracing::warn!("The status file {} can't be written: {error}", path.display());
    }
    written.is_err()
}
