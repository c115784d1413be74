//! What the kernel allows to be watched, and how much there is to watch.

use std::path::Path;

use super::SourceSettings;

/// Directories counted at most: more than any limit allows.
const MAX_DIRECTORIES: usize = 2_000_000;

/// The kernel's limits for each user, where it tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WatchLimits {
    /// Directories that can be watched (`fs.inotify.max_user_watches`), all programs of the user together.
    pub watches: Option<u64>,
    /// Programs that can watch (`fs.inotify.max_user_instances`).
    pub instances: Option<u64>,
}

impl WatchLimits {
    /// As they are now.
    pub(crate) fn read() -> Self {
        let limit = |name: &str| std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok();
        Self { watches: limit("max_user_watches"), instances: limit("max_user_instances") }
    }

    /// The limit that so many directories don't fit under, with what to raise it to; none if they fit. Other programs
    /// of the user draw on the same limit, so half of it is kept for them.
    pub(crate) fn too_low_for(self, directories: u64) -> Option<(&'static str, u64, u64)> {
        let wanted = directories.saturating_mul(2).max(8_192);
        match self {
            Self { instances: Some(instances), .. } if instances < 8 => Some(("fs.inotify.max_user_instances", instances, 128)),
            Self { watches: Some(watches), .. } if watches / 2 < directories => {
                Some(("fs.inotify.max_user_watches", watches, wanted.next_power_of_two()))
            }
            _ => None,
        }
    }
}

/// How many directories the source has, its root among them. Blocks.
pub(crate) fn count_directories(settings: &SourceSettings) -> u64 {
    let mut count = 1;
    let mut open = vec![settings.root.clone()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let below = entry.file_type().is_ok_and(|kind| kind.is_dir()) && !ignored(settings, &entry.path());
            if below && open.len() < MAX_DIRECTORIES {
                count += 1;
                open.push(entry.path());
            }
        }
    }
    count
}

fn ignored(settings: &SourceSettings, path: &Path) -> bool {
    path.strip_prefix(&settings.root).is_ok_and(|below| settings.ignore.matches(&below.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_too_low_once_half_of_it_is_used_up() {
        let limits = |watches, instances| WatchLimits { watches: Some(watches), instances: Some(instances) };
        assert_eq!(limits(8_192, 128).too_low_for(4_096), None);
        assert_eq!(limits(8_192, 128).too_low_for(4_097), Some(("fs.inotify.max_user_watches", 8_192, 16_384)));
        assert_eq!(limits(100, 128).too_low_for(300), Some(("fs.inotify.max_user_watches", 100, 8_192)));
        assert_eq!(limits(8_192, 0).too_low_for(1), Some(("fs.inotify.max_user_instances", 0, 128)));
        assert_eq!(WatchLimits { watches: None, instances: None }.too_low_for(1_000_000), None);
    }

    #[test]
    fn directories_are_counted_without_what_is_ignored() {
        let root = tempfile::tempdir().unwrap();
        for below in ["a/b", "c", ".git/objects"] {
            std::fs::create_dir_all(root.path().join(below)).unwrap();
        }
        let settings = SourceSettings {
            root: root.path().to_owned(),
            ignore: crate::source::IgnoreList::new(&["**/.*".into()], true).unwrap(),
            follow_symlinks: false,
            require: None,
            max_bytes: 1,
        };
        assert_eq!(count_directories(&settings), 4);
    }
}
