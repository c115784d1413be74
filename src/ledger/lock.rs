//! One writer a ledger: a lock file that is held for the life of the process and says who holds it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::model::Timestamp;

/// The lock; dropped with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

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
        let mut name = ledger.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let failed = LockError::Io;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The holder may be writing its line just now; then it is simply not known.
                _ = file.take(200).read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(LockError::Held(if holder.is_empty() { "another process".to_owned() } else { holder.to_owned() }));
            }
            Err(error) => return Err(failed(error.into())),
        }
        let line = format!("process {} since {now}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(line.as_bytes())).map_err(failed)?;
        Ok(Self(file))
    }
}
