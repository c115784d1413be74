//! What photosyncd made in a directory where files can't carry a mark of their own: a list beside them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::Errno;

/// The list's name.
pub(super) const LIST: &str = ".photosyncd-made";
/// How names of what is not whole yet begin.
const UNFINISHED: &str = ".photosyncd-";
/// Largest list that is read, in bytes: a million files with the longest names, each noted as often as a list may grow.
/// It is read line by line, so that what is too large costs time alone.
pub(crate) const MAX_BYTES: u64 = 2_000_000_000;
/// Longest line that is read, in bytes: it holds a whole command line.
const MAX_LINE: u64 = 4_000_000;
/// Versions of a file that are remembered: the last one, and the one that was being written when a run broke off.
const VERSIONS: usize = 2;

/// Hashes of what was written, by name.
#[derive(Debug)]
pub(super) struct Made {
    list: File,
    files: BTreeMap<String, Vec<String>>,
}

impl Made {
    /// Opens the list of a directory; none if there is none, and none is to be made.
    pub(super) fn open(directory: &OwnedFd, create: bool) -> io::Result<Option<Self>> {
        let Some(list) = open_list(directory, LIST, create)? else { return Ok(None) };
        let mut made = Self { list, files: BTreeMap::new() };
        made.load(directory)?;
        Ok(Some(made))
    }

    fn load(&mut self, directory: &OwnedFd) -> io::Result<()> {
        let list = self.list.try_clone()?;
        let mut lines: usize = 0;
        let mut take = |line: &str| {
            if let Some((hash, name)) = line.split_once("  ") {
                lines += 1;
                self.remember(name, hash);
            }
        };
        let Torn { text, .. } = each_line(&list, &mut take)?;
        take(&text);
        if lines > 2 * VERSIONS * self.files.len().max(1) || !text.is_empty() {
            let kept = self.files.iter().flat_map(|(name, hashes)| hashes.iter().map(move |hash| line(name, hash)));
            self.list = replace_list(directory, LIST, &list, kept)?;
        }
        Ok(())
    }

    fn remember(&mut self, name: &str, hash: &str) {
        let hashes = self.files.entry(name.to_owned()).or_default();
        hashes.retain(|before| before != hash);
        hashes.push(hash.to_owned());
        if hashes.len() > VERSIONS {
            hashes.remove(0);
        }
    }

    /// Notes what is about to be written.
    pub(super) fn note(&mut self, name: &str, hash: &str) -> io::Result<()> {
        if self.files.get(name).and_then(|hashes| hashes.last()).is_some_and(|last| last == hash) {
            return Ok(());
        }
        self.list.write_all(format!("{}\n", line(name, hash)).as_bytes())?;
        self.remember(name, hash);
        Ok(())
    }

    /// Whether a file of this name and this content was made.
    pub(super) fn holds(&self, name: &str, hash: &str) -> bool {
        self.files.get(name).is_some_and(|hashes| hashes.iter().any(|known| known == hash))
    }
}

fn line(name: &str, hash: &str) -> String {
    format!("{hash}  {name}")
}

/// Opens a list of lines in a directory, to read it and to add to it; none if there is none, and none is to be made.
/// Through no link, and only one that this user, or whoever owns the directory, has made.
pub(super) fn open_list(directory: &OwnedFd, name: &str, create: bool) -> io::Result<Option<File>> {
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = if create { flags | OFlags::CREATE } else { flags };
    let list = match openat(directory, name, flags, Mode::RUSR | Mode::WUSR) {
        Err(Errno::NOENT) if !create => return Ok(None),
        list => File::from(list?),
    };
    let found = list.metadata()?;
    let owner_of_directory = rustix::fs::fstat(directory)?.st_uid;
    let is_trusted = [0, owner_of_directory, rustix::process::geteuid().as_raw()].contains(&found.uid());
    if !found.is_file() || !is_trusted {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its {name} was not made by photosyncd")));
    }
    if found.len() > MAX_BYTES {
        let words = format!("its {name} is too large: it has {} bytes, and at most {MAX_BYTES} are read", found.len());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
    }
    Ok(Some(list))
}

/// What stands behind the last whole line of a list, and where it begins.
#[derive(Debug)]
pub(super) struct Torn {
    pub(super) text: String,
    pub(super) at: u64,
}

/// Takes every whole line of a list; one that is too long is taken for an empty one.
pub(super) fn each_line(list: &File, mut take: impl FnMut(&str)) -> io::Result<Torn> {
    let mut reader = BufReader::new(list);
    let mut line = Vec::new();
    let mut at = 0;
    loop {
        line.clear();
        let mut length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
        if length == MAX_LINE && !line.ends_with(b"\n") {
            length += reader.skip_until(b'\n')? as u64;
            if !reader.fill_buf()?.is_empty() {
                line = vec![b'\n'];
            }
        }
        let text = String::from_utf8_lossy(&line);
        let Some(whole) = text.strip_suffix('\n') else { return Ok(Torn { text: text.into_owned(), at }) };
        take(whole);
        at += length;
    }
}

/// Puts a list of these lines in the place of one, whole or not at all, whatever happens meanwhile.
pub(super) fn replace_list(
    directory: &OwnedFd,
    name: &str,
    before: &File,
    lines: impl IntoIterator<Item = String>,
) -> io::Result<File> {
    let unfinished = unfinished();
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let list = File::from(openat(directory, &unfinished, flags, Mode::RUSR | Mode::WUSR)?);
    let written = (|| {
        list.set_permissions(before.metadata()?.permissions())?;
        let mut writer = BufWriter::new(&list);
        for line in lines {
            writeln!(writer, "{line}")?;
        }
        writer.flush()?;
        // Renamed before it is on the disk, it could be empty after a crash.
        list.sync_all()?;
        Ok(renameat(directory, &unfinished, directory, name)?)
    })();
    if written.is_err() {
        _ = unlinkat(directory, &unfinished, AtFlags::empty());
    }
    written.map(|()| list)
}

/// A name for what is not whole yet.
pub(super) fn unfinished() -> String {
    format!("{UNFINISHED}{:016x}.part", fastrand::u64(..))
}

/// Whether it is such a name.
pub(super) fn is_unfinished(name: &str) -> bool {
    let number = name.strip_prefix(UNFINISHED).and_then(|rest| rest.strip_suffix(".part"));
    number.is_some_and(|number| number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
