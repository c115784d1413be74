//! A ledger that is damaged or lost: what is left is moved aside and kept, and a new one takes its place.
//!
//! That is safe: a new ledger knows of no delivery, so that it can remove nothing; it costs uploads, never a photo.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::Timestamp;

/// Moves a ledger and its companions aside, to names that tell when; says where the ledger is now.
pub(super) fn move_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let stamp = now.to_string().replace(':', "");
    let aside = (0..100)
        .map(|number| with(path, &if number == 0 { format!(".damaged-{stamp}") } else { format!(".damaged-{stamp}-{number}") }))
        .find(|aside| !aside.exists())
        .ok_or_else(|| io::Error::other("a hundred damaged ledgers of this second are there already"))?;
    // The companions first: left behind, they would be taken for those of the new ledger.
    for end in ["-wal", "-shm"] {
        match std::fs::rename(with(path, end), with(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

/// The path with something appended to its name.
pub(super) fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
