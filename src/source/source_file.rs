//! Reads one file whole, sure that it did not change meanwhile, that it lies below the root, and that its file system
//! answers.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::SourceSettings;
use crate::files::{NoAnswer, Patience, Progress, fingerprint, run_in_time};
use crate::model::{Digest, Fingerprint, Problem, Reason, SourcePath};

/// How long one file may take: the largest that is read by default comes at a megabit in that time.
const PATIENCE: Patience = Patience { still: Duration::from_secs(10), whole: Duration::from_secs(10 * 60) };

/// One file's bytes, and what they are known by.
#[derive(Clone, Debug)]
pub(crate) struct FileContent {
    /// The bytes.
    pub bytes: Bytes,
    /// Their hash.
    pub digest: Digest,
    /// What the stat said before and after.
    pub fingerprint: Fingerprint,
}

/// Why a file of the source can't be read.
#[derive(Clone, Debug)]
pub(crate) enum ReadError {
    /// By its own fault.
    Problem(Problem),
    /// Its file system does not answer.
    NoAnswer(NoAnswer),
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Problem(problem) => problem,
            ReadError::NoAnswer(silent) => Self::new(Reason::FileUnreadable, format!("can't be read: {silent}"))
                .with_cure("Look at the share and its server; the file is read again at the next pass."),
        }
    }
}

/// Reads a file. A file that changes meanwhile, grows over the limit or can't be read is a problem. Blocks, but never for
/// long without an answer.
pub(crate) fn read_source_file(settings: &SourceSettings, path: &SourcePath) -> Result<FileContent, ReadError> {
    with_open_file(settings, path.as_str().as_ref(), |file, progress| {
        let (bytes, fingerprint) = file.read_all(progress)?;
        let digest = Digest::of(&bytes);
        Ok(FileContent { bytes: bytes.into(), digest, fingerprint })
    })
}

/// Why no pass reads what lies at a path; none if one does, or if only whoever asks may not.
pub(crate) fn refusal(settings: &SourceSettings, path: &SourcePath) -> Option<Problem> {
    let opened = with_open_file(settings, path.as_str().as_ref(), |_, _| Ok(()));
    opened.err().map(Problem::from).filter(|_| may_read(settings, path))
}

/// A link that is not followed.
pub(super) fn is_link(detail: &str) -> Problem {
    Problem::new(Reason::FileUnreadable, detail)
        .with_cure("Put the file itself there; source.follow_symlinks: true follows links that stay below the source directory.")
}

/// Opens a file and reads it, in time.
pub(super) fn with_open_file<T: Send + 'static>(
    settings: &SourceSettings,
    path: &Path,
    read: impl FnOnce(OpenFile, &Progress) -> Result<T, Problem> + Send + 'static,
) -> Result<T, ReadError> {
    let SourceSettings { root, follow_symlinks, max_bytes, .. } = settings;
    let place = Place { root: root.clone(), follow_symlinks: *follow_symlinks, max_bytes: *max_bytes };
    let own = path.to_owned();
    // Apart from the walk, so that files that hang don't keep the root from being looked at.
    let read = run_in_time(&root.join("*"), PATIENCE, move |progress| read(OpenFile::open(&place, &own)?, progress));
    read.map_err(ReadError::NoAnswer)?.map_err(ReadError::Problem)
}

/// Whether the service's user may read a file; not if that isn't told in time.
pub(crate) fn may_read(settings: &SourceSettings, path: &SourcePath) -> bool {
    let full = settings.root.join(path.as_str());
    run_in_time(&settings.root.join("*"), PATIENCE, move |_| rustix::fs::access(full, rustix::fs::Access::READ_OK).is_ok())
        .unwrap_or(false)
}

/// The size of a regular file of the source, links followed; none if there is no such file, or it isn't told in time.
pub(crate) fn size_of(settings: &SourceSettings, path: &SourcePath) -> Option<u64> {
    let full = settings.root.join(path.as_str());
    let found = run_in_time(&settings.root.join("*"), PATIENCE, move |_| std::fs::metadata(full).ok()).ok().flatten()?;
    found.is_file().then_some(found.len())
}

/// Where files lie and what is read of them.
struct Place {
    root: PathBuf,
    follow_symlinks: bool,
    max_bytes: u64,
}

/// A file that is open for reading, with the stat from before.
pub(super) struct OpenFile {
    file: File,
    before: Fingerprint,
}

impl OpenFile {
    /// Opens a regular file below the root. No link leads out of it, whatever was swapped in since the scan.
    fn open(settings: &Place, path: &Path) -> Result<Self, Problem> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                Problem::new(Reason::FileChanging, "the file is gone").with_cure("Nothing: the next pass sees what is there.")
            }
            _ if Errno::from_io_error(&error) == Some(Errno::LOOP) => is_link("a symbolic link, which is not followed"),
            _ => Problem::new(Reason::FileUnreadable, format!("can't be opened: {error}")),
        };
        let root = rustix::fs::openat(CWD, &settings.root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|error| unreadable(error.into()))?;
        let below = if settings.follow_symlinks { resolve_links(settings, path).map_err(unreadable)? } else { path.to_owned() };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
        // Not blocking: a FIFO swapped in since the scan must not hang the reader.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat2(&root, &below, flags, Mode::empty(), resolve) {
            // Kernels before 5.6, and sandboxes that don't know the call.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                rustix::fs::openat(&root, &below, flags | OFlags::NOFOLLOW, Mode::empty())
            }
            other => other,
        };
        let file = File::from(file.map_err(|error| unreadable(error.into()))?);
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Problem::new(Reason::FileUnreadable, "not a regular file"));
        }
        if metadata.len() > settings.max_bytes {
            let detail = format!(
                "{} bytes; read are files of at most {} bytes (photo.max_source_bytes)",
                metadata.len(),
                settings.max_bytes
            );
            return Err(Problem::new(Reason::PhotoTooLarge, detail));
        }
        Ok(Self { before: fingerprint(&metadata), file })
    }

    /// The whole content, under the same conditions as [`Self::each_chunk`].
    fn read_all(self, progress: &Progress) -> Result<(Vec<u8>, Fingerprint), Problem> {
        // One byte more than there should be: room to notice the end without growing.
        let limit = self.before.size.saturating_add(1);
        let mut bytes = Vec::with_capacity(usize::try_from(limit).unwrap_or(0));
        loop {
            let left = limit.saturating_sub(bytes.len() as u64).min(CHUNK as u64);
            let more = (&self.file).take(left).read_to_end(&mut bytes).map_err(|error| read_failed(&error))?;
            if more == 0 || !progress.step() {
                break;
            }
        }
        let fingerprint = self.unchanged(bytes.len() as u64)?;
        Ok((bytes, fingerprint))
    }

    /// Hands out the content in pieces; the fingerprint is returned only if it is the same before and after,
    /// and exactly that many bytes were read.
    pub(super) fn each_chunk(mut self, progress: &Progress, mut take: impl FnMut(&[u8])) -> Result<Fingerprint, Problem> {
        let mut buffer = vec![0; CHUNK.min(usize::try_from(self.before.size).unwrap_or(CHUNK).saturating_add(1))];
        let mut total: u64 = 0;
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    total = total.saturating_add(count as u64);
                    if total > self.before.size || !progress.step() {
                        break;
                    }
                    take(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_failed(&error)),
            }
        }
        self.unchanged(total)
    }

    fn unchanged(&self, total: u64) -> Result<Fingerprint, Problem> {
        let after = fingerprint(&self.file.metadata().map_err(|error| read_failed(&error))?);
        if after != self.before || total != self.before.size {
            return Err(Problem::new(Reason::FileChanging, "the file changed while it was read"));
        }
        Ok(after)
    }
}

fn read_failed(error: &io::Error) -> Problem {
    Problem::new(Reason::FileUnreadable, format!("can't be read: {error}"))
}

/// The path below the root with its links followed; none of them may lead out of it.
fn resolve_links(settings: &Place, path: &Path) -> io::Result<PathBuf> {
    let root = settings.root.canonicalize()?;
    let real = settings.root.join(path).canonicalize()?;
    let outside = || io::Error::other("a symbolic link leads out of the source directory");
    real.strip_prefix(&root).map(Path::to_owned).map_err(|_| outside())
}

/// Bytes read at once: large enough for blake3's widest path, small enough for a thread each.
const CHUNK: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn settings(root: &Path) -> SourceSettings {
        SourceSettings {
            root: root.to_owned(),
            ignore: crate::source::IgnoreList::default(),
            follow_symlinks: false,
            require: None,
            max_bytes: 1_000_000,
        }
    }

    fn size_or_problem(root: &Path, path: &str) -> Result<usize, String> {
        read_source_file(&settings(root), &SourcePath::new(path).unwrap())
            .map(|content| content.bytes.len())
            .map_err(|error| Problem::from(error).to_string())
    }

    #[test]
    fn reads_whole_files_and_only_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("d")).unwrap();
        fs::write(root.path().join("d/a"), vec![7; 300_000]).unwrap();
        fs::write(root.path().join("big"), vec![7; 1_000_001]).unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
        rustix::fs::mknodat(CWD, root.path().join("fifo"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(size_or_problem(root.path(), "d/a"), Ok(300_000));
        assert!(size_or_problem(root.path(), "big").unwrap_err().starts_with("photo_too_large: 1000001 bytes"));
        assert!(size_or_problem(root.path(), "out/secret").unwrap_err().starts_with("file_unreadable"));
        assert_eq!(size_or_problem(root.path(), "fifo"), Err("file_unreadable: not a regular file".into()));
        assert_eq!(size_or_problem(root.path(), "none"), Err("file_changing: the file is gone".into()));
        std::os::unix::fs::symlink(root.path().join("d"), root.path().join("in")).unwrap();
        let following = SourceSettings { follow_symlinks: true, ..settings(root.path()) };
        assert_eq!(read_source_file(&following, &SourcePath::new("in/a").unwrap()).unwrap().bytes.len(), 300_000);
        let leads_out = read_source_file(&following, &SourcePath::new("out/secret").unwrap()).unwrap_err();
        assert!(Problem::from(leads_out).detail.contains("leads out"));
        let content = read_source_file(&settings(root.path()), &SourcePath::new("d/a").unwrap()).unwrap();
        assert_eq!(content.digest.as_bytes(), blake3::hash(&vec![7; 300_000]).as_bytes());
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a");
        fs::write(&file, vec![7; 300_000]).unwrap();
        let place = Place { root: root.path().to_owned(), follow_symlinks: false, max_bytes: 1_000_000 };
        let opened = OpenFile::open(&place, "a".as_ref()).unwrap();
        let mut first = true;
        let outcome = opened.each_chunk(&Progress::default(), |_| {
            if std::mem::take(&mut first) {
                fs::write(&file, vec![8; 300_000]).unwrap();
            }
        });
        assert_eq!(outcome.unwrap_err().reason, Reason::FileChanging);
    }
}
