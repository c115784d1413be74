//! One file that lies anywhere, such as the table: read whole, within a size and a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};

use super::scan::fingerprint;
use crate::model::{Advice, Fingerprint};

/// Looks at one place that have not come back: a file system that hangs must not collect threads.
const MAX_PENDING: usize = 4;

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Something else than a file.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// Larger than the limit.
    #[error("it has {size} bytes; at most {max_bytes} are read")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// It changed meanwhile.
    #[error("it changed while it was read")]
    Changed,
    /// No answer in time.
    #[error("it could not be read within {} s", .0.as_secs())]
    Slow(Duration),
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Advice for FileError {
    fn hint(&self) -> Option<String> {
        let slow = matches!(self, Self::Slow(_));
        slow.then(|| "look at the file system (share) it lies on, and at its server".to_owned())
    }
}

/// Reads a regular file of at most `max_bytes` bytes, sure that it did not change meanwhile. Waits no longer than `timeout`.
pub(crate) fn read_bounded(path: &Path, max_bytes: u64, timeout: Duration) -> Result<(Vec<u8>, Fingerprint), FileError> {
    run_with_timeout(path, timeout, move |path| read_now(path, max_bytes)).unwrap_or(Err(FileError::Slow(timeout)))
}

/// The fingerprint of one file, links followed; none if it is not there, or the system doesn't tell in time.
pub(crate) fn file_fingerprint(path: &Path, timeout: Duration) -> Option<Fingerprint> {
    run_with_timeout(path, timeout, |path| std::fs::metadata(path).ok()).flatten().map(|metadata| fingerprint(&metadata))
}

fn read_now(path: &Path, max_bytes: u64) -> Result<(Vec<u8>, Fingerprint), FileError> {
    // Opening a device may do something, and a socket can't be opened, so it is looked at first; and once more when it is
    // open, in case another one took its place.
    check_kind(std::fs::metadata(path)?.file_type())?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(io::Error::from)?);
    let metadata = file.metadata()?;
    check_kind(metadata.file_type())?;
    if metadata.len() > max_bytes {
        return Err(FileError::TooLarge { size: metadata.len(), max_bytes });
    }
    let before = fingerprint(&metadata);
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1));
    (&mut file).take(before.size.saturating_add(1)).read_to_end(&mut bytes)?;
    let now = fingerprint(&std::fs::metadata(path)?);
    if now != before || fingerprint(&file.metadata()?) != before || bytes.len() as u64 != before.size {
        return Err(FileError::Changed);
    }
    Ok((bytes, before))
}

fn check_kind(kind: std::fs::FileType) -> Result<(), FileError> {
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe (FIFO)"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(FileError::NotAFile(what))
}

/// What comes of looking at a place, if it comes in time. What does not is left to a thread of its own.
fn run_with_timeout<T: Send + 'static>(
    path: &Path,
    timeout: Duration,
    look: impl FnOnce(&Path) -> T + Send + 'static,
) -> Option<T> {
    static PENDING: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());
    let change = |path: &Path, change: fn(usize) -> usize| {
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let count = pending.entry(path.to_owned()).or_default();
        *count = change(*count);
        let now = *count;
        if now == 0 {
            pending.remove(path);
        }
        now
    };
    if change(path, |count| count + 1) > MAX_PENDING {
        change(path, |count| count - 1);
        return None;
    }
    let (sender, receiver) = channel();
    let own = path.to_owned();
    let started = std::thread::Builder::new().name("file".to_owned()).spawn(move || {
        let found = look(&own);
        change(&own, |count| count - 1);
        // Whoever asked may have given up.
        let _ = sender.send(found);
    });
    if started.is_err() {
        change(path, |count| count - 1);
        return None;
    }
    receiver.recv_timeout(timeout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(path: &Path) -> String {
        match read_bounded(path, 1_000, Duration::from_secs(10)) {
            Ok((bytes, _)) => format!("{} bytes", bytes.len()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_files_of_a_bounded_size_are_read() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        std::fs::write(at("large"), vec![b'x'; 1_001]).unwrap();
        rustix::fs::mknodat(CWD, at("fifo"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        for (path, wanted) in [
            (at("file"), "4 bytes"),
            (at("link"), "4 bytes"),
            (at("large"), "it has 1001 bytes; at most 1000 are read"),
            (at("fifo"), "it is a named pipe (FIFO), not a file"),
            (at("socket"), "it is a socket, not a file"),
            (place.path().to_owned(), "it is a directory, not a file"),
            (PathBuf::from("/dev/zero"), "it is a device, not a file"),
        ] {
            assert_eq!(outcome(&path), wanted);
        }
        assert!(outcome(&at("none")).contains("No such file"));
    }

    #[test]
    fn a_place_that_hangs_costs_neither_the_time_nor_ever_more_threads() {
        let path = Path::new("/hangs");
        let (go, gate) = channel::<()>();
        let gate = std::sync::Arc::new(Mutex::new(gate));
        let (begun, count) = channel();
        let hang = || {
            let (gate, begun) = (gate.clone(), begun.clone());
            run_with_timeout(path, Duration::from_millis(20), move |_| {
                begun.send(()).unwrap();
                let _ = gate.lock().unwrap().recv();
            })
        };
        for _ in 0..10 {
            assert_eq!(hang(), None);
        }
        assert_eq!(count.try_iter().count(), MAX_PENDING);
        drop(go);
        // When it answers again, it is looked at again.
        while hang().is_none() {
            std::thread::yield_now();
        }
    }
}
