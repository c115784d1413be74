//! What the source lies on: which file system, whether it tells of changes, and whether it is still the same one.

use std::io;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};

use super::RootId;

/// File systems whose content others change without the local kernel hearing of it, by magic number (`statfs(2)`,
/// `linux/magic.h`). Overlays are not among them: changing what lies below a mounted one is not allowed.
const WITHOUT_EVENTS: [(u32, &str); 14] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x4750_4653, "GPFS"),
    (0x0BD0_0BD0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x786F_4256, "VirtualBox shared folders"),
];

/// A directory, as it stands now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RootInfo {
    /// What it is known by.
    pub identity: RootId,
    /// The name of its file system, if others can change it unheard.
    pub without_events: Option<&'static str>,
    /// Whether it is where a file system is mounted, as far as the kernel tells (from Linux 5.8).
    pub mount_point: bool,
}

impl RootInfo {
    /// Looks at a directory. Opens it, so that an automounted one is mounted. Blocks, for as long as a share that does
    /// not answer likes.
    pub(crate) fn read(directory: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let opened = rustix::fs::openat(CWD, directory, flags, Mode::empty())?;
        let found = rustix::fs::fstatfs(&opened)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "file system magic numbers are 32 bits wide")]
        let magic = found.f_type as u32;
        let (identity, mount_point) = RootId::read_opened(&opened)?;
        Ok(Self { identity, without_events: without_events(magic), mount_point })
    }
}

fn without_events(magic: u32) -> Option<&'static str> {
    WITHOUT_EVENTS.iter().find(|(number, _)| *number == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_directory_is_the_same_and_a_new_one_of_that_name_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("root");
        std::fs::create_dir(&root).unwrap();
        let before = RootInfo::read(&root).unwrap();
        std::fs::write(root.join("a"), "a").unwrap();
        assert_eq!(RootInfo::read(&root).unwrap(), before, "what is in it doesn't matter");
        std::fs::rename(&root, parent.path().join("old")).unwrap();
        assert!(RootInfo::read(&root).is_err());
        std::fs::create_dir(&root).unwrap();
        assert_ne!(RootInfo::read(&root).unwrap().identity, before.identity);
        std::fs::remove_dir(&root).unwrap();
        std::fs::rename(parent.path().join("old"), &root).unwrap();
        assert_eq!(RootInfo::read(&root).unwrap().identity, before.identity);
        std::fs::write(parent.path().join("file"), "").unwrap();
        assert!(RootInfo::read(&parent.path().join("file")).is_err());
    }

    #[test]
    fn network_file_systems_are_silent_and_local_ones_are_not() {
        assert_eq!(without_events(0x6969), Some("NFS"));
        assert_eq!(without_events(0xFF53_4D42), Some("CIFS"));
        assert_eq!(without_events(0x6573_5546), Some("FUSE"));
        for local in [0xEF53_u32, 0x0102_1994, 0x5846_5342, 0x9123_683E, 0x794C_7630] {
            assert_eq!(without_events(local), None, "{local:x}");
        }
    }
}
