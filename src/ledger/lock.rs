//! One writer a ledger: a lock file that is held for the life of the process and says who holds it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::recover::with;
use crate::model::Timestamp;

/// The lock; dropped with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// A ledger stood beside this lock once.
    pub(super) had_ledger: bool,
}

/// The second line of a lock file: the ledger beside it was opened for writing, so that it was one of ours.
const OPENED: &str = "ledger opened\n";

/// Why the lock can't be had.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody else has it: who, since when, as the lock file says.
    Held(String),
    /// The lock file can't be made.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock beside the ledger, without waiting.
    pub(super) fn take(ledger: &Path, now: Timestamp) -> Result<Self, LockError> {
        let path = with(ledger, ".lock");
        let failed = LockError::Io;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The holder may be writing its line just now; then it is simply not known.
                _ = file.take(200).read_to_string(&mut holder);
                let holder = holder.lines().next().unwrap_or_default().trim();
                return Err(LockError::Held(if holder.is_empty() { "another process".to_owned() } else { holder.to_owned() }));
            }
            Err(error) => return Err(failed(error.into())),
        }
        let mut before = String::new();
        // Not text: not written by us.
        _ = (&file).take(200).read_to_string(&mut before);
        let had_ledger = before.lines().nth(1) == Some(OPENED.trim());
        let mut line = format!("process {} since {now}\n", std::process::id());
        if had_ledger {
            line.push_str(OPENED);
        }
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(line.as_bytes())).map_err(failed)?;
        Ok(Self { file, had_ledger })
    }

    /// Notes that the ledger was opened.
    pub(super) fn note_ledger(&mut self) -> io::Result<()> {
        if !self.had_ledger {
            self.file.write_all(OPENED.as_bytes())?;
            self.had_ledger = true;
        }
        Ok(())
    }
}
