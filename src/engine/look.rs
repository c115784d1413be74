//! Looks at the source: what is there, what changed, whom each file speaks for.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Engine;
use crate::mapping::{Table, TableError};
use crate::model::{Digest, Fingerprint, Problem, Reason, SourcePath, Timestamp};
use crate::plan::{Claim, KnownFile, PlannedFile};
use crate::source::{ScanError, Seen, hash_all, scan};

/// A file modified this shortly before it was read may change again without its stamps moving: SMB and FAT keep
/// times to 2 s. It is read once more at the next look.
const RACY: Duration = Duration::from_secs(2);

/// What one look saw.
#[derive(Debug)]
pub struct Looked {
    /// Files, sorted by path, with their content and claim.
    pub files: Vec<PlannedFile>,
    /// When each was read, in the same order: now, or earlier where nothing moved.
    pub read_at: Vec<Timestamp>,
    /// What can't be listed as a file, and rows of the table that can't be used: where, and why.
    pub problems: Vec<(String, Problem)>,
    /// Whether the scan saw everything.
    pub complete: bool,
}

/// Why nothing can be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The source is not there.
    #[error(transparent)]
    Source(#[from] ScanError),
    /// The table can't be read.
    #[error("the table {} (mapping.table) can't be read", path.display())]
    TableUnreadable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The table can't be used.
    #[error("the table {} (mapping.table) can't be used", path.display())]
    TableUnusable {
        /// The table.
        path: PathBuf,
        /// The cause.
        #[source]
        source: TableError,
    },
}

/// Looks at the source. Blocks: meant for a thread that may.
pub(super) fn look(engine: &Engine, known: &[KnownFile]) -> Result<Looked, LookError> {
    let table = read_table(engine)?;
    let mut scan = scan(&engine.source)?;
    if let Some(own) = table_path_below(engine) {
        scan.files.retain(|seen| seen.path != own);
    }
    let now = engine.clock.now();
    let contents = contents(engine, &scan.files, known, now);
    let mut looked = Looked {
        files: Vec::with_capacity(scan.files.len()),
        read_at: Vec::with_capacity(scan.files.len()),
        problems: scan.problems,
        complete: scan.complete,
    };
    for (seen, Content { digest, fingerprint, read_at }) in scan.files.into_iter().zip(contents) {
        let claim = claim(engine, table.as_ref(), &seen.path);
        looked.files.push(PlannedFile { path: seen.path, fingerprint, content: digest, claim, confirmed: None });
        looked.read_at.push(read_at);
    }
    if let (Some(table), Some(path)) = (&table, &engine.mapping.table) {
        for fault in table.faults() {
            let problem = Problem::new(Reason::Unmatched, fault.message.clone())
                .with_cure("Correct that line of the table (mapping.table).");
            looked.problems.push((format!("{}:{}", path.display(), fault.line), problem));
        }
    }
    Ok(looked)
}

fn claim(engine: &Engine, table: Option<&Table>, path: &SourcePath) -> Option<Result<Claim, Problem>> {
    let found = match table.and_then(|table| table.find(path)) {
        Some(found) => found,
        None => engine.mapping.rules.find(path)?,
    };
    Some(found.map(|found| Claim { rule: found.rule, reference: found.reference }))
}

fn read_table(engine: &Engine) -> Result<Option<Table>, LookError> {
    let Some(path) = &engine.mapping.table else { return Ok(None) };
    let bytes = std::fs::read(path).map_err(|source| LookError::TableUnreadable { path: path.clone(), source })?;
    Table::parse(&bytes).map(Some).map_err(|source| LookError::TableUnusable { path: path.clone(), source })
}

/// The table's own path, if it lies in the source: it is no photo.
fn table_path_below(engine: &Engine) -> Option<SourcePath> {
    let below = engine.mapping.table.as_ref()?.strip_prefix(&engine.source.root).ok()?;
    SourcePath::new(below.to_str()?).ok()
}

struct Content {
    digest: Result<Digest, Problem>,
    fingerprint: Fingerprint,
    read_at: Timestamp,
}

/// The content of each file: remembered where its fingerprint stands still, read where it moved.
fn contents(engine: &Engine, files: &[Seen], known: &[KnownFile], now: Timestamp) -> Vec<Content> {
    let mut contents: Vec<Option<Content>> = Vec::with_capacity(files.len());
    let (mut moved, mut places) = (Vec::new(), Vec::new());
    let mut known = known.iter().peekable();
    for (at, seen) in files.iter().enumerate() {
        while known.next_if(|known| known.path < seen.path).is_some() {}
        let before = known.next_if(|known| known.path == seen.path);
        let content = |digest, read_at| Some(Content { digest, fingerprint: seen.fingerprint, read_at });
        contents.push(match (&seen.obstacle, before.and_then(|before| remembered(before, seen))) {
            (Some(obstacle), _) => content(Err(obstacle.clone()), now),
            (None, Some((digest, read_at))) => content(Ok(digest), read_at),
            (None, None) => {
                moved.push(seen.path.clone());
                places.push(at);
                None
            }
        });
    }
    for (at, outcome) in places.into_iter().zip(hash_all(&engine.source, &moved)) {
        let fingerprint = outcome.as_ref().map_or(files[at].fingerprint, |(_, fingerprint)| *fingerprint);
        contents[at] = Some(Content { digest: outcome.map(|(digest, _)| digest), fingerprint, read_at: now });
    }
    contents.into_iter().flatten().collect()
}

/// What the ledger knows of the content, if nothing moved since it was read.
fn remembered(before: &KnownFile, seen: &Seen) -> Option<(Digest, Timestamp)> {
    let digest = before.digest?;
    let touched = seen.fingerprint.mtime_ns.max(seen.fingerprint.ctime_ns);
    let settled = Timestamp::from_millis(touched / 1_000_000).plus(RACY) <= before.read_at;
    (before.fingerprint == seen.fingerprint && settled).then_some((digest, before.read_at))
}
