//! `ledger`: where photosyncd remembers, and the state directory around it.

use std::path::{Path, PathBuf};

use super::expand::Env;
use super::reader::Section;

/// The memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LedgerFile {
    /// The database file, absolute; in the file, relative to the state directory. Default `photosyncd.db`.
    pub path: PathBuf,
}

impl LedgerFile {
    pub(super) fn read(section: &mut Section<'_, '_>, state_directory: &Path) -> Self {
        let path = section.scalar("path", |scalar| scalar.path(state_directory));
        Self { path: path.unwrap_or_else(|| state_directory.join("photosyncd.db")) }
    }

    /// Where a person's sign-in is kept: beside the ledger and named after it, since `me` in it stands for one person.
    pub(crate) fn sign_in_file(&self) -> PathBuf {
        self.path.with_extension("login")
    }
}

/// `$STATE_DIRECTORY`, which systemd sets (the first, where it lists several), else `.photosyncd` beside the file.
pub(super) fn state_directory(base: &Path, env: Env<'_>) -> PathBuf {
    let given = env("STATE_DIRECTORY").and_then(|list| list.split(':').next().map(str::to_owned));
    match given.filter(|directory| !directory.is_empty()) {
        Some(directory) => base.join(directory),
        None => base.join(".photosyncd"),
    }
}
