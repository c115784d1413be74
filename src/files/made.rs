//! What photosyncd made in a directory where files can't carry a mark of their own: a list beside them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// The list's name.
pub(super) const LIST: &str = ".photosyncd-made";
/// Largest list that is read, in bytes: 200,000 files.
pub(super) const MAX_BYTES: u64 = 32_000_000;
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
        made.load()?;
        Ok(Some(made))
    }

    fn load(&mut self) -> io::Result<()> {
        let mut text = Vec::new();
        (&self.list).take(MAX_BYTES).read_to_end(&mut text)?;
        let mut lines: usize = 0;
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some((hash, name)) = line.split_once("  ") {
                lines += 1;
                self.remember(name, hash);
            }
        }
        if lines > 2 * VERSIONS * self.files.len().max(1) {
            let kept = self.files.iter().flat_map(|(name, hashes)| hashes.iter().map(move |hash| line(name, hash)));
            let kept: String = kept.collect();
            self.list.set_len(0)?;
            self.list.rewind()?;
            self.list.write_all(kept.as_bytes())?;
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
        self.list.write_all(line(name, hash).as_bytes())?;
        self.remember(name, hash);
        Ok(())
    }

    /// Whether a file of this name and this content was made.
    pub(super) fn holds(&self, name: &str, hash: &str) -> bool {
        self.files.get(name).is_some_and(|hashes| hashes.iter().any(|known| known == hash))
    }
}

fn line(name: &str, hash: &str) -> String {
    format!("{hash}  {name}\n")
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
    if !found.is_file() || !is_trusted || found.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its {name} was not made by photosyncd")));
    }
    Ok(Some(list))
}
