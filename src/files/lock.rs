//! A lock on a file or directory, for as long as the value lives; and a mark on a file, which can be looked up.

use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno as MarkError;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, c_int, flock as Extent};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// What may be locked, and is from [`Lock::take`] on.
#[derive(Debug)]
pub(crate) struct Lock<F: AsFd>(F);

impl<F: AsFd> Lock<F> {
    pub(crate) const fn on(file: F) -> Self {
        Self(file)
    }

    /// [`Errno::WOULDBLOCK`] says that somebody else holds it.
    pub(crate) fn take(&self) -> Result<(), Errno> {
        flock(&self.0, FlockOperation::NonBlockingLockExclusive)
    }

    /// Marks the file, which is open for writing, for as long as the lock lives: to try the lock itself would turn away
    /// who takes it just then, and the list of all locks is neither whole at any time nor there in a unit's sandbox.
    pub(crate) fn mark(&self) -> Result<(), MarkError> {
        fcntl(&self.0, FcntlArg::F_OFD_SETLK(&whole(F_WRLCK))).map(drop)
    }
}

/// Whether somebody has marked a file.
pub(crate) fn is_marked(file: &impl AsFd) -> bool {
    let mut mark = whole(F_WRLCK);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut mark)).is_ok() && c_int::from(mark.l_type) != F_UNLCK
}

/// All of a file.
#[expect(clippy::cast_possible_truncation, reason = "the kernel's numbers for these fit")]
const fn whole(kind: c_int) -> Extent {
    Extent { l_type: kind as i16, l_whence: SEEK_SET as i16, l_start: 0, l_len: 0, l_pid: 0 }
}

impl<F: AsFd> Deref for Lock<F> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.0
    }
}

impl<F: AsFd> AsFd for Lock<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl<F: AsFd> Drop for Lock<F> {
    fn drop(&mut self) {
        // To close it would not do: a child that is just being started has it open, too, until it runs its program.
        _ = flock(&self.0, FlockOperation::Unlock);
        _ = fcntl(&self.0, FcntlArg::F_OFD_SETLK(&whole(F_UNLCK)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn lock(place: &tempfile::TempDir) -> Lock<File> {
        Lock::on(File::open(place.path()).unwrap())
    }

    #[test]
    fn it_ends_with_its_value_whoever_has_inherited_the_file() {
        let place = tempfile::tempdir().unwrap();
        let (first, second) = (lock(&place), lock(&place));
        first.take().unwrap();
        let inherited = first.try_clone().unwrap();
        assert_eq!(second.take(), Err(Errno::WOULDBLOCK));
        drop(first);
        assert_eq!(second.take(), Ok(()));
        drop(inherited);
    }

    #[test]
    fn a_mark_is_seen_and_ends_with_the_lock_whoever_has_inherited_the_file() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let lock = Lock::on(place.reopen().unwrap());
        let seen = || is_marked(&File::open(place.path()).unwrap());
        assert!(!seen());
        lock.mark().unwrap();
        assert!(seen() && seen());
        let inherited = lock.try_clone().unwrap();
        drop(lock);
        assert!(!seen());
        drop(inherited);
    }
}
