//! The content of each file to plan for: remembered where its stamps stand still, read where they moved.

use super::Engine;
use super::look::unmoved;
use crate::model::{Digest, KnownFile, Reason, Timestamp};
use crate::plan::PlannedFile;
use crate::source::hash_all;

/// Files read before what they hold is noted: enough to keep every core busy, and no second list of them all.
const TOGETHER: usize = 4_000;

/// Fills in the content; returns when each file was read, in the order of the files. Blocks.
pub(super) fn fill(engine: &Engine, files: &mut [PlannedFile], known: &[KnownFile]) -> Vec<Timestamp> {
    let now = engine.clock.now();
    let mut read_at = vec![now; files.len()];
    let (mut moved, mut places) = (Vec::new(), Vec::new());
    let mut known = known.iter().peekable();
    for (at, file) in files.iter_mut().enumerate() {
        while known.next_if(|known| known.path < file.path).is_some() {}
        let before = known.next_if(|known| known.path == file.path);
        let obstructed = matches!(&file.content, Err(problem) if problem.reason != Reason::FileChanging);
        if obstructed {
            continue;
        }
        if let Some((digest, at_that_time)) = before.and_then(|before| remembered(before, file)) {
            file.content = Ok(digest);
            read_at[at] = at_that_time;
        } else {
            moved.push(file.path.clone());
            places.push(at);
        }
    }
    for (moved, places) in moved.chunks(TOGETHER).zip(places.chunks(TOGETHER)) {
        for (at, outcome) in places.iter().zip(hash_all(&engine.source, moved)) {
            if let Ok((_, fingerprint)) = &outcome {
                files[*at].fingerprint = *fingerprint;
            }
            files[*at].content = outcome.map(|(digest, _)| digest).map_err(Box::new);
        }
    }
    read_at
}

/// What the ledger knows of the content, if nothing moved since it was read.
fn remembered(before: &KnownFile, file: &PlannedFile) -> Option<(Digest, Timestamp)> {
    let digest = before.digest?;
    unmoved(&before.fingerprint, before.read_at, &file.fingerprint).then_some((digest, before.read_at))
}
