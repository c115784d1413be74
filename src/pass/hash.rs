//! The content of each file to plan for: remembered where its stamps are unchanged, read where they moved.

use super::scan::{MatchedFile, unmoved};
use super::scanner::Scanner;
use crate::model::{Digest, Fingerprint, KnownFile, Timestamp};
use crate::plan::PlannedFile;
use crate::source::{ScanError, hash_all};

/// Files read before what they hold is noted: enough to keep every core busy, and no second list of them all.
const TOGETHER: usize = 4_000;

/// Reads what moved. Blocks. An error: the source does not answer any more.
pub(super) fn read_contents(
    scanner: &Scanner,
    files: Vec<MatchedFile>,
    known: &[KnownFile],
) -> Result<Vec<PlannedFile>, ScanError> {
    let now = scanner.clock.now();
    let (mut moved, mut places) = (Vec::new(), Vec::new());
    let mut known = known.iter().peekable();
    let mut planned: Vec<PlannedFile> = Vec::with_capacity(files.len());
    for MatchedFile { seen, claim } in files {
        while known.next_if(|known| known.path < seen.path).is_some() {}
        let before = known.next_if(|known| known.path == seen.path);
        let (content, read_at) = match (seen.problem, before.and_then(|before| remembered(before, &seen.fingerprint))) {
            (Some(problem), _) => (Err(problem), now),
            (None, Some((digest, read_at))) => (Ok(digest), read_at),
            (None, None) => {
                moved.push(seen.path.clone());
                places.push(planned.len());
                // Takes the place of what is read below.
                (Ok(Digest::of(&[])), now)
            }
        };
        let (path, fingerprint) = (seen.path, seen.fingerprint);
        planned.push(PlannedFile {
            path,
            fingerprint,
            content,
            claim,
            resolved: None,
            whom: None,
            read_at,
            confirmed: false,
            account_created: None,
        });
    }
    for (moved, places) in moved.chunks(TOGETHER).zip(places.chunks(TOGETHER)) {
        let hashes = hash_all(&scanner.source, moved);
        let hashes = hashes.map_err(|silent| ScanError::NoAnswer(scanner.source.root.clone(), silent))?;
        for (at, outcome) in places.iter().zip(hashes) {
            if let Ok((_, fingerprint)) = &outcome {
                planned[*at].fingerprint = *fingerprint;
            }
            planned[*at].content = outcome.map(|(digest, _)| digest).map_err(Box::new);
        }
    }
    Ok(planned)
}

/// What the ledger knows of the content, if nothing moved since it was read.
fn remembered(before: &KnownFile, now: &Fingerprint) -> Option<(Digest, Timestamp)> {
    let digest = before.digest?;
    unmoved(&before.fingerprint, before.read_at, now).then_some((digest, before.read_at))
}
