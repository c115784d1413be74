//! Which directory the root of the source is: an unmounted share shows another one in its place.

use std::fmt;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

/// Identity of the root: file system, directory and mount. Numbers of devices and mounts may change when the machine
/// starts anew, so that another identity alone proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RootId {
    device: (u32, u32),
    inode: u64,
    /// 0 where the kernel doesn't tell (before Linux 5.8).
    mount: u64,
}

impl RootId {
    /// Of a directory; links are followed.
    pub fn of(directory: &Path) -> io::Result<Self> {
        let found = statx(CWD, directory, AtFlags::empty(), StatxFlags::INO | StatxFlags::MNT_ID)?;
        let told = found.stx_mask & StatxFlags::MNT_ID.bits() != 0;
        Ok(Self {
            device: (found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            mount: if told { found.stx_mnt_id } else { 0 },
        })
    }
}

impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device {}:{}, inode {}, mount {}", self.device.0, self.device.1, self.inode, self.mount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_itself_and_no_other() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = RootId::of(one.path()).unwrap();
        assert_eq!(id, RootId::of(one.path()).unwrap());
        assert_ne!(id, RootId::of(two.path()).unwrap());
        assert!(RootId::of(&one.path().join("none")).is_err());
    }
}
