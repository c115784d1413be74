//! Keeps what others read up to date: the counts, `status.json`, the unit's status line; and pings the watchdog.

use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use crate::delivery::HEARTBEAT;
use crate::ledger::{Ledger, Reader};
use crate::status::{Phase, ServiceStatus};

/// The status file and line are written at most this often.
const AT_MOST: Duration = Duration::from_secs(1);
/// Counting takes this share of the ledger's time at most, while things change.
const SHARE: u32 = 50;
/// How much longer the start may take, from each time it is said.
const LONGER: Duration = Duration::from_secs(60);
/// How often it is said.
const SAY_LONGER: Duration = Duration::from_secs(15);

/// A file of the service beside its ledger: `status.json` for the ledger `photosyncd.db`, `NAME.status.json` for others.
pub(super) fn beside(ledger: &Path, name: &str) -> PathBuf {
    match ledger.file_stem().and_then(|stem| stem.to_str()) {
        None | Some("photosyncd") => ledger.with_file_name(name),
        Some(stem) => ledger.with_file_name(format!("{stem}.{name}")),
    }
}

/// Keeps the books until cancelled.
pub(super) async fn keep(board: Arc<SharedStatus>, ledger: Ledger, path: PathBuf, cancelled: CancellationToken) {
    let mut written = None;
    let mut failing = false;
    let mut line = String::new();
    let mut count_at = Duration::ZERO;
    while !cancelled.is_cancelled() {
        let now = board.clock.elapsed();
        if now >= count_at && board.is_stale() {
            count(&board, &ledger).await;
            count_at = board.clock.elapsed() + (board.clock.elapsed().saturating_sub(now) * SHARE).min(Duration::from_secs(30));
        }
        let snapshot = board.now();
        board.samples.take(&snapshot.totals, snapshot.rate_per_second, board.clock.elapsed(), board.clock.now());
        let new_line = snapshot.line();
        if written.as_ref() != Some(&snapshot) {
            failing = write_status(&path, &snapshot, failing);
            written = Some(snapshot);
        }
        // After the file: whoever hears of it may look there.
        if line != new_line {
            board.supervisor.status(&new_line);
            line = new_line;
        }
        tokio::select! {
            () = tokio::time::sleep(AT_MOST) => {}
            () = cancelled.cancelled() => {}
        }
    }
}

/// Counts the targets.
pub(super) async fn count(board: &SharedStatus, ledger: &Ledger) {
    let wall = board.clock.now();
    match (ledger.read(Reader::counts).await, ledger.read(move |reader| reader.next_due(wall, None)).await) {
        (Ok(targets), Ok(next_due)) => board.change(|now| (now.targets, now.next_due) = (targets, next_due)),
        // Who needs the ledger says what is wrong with it.
        (Err(_), _) | (_, Err(_)) => board.recount(),
    }
}

/// Writes the status file, whole or not at all; a fault is said, unless it was the last time, and does no harm.
pub(super) fn write_status(path: &Path, snapshot: &ServiceStatus, failing: bool) -> bool {
    let mut text = serde_json::to_string_pretty(snapshot).unwrap_or_default();
    text.push('\n');
    let written = match replace(path, &text) {
        // On a full disk the place that the old one takes still serves.
        Err(error) if error.kind() == io::ErrorKind::StorageFull => in_place(path, &text),
        written => written,
    };
    if let (Err(error), false) = (&written, failing) {
        tracing::warn!("The status file {} can't be written: {error}", path.display());
    }
    written.is_err()
}

/// Writes over what is there, in one go, so that a reader hardly ever sees half of it.
fn in_place(path: &Path, text: &str) -> io::Result<()> {
    _ = std::fs::remove_file(path.with_extension("json.new"));
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("json.new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&new)?;
    // Whatever the umask: it is for anybody who may enter the directory.
    file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&new, path)
}

/// Tells the supervisor that all is well while it is, and that the start is under way.
pub(super) async fn reassure(board: Arc<SharedStatus>, cancelled: CancellationToken) {
    let watchdog = board.supervisor.watchdog;
    let every = watchdog.map_or(SAY_LONGER, |limit| limit / 2).min(SAY_LONGER);
    // Loops turn every second at least, and may wait for a slow disk.
    let patience = watchdog.map_or(every, |limit| limit / 2).max(HEARTBEAT * 3);
    let mut said_at = None;
    while !cancelled.is_cancelled() {
        if watchdog.is_some() {
            if board.is_well(patience) {
                board.supervisor.alive();
            } else {
                tracing::error!("A loop of the service does not turn; the watchdog is not told that all is well");
            }
        }
        let now = board.clock.elapsed();
        let is_time = said_at.is_none_or(|at| now.saturating_sub(at) >= SAY_LONGER);
        if is_time && board.now().phase == Phase::Starting {
            board.supervisor.takes_longer(LONGER);
            said_at = Some(now);
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = cancelled.cancelled() => {}
        }
    }
}
