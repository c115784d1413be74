//! Directories and files that are made for others to look at, wherever they asked for them: reports, previews, manual
//! pages, photos of a rehearsal.
//!
//! Nobody else may read them unless the owner says so later; what stands at a name is replaced only if photosyncd made it
//! and nobody changed it since, which a mark on the file tells; no link is followed, not even to the directory itself.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, Mode, OFlags, RenameFlags, XattrFlags, fgetxattr, fsetxattr, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use super::lock::Lock;
use super::made::{LIST, Made, is_unfinished, unfinished};
use super::output_error::OutputError;
use super::record::Record;

/// Largest file that is read to know it again, in bytes; photosyncd makes none that is larger.
const MAX_BYTES: u64 = 256_000_000;

/// The mark: an extended attribute that holds the hash of what was written.
const MARK: &str = "user.photosyncd";

/// A directory to write into.
#[derive(Debug)]
pub(crate) struct Output {
    directory: Lock<OwnedFd>,
    path: PathBuf,
    /// Of new files: for the directory's group, too, where the directory is open to its group and to nobody else.
    mode: Mode,
    /// Files can carry marks.
    marks: bool,
    /// Where they can't.
    list: Option<Made>,
}

impl Output {
    /// Opens a directory; makes it, and those above it, if they are missing.
    pub(crate) fn create(path: &Path) -> Result<Self, OutputError> {
        if !std::fs::symlink_metadata(plain(path)).is_ok_and(|found| found.is_symlink()) {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| failed(path, error))?;
        }
        Self::open(path)
    }

    /// Opens the directory that a file is to stand in; says the file's name, too.
    pub(crate) fn of_file(path: &Path) -> Result<(Self, String), OutputError> {
        let invalid = || failed(path, io::Error::new(io::ErrorKind::InvalidInput, "it names no file"));
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(invalid)?.to_owned();
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok((Self::open(directory)?, name))
    }

    fn open(path: &Path) -> Result<Self, OutputError> {
        // Without a slash at its end, which would follow a link.
        let path = plain(path);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = openat(CWD, &path, flags, Mode::empty()).map_err(|errno| {
            let is_link = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
            if is_link { OutputError::Link(path.clone()) } else { failed(&path, errno.into()) }
        })?;
        let directory = Lock::on(directory);
        match directory.take() {
            Err(Errno::WOULDBLOCK) => {
                let busy = io::Error::new(io::ErrorKind::ResourceBusy, "another photosyncd is writing there");
                return Err(failed(&path, busy));
            }
            // What a run that was killed left unfinished is nobody's now.
            Ok(()) => {
                for name in named(&directory, is_unfinished).unwrap_or_default() {
                    _ = unlinkat(&directory, name, AtFlags::empty());
                }
            }
            // File systems that know no locks.
            Err(_) => {}
        }
        let list = Made::open(&directory, false).map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => OutputError::Link(path.join(LIST)),
            _ => failed(&path, error),
        })?;
        let stat = rustix::fs::fstat(&directory).map_err(|errno| failed(&path, errno.into()))?;
        let open_to = Mode::from_raw_mode(stat.st_mode);
        let is_groups = open_to.contains(Mode::RGRP | Mode::XGRP) && !open_to.intersects(Mode::RWXO);
        let mode = if is_groups { Mode::RUSR | Mode::WUSR | Mode::RGRP } else { Mode::RUSR | Mode::WUSR };
        Ok(Self { directory, path, mode, marks: true, list })
    }

    /// Writes a file of this name, whole or not at all.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let path = self.path.join(name);
        let fail = |error: io::Error| failed(&path, error);
        let before = self.ours(name)?;
        let unfinished = unfinished();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.directory, &unfinished, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| fail(errno.into()))?;
        let written = self.fill(name, File::from(file), bytes, before.as_ref()).and_then(|()| match before {
            Some(_) => Ok(renameat(&self.directory, &unfinished, &self.directory, name)?),
            None => Ok(self.put(&unfinished, name)?),
        });
        written.map_err(|error| {
            _ = unlinkat(&self.directory, &unfinished, AtFlags::empty());
            if error.kind() == io::ErrorKind::AlreadyExists { OutputError::Foreign(path.clone()) } else { fail(error) }
        })
    }

    /// Whoever owns one of these may have opened it to others: a newer one has the same mode.
    fn fill(&mut self, name: &str, mut file: File, bytes: &[u8], before: Option<&Permissions>) -> io::Result<()> {
        let mode = self.mode.as_raw_mode() | before.map_or(0, |before| before.mode() & 0o666);
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        let hash = blake3::hash(bytes).to_hex();
        self.marks &= fsetxattr(&file, MARK, hash.as_bytes(), XattrFlags::empty()).is_ok();
        if self.marks {
            return Ok(());
        }
        if self.list.is_none() {
            self.list = Made::open(&self.directory, true)?;
        }
        self.list.as_mut().map_or(Ok(()), |list| list.note(name, &hash))
    }

    /// Whether a file of this name could be written, as far as what stands there tells.
    pub(crate) fn allows(&self, name: &str) -> Result<(), OutputError> {
        self.ours(name).map(drop)
    }

    /// Whether a whole file of this name stands there that photosyncd made.
    pub(crate) fn holds(&self, name: &str) -> bool {
        matches!(self.ours(name), Ok(Some(_)))
    }

    /// The record of this name; `take` is handed its lines so far.
    pub(crate) fn record(&self, name: &str, take: impl FnMut(&str)) -> Result<Record, OutputError> {
        let path = self.path.join(name);
        Record::open(&self.directory, name, take).map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => OutputError::Link(path),
            Some(Errno::ISDIR | Errno::NXIO | Errno::NODEV) => OutputError::Foreign(path),
            _ if error.kind() == io::ErrorKind::InvalidData => OutputError::Foreign(path),
            _ => failed(&path, error),
        })
    }

    /// Whether photosyncd made a file of this name and content.
    fn is_made(&self, name: &str, file: &File, bytes: &[u8]) -> bool {
        let hash = blake3::hash(bytes).to_hex();
        let mut mark = [0; 64];
        let marked = matches!(fgetxattr(file, MARK, &mut mark), Ok(64)) && mark == hash.as_bytes();
        marked || self.list.as_ref().is_some_and(|list| list.holds(name, &hash))
    }

    /// Gives a finished file its name, if nothing has it.
    fn put(&self, unfinished: &str, name: &str) -> rustix::io::Result<()> {
        match renameat_with(&self.directory, unfinished, &self.directory, name, RenameFlags::NOREPLACE) {
            // File systems that don't know this.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => renameat(&self.directory, unfinished, &self.directory, name),
                    Ok(_) => Err(Errno::EXIST),
                    Err(errno) => Err(errno),
                }
            }
            outcome => outcome,
        }
    }

    /// Removes the pages of ours with these beginnings of their names that are not to be kept: they would show people who
    /// left.
    pub(crate) fn remove_others(&mut self, beginnings: &[&str], keep: &HashSet<String>) -> Result<(), OutputError> {
        let goes = |name: &str| {
            let is_page = Path::new(name).extension().is_some_and(|ending| ending == "html")
                && beginnings.iter().any(|beginning| name.starts_with(beginning));
            is_page && !keep.contains(name)
        };
        let names = named(&self.directory, goes).map_err(|errno| failed(&self.path, errno.into()))?;
        names.iter().try_for_each(|name| self.remove(name).map(drop))
    }

    /// Removes a file of this name that photosyncd made; says whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> Result<bool, OutputError> {
        match self.ours(name) {
            Ok(Some(_)) => {
                unlinkat(&self.directory, name, AtFlags::empty()).map_err(|errno| failed(&self.path.join(name), errno.into()))?;
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) if error.is_of_one_file() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The permissions of what stands at a name, if photosyncd made it; none if nothing stands there. Anything else is an
    /// error.
    fn ours(&self, name: &str) -> Result<Option<Permissions>, OutputError> {
        let path = self.path.join(name);
        if name.is_empty()
            || name.contains(|letter: char| letter == '/' || letter.is_control())
            || matches!(name, "." | ".." | LIST)
        {
            return Err(failed(&path, io::Error::new(io::ErrorKind::InvalidInput, "it is not a name for a file")));
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = match openat(&self.directory, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(OutputError::Link(path)),
            // A socket, or a file that this user may not read: not ours.
            Err(Errno::NXIO | Errno::ACCESS | Errno::NODEV) => return Err(OutputError::Foreign(path)),
            Err(errno) => return Err(failed(&path, errno.into())),
        };
        let found = file.metadata().map_err(|error| failed(&path, error))?;
        if !found.is_file() || found.len() > MAX_BYTES {
            return Err(OutputError::Foreign(path));
        }
        let mut bytes = Vec::new();
        (&mut file).take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| failed(&path, error))?;
        if self.is_made(name, &file, &bytes) { Ok(Some(found.permissions())) } else { Err(OutputError::Foreign(path)) }
    }
}

/// The names in a directory of which this is true.
fn named(directory: &OwnedFd, is_one: impl Fn(&str) -> bool) -> rustix::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        names.extend(entry.file_name().to_str().ok().filter(|name| is_one(name)).map(str::to_owned));
    }
    Ok(names)
}

/// Without a slash or dot at its end.
fn plain(path: &Path) -> PathBuf {
    let plain: PathBuf = path.components().collect();
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
}

fn failed(path: &Path, source: io::Error) -> OutputError {
    OutputError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn what_is_made_is_private_and_known_again() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("a/b");
        let write = |name: &str, words: &str| Output::create(&out)?.write(name, words.as_bytes());
        write("page.html", "one").unwrap();
        assert_eq!([mode(&place.path().join("a")), mode(&out), mode(&out.join("page.html"))], [0o700, 0o700, 0o600]);
        // Opened by its owner, it stays open.
        std::fs::set_permissions(out.join("page.html"), Permissions::from_mode(0o644)).unwrap();
        for words in ["two", "three", "three", "one"] {
            write("page.html", words).unwrap();
            assert_eq!((text(&out.join("page.html")).as_str(), mode(&out.join("page.html"))), (words, 0o644));
        }
        // Changed by somebody, it is theirs.
        std::fs::write(out.join("page.html"), "my own words").unwrap();
        assert!(matches!(write("page.html", "four"), Err(OutputError::Foreign(_))));
        assert_eq!(text(&out.join("page.html")), "my own words");
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "nothing else is left");
        for name in ["", ".", "..", "../x", "/x", LIST] {
            assert!(write(name, "x").is_err(), "{name}");
        }
        // Not even another one of ours is reached from here.
        Output::create(place.path()).unwrap().write("page.html", b"ours").unwrap();
        let mut output = Output::create(&out).unwrap();
        assert!(!output.holds("../../page.html") && output.remove("../../page.html").is_err());
        assert!(place.path().join("page.html").exists());
    }

    #[test]
    fn what_a_killed_run_left_unfinished_goes_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let stays = [".photosyncd-mine.part", ".photosyncd-0123456789abcdef", "0123456789abcdef.part", "x.part"];
        for name in stays {
            std::fs::write(place.path().join(name), "mine").unwrap();
        }
        let left = place.path().join(unfinished());
        std::fs::write(&left, "half a face").unwrap();
        let first = Output::create(place.path()).unwrap();
        assert!(!left.exists());
        // Whoever comes while one is at work takes nothing away.
        std::fs::write(&left, "half a face").unwrap();
        assert!(Output::create(place.path()).is_err() && left.exists());
        drop(first);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), stays.len() + 1);
    }

    #[test]
    fn what_others_put_there_stays_whatever_it_is() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        std::fs::create_dir(&out).unwrap();
        std::fs::write(place.path().join("victim"), "mine").unwrap();
        std::fs::write(out.join("file"), "mine").unwrap();
        std::fs::hard_link(place.path().join("victim"), out.join("hard")).unwrap();
        symlink(place.path().join("victim"), out.join("link")).unwrap();
        symlink(place.path().join("new"), out.join("dangling")).unwrap();
        std::fs::create_dir(out.join("directory")).unwrap();
        rustix::fs::mknodat(CWD, out.join("fifo"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(out.join("socket")).unwrap();
        let mut output = Output::create(&out).unwrap();
        for name in ["file", "hard", "link", "dangling", "directory", "fifo", "socket"] {
            let refused = output.write(name, b"ours").unwrap_err();
            assert!(matches!(refused, OutputError::Foreign(_) | OutputError::Link(_)), "{name}: {refused}");
            assert!(!output.remove(name).unwrap(), "{name}");
        }
        output.write("free", b"ours").unwrap();
        assert_eq!([text(&place.path().join("victim")), text(&out.join("file"))], ["mine", "mine"]);
        assert!(!place.path().join("new").exists());
        // Ours goes, and what took its place does not.
        assert!(output.remove("free").unwrap() && !out.join("free").exists());
        std::fs::write(out.join("free"), "mine").unwrap();
        assert!(!output.remove("free").unwrap() && out.join("free").exists());
    }

    #[test]
    fn the_way_there_and_the_list_are_no_links() {
        let place = tempfile::tempdir().unwrap();
        let (out, link) = (place.path().join("out"), place.path().join("link"));
        std::fs::create_dir(&out).unwrap();
        symlink(&out, &link).unwrap();
        for path in [link.clone(), link.join(""), link.join(".")] {
            assert!(matches!(Output::create(&path), Err(OutputError::Link(_))), "{}", path.display());
            let file = Output::of_file(&path.join("x.html"));
            assert!(matches!(file, Err(OutputError::Link(_))), "{}", path.display());
        }
        symlink(place.path().join("nowhere"), place.path().join("dangling")).unwrap();
        assert!(Output::create(&place.path().join("dangling")).is_err());
        std::fs::write(place.path().join("victim"), "mine").unwrap();
        assert!(Output::create(&place.path().join("victim")).is_err());
        symlink(place.path().join("victim"), out.join(LIST)).unwrap();
        assert!(matches!(Output::create(&out), Err(OutputError::Link(_))));
        std::fs::remove_file(out.join(LIST)).unwrap();
        rustix::fs::mknodat(CWD, out.join(LIST), rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(Output::create(&out).is_err());
        assert_eq!(text(&place.path().join("victim")), "mine");
        assert!(Output::of_file(Path::new("/")).is_err());
    }

    #[test]
    fn where_files_carry_no_marks_a_list_knows_them_and_stays_short() {
        let place = tempfile::tempdir().unwrap();
        let open = || Output { marks: false, ..Output::create(place.path()).unwrap() };
        let mut first = open();
        assert!(Output::create(place.path()).unwrap_err().to_string().contains("another photosyncd"));
        for round in 0..20 {
            first.write("page", format!("{round}").as_bytes()).unwrap();
        }
        drop(first);
        drop(open());
        assert_eq!(text(&place.path().join(LIST)).lines().count(), 2);
        open().write("page", b"last").unwrap();
        assert_eq!(text(&place.path().join("page")), "last");
        std::fs::write(place.path().join("page"), "mine").unwrap();
        assert!(matches!(open().write("page", b"ours"), Err(OutputError::Foreign(_))));
        assert!(matches!(open().write("never made", b"ours"), Ok(())));
    }
}
