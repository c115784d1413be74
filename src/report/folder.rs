//! Where pages go: a directory outside the state directory, which others may have been in before.
//!
//! What is written there holds names and faces. So a directory that is made is its owner's alone; files are too, and for
//! the directory's group only where the directory is open to its group and closed to everybody else. Nothing is written
//! through a link, nothing is replaced that photosyncd did not make, and a reader sees each file whole: the old one or the
//! new one.

use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::csv;

/// What each page begins with, and so tells it from others' files.
pub(super) const MARK: &str = "<meta name=\"generator\" content=\"photosyncd\">";
/// The mark stands within so many bytes.
const BEGINNING: u64 = 1_024;

/// Why pages can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// A link stands where the directory should.
    #[error("{0} is a link, and pages are not written through links; name the directory that it leads to")]
    Link(PathBuf),
    /// Something else has that name.
    #[error("{0} was not made by photosyncd and is not replaced; move it away, or name another place")]
    Foreign(PathBuf),
    /// Somebody else is at it.
    #[error("pages are being written to {0} by somebody else at this moment; try again when that is done")]
    InUse(PathBuf),
    /// The system refuses.
    #[error("{path} can't be written: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A directory that pages are written to; nobody else writes pages to it meanwhile.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
    directory: OwnedFd,
    /// Of files.
    mode: Mode,
}

impl OutputFolder {
    /// Opens a directory, and makes it if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        // A slash at the end would lead through a link.
        let path: PathBuf = path.components().collect();
        let failed = |source: io::Error| FolderError::Io { path: path.clone(), source };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = match rustix::fs::openat(CWD, &path, flags, Mode::empty()) {
            Err(Errno::NOENT) => {
                DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(failed)?;
                rustix::fs::openat(CWD, &path, flags, Mode::empty())
            }
            opened => opened,
        };
        match opened {
            Ok(directory) => Self::of(directory, &path),
            Err(_) if path.is_symlink() => Err(FolderError::Link(path)),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// Opens the directory that a file is to stand in; says the file's name, too.
    pub(crate) fn of_file(file: &Path) -> Result<(Self, String), FolderError> {
        let failed = |source: io::Error| FolderError::Io { path: file.to_owned(), source };
        let Some(Component::Normal(name)) = file.components().next_back() else {
            return Err(failed(io::ErrorKind::InvalidFilename.into()));
        };
        let name = name.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?.to_owned();
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = rustix::fs::openat(CWD, parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        Ok((Self::of(directory.map_err(|error| failed(error.into()))?, parent)?, name))
    }

    fn of(directory: OwnedFd, path: &Path) -> Result<Self, FolderError> {
        let failed = |error: Errno| FolderError::Io { path: path.to_owned(), source: error.into() };
        let open_to = Mode::from_raw_mode(rustix::fs::fstat(&directory).map_err(failed)?.st_mode);
        let is_groups = open_to.contains(Mode::RGRP | Mode::XGRP) && !open_to.intersects(Mode::RWXO);
        let mode = if is_groups { Mode::RUSR | Mode::WUSR | Mode::RGRP } else { Mode::RUSR | Mode::WUSR };
        // Some network file systems have no such locks; a writer alone there needs none.
        if rustix::fs::flock(&directory, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
            return Err(FolderError::InUse(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), directory, mode })
    }

    /// Writes a file, whole or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let failed = |source: io::Error| FolderError::Io { path: self.path.join(name), source };
        if self.made_by_us(name).map_err(failed)? == Some(false) {
            return Err(FolderError::Foreign(self.path.join(name)));
        }
        let new = format!(".{name}.new");
        self.replace(name, &new, bytes).map_err(|error| {
            _ = rustix::fs::unlinkat(&self.directory, &new, AtFlags::empty());
            failed(error)
        })
    }

    fn replace(&self, name: &str, new: &str, bytes: &[u8]) -> io::Result<()> {
        // One that a crash left behind, or a link that somebody planted: the name goes, not what it leads to.
        _ = rustix::fs::unlinkat(&self.directory, new, AtFlags::empty());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&self.directory, new, flags, Mode::RUSR | Mode::WUSR)?);
        // Whatever the umask.
        rustix::fs::fchmod(&file, self.mode)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        Ok(rustix::fs::renameat(&self.directory, new, &self.directory, name)?)
    }

    /// Removes the pages of ours with these beginnings of their names that are not to be kept: they would show people who
    /// left.
    pub(crate) fn remove_others(&self, beginnings: &[&str], keep: &HashSet<String>) -> Result<(), FolderError> {
        let failed = |source: io::Error| FolderError::Io { path: self.path.clone(), source };
        for entry in Dir::read_from(&self.directory).map_err(|error| failed(error.into()))? {
            let entry = entry.map_err(|error| failed(error.into()))?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            let is_page = Path::new(name).extension().is_some_and(|extension| extension == "html")
                && beginnings.iter().any(|beginning| name.starts_with(beginning));
            if is_page && !keep.contains(name) && self.made_by_us(name).map_err(failed)? == Some(true) {
                let removed = rustix::fs::unlinkat(&self.directory, name, AtFlags::empty());
                removed.map_err(|error| FolderError::Io { path: self.path.join(name), source: error.into() })?;
            }
        }
        Ok(())
    }

    /// Whether what has this name is a file that photosyncd made; none if nothing has it.
    fn made_by_us(&self, name: &str) -> io::Result<Option<bool>> {
        let found = match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(None),
            found => found?,
        };
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Ok(Some(false));
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.directory, name, flags, Mode::empty())?);
        let mut beginning = Vec::new();
        file.take(BEGINNING).read_to_end(&mut beginning)?;
        let beginning = String::from_utf8_lossy(&beginning);
        Ok(Some(beginning.contains(MARK) || csv::is_ours(&beginning)))
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
