//! Which directory the root of the source is: an unmounted share shows another one in its place.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::{fmt, io};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxAttributes, StatxFlags};

/// Asks for the number of a mount that is never given again (from Linux 6.8), where there is one.
const UNIQUE_MOUNT: StatxFlags = StatxFlags::from_bits_retain(0x4000);

/// What a directory is known by: as long as this is the same, it is the same directory of the same mount. Numbers of
/// devices and mounts may change when the machine starts anew, so that another identity alone proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RootId {
    device: (u32, u32),
    inode: u64,
    /// 0 where the kernel doesn't tell (before Linux 5.8).
    mount: u64,
    /// When it was made, in seconds and nanoseconds; 0 where the file system doesn't tell. Inode numbers are given again.
    born: (i64, u32),
}

impl RootId {
    /// Of a directory; links are followed.
    pub(crate) fn read(directory: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(CWD, directory, flags, Mode::empty())?;
        Self::read_opened(&opened).map(|(id, _)| id)
    }

    /// Of an opened directory, and whether it is where a file system is mounted, as far as the kernel tells.
    pub(super) fn read_opened(opened: &OwnedFd) -> io::Result<(Self, bool)> {
        let asked = StatxFlags::BASIC_STATS | StatxFlags::BTIME | StatxFlags::MNT_ID | UNIQUE_MOUNT;
        let found = match rustix::fs::statx(opened, "", AtFlags::EMPTY_PATH, asked) {
            Ok(found) => found,
            // A sandbox that doesn't know the call.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                let found = rustix::fs::fstat(opened)?;
                let device = (rustix::fs::major(found.st_dev), rustix::fs::minor(found.st_dev));
                return Ok((Self { device, inode: found.st_ino, ..Self::default() }, false));
            }
            Err(error) => return Err(error.into()),
        };
        let given = StatxFlags::from_bits_retain(found.stx_mask);
        let id = Self {
            device: (found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            mount: if given.intersects(StatxFlags::MNT_ID | UNIQUE_MOUNT) { found.stx_mnt_id } else { 0 },
            born: if given.contains(StatxFlags::BTIME) { (found.stx_btime.tv_sec, found.stx_btime.tv_nsec) } else { (0, 0) },
        };
        Ok((id, found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)))
    }
}

impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device: (major, minor), inode, mount, born: (seconds, rest) } = self;
        write!(f, "device {major}:{minor}, inode {inode}, mount {mount}, made {seconds}.{rest:09}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_itself_and_no_other() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = RootId::read(one.path()).unwrap();
        assert_eq!(id, RootId::read(one.path()).unwrap());
        assert_ne!(id, RootId::read(two.path()).unwrap());
        assert!(RootId::read(&one.path().join("none")).is_err());
    }
}
