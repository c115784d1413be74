//! Files that HR puts below `photos/`, and what lies on the disk in the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{World, person, portrait};

impl World {
    /// Writes a file below `photos/`.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.photos().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// A file below `photos/` that was written a while ago.
    pub(crate) fn write_long_ago(&self, path: &str, bytes: &[u8]) {
        self.write(path, bytes);
        let file = std::fs::File::options().write(true).open(self.photos().join(path)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(600)).unwrap();
    }

    /// A photo for each of the people `from..to`; `seed` makes other pictures of them.
    pub(crate) fn portraits(&self, from: usize, to: usize, seed: u32) {
        for number in from..to {
            self.write(&format!("users/{}.jpg", person(number)), &portrait(seed + u32::try_from(number).unwrap()));
        }
    }

    /// The photo of one person.
    pub(crate) fn portraits_of(&self, number: usize, seed: u32) {
        self.write(&format!("users/{}.jpg", person(number)), &portrait(seed));
    }
}

/// Gives a tree to another user.
pub(super) fn hand_over(place: &Path, user: u32) {
    std::os::unix::fs::lchown(place, Some(user), Some(user)).unwrap();
    if place.is_dir() && !place.is_symlink() {
        for entry in std::fs::read_dir(place).unwrap() {
            hand_over(&entry.unwrap().path(), user);
        }
    }
}

/// Every file below a directory, with its bytes.
pub(crate) fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(directory) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(tree(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.insert(path, bytes);
        }
    }
    found
}
