//! Reads one file that lies anywhere: the table, a secret, a certificate, the configuration. A regular file, whole, within a
//! size and a time.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};

use super::deadline::{NoAnswer, Patience, Progress, run_in_time};
use crate::model::{Advice, Fingerprint};

/// Bytes read at once.
const CHUNK: u64 = 128 * 1024;
/// A file that is being replaced is read again at once, so often.
const TRIES: u32 = 3;

/// Whether the file may be named by a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Links {
    /// An administrator named it; Kubernetes mounts every file as one.
    Follow,
    /// Somebody else may have put it there.
    Refuse,
}

/// What a file may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bounds {
    /// Bytes.
    pub max_bytes: u64,
    /// Named by a link.
    pub links: Links,
    /// How long it may take.
    pub patience: Patience,
}

impl Bounds {
    /// Of a small file that an administrator named: read within ten seconds.
    pub(crate) const fn small(max_bytes: u64) -> Self {
        Self { max_bytes, links: Links::Follow, patience: Patience::of(Duration::from_secs(10)) }
    }

    /// The same for a file that somebody else may have put there.
    pub(crate) const fn unlinked(self) -> Self {
        Self { links: Links::Refuse, ..self }
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct ReadFile {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its stamps, the same before and after.
    pub fingerprint: Fingerprint,
    /// Its permission bits.
    pub mode: u32,
    /// The number of its owner.
    pub owner: u32,
}

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
    /// Not text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// No answer in time.
    #[error("it could not be read within {} s", .0.0.as_secs_f64().ceil())]
    Slow(#[from] NoAnswer),
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FileError {
    /// Whether there is no such file.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Advice for FileError {
    fn hint(&self) -> Option<String> {
        let slow = matches!(self, Self::Slow(_));
        slow.then(|| "look at the file system (share) it lies on, and at its server".to_owned())
    }
}

/// Reads a file, sure that it did not change meanwhile. Blocks, within the patience.
pub(crate) fn read(path: &Path, bounds: Bounds) -> Result<ReadFile, FileError> {
    let own = path.to_owned();
    run_in_time(path, bounds.patience, move |progress| read_now(&own, bounds, progress))?
}

/// Reads a text that may be replaced at any time, such as a token.
pub(crate) fn read_text(path: &Path, bounds: Bounds) -> Result<String, FileError> {
    let mut tries = 0;
    let file = loop {
        tries += 1;
        match read(path, bounds) {
            Err(FileError::Changed) if tries < TRIES => {}
            outcome => break outcome?,
        }
    };
    String::from_utf8(file.bytes).map_err(|_| FileError::NotText)
}

/// Does something that reads files, off the way of what must not wait.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

/// The fingerprint of one file, links followed; none if it is not there, or the system doesn't tell in time.
pub(crate) fn fingerprint_of(path: &Path, timeout: Duration) -> Option<Fingerprint> {
    Some(fingerprint(&metadata(path, timeout)?))
}

/// Whether there is a regular file, links followed; not if the system doesn't tell in time.
pub(crate) fn is_file(path: &Path, timeout: Duration) -> bool {
    metadata(path, timeout).is_some_and(|found| found.is_file())
}

/// Whether there is anything of this name; not if the system doesn't tell in time.
pub(crate) fn is_there(path: &Path, timeout: Duration) -> bool {
    metadata(path, timeout).is_some()
}

/// What a symbolic link leads to; none if this is none, or the system doesn't tell in time.
pub(crate) fn link_target(path: &Path, timeout: Duration) -> Option<PathBuf> {
    let own = path.to_owned();
    run_in_time(path, Patience::of(timeout), move |_| std::fs::read_link(own).ok()).ok().flatten()
}

pub(super) fn metadata(path: &Path, timeout: Duration) -> Option<Metadata> {
    let own = path.to_owned();
    run_in_time(path, Patience::of(timeout), move |_| std::fs::metadata(own).ok()).ok().flatten()
}

/// What a stat says, as a fingerprint.
pub(crate) fn fingerprint(metadata: &Metadata) -> Fingerprint {
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Fingerprint {
        size: metadata.size(),
        mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
        device: metadata.dev(),
    }
}

fn read_now(path: &Path, bounds: Bounds, progress: &Progress) -> Result<ReadFile, FileError> {
    let Bounds { max_bytes, links, .. } = bounds;
    let look = || if links == Links::Follow { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    // Opening a device may do something, and a socket can't be opened, so it is looked at first; and once more when it is
    // open, in case another one took its place.
    check_kind(look()?.file_type())?;
    let unlinked = if links == Links::Follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY | unlinked;
    let mut file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(io::Error::from)?);
    let metadata = file.metadata()?;
    check_kind(metadata.file_type())?;
    if metadata.len() > max_bytes {
        return Err(FileError::TooLarge { size: metadata.len(), max_bytes });
    }
    let before = fingerprint(&metadata);
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1));
    // One byte more than there should be, so that more is seen.
    let limit = before.size.saturating_add(1);
    loop {
        let left = limit.saturating_sub(bytes.len() as u64).min(CHUNK);
        let more = (&mut file).take(left).read_to_end(&mut bytes)?;
        if more == 0 || !progress.step() {
            break;
        }
    }
    let now = fingerprint(&look()?);
    if now != before || fingerprint(&file.metadata()?) != before || bytes.len() as u64 != before.size {
        return Err(FileError::Changed);
    }
    Ok(ReadFile { bytes, fingerprint: before, mode: metadata.mode() & 0o7777, owner: metadata.uid() })
}

fn check_kind(kind: std::fs::FileType) -> Result<(), FileError> {
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_symlink() {
        "a symbolic link"
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn outcome(path: &Path, bounds: Bounds) -> String {
        match read(path, bounds) {
            Ok(file) => format!("{} bytes", file.bytes.len()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_files_of_a_bounded_size_are_read() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        std::fs::write(at("full"), vec![b'x'; 1_000]).unwrap();
        std::fs::write(at("large"), vec![b'x'; 1_001]).unwrap();
        std::fs::write(at("chunks"), vec![b'x'; 300_000]).unwrap();
        rustix::fs::mknodat(CWD, at("fifo"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("fifo"), at("link-to-fifo")).unwrap();
        std::os::unix::fs::symlink(at("loop"), at("loop")).unwrap();
        for (path, wanted) in [
            (at("file"), "4 bytes"),
            (at("full"), "1000 bytes"),
            (at("link"), "4 bytes"),
            (at("large"), "it has 1001 bytes; at most 1000 are read"),
            (at("fifo"), "it is a named pipe (FIFO), not a file"),
            (at("link-to-fifo"), "it is a named pipe (FIFO), not a file"),
            (at("socket"), "it is a socket, not a file"),
            (place.path().to_owned(), "it is a directory, not a file"),
            (PathBuf::from("/dev/zero"), "it is a device, not a file"),
        ] {
            assert_eq!(outcome(&path, Bounds::small(1_000)), wanted);
        }
        assert_eq!(outcome(&at("chunks"), Bounds::small(300_000)), "300000 bytes");
        assert!(outcome(&at("none"), Bounds::small(1)).contains("No such file"));
        assert!(outcome(&at("loop"), Bounds::small(1)).contains("symbolic links"));
        assert_eq!(outcome(&at("link"), Bounds::small(1_000).unlinked()), "it is a symbolic link, not a file");
        assert_eq!(outcome(&at("file"), Bounds::small(1_000).unlinked()), "4 bytes");
    }

    #[test]
    fn text_is_text() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "grün").unwrap();
        assert_eq!(read_text(&file, Bounds::small(10)).unwrap(), "grün");
        std::fs::write(&file, b"\xFF").unwrap();
        assert!(matches!(read_text(&file, Bounds::small(10)), Err(FileError::NotText)));
    }
}
