//! One writer a ledger: a lock file that is held for the life of the process and says who holds it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::recover::with;
use super::seal::Seal;
use crate::files;
use crate::model::Timestamp;

/// The lock; dropped with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: files::Lock<File>,
    ledger: PathBuf,
    /// A ledger stood beside this lock once.
    pub(super) had_ledger: bool,
    /// When the ledger was looked through, if it is still as it was then.
    pub(super) looked_through: Option<Timestamp>,
}

/// The second line of a lock file: the ledger beside it was opened for writing, so that it was one of ours.
const OPENED: &str = "ledger opened\n";
/// Of the lock file, that are read at most.
const LONGEST: u64 = 400;

/// Why the lock can't be had.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody else has it: who, since when, as the lock file says.
    Held(String),
    /// What lies in its place is a link, or no file.
    Planted(PathBuf),
    /// The lock file can't be made.
    Io(io::Error),
}

/// Opens a lock file, and nothing else that may lie in its place: what a link leads to would be overwritten.
fn open(path: &Path, options: &mut OpenOptions) -> Result<File, LockError> {
    let no_link = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = options.read(true).custom_flags(no_link).open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP | Errno::ISDIR) => LockError::Planted(path.to_owned()),
        _ => LockError::Io(error),
    })?;
    let is_file = file.metadata().map_err(LockError::Io)?.is_file();
    if is_file { Ok(file) } else { Err(LockError::Planted(path.to_owned())) }
}

/// The lines of the lock file beside a ledger; none if there are none.
fn lines(ledger: &Path) -> String {
    let mut lines = String::new();
    if let Ok(file) = open(&with(ledger, ".lock"), &mut OpenOptions::new()) {
        // Not text: not written by us.
        _ = file.take(LONGEST).read_to_string(&mut lines);
    }
    lines
}

impl Lock {
    /// Takes the lock beside the ledger, without waiting.
    pub(super) fn take(ledger: &Path, now: Timestamp) -> Result<Self, LockError> {
        let path = with(ledger, ".lock");
        let failed = LockError::Io;
        let file = open(&path, OpenOptions::new().write(true).create(true).truncate(false).mode(0o600))?;
        let file = files::Lock::on(file);
        match file.take() {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The holder may be writing its line just now; then it is simply not known.
                _ = (&*file).take(LONGEST).read_to_string(&mut holder);
                let holder = holder.lines().next().unwrap_or_default().trim();
                return Err(LockError::Held(if holder.is_empty() { "another process".to_owned() } else { holder.to_owned() }));
            }
            Err(error) => return Err(failed(error.into())),
        }
        // Where there are no marks, nobody is told who holds it; the lock itself holds all the same.
        _ = file.mark();
        let mut before = String::new();
        // Not text: not written by us.
        _ = (&*file).take(LONGEST).read_to_string(&mut before);
        let had_ledger = says_opened(&before);
        let seal = before.lines().nth(2).and_then(Seal::read).filter(|seal| seal.holds(ledger, now));
        let looked_through = seal.map(|seal| seal.looked_through);
        let mut line = format!("process {} since {now}\n", std::process::id());
        if had_ledger {
            line.push_str(OPENED);
        }
        file.set_len(0).and_then(|()| (&*file).rewind()).and_then(|()| (&*file).write_all(line.as_bytes())).map_err(failed)?;
        Ok(Self { file, ledger: ledger.to_owned(), had_ledger, looked_through })
    }

    /// The ledger beside it.
    pub(super) fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// Notes that the ledger was opened, and looked through now unless it was before.
    pub(super) fn note_ledger(&mut self, now: Timestamp) -> io::Result<()> {
        self.looked_through.get_or_insert(now);
        if !self.had_ledger {
            (&*self.file).write_all(OPENED.as_bytes())?;
            self.had_ledger = true;
        }
        Ok(())
    }

    /// The ledger is closed: says how it is, for who opens it next.
    pub(super) fn seal(&self) -> io::Result<()> {
        let Some(seal) = self.looked_through.and_then(|at| Seal::of(&self.ledger, at)) else { return Ok(()) };
        (&*self.file).write_all(format!("{seal}\n").as_bytes())
    }
}

fn says_opened(lines: &str) -> bool {
    lines.lines().nth(1) == Some(OPENED.trim())
}

/// Whether a ledger stood beside the lock once, as the lock file says.
pub(super) fn had_ledger(ledger: &Path) -> bool {
    says_opened(&lines(ledger))
}

/// Who holds a ledger, as its lock file says.
pub(crate) fn holder(ledger: &Path) -> Option<String> {
    let mut file = open(&with(ledger, ".lock"), &mut OpenOptions::new()).ok()?;
    if !files::is_marked(&file) {
        return None;
    }
    let mut lines = String::new();
    _ = (&mut file).take(LONGEST).read_to_string(&mut lines);
    let line = lines.lines().next().unwrap_or_default().trim();
    Some(if line.is_empty() { "another process".to_owned() } else { line.to_owned() })
}

/// Whether a ledger was looked through by who holds it, or is as who held it has left it.
pub(super) fn is_vouched_for(ledger: &Path) -> bool {
    let lines = lines(ledger);
    let is_held_here = || lines.starts_with(&format!("process {} since ", std::process::id()));
    match lines.lines().nth(2).and_then(Seal::read) {
        Some(seal) => seal.is_unbroken(ledger),
        None => is_held_here() || holder(ledger).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_is_planted_in_its_place_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let (ledger, victim) = (place.path().join("ledger.db"), place.path().join("victim"));
        let lock = with(&ledger, ".lock");
        let plants: [(&str, &dyn Fn()); 5] = [
            ("a link", &|| std::os::unix::fs::symlink("victim", &lock).unwrap()),
            ("a link to nothing", &|| std::os::unix::fs::symlink("nothing", &lock).unwrap()),
            ("a link to a device", &|| std::os::unix::fs::symlink("/dev/zero", &lock).unwrap()),
            ("a directory", &|| std::fs::create_dir(&lock).unwrap()),
            ("a pipe", &|| rustix::fs::mkfifoat(rustix::fs::CWD, &lock, rustix::fs::Mode::RWXU).unwrap()),
        ];
        for (what, plant) in plants {
            std::fs::write(&victim, "precious\nledger opened\n").unwrap();
            plant();
            assert!(matches!(Lock::take(&ledger, Timestamp::from_millis(0)), Err(LockError::Planted(_))), "{what}");
            assert!(!had_ledger(&ledger) && holder(&ledger).is_none() && !is_vouched_for(&ledger), "{what}");
            assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious\nledger opened\n", "{what}");
            assert!(!place.path().join("nothing").exists());
            _ = std::fs::remove_file(&lock).or_else(|_| std::fs::remove_dir(&lock));
        }
    }

    #[test]
    fn a_lock_is_seen_however_many_others_come_and_go() {
        let place = tempfile::tempdir().unwrap();
        let ledger = place.path().join("ledger.db");
        let held = Lock::take(&ledger, Timestamp::from_millis(0)).unwrap();
        let others: Vec<_> = (0..300).map(|other| File::create(place.path().join(format!("{other}"))).unwrap()).collect();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let locks: Vec<_> = others.iter().map(files::Lock::on).collect();
                    for lock in &locks {
                        lock.take().unwrap();
                    }
                }
            });
            let missed = (0..1000).filter(|_| holder(&ledger).is_none()).count();
            over.store(true, Ordering::Relaxed);
            assert_eq!(missed, 0, "of 1,000 looks");
        });
        drop(held);
        assert_eq!(holder(&ledger), None);
    }
}
