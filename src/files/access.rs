//! Who else may read or write something, as its permissions say.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::read::metadata;

/// What others than its owner may do with a file or a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Access {
    /// Everybody may write it, or put files of their own in the place of those in it.
    pub(crate) all_write: bool,
    /// So may a group that is not its owner's alone.
    pub(crate) group_writes: bool,
    /// Anybody but its owner may read it.
    pub(crate) others_read: bool,
}

/// What others may do there; nothing if there is nothing, or the system doesn't tell in time.
pub(crate) fn access(path: &Path, timeout: Duration) -> Access {
    metadata(path, timeout)
        .map_or_else(Access::default, |found| Access::of(found.mode(), found.is_dir(), found.uid(), found.gid()))
}

impl Access {
    /// Of a directory with the sticky bit nobody takes out what is another's. A group of the same number as the user is that
    /// user's own, as most systems make them.
    const fn of(mode: u32, is_directory: bool, owner: u32, group: u32) -> Self {
        let keeps = is_directory && mode & 0o1000 != 0;
        let is_own = owner == group || group == 0;
        Self {
            all_write: mode & 0o002 != 0 && !keeps,
            group_writes: mode & 0o020 != 0 && !keeps && !is_own,
            others_read: mode & 0o004 != 0 || mode & 0o040 != 0 && !is_own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_may_do_is_read_from_the_mode() {
        for mode in 0..0o2000_u32 {
            for (is_directory, owner, group) in [(false, 7, 7), (true, 7, 7), (false, 7, 8), (true, 7, 8), (false, 7, 0)] {
                let found = Access::of(mode, is_directory, owner, group);
                let keeps = is_directory && mode & 0o1000 != 0;
                let of_a_group = (owner, group) == (7, 8);
                let (all, its) = (mode % 8, mode / 8 % 8);
                assert_eq!(found.all_write, all & 2 != 0 && !keeps, "{mode:o}");
                assert_eq!(found.group_writes, its & 2 != 0 && of_a_group && !keeps, "{mode:o}");
                assert_eq!(found.others_read, all & 4 != 0 || its & 4 != 0 && of_a_group, "{mode:o}");
            }
        }
    }
}
